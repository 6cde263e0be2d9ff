//! Constant scalars: a rational number times powers of dimensions, such as κ = 1/(n·f₃).

use std::{collections::BTreeMap, fmt};

use num_rational::Ratio;

use crate::shape::Dim;

/// `coefficient · ∏ dimᵖᵒʷᵉʳ`. Dimensions are kept as they are written, numbers too, so that a reader sees
/// where 64 comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scalar {
    coefficient: Ratio<i64>,
    powers: BTreeMap<Dim, i32>,
}

impl Scalar {
    /// The number `numerator/denominator`.
    #[must_use]
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        Self { coefficient: Ratio::new(numerator, denominator), powers: BTreeMap::new() }
    }

    /// The whole number `value`.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self::ratio(value, 1)
    }

    /// The number that a decimal fraction is: 0.01 is 1/100. `None` of one with more than 15 digits behind the point.
    #[must_use]
    pub fn decimal(value: f64) -> Option<Self> {
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let power = u32::try_from(fraction.len()).ok().filter(|digits| *digits <= 15)?;
        let numerator: i64 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self::ratio(numerator, 10_i64.pow(power)))
    }

    /// `1/dim`; a division by the number 1 is none.
    #[must_use]
    pub fn one_over(dim: &Dim) -> Self {
        let powers = (dim.as_number() != Some(1)).then(|| (dim.clone(), -1));
        Self { coefficient: Ratio::ONE, powers: powers.into_iter().collect() }
    }

    /// `dim` itself; a factor of the number 1 is none.
    #[must_use]
    pub fn dimension(dim: &Dim) -> Self {
        let powers = (dim.as_number() != Some(1)).then(|| (dim.clone(), 1));
        Self { coefficient: Ratio::ONE, powers: powers.into_iter().collect() }
    }

    /// The product; `None` where the rational part leaves 64 bits.
    #[must_use]
    pub fn times(&self, other: &Self) -> Option<Self> {
        let numerator = self.coefficient.numer().checked_mul(*other.coefficient.numer())?;
        let denominator = self.coefficient.denom().checked_mul(*other.coefficient.denom())?;
        let mut powers = self.powers.clone();
        for (dim, power) in &other.powers {
            *powers.entry(dim.clone()).or_insert(0) += power;
        }
        powers.retain(|_, power| *power != 0);
        Some(Self { coefficient: Ratio::new(numerator, denominator), powers }.cancelled())
    }

    /// The same without the dimensions that are numbers and cancel with the coefficient: 2/(n·2) is 1/n, and 1/(3·2) stays.
    fn cancelled(mut self) -> Self {
        let Self { coefficient, powers } = &mut self;
        for (dim, power) in powers.iter_mut() {
            let Some(number) = dim.as_number().and_then(|number| i64::try_from(number).ok()) else { continue };
            while *power < 0 && *coefficient.numer() != 0 && coefficient.numer() % number == 0 {
                (*coefficient, *power) = (*coefficient / number, *power + 1);
            }
            while *power > 0 && coefficient.denom() % number == 0 {
                (*coefficient, *power) = (*coefficient * number, *power - 1);
            }
        }
        powers.retain(|_, power| *power != 0);
        self
    }

    /// The sum; `None` of different powers, or where the rational part leaves 64 bits.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.coefficient, other.coefficient);
        let left = a.numer().checked_mul(*b.denom())?;
        let right = b.numer().checked_mul(*a.denom())?;
        let coefficient = Ratio::new(left.checked_add(right)?, a.denom().checked_mul(*b.denom())?);
        (self.powers == other.powers).then(|| Self { coefficient, powers: self.powers.clone() })
    }

    /// The power `exponent`, a whole number of at most 64; `None` of others, of 1/0, and where the rational part leaves
    /// 64 bits.
    #[must_use]
    pub fn to_the(&self, exponent: &Self) -> Option<Self> {
        let power = exponent.powers.is_empty().then_some(exponent.coefficient).filter(Ratio::is_integer)?;
        let power = i32::try_from(*power.numer()).ok().filter(|power| power.abs() <= 64)?;
        let base = if power < 0 {
            (!self.is_zero()).then(|| Self {
                coefficient: self.coefficient.recip(),
                powers: self.powers.iter().map(|(dim, power)| (dim.clone(), -power)).collect(),
            })?
        } else {
            self.clone()
        };
        (0..power.unsigned_abs()).try_fold(Self::integer(1), |product, _| product.times(&base))
    }

    /// The same of other dimensions.
    #[must_use]
    pub fn with_dims(&self, to: impl Fn(&Dim) -> Dim) -> Self {
        let mut powers = BTreeMap::new();
        for (dim, power) in &self.powers {
            *powers.entry(to(dim)).or_insert(0) += power;
        }
        powers.retain(|_, power| *power != 0);
        Self { coefficient: self.coefficient, powers }
    }

    /// Whether this is the number 1.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.powers.is_empty() && self.coefficient == Ratio::ONE
    }

    /// Whether this is the number 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self.coefficient.numer() == 0
    }

    /// Whether this is below 0; dimensions are positive.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        *self.coefficient.numer() < 0
    }

    /// `−self`
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { coefficient: -self.coefficient, powers: self.powers.clone() }
    }

    /// The rational part.
    #[must_use]
    pub fn coefficient(&self) -> Ratio<i64> {
        self.coefficient
    }

    /// The dimensions and their powers, none of them 0.
    pub fn powers(&self) -> impl Iterator<Item = (&Dim, i32)> {
        self.powers.iter().map(|(dim, power)| (dim, *power))
    }

    /// The value, where `value_of` gives that of each dimension.
    ///
    /// # Errors
    /// Whatever `value_of` fails with.
    pub fn value<E>(&self, mut value_of: impl FnMut(&Dim) -> Result<f64, E>) -> Result<f64, E> {
        let mut numerator = as_float(*self.coefficient.numer());
        let mut denominator = as_float(*self.coefficient.denom());
        for (dim, power) in &self.powers {
            let value = value_of(dim)?.powi(power.abs());
            *if *power > 0 { &mut numerator } else { &mut denominator } *= value;
        }
        Ok(numerator / denominator)
    }
}

/// Numerators and denominators of derivations are tiny; beyond 2⁵³ the nearest float is meant.
#[allow(clippy::cast_precision_loss, reason = "rounding to the nearest float is the purpose")]
fn as_float(value: i64) -> f64 {
    value as f64
}

impl fmt::Display for Scalar {
    /// `-1/2*n^-1`: for error messages and debugging; formulas are set by `render`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.coefficient)?;
        self.powers.iter().try_for_each(|(dim, power)| write!(f, "*({dim})^{power}"))
    }
}
