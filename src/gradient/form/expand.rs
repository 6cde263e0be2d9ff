//! Activations → sums of products that begin at the input: A_l = X ∏ W_k G_k + Σ_j 1 b_j G_j ∏ W_k G_k.
//!
//! By the distributive law alone, term by term, and σ(Z) = Z ⊙ (1 gᵀ) at each activation with a forward gate.

use std::collections::{BTreeMap, HashMap};

use super::{
    super::GradientError,
    gate::Gate,
    layered::{argument, pre_activation},
};
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
    /// A norm divides each sample by what depends on it.
    Norm,
    /// Two values are multiplied entry by entry.
    Values,
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

/// Why a value of a network that branches is not written out, if it is not.
#[must_use]
pub fn stop_of(arena: &Arena, definition: Definition) -> Option<Stop> {
    let activation = definition.symbol;
    let because = |reason| Some(Stop { activation, reason });
    let parts = arena.reachable(&[definition.value]);
    let is_norm = |symbol: SymbolId| matches!(arena.symbol(symbol).role, Role::InverseRms | Role::Normalised);
    if arena.symbol(activation).role == Role::Normalised || arena.symbol(activation).role == Role::InverseRms {
        return because(StopReason::Norm);
    }
    if parts.iter().any(|id| matches!(arena.op(*id), Op::Softmax(_) | Op::LogSumExp(_))) {
        return because(StopReason::Softmax);
    }
    let multiplies =
        |id: &ExprId| matches!(*arena.op(*id), Op::Hadamard([a, b]) if holds_value(arena, a) && holds_value(arena, b));
    if parts.iter().any(multiplies) {
        let has_norm = parts.iter().filter_map(|id| arena.as_symbol(*id)).any(is_norm);
        return because(if has_norm { StopReason::Norm } else { StopReason::Values });
    }
    stop(arena, definition)
}

/// What each value of a network that branches is down to the inputs, where `rows` are the rows of the gates of activations with
/// one; returns where that stops.
///
/// # Errors
/// A defect of the derivation, [`GradientError::TooLong`].
pub fn values(
    arena: &mut Arena,
    definitions: &[Definition],
    rows: BTreeMap<SymbolId, ExprId>,
    inline: &mut BTreeMap<SymbolId, ExprId>,
) -> Result<Vec<Stop>, GradientError> {
    let mut terms = Terms { of: HashMap::new(), gates: rows.into_iter().collect() };
    let (mut stops, mut count) = (Vec::new(), 0);
    for definition in definitions {
        let named = arena.named(definition.symbol)?;
        let stop = stop_of(arena, *definition);
        let found = if stop.is_some() { vec![named] } else { terms.of(arena, definition.symbol, definition.value)? };
        stops.extend(stop);
        count += found.len();
        if count > MAX_TERMS {
            return Err(GradientError::TooLong { limit: MAX_TERMS });
        }
        inline.insert(definition.symbol, sum(arena, &found)?);
        terms.of.insert(definition.symbol, found);
    }
    Ok(stops)
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
        if let (Some(rows), Some(z)) = (self.gates.get(&symbol), with_parameter(arena, symbol, value)) {
            let terms = self.of.get(&z).cloned().unwrap_or_default();
            return terms.into_iter().map(|term| Ok(arena.hadamard(term, *rows)?)).collect();
        }
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
            Op::Scale([s, a]) => {
                let terms = self.of(arena, symbol, a)?;
                terms.into_iter().map(|term| Ok(arena.scale(s, term)?)).collect()
            }
            // One factor holds no value: a mask, or a gain's row for each sample.
            Op::Hadamard([a, b]) => {
                let (a, b) = if holds_value(arena, a) { (a, b) } else { (b, a) };
                let terms = self.of(arena, symbol, a)?;
                terms.into_iter().map(|term| Ok(arena.hadamard(term, b)?)).collect()
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

/// Whether a value of the network is in it.
fn holds_value(arena: &Arena, id: ExprId) -> bool {
    let mut names = arena.reachable(&[id]).into_iter().filter_map(|id| arena.as_symbol(id));
    names.any(|name| arena.symbol(name).is_value())
}

/// Z of an activation with a parameter, which is no function of Z alone.
fn with_parameter(arena: &Arena, symbol: SymbolId, value: ExprId) -> Option<SymbolId> {
    let definition = Definition { symbol, value };
    pre_activation(arena, definition).filter(|_| argument(arena, definition).is_none())
}
