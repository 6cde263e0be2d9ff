//! A dimension: a polynomial in names with positive integer coefficients, in canonical form.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
    fmt,
    sync::Arc,
};

/// The largest number a dimension may have or come to: 2³¹ − 1.
pub const MAX_DIM: u64 = (1 << 31) - 1;

/// More terms than this in one polynomial are refused: a product of sums grows exponentially.
const MAX_TERMS: usize = 256;

/// `names → power`, sorted by name: the product a²·b. Empty for a plain number.
type Monomial = BTreeMap<Arc<str>, u32>;

/// A dimension. Two are equal if they are the same polynomial on the same axis.
///
/// The batch axis is an axis of its own: a batch of 64 samples does not fit a width of 64, so that
/// opening the batch into samples stays possible after every name is bound.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Dim(Arc<Polynomial>);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Polynomial {
    batch: bool,
    terms: BTreeMap<Monomial, u64>,
}

/// Why there is no such dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DimError {
    /// A number outside 1 to 2³¹ − 1, written or computed.
    #[error("a dimension lies between 1 and {MAX_DIM}")]
    Range,
    /// A polynomial of more than 256 terms.
    #[error("a dimension has at most {MAX_TERMS} terms when multiplied out")]
    Terms,
}

impl Dim {
    /// The dimension 1, of a row or a column.
    #[must_use]
    pub fn one() -> Self {
        Self::of(BTreeMap::from([(Monomial::new(), 1)]))
    }

    /// A number between 1 and 2³¹ − 1.
    ///
    /// # Errors
    /// [`DimError::Range`] outside these bounds.
    pub fn number(value: u64) -> Result<Self, DimError> {
        if (1..=MAX_DIM).contains(&value) {
            Ok(Self::of(BTreeMap::from([(Monomial::new(), value)])))
        } else {
            Err(DimError::Range)
        }
    }

    /// A name.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self::of(BTreeMap::from([(Monomial::from([(name.into(), 1)]), 1)]))
    }

    /// `self + other`.
    ///
    /// # Errors
    /// Out of range, or too many terms.
    pub fn plus(&self, other: &Self) -> Result<Self, DimError> {
        let mut terms = self.0.terms.clone();
        for (monomial, coefficient) in &other.0.terms {
            add_term(&mut terms, monomial.clone(), *coefficient)?;
        }
        Ok(Self::of(terms))
    }

    /// `self · other`.
    ///
    /// # Errors
    /// Out of range, or too many terms.
    pub fn times(&self, other: &Self) -> Result<Self, DimError> {
        let mut terms = BTreeMap::new();
        for (left, a) in &self.0.terms {
            for (right, b) in &other.0.terms {
                let mut monomial = left.clone();
                for (name, power) in right {
                    let sum = monomial.entry(name.clone()).or_insert(0);
                    *sum = sum.checked_add(*power).ok_or(DimError::Range)?;
                }
                add_term(&mut terms, monomial, a.checked_mul(*b).ok_or(DimError::Range)?)?;
            }
        }
        Ok(Self::of(terms))
    }

    /// The same polynomial with every name that `value_of` knows replaced by its number.
    ///
    /// # Errors
    /// Out of range.
    pub fn bound(&self, value_of: &dyn Fn(&str) -> Option<u64>) -> Result<Self, DimError> {
        let mut terms = BTreeMap::new();
        for (monomial, coefficient) in &self.0.terms {
            let mut rest = Monomial::new();
            let mut factor = *coefficient;
            for (name, power) in monomial {
                match value_of(name) {
                    None => {
                        rest.insert(name.clone(), *power);
                    }
                    Some(value) => {
                        let value = value.checked_pow(*power).ok_or(DimError::Range)?;
                        factor = factor.checked_mul(value).ok_or(DimError::Range)?;
                    }
                }
            }
            add_term(&mut terms, rest, factor)?;
        }
        let batch = self.0.batch;
        Ok(Self(Arc::new(Polynomial { batch, terms })))
    }

    /// The same polynomial on the batch axis.
    #[must_use]
    pub fn on_batch_axis(&self) -> Self {
        // One sample is no batch: its sums are of one term, and a column of ones for it is 1.
        if self.as_number() == Some(1) {
            return self.off_batch_axis();
        }
        self.on_axis(true)
    }

    /// The same polynomial as a width.
    #[must_use]
    pub fn off_batch_axis(&self) -> Self {
        self.on_axis(false)
    }

    fn on_axis(&self, batch: bool) -> Self {
        let terms = self.0.terms.clone();
        Self(Arc::new(Polynomial { batch, terms }))
    }

    /// Whether this is the axis of samples.
    #[must_use]
    pub fn is_batch(&self) -> bool {
        self.0.batch
    }

    /// Whether this is 1 on an axis other than the batch's.
    #[must_use]
    pub fn is_one(&self) -> bool {
        !self.0.batch && self.as_number() == Some(1)
    }

    /// The number, if no name is left.
    #[must_use]
    pub fn as_number(&self) -> Option<u64> {
        match self.0.terms.iter().next() {
            Some((monomial, value)) if monomial.is_empty() && self.0.terms.len() == 1 => Some(*value),
            _ => None,
        }
    }

    /// The name, if the polynomial is just that.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match self.unknown()? {
            (1, name, 0) => Some(name),
            _ => None,
        }
    }

    /// `(c, name, rest)` if the polynomial is `c·name + rest` with no other name: what one number
    /// determines.
    #[must_use]
    pub fn unknown(&self) -> Option<(u64, &str, u64)> {
        let (mut found, mut rest) = (None, 0);
        for (monomial, coefficient) in &self.0.terms {
            match monomial.iter().next() {
                None => rest = *coefficient,
                Some((name, 1)) if monomial.len() == 1 && found.is_none() => {
                    found = Some((*coefficient, &**name));
                }
                Some(_) => return None,
            }
        }
        found.map(|(coefficient, name)| (coefficient, name, rest))
    }

    /// The names that occur, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.terms.keys().flat_map(|m| m.keys()).map(|n| &**n).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The terms by falling degree, then by name: names with their powers, and the coefficient.
    #[must_use]
    pub fn terms(&self) -> Vec<(Vec<(&str, u32)>, u64)> {
        let mut terms: Vec<_> = self.0.terms.iter().collect();
        let degree = |monomial: &Monomial| monomial.values().map(|power| u64::from(*power)).sum::<u64>();
        terms.sort_by_key(|(monomial, _)| Reverse(degree(monomial)));
        terms.into_iter().map(|(monomial, coefficient)| (powers(monomial), *coefficient)).collect()
    }

    /// Whether it is printed as a sum, and so needs brackets inside a product.
    #[must_use]
    pub fn is_sum(&self) -> bool {
        self.0.terms.len() > 1
    }

    fn of(terms: BTreeMap<Monomial, u64>) -> Self {
        let batch = false;
        Self(Arc::new(Polynomial { batch, terms }))
    }
}

/// The names and their powers.
fn powers(monomial: &Monomial) -> Vec<(&str, u32)> {
    monomial.iter().map(|(name, power)| (&**name, *power)).collect()
}

fn add_term(terms: &mut BTreeMap<Monomial, u64>, monomial: Monomial, coefficient: u64) -> Result<(), DimError> {
    let sum = terms.entry(monomial).or_insert(0);
    *sum = sum.checked_add(coefficient).filter(|sum| *sum <= MAX_DIM).ok_or(DimError::Range)?;
    if terms.len() > MAX_TERMS {
        return Err(DimError::Terms);
    }
    Ok(())
}

impl Ord for Dim {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Dim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Dim {
    /// The terms in order, as `4*d + 3`: what the spec language reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (powers, coefficient)) in self.terms().into_iter().enumerate() {
            if i > 0 {
                write!(f, " + ")?;
            }
            let number = (coefficient != 1 || powers.is_empty()).then(|| coefficient.to_string());
            let names = powers.into_iter().flat_map(|(name, power)| (0..power).map(move |_| name.to_owned()));
            write!(f, "{}", number.into_iter().chain(names).collect::<Vec<_>>().join("*"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", if self.0.batch { " (batch)" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Dim {
        Dim::name(text)
    }

    #[test]
    fn polynomials_are_equal_whatever_their_writing() {
        let two = Dim::number(2).unwrap();
        let sum = name("b").plus(&name("a")).unwrap();
        let left = two.times(&sum).unwrap();
        let right = name("a").times(&two).unwrap().plus(&name("b").times(&two).unwrap()).unwrap();
        assert_eq!(left, right);
        assert_eq!(left.to_string(), "2*a + 2*b");
    }

    #[test]
    fn a_batch_is_no_width() {
        let n = Dim::number(64).unwrap();
        assert_ne!(n.on_batch_axis(), n);
        assert_eq!(n.on_batch_axis().off_batch_axis(), n);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(Dim::number(0), Err(DimError::Range));
        assert_eq!(Dim::number(1 << 31), Err(DimError::Range));
        let big = Dim::number(1 << 20).unwrap();
        assert_eq!(big.times(&big), Err(DimError::Range));
        assert_eq!(name("a").bound(&|_| Some(u64::MAX)), Err(DimError::Range));
    }

    #[test]
    fn a_product_of_sums_that_explodes_is_refused() {
        let factor = |i: usize| name(&format!("a{i}")).plus(&name(&format!("b{i}"))).unwrap();
        let product = (1..20).try_fold(factor(0), |p, i| p.times(&factor(i)));
        assert_eq!(product, Err(DimError::Terms));
    }

    #[test]
    fn one_unknown_is_found() {
        let d = Dim::number(4).unwrap().times(&name("d")).unwrap().plus(&Dim::number(3).unwrap()).unwrap();
        assert_eq!(d.unknown(), Some((4, "d", 3)));
        assert_eq!(name("a").times(&name("a")).unwrap().unknown(), None);
    }
}
