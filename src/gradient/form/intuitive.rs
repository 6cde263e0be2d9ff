//! Definitions → the intuitive sketch: the layers in forward order, the target's weight replaced by I; where the network
//! branches, the product form turned round and without transposes, branches in brackets.
//!
//! A type of its own: no transposes, the shapes need not fit, it has no value and reaches neither the simplifier nor
//! the evaluation.

use std::collections::HashMap;

use super::{super::GradientError, gate::Gate, paths::Open};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Scalar, SymbolId},
    network::forward::Forward,
};

/// One factor of the sketch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factor {
    /// X, A, W or S by name.
    Named(SymbolId),
    /// I in the place of the target's weight.
    Identity,
    /// What has no name: the mean prediction error, a diagonal.
    Formula(ExprId),
    /// Branches, and whether each is subtracted.
    Sum(Vec<(bool, Vec<Factor>)>),
}

/// The sketch of all gradients.
#[derive(Clone, Debug)]
pub enum Sketch {
    /// Of a chain.
    Layers(Layers),
    /// Of a network that branches.
    Paths(Open),
}

impl Sketch {
    /// The factors of ∂J/∂`variable`.
    #[must_use]
    pub fn factors(&self, arena: &Arena, variable: SymbolId) -> Vec<Factor> {
        match self {
            Self::Layers(layers) => layers.factors(variable),
            Self::Paths(open) => match open.results.get(&variable) {
                Some(value) => turned(arena, open, *value),
                None => Vec::new(),
            },
        }
    }
}

/// The factors of a product in the opposite order, transposes left out; Aᵀ and I in the place of a W before the rest.
fn turned(arena: &Arena, open: &Open, value: ExprId) -> Vec<Factor> {
    let error = |id: ExprId| open.errors.iter().find(|(name, _)| *name == id).map(|(_, error)| Factor::Formula(*error));
    #[allow(clippy::wildcard_enum_match_arm, reason = "all other operators stay as they are")]
    match *arena.op(value) {
        _ if arena.facts(value).zero => {
            let zero = arena.reachable(&[value]).into_iter().find(|id| matches!(arena.op(*id), Op::Zero(..)));
            vec![Factor::Formula(zero.unwrap_or(value))]
        }
        Op::Multiply(_) => {
            let factors = arena.factors(value);
            let (first, rest) = (factors[0], &factors[1..]);
            let rest = rest.iter().rev().flat_map(|factor| turned(arena, open, *factor));
            let first = turned(arena, open, first);
            match first[..] {
                [Factor::Named(input)] if arena.symbol(input).is_value() => {
                    first.into_iter().chain([Factor::Identity]).chain(rest).collect()
                }
                _ => rest.chain(first).collect(),
            }
        }
        Op::Hadamard([a, b]) => {
            let holds = |id: ExprId| open.errors.iter().any(|(name, _)| arena.reachable(&[id]).contains(name));
            let (value, error) = if holds(a) { (b, a) } else { (a, b) };
            [turned(arena, open, value), turned(arena, open, error)].concat()
        }
        Op::Add(_) => vec![Factor::Sum(branches(arena, open, value, false))],
        Op::Scale([_, a]) | Op::Transpose([a]) => turned(arena, open, a),
        Op::Identity(_) => vec![Factor::Identity],
        Op::Ones(..) => Vec::new(),
        Op::Diagonal([entries]) => turned(arena, open, entries),
        Op::Symbol(symbol) => vec![error(value).unwrap_or(Factor::Named(symbol))],
        _ => vec![Factor::Formula(value)],
    }
}

fn branches(arena: &Arena, open: &Open, value: ExprId, negative: bool) -> Vec<(bool, Vec<Factor>)> {
    #[allow(clippy::wildcard_enum_match_arm, reason = "all other operators are one branch")]
    match *arena.op(value) {
        Op::Add([a, b]) => [branches(arena, open, a, negative), branches(arena, open, b, negative)].concat(),
        Op::Scale([s, a]) if arena.facts(s).scalar == Some(Scalar::integer(-1)) => branches(arena, open, a, !negative),
        _ => vec![(negative, turned(arena, open, value))],
    }
}

/// What every layer contributes in forward order, found once for all variables.
#[derive(Clone, Debug)]
pub struct Layers {
    steps: Vec<Step>,
    biased: bool,
    error: ExprId,
}

/// A definition: the value it passes on, the parameter it brings, its gate.
#[derive(Clone, Debug)]
struct Step {
    input: Option<SymbolId>,
    weight: Option<SymbolId>,
    bias: Option<SymbolId>,
    gate: Option<SymbolId>,
}

impl Layers {
    /// Reads the steps off the definitions; `error` is the mean prediction error.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn new(forward: &mut Forward, error: ExprId) -> Result<Self, GradientError> {
        let definitions = forward.definitions.clone();
        let steps: Vec<Step> =
            definitions.into_iter().map(|definition| step(forward, definition)).collect::<Result<_, _>>()?;
        let biased = steps.iter().any(|step| step.bias.is_some());
        Ok(Self { steps, biased, error })
    }

    /// The mean prediction error.
    #[must_use]
    pub fn error(&self) -> ExprId {
        self.error
    }

    /// The same with other names.
    #[must_use]
    pub fn renamed(self, mut to: impl FnMut(SymbolId) -> SymbolId, error: ExprId) -> Self {
        let mut steps = Vec::with_capacity(self.steps.len());
        for Step { input, weight, bias, gate } in self.steps {
            let [input, weight, bias, gate] = [input, weight, bias, gate].map(|symbol| symbol.map(&mut to));
            steps.push(Step { input, weight, bias, gate });
        }
        Self { steps, error, ..self }
    }

    /// The factors of ∂J/∂`variable`. With biases the input is the activation before the variable's layer, else X and
    /// all earlier layers.
    #[must_use]
    pub fn factors(&self, variable: SymbolId) -> Vec<Factor> {
        let uses = |step: &Step| [step.input, step.weight, step.bias].contains(&Some(variable));
        let Some(at) = self.steps.iter().position(uses) else {
            return vec![Factor::Formula(self.error)];
        };
        let mut factors = Vec::new();
        if self.steps[at].weight == Some(variable) {
            factors = self.before(at);
            factors.push(Factor::Identity);
        }
        let own = self.steps[at].weight.filter(|_| self.steps[at].input == Some(variable));
        factors.extend(own.map(Factor::Named));
        factors.extend(self.steps[at].gate.map(Factor::Named));
        factors.extend(self.steps[at + 1..].iter().flat_map(Step::named));
        factors.push(Factor::Formula(self.error));
        factors
    }

    /// The gates of the first activation and of the last, and whether any layer has a bias.
    #[must_use]
    pub fn ends(&self) -> ([Option<SymbolId>; 2], bool) {
        let gate = |step: Option<&Step>| step.and_then(|step| step.gate);
        ([gate(self.steps.iter().find(|step| step.weight.is_none())), gate(self.steps.last())], self.biased)
    }

    fn before(&self, at: usize) -> Vec<Factor> {
        let start = if self.biased { at } else { 0 };
        let input = self.steps[start].input.map(Factor::Named);
        input.into_iter().chain(self.steps[start..at].iter().flat_map(Step::named)).collect()
    }
}

impl Step {
    fn named(&self) -> impl Iterator<Item = Factor> {
        [self.weight, self.gate].into_iter().flatten().map(Factor::Named)
    }
}

fn step(forward: &mut Forward, definition: Definition) -> Result<Step, GradientError> {
    let arena = &mut forward.arena;
    let gate = Gate::backward(arena, definition, false)?.map(|gate| gate.matrix);
    let mut by_role: HashMap<Role, SymbolId> = HashMap::new();
    let mut input = None;
    for id in arena.reachable(&[definition.value]) {
        if let Some(symbol) = arena.as_symbol(id) {
            let role = arena.symbol(symbol).role;
            if matches!(role, Role::Weight | Role::Bias) {
                by_role.insert(role, symbol);
            } else {
                input = Some(symbol);
            }
        }
    }
    let (weight, bias) = (by_role.get(&Role::Weight).copied(), by_role.get(&Role::Bias).copied());
    Ok(Step { input, weight, bias, gate })
}
