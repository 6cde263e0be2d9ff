//! An operator and the facts of its operands → its facts: shape, structure, range of the entries.
//!
//! One function serves the arena and the e-graph, so both know the same and refuse the same.

use super::{
    Function, Invariant, Range,
    op::Op,
    scalar::Scalar,
    symbol::{Structure, Symbol},
};
use crate::shape::{Dim, Shape};

/// What is known of every value of an expression. Flags are "must": false means unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its shape.
    pub shape: Shape,
    /// All entries 0.
    pub zero: bool,
    /// All entries 1.
    pub ones: bool,
    /// The identity matrix.
    pub identity: bool,
    /// Equal to its transpose.
    pub symmetric: bool,
    /// Equal to minus its transpose.
    pub skew: bool,
    /// Its transpose is its inverse.
    pub orthogonal: bool,
    /// What each row sums to.
    pub row_sum: Option<Scalar>,
    /// Bounds of all entries.
    pub range: Range,
    /// The value, of a constant scalar.
    pub scalar: Option<Scalar>,
}

/// Operands that do not fit, or are not of the right sort.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operator}: {left} does not fit {right}")]
pub struct ShapeError {
    /// What was to be done.
    pub operator: &'static str,
    /// The first operand's shape.
    pub left: Shape,
    /// The other's, or what was expected.
    pub right: Shape,
}

impl Facts {
    /// Nothing but the shape is known.
    #[must_use]
    pub fn unknown(shape: Shape) -> Self {
        Self {
            shape,
            zero: false,
            ones: false,
            identity: false,
            symmetric: false,
            skew: false,
            orthogonal: false,
            row_sum: None,
            range: Range::ALL,
            scalar: None,
        }
    }

    /// Whether each row sums to 1.
    #[must_use]
    pub fn rows_sum_to_one(&self) -> bool {
        self.row_sum.as_ref().is_some_and(Scalar::is_one)
    }

    fn matrix(rows: &Dim, columns: &Dim) -> Self {
        Self::unknown(Shape::Matrix(rows.clone(), columns.clone()))
    }

    /// Whether nothing but a leaf is worth keeping: a constant.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.zero || self.ones || self.identity || self.scalar.is_some()
    }

    /// What two descriptions of the same value say together; `None` if their shapes differ, which no sound law
    /// brings about.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        (self.shape == other.shape).then(|| Self {
            shape: self.shape.clone(),
            zero: self.zero || other.zero,
            ones: self.ones || other.ones,
            identity: self.identity || other.identity,
            symmetric: self.symmetric || other.symmetric,
            skew: self.skew || other.skew,
            orthogonal: self.orthogonal || other.orthogonal,
            row_sum: self.row_sum.clone().or_else(|| other.row_sum.clone()),
            range: self.range.meet(other.range),
            scalar: self.scalar.clone().or_else(|| other.scalar.clone()),
        })
    }
}

/// The facts of `op`, where `of` knows those of its operands and `symbol` its names.
///
/// # Errors
/// [`ShapeError`] where the operands do not fit.
pub fn facts<'a, C>(
    op: &Op<C>,
    of: impl Fn(&C) -> &'a Facts,
    symbol: impl FnOnce(super::SymbolId) -> &'a Symbol,
) -> Result<Facts, ShapeError> {
    match op {
        Op::Symbol(id) => Ok(named(symbol(*id))),
        Op::Scalar(value) => Ok(constant(value)),
        Op::Identity(m) => Ok(Facts { identity: true, symmetric: true, row_sum: one(), ..constant_matrix(m, m, UNIT) }),
        Op::Ones(m, k) => Ok(ones(m, k)),
        Op::Zero(m, k) => Ok(Facts { zero: true, ..constant_matrix(m, k, Range::ZERO) }),
        Op::Commutation(m, k) => {
            let size = product(m, k)?;
            // It moves one entry to each place.
            Ok(Facts { symmetric: m == k, row_sum: one(), range: UNIT, ..Facts::matrix(&size, &size) })
        }
        Op::Add([a, b]) => add(of(a), of(b)),
        Op::Scale([s, a]) => scale(of(s), of(a)),
        Op::Multiply([a, b]) => multiply(of(a), of(b)),
        Op::Hadamard([a, b]) => hadamard(of(a), of(b)),
        Op::Transpose([a]) => transpose(of(a)),
        Op::Reciprocal([a]) => {
            let a = of(a);
            Ok(Facts { range: a.range.reciprocal(), ones: a.ones, ..Facts::unknown(a.shape.clone()) })
        }
        Op::Power([a, p]) => power(of(a), of(p)),
        Op::Inverse([a]) => inverse(of(a)),
        Op::Invariant(invariant, [a]) => invariant_of(*invariant, of(a)),
        Op::Kronecker([a, b]) => kronecker(of(a), of(b)),
        Op::Vec([a]) => vec(of(a)),
        Op::Map(function, order, [a]) => map(*function, *order, of(a)),
        Op::Softmax([a]) => {
            let a = matrix("softmax", of(a))?;
            // The one entry of a row is the row's sum.
            let ones = a.shape.dims().is_some_and(|(_, columns)| columns.is_one());
            Ok(Facts { range: PROBABILITY, row_sum: one(), ones, ..Facts::unknown(a.shape.clone()) })
        }
        Op::LogSumExp([a]) => {
            let (rows, _) = dims("logsumexp", of(a))?;
            Ok(Facts::matrix(rows, &Dim::one()))
        }
        Op::Diagonal([v]) => diagonal(of(v)),
        Op::Total([a]) => {
            let a = matrix("total", of(a))?;
            let ones = a.shape.dims().filter(|_| a.ones);
            let count = ones.and_then(|(m, k)| Scalar::dimension(m).times(&Scalar::dimension(k)));
            let zero = a.zero.then(|| Scalar::integer(0));
            Ok(Facts { scalar: count.or(zero), ..Facts::unknown(Shape::Scalar) })
        }
        Op::SumSamples([a]) => Ok(Facts::unknown(matrix("sum over samples", of(a))?.shape.clone())),
    }
}

use super::range::Bound::{Closed, Open};

/// Entries 0 or 1.
const UNIT: Range = Range::new(Closed(0), Closed(1));
/// Softmax: above 0, and 1 where there is one output only.
const PROBABILITY: Range = Range::new(Open(0), Closed(1));

#[allow(clippy::unnecessary_wraps, reason = "as the fact is stored")]
fn one() -> Option<Scalar> {
    Some(Scalar::integer(1))
}

fn named(symbol: &Symbol) -> Facts {
    let symmetric =
        matches!(symbol.structure, Structure::Symmetric | Structure::Diagonal | Structure::PositiveDefinite);
    Facts {
        range: symbol.range,
        symmetric,
        skew: symbol.structure == Structure::Skew,
        orthogonal: symbol.structure == Structure::Orthogonal,
        row_sum: one().filter(|_| symbol.rows_sum_to_one),
        ..Facts::matrix(&symbol.rows, &symbol.columns)
    }
}

fn constant(value: &Scalar) -> Facts {
    let sign = match (value.is_zero(), value.is_negative()) {
        (true, _) => Range::ZERO,
        (false, negative) => Range::POSITIVE.scaled(negative),
    };
    let range = if value.is_one() { Range::ONE } else { sign };
    Facts { range, scalar: Some(value.clone()), ..Facts::unknown(Shape::Scalar) }
}

fn constant_matrix(rows: &Dim, columns: &Dim, range: Range) -> Facts {
    Facts { range, symmetric: rows == columns, ..Facts::matrix(rows, columns) }
}

/// The 1 × 1 matrix of ones is the identity too.
fn ones(rows: &Dim, columns: &Dim) -> Facts {
    let identity = rows.is_one() && columns.is_one();
    Facts {
        ones: true,
        identity,
        row_sum: Some(Scalar::dimension(columns)),
        ..constant_matrix(rows, columns, Range::ONE)
    }
}

fn add(a: &Facts, b: &Facts) -> Result<Facts, ShapeError> {
    same("sum", a, b)?;
    Ok(Facts {
        zero: a.zero && b.zero,
        symmetric: a.symmetric && b.symmetric,
        skew: a.skew && b.skew,
        row_sum: a.row_sum.as_ref().zip(b.row_sum.as_ref()).and_then(|(a, b)| a.plus(b)),
        scalar: a.scalar.as_ref().zip(b.scalar.as_ref()).and_then(|(a, b)| a.plus(b)),
        range: a.range.plus(b.range),
        ..Facts::unknown(a.shape.clone())
    })
}

fn scale(s: &Facts, a: &Facts) -> Result<Facts, ShapeError> {
    if s.shape != Shape::Scalar {
        return Err(ShapeError { operator: "scaling", left: s.shape.clone(), right: Shape::Scalar });
    }
    let mut constants = s.scalar.iter().chain(&a.scalar);
    let zero = constants.any(Scalar::is_zero).then(|| Scalar::integer(0)).filter(|_| a.shape == Shape::Scalar);
    let product = s.scalar.as_ref().zip(a.scalar.as_ref()).and_then(|(s, a)| s.times(a)).or(zero);
    let range = match &s.scalar {
        Some(s) if s.is_one() => a.range,
        Some(s) if s.negated().is_one() => a.range.negated(),
        Some(s) if !s.is_zero() => a.range.scaled(s.is_negative()),
        Some(_) => Range::ZERO,
        None => Range::ALL,
    };
    Ok(Facts {
        zero: a.zero || s.scalar.as_ref().is_some_and(|s| s.is_zero() && a.shape != Shape::Scalar),
        symmetric: a.symmetric,
        skew: a.skew,
        row_sum: s.scalar.as_ref().zip(a.row_sum.as_ref()).and_then(|(s, a)| s.times(a)),
        range,
        scalar: product,
        ..Facts::unknown(a.shape.clone())
    })
}

fn multiply(a: &Facts, b: &Facts) -> Result<Facts, ShapeError> {
    let (rows, inner) = dims("matrix product", a)?;
    let (inner_too, columns) = dims("matrix product", b)?;
    if inner != inner_too {
        return Err(misfit("matrix product", a, b));
    }
    let positive = a.range.is_positive() && b.range.is_positive();
    Ok(Facts {
        zero: a.zero || b.zero,
        ones: a.ones && b.ones && inner.is_one(),
        identity: a.identity && b.identity,
        row_sum: a.row_sum.as_ref().zip(b.row_sum.as_ref()).and_then(|(a, b)| a.times(b)),
        range: if positive { Range::POSITIVE } else { Range::ALL },
        ..Facts::matrix(rows, columns)
    })
}

fn hadamard(a: &Facts, b: &Facts) -> Result<Facts, ShapeError> {
    same("element-wise product", a, b)?;
    Ok(Facts {
        zero: a.zero || b.zero,
        symmetric: a.symmetric && b.symmetric,
        range: a.range.times(b.range),
        ..Facts::unknown(a.shape.clone())
    })
}

fn transpose(a: &Facts) -> Result<Facts, ShapeError> {
    let a = matrix("transpose", a)?;
    Ok(Facts {
        zero: a.zero,
        ones: a.ones,
        identity: a.identity,
        symmetric: a.symmetric,
        skew: a.skew,
        orthogonal: a.orthogonal,
        range: a.range,
        ..Facts::unknown(a.shape.transposed())
    })
}

/// m k, as a dimension.
fn product(m: &Dim, k: &Dim) -> Result<Dim, ShapeError> {
    m.times(k).map_err(|_| ShapeError {
        operator: "a dimension that is too large",
        left: Shape::Matrix(m.clone(), k.clone()),
        right: Shape::Matrix(m.clone(), k.clone()),
    })
}

fn vec(a: &Facts) -> Result<Facts, ShapeError> {
    let (rows, columns) = dims("vec", a)?;
    let column = Facts::matrix(&product(rows, columns)?, &Dim::one());
    Ok(Facts { zero: a.zero, ones: a.ones, range: a.range, ..column })
}

/// Nothing evaluates or prints a third derivative.
fn map(function: Function, order: u8, a: &Facts) -> Result<Facts, ShapeError> {
    if order > 2 {
        let shape = || a.shape.clone();
        return Err(ShapeError { operator: "a third derivative", left: shape(), right: shape() });
    }
    Ok(Facts { range: function.range(order), ..Facts::unknown(a.shape.clone()) })
}

fn power(a: &Facts, p: &Facts) -> Result<Facts, ShapeError> {
    let Some(p) = &p.scalar else {
        return Err(ShapeError { operator: "power", left: a.shape.clone(), right: p.shape.clone() });
    };
    let scalar = a.scalar.as_ref().and_then(|a| a.to_the(p)).or_else(|| {
        // Where the base is 0 the power had no value, or no derivative, before it was written so.
        let of_scalar = a.shape == Shape::Scalar && p.is_zero();
        of_scalar.then(|| Scalar::integer(1))
    });
    let positive = a.range.is_positive();
    Ok(Facts {
        ones: a.ones || (p.is_zero() && a.shape != Shape::Scalar),
        symmetric: a.symmetric,
        range: if positive { Range::POSITIVE } else { Range::ALL },
        scalar,
        ..Facts::unknown(a.shape.clone())
    })
}

fn square<'a>(operator: &'static str, a: &'a Facts) -> Result<&'a Dim, ShapeError> {
    let (rows, columns) = dims(operator, a)?;
    if rows == columns { Ok(rows) } else { Err(misfit(operator, a, a)) }
}

fn inverse(a: &Facts) -> Result<Facts, ShapeError> {
    let m = square("inverse", a)?;
    Ok(Facts {
        identity: a.identity,
        symmetric: a.symmetric,
        skew: a.skew,
        orthogonal: a.orthogonal,
        ..Facts::matrix(m, m)
    })
}

fn invariant_of(invariant: Invariant, a: &Facts) -> Result<Facts, ShapeError> {
    let m = square(invariant.name(), a)?;
    let scalar = match invariant {
        Invariant::Trace if a.identity => Some(Scalar::dimension(m)),
        Invariant::Trace if a.zero || a.skew => Some(Scalar::integer(0)),
        Invariant::Determinant if a.identity => Some(Scalar::integer(1)),
        Invariant::LogDeterminant if a.identity => Some(Scalar::integer(0)),
        Invariant::Trace | Invariant::Determinant | Invariant::LogDeterminant => None,
    };
    Ok(Facts { scalar, ..Facts::unknown(Shape::Scalar) })
}

#[allow(clippy::many_single_char_names, reason = "as books write the sides of both")]
fn kronecker(a: &Facts, b: &Facts) -> Result<Facts, ShapeError> {
    let (m, k) = dims("Kronecker product", a)?;
    let (p, q) = dims("Kronecker product", b)?;
    Ok(Facts {
        zero: a.zero || b.zero,
        ones: a.ones && b.ones,
        identity: a.identity && b.identity,
        symmetric: a.symmetric && b.symmetric,
        range: a.range.times(b.range),
        ..Facts::matrix(&product(m, p)?, &product(k, q)?)
    })
}

fn diagonal(v: &Facts) -> Result<Facts, ShapeError> {
    let (rows, columns) = dims("diag", v)?;
    if !columns.is_one() {
        let column = Shape::Matrix(rows.clone(), Dim::one());
        return Err(ShapeError { operator: "diag", left: v.shape.clone(), right: column });
    }
    Ok(Facts { zero: v.zero, identity: v.ones, symmetric: true, ..Facts::matrix(rows, rows) })
}

fn dims<'a>(operator: &'static str, a: &'a Facts) -> Result<(&'a Dim, &'a Dim), ShapeError> {
    a.shape.dims().ok_or_else(|| ShapeError {
        operator,
        left: a.shape.clone(),
        right: Shape::Matrix(Dim::name("m"), Dim::name("k")),
    })
}

fn matrix<'a>(operator: &'static str, a: &'a Facts) -> Result<&'a Facts, ShapeError> {
    dims(operator, a).map(|_| a)
}

fn same(operator: &'static str, a: &Facts, b: &Facts) -> Result<(), ShapeError> {
    if a.shape == b.shape { Ok(()) } else { Err(misfit(operator, a, b)) }
}

fn misfit(operator: &'static str, a: &Facts, b: &Facts) -> ShapeError {
    ShapeError { operator, left: a.shape.clone(), right: b.shape.clone() }
}
