//! The derivative of each operator, as what an incoming adjoint G contributes to each operand.

use super::GradientError;
use crate::{
    expr::{
        Arena, ExprId, Function, Invariant, Op, Scalar,
        normal::{Normal, mean, normal},
    },
    shape::{Dim, Shape},
};

/// `(operand, contribution)` of the node `id` for the incoming adjoint `g` = ∂J/∂id.
///
/// | node | contributions |
/// |---|---|
/// | a + b | G, G |
/// | s a | ⟨G, a⟩ = Σᵢⱼ (G ⊙ a)ᵢⱼ to s if it is not constant, s G to a |
/// | a b | G bᵀ, aᵀ G |
/// | a ⊙ b | G ⊙ b, G ⊙ a |
/// | h = c ⊙ r, r = 1/√(mean of c² + ε), c = a − mean of a | (G − mean of G − h ⊙ mean of (G ⊙ h)) ⊙ r |
/// | aᵀ | Gᵀ |
/// | r = 1 ⊘ a | −G ⊙ r ⊙ r |
/// | aᵖ | G ⊙ p aᵖ⁻¹ |
/// | r = a⁻¹ | −rᵀ G rᵀ |
/// | tr a | g I |
/// | d = det a | g d a⁻ᵀ |
/// | ln \|det a\| | g a⁻ᵀ |
/// | f(a) | G ⊙ f'(a); G ⊙ (1 ⊘ a) for ln, G ⊙ clip(a) for huber |
/// | P = softmax(a) | P ⊙ (G − ((G ⊙ P) 1) 1ᵀ) |
/// | logsumexp(a) | (G 1ᵀ) ⊙ softmax(a) |
/// | diag(v) | (G ⊙ I) 1 |
/// | Σᵢⱼ aᵢⱼ | g 1 1ᵀ, g a scalar |
///
/// # Errors
/// A sum over samples, or a derivative f'(a): they arise after differentiation only. A Kronecker product or a vec: the
/// adjoint of what they are made of is no product of matrices.
pub fn contributions(arena: &mut Arena, id: ExprId, g: ExprId) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
    if let Some(normal) = normal(arena, id)? {
        return Ok(vec![(normal.of, normalised(arena, id, normal, g)?)]);
    }
    Ok(match arena.op(id).clone() {
        Op::Symbol(_) | Op::Scalar(_) | Op::Identity(_) | Op::Ones(..) | Op::Zero(..) | Op::Commutation(..) => {
            Vec::new()
        }
        Op::Add([a, b]) => vec![(a, g), (b, g)],
        Op::Scale([s, a]) => scale(arena, s, a, g)?,
        Op::Multiply([a, b]) => multiply(arena, a, b, g)?,
        Op::Hadamard([a, b]) => vec![(a, entrywise(arena, g, b)?), (b, entrywise(arena, g, a)?)],
        Op::Transpose([a]) => vec![(a, arena.transpose(g)?)],
        Op::Reciprocal([a]) => vec![(a, reciprocal(arena, id, g)?)],
        Op::Power([a, p]) => vec![(a, power(arena, a, p, g)?)],
        Op::Inverse([a]) => vec![(a, inverse(arena, id, g)?)],
        Op::Invariant(invariant, [a]) => vec![(a, invariant_of(arena, id, invariant, a, g)?)],
        Op::Kronecker(_) => return Err(GradientError::NoMatrixForm { what: "a Kronecker product" }),
        Op::Vec(_) => return Err(GradientError::NoMatrixForm { what: "a matrix inside of vec" }),
        Op::Map(Function::Log, 0, [a]) => {
            let reciprocal = reciprocal_of(arena, a)?;
            vec![(a, entrywise(arena, g, reciprocal)?)]
        }
        Op::Map(Function::Huber(delta), 0, [a]) => {
            let clipped = arena.map(Function::Clip(delta), 0, a)?;
            vec![(a, entrywise(arena, g, clipped)?)]
        }
        Op::Map(function, 0, [a]) => {
            let derivative = arena.map(function, 1, a)?;
            vec![(a, entrywise(arena, g, derivative)?)]
        }
        // What is straight between its kinks has no second derivative there.
        Op::Map(function, 1, _) if function.is_piecewise_constant(1) => Vec::new(),
        Op::Map(function, 1, [a]) => {
            let second = arena.map(function, 2, a)?;
            vec![(a, entrywise(arena, g, second)?)]
        }
        Op::Map(..) => {
            return Err(GradientError::NotDifferentiable { operator: "a second derivative of an activation" });
        }
        Op::Softmax([a]) => vec![(a, softmax(arena, id, g)?)],
        Op::LogSumExp([a]) => vec![(a, log_sum_exp(arena, a, g)?)],
        Op::Diagonal([v]) => vec![(v, diagonal(arena, v, g)?)],
        Op::Total([a]) => {
            let ones = arena.ones_like(a)?;
            vec![(a, scaled(arena, g, ones)?)]
        }
        Op::SumSamples(_) => return Err(GradientError::NotDifferentiable { operator: "a sum over samples" }),
    })
}

type Contribution = Result<ExprId, GradientError>;

/// G ⊙ b with constants outside and without the ones of a total: s (1 ⊙ b) = s b.
///
/// Left to the laws, E = (½·1) ⊙ 2E would stand among its own parts, and halving it never ends; and heads would be
/// ten times as large.
pub(super) fn entrywise(arena: &mut Arena, g: ExprId, b: ExprId) -> Contribution {
    if *arena.shape(b) == Shape::Scalar {
        return scaled(arena, g, b);
    }
    if matches!(arena.op(g), Op::Ones(..)) {
        return Ok(b);
    }
    if let Op::Scale([s, rest]) = *arena.op(g) {
        let product = entrywise(arena, rest, b)?;
        return scaled(arena, s, product);
    }
    Ok(arena.hadamard(g, b)?)
}

/// s G, where two constants become one and 1 drops out.
pub(super) fn scaled(arena: &mut Arena, s: ExprId, g: ExprId) -> Contribution {
    let constant = |id| if let Op::Scalar(scalar) = arena.op(id) { Some(scalar) } else { None };
    let (outer, inner) = (constant(s), if let Op::Scale([t, rest]) = arena.op(g) { Some((*t, *rest)) } else { None });
    let merged = outer.zip(inner).and_then(|(s, (t, rest))| Some((s.times(constant(t)?)?, rest)));
    let (scalar, rest) = merged.map_or((outer.cloned(), g), |(scalar, rest)| (Some(scalar), rest));
    match scalar {
        Some(one) if one.is_one() => Ok(rest),
        Some(scalar) => Ok(arena.scale_by(scalar, rest)?),
        None => Ok(arena.scale(s, g)?),
    }
}

fn scale(arena: &mut Arena, s: ExprId, a: ExprId, g: ExprId) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
    let to_a = (a, scaled(arena, s, g)?);
    if arena.facts(s).scalar.is_some() {
        return Ok(vec![to_a]);
    }
    let to_s = if *arena.shape(a) == Shape::Scalar {
        arena.scale(g, a)?
    } else {
        let product = entrywise(arena, g, a)?;
        arena.total(product)?
    };
    Ok(vec![(s, to_s), to_a])
}

fn multiply(arena: &mut Arena, a: ExprId, b: ExprId, g: ExprId) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
    let b_transposed = arena.transpose(b)?;
    let a_transposed = arena.transpose(a)?;
    Ok(vec![(a, arena.multiply(g, b_transposed)?), (b, arena.multiply(a_transposed, g)?)])
}

pub(super) fn reciprocal(arena: &mut Arena, r: ExprId, g: ExprId) -> Contribution {
    let once = arena.hadamard(g, r)?;
    let twice = arena.hadamard(once, r)?;
    Ok(arena.scale_by(Scalar::integer(-1), twice)?)
}

/// 1 ⊘ a, of a scalar a⁻¹.
pub(super) fn reciprocal_of(arena: &mut Arena, a: ExprId) -> Contribution {
    let is_scalar = *arena.shape(a) == Shape::Scalar;
    Ok(if is_scalar { arena.power(a, Scalar::integer(-1))? } else { arena.reciprocal(a)? })
}

pub(super) fn power(arena: &mut Arena, a: ExprId, p: ExprId, g: ExprId) -> Contribution {
    let no_number = GradientError::NotDifferentiable { operator: "a power that is no number" };
    let p = arena.facts(p).scalar.clone().ok_or(no_number.clone())?;
    let less = p.plus(&Scalar::integer(-1)).ok_or(no_number)?;
    let lower = if less.is_one() { a } else { arena.power(a, less)? };
    let slope = arena.scale_by(p, lower)?;
    entrywise(arena, g, slope)
}

fn inverse(arena: &mut Arena, r: ExprId, g: ExprId) -> Contribution {
    let transposed = arena.transpose(r)?;
    let left = arena.multiply(transposed, g)?;
    let both = arena.multiply(left, transposed)?;
    Ok(arena.scale_by(Scalar::integer(-1), both)?)
}

fn invariant_of(arena: &mut Arena, id: ExprId, invariant: Invariant, a: ExprId, g: ExprId) -> Contribution {
    if invariant == Invariant::Trace {
        let (rows, _) = arena.dims(a)?;
        let identity = arena.identity(&rows)?;
        return scaled(arena, g, identity);
    }
    let inverse = arena.inverse(a)?;
    let transposed = arena.transpose(inverse)?;
    let g = if invariant == Invariant::Determinant { scaled(arena, g, id)? } else { g };
    scaled(arena, g, transposed)
}

pub(super) fn softmax(arena: &mut Arena, p: ExprId, g: ExprId) -> Contribution {
    let (_, columns) = arena.dims(p)?;
    let (column, row) = (arena.ones(&columns, &Dim::one())?, arena.ones(&Dim::one(), &columns)?);
    let weighted = arena.hadamard(g, p)?;
    let sums = arena.multiply(weighted, column)?;
    let mean = arena.multiply(sums, row)?;
    let difference = arena.minus(g, mean)?;
    Ok(arena.hadamard(p, difference)?)
}

fn log_sum_exp(arena: &mut Arena, a: ExprId, g: ExprId) -> Contribution {
    let (_, columns) = arena.dims(a)?;
    let row = arena.ones(&Dim::one(), &columns)?;
    let spread = arena.multiply(g, row)?;
    let p = arena.softmax(a)?;
    Ok(arena.hadamard(spread, p)?)
}

/// Both ways from a to h at once: by c, and by r. The mean is taken away only where h has mean 0.
pub(super) fn normalised(arena: &mut Arena, h: ExprId, normal: Normal, g: ExprId) -> Contribution {
    let product = arena.hadamard(g, h)?;
    let along = mean(arena, product, normal.along)?;
    let along = arena.hadamard(h, along)?;
    let mut rest = g;
    if normal.centred {
        let mean = mean(arena, g, normal.along)?;
        rest = arena.minus(rest, mean)?;
    }
    let rest = arena.minus(rest, along)?;
    Ok(arena.hadamard(rest, normal.spread)?)
}

fn diagonal(arena: &mut Arena, v: ExprId, g: ExprId) -> Contribution {
    let (rows, _) = arena.dims(v)?;
    let identity = arena.add(Op::Identity(rows))?;
    let kept = arena.hadamard(g, identity)?;
    let column = arena.ones_like(v)?;
    Ok(arena.multiply(kept, column)?)
}
