//! The shape of an expression: a scalar, or rows × columns.

use std::fmt;

use super::Dim;

/// What a value is: a scalar or a matrix. A scalar is not a 1 × 1 matrix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A number.
    Scalar,
    /// `rows × columns`.
    Matrix(Dim, Dim),
}

impl Shape {
    /// Columns × rows.
    #[must_use]
    pub fn transposed(&self) -> Self {
        match self {
            Self::Scalar => Self::Scalar,
            Self::Matrix(rows, columns) => Self::Matrix(columns.clone(), rows.clone()),
        }
    }

    /// The two dimensions of a matrix.
    #[must_use]
    pub fn dims(&self) -> Option<(&Dim, &Dim)> {
        match self {
            Self::Scalar => None,
            Self::Matrix(rows, columns) => Some((rows, columns)),
        }
    }
}

/// In brackets if it is a sum.
fn factor(dim: &Dim) -> String {
    if dim.is_sum() { format!("({dim})") } else { dim.to_string() }
}

impl fmt::Display for Shape {
    /// `n × f1`, `n × (a + b)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar => write!(f, "scalar"),
            Self::Matrix(rows, columns) => write!(f, "{} × {}", factor(rows), factor(columns)),
        }
    }
}
