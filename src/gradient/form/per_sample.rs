//! Product form → per-sample form, by opening the batch: every n becomes 1, every gate that sample's own.
//!
//! A product that contracts over the samples becomes Σᵢ. With the gate s⁽ⁱ⁾ = σ'(zᵢ)ᵀ of each sample nothing is
//! assumed any more: for one row σ'(z) = 1 sᵀ is true.

use super::{
    super::{Derivative, Form, Gradient, GradientError},
    gate::Gate,
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Substitution, Symbol, SymbolId},
    shape::Dim,
};

/// Opens the batch of a product form that is not yet simplified.
///
/// # Errors
/// [`GradientError::MixesSamples`] where samples meet otherwise than in a sum at the root.
pub fn per_sample(arena: &mut Arena, product: &Gradient) -> Result<Gradient, GradientError> {
    // Of one sample there is no sum to take, and no gate but that sample's.
    if !arena.symbols().iter().any(Symbol::has_samples) {
        return Ok(Gradient { form: Form::PerSample, ..product.clone() });
    }
    let mut opened = Substitution::new();
    let mut definitions = Vec::new();
    for Definition { symbol, value } in &product.definitions {
        let value = open(arena, &mut opened, *value)?;
        definitions.push(Definition { symbol: sample_symbol(arena, *symbol), value });
    }
    let mut derivatives = Vec::new();
    for Derivative { variable, value } in &product.derivatives {
        let value = open(arena, &mut opened, *value)?;
        derivatives.push(Derivative { variable: *variable, value });
    }
    let own = |gate: &Gate| Gate { entries: sample_symbol(arena, gate.entries), ..*gate };
    let gates = product.gates.iter().map(own).collect();
    Ok(Gradient { form: Form::PerSample, definitions, derivatives, gates, stops: product.stops.clone() })
}

fn open(arena: &mut Arena, opened: &mut Substitution, root: ExprId) -> Result<ExprId, GradientError> {
    opened.apply_with(arena, root, |arena, original, op| {
        if let Some(sum) = of_sums(arena, &op)? {
            return Ok(sum);
        }
        if op.children().iter().any(|child| matches!(arena.op(*child), Op::SumSamples(_))) {
            return Err(GradientError::MixesSamples);
        }
        let contracts = contracts_over_samples(arena, original)?;
        let op = match &op {
            Op::Symbol(symbol) => Op::Symbol(sample_symbol(arena, *symbol)),
            Op::Ones(rows, columns) => Op::Ones(one_sample(rows), one_sample(columns)),
            Op::Zero(rows, columns) => Op::Zero(one_sample(rows), one_sample(columns)),
            // They are of a whole matrix.
            Op::Total(_) | Op::Inverse(_) | Op::Invariant(..) | Op::Kronecker(_) | Op::Vec(_) | Op::Commutation(..) => {
                return Err(GradientError::MixesSamples);
            }
            Op::Identity(size) if size.is_batch() => return Err(GradientError::MixesSamples),
            Op::Scalar(_)
            | Op::Identity(_)
            | Op::Add(_)
            | Op::Scale(_)
            | Op::Multiply(_)
            | Op::Hadamard(_)
            | Op::Transpose(_)
            | Op::Reciprocal(_)
            | Op::Power(_)
            | Op::Map(..)
            | Op::Softmax(_)
            | Op::LogSumExp(_)
            | Op::Diagonal(_)
            | Op::SumSamples(_) => op,
        };
        let built = arena.add(op)?;
        if contracts { Ok(arena.add(Op::SumSamples([built]))?) } else { Ok(built) }
    })
}

/// Σᵢ a + Σᵢ b = Σᵢ (a + b), s Σᵢ a = Σᵢ s a, (Σᵢ a)ᵀ = Σᵢ aᵀ, (Σᵢ a) b = Σᵢ a b for a b of no sample. A term that belongs to no sample, such as a penalty's, stays
/// outside.
fn of_sums(arena: &mut Arena, op: &Op<ExprId>) -> Result<Option<ExprId>, GradientError> {
    let summand = |arena: &Arena, id: ExprId| if let Op::SumSamples([a]) = *arena.op(id) { Some(a) } else { None };
    #[allow(clippy::wildcard_enum_match_arm, reason = "no other operator is the same inside and outside of a sum")]
    let inside = match *op {
        Op::Add([a, b]) => match (summand(arena, a), summand(arena, b)) {
            (Some(a), Some(b)) => arena.plus(a, b)?,
            (None, None) => return Ok(None),
            _ => return Ok(Some(arena.plus(a, b)?)),
        },
        Op::Scale([s, a]) => match summand(arena, a) {
            Some(a) => arena.scale(s, a)?,
            None => return Ok(None),
        },
        Op::Multiply([a, b]) => match summand(arena, a).filter(|_| is_of_no_sample(arena, b)) {
            Some(a) => arena.multiply(a, b)?,
            None => return Ok(None),
        },
        Op::Transpose([a]) => match summand(arena, a) {
            Some(a) => arena.transpose(a)?,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(arena.add(Op::SumSamples([inside]))?))
}

/// Whether it is the same for all samples.
#[allow(clippy::wildcard_enum_match_arm, reason = "no other operator is of a sample by itself")]
fn is_of_no_sample(arena: &Arena, id: ExprId) -> bool {
    arena.reachable(&[id]).into_iter().all(|id| match arena.op(id) {
        Op::SumSamples(_) => false,
        Op::Symbol(symbol) => !arena.symbol(*symbol).sample,
        _ => true,
    })
}

/// Whether `id` is a product whose inner dimension is the batch's.
fn contracts_over_samples(arena: &Arena, id: ExprId) -> Result<bool, GradientError> {
    let Op::Multiply([a, _]) = arena.op(id) else { return Ok(false) };
    Ok(arena.dims(*a)?.1.is_batch())
}

fn one_sample(dim: &Dim) -> Dim {
    if dim.is_batch() { Dim::one() } else { dim.clone() }
}

/// The symbol's row of one sample, or that sample's gate; parameters are the same for all.
pub fn sample_symbol(arena: &mut Arena, symbol: SymbolId) -> SymbolId {
    let sample = of_sample(arena.symbol(symbol));
    arena.intern(sample)
}

/// The row or gate of one sample of what `whole` names.
#[must_use]
pub fn of_sample(whole: &Symbol) -> Symbol {
    let entries = Role::is_gate_entries(whole.role) || whole.role == Role::ValueGate;
    let gate = entries || whole.role.is_gate_matrix();
    let (rows, columns) = (one_sample(&whole.rows), one_sample(&whole.columns));
    let sample = gate || whole.has_samples();
    Symbol { sample, rows, columns, ..whole.clone() }
}
