//! Definitions → the intuitive sketch: the layers in forward order, the target's weight replaced by I.
//!
//! A type of its own: no transposes, the shapes need not fit, it has no value and reaches neither the simplifier nor
//! the evaluation.

use std::collections::HashMap;

use super::{super::GradientError, gate::Gate};
use crate::{
    expr::{Definition, ExprId, Role, SymbolId},
    network::forward::Forward,
};

/// One factor of the sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// X, A, W or S by name.
    Named(SymbolId),
    /// I in the place of the target's weight.
    Identity,
    /// The mean prediction error.
    Error(ExprId),
}

/// What every layer contributes in forward order, found once for all variables.
#[derive(Clone, Debug)]
pub struct Sketch {
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

impl Sketch {
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

    /// The factors of ∂J/∂`variable`. With biases the input is the activation before the variable's layer, else X and
    /// all earlier layers.
    #[must_use]
    pub fn factors(&self, variable: SymbolId) -> Vec<Factor> {
        let uses = |step: &Step| [step.input, step.weight, step.bias].contains(&Some(variable));
        let Some(at) = self.steps.iter().position(uses) else {
            return vec![Factor::Error(self.error)];
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
        factors.push(Factor::Error(self.error));
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
