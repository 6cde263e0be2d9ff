//! Values, or names of categories → an axis: where it begins and ends, and what is written beside it.

use super::{
    canvas::{LONGEST, SMALL, count, widest},
    labels::distinct,
};
use crate::document::plot::Scale;

/// The width of the plotting area.
pub(super) const WIDTH: i32 = 640;

/// The axis of values.
pub(super) struct Axis {
    /// At the lower edge.
    pub low: f64,
    /// At the upper edge.
    pub high: f64,
    /// Values, and how they are written.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Around the values.
    pub fn new(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let range =
            values.map(|value| (value, value)).reduce(|(a, b), (c, d)| (a.min(c), b.max(d))).unwrap_or_default();
        match scale {
            Scale::Share => {
                let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{} %", 100.0 * share)));
                Self { low: range.0.min(0.0), high: range.1.max(1.0), ticks: ticks.into() }
            }
            Scale::Log => Self::log(range.0.floor(), range.1.ceil()),
        }
    }

    /// Powers of ten from `low` to `high`; over one or two decades also twice and five times these.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "exponents are small whole numbers"
    )]
    fn log(low: f64, high: f64) -> Self {
        const MOST: f64 = 8.0;
        let high = if high > low { high } else { low + 1.0 };
        let decades = high - low;
        let steps = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
        let step = steps.into_iter().find(|step| decades / step <= MOST).unwrap_or((decades / MOST).ceil());
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        let exponents = (first..=last).map(|index| index.saturating_mul(step as i64));
        let mut ticks: Vec<(f64, String)> = exponents.map(|exponent| (exponent as f64, power(1, exponent))).collect();
        if decades <= 2.0 {
            for exponent in first..last {
                ticks.extend([2, 5].map(|digit| (exponent as f64 + f64::from(digit).log10(), power(digit, exponent))));
            }
        }
        Self { low, high, ticks }
    }
}

/// `0.02`, `5000`; `10⁻⁷`, `2·10⁻⁷`
fn power(digit: i32, exponent: i64) -> String {
    if let Ok(small @ -3..=3) = i32::try_from(exponent) {
        return format!("{:.*}", usize::try_from(-small).unwrap_or(0), f64::from(digit) * 10_f64.powi(small));
    }
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    let factor = if digit == 1 { String::new() } else { format!("{digit}·") };
    format!("{factor}10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

/// The axis of categories.
pub(super) struct Across {
    /// How many there are.
    pub count: usize,
    /// Which are named, and how.
    pub ticks: Vec<(usize, String)>,
    /// Whether they are.
    pub upright: bool,
    /// Of the names, in pixels.
    pub height: i32,
}

impl Across {
    /// Names in one line if all fit; else upright if they are long; of what does not fit every second, fifth, …
    pub fn new(categories: &[String]) -> Self {
        let names = distinct(categories.iter().map(String::as_str), SMALL, LONGEST);
        let widest = widest(names.iter().map(String::as_str), SMALL);
        let fits = |stride: usize, needed: i32| count(stride) * WIDTH / count(names.len().max(1)) >= needed;
        let upright = !fits(1, widest + 10) && widest > 40;
        let needed = if upright { SMALL + 5 } else { widest + 10 };
        let strides = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
        let stride = strides.into_iter().find(|stride| fits(*stride, needed)).unwrap_or(names.len().max(1));
        // The first, then every stride-th; the second only where it is as far from the first as names need.
        let shown = |index: usize| index == 0 || (index + 1).is_multiple_of(stride) && fits(index, needed);
        let ticks = names.iter().cloned().enumerate().filter(|(index, _)| shown(*index)).collect();
        Self { count: categories.len(), ticks, upright, height: if upright { widest + 12 } else { 24 } }
    }
}
