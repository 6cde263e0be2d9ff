//! The size of a number by its logarithm: of any depth's product, where a float would be 0 or infinite.

use std::{
    fmt,
    ops::{Div, Mul},
};

use ndarray::ArcArray2;
use serde::{Serialize, Serializer};

use crate::evaluate::scaled::Scaled;

/// |x| as log₁₀ |x|: −∞ for 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Magnitude(f64);

impl Magnitude {
    /// 1.
    pub const ONE: Self = Self(0.0);

    /// |x|
    pub fn of(x: f64) -> Self {
        Self(x.abs().log10())
    }

    /// √(Σ x²)
    #[allow(clippy::cast_precision_loss, reason = "an exponent has few digits")]
    pub fn norm(scaled: &Scaled) -> Self {
        Self(norm(&scaled.array).log10() + scaled.exponent as f64 * 2.0_f64.log10())
    }

    /// √(Σ x² / number of entries)
    #[allow(clippy::cast_precision_loss, reason = "arrays are below 2⁵³")]
    pub fn root_mean_square(scaled: &Scaled) -> Self {
        Self::norm(scaled) / Self::of((scaled.array.len() as f64).sqrt())
    }

    /// √(Σ x²) of numbers, without an overflow of squares.
    pub fn together(sizes: &[Self]) -> Self {
        let largest = sizes.iter().copied().fold(Self::of(0.0), |a, b| if b > a { b } else { a });
        let squares: f64 = sizes.iter().filter_map(|size| size.over(largest)).map(|share| share.value().powi(2)).sum();
        if squares > 0.0 { largest * Self::of(squares.sqrt()) } else { largest }
    }

    /// log₁₀ |x|
    pub fn log10(self) -> f64 {
        self.0
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.0 == f64::NEG_INFINITY
    }

    /// The number, 0 or infinite if it is no float.
    pub fn value(self) -> f64 {
        10.0_f64.powf(self.0)
    }

    /// xᵖ
    pub fn power(self, p: f64) -> Self {
        Self(if p == 0.0 { 0.0 } else { self.0 * p })
    }

    /// x / y; none where both are 0, or y alone.
    pub fn over(self, other: Self) -> Option<Self> {
        (!other.is_zero()).then(|| self / other)
    }
}

/// √(Σ x²) of entries whose squares are finite.
fn norm(array: &ArcArray2<f64>) -> f64 {
    array.iter().map(|x| x * x).sum::<f64>().sqrt()
}

impl Mul for Magnitude {
    type Output = Self;
    #[allow(clippy::suspicious_arithmetic_impl, reason = "of logarithms")]
    fn mul(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Div for Magnitude {
    type Output = Self;
    #[allow(clippy::suspicious_arithmetic_impl, reason = "of logarithms")]
    fn div(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for Magnitude {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "exponents and three digits")]
    /// Three digits: `0.0123`, `12.3`, `1.23e-45`, `1.23e-1234`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.pad("0");
        }
        if !self.0.is_finite() {
            return f.pad("overflow");
        }
        let mut exponent = self.0.floor();
        let mut digits = (10.0_f64.powf(self.0 - exponent) * 100.0).round();
        if digits >= 1000.0 {
            (digits, exponent) = (digits / 10.0, exponent + 1.0);
        }
        let text = match exponent {
            -3.0..=2.0 => {
                let decimals = (2.0 - exponent) as usize;
                format!("{:.decimals$}", digits * 10.0_f64.powf(exponent - 2.0))
            }
            _ => format!("{}.{:02}e{exponent}", digits as i64 / 100, digits as i64 % 100),
        };
        f.pad(&text)
    }
}

impl Serialize for Magnitude {
    /// log₁₀, since the number itself may be none for a reader of JSON; null of 0.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.serialize_none() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_at_any_size() {
        let written = |x: f64| Magnitude::of(x).to_string();
        assert_eq!(
            [0.0, 1.0, 999.6, 0.000_976_562_5, 0.348_678, 2.593_742, 1e-3, 1234.0, 0.001_234].map(written),
            ["0", "1.00", "1.00e3", "9.77e-4", "0.349", "2.59", "0.00100", "1.23e3", "0.00123"]
        );
        assert_eq!(Magnitude::of(0.5).power(4000.0).to_string(), "7.59e-1205");
        assert_eq!(Magnitude::of(f64::INFINITY).to_string(), "overflow");
    }
}
