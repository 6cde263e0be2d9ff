//! An interval for the entries of a matrix, its ends rounded outwards to −∞, −1, 0, 1, ∞.
//!
//! A finite lattice: meeting ranges in an e-class terminates.

use std::fmt;

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

    /// Whether every number in it lies in `outer` too.
    #[must_use]
    pub fn is_within(self, outer: Self) -> bool {
        let inside = |inner, outer, sign: i8| match (inner, outer) {
            (_, Bound::Unbounded) => true,
            (Bound::Unbounded, Bound::Open(_) | Bound::Closed(_)) => false,
            (Bound::Closed(inner), Bound::Open(outer)) => sign * inner > sign * outer,
            (Bound::Open(inner) | Bound::Closed(inner), Bound::Closed(outer))
            | (Bound::Open(inner), Bound::Open(outer)) => sign * inner >= sign * outer,
        };
        inside(self.low, outer.low, 1) && inside(self.high, outer.high, -1)
    }
}

impl fmt::Display for Range {
    /// `(0, 1]`, `[0, ∞)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.low {
            Bound::Unbounded => write!(f, "(−∞, ")?,
            Bound::Open(low) => write!(f, "({}, ", signed(low))?,
            Bound::Closed(low) => write!(f, "[{}, ", signed(low))?,
        }
        match self.high {
            Bound::Unbounded => write!(f, "∞)"),
            Bound::Open(high) => write!(f, "{})", signed(high)),
            Bound::Closed(high) => write!(f, "{}]", signed(high)),
        }
    }
}

/// The number with the sign of mathematics, not the hyphen.
fn signed(number: i8) -> String {
    number.to_string().replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::{Bound::*, Range};

    #[test]
    fn an_end_that_is_included_matters() {
        let open = Range::new(Open(0), Unbounded);
        let half_open = Range::new(Closed(0), Unbounded);
        assert!(open.is_within(half_open) && open.is_within(open) && open.is_within(Range::ALL));
        assert!(!half_open.is_within(open) && !Range::ALL.is_within(half_open));
        assert!(!Range::new(Open(0), Closed(1)).is_within(Range::new(Open(0), Open(1))));
        assert!(Range::new(Open(0), Open(1)).is_within(Range::new(Open(-1), Closed(1))));
    }

    #[test]
    fn ranges_are_printed_as_intervals() {
        assert_eq!(Range::new(Open(-1), Closed(1)).to_string(), "(−1, 1]");
        assert_eq!(Range::ALL.to_string(), "(−∞, ∞)");
    }
}
