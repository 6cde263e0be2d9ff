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
