//! A derivation and the variables that were asked for → equations, and what a reader must know of them.

use std::{
    collections::{BTreeSet, HashSet},
    rc::Rc,
};

use super::general;
use crate::{
    document::{
        Document,
        notation::{Equation, Function as Name, Notation, Relation, Sign},
        sentence::Sentence,
        typeset::Typesetter,
    },
    expr::{Arena, Definition, ExprId, Function, Op, Role, Symbol, SymbolId},
    gradient::{
        Derivation, Derivative, Derived, Form, Gradient,
        form::{
            chain::Chain,
            expand::{Stop, StopReason},
            intuitive::{Factor, Sketch},
        },
    },
    shape::Shape,
};

/// How the sides of all equations are decided, said with every result.
pub const CONVENTION: &str = "samples are rows; a gradient has the shape of its variable";

/// Everything of a derivation: the forward pass if it is wanted, the gradients by the variables with the definitions that
/// they need, what a reader must know of them, and the convention.
#[must_use]
pub fn gradients<'a>(derivation: &'a Derivation, variables: &'a [SymbolId], forward: bool) -> Document<'a> {
    let mut page = Document::default();
    let report = Report::new(derivation);
    let equations = report.clone();
    if forward {
        page.equations(move || equations.forward_definitions());
    }
    let equations = report.clone();
    page.equations(move || equations.equations(variables));
    page.paragraphs(report.notes(variables));
    page.paragraph(Sentence::of(CONVENTION));
    page
}

/// The printed side of a derivation.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    derivation: &'a Derivation,
    arena: &'a Arena,
    typesetter: Typesetter<'a>,
    /// The expressions in which a gate stands that several samples share.
    approximate: Rc<HashSet<ExprId>>,
}

impl<'a> Report<'a> {
    /// Prints `derivation`.
    #[must_use]
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
    #[must_use]
    pub fn gradient(&self, variable: SymbolId) -> Option<Equation> {
        match &self.derivation.derived {
            Derived::Gradient(gradient) => Some(self.derivative(gradient.form, *gradient.by(variable)?)),
            Derived::Chain(chain) => Some(self.chain(chain, variable)),
            Derived::Intuitive(sketch) => Some(self.sketch(sketch, variable)),
        }
    }

    /// ∂J/∂`variable`
    #[must_use]
    pub fn by(&self, variable: SymbolId) -> Notation {
        by_loss(self.typesetter.name(variable))
    }

    /// Whether the loss absorbs the last activation, so that Δ_L is the error that product forms begin with.
    #[must_use]
    pub fn is_fused(&self) -> bool {
        self.derivation.head.is_fused(self.arena)
    }

    /// The name of the variable as users type it.
    #[must_use]
    pub fn key(&self, variable: SymbolId) -> String {
        self.arena.symbol(variable).key()
    }

    /// What sets the formulas.
    #[must_use]
    pub fn typesetter(&self) -> Typesetter<'a> {
        self.typesetter
    }

    /// Z₁ = X W₁ + 1 b₁, A₁ = σ(Z₁), …: what the other names stand for.
    pub fn forward_definitions(&self) -> impl Iterator<Item = Equation> + use<'a> {
        let report = self.clone();
        self.derivation.forward.definitions.iter().map(move |definition| report.definition(*definition))
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
    #[must_use]
    pub fn used(&self, gradient: &Gradient, variables: &[SymbolId]) -> Vec<Definition> {
        // For any depth there are Δ_L and Δ_l, which need one another.
        if self.derivation.general.is_some() {
            return gradient.definitions.clone();
        }
        let values: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
        let mut needed: HashSet<SymbolId> = self.symbols(&values).collect();
        for definition in gradient.definitions.iter().rev() {
            if needed.contains(&definition.symbol) {
                needed.extend(self.symbols(&[definition.value]));
            }
        }
        gradient.definitions.iter().filter(|definition| needed.contains(&definition.symbol)).copied().collect()
    }

    /// Whether a gate that several samples share stands in `value`.
    pub(super) fn relation(&self, value: ExprId) -> Relation {
        let one = self.arena.symbol(self.derivation.forward.input).rows.as_number() == Some(1);
        let shared = self.symbols(&[value]).any(|symbol| is_shared_gate(self.arena.symbol(symbol)));
        if shared && !one { Relation::Approximate } else { Relation::Equal }
    }

    /// What a name stands for.
    #[must_use]
    pub fn definition(&self, definition: Definition) -> Equation {
        Equation {
            left: self.typesetter.name(definition.symbol),
            relation: Relation::Definition,
            right: self.typesetter.formula(definition.value),
            shape: Some(self.arena.shape(definition.value).clone()),
        }
    }

    fn derivative(&self, form: Form, derivative: Derivative) -> Equation {
        let row = form == Form::PerSample && self.arena.symbol(derivative.variable).rows.is_batch();
        let variable =
            if row { self.typesetter.row(derivative.variable) } else { self.typesetter.name(derivative.variable) };
        let relation =
            if self.approximate.contains(&derivative.value) { Relation::Approximate } else { Relation::Equal };
        Equation {
            left: by_loss(variable),
            relation,
            right: self.typesetter.formula(derivative.value),
            shape: Some(self.arena.shape(derivative.value).clone()),
        }
    }

    /// The names in some expressions.
    pub(super) fn symbols(&self, values: &[ExprId]) -> impl Iterator<Item = SymbolId> + 'a {
        let arena = self.arena;
        let reachable = match &self.derivation.general {
            Some(general) => general.bigs.reachable(arena, values),
            None => arena.reachable(values),
        };
        reachable.into_iter().filter_map(move |id| arena.as_symbol(id))
    }

    fn chain(&self, chain: &Chain, variable: SymbolId) -> Equation {
        let name = |symbol| self.typesetter.name(symbol);
        let factor = |factor: &crate::gradient::form::chain::Factor| {
            let of = factor.of.map_or(Notation::Loss, name);
            Notation::Partial(Box::new(of), Box::new(name(factor.by)))
        };
        Equation {
            left: by_loss(name(variable)),
            relation: Relation::Equal,
            right: Notation::Product(chain.factors(variable).iter().map(factor).collect()),
            shape: Some(self.shape(variable)),
        }
    }

    fn sketch(&self, sketch: &Sketch, variable: SymbolId) -> Equation {
        let factor = |factor: &Factor| match factor {
            Factor::Named(symbol) => self.typesetter.name(*symbol),
            Factor::Identity => Typesetter::constant("I"),
            Factor::Error(error) => self.typesetter.bare_factor(*error),
        };
        Equation {
            left: by_loss(self.typesetter.name(variable)),
            relation: Relation::Sketch,
            right: Notation::Product(sketch.factors(variable).iter().map(factor).collect()),
            shape: None,
        }
    }

    /// The shape of what a symbol names.
    pub(super) fn shape(&self, symbol: SymbolId) -> Shape {
        let Symbol { rows, columns, .. } = self.arena.symbol(symbol);
        Shape::Matrix(rows.clone(), columns.clone())
    }

    /// Under which assumptions the equations hold, and what their letters stand for.
    #[must_use]
    pub fn notes(&self, variables: &[SymbolId]) -> Vec<Sentence> {
        let mut notes = Vec::new();
        if let Derived::Gradient(gradient) = &self.derivation.derived {
            let shown: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
            let mut symbols: BTreeSet<SymbolId> = self.symbols(&shown).collect();
            if let Some(general) = &self.derivation.general {
                notes.extend(general::notes(self.derivation, general, gradient, variables, &symbols));
                symbols.retain(|symbol| general.bigs.get(*symbol).is_none());
            }
            if shown.iter().any(|shown| self.approximate.contains(shown)) {
                notes.push(self.one_gate(&symbols));
            }
            notes.extend(self.legend(gradient, &symbols));
            notes.extend(gradient.stops.iter().map(|stop| self.stopped(*stop)));
            notes.extend(self.functions());
        }
        if matches!(self.derivation.derived, Derived::Intuitive(_)) {
            let note = Sentence::default().relation(Relation::Sketch).words("  a sketch: the layers in order, ");
            let note = note.math(letter("S")).words(" for each activation; ");
            notes.push(note.words("the shapes need not fit, it has no value"));
        }
        let abstract_chain = matches!(self.derivation.derived, Derived::Chain(_));
        if self.derivation.assumes_distributions && !abstract_chain {
            let target = self.typesetter.name(self.derivation.forward.target);
            notes.push(Sentence::of("assumes that each row of ").math(target).words(" sums to 1"));
        }
        notes
    }

    /// What one gate for all samples means.
    fn one_gate(&self, symbols: &BTreeSet<SymbolId>) -> Sentence {
        let mut note = Sentence::default().relation(Relation::Approximate).words("  one gate matrix ");
        let gates = symbols.iter().map(|symbol| self.arena.symbol(*symbol)).filter(|symbol| is_shared_gate(symbol));
        let letters: BTreeSet<&str> = gates.map(|symbol| &*symbol.name).collect();
        for (i, letter) in letters.into_iter().enumerate() {
            note = if i > 0 { note.words(", ") } else { note };
            note = note.math(Typesetter::constant(letter));
        }
        note = note.words(" for the whole batch: exact for ");
        let samples = &self.arena.symbol(self.derivation.forward.input).rows;
        note = match samples.as_name() {
            Some(_) => note.math(Notation::Dim(samples.clone())).equals(Notation::Number(1)),
            None => note.words("one sample"),
        };
        note.words(" or equal gates, else use ").code("--form layered").words(" or ").code("per-sample")
    }

    /// What functions of the error are that no textbook names.
    fn functions(&self) -> Option<Sentence> {
        let head = self.derivation.head;
        let parts = self.arena.reachable(&[head.by_prediction, head.by_pre_activation]);
        parts.into_iter().find_map(|id| {
            if let Op::Map(Function::Clip(delta), 0, _) = self.arena.op(id) {
                let delta = delta.value();
                let lower = Notation::Sum(vec![(Sign::Minus, Notation::Real(delta))]);
                let inner = of("max", false, None, Notation::List(vec![lower, letter("z")]));
                let value = of("min", false, None, Notation::List(vec![inner, Notation::Real(delta)]));
                let clip = of("clip", false, Some(delta), letter("z"));
                return Some(Sentence::default().math(clip).equals(value));
            }
            let slope = matches!(self.arena.op(id), Op::Map(Function::LogSoftplus, 1, _));
            slope.then(|| {
                let value = over(of("sigmoid", false, None, letter("z")), of("softplus", false, None, letter("z")));
                Sentence::default().math(of("ln_softplus", true, None, letter("z"))).equals(value)
            })
        })
    }

    /// What the gates stand for, one line a letter.
    fn legend(&self, gradient: &Gradient, symbols: &BTreeSet<SymbolId>) -> Vec<Sentence> {
        let mut lines = Vec::new();
        for definition in &gradient.definitions {
            let line = symbols.contains(&definition.symbol).then(|| self.gate(*definition)).flatten();
            lines.extend(line.filter(|line| !lines.contains(line)));
        }
        lines
    }

    /// What the gate stands for; names that are no gates need no word.
    fn gate(&self, definition: Definition) -> Option<Sentence> {
        let role = self.arena.symbol(definition.symbol).role;
        if matches!(self.arena.op(definition.value), Op::Add(_)) && role == Role::GateMatrix {
            let value = self.typesetter.formula(definition.value).without_shapes();
            let gate = Sentence::default().math(self.typesetter.name(definition.symbol)).equals(value);
            return Some(gate.words(", ").math(letter("p")).words(" a row of softmax's output as a column"));
        }
        let slope = || of("f", true, None, letter("z"));
        let ratio = || over(of("f", false, None, letter("z")), letter("z"));
        let stands = |gate, entries| {
            let matrix = of("diag", false, None, entries);
            let sentence = Sentence::default().math(letter(gate)).equals(matrix);
            sentence.words(" of the layer's activation ").math(letter("f"))
        };
        match role {
            Role::GateMatrix => Some(stands("S", slope())),
            Role::DerivativeGateMatrix => {
                let other = of("diag", false, None, ratio());
                Some(stands("D", slope()).words(", where it is not ").math(other))
            }
            Role::ForwardGateMatrix => Some(stands("G", ratio())),
            Role::Input
            | Role::Target
            | Role::Weight
            | Role::Bias
            | Role::PreActivation
            | Role::Activation
            | Role::Prediction
            | Role::Adjoint
            | Role::DerivativeGate
            | Role::ForwardGate
            | Role::Probabilities => None,
        }
    }

    fn stopped(&self, stop: Stop) -> Sentence {
        let name = Sentence::default().math(self.typesetter.name(stop.activation)).words(" is not expanded: ");
        match stop.reason {
            StopReason::Softmax => name.words("softmax mixes the outputs of a row, it is no product with a gate"),
            StopReason::Pole(function) => name
                .math(of(function.name(), false, function.parameter(), Notation::Number(0)))
                .words(" is not 0, so its forward gate ")
                .math(over(of(function.name(), false, function.parameter(), letter("z")), letter("z")))
                .words(" has a pole at ")
                .math(letter("z"))
                .equals(Notation::Number(0)),
        }
    }
}

fn letter(base: &str) -> Notation {
    Typesetter::constant(base)
}

fn of(name: &'static str, prime: bool, parameter: Option<f64>, argument: Notation) -> Notation {
    Notation::Apply(Name { name, prime, parameter }, Box::new(argument))
}

fn over(top: Notation, bottom: Notation) -> Notation {
    Notation::Over(Box::new(top), Box::new(bottom))
}

/// ∂J/∂v
pub(super) fn by_loss(variable: Notation) -> Notation {
    Notation::Partial(Box::new(Notation::Loss), Box::new(variable))
}

/// Found in one pass, operands first; nothing is approximate for a single sample.
fn approximate(derivation: &Derivation) -> HashSet<ExprId> {
    let (arena, Derived::Gradient(gradient)) = (&derivation.forward.arena, &derivation.derived) else {
        return HashSet::new();
    };
    let mut found = HashSet::new();
    if arena.symbol(derivation.forward.input).rows.as_number() == Some(1) {
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
    let matrix = matches!(symbol.role, Role::GateMatrix | Role::DerivativeGateMatrix | Role::ForwardGateMatrix);
    let entries = matches!(symbol.role, Role::DerivativeGate | Role::ForwardGate | Role::Probabilities);
    (matrix || entries) && !symbol.sample
}
