//! Product forms with numbers for dimensions → what their bracket orders cost, and which order costs least.
//!
//! | step | costs multiplications |
//! |---|---|
//! | (m × k)(k × p) | m·k·p |
//! | 1ᵀ M, as in a bias gradient | nothing: column sums are additions |
//! | M S for S = diag(s), or S M | the entries of M |
//! | M S for softmax's S = diag(p) − p pᵀ | twice the entries of M: M p, then (M − (M p) 1ᵀ) diag(p); S is never formed |
//! | M N for a norm's N = diag(q)(I − (1 1ᵀ + h hᵀ)/f) | three times the entries of M: by q, by h, and by h again |
//! | S S' of two diagonals | their entries; a softmax's S is multiplied with no other gate, unless it is formed |
//! | transposes, the error and A, which the forward pass leaves | nothing |
//!
//! The cheapest order is that of the fewest multiplications in matrix products; each scaling is then done where the
//! order has least entries. Counts cannot overflow: a dimension is below 2³¹, so that a product costs less than 2⁹³, and
//! the gradients of 10,000 layers have less than 2³⁰ of them, while 128 bits are at hand.

pub mod backpropagation;
pub mod break_even;
pub mod chain;
pub mod formula;
pub mod hu_shing;
pub mod order;
pub mod program;
pub mod schedule;
pub mod search;

use std::ops::{Add, AddAssign};

use serde::Serialize;

/// How many multiplications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Count {
    /// Those in products of matrices: what is minimised.
    pub products: u128,
    /// Those by the entries of a gate.
    pub scalings: u128,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn sum(self) -> u128 {
        self.products + self.scalings
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { products: self.products + other.products, scalings: self.scalings + other.scalings }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}
