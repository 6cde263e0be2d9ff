//! An expression that is linear in a name U → the matrix M with vec(expression) = M vec(U).
//!
//! | expression | M |
//! |---|---|
//! | U | I |
//! | A E | (I ⊗ A) M_E, A M_E of a column E |
//! | E B | (Bᵀ ⊗ I) M_E, Bᵀ M_E of a row E |
//! | V ⊙ E | diag(vec V) M_E |
//! | Eᵀ | K M_E, M_E of a row or a column |
//! | diag(e) v | diag(v) M_e |
//! | Σᵢⱼ Eᵢⱼ | 1ᵀ M_E |
//! | tr(A E) | vec(Aᵀ)ᵀ M_E |
//! | s(E) A | vec(A) M_s |
//!
//! (Magnus and Neudecker, *Matrix Differential Calculus*, 2019, chapters 2 and 3.)
#![allow(clippy::wildcard_enum_match_arm, reason = "each row of the table looks for one operator")]

use std::collections::HashMap;

use super::GradientError;
use crate::{
    expr::{Arena, ExprId, Invariant, Op, SymbolId},
    shape::{Dim, Shape},
};

type Found = Result<Option<ExprId>, GradientError>;
type Made = Result<ExprId, GradientError>;

const DIAGONAL: GradientError = GradientError::NoMatrixForm { what: "diag of a vector that is not multiplied by one" };

/// M of `root`, which is linear in `of`; `None` where it does not occur.
///
/// # Errors
/// What has no such matrix in the operators of the kernel, and what is not linear.
pub fn linear(arena: &mut Arena, root: ExprId, of: SymbolId) -> Found {
    let mut found: HashMap<ExprId, Option<ExprId>> = HashMap::new();
    let is_open = |arena: &Arena, id: ExprId, found: &HashMap<ExprId, Option<ExprId>>| {
        matches!(arena.op(id), Op::Diagonal(_)) && found[&id].is_some()
    };
    for id in arena.reachable(&[root]) {
        let op = arena.op(id).clone();
        let matrix = match op {
            Op::Symbol(symbol) if symbol == of => {
                let size = size(arena, id)?;
                Some(arena.identity(&size)?)
            }
            op if op.children().iter().all(|child| found[child].is_none()) => None,
            // diag(e) alone has no M; the product that it stands in may have one.
            Op::Diagonal([e]) => found[&e],
            op if op.children().iter().any(|child| is_open(arena, *child, &found)) => {
                Some(diagonal_by_vector(arena, &op, &found)?.ok_or(DIAGONAL)?)
            }
            op => Some(node(arena, &op, &found)?),
        };
        found.insert(id, matrix);
    }
    if is_open(arena, root, &found) { Err(DIAGONAL) } else { Ok(found[&root]) }
}

/// How many entries it has.
fn size(arena: &Arena, id: ExprId) -> Result<Dim, GradientError> {
    match arena.shape(id).clone() {
        Shape::Scalar => Ok(Dim::one()),
        Shape::Matrix(rows, columns) => rows
            .times(&columns)
            .map_err(|_| GradientError::NotDifferentiable { operator: "a matrix that is too large" }),
    }
}

fn has_one(arena: &Arena, id: ExprId, columns: bool) -> bool {
    arena.shape(id).dims().is_some_and(|(rows, all)| if columns { all.is_one() } else { rows.is_one() })
}

/// vec(a) without an operator where a is a row or a column.
fn stacked(arena: &mut Arena, a: ExprId) -> Made {
    Ok(if has_one(arena, a, true) {
        a
    } else if has_one(arena, a, false) {
        arena.transpose(a)?
    } else {
        arena.vec(a)?
    })
}

fn node(arena: &mut Arena, op: &Op<ExprId>, found: &HashMap<ExprId, Option<ExprId>>) -> Made {
    let of = |id: &ExprId| found[id];
    match op {
        Op::Add([a, b]) => match (of(a), of(b)) {
            (Some(a), Some(b)) => Ok(arena.plus(a, b)?),
            // What is linear and what is constant are not linear together.
            (Some(_) | None, None) | (None, Some(_)) => Err(GradientError::NotLinear),
        },
        Op::Scale([s, a]) => match (of(s), of(a)) {
            (None, Some(matrix)) => Ok(arena.scale(*s, matrix)?),
            (Some(row), None) if *arena.shape(*a) == Shape::Scalar => Ok(arena.scale(*a, row)?),
            (Some(row), None) => {
                let column = stacked(arena, *a)?;
                Ok(arena.multiply(column, row)?)
            }
            (None, None) | (Some(_), Some(_)) => Err(GradientError::NotLinear),
        },
        Op::Multiply([a, b]) => product(arena, [*a, *b], [of(a), of(b)]),
        Op::Hadamard([a, b]) => match (of(a), of(b)) {
            (Some(matrix), None) => scaled_rows(arena, *b, matrix),
            (None, Some(matrix)) => scaled_rows(arena, *a, matrix),
            (None, None) | (Some(_), Some(_)) => Err(GradientError::NotLinear),
        },
        Op::Transpose([a]) => {
            let matrix = of(a).ok_or(GradientError::NotLinear)?;
            let (rows, columns) = arena.dims(*a)?;
            if rows.is_one() || columns.is_one() {
                return Ok(matrix);
            }
            let commutation = arena.add(Op::Commutation(rows, columns))?;
            Ok(arena.multiply(commutation, matrix)?)
        }
        Op::Vec([a]) => of(a).ok_or(GradientError::NotLinear),
        Op::Total([a]) => total(arena, *a, of(a).ok_or(GradientError::NotLinear)?),
        Op::Invariant(Invariant::Trace, [a]) => trace(arena, *a, found),
        Op::Diagonal(_) => Err(DIAGONAL),
        Op::Kronecker(_) => Err(GradientError::NoMatrixForm { what: "a Kronecker product" }),
        Op::Symbol(_)
        | Op::Scalar(_)
        | Op::Identity(_)
        | Op::Ones(..)
        | Op::Zero(..)
        | Op::Commutation(..)
        | Op::Reciprocal(_)
        | Op::Power(_)
        | Op::Inverse(_)
        | Op::Invariant(..)
        | Op::Map(..)
        | Op::Softmax(_)
        | Op::LogSumExp(_)
        | Op::SumSamples(_) => Err(GradientError::NotLinear),
    }
}

fn scaled_rows(arena: &mut Arena, by: ExprId, matrix: ExprId) -> Made {
    let entries = stacked(arena, by)?;
    let diagonal = arena.diagonal(entries)?;
    Ok(arena.multiply(diagonal, matrix)?)
}

fn product(arena: &mut Arena, [a, b]: [ExprId; 2], found: [Option<ExprId>; 2]) -> Made {
    match found {
        [Some(matrix), None] => {
            let transposed = arena.transpose(b)?;
            if has_one(arena, a, false) {
                return Ok(arena.multiply(transposed, matrix)?);
            }
            let (rows, _) = arena.dims(a)?;
            let identity = arena.identity(&rows)?;
            let both = arena.kronecker(transposed, identity)?;
            Ok(arena.multiply(both, matrix)?)
        }
        [None, Some(matrix)] => {
            if has_one(arena, b, true) {
                return Ok(arena.multiply(a, matrix)?);
            }
            let (_, columns) = arena.dims(b)?;
            let identity = arena.identity(&columns)?;
            let both = arena.kronecker(identity, a)?;
            Ok(arena.multiply(both, matrix)?)
        }
        [None, None] | [Some(_), Some(_)] => Err(GradientError::NotLinear),
    }
}

/// diag(e) v and vᵀ diag(e): diag(v) M_e.
fn diagonal_by_vector(arena: &mut Arena, op: &Op<ExprId>, found: &HashMap<ExprId, Option<ExprId>>) -> Found {
    let Op::Multiply([a, b]) = *op else { return Ok(None) };
    let is_diagonal = |id: ExprId| matches!(arena.op(id), Op::Diagonal(_));
    match [found[&a], found[&b]] {
        [Some(matrix), None] if is_diagonal(a) && has_one(arena, b, true) => scaled_rows(arena, b, matrix).map(Some),
        [None, Some(matrix)] if is_diagonal(b) && has_one(arena, a, false) => scaled_rows(arena, a, matrix).map(Some),
        _ => Ok(None),
    }
}

/// 1ᵀ M, and of one entry M.
fn total(arena: &mut Arena, a: ExprId, matrix: ExprId) -> Result<ExprId, GradientError> {
    let size = size(arena, a)?;
    if size.is_one() {
        return Ok(matrix);
    }
    let row = arena.ones(&Dim::one(), &size)?;
    Ok(arena.multiply(row, matrix)?)
}

/// tr(E) = vec(I)ᵀ vec(E), tr(E B) = vec(Bᵀ)ᵀ vec(E)
fn trace(arena: &mut Arena, a: ExprId, found: &HashMap<ExprId, Option<ExprId>>) -> Made {
    let pair = if let Op::Multiply([left, right]) = *arena.op(a) {
        match (found[&left], found[&right]) {
            (Some(matrix), None) => Some((matrix, right)),
            (None, Some(matrix)) => Some((matrix, left)),
            (None, None) | (Some(_), Some(_)) => None,
        }
    } else {
        None
    };
    let (matrix, with) = match pair {
        Some((matrix, factor)) => (matrix, arena.transpose(factor)?),
        None => {
            let (rows, _) = arena.dims(a)?;
            (found[&a].ok_or(GradientError::NotLinear)?, arena.identity(&rows)?)
        }
    };
    let column = stacked(arena, with)?;
    let row = arena.transpose(column)?;
    Ok(arena.multiply(row, matrix)?)
}
