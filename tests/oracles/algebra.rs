//! The kernel's operators on nested lists, in floats or in exact fractions, by plain loops straight from definitions.
//!
//! Shares nothing with `evaluate`. An entry without a value (1/0, ln of a negative number) is `None`.

use std::ops::{Add, Mul};

use chainrule::expr::{Arena, ExprId, Function, Op, SymbolId};
use num_rational::Ratio;

use super::{scalar, square};

/// An exact number.
pub type Fraction = Ratio<i128>;

/// What entries are made of.
pub trait Number: Copy + PartialEq + std::fmt::Debug + Add<Output = Self> + Mul<Output = Self> {
    fn fraction(numerator: i64, denominator: i64) -> Self;

    /// `None` for 1/0.
    fn reciprocal(self) -> Option<Self>;

    /// The function or its derivative, `None` outside its domain.
    fn function(self, function: Function, order: u8) -> Result<Option<Self>, Fault>;

    fn float(self) -> f64;
}

impl Number for f64 {
    fn fraction(numerator: i64, denominator: i64) -> Self {
        numerator as f64 / denominator as f64
    }

    fn reciprocal(self) -> Option<Self> {
        (self != 0.0).then(|| 1.0 / self)
    }

    fn function(self, function: Function, order: u8) -> Result<Option<Self>, Fault> {
        Ok(Some(scalar::at(function, order, self)).filter(|value| value.is_finite()))
    }

    fn float(self) -> f64 {
        self
    }
}

impl Number for Fraction {
    fn fraction(numerator: i64, denominator: i64) -> Self {
        Self::new(numerator.into(), denominator.into())
    }

    fn reciprocal(self) -> Option<Self> {
        (*self.numer() != 0).then(|| self.recip())
    }

    fn function(self, function: Function, order: u8) -> Result<Option<Self>, Fault> {
        let (zero, one) = (Self::from(0), Self::from(1));
        let sign = Self::from(self.numer().signum());
        let step = if self > zero { one } else { zero };
        Ok(Some(match (function, order) {
            (Function::Linear, 0) => self,
            (Function::Linear, 1) => one,
            (Function::Relu, 0) => step * self,
            (Function::Relu, 1) => step,
            (Function::Abs, 0) => sign * self,
            (Function::Abs, 1) | (Function::Sign, 0) => sign,
            (Function::Square, 0) => self * self,
            (Function::Square, 1) => self + self,
            _ => return Err(Fault::Transcendental),
        }))
    }

    fn float(self) -> f64 {
        *self.numer() as f64 / *self.denom() as f64
    }
}

/// Rows of entries, with the shape in case there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<N> {
    pub rows: usize,
    pub columns: usize,
    pub entries: Vec<Vec<Option<N>>>,
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<N> {
    Scalar(N),
    Matrix(Matrix<N>),
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The operands do not fit.
    Shape(String),
    /// A function whose values are no fractions.
    Transcendental,
}

pub type Evaluated<N> = Result<Value<N>, Fault>;

impl<N: Number> Matrix<N> {
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> Option<N>) -> Self {
        let entries = (0..rows).map(|i| (0..columns).map(|j| entry(i, j)).collect()).collect();
        Self { rows, columns, entries }
    }

    pub fn constant(rows: usize, columns: usize, value: i64) -> Self {
        Self::from_fn(rows, columns, |_, _| Some(N::fraction(value, 1)))
    }

    pub fn identity(size: usize) -> Self {
        Self::from_fn(size, size, |i, j| Some(N::fraction(i64::from(i == j), 1)))
    }

    pub fn at(&self, i: usize, j: usize) -> Option<N> {
        self.entries[i][j]
    }

    fn map(&self, f: impl Fn(N) -> Option<N>) -> Self {
        Self::from_fn(self.rows, self.columns, |i, j| self.at(i, j).and_then(&f))
    }

    fn zip(&self, other: &Self, f: impl Fn(N, N) -> N) -> Result<Self, Fault> {
        if (self.rows, self.columns) != (other.rows, other.columns) {
            return Err(self.misfit(other));
        }
        Ok(Self::from_fn(self.rows, self.columns, |i, j| Some(f(self.at(i, j)?, other.at(i, j)?))))
    }

    fn times(&self, other: &Self) -> Result<Self, Fault> {
        if self.columns != other.rows {
            return Err(self.misfit(other));
        }
        Ok(Self::from_fn(self.rows, other.columns, |i, j| {
            let mut sum = N::fraction(0, 1);
            for k in 0..self.columns {
                sum = sum + self.at(i, k)? * other.at(k, j)?;
            }
            Some(sum)
        }))
    }

    fn misfit(&self, other: &Self) -> Fault {
        Fault::Shape(format!("{}x{} and {}x{}", self.rows, self.columns, other.rows, other.columns))
    }

    fn sum(&self) -> Option<N> {
        self.entries.iter().flatten().try_fold(N::fraction(0, 1), |sum, entry| Some(sum + (*entry)?))
    }
}

impl<N: Number> Value<N> {
    pub fn matrix(&self) -> Result<&Matrix<N>, Fault> {
        match self {
            Self::Matrix(matrix) => Ok(matrix),
            Self::Scalar(_) => Err(Fault::Shape("a scalar for a matrix".into())),
        }
    }

    pub fn scalar(&self) -> Result<N, Fault> {
        match self {
            Self::Scalar(scalar) => Ok(*scalar),
            Self::Matrix(_) => Err(Fault::Shape("a matrix for a scalar".into())),
        }
    }
}

/// The value of an operator that has operands.
pub fn apply<N: Number>(op: &Op<Value<N>>) -> Evaluated<N> {
    Ok(Value::Matrix(match op {
        Op::Symbol(_) | Op::Scalar(_) | Op::Identity(_) | Op::Ones(..) | Op::Zero(..) | Op::Commutation(..) => {
            return Err(Fault::Shape("a leaf has no operands".into()));
        }
        Op::Add([Value::Scalar(a), Value::Scalar(b)]) => return Ok(Value::Scalar(*a + *b)),
        Op::Power([a, p]) => return square::power(a, p.scalar()?),
        Op::Inverse([a]) => square::inverse(a.matrix()?)?,
        Op::Invariant(invariant, [a]) => return square::invariant(*invariant, a.matrix()?),
        Op::Kronecker([a, b]) => square::kronecker(a.matrix()?, b.matrix()?),
        Op::Vec([a]) => {
            let a = a.matrix()?;
            Matrix::from_fn(a.rows * a.columns, 1, |i, _| a.at(i % a.rows, i / a.rows))
        }
        Op::Add([a, b]) => a.matrix()?.zip(b.matrix()?, N::add)?,
        Op::Scale([s, Value::Scalar(a)]) => return Ok(Value::Scalar(s.scalar()? * *a)),
        Op::Scale([s, a]) => {
            let s = s.scalar()?;
            a.matrix()?.map(|entry| Some(s * entry))
        }
        Op::Multiply([a, b]) => a.matrix()?.times(b.matrix()?)?,
        Op::Hadamard([a, b]) => a.matrix()?.zip(b.matrix()?, N::mul)?,
        Op::Transpose([a]) => {
            let a = a.matrix()?;
            Matrix::from_fn(a.columns, a.rows, |i, j| a.at(j, i))
        }
        Op::Reciprocal([a]) => a.matrix()?.map(N::reciprocal),
        Op::Map(function, order, [Value::Scalar(a)]) => {
            let value = a.function(*function, *order)?;
            return value.map(Value::Scalar).ok_or(Fault::Transcendental);
        }
        Op::Map(function, order, [a]) => entrywise(a.matrix()?, *function, *order)?,
        Op::Softmax([a]) => softmax(a.matrix()?)?,
        Op::LogSumExp([a]) => {
            let sums = row_sums(&entrywise(a.matrix()?, Function::Exp, 0)?);
            entrywise(&sums, Function::Log, 0)?
        }
        Op::Diagonal([v]) => {
            let v = v.matrix()?;
            if v.columns != 1 {
                return Err(Fault::Shape("diag of no column".into()));
            }
            let zero = N::fraction(0, 1);
            Matrix::from_fn(v.rows, v.rows, |i, j| if i == j { v.at(i, 0) } else { Some(zero) })
        }
        Op::Total([a]) => {
            return a.matrix()?.sum().map(Value::Scalar).ok_or(Fault::Shape("a total without a value".into()));
        }
        Op::SumSamples(_) => return Err(Fault::Shape("a sum over samples".into())),
    }))
}

fn entrywise<N: Number>(a: &Matrix<N>, function: Function, order: u8) -> Result<Matrix<N>, Fault> {
    let of = |entry: &Option<N>| entry.map_or(Ok(None), |entry| entry.function(function, order));
    let rows = a.entries.iter().map(|row| row.iter().map(of).collect());
    Ok(Matrix { entries: rows.collect::<Result<_, _>>()?, ..*a })
}

fn row_sums<N: Number>(a: &Matrix<N>) -> Matrix<N> {
    Matrix::from_fn(a.rows, 1, |i, _| {
        a.entries[i].iter().try_fold(N::fraction(0, 1), |sum, entry| Some(sum + (*entry)?))
    })
}

/// exp(zⱼ)/Σₖ exp(zₖ): of moderate values, so without the shift by the largest.
fn softmax<N: Number>(z: &Matrix<N>) -> Result<Matrix<N>, Fault> {
    let exp = entrywise(z, Function::Exp, 0)?;
    let sums = row_sums(&exp);
    Ok(Matrix::from_fn(z.rows, z.columns, |i, j| Some(exp.at(i, j)? * sums.at(i, 0)?.reciprocal()?)))
}

/// The value of an expression; `symbol` and `dim` give those of names. Dimensions are those of one batch.
pub fn expression<N: Number>(
    arena: &Arena,
    root: ExprId,
    symbol: &dyn Fn(SymbolId) -> Matrix<N>,
    dim: &dyn Fn(&chainrule::shape::Dim) -> usize,
) -> Evaluated<N> {
    let mut values = std::collections::BTreeMap::new();
    for id in arena.reachable(&[root]) {
        let value = match arena.op(id) {
            Op::Symbol(name) => Value::Matrix(symbol(*name)),
            Op::Scalar(scalar) => {
                let coefficient = scalar.coefficient();
                let mut value = N::fraction(*coefficient.numer(), *coefficient.denom());
                for (name, power) in scalar.powers() {
                    let size = i64::try_from(dim(name)).expect("small");
                    let factor = if power > 0 { N::fraction(size, 1) } else { N::fraction(1, size) };
                    value = (0..power.abs()).fold(value, |value, _| value * factor);
                }
                Value::Scalar(value)
            }
            Op::Identity(size) => Value::Matrix(Matrix::identity(dim(size))),
            Op::Ones(rows, columns) => Value::Matrix(Matrix::constant(dim(rows), dim(columns), 1)),
            Op::Zero(rows, columns) => Value::Matrix(Matrix::constant(dim(rows), dim(columns), 0)),
            op => apply(&op.map(|child| Value::clone(&values[child])))?,
        };
        values.insert(id, value);
    }
    Ok(values.remove(&root).expect("the root is reached"))
}

/// The first place where two values differ, relative to their largest entry and 1.
pub fn difference<N: Number>(a: &Value<N>, b: &Value<N>, tolerance: f64) -> Option<String> {
    let entries = |value: &Value<N>| match value {
        Value::Scalar(scalar) => Matrix::from_fn(1, 1, |_, _| Some(*scalar)),
        Value::Matrix(matrix) => matrix.clone(),
    };
    if matches!(a, Value::Scalar(_)) != matches!(b, Value::Scalar(_)) {
        return Some("a scalar and a matrix".into());
    }
    let (a, b) = (entries(a), entries(b));
    if (a.rows, a.columns) != (b.rows, b.columns) {
        return Some(format!("shapes {}x{} and {}x{}", a.rows, a.columns, b.rows, b.columns));
    }
    let all = || a.entries.iter().flatten().zip(b.entries.iter().flatten());
    let largest = all().flat_map(|(a, b)| [a, b]).flatten().fold(1.0_f64, |m, entry| m.max(entry.float().abs()));
    let differ = |(a, b): &(&Option<N>, &Option<N>)| match (a, b) {
        (Some(a), Some(b)) if tolerance == 0.0 => a != b,
        (Some(a), Some(b)) => (a.float() - b.float()).abs() > tolerance * largest,
        (None, None) => false,
        _ => true,
    };
    all().find(differ).map(|(a, b)| format!("{a:?} and {b:?}"))
}
