//! The functions of the expression language: names, and what each takes and gives.
#![allow(clippy::wildcard_enum_match_arm, reason = "only functions of an entry have other names")]

use crate::{
    catalog::{Activation, activation},
    expr::{self, Invariant},
};

/// A function of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// f of a scalar, or of every entry.
    Entrywise(expr::Function),
    /// √ of a scalar, or of every entry.
    Sqrt,
    /// tr, det, logdet of a square matrix.
    Invariant(Invariant),
    /// a⁻¹ of a square matrix.
    Inverse,
    /// The sum of all entries.
    Sum,
    /// The mean of all entries.
    Mean,
    /// The sum of each row, a column.
    RowSum,
    /// The sum of each column, a row.
    ColumnSum,
    /// The diagonal matrix of a vector, the diagonal of a square matrix.
    Diagonal,
    /// The columns below each other.
    Vec,
    /// Σ |xᵢ| of a vector.
    Norm1,
    /// √(xᵀx) of a vector.
    Norm2,
    /// √tr(AᵀA)
    NormF,
    /// Of a vector, or of each row of a matrix.
    Softmax,
    /// ln Σ exp of a vector, a scalar; of each row of a matrix, a column.
    LogSumExp,
}

/// All that are no functions of one entry, by the names under which they are read; the first is printed.
const TABLE: [(&[&str], Function); 16] = [
    (&["sqrt"], Function::Sqrt),
    (&["tr", "trace", "Tr"], Function::Invariant(Invariant::Trace)),
    (&["det"], Function::Invariant(Invariant::Determinant)),
    (&["logdet"], Function::Invariant(Invariant::LogDeterminant)),
    (&["inv", "inverse"], Function::Inverse),
    (&["sum"], Function::Sum),
    (&["mean"], Function::Mean),
    (&["rowsum"], Function::RowSum),
    (&["colsum"], Function::ColumnSum),
    (&["diag"], Function::Diagonal),
    (&["vec"], Function::Vec),
    (&["norm1"], Function::Norm1),
    (&["norm2"], Function::Norm2),
    (&["normF", "norm_F", "fro"], Function::NormF),
    (&["softmax"], Function::Softmax),
    (&["logsumexp", "lse"], Function::LogSumExp),
];

/// The functions of one entry that are no activations.
const ENTRYWISE: [(&str, expr::Function); 5] = [
    ("log", expr::Function::Log),
    ("ln", expr::Function::Log),
    ("sign", expr::Function::Sign),
    ("abs", expr::Function::Abs),
    ("exp", expr::Function::Exp),
];

impl Function {
    /// The function of this name: of the language, or an activation with its usual parameter.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let named = TABLE.iter().find(|(names, _)| names.contains(&name)).map(|(_, function)| *function);
        let entrywise = || ENTRYWISE.iter().find(|(known, _)| *known == name).map(|(_, f)| Self::Entrywise(*f));
        let activation = || match activation::find(name, None) {
            Some(Activation::Entrywise(function)) => Some(Self::Entrywise(function)),
            Some(Activation::Softmax | Activation::LogSoftmax | Activation::Prelu) | None => None,
        };
        named.or_else(entrywise).or_else(activation)
    }

    /// All names that are read.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let functions = TABLE.iter().flat_map(|(names, _)| names.iter().copied());
        let entrywise = ENTRYWISE.iter().map(|(name, _)| *name);
        functions.chain(entrywise).chain(activation::TABLE.iter().map(|entry| entry.name))
    }

    /// As the language writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entrywise(expr::Function::Log) => "log",
            Self::Entrywise(function) => function.name(),
            other => TABLE.iter().find(|(_, function)| *function == other).map_or("", |(names, _)| names[0]),
        }
    }
}
