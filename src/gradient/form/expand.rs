//! Activations → sums of products that begin at the input: A_l = X ∏ W_k G_k + Σ_j 1 b_j G_j ∏ W_k G_k.
//!
//! By the distributive law alone, term by term, and σ(Z) = Z ⊙ (1 gᵀ) at each activation with a forward gate.

use std::collections::HashMap;

use super::{super::GradientError, gate::Gate};
use crate::expr::{Arena, Definition, ExprId, Function, Op, Role, Substitution, SymbolId};

/// Terms in all expansions together: with biases about L² for L layers.
const MAX_TERMS: usize = 20_000;

/// An activation that is not written out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// A_l
    pub activation: SymbolId,
    /// Why.
    pub reason: StopReason,
}

/// Why an activation has no forward gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Softmax mixes the outputs of a row.
    Softmax,
    /// σ(0) ≠ 0, so σ(z)/z has a pole.
    Pole(Function),
}

/// Why `activation` cannot be written as Z G, if it cannot.
#[must_use]
pub fn stop(arena: &Arena, activation: Definition) -> Option<Stop> {
    let value = arena.op(activation.value);
    let softmax = matches!(value, Op::Softmax(_)).then_some(StopReason::Softmax);
    let function = if let Op::Map(function, ..) = value { Some(*function) } else { None };
    let pole = function.filter(|function| !function.fixes_zero()).map(StopReason::Pole);
    softmax.or(pole).map(|reason| Stop { activation: activation.symbol, reason })
}

/// Lets `inline` replace every hidden activation by its expansion; returns where expansions stop.
///
/// # Errors
/// A defect of the derivation.
pub fn inputs(
    arena: &mut Arena,
    definitions: &[Definition],
    gates: &[Gate],
    inline: &mut Substitution,
) -> Result<Vec<Stop>, GradientError> {
    let mut terms = Terms { of: HashMap::new(), gates: HashMap::new() };
    for gate in gates.iter().rev() {
        let rows = gate.rows(arena)?;
        terms.gates.insert(gate.activation, rows);
    }
    let (mut stops, mut count) = (Vec::new(), 0);
    for definition in definitions {
        let named = arena.named(definition.symbol)?;
        let stop = stop(arena, *definition);
        let found = if stop.is_some() { vec![named] } else { terms.of(arena, definition.symbol, definition.value)? };
        if arena.symbol(definition.symbol).role == Role::Activation {
            stops.extend(stop);
            let sum = sum(arena, &found)?;
            inline.replace(named, sum);
        }
        count += found.len();
        if count > MAX_TERMS {
            return Err(GradientError::TooLong { limit: MAX_TERMS });
        }
        terms.of.insert(definition.symbol, found);
    }
    Ok(stops)
}

/// Balanced, so that a transpose reaches the terms in as many rounds as the sum is deep: the logarithm of its length.
fn sum(arena: &mut Arena, terms: &[ExprId]) -> Result<ExprId, GradientError> {
    if let [only] = terms {
        return Ok(*only);
    }
    if terms.is_empty() {
        return Err(GradientError::NotDifferentiable { operator: "empty sum" });
    }
    let (left, right) = terms.split_at(terms.len() / 2);
    let (left, right) = (sum(arena, left)?, sum(arena, right)?);
    Ok(arena.plus(left, right)?)
}

/// The terms of each definition so far, and 1 gᵀ for each activation.
struct Terms {
    of: HashMap<SymbolId, Vec<ExprId>>,
    gates: HashMap<SymbolId, ExprId>,
}

impl Terms {
    /// The terms of `value`, multiplied out on the left: (a + b) W = a W + b W.
    fn of(&self, arena: &mut Arena, symbol: SymbolId, value: ExprId) -> Result<Vec<ExprId>, GradientError> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "what no law of this form takes apart is one term")]
        match *arena.op(value) {
            Op::Symbol(name) => Ok(self.of.get(&name).cloned().unwrap_or_else(|| vec![value])),
            Op::Add([a, b]) => {
                let left = self.of(arena, symbol, a)?;
                Ok([left, self.of(arena, symbol, b)?].concat())
            }
            Op::Multiply([a, w]) => {
                let terms = self.of(arena, symbol, a)?;
                terms.into_iter().map(|term| Ok(arena.multiply(term, w)?)).collect()
            }
            Op::Map(function, 0, [z]) => {
                let terms = self.of(arena, symbol, z)?;
                match self.gates.get(&symbol) {
                    Some(rows) => terms.into_iter().map(|term| Ok(arena.hadamard(term, *rows)?)).collect(),
                    None if function == Function::Linear => Ok(terms),
                    None => Ok(vec![value]),
                }
            }
            _ => Ok(vec![value]),
        }
    }
}
