//! Rows or columns brought to mean square 1: the expressions of norms, and how one is recognised.

use super::{Arena, Built, ExprId, Function, Op, Scalar, ShapeError, function::Parameter};
use crate::shape::Dim;

/// Over which entries a mean is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// Those of a row: a 1/f, a column.
    Rows,
    /// Those of a column: 1ᵀ a/n, a row.
    Columns,
}

impl Along {
    /// Of the transpose.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Rows => Self::Columns,
            Self::Columns => Self::Rows,
        }
    }
}

/// `h = c ⊙ r` where r = 1/√(mean of c² + ε), and c = a − the mean of a, or a itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normal {
    /// What is brought to mean square 1.
    pub of: ExprId,
    /// r, as wide or as tall as `of`.
    pub spread: ExprId,
    /// Over which entries.
    pub along: Along,
    /// Whether the mean is taken away first.
    pub centred: bool,
}

/// a 1 1ᵀ/f or 1 1ᵀ a/n: the mean in the place of every entry.
///
/// # Errors
/// a is a scalar.
pub fn mean(arena: &mut Arena, a: ExprId, along: Along) -> Built {
    let mean = sum(arena, a, along)?;
    let spread = spread(arena, mean, a, along)?;
    let (rows, columns) = arena.dims(a)?;
    arena.scale_by(Scalar::one_over(if along == Along::Rows { &columns } else { &rows }), spread)
}

/// a 1 or 1ᵀ a.
fn sum(arena: &mut Arena, a: ExprId, along: Along) -> Built {
    let (rows, columns) = arena.dims(a)?;
    match along {
        Along::Rows => {
            let ones = arena.ones(&columns, &Dim::one())?;
            arena.multiply(a, ones)
        }
        Along::Columns => {
            let ones = arena.ones(&Dim::one(), &rows)?;
            arena.multiply(ones, a)
        }
    }
}

/// A column r as r 1ᵀ, or a row r as 1 r: of the shape of `like`.
///
/// # Errors
/// r is no column, or no row.
pub fn spread(arena: &mut Arena, r: ExprId, like: ExprId, along: Along) -> Built {
    let (rows, columns) = arena.dims(like)?;
    match along {
        Along::Rows => {
            let ones = arena.ones(&Dim::one(), &columns)?;
            arena.multiply(r, ones)
        }
        Along::Columns => {
            let ones = arena.ones(&rows, &Dim::one())?;
            arena.multiply(ones, r)
        }
    }
}

/// r = 1/√(mean of c² + ε), a column or a row.
///
/// # Errors
/// c is a scalar.
pub fn inverse_rms(arena: &mut Arena, c: ExprId, along: Along, epsilon: Parameter) -> Built {
    let square = arena.map(Function::Square, 0, c)?;
    let sum = sum(arena, square, along)?;
    let (rows, columns) = arena.dims(c)?;
    let mean = arena.scale_by(Scalar::one_over(if along == Along::Rows { &columns } else { &rows }), sum)?;
    arena.map(Function::InverseSqrt(epsilon), 0, mean)
}

/// What `id` normalises, if it is such an expression.
///
/// # Errors
/// None of its own.
pub fn normal(arena: &mut Arena, id: ExprId) -> Result<Option<Normal>, ShapeError> {
    let Op::Hadamard([c, by]) = *arena.op(id) else { return Ok(None) };
    let Op::Multiply([left, right]) = *arena.op(by) else { return Ok(None) };
    for (r, along) in [(left, Along::Rows), (right, Along::Columns)] {
        let Op::Map(Function::InverseSqrt(epsilon), 0, _) = *arena.op(r) else { continue };
        if inverse_rms(arena, c, along, epsilon)? != r || spread(arena, r, c, along)? != by {
            continue;
        }
        let (mut of, mut centred) = (c, false);
        if let Op::Add([a, _]) = *arena.op(c) {
            let mean = mean(arena, a, along)?;
            centred = arena.minus(a, mean)? == c;
            of = if centred { a } else { c };
        }
        return Ok(Some(Normal { of, spread: by, along, centred }));
    }
    Ok(None)
}
