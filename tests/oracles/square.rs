//! Determinants by expansion, inverses by cofactors, powers by multiplication: from definitions, in floats or fractions.

use chainrule::expr::Invariant;

use super::algebra::{Evaluated, Fault, Matrix, Number, Value};

/// Without a row and a column.
fn minor<N: Number>(a: &Matrix<N>, row: usize, column: usize) -> Matrix<N> {
    let skip = |i: usize, left_out: usize| if i < left_out { i } else { i + 1 };
    Matrix::from_fn(a.rows - 1, a.columns - 1, |i, j| a.at(skip(i, row), skip(j, column)))
}

/// By the first row.
fn determinant<N: Number>(a: &Matrix<N>) -> Result<N, Fault> {
    if a.rows == 0 {
        return Ok(N::fraction(1, 1));
    }
    let mut sum = N::fraction(0, 1);
    for j in 0..a.columns {
        let sign = N::fraction(if j % 2 == 0 { 1 } else { -1 }, 1);
        let entry = a.at(0, j).ok_or(Fault::Transcendental)?;
        sum = sum + sign * entry * determinant(&minor(a, 0, j))?;
    }
    Ok(sum)
}

/// Cofactors over the determinant; no value where that is near 0.
pub fn inverse<N: Number>(a: &Matrix<N>) -> Result<Matrix<N>, Fault> {
    if a.rows != a.columns {
        return Err(Fault::Shape("an inverse of what is not square".into()));
    }
    let determinant_of = determinant(a)?;
    if determinant_of.float().abs() < 0.01 {
        return Err(Fault::Transcendental);
    }
    let over = determinant_of.reciprocal().ok_or(Fault::Transcendental)?;
    let mut entries = Vec::new();
    for i in 0..a.rows {
        for j in 0..a.rows {
            let sign = N::fraction(if (i + j) % 2 == 0 { 1 } else { -1 }, 1);
            entries.push(sign * determinant(&minor(a, j, i))? * over);
        }
    }
    Ok(Matrix::from_fn(a.rows, a.rows, |i, j| Some(entries[i * a.rows + j])))
}

pub fn invariant<N: Number>(invariant: Invariant, a: &Matrix<N>) -> Evaluated<N> {
    if a.rows != a.columns {
        return Err(Fault::Shape("not square".into()));
    }
    let value = match invariant {
        Invariant::Trace => {
            (0..a.rows).try_fold(N::fraction(0, 1), |sum, i| Some(sum + a.at(i, i)?)).ok_or(Fault::Transcendental)?
        }
        Invariant::Determinant => determinant(a)?,
        Invariant::LogDeterminant => {
            let size = determinant(a)?;
            let size = if size.float() < 0.0 { size * N::fraction(-1, 1) } else { size };
            if size.float() < 0.01 {
                return Err(Fault::Transcendental);
            }
            size.function(chainrule::expr::Function::Log, 0)?.ok_or(Fault::Transcendental)?
        }
    };
    Ok(Value::Scalar(value))
}

pub fn kronecker<N: Number>(a: &Matrix<N>, b: &Matrix<N>) -> Matrix<N> {
    Matrix::from_fn(a.rows * b.rows, a.columns * b.columns, |i, j| {
        Some(a.at(i / b.rows, j / b.columns)? * b.at(i % b.rows, j % b.columns)?)
    })
}

/// Whole powers only.
fn whole<N: Number>(base: N, power: f64) -> Option<N> {
    let factor = if power < 0.0 { base.reciprocal()? } else { base };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and small")]
    let times = power.abs() as u32;
    Some((0..times).fold(N::fraction(1, 1), |product, _| product * factor))
}

pub fn power<N: Number>(base: &Value<N>, exponent: N) -> Evaluated<N> {
    let p = exponent.float();
    if p.fract() != 0.0 {
        return Err(Fault::Transcendental);
    }
    Ok(match base {
        Value::Scalar(base) => Value::Scalar(whole(*base, p).ok_or(Fault::Transcendental)?),
        Value::Matrix(matrix) => {
            Value::Matrix(Matrix::from_fn(matrix.rows, matrix.columns, |i, j| whole(matrix.at(i, j)?, p)))
        }
    })
}
