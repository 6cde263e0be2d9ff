//! How far the derived formulas are from a concrete backprop, as it prints and as programs ask.

use std::fmt;

use super::error::Message;
use crate::{evaluate::memory::Limit, pipeline};

/// What may be chosen about a verification.
///
/// ```
/// let options = chainrule::Options::default().with_seed(7).with_trials(10);
/// # assert_eq!(options, options.clone());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The seed of all random values; 0 if nothing is said.
    pub seed: u64,
    /// How many random points are tried; 1 if nothing is said.
    pub trials: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 0, trials: 1 }
    }
}

impl Options {
    /// The same with another seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same with more trials.
    #[must_use]
    pub fn with_trials(self, trials: u16) -> Self {
        Self { trials, ..self }
    }

    pub(super) fn with_memory(self, memory: Limit) -> pipeline::Options {
        pipeline::Options { seed: self.seed, trials: self.trials.into(), memory }
    }
}

/// What a verification found. Prints as the table that `chainrule verify` prints.
///
/// What it rests on:
///
/// - The concrete backprop (`src/evaluate/backprop`) has its own activations and derivatives. It is compared with
///   central differences in `verify`, and in the tests with a reverse mode on scalars that differentiates the
///   definitions.
/// - Differences are taken of every entry, beyond 2,000 entries along random directions of each array. Beyond 32
///   layers they are taken of 8 layers at a time: the last ones end in J, the others in Σ ∂J/∂A ⊙ A of their last
///   activation, and ∂J/∂A is compared in the same way by the layers above. So a wrong gradient of any one array is
///   seen at any depth, also where it is too small beside J, and the time is linear in the depth. `verify` says so,
///   and what it had to leave out.
/// - Where formulas and backprop differ by more than 1e-12, both are evaluated again with every result off by a
///   random part of an ulp. What changes no less is rounding, as at an optimum, where the terms of a gradient cancel:
///   it is told as such, never as a fault. A fault of 1e-9 planted in a formula is seen in the tests. A run that
///   compared nothing ends with status 1.
/// - Each law of the one rule table (`src/simplify/rules.rs`) is tested by itself on 1,000 random instances with all
///   dimensions distinct, in floating point and where possible in exact fractions; wrong laws are rejected by the
///   same test. The table holds no law that no network uses.
/// - The text does not depend on the order of the laws, on hash order, or on what ran before or beside it in a
///   process.
/// - Over a thousand random networks a run: layered and per-sample form equal the concrete backprop before and after
///   simplification.
/// - A simplification that does not finish is an error (status 4), never a half-simplified formula.
#[derive(Clone, Debug)]
pub struct Verification {
    found: pipeline::Verification,
}

/// Whether formulas and concrete backprop are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// In every array, in each form with a value, within 1e-12 of the array's largest entry, or within the rounding of the
    /// values.
    Holds,
    /// Not in all of them.
    Differs,
    /// Nothing could be compared: the loss or a formula is undefined for these values, or every gradient is zero, or zero up
    /// to rounding.
    NotChecked,
}

impl Verification {
    pub(super) fn new(found: pipeline::Verification) -> Self {
        Self { found }
    }

    /// What was found.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.found.verdict() {
            pipeline::Verdict::Equal => Verdict::Holds,
            pipeline::Verdict::Differs => Verdict::Differs,
            pipeline::Verdict::NotChecked => Verdict::NotChecked,
        }
    }

    /// Whether something was compared, and all of it is equal.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict() == Verdict::Holds
    }

    /// The loss of the last trial, by the concrete forward pass.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.found.loss
    }

    /// By array, W1, b1, …, X: the largest difference of any entry in any form that has a value, relative to the array's
    /// largest entry.
    pub fn differences(&self) -> impl Iterator<Item = (&str, f64)> {
        self.found.arrays.iter().map(|(name, array)| (name.as_str(), array.worst()))
    }

    /// What happened with the arrays that is no error.
    #[must_use]
    pub fn warnings(&self) -> Vec<Message> {
        Message::all(&"".into(), self.found.warnings.clone())
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.found)
    }
}
