//! The tree of an expression and numbers for its names → its value, in numbers with or without derivatives. By definition of
//! each operator, entry by entry: it knows nothing of the kernel.

use std::collections::BTreeMap;

use super::dual::{self, Number};
use crate::{
    expr::Invariant,
    expression::{
        Tree,
        functions::Function,
        syntax::{Binary, Constant, Spelled, Syntax},
    },
};

/// A matrix, row after row; a scalar is 1 × 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// All entries, row after row.
    pub entries: Vec<T>,
}

impl<T: Number> Matrix<T> {
    /// The matrix with these entries.
    pub fn from_fn(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> T) -> Self {
        let places = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
        Self { rows, columns, entries: places.map(|(i, j)| entry(i, j)).collect() }
    }

    /// A number.
    fn scalar(value: T) -> Self {
        Self { rows: 1, columns: 1, entries: vec![value] }
    }

    /// The entry in this row and column.
    pub fn at(&self, i: usize, j: usize) -> T {
        self.entries[i * self.columns + j]
    }

    fn is_scalar(&self) -> bool {
        self.rows == 1 && self.columns == 1
    }

    fn map(&self, f: impl Fn(T) -> T) -> Self {
        Self { entries: self.entries.iter().map(|entry| f(*entry)).collect(), ..*self }
    }

    fn sum(&self) -> T {
        self.entries.iter().fold(T::constant(0.0), |sum, entry| sum + *entry)
    }

    /// aᵀ
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |i, j| self.at(j, i))
    }

    /// a b
    pub fn times(&self, other: &Self) -> Self {
        Self::from_fn(self.rows, other.columns, |i, j| {
            (0..self.columns).fold(T::constant(0.0), |sum, k| sum + self.at(i, k) * other.at(k, j))
        })
    }

    /// f at every entry of both, a scalar being at every entry of the other.
    fn with(&self, other: &Self, f: impl Fn(T, T) -> T) -> Self {
        let of = |matrix: &Self, i, j| if matrix.is_scalar() { matrix.entries[0] } else { matrix.at(i, j) };
        let (rows, columns) = if self.is_scalar() { (other.rows, other.columns) } else { (self.rows, self.columns) };
        Self::from_fn(rows, columns, |i, j| f(of(self, i, j), of(other, i, j)))
    }

    /// Each row or, of a column, the column.
    fn by_rows(&self, f: impl Fn(&[T]) -> Vec<T>) -> Vec<Vec<T>> {
        if self.columns == 1 { vec![f(&self.entries)] } else { self.entries.chunks(self.columns).map(f).collect() }
    }

    /// The inverse by Gauss and Jordan, and the determinant.
    pub fn eliminated(&self) -> (Self, T) {
        let n = self.rows;
        let (mut left, mut right) =
            (self.clone(), Self::from_fn(n, n, |i, j| T::constant(f64::from(u8::from(i == j)))));
        let mut determinant = T::constant(1.0);
        for k in 0..n {
            let size = |i: &usize| left.at(*i, k).value().abs();
            let pivot = (k..n).max_by(|i, j| size(i).total_cmp(&size(j))).unwrap_or(k);
            if pivot != k {
                determinant = -determinant;
                for j in 0..n {
                    left.entries.swap(k * n + j, pivot * n + j);
                    right.entries.swap(k * n + j, pivot * n + j);
                }
            }
            let divisor = left.at(k, k);
            determinant = determinant * divisor;
            for j in 0..n {
                left.entries[k * n + j] = left.at(k, j) / divisor;
                right.entries[k * n + j] = right.at(k, j) / divisor;
            }
            for i in (0..n).filter(|i| *i != k) {
                let factor = left.at(i, k);
                for j in 0..n {
                    left.entries[i * n + j] = left.at(i, j) - factor * left.at(k, j);
                    right.entries[i * n + j] = right.at(i, j) - factor * right.at(k, j);
                }
            }
        }
        (right, determinant)
    }
}

/// The value of the whole, as the last of [`values`].
///
/// # Panics
/// As those.
pub fn value<T: Number>(
    tree: &Tree,
    names: &BTreeMap<String, Matrix<T>>,
    size: &dyn Fn(&str) -> usize,
    identity: &dyn Fn(usize) -> usize,
) -> Matrix<T> {
    values(tree, names, size, identity).pop().unwrap_or_else(|| Matrix::scalar(T::constant(0.0)))
}

/// The value of each part. Names without a value are dimensions; `identities` has the size of each I by its place.
///
/// # Panics
/// Of a tree whose shapes do not fit, which `infer` refuses.
pub fn values<T: Number>(
    tree: &Tree,
    names: &BTreeMap<String, Matrix<T>>,
    size: &dyn Fn(&str) -> usize,
    identity: &dyn Fn(usize) -> usize,
) -> Vec<Matrix<T>> {
    let mut values: Vec<Matrix<T>> = Vec::new();
    for (place, node) in tree.0.iter().enumerate() {
        let at = |part: crate::expression::Part| &values[part.0];
        let value = match &node.syntax {
            Syntax::Name(name) => names.get(name).cloned().unwrap_or_else(|| {
                #[allow(clippy::cast_precision_loss, reason = "dimensions are below 2³¹")]
                Matrix::scalar(T::constant(size(name) as f64))
            }),
            Syntax::Number(number) => Matrix::scalar(T::constant(rational(number))),
            Syntax::Negative(a) => at(*a).map(|entry| -entry),
            Syntax::Transpose(a) => at(*a).transposed(),
            Syntax::Power(a, exponent) => power(at(*a), rational(exponent)),
            Syntax::EntrywisePower(a, exponent) => at(*a).map(|entry| number_power(entry, rational(exponent))),
            Syntax::Binary(operator, [a, b]) => binary(*operator, at(*a), at(*b)),
            Syntax::Apply(function, prime, a) => apply(*function, *prime, at(*a)),
            Syntax::Constant(constant, sizes) => self::constant(*constant, sizes, size, &|| identity(place)),
        };
        values.push(value);
    }
    values
}

#[allow(clippy::cast_precision_loss, reason = "as near as a float is")]
fn rational(number: &crate::expr::Scalar) -> f64 {
    *number.coefficient().numer() as f64 / *number.coefficient().denom() as f64
}

/// Whole powers by multiplication, as they are also of negative numbers.
fn number_power<T: Number>(base: T, exponent: f64) -> T {
    if exponent.fract() != 0.0 || exponent.abs() > 64.0 {
        return base.power(exponent);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and at most 64")]
    let product = (0..exponent.abs() as u32).fold(T::constant(1.0), |product, _| product * base);
    if exponent < 0.0 { T::constant(1.0) / product } else { product }
}

fn power<T: Number>(base: &Matrix<T>, exponent: f64) -> Matrix<T> {
    if base.is_scalar() {
        return base.map(|entry| number_power(entry, exponent));
    }
    let factor = if exponent < 0.0 { base.eliminated().0 } else { base.clone() };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and at most 64")]
    (1..exponent.abs() as u32).fold(factor.clone(), |product, _| product.times(&factor))
}

fn binary<T: Number>(operator: Binary, a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    match operator {
        Binary::Plus => a.with(b, |a, b| a + b),
        Binary::Minus => a.with(b, |a, b| a - b),
        Binary::Times if a.is_scalar() || b.is_scalar() => a.with(b, |a, b| a * b),
        Binary::Times => a.times(b),
        Binary::Hadamard => a.with(b, |a, b| a * b),
        Binary::Over | Binary::Divide => a.with(b, |a, b| a / b),
        Binary::Kronecker => Matrix::from_fn(a.rows * b.rows, a.columns * b.columns, |i, j| {
            a.at(i / b.rows, j / b.columns) * b.at(i % b.rows, j % b.columns)
        }),
    }
}

fn apply<T: Number>(function: Function, prime: bool, a: &Matrix<T>) -> Matrix<T> {
    let total = |entries: &[T]| entries.iter().fold(T::constant(0.0), |sum, entry| sum + *entry);
    let row = |entries: Vec<Vec<T>>| {
        let (rows, columns) = (entries.len(), entries.first().map_or(0, Vec::len));
        Matrix { rows, columns, entries: entries.concat() }
    };
    match function {
        Function::Entrywise(f) if prime => a.map(|entry| dual::derivative(f, entry)),
        Function::Entrywise(f) => a.map(|entry| dual::function(f, entry)),
        Function::Sqrt => a.map(|entry| entry.power(0.5)),
        Function::Invariant(Invariant::Trace) => {
            Matrix::scalar((0..a.rows).fold(T::constant(0.0), |sum, i| sum + a.at(i, i)))
        }
        Function::Invariant(Invariant::Determinant) => Matrix::scalar(a.eliminated().1),
        Function::Invariant(Invariant::LogDeterminant) => {
            let determinant = a.eliminated().1;
            Matrix::scalar(if determinant.value() < 0.0 { -determinant } else { determinant }.ln())
        }
        Function::Inverse => a.eliminated().0,
        Function::Sum => Matrix::scalar(a.sum()),
        #[allow(clippy::cast_precision_loss, reason = "small")]
        Function::Mean => Matrix::scalar(a.sum() / T::constant(a.entries.len() as f64)),
        Function::RowSum => {
            Matrix::from_fn(a.rows, 1, |i, _| (0..a.columns).fold(T::constant(0.0), |s, j| s + a.at(i, j)))
        }
        Function::ColumnSum => {
            Matrix::from_fn(1, a.columns, |_, j| (0..a.rows).fold(T::constant(0.0), |s, i| s + a.at(i, j)))
        }
        Function::Diagonal if a.columns == 1 || a.rows == 1 => {
            let n = a.entries.len();
            Matrix::from_fn(n, n, |i, j| if i == j { a.entries[i] } else { T::constant(0.0) })
        }
        Function::Diagonal => Matrix::from_fn(a.rows, 1, |i, _| a.at(i, i)),
        Function::Vec => Matrix::from_fn(a.rows * a.columns, 1, |i, _| a.at(i % a.rows, i / a.rows)),
        Function::Norm1 => Matrix::scalar(a.map(|x| if x.value() < 0.0 { -x } else { x }).sum()),
        Function::Norm2 | Function::NormF => Matrix::scalar(a.map(|x| x * x).sum().power(0.5)),
        Function::Softmax => {
            let softmax = |entries: &[T]| {
                let exps: Vec<T> = entries.iter().map(|entry| entry.exp()).collect();
                exps.iter().map(|e| *e / total(&exps)).collect()
            };
            let found = row(a.by_rows(softmax));
            if a.columns == 1 { found.transposed() } else { found }
        }
        Function::LogSumExp => {
            let exps = |entries: &[T]| vec![total(&entries.iter().map(|e| e.exp()).collect::<Vec<_>>()).ln()];
            row(a.by_rows(exps))
        }
    }
}

fn constant<T: Number>(
    constant: Constant,
    sizes: &[Spelled],
    size: &dyn Fn(&str) -> usize,
    identity: &dyn Fn() -> usize,
) -> Matrix<T> {
    let numbers: Vec<usize> =
        sizes.iter().map(|spelled| spelled.text.parse().unwrap_or_else(|_| size(&spelled.text))).collect();
    let (first, second) = (numbers.first().copied(), numbers.get(1).copied().unwrap_or(1));
    let one = |is: bool| T::constant(f64::from(u8::from(is)));
    match constant {
        Constant::Identity => {
            let n = first.unwrap_or_else(identity);
            Matrix::from_fn(n, n, |i, j| one(i == j))
        }
        Constant::Ones => Matrix::from_fn(first.unwrap_or(1), second, |_, _| one(true)),
        Constant::Zeros => Matrix::from_fn(first.unwrap_or(1), second, |_, _| one(false)),
        Constant::Commutation => {
            let (m, k) = (first.unwrap_or(1), second);
            // Entry (i, j) of an m × k matrix is at j m + i in its vec, at i k + j in that of its transpose.
            Matrix::from_fn(m * k, m * k, |to, from| one(from == (to % k) * m + to / k))
        }
    }
}
