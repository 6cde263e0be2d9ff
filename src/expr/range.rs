//! An interval for the entries of a matrix, its ends rounded outwards to −∞, −1, 0, 1, ∞.
//!
//! A finite lattice: narrowing ranges in an e-class terminates. Ranges are the side condition of cancelling a divisor.

use std::{cmp::Ordering, fmt};

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

use Bound::{Closed, Open, Unbounded};

impl Bound {
    fn number(self) -> Option<i8> {
        match self {
            Unbounded => None,
            Open(x) | Closed(x) => Some(x),
        }
    }

    /// The end of a − b's kind of negation.
    fn negated(self) -> Self {
        match self {
            Unbounded => Unbounded,
            Open(x) => Open(-x),
            Closed(x) => Closed(-x),
        }
    }

    /// The end of a sum, rounded outwards to what is kept; `toward` is −1 for lower ends, 1 for upper ones.
    fn plus(self, other: Self, toward: i8) -> Self {
        let (Some(a), Some(b)) = (self.number(), other.number()) else { return Unbounded };
        let sum = a + b;
        match (sum, self, other) {
            (-1..=1, Closed(_), Closed(_)) => Closed(sum),
            (-1..=1, _, _) => Open(sum),
            (2.., _, _) if toward < 0 => Open(1),
            (..=-2, _, _) if toward > 0 => Open(-1),
            _ => Unbounded,
        }
    }

    /// The tighter of two ends; `side` says which way is tighter: 1 for lower ends, −1 for upper ones.
    fn tighter(self, other: Self, side: i8) -> Self {
        match (self.number(), other.number()) {
            (None, _) => other,
            (_, None) => self,
            (Some(a), Some(b)) => match (a * side).cmp(&(b * side)) {
                Ordering::Greater => self,
                Ordering::Less => other,
                Ordering::Equal => {
                    if matches!(self, Open(_)) {
                        self
                    } else {
                        other
                    }
                }
            },
        }
    }
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
    pub const ALL: Self = Self::new(Unbounded, Unbounded);
    /// Above 0.
    pub const POSITIVE: Self = Self::new(Open(0), Unbounded);
    /// Exactly 1.
    pub const ONE: Self = Self::new(Closed(1), Closed(1));
    /// Exactly 0.
    pub const ZERO: Self = Self::new(Closed(0), Closed(0));

    /// From `low` to `high`.
    #[must_use]
    pub const fn new(low: Bound, high: Bound) -> Self {
        Self { low, high }
    }

    /// Whether every entry is above 0.
    #[must_use]
    pub fn is_positive(self) -> bool {
        matches!(self.low, Open(0..) | Closed(1..))
    }

    /// Whether every entry is 0 or above.
    #[must_use]
    pub fn is_non_negative(self) -> bool {
        self.is_positive() || self.low == Closed(0)
    }

    /// Whether there are numbers below and above all entries.
    #[must_use]
    pub fn is_bounded(self) -> bool {
        self.low != Unbounded && self.high != Unbounded
    }

    /// Whether no entry is 0: what may be divided by.
    #[must_use]
    pub fn excludes_zero(self) -> bool {
        self.is_positive() || self.negated().is_positive()
    }

    /// The range of −a.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::new(self.high.negated(), self.low.negated())
    }

    /// The range of a + b.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.low.plus(other.low, -1), self.high.plus(other.high, 1))
    }

    /// The range of a·b entry by entry: signs, and the unit interval, are kept.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let unit = |r: Self| r.is_non_negative() && matches!(r.high, Open(..=1) | Closed(..=1));
        let high = match (unit(self) && unit(other), self.high, other.high) {
            (false, _, _) => Unbounded,
            (true, Closed(1), Closed(1)) => Closed(1),
            (true, _, _) => Open(1),
        };
        match (self.is_positive() && other.is_positive(), self.is_non_negative() && other.is_non_negative()) {
            (true, _) => Self::new(Open(0), high),
            (false, true) => Self::new(Closed(0), if high == Open(1) { Closed(1) } else { high }),
            (false, false) => Self::ALL,
        }
    }

    /// The range of 1/a: the sign is kept, and what lies in (0, 1] goes to [1, ∞).
    #[must_use]
    pub fn reciprocal(self) -> Self {
        match (self.is_positive(), self.high) {
            (true, Closed(1)) => Self::new(Closed(1), Unbounded),
            (true, Open(1)) => Self::new(Open(1), Unbounded),
            (true, _) => Self::POSITIVE,
            (false, _) if self.negated().is_positive() => Self::POSITIVE.negated(),
            (false, _) => Self::ALL,
        }
    }

    /// The range of a positive, or negative, multiple of unknown size.
    #[must_use]
    pub fn scaled(self, negative: bool) -> Self {
        let positive = match (self.is_positive(), self.is_non_negative()) {
            (true, _) => Self::POSITIVE,
            (false, true) => Self::new(Closed(0), Unbounded),
            (false, false) if self.negated().is_positive() => Self::POSITIVE.negated(),
            (false, false) if self.negated().is_non_negative() => Self::new(Unbounded, Closed(0)),
            (false, false) => Self::ALL,
        };
        if negative { positive.negated() } else { positive }
    }

    /// What two descriptions of the same matrix say together.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self::new(self.low.tighter(other.low, 1), self.high.tighter(other.high, -1))
    }

    /// Whether `x` lies in it.
    #[must_use]
    pub fn contains(self, x: f64) -> bool {
        let inside = |bound, sign: f64| match bound {
            Bound::Unbounded => true,
            Bound::Open(end) => sign * x > sign * f64::from(end),
            Bound::Closed(end) => sign * x >= sign * f64::from(end),
        };
        inside(self.low, 1.0) && inside(self.high, -1.0)
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
    use super::*;

    const UNIT: Range = Range::new(Open(0), Open(1));

    #[test]
    fn one_minus_sigmoid_is_not_zero_and_one_minus_softmax_may_be() {
        let one_minus = |r: Range| Range::ONE.plus(r.negated());
        assert!(one_minus(UNIT).excludes_zero());
        assert!(!one_minus(Range::new(Open(0), Closed(1))).excludes_zero());
        assert!(!one_minus(Range::POSITIVE).excludes_zero());
    }

    #[test]
    fn products_keep_signs() {
        assert!(UNIT.times(UNIT).excludes_zero());
        assert!(!UNIT.times(Range::new(Closed(0), Closed(1))).excludes_zero());
        assert_eq!(UNIT.times(UNIT).high, Open(1));
        assert!(UNIT.negated().reciprocal().excludes_zero());
        assert!(!Range::ALL.reciprocal().excludes_zero());
    }

    #[test]
    fn a_meeting_keeps_the_tighter_end() {
        let met = Range::new(Closed(0), Unbounded).meet(Range::new(Open(0), Closed(1)));
        assert_eq!(met, Range::new(Open(0), Closed(1)));
    }

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
