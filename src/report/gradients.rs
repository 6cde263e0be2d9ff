//! A derivation and the variables that were asked for → equations, and what a reader must know of them.

use std::{
    collections::{BTreeSet, HashSet},
    rc::Rc,
};

use super::{general, signs};
use crate::{
    document::{Block, Document, Equation, Notation, Relation, Sentence, Typesetter, sentence},
    expr::{Arena, Definition, ExprId, Role, Symbol, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient,
        form::{
            chain::{self, Chain},
            expand::{Stop, StopReason},
            intuitive::{Factor, Sketch},
        },
    },
    shape::Shape,
};

/// How the sides of all equations are decided, said with every result.
pub const CONVENTION: &str = "Samples are rows, and a gradient has the shape of its variable.";

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
    page.blocks.extend(report.remarks(variables, forward));
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
    approximate: Rc<HashSet<ExprId>>,
}

impl<'a> Report<'a> {
    /// Prints `derivation`.
    pub fn new(derivation: &'a Derivation) -> Self {
        let arena = &derivation.forward.arena;
        let typesetter = Typesetter::new(arena).with(derivation.general.as_ref().map(|general| &general.bigs));
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
        let one = self.arena.symbol(self.derivation.forward.input()).rows.as_number() == Some(1);
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
        let row = form == Form::PerSample && self.arena.symbol(derivative.variable).rows.is_batch();
        let variable =
            if row { self.typesetter.row(derivative.variable) } else { self.typesetter.name(derivative.variable) };
        let relation =
            if self.approximate.contains(&derivative.value) { Relation::Approximate } else { Relation::Equal };
        self.equation(Notation::by_loss(variable), relation, derivative.value)
    }

    /// The names in some expressions.
    pub(super) fn symbols(&self, values: &[ExprId]) -> impl Iterator<Item = SymbolId> + 'a {
        let arena = self.arena;
        self.parts(values).filter_map(move |id| arena.as_symbol(id))
    }

    /// All that some expressions are made of, products over layers too.
    pub(super) fn parts(&self, values: &[ExprId]) -> Box<dyn Iterator<Item = ExprId> + 'a> {
        match &self.derivation.general {
            Some(general) => Box::new(general.bigs.reachable(self.arena, values).into_iter()),
            None => Box::new(self.arena.parts(values)),
        }
    }

    fn chain(&self, chain: &Chain, variable: SymbolId) -> Equation {
        match self.derivation.general {
            Some(_) => self.product(variable, Relation::Equal, general::chain(self, variable)),
            None => self.links(variable, &chain.factors(variable)),
        }
    }

    /// ∂J/∂`variable` as these partial derivatives.
    pub(super) fn links(&self, variable: SymbolId, factors: &[chain::Factor]) -> Equation {
        let name = |symbol| self.typesetter.name(symbol);
        let partial =
            |factor: &chain::Factor| Notation::partial(factor.of.map_or(Notation::Loss, name), name(factor.by));
        self.product(variable, Relation::Equal, factors.iter().map(partial).collect())
    }

    fn product(&self, variable: SymbolId, relation: Relation, factors: Vec<Notation>) -> Equation {
        let shape = (relation != Relation::Sketch).then(|| self.shape(variable));
        Equation { left: self.by(variable), relation, right: Notation::Product(factors), shape }
    }

    fn sketch(&self, sketch: &Sketch, variable: SymbolId) -> Equation {
        let factor = |factor: &Factor| match factor {
            Factor::Named(symbol) => self.typesetter.name(*symbol),
            Factor::Identity => Notation::letter("I"),
            Factor::Error(error) => self.typesetter.bare_factor(*error),
        };
        let factors = match self.derivation.general {
            Some(_) => general::sketch(self, sketch, variable),
            None => sketch.factors(variable).iter().map(factor).collect(),
        };
        self.product(variable, Relation::Sketch, factors)
    }

    /// The shape of what a symbol names.
    pub(super) fn shape(&self, symbol: SymbolId) -> Shape {
        let Symbol { rows, columns, .. } = self.arena.symbol(symbol);
        Shape::Matrix(rows.clone(), columns.clone())
    }

    /// What the equations by `variables` rest on, what else there is to know of them, their signs, and the convention.
    pub fn remarks<'d>(&self, variables: &[SymbolId], forward: bool) -> Vec<Block<'d>> {
        let (assumptions, remarks) = self.noted(variables);
        let mut blocks: Vec<Block> = assumptions.into_iter().map(Block::Assumption).collect();
        blocks.extend(remarks.into_iter().map(Block::Remark));
        blocks.push(Block::Notation(signs::signs(self, variables, forward)));
        blocks.push(Block::Remark(Sentence::of(CONVENTION)));
        blocks
    }

    /// The same in sentences, without the signs that every reader knows.
    pub fn notes(&self, variables: &[SymbolId]) -> Vec<Sentence> {
        let (mut notes, remarks) = self.noted(variables);
        notes.extend(remarks);
        notes.extend(
            signs::legend(self, variables).into_iter().map(|(sign, meaning)| sentence!("{} {}", sign, meaning)),
        );
        notes
    }

    /// Under which assumptions the equations hold, and what else there is to know of them.
    fn noted(&self, variables: &[SymbolId]) -> (Vec<Sentence>, Vec<Sentence>) {
        let (mut assumptions, mut remarks) = (Vec::new(), Vec::new());
        if let Some(general) = &self.derivation.general {
            remarks.extend(general::notes(self, general, variables));
        }
        match &self.derivation.derived {
            Derived::Gradient(gradient) => {
                let shown: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
                if shown.iter().any(|shown| self.approximate.contains(shown)) {
                    assumptions.push(self.one_gate(&self.symbols(&shown).collect()));
                }
                remarks.extend(gradient.stops.iter().map(|stop| self.stopped(*stop)));
            }
            Derived::Intuitive(_) => {
                assumptions.push(sentence!(
                    "{} names what enters the gradient, in the order of the layers, with {} for each activation. It is \
                     not a product that can be computed.",
                    Relation::Sketch,
                    Notation::letter("S")
                ));
            }
            Derived::Chain(_) => remarks.push(Sentence::of(
                "Each factor is the derivative of one matrix with respect to another: a map, not a matrix. The factor of a \
                 weight or bias is written first, where the product form has the transpose of what that is multiplied with.",
            )),
        }
        if self.derivation.assumes_distributions && !matches!(self.derivation.derived, Derived::Chain(_)) {
            for target in self.derivation.forward.distributions() {
                let target = self.typesetter.name(target);
                assumptions.push(sentence!("This assumes that each row of {} sums to 1.", target));
            }
        }
        (assumptions, remarks)
    }

    /// What one gate for all samples means.
    fn one_gate(&self, symbols: &BTreeSet<SymbolId>) -> Sentence {
        let gates = symbols.iter().map(|symbol| self.arena.symbol(*symbol)).filter(|symbol| is_shared_gate(symbol));
        let (rows, gates): (Vec<&Symbol>, Vec<&Symbol>) = gates.partition(|symbol| symbol.role == Role::ValueGate);
        let is_norm = gates.iter().any(|symbol| symbol.role == Role::NormMatrix);
        let gates: BTreeSet<&str> =
            gates.into_iter().map(|symbol| &*symbol.name).filter(|name| name.chars().count() == 1).collect();
        let one_row = "one row of each value on a diagonal stands for all its rows";
        let samples = &self.arena.symbol(self.derivation.forward.input()).rows;
        let one = match samples.as_name() {
            Some(_) => sentence!("{} = {}", Notation::Dim(samples.clone()), Notation::Number(1)),
            None => Sentence::of("one sample"),
        };
        let what = if gates.is_empty() {
            Sentence::of("One row of each value on a diagonal stands for all its rows")
        } else {
            let matrices = if gates.len() == 1 { "One matrix" } else { "One matrix of each of" };
            let letters = Notation::List(gates.into_iter().map(Notation::letter).collect());
            let of = if is_norm { "derivatives of activations and norms" } else { "activation derivatives" };
            let rest = if rows.is_empty() { String::new() } else { format!(", and {one_row}") };
            sentence!("{} {} stands for the {} of the whole batch{}", matrices, letters, of, rest)
        };
        let note = sentence!(
            "{} {}. This is exact when all samples share them ({}, linear layers).",
            Relation::Approximate,
            what,
            one
        );
        note.typed(" For any batch use `--form layered` or `--form per-sample`.")
    }

    fn stopped(&self, stop: Stop) -> Sentence {
        let name = sentence!("{} is not expanded: ", self.typesetter.name(stop.activation));
        let StopReason::Pole(function) = stop.reason else {
            return name.words("softmax mixes the entries of a row, so it is no product with a diagonal matrix.");
        };
        let of = |argument| Notation::apply(function.name(), false, function.parameter(), argument);
        let (z, zero) = (|| Notation::letter("z"), || Notation::Number(0));
        let ratio = Notation::over(of(z()), z());
        name.then(sentence!("{} is not 0, so {} has a pole at {} = {}.", of(zero()), ratio, z(), zero()))
    }
}

/// Found in one pass, operands first; nothing is approximate for a single sample.
fn approximate(derivation: &Derivation) -> HashSet<ExprId> {
    let (arena, Derived::Gradient(gradient)) = (&derivation.forward.arena, &derivation.derived) else {
        return HashSet::new();
    };
    let mut found = HashSet::new();
    if arena.symbol(derivation.forward.input()).rows.as_number() == Some(1) {
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

fn is_shared_gate(symbol: &Symbol) -> bool {
    let matrix = symbol.role.is_gate_matrix();
    let entries =
        matches!(symbol.role, Role::DerivativeGate | Role::ForwardGate | Role::Probabilities | Role::ValueGate);
    (matrix || entries) && !symbol.sample
}
