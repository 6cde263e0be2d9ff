//! An entry after and before → its ratio; ratios → their spread.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use crate::evaluate::Exact;

/// Of floats: ratios that differ by less than this, relative to the larger, differ by rounding only; and so do those that
/// are not further from 1, or from 0, from being it. An entry is a sum in which terms cancel: an error of 1e-16 of the terms
/// is one of 1e-9 of `before` where they cancel down to 1e-7 of their size.
pub const ROUNDING: f64 = 1e-9;

/// after ÷ before: exact where all figures are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ratio {
    /// A fraction.
    Exact(Exact),
    /// A float.
    Float(f64),
}

impl Ratio {
    /// As a float.
    pub fn value(self) -> f64 {
        match self {
            Self::Exact(exact) => exact.to_f64(),
            Self::Float(value) => value,
        }
    }

    pub(super) fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a == b,
            (a, b) => (a.value() - b.value()).abs() <= ROUNDING * a.value().abs().max(b.value().abs()),
        }
    }

    fn order(self, other: Self) -> Ordering {
        self.value().total_cmp(&other.value())
    }

    /// Whether its size is above 1.
    fn grows(self) -> bool {
        match self {
            Self::Exact(exact) => {
                exact.value().is_some_and(|ratio| ratio.numer().unsigned_abs() > ratio.denom().unsigned_abs())
            }
            Self::Float(value) => value.abs() > 1.0 + ROUNDING,
        }
    }

    /// Whether it is below 0.
    fn turns(self) -> bool {
        match self {
            Self::Exact(exact) => exact.value().is_some_and(|ratio| *ratio.numer() < 0),
            Self::Float(value) => value < -ROUNDING,
        }
    }

    /// (a + b)/2
    fn mean(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Exact(a), Self::Exact(b)) => Self::Exact((a + b) / Exact::ratio(2, 1)),
            (a, b) => Self::Float(a.value().midpoint(b.value())),
        }
    }

    /// Whether it is a fraction that has too many digits.
    pub(super) fn is_none(self) -> bool {
        self == Self::Exact(Exact::NONE)
    }
}

impl Serialize for Ratio {
    /// `"2/3"`, `0.98`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact(exact) => serializer.collect_str(exact),
            Self::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

/// The ratios of some entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Spread {
    /// The median, least and greatest of those that have one; of an even number the median is the mean of the two in the
    /// middle.
    pub median_least_greatest: Option<[Ratio; 3]>,
    /// Entries that have one.
    pub defined: usize,
    /// Entries that are 0 before and after: 0 ÷ 0 is no ratio.
    pub zero: usize,
    /// Entries that are 0 before only.
    pub from_zero: usize,
    /// Entries of which a value, or the ratio itself, is no number.
    pub unknown: usize,
    /// Entries whose |ratio| is above 1, of floats by more than [`ROUNDING`]: they are amplified.
    pub amplified: usize,
    /// Entries whose ratio is below 0, of floats by more than [`ROUNDING`]: they turn round.
    pub turned: usize,
}

impl Spread {
    /// The ratio that all entries have.
    pub fn only(&self) -> Option<Ratio> {
        let [median, least, greatest] = self.median_least_greatest?;
        (least.is_same(greatest) && self.zero + self.from_zero + self.unknown == 0).then_some(median)
    }

    /// Entries in all.
    pub fn entries(&self) -> usize {
        self.defined + self.zero + self.from_zero + self.unknown
    }
}

/// What one entry says.
#[derive(Clone, Copy)]
pub(super) enum Entry {
    Ratio(Ratio),
    /// 0 before and after.
    Zero,
    /// 0 before only.
    FromZero,
    /// A value, or the ratio, is no number.
    Unknown,
}

impl Entry {
    /// Its ratio, if it has one.
    pub fn ratio(self) -> Option<Ratio> {
        match self {
            Self::Ratio(ratio) => Some(ratio),
            Self::Zero | Self::FromZero | Self::Unknown => None,
        }
    }
}

/// Of fractions.
pub(super) fn fraction(after: Exact, before: Exact) -> Entry {
    let zero = Exact::ratio(0, 1);
    match (after == zero, before == zero) {
        _ if after == Exact::NONE || before == Exact::NONE => Entry::Unknown,
        (true, true) => Entry::Zero,
        (false, true) => Entry::FromZero,
        _ if after / before == Exact::NONE => Entry::Unknown,
        _ => Entry::Ratio(Ratio::Exact(after / before)),
    }
}

/// Of floats.
pub(super) fn float(after: f64, before: f64) -> Entry {
    let ratio = after / before;
    match (after == 0.0, before == 0.0) {
        _ if !(after.is_finite() && before.is_finite()) => Entry::Unknown,
        (true, true) => Entry::Zero,
        (false, true) => Entry::FromZero,
        _ if ratio.is_finite() => Entry::Ratio(Ratio::Float(ratio)),
        _ => Entry::Unknown,
    }
}

/// What entries say together.
pub(super) fn spread(entries: impl Iterator<Item = Entry>) -> Spread {
    let mut spread = Spread::default();
    let mut ratios = Vec::new();
    for entry in entries {
        match entry {
            Entry::Ratio(ratio) => ratios.push(ratio),
            Entry::Zero => spread.zero += 1,
            Entry::FromZero => spread.from_zero += 1,
            Entry::Unknown => spread.unknown += 1,
        }
    }
    ratios.sort_by(|a, b| a.order(*b));
    spread.defined = ratios.len();
    spread.amplified = ratios.iter().filter(|ratio| ratio.grows()).count();
    spread.turned = ratios.iter().filter(|ratio| ratio.turns()).count();
    if let (Some(least), Some(greatest)) = (ratios.first(), ratios.last()) {
        let median = ratios[(ratios.len() - 1) / 2].mean(ratios[ratios.len() / 2]);
        spread.median_least_greatest = Some([median, *least, *greatest]);
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_rounding_neither_grows_nor_turns() {
        let floats = [-1e-17, -0.5, 1.0 + 1e-12, -1.5, 0.0].map(|after| float(after, 1.0));
        let found = spread(floats.into_iter());
        assert_eq!((found.defined, found.amplified, found.turned), (5, 1, 2));
        let one = Exact::ratio(1, 1);
        let tiny = Exact::ratio(1, 10_i128.pow(20));
        let fractions = [tiny, Exact::ratio(0, 1) - tiny, one + tiny, one].map(|after| fraction(after, one));
        let found = spread(fractions.into_iter());
        assert_eq!((found.defined, found.amplified, found.turned), (4, 1, 1));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let median = |after: &[f64]| {
            let found = spread(after.iter().map(|after| float(*after, 1.0)));
            found.median_least_greatest.map(|[median, ..]| median.value())
        };
        assert_eq!([median(&[8.9375, 0.4375]), median(&[4.0, 1.0, 7.0]), median(&[])], [Some(4.6875), Some(4.0), None]);
        assert_eq!(median(&[f64::MAX, f64::MAX / 2.0]), Some(f64::MAX * 0.75));
        let halves = [Exact::ratio(1, 3), Exact::ratio(1, 2)].map(|after| fraction(after, Exact::ratio(1, 1)));
        let [found, ..] = spread(halves.into_iter()).median_least_greatest.expect("two ratios");
        assert_eq!(found, Ratio::Exact(Exact::ratio(5, 12)));
    }
}
