//! A derivation and the variables that were asked for → equations, and what a reader must know of them.

use std::{collections::HashSet, rc::Rc};

use super::{general, second::left};
use crate::{
    document::{Document, Equation, Notation, Relation, Sign, Typesetter, notation::Origin},
    expr::{Arena, Definition, ExprId, Role, Symbol, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient, MAX_PATHS,
        form::{
            chain::{self, Chain},
            intuitive::{Factor, Sketch},
        },
    },
    shape::Shape,
};

/// Everything of a derivation: the forward pass if it is wanted, the gradients by the variables with the definitions that
/// they need, what a reader must know of them, and the convention.
pub fn gradients<'a>(derivation: &'a Derivation, variables: &'a [SymbolId], forward: bool) -> Document<'a> {
    let mut page = Document::default();
    let report = Report::new(derivation);
    let equations = report.clone();
    if forward {
        page.equations(move || equations.forward_definitions());
    }
    let equations = report.clone();
    page.equations(move || equations.equations(variables));
    page.blocks.extend(report.remarks(variables, forward, &[]));
    page
}

/// The forward pass: Z₁, A₁, … and J.
pub fn forward(derivation: &Derivation) -> Document<'_> {
    let mut page = Document::default();
    let report = Report::new(derivation);
    page.heading("The forward pass");
    page.equations(move || report.forward_definitions());
    page
}

/// The printed side of a derivation.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub(super) derivation: &'a Derivation,
    pub(super) arena: &'a Arena,
    pub(super) typesetter: Typesetter<'a>,
    /// The expressions in which a gate stands that several samples share.
    pub(super) approximate: Rc<HashSet<ExprId>>,
}

impl<'a> Report<'a> {
    /// Prints `derivation`.
    pub fn new(derivation: &'a Derivation) -> Self {
        let arena = &derivation.forward.arena;
        let iterations = derivation.general.as_ref().map(|general| &general.iterations);
        let typesetter = Typesetter::new(arena).with(iterations).with_columns(derivation.forward.has_columns());
        Self { derivation, arena, typesetter, approximate: Rc::new(approximate(derivation)) }
    }

    /// The definitions that are needed, then one equation a variable, one at a time: a product of thousands of layers is
    /// never held as text.
    pub fn equations(&self, variables: &'a [SymbolId]) -> impl Iterator<Item = Equation> + use<'a> {
        let report = self.clone();
        self.definitions(variables).chain(variables.iter().filter_map(move |variable| report.gradient(*variable)))
    }

    /// The equation of one variable.
    pub fn gradient(&self, variable: SymbolId) -> Option<Equation> {
        match &self.derivation.derived {
            Derived::Gradient(gradient) => Some(self.derivative(gradient.form, *gradient.by(variable)?)),
            Derived::Chain(chain) if chain.number_of_paths(variable) > MAX_PATHS => None,
            Derived::Chain(chain) => Some(self.chain(chain, variable)),
            Derived::Intuitive(sketch) => Some(self.sketch(sketch, variable)),
        }
    }

    /// ∂J/∂`variable`
    pub fn by(&self, variable: SymbolId) -> Notation {
        Notation::by_loss(self.typesetter.name(variable))
    }

    /// Whether the loss absorbs the last activation, so that Δ_L is the error that product forms begin with.
    pub fn is_fused(&self) -> bool {
        self.derivation.head().is_fused(self.arena)
    }

    /// The name of the variable as users type it.
    pub fn key(&self, variable: SymbolId) -> String {
        self.arena.symbol(variable).key()
    }

    /// What sets the formulas.
    pub fn typesetter(&self) -> Typesetter<'a> {
        self.typesetter
    }

    /// Z₁ = X W₁ + 1 b₁, A₁ = σ(Z₁), … and J: what the other names stand for.
    pub fn forward_definitions(&self) -> impl Iterator<Item = Equation> + use<'a> {
        let report = self.clone();
        let loss = Equation {
            left: Notation::Loss,
            relation: Relation::Definition,
            right: self.typesetter.formula(self.derivation.forward.loss),
            shape: None,
        };
        let definitions = self.derivation.forward.definitions.iter();
        definitions.map(move |definition| report.definition(*definition)).chain([loss])
    }

    /// Δ_L, … as far down as the variables need them, one at a time.
    pub fn definitions(&self, variables: &[SymbolId]) -> impl Iterator<Item = Equation> + use<'a> {
        let used = match &self.derivation.derived {
            Derived::Gradient(gradient) if gradient.form == Form::Layered => self.used(gradient, variables),
            Derived::Gradient(_) | Derived::Chain(_) | Derived::Intuitive(_) => Vec::new(),
        };
        let report = self.clone();
        used.into_iter().map(move |definition| report.definition(definition))
    }

    /// The definitions that the variables need: Δ_L, … as far down as theirs.
    pub fn used(&self, gradient: &Gradient, variables: &[SymbolId]) -> Vec<Definition> {
        // For any depth there are Δ_L and Δ_l, which need one another.
        if self.derivation.general.is_some() {
            return gradient.definitions.clone();
        }
        let values: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
        let mut needed = vec![false; self.arena.symbols().len()];
        self.symbols(&values).for_each(|symbol| needed[symbol.index()] = true);
        for definition in gradient.definitions.iter().rev() {
            if needed[definition.symbol.index()] {
                self.symbols(&[definition.value]).for_each(|symbol| needed[symbol.index()] = true);
            }
        }
        gradient.definitions.iter().filter(|definition| needed[definition.symbol.index()]).copied().collect()
    }

    /// Whether a gate that several samples share stands in `value`.
    pub(super) fn relation(&self, value: ExprId) -> Relation {
        let one = self.derivation.forward.samples().as_number() == Some(1);
        let shared = self.symbols(&[value]).any(|symbol| is_shared_gate(self.arena.symbol(symbol)));
        if shared && !one { Relation::Approximate } else { Relation::Equal }
    }

    /// What a name stands for.
    pub fn definition(&self, definition: Definition) -> Equation {
        self.equation(self.typesetter.name(definition.symbol), Relation::Definition, definition.value)
    }

    /// What stands for an expression, the expression and its shape.
    pub(super) fn equation(&self, left: Notation, relation: Relation, value: ExprId) -> Equation {
        let (right, shape) = (self.typesetter.formula(value), Some(self.arena.shape(value).clone()));
        Equation { left, relation, right, shape }
    }

    fn derivative(&self, form: Form, derivative: Derivative) -> Equation {
        let row = form == Form::PerSample && self.arena.symbol(derivative.variable).has_samples();
        let variable =
            if row { self.typesetter.row(derivative.variable) } else { self.typesetter.name(derivative.variable) };
        let relation =
            if self.approximate.contains(&derivative.value) { Relation::Approximate } else { Relation::Equal };
        let left = match (self.derivation.jacobian_of, &self.derivation.second) {
            (Some(output), _) => Notation::partial(self.typesetter.row(output), variable),
            (None, Some(second)) => left(second, variable),
            (None, None) => Notation::by_loss(variable),
        };
        self.equation(left, relation, derivative.value)
    }

    /// The names in some expressions.
    pub(super) fn symbols(&self, values: &[ExprId]) -> impl Iterator<Item = SymbolId> + 'a {
        let arena = self.arena;
        self.parts(values).filter_map(move |id| arena.as_symbol(id))
    }

    /// All that some expressions are made of, products over layers too.
    pub(super) fn parts(&self, values: &[ExprId]) -> Box<dyn Iterator<Item = ExprId> + 'a> {
        match &self.derivation.general {
            Some(general) => Box::new(general.iterations.reachable(self.arena, values).into_iter()),
            None => Box::new(self.arena.parts(values)),
        }
    }

    fn chain(&self, chain: &Chain, variable: SymbolId) -> Equation {
        match self.derivation.general {
            Some(_) => self.product(variable, Relation::Equal, general::chain(self, variable)),
            None => {
                let paths = chain.paths(variable).into_iter().map(|path| self.path(&self.in_order(path)));
                let mut paths: Vec<Notation> = paths.collect();
                let right = if paths.len() == 1 {
                    paths.remove(0)
                } else {
                    Notation::Sum(paths.into_iter().map(|path| (Sign::Plus, path)).collect())
                };
                Equation { right, ..self.product(variable, Relation::Equal, Vec::new()) }
            }
        }
    }

    /// Factors as they stand: the other way round where samples are columns.
    pub(super) fn in_order<T>(&self, mut factors: Vec<T>) -> Vec<T> {
        if self.derivation.forward.has_columns() {
            factors.reverse();
        }
        factors
    }

    /// The product of some partial derivatives.
    fn path(&self, factors: &[chain::Factor]) -> Notation {
        let name = |symbol| self.typesetter.name(symbol);
        let partial = |&chain::Factor { of, by }: &chain::Factor| {
            whole(Notation::partial(of.map_or(Notation::Loss, name), name(by)), Origin::Derivative(of, by))
        };
        Notation::Product(factors.iter().map(partial).collect())
    }

    fn product(&self, variable: SymbolId, relation: Relation, factors: Vec<Notation>) -> Equation {
        let shape = (relation != Relation::Sketch).then(|| self.shape(variable));
        let right = if let [factor] = &factors[..] { without_brackets(factor) } else { None };
        let right = right.unwrap_or(Notation::Product(factors));
        Equation { left: self.by(variable), relation, right, shape }
    }

    fn sketch(&self, sketch: &Sketch, variable: SymbolId) -> Equation {
        let factors = match self.derivation.general {
            Some(_) => general::sketch(self, sketch, variable),
            None => {
                let factors = sketch.factors(self.arena, variable);
                self.in_order(factors.iter().map(|factor| self.sketched(factor)).collect())
            }
        };
        self.product(variable, Relation::Sketch, factors)
    }

    /// A factor of a sketch; branches stand in brackets.
    fn sketched(&self, factor: &Factor) -> Notation {
        match factor {
            Factor::Named(symbol) => whole(self.typesetter.name(*symbol), Origin::Name(*symbol)),
            Factor::Identity => whole(Notation::letter("I"), Origin::Place),
            Factor::Formula(formula) => whole(self.typesetter.bare_factor(*formula), Origin::Expression(*formula)),
            Factor::Sum(branches) => {
                let branch = |(negative, factors): &(bool, Vec<Factor>)| {
                    let factors = factors.iter().map(|factor| self.sketched(factor)).collect();
                    let mut factors: Vec<Notation> = self.in_order(factors);
                    let product = if factors.len() == 1 { factors.remove(0) } else { Notation::Product(factors) };
                    (if *negative { Sign::Minus } else { Sign::Plus }, product)
                };
                Notation::Sum(branches.iter().map(branch).collect()).bracketed()
            }
        }
    }

    /// The shape of what a symbol names.
    pub(super) fn shape(&self, symbol: SymbolId) -> Shape {
        let Symbol { rows, columns, .. } = self.arena.symbol(symbol);
        Shape::Matrix(rows.clone(), columns.clone())
    }
}

/// What stands in brackets, where it is all that there is.
fn without_brackets(factor: &Notation) -> Option<Notation> {
    if let Notation::Group(sum) = factor {
        return Some((**sum).clone());
    }
    let Notation::Shaped(inner, None, origin) = factor else { return None };
    without_brackets(inner).map(|sum| whole(sum, *origin))
}

/// A factor without a shape.
fn whole(factor: Notation, origin: Origin) -> Notation {
    Notation::Shaped(Box::new(factor), None, origin)
}

/// Found in one pass, operands first; nothing is approximate for a single sample.
fn approximate(derivation: &Derivation) -> HashSet<ExprId> {
    let (arena, Derived::Gradient(gradient)) = (&derivation.forward.arena, &derivation.derived) else {
        return HashSet::new();
    };
    let mut found = HashSet::new();
    if derivation.forward.samples().as_number() == Some(1) {
        return found;
    }
    let values: Vec<ExprId> = gradient.derivatives.iter().map(|derivative| derivative.value).collect();
    for id in arena.reachable(&values) {
        let gate = arena.as_symbol(id).is_some_and(|symbol| is_shared_gate(arena.symbol(symbol)));
        if gate || arena.op(id).children().iter().any(|child| found.contains(child)) {
            found.insert(id);
        }
    }
    found
}

pub(super) fn is_shared_gate(symbol: &Symbol) -> bool {
    let matrix = symbol.role.is_gate_matrix();
    let entries =
        matches!(symbol.role, Role::DerivativeGate | Role::ForwardGate | Role::Probabilities | Role::ValueGate);
    (matrix || entries) && !symbol.sample
}
