//! Forward mode: an expression and how fast its names change → how fast it changes.
//!
//! | node | tangent, of ȧ and ḃ |
//! |---|---|
//! | a + b | ȧ + ḃ |
//! | s a | ṡ a + s ȧ |
//! | a b, a ⊙ b, a ⊗ b | the first with its tangent, plus the second with its own |
//! | aᵀ, vec a, diag(a), Σᵢⱼ aᵢⱼ, tr a | the same of ȧ |
//! | r = 1 ⊘ a | −ȧ ⊙ r ⊙ r |
//! | aᵖ | ȧ ⊙ p aᵖ⁻¹ |
//! | r = a⁻¹ | −r ȧ r |
//! | d = det a, ln \|det a\| | d tr(r ȧ), tr(r ȧ), with r = a⁻¹ |
//! | f(a), f'(a) | ȧ ⊙ f'(a), ȧ ⊙ f''(a) |
//! | P = softmax(a) | P ⊙ (ȧ − ((ȧ ⊙ P) 1) 1ᵀ) |
//! | logsumexp(a) | (softmax(a) ⊙ ȧ) 1 |
//! | h = c ⊙ r of a norm | (ȧ − mean of ȧ − h ⊙ mean of (ȧ ⊙ h)) ⊙ r |
//!
//! Softmax and norms have symmetric Jacobians: their tangents are what their adjoints are.

#![allow(clippy::wildcard_enum_match_arm, reason = "operators on one matrix are told apart by themselves")]

use std::collections::HashMap;

use super::{
    GradientError,
    local::{entrywise, normalised, power, reciprocal, reciprocal_of, scaled, softmax},
};
use crate::{
    expr::{Arena, Built, ExprId, Function, Invariant, Op, Scalar, SymbolId, normal::normal},
    shape::Dim,
};

/// A tangent; none of what does not change.
type Tangent = Option<ExprId>;

/// How fast names change, and all that is made of them.
#[derive(Debug, Default)]
pub struct Tangents {
    names: HashMap<SymbolId, ExprId>,
    known: HashMap<ExprId, Tangent>,
}

impl Tangents {
    /// Says how fast a name changes. Must be said before an expression that holds it is looked at.
    pub fn insert(&mut self, symbol: SymbolId, tangent: ExprId) {
        self.names.insert(symbol, tangent);
    }

    /// How fast an expression changes.
    ///
    /// # Errors
    /// A third derivative, or a sum over samples.
    pub fn of(&mut self, arena: &mut Arena, root: ExprId) -> Result<Tangent, GradientError> {
        for id in arena.reachable(&[root]) {
            if !self.known.contains_key(&id) {
                let tangent = self.node(arena, id)?.filter(|tangent| !arena.facts(*tangent).zero);
                self.known.insert(id, tangent);
            }
        }
        Ok(self.known[&root])
    }

    fn node(&self, arena: &mut Arena, id: ExprId) -> Result<Tangent, GradientError> {
        let op = arena.op(id).clone();
        if let Op::Symbol(symbol) = op {
            return Ok(self.names.get(&symbol).copied());
        }
        let of = |id: ExprId| self.known.get(&id).copied().flatten();
        if op.children().iter().all(|child| of(*child).is_none()) {
            return Ok(None);
        }
        if let Some(normal) = normal(arena, id)? {
            return of(normal.of).map(|a| normalised(arena, id, normal, a)).transpose();
        }
        match op {
            Op::Add([a, b]) => sum(arena, of(a), of(b)),
            Op::Scale([s, a]) => {
                let second = of(a).map(|a| scaled(arena, s, a)).transpose()?;
                let first = of(s).map(|s| arena.scale(s, a)).transpose()?;
                sum(arena, first, second)
            }
            Op::Multiply([a, b]) => both(arena, [a, b], [of(a), of(b)], Arena::multiply),
            Op::Hadamard([a, b]) => both(arena, [a, b], [of(a), of(b)], hadamard),
            Op::Kronecker([a, b]) => both(arena, [a, b], [of(a), of(b)], Arena::kronecker),
            op => match op.children().first().and_then(|a| of(*a)) {
                Some(tangent) => single(arena, id, &op, tangent),
                None => Ok(None),
            },
        }
    }
}

/// Of an operator on one matrix, which changes by `tangent`.
fn single(arena: &mut Arena, id: ExprId, op: &Op<ExprId>, tangent: ExprId) -> Result<Tangent, GradientError> {
    Ok(Some(match *op {
        Op::Reciprocal(_) => reciprocal(arena, id, tangent)?,
        Op::Power([a, p]) => power(arena, a, p, tangent)?,
        Op::Inverse(_) => {
            let left = arena.multiply(id, tangent)?;
            let both = arena.multiply(left, id)?;
            arena.scale_by(Scalar::integer(-1), both)?
        }
        Op::Invariant(invariant, [a]) => invariant_of(arena, id, invariant, a, tangent)?,
        Op::Map(function, order, [a]) => return mapped(arena, id, (function, order), a, tangent),
        Op::Softmax(_) => softmax(arena, id, tangent)?,
        Op::LogSumExp([a]) => {
            let (_, columns) = arena.dims(a)?;
            let ones = arena.ones(&columns, &Dim::one())?;
            let p = arena.softmax(a)?;
            let weighted = arena.hadamard(p, tangent)?;
            arena.multiply(weighted, ones)?
        }
        Op::Transpose(_) | Op::Vec(_) | Op::Diagonal(_) | Op::Total(_) => {
            let linear = op.map(|_| tangent);
            arena.add(linear)?
        }
        Op::SumSamples(_) => return Err(GradientError::NotDifferentiable { operator: "a sum over samples" }),
        Op::Symbol(_)
        | Op::Scalar(_)
        | Op::Identity(_)
        | Op::Ones(..)
        | Op::Zero(..)
        | Op::Commutation(..)
        | Op::Add(_)
        | Op::Scale(_)
        | Op::Multiply(_)
        | Op::Hadamard(_)
        | Op::Kronecker(_) => return Ok(None),
    }))
}

/// f(a) and f'(a). What is straight between its kinks has no second derivative there.
fn mapped(
    arena: &mut Arena,
    id: ExprId,
    (function, order): (Function, u8),
    a: ExprId,
    tangent: ExprId,
) -> Result<Tangent, GradientError> {
    if function.is_piecewise_constant(order) {
        return Ok(None);
    }
    let slope = match (function, order) {
        (Function::Linear, 0) => return Ok(Some(tangent)),
        (Function::Square, 1) => return Ok(Some(arena.scale_by(Scalar::integer(2), tangent)?)),
        (Function::Exp, _) => id,
        (Function::Log, 0) => reciprocal_of(arena, a)?,
        (Function::Huber(delta), 0) => arena.map(Function::Clip(delta), 0, a)?,
        (_, 0 | 1) => arena.map(function, order + 1, a)?,
        _ => return Err(GradientError::NotDifferentiable { operator: "a second derivative of an activation" }),
    };
    Ok(Some(entrywise(arena, tangent, slope)?))
}

fn invariant_of(
    arena: &mut Arena,
    id: ExprId,
    invariant: Invariant,
    a: ExprId,
    tangent: ExprId,
) -> Result<ExprId, GradientError> {
    if invariant == Invariant::Trace {
        return Ok(arena.invariant(Invariant::Trace, tangent)?);
    }
    let inverse = arena.inverse(a)?;
    let product = arena.multiply(inverse, tangent)?;
    let trace = arena.invariant(Invariant::Trace, product)?;
    Ok(if invariant == Invariant::Determinant { arena.scale(id, trace)? } else { trace })
}

/// ȧ b + a ḃ
fn both(
    arena: &mut Arena,
    [a, b]: [ExprId; 2],
    tangents: [Tangent; 2],
    with: impl Fn(&mut Arena, ExprId, ExprId) -> Built,
) -> Result<Tangent, GradientError> {
    let first = tangents[0].map(|first| with(arena, first, b)).transpose()?;
    let second = tangents[1].map(|second| with(arena, a, second)).transpose()?;
    sum(arena, first, second)
}

/// a ⊙ b with their numbers before it: what they have for signs is one.
fn hadamard(arena: &mut Arena, a: ExprId, b: ExprId) -> Built {
    let mut numbers = Some(Scalar::integer(1));
    let mut without = |arena: &Arena, mut id: ExprId| {
        while let Op::Scale([s, rest]) = *arena.op(id)
            && let (Some(number), Some(s)) = (&numbers, &arena.facts(s).scalar)
        {
            (numbers, id) = (number.times(s), rest);
        }
        id
    };
    let parts = [without(arena, a), without(arena, b)];
    match numbers {
        Some(one) if one.is_one() => arena.hadamard(parts[0], parts[1]),
        Some(number) => {
            let product = arena.hadamard(parts[0], parts[1])?;
            arena.scale_by(number, product)
        }
        None => arena.hadamard(a, b),
    }
}

fn sum(arena: &mut Arena, a: Tangent, b: Tangent) -> Result<Tangent, GradientError> {
    Ok(match (a, b) {
        (Some(a), Some(b)) => Some(arena.plus(a, b)?),
        (only, None) | (None, only) => only,
    })
}
