//! The value of an expression: an array, or a constant matrix that needs none.

#![allow(clippy::wildcard_enum_match_arm, reason = "each pair that is not named is computed on arrays")]

use ndarray::{ArcArray2, Array2, Axis, Zip};

use super::functions::Use;

/// A value. Arrays are shared until they are changed; a transpose changes strides only.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Scalar(f64),
    /// All entries.
    Array(ArcArray2<f64>),
    /// The same number everywhere: rows × columns.
    Constant(f64, usize, usize),
    /// The identity.
    Identity(usize),
    /// diag(v), v as a column.
    Diagonal(ArcArray2<f64>),
    /// 1·b: the same row b (1 × k) so many times.
    Rows(usize, ArcArray2<f64>),
}

impl Value {
    /// An owned array as a value.
    #[must_use]
    pub fn array(array: Array2<f64>) -> Self {
        Self::Array(array.into_shared())
    }

    /// All entries, in an array of its own if it has no other owner.
    #[must_use]
    pub fn into_array(self) -> Array2<f64> {
        match self {
            Self::Scalar(value) => Array2::from_elem((1, 1), value),
            Self::Array(array) => array.into_owned(),
            Self::Constant(value, rows, columns) => Array2::from_elem((rows, columns), value),
            Self::Identity(size) => Array2::eye(size),
            Self::Diagonal(entries) => Array2::from_diag(&entries.column(0)),
            Self::Rows(count, row) => {
                let mut all = Array2::zeros((count, row.ncols()));
                all += &row;
                all
            }
        }
    }

    /// How many columns it has.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self {
            Self::Scalar(_) => 1,
            Self::Array(array) => array.ncols(),
            Self::Constant(.., columns) => *columns,
            Self::Identity(size) => *size,
            Self::Diagonal(entries) => entries.nrows(),
            Self::Rows(_, row) => row.ncols(),
        }
    }

    /// The number, of a scalar.
    #[must_use]
    pub fn as_scalar(&self) -> Option<f64> {
        if let Self::Scalar(value) = self { Some(*value) } else { None }
    }
}

/// a + b
#[must_use]
pub fn add(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(a + b),
        (Value::Rows(_, row), other) | (other, Value::Rows(_, row)) => {
            let mut sum = other.into_array();
            sum += &row;
            Value::array(sum)
        }
        (Value::Constant(value, ..), other) | (other, Value::Constant(value, ..)) => {
            let mut sum = other.into_array();
            sum += value;
            Value::array(sum)
        }
        (Value::Array(a), b) => {
            let (mut sum, other) = (a.into_owned(), b);
            match other {
                Value::Array(b) => sum += &b,
                other => sum += &other.into_array(),
            }
            Value::array(sum)
        }
        (a, b) => Value::array(a.into_array() + b.into_array()),
    }
}

/// s a
#[must_use]
pub fn scale(s: f64, a: Value) -> Value {
    match a {
        Value::Scalar(value) => Value::Scalar(s * value),
        Value::Constant(value, rows, columns) => Value::Constant(s * value, rows, columns),
        other => {
            let mut scaled = other.into_array();
            scaled *= s;
            Value::array(scaled)
        }
    }
}

/// a b. Products with ones are sums, with diagonal matrices scalings.
#[must_use]
pub fn multiply(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Identity(_), other) | (other, Value::Identity(_)) => other,
        (Value::Constant(1.0, rows, 1), b) if rows > 1 => match b {
            Value::Constant(value, _, columns) => Value::Constant(value, rows, columns),
            b => Value::Rows(rows, b.into_array().into_shared()),
        },
        (Value::Constant(value, rows, _), b) => {
            let sums = column_sums(b, value);
            if rows == 1 { Value::array(sums) } else { Value::Rows(rows, sums.into_shared()) }
        }
        (a, Value::Constant(value, _, columns)) => {
            let sums = a.into_array().sum_axis(Axis(1)).insert_axis(Axis(1)) * value;
            if columns == 1 { Value::array(sums) } else { repeated_columns(&sums, columns) }
        }
        (a, Value::Diagonal(entries)) => {
            let mut scaled = a.into_array();
            scaled *= &entries.t();
            Value::array(scaled)
        }
        (Value::Diagonal(entries), b) => {
            let mut scaled = b.into_array();
            scaled *= &entries;
            Value::array(scaled)
        }
        (Value::Array(a), Value::Array(b)) => Value::array(a.dot(&b)),
        (Value::Array(a), b) => Value::array(a.dot(&b.into_array())),
        (a, Value::Array(b)) => Value::array(a.into_array().dot(&b)),
        (a, b) => Value::array(a.into_array().dot(&b.into_array())),
    }
}

fn column_sums(b: Value, value: f64) -> Array2<f64> {
    let sums = match b {
        Value::Array(b) => b.sum_axis(Axis(0)),
        other => other.into_array().sum_axis(Axis(0)),
    };
    let row = sums.insert_axis(Axis(0));
    if value.to_bits() == 1.0_f64.to_bits() { row } else { row * value }
}

fn repeated_columns(column: &Array2<f64>, columns: usize) -> Value {
    let mut all = Array2::zeros((column.nrows(), columns));
    all += column;
    Value::array(all)
}

/// a ⊙ b
#[must_use]
pub fn hadamard(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Constant(value, ..), other) | (other, Value::Constant(value, ..)) => scale(value, other),
        (Value::Rows(_, row), other) | (other, Value::Rows(_, row)) => {
            let mut product = other.into_array();
            product *= &row;
            Value::array(product)
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut product = a.into_owned();
            product *= &b;
            Value::array(product)
        }
        (a, b) => Value::array(a.into_array() * b.into_array()),
    }
}

/// weights ⊙ a, where a weight of 0 leaves 0 even of a pole: y ln ŷ at y = 0.
#[must_use]
pub fn weighted(weights: Value, a: Value) -> Value {
    let mut product = a.into_array();
    let weights = weights.into_array();
    Zip::from(&mut product).and(&weights).for_each(|a, weight| *a = if *weight == 0.0 { 0.0 } else { *weight * *a });
    Value::array(product)
}

/// a ⊙ f(z) without an array for f(z), as a use of f.
#[derive(Debug)]
pub struct Multiplied<'a>(pub Value, pub &'a ArcArray2<f64>);

impl Use for Multiplied<'_> {
    type Output = Value;

    fn with(self, f: impl Fn(f64) -> f64) -> Value {
        let mut product = self.0.into_array();
        Zip::from(&mut product).and(self.1).for_each(|entry, z| *entry *= f(*z));
        Value::array(product)
    }
}

/// f(a) as a use of f.
#[derive(Debug)]
pub struct Mapped(pub Value);

impl Use for Mapped {
    type Output = Value;

    fn with(self, f: impl Fn(f64) -> f64) -> Value {
        map(self.0, f)
    }
}

/// f at every entry.
#[must_use]
pub fn map(a: Value, f: impl Fn(f64) -> f64) -> Value {
    match a {
        Value::Scalar(value) => Value::Scalar(f(value)),
        Value::Constant(value, rows, columns) => Value::Constant(f(value), rows, columns),
        Value::Array(array) => {
            let mut array = array;
            if array.is_standard_layout() && !is_shared(&array) {
                array.mapv_inplace(f);
                Value::Array(array)
            } else {
                Value::array(array.mapv(f))
            }
        }
        other => Value::array(other.into_array().mapv(f)),
    }
}

/// Changing a shared array would copy it first.
fn is_shared(array: &ArcArray2<f64>) -> bool {
    array.clone().try_into_owned_nocopy().is_err()
}

/// aᵀ
#[must_use]
pub fn transpose(a: Value) -> Value {
    match a {
        Value::Array(array) => Value::Array(array.reversed_axes()),
        Value::Constant(value, rows, columns) => Value::Constant(value, columns, rows),
        Value::Rows(count, row) => Value::array(Value::Rows(count, row).into_array().reversed_axes()),
        Value::Scalar(_) | Value::Identity(_) | Value::Diagonal(_) => a,
    }
}

/// Over each row: exp(zⱼ − m)/Σₖ exp(zₖ − m), m the row's largest entry.
#[must_use]
pub fn softmax(a: Value) -> Value {
    let mut p = a.into_array();
    for mut row in p.rows_mut() {
        let largest = row.fold(f64::NEG_INFINITY, |m, z| m.max(*z));
        row.mapv_inplace(|z| (z - largest).exp());
        let sum = row.sum();
        row /= sum;
    }
    Value::array(p)
}

/// Over each row: m + ln Σₖ exp(zₖ − m), m the row's largest entry.
#[must_use]
pub fn log_sum_exp(a: Value) -> Value {
    let z = a.into_array();
    let of_row = |row: ndarray::ArrayView1<f64>| {
        let largest = row.fold(f64::NEG_INFINITY, |m, z| m.max(*z));
        largest + row.fold(0.0, |sum, z| sum + (z - largest).exp()).ln()
    };
    Value::array(z.map_axis(Axis(1), of_row).insert_axis(Axis(1)))
}

/// Σ of all entries.
#[must_use]
pub fn total(a: Value) -> Value {
    Value::Scalar(match a {
        Value::Array(array) => array.sum(),
        other => other.into_array().sum(),
    })
}
