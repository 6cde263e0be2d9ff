//! An interval for the entries of a matrix, its ends rounded outwards to −∞, −1, 0, 1, ∞.
//!
//! A finite lattice: meeting ranges in an e-class terminates.

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// No bound.
    Unbounded,
    /// The number itself is excluded.
    Open(i8),
    /// The number itself is included.
    Closed(i8),
}

/// All entries lie between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// The lower end.
    pub low: Bound,
    /// The upper end.
    pub high: Bound,
}

impl Range {
    /// Nothing is known.
    pub const ALL: Self = Self { low: Bound::Unbounded, high: Bound::Unbounded };

    /// From `low` to `high`.
    #[must_use]
    pub const fn new(low: Bound, high: Bound) -> Self {
        Self { low, high }
    }
}
