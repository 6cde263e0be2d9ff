//! A derivation and the variables that were asked for → equations, and what a reader must know of them.

use std::collections::{BTreeSet, HashSet};

use super::{
    glyphs::Glyphs,
    notation::{Equation, Notation, Relation},
    text,
    typeset::Typesetter,
};
use crate::{
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

/// The printed side of a derivation.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    derivation: &'a Derivation,
    arena: &'a Arena,
    typesetter: Typesetter<'a>,
    /// The expressions in which a gate stands that several samples share.
    approximate: HashSet<ExprId>,
}

impl<'a> Report<'a> {
    /// Prints `derivation`.
    #[must_use]
    pub fn new(derivation: &'a Derivation) -> Self {
        let arena = &derivation.forward.arena;
        Self { derivation, arena, typesetter: Typesetter::new(arena), approximate: approximate(derivation) }
    }

    /// The definitions that are needed, then one equation a variable, one at a time: a product of thousands of layers is
    /// never held as text.
    #[must_use]
    pub fn equations(&'a self, variables: &'a [SymbolId]) -> Box<dyn Iterator<Item = Equation> + 'a> {
        match &self.derivation.derived {
            Derived::Gradient(gradient) => {
                let deltas = gradient.form == Form::Layered;
                let definitions = if deltas { self.used(gradient, variables) } else { Vec::new() };
                let definitions = definitions.into_iter().map(|definition| self.definition(definition));
                Box::new(definitions.chain(self.gradients(variables)))
            }
            Derived::Chain(_) | Derived::Intuitive(_) => Box::new(self.gradients(variables)),
        }
    }

    fn gradients(&'a self, variables: &'a [SymbolId]) -> impl Iterator<Item = Equation> + 'a {
        variables.iter().filter_map(move |variable| self.gradient(*variable))
    }

    /// ∂J/∂`variable` in the form that was wanted.
    #[must_use]
    pub fn gradient(&self, variable: SymbolId) -> Option<Equation> {
        match &self.derivation.derived {
            Derived::Gradient(gradient) => Some(self.derivative(gradient.form, *gradient.by(variable)?)),
            Derived::Chain(chain) => Some(self.chain(chain, variable)),
            Derived::Intuitive(sketch) => Some(self.sketch(sketch, variable)),
        }
    }

    /// Z₁ = X W₁ + 1 b₁, A₁ = σ(Z₁), …: what the other names stand for.
    pub fn forward_definitions(&'a self) -> impl Iterator<Item = Equation> + 'a {
        self.derivation.forward.definitions.iter().map(move |definition| self.definition(*definition))
    }

    /// The definitions that the variables need: Δ_L, … as far down as theirs.
    #[must_use]
    pub fn used(&self, gradient: &Gradient, variables: &[SymbolId]) -> Vec<Definition> {
        let values: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
        let mut needed: HashSet<SymbolId> = self.symbols(&values).collect();
        for definition in gradient.definitions.iter().rev() {
            if needed.contains(&definition.symbol) {
                needed.extend(self.symbols(&[definition.value]));
            }
        }
        gradient.definitions.iter().filter(|definition| needed.contains(&definition.symbol)).copied().collect()
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

    fn symbols(&self, values: &[ExprId]) -> impl Iterator<Item = SymbolId> + 'a {
        let arena = self.arena;
        arena.reachable(values).into_iter().filter_map(move |id| arena.as_symbol(id))
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

    fn shape(&self, symbol: SymbolId) -> Shape {
        let Symbol { rows, columns, .. } = self.arena.symbol(symbol);
        Shape::Matrix(rows.clone(), columns.clone())
    }

    /// Sentences: under which assumptions the equations hold, and what their letters stand for.
    #[must_use]
    pub fn notes(&self, variables: &[SymbolId], glyphs: &Glyphs) -> Vec<String> {
        let mut notes = Vec::new();
        if let Derived::Gradient(gradient) = &self.derivation.derived {
            let shown: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
            let symbols: BTreeSet<SymbolId> = self.symbols(&shown).collect();
            if shown.iter().any(|shown| self.approximate.contains(shown)) {
                notes.push(format!(
                    "{}  one gate matrix {} for the whole batch: exact for n = 1 or equal gates, else use --form layered or per-sample",
                    glyphs.approximate,
                    self.gate_letters(&symbols)
                ));
            }
            notes.extend(self.legend(gradient, &symbols, glyphs));
            notes.extend(gradient.stops.iter().map(|stop| self.stopped(*stop, glyphs)));
            notes.extend(self.functions(glyphs));
        }
        if matches!(self.derivation.derived, Derived::Intuitive(_)) {
            notes.push(format!(
                "{}  a sketch: the layers in order, S for each activation; the shapes need not fit, it has no value",
                glyphs.sketch
            ));
        }
        let abstract_chain = matches!(self.derivation.derived, Derived::Chain(_));
        if self.derivation.assumes_distributions && !abstract_chain {
            let target = text::inline(&self.typesetter.name(self.derivation.forward.target), glyphs);
            notes.push(format!("assumes that each row of {target} sums to 1"));
        }
        notes
    }

    /// S, D, G: those of them that occur.
    fn gate_letters(&self, symbols: &BTreeSet<SymbolId>) -> String {
        let gates = symbols.iter().map(|symbol| self.arena.symbol(*symbol)).filter(|symbol| is_shared_gate(symbol));
        let letters: BTreeSet<&str> = gates.map(|symbol| &*symbol.name).collect();
        letters.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// What functions of the error are that no textbook names.
    fn functions(&self, glyphs: &Glyphs) -> Option<String> {
        let head = self.derivation.head;
        let parts = self.arena.reachable(&[head.by_prediction, head.by_pre_activation]);
        parts.into_iter().find_map(|id| {
            if let Op::Map(Function::Clip(delta), 0, _) = self.arena.op(id) {
                let delta = delta.value();
                return Some(format!("clip[{delta}](z) = min(max({}{delta}, z), {delta})", glyphs.minus));
            }
            let slope = matches!(self.arena.op(id), Op::Map(Function::LogSoftplus, 1, _));
            slope.then(|| "ln_softplus'(z) = sigmoid(z)/softplus(z)".to_string())
        })
    }

    /// What the gates stand for, one line a letter.
    fn legend(&self, gradient: &Gradient, symbols: &BTreeSet<SymbolId>, glyphs: &Glyphs) -> Vec<String> {
        let mut lines = Vec::new();
        for definition in &gradient.definitions {
            let line = symbols.contains(&definition.symbol).then(|| self.gate(*definition, glyphs)).flatten();
            lines.extend(line.filter(|line| !lines.contains(line)));
        }
        lines
    }

    /// What the gate stands for; names that are no gates need no word.
    fn gate(&self, definition: Definition, glyphs: &Glyphs) -> Option<String> {
        let role = self.arena.symbol(definition.symbol).role;
        if matches!(self.arena.op(definition.value), Op::Add(_)) && role == Role::GateMatrix {
            let name = text::inline(&self.typesetter.name(definition.symbol), glyphs);
            let value = text::inline(&self.typesetter.formula(definition.value), glyphs);
            return Some(format!("{name} = {value}, p a row of softmax's output as a column"));
        }
        let gates = [
            (Role::GateMatrix, "S = diag(f'(z)) of the layer's activation f"),
            (Role::DerivativeGateMatrix, "D = diag(f'(z)) of the layer's activation f, where it is not diag(f(z)/z)"),
            (Role::ForwardGateMatrix, "G = diag(f(z)/z) of the layer's activation f"),
        ];
        gates.iter().find(|(gate, _)| *gate == role).map(|(_, line)| (*line).to_string())
    }

    fn stopped(&self, stop: Stop, glyphs: &Glyphs) -> String {
        let name = text::inline(&self.typesetter.name(stop.activation), glyphs);
        match stop.reason {
            StopReason::Softmax => {
                format!("{name} is not expanded: softmax mixes the outputs of a row, it is no product with a gate")
            }
            StopReason::Pole(function) => format!(
                "{name} is not expanded: {function}(0) is not 0, so its forward gate {function}(z)/z has a pole at z = 0"
            ),
        }
    }
}

fn by_loss(variable: Notation) -> Notation {
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
