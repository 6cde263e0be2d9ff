//! The functions of a square matrix that a change of basis leaves as they are.

/// tr, det, ln |det|.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// tr a = Σᵢ aᵢᵢ
    Trace,
    /// det a
    Determinant,
    /// ln |det a|
    LogDeterminant,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Trace, Self::Determinant, Self::LogDeterminant];

    /// As it is written in expressions, laws and formulas.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "tr",
            Self::Determinant => "det",
            Self::LogDeterminant => "logdet",
        }
    }
}
