//! The derivative of each operator, as what an incoming adjoint G contributes to each operand.

use super::GradientError;
use crate::{
    expr::{Arena, ExprId, Function, Op, Scalar},
    shape::Dim,
};

/// `(operand, contribution)` of the node `id` for the incoming adjoint `g` = ∂J/∂id.
///
/// | node | contributions |
/// |---|---|
/// | a + b | G, G |
/// | s a | s G to a; scalars are constant |
/// | a b | G bᵀ, aᵀ G |
/// | a ⊙ b | G ⊙ b, G ⊙ a |
/// | aᵀ | Gᵀ |
/// | r = 1 ⊘ a | −G ⊙ r ⊙ r |
/// | f(a) | G ⊙ f'(a); G ⊙ (1 ⊘ a) for ln, G ⊙ clip(a) for huber |
/// | P = softmax(a) | P ⊙ (G − ((G ⊙ P) 1) 1ᵀ) |
/// | logsumexp(a) | (G 1ᵀ) ⊙ softmax(a) |
/// | diag(v) | (G ⊙ I) 1 |
/// | Σᵢⱼ aᵢⱼ | g 1 1ᵀ, g a scalar |
///
/// # Errors
/// A sum over samples: it arises after differentiation only.
pub fn contributions(arena: &mut Arena, id: ExprId, g: ExprId) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
    Ok(match arena.op(id).clone() {
        Op::Symbol(_) | Op::Scalar(_) | Op::Identity(_) | Op::Ones(..) | Op::Zero(..) => Vec::new(),
        Op::Add([a, b]) => vec![(a, g), (b, g)],
        Op::Scale([s, a]) => vec![(a, arena.scale(s, g)?)],
        Op::Multiply([a, b]) => multiply(arena, a, b, g)?,
        Op::Hadamard([a, b]) => vec![(a, entrywise(arena, g, b)?), (b, entrywise(arena, g, a)?)],
        Op::Transpose([a]) => vec![(a, arena.transpose(g)?)],
        Op::Reciprocal([a]) => vec![(a, reciprocal(arena, id, g)?)],
        Op::Map(Function::Log, 0, [a]) => {
            let reciprocal = arena.reciprocal(a)?;
            vec![(a, entrywise(arena, g, reciprocal)?)]
        }
        Op::Map(Function::Huber(delta), 0, [a]) => {
            let clipped = arena.map(Function::Clip(delta), 0, a)?;
            vec![(a, entrywise(arena, g, clipped)?)]
        }
        Op::Map(function, order, [a]) => {
            let derivative = arena.map(function, order + 1, a)?;
            vec![(a, entrywise(arena, g, derivative)?)]
        }
        Op::Softmax([a]) => vec![(a, softmax(arena, id, g)?)],
        Op::LogSumExp([a]) => vec![(a, log_sum_exp(arena, a, g)?)],
        Op::Diagonal([v]) => vec![(v, diagonal(arena, v, g)?)],
        Op::Total([a]) => {
            let ones = arena.ones_like(a)?;
            let one = matches!(arena.op(g), Op::Scalar(g) if g.is_one());
            vec![(a, if one { ones } else { arena.scale(g, ones)? })]
        }
        Op::SumSamples(_) => return Err(GradientError::NotDifferentiable { operator: "sum over samples" }),
    })
}

type Contribution = Result<ExprId, GradientError>;

/// G ⊙ b, where the ones of a total drop out at once: G = s·1 gives s b. Left to the laws, E = (½·1) ⊙ 2E would stand
/// among its own parts, and halving it never ends.
fn entrywise(arena: &mut Arena, g: ExprId, b: ExprId) -> Contribution {
    let is_ones = |id| matches!(arena.op(id), Op::Ones(..));
    if is_ones(g) {
        return Ok(b);
    }
    if let Op::Scale([s, ones]) = *arena.op(g)
        && is_ones(ones)
    {
        return Ok(arena.scale(s, b)?);
    }
    Ok(arena.hadamard(g, b)?)
}

fn multiply(arena: &mut Arena, a: ExprId, b: ExprId, g: ExprId) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
    let b_transposed = arena.transpose(b)?;
    let a_transposed = arena.transpose(a)?;
    Ok(vec![(a, arena.multiply(g, b_transposed)?), (b, arena.multiply(a_transposed, g)?)])
}

fn reciprocal(arena: &mut Arena, r: ExprId, g: ExprId) -> Contribution {
    let once = arena.hadamard(g, r)?;
    let twice = arena.hadamard(once, r)?;
    Ok(arena.scale_by(Scalar::integer(-1), twice)?)
}

fn softmax(arena: &mut Arena, p: ExprId, g: ExprId) -> Contribution {
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

fn diagonal(arena: &mut Arena, v: ExprId, g: ExprId) -> Contribution {
    let (rows, _) = arena.dims(v)?;
    let identity = arena.add(Op::Identity(rows))?;
    let kept = arena.hadamard(g, identity)?;
    let column = arena.ones_like(v)?;
    Ok(arena.multiply(kept, column)?)
}
