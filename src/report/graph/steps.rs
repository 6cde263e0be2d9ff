//! Definitions, losses and penalties → the steps of the forward pass.

use std::collections::HashMap;

use crate::{
    document::{
        Equation, Notation, Relation, Sign, Typesetter,
        graph::{Operand, Parameter, Step},
    },
    expr::{Arena, Definition, ExprId, Role, Symbol, SymbolId},
    gradient::{Derivation, form::graph::Trace},
    network::graph::Network,
    render::{Format, Style},
    shape::Shape,
};

/// Longer formulas are told in short.
const LONG: usize = 36;
/// Of more weights than these none is shown at the penalty.
const WEIGHTS: usize = 4;

/// The graph while it is built.
pub(super) struct Builder<'a> {
    pub network: &'a Network,
    pub derivation: &'a Derivation,
    pub trace: &'a Trace,
    pub arena: &'a Arena,
    pub typesetter: Typesetter<'a>,
    pub steps: Vec<Step>,
    /// What each step is of.
    pub origins: Vec<Origin>,
    /// The steps of values.
    pub places: HashMap<SymbolId, usize>,
    /// What each use adds.
    pub handed: HashMap<(Option<SymbolId>, SymbolId), ExprId>,
    /// The variable whose gradient is asked for.
    pub wrt: Option<SymbolId>,
}

/// What a step is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Value(SymbolId),
    /// The loss of this number.
    Loss(usize),
    Penalty,
    Sum,
}

impl<'a> Builder<'a> {
    pub fn new(network: &'a Network, derivation: &'a Derivation, trace: &'a Trace, wrt: Option<SymbolId>) -> Self {
        let arena = &derivation.forward.arena;
        let handed = trace.handed.iter().map(|handed| ((handed.from, handed.to), handed.value)).collect();
        let typesetter =
            Typesetter::new(arena).with_adjoints(&trace.adjoints).with_columns(derivation.forward.has_columns());
        let (steps, origins, places) = (Vec::new(), Vec::new(), HashMap::new());
        Self { network, derivation, trace, arena, typesetter, steps, origins, places, handed, wrt }
    }

    /// All steps, and of which layer each is.
    pub fn built(mut self) -> (Vec<Step>, Vec<Option<usize>>) {
        let mut losses: Vec<usize> = (0..self.derivation.forward.outputs.len()).collect();
        for definition in &self.derivation.forward.definitions {
            if self.arena.symbol(definition.symbol).role != Role::InverseRms {
                self.definition(*definition);
                self.losses(&mut losses);
            }
        }
        for loss in losses {
            self.loss(loss);
        }
        self.end();
        self.backward();
        let labels: HashMap<&str, usize> =
            self.network.layers.iter().enumerate().map(|(place, layer)| (&*layer.label, place)).collect();
        let of_value = |symbol: SymbolId| {
            let Symbol { role, label, .. } = self.arena.symbol(symbol);
            label.as_deref().filter(|_| *role != Role::Input).and_then(|label| labels.get(label)).copied()
        };
        let layer = |origin: &Origin| match origin {
            Origin::Value(symbol) => of_value(*symbol),
            Origin::Loss(loss) => of_value(self.derivation.forward.outputs[*loss].prediction.symbol),
            Origin::Penalty | Origin::Sum => None,
        };
        let layers = self.origins.iter().map(layer).collect();
        (self.steps, layers)
    }

    /// The names in an expression, those of a norm's root in the place of it.
    fn names(&self, value: ExprId) -> Vec<SymbolId> {
        let mut names = Vec::new();
        for symbol in self.arena.reachable(&[value]).into_iter().filter_map(|id| self.arena.as_symbol(id)) {
            let found = match self.root(symbol) {
                Some(root) => self.names(root),
                None => vec![symbol],
            };
            names.extend(found.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        }
        names
    }

    /// What a norm's root is, if it is one.
    fn root(&self, symbol: SymbolId) -> Option<ExprId> {
        let is_root = self.arena.symbol(symbol).role == Role::InverseRms;
        let definitions = &self.derivation.forward.definitions;
        definitions.iter().find(|definition| is_root && definition.symbol == symbol).map(|definition| definition.value)
    }

    fn definition(&mut self, Definition { symbol, value }: Definition) {
        let roots: Vec<SymbolId> = self
            .arena
            .reachable(&[value])
            .into_iter()
            .filter_map(|id| self.arena.as_symbol(id))
            .filter(|symbol| self.root(*symbol).is_some())
            .collect();
        let names = self.names(value);
        let operands = self.operands(&names);
        let short = (!roots.is_empty()).then(|| {
            let of = names.iter().find(|name| self.places.contains_key(name)).map(|name| self.typesetter.name(*name));
            Notation::apply("norm", false, None, of.unwrap_or(Notation::letter("X")))
        });
        let inner = roots.iter().filter_map(|root| {
            let right = self.typesetter.formula(self.root(*root)?).without_shapes();
            let (left, shape) = (self.typesetter.name(*root), Some(self.shape(*root)));
            Some(Equation { left, relation: Relation::Definition, right, shape })
        });
        let step = Step {
            formula: Some(self.formula(value)),
            short,
            inner: inner.collect(),
            operands,
            parameters: self.parameters(&names),
            ..self.step(symbol)
        };
        self.push(step, Origin::Value(symbol));
    }

    /// A named value, or an input.
    fn step(&self, symbol: SymbolId) -> Step {
        Step::new(self.arena.symbol(symbol).key(), self.typesetter.name(symbol), self.shape(symbol))
    }

    fn push(&mut self, step: Step, origin: Origin) {
        if let Origin::Value(symbol) = origin {
            self.places.insert(symbol, self.steps.len());
        }
        self.steps.push(step);
        self.origins.push(origin);
    }

    /// The values among some names; inputs come just before they are needed.
    fn operands(&mut self, names: &[SymbolId]) -> Vec<Operand> {
        let mut operands = Vec::new();
        for name in names {
            if self.arena.symbol(*name).role == Role::Input && !self.places.contains_key(name) {
                self.push(self.step(*name), Origin::Value(*name));
            }
            operands.extend(self.places.get(name).map(|step| Operand { step: *step, is_lit: false }));
        }
        operands
    }

    /// All other names, without gradients yet.
    fn parameters(&self, names: &[SymbolId]) -> Vec<Parameter> {
        let others = names.iter().filter(|name| !self.places.contains_key(name));
        let parameter = |name: &SymbolId| Parameter {
            key: self.arena.symbol(*name).key(),
            name: self.typesetter.name(*name),
            shape: self.shape(*name),
            gradient: None,
            is_lit: false,
        };
        others.map(parameter).collect()
    }

    pub fn formula(&self, value: ExprId) -> Notation {
        self.typesetter.formula(value).without_shapes()
    }

    fn shape(&self, symbol: SymbolId) -> Shape {
        let Symbol { rows, columns, .. } = self.arena.symbol(symbol);
        Shape::Matrix(rows.clone(), columns.clone())
    }

    /// The losses whose predictions and targets are there by now.
    fn losses(&mut self, waiting: &mut Vec<usize>) {
        let outputs = &self.derivation.forward.outputs;
        let is_ready = |builder: &Self, loss: usize| {
            let names = builder.names(outputs[loss].loss);
            names.iter().all(|name| builder.places.contains_key(name) || !builder.arena.symbol(*name).is_value())
        };
        while let Some(place) = waiting.iter().position(|loss| is_ready(self, *loss)) {
            let loss = waiting.remove(place);
            self.loss(loss);
        }
    }

    /// Whether J has no parts.
    fn is_one(&self) -> bool {
        self.derivation.forward.outputs.len() == 1 && self.derivation.forward.penalty.is_none()
    }

    fn loss(&mut self, loss: usize) {
        let number = (loss + 1).to_string();
        let (key, name) = if self.is_one() {
            ("J".to_owned(), Notation::Loss)
        } else {
            (format!("J{number}"), Notation::indexed("J", &number))
        };
        let output = self.derivation.forward.outputs[loss];
        let names = self.names(output.loss);
        let mut sides = vec![self.typesetter.name(output.prediction.symbol)];
        if names.contains(&output.target) {
            sides.push(self.typesetter.name(output.target));
        }
        let short = Notation::apply(self.network.terms[loss].loss.name(), false, None, Notation::List(sides));
        let step = self.part(key, name, output.loss, &names, short);
        self.push(step, Origin::Loss(loss));
    }

    /// A term of J.
    fn part(&mut self, key: String, name: Notation, value: ExprId, names: &[SymbolId], short: Notation) -> Step {
        let formula = self.formula(value);
        let is_long = Style::new(Format::Text).inline(&formula).chars().count() > LONG;
        let operands = self.operands(names);
        Step {
            short: is_long.then_some(short),
            formula: Some(formula),
            operands,
            parameters: self.parameters(names),
            ..Step::new(key, name, Shape::Scalar)
        }
    }

    /// The penalties, and J as a sum if it has parts.
    fn end(&mut self) {
        if let Some(penalty) = self.derivation.forward.penalty {
            let names = self.names(penalty);
            let shown = if names.len() > WEIGHTS { &[] } else { &names[..] };
            let short = Notation::apply("penalty", false, None, Notation::letter("W"));
            let step = self.part("R".into(), Notation::letter("R"), penalty, shown, short);
            self.push(step, Origin::Penalty);
        }
        if self.is_one() {
            return;
        }
        let is_part = |origin: &Origin| !matches!(origin, Origin::Value(_));
        let parts: Vec<usize> = (0..self.steps.len()).filter(|step| is_part(&self.origins[*step])).collect();
        let terms = parts.iter().map(|part| (Sign::Plus, self.steps[*part].name.clone())).collect();
        let step = Step {
            formula: Some(Notation::Sum(terms)),
            operands: parts.into_iter().map(|step| Operand { step, is_lit: false }).collect(),
            ..Step::new("J".into(), Notation::Loss, Shape::Scalar)
        };
        self.push(step, Origin::Sum);
    }
}
