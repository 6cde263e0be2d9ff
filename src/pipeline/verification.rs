//! The result of a verification.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use crate::{
    evaluate::{differences::Method, memory},
    source::Diagnostic,
};

/// Two arrays are equal if no entry differs by more than this part of the largest entry.
pub const TOLERANCE: f64 = 1e-12;

/// What the user may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seed of all random values.
    pub seed: u64,
    /// How many points are drawn.
    pub trials: usize,
    /// How much the arrays may take.
    pub memory: memory::Limit,
}

impl Default for Options {
    /// Seed 0, one trial, 1 GiB.
    fn default() -> Self {
        Self { seed: 0, trials: 1, memory: (1 << 30).into() }
    }
}

/// What happened to the draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Redraws {
    /// Points too near a kink.
    pub kinks: usize,
    /// Points where some gradient is zero in all entries, or none is a normal number.
    pub zeros: usize,
    /// Points where the loss or a gradient is not finite.
    pub not_finite: usize,
    /// Segments whose differences were left out since a kink was too near all the same; of networks that are not deep,
    /// trials.
    pub left_out: usize,
}

/// The worst of all trials for one array, relative to the array's largest entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArrayReport {
    /// Rows and columns.
    pub size: (usize, usize),
    /// The layered form.
    pub layered: f64,
    /// The per-sample form, where there is one.
    pub per_sample: Option<f64>,
    /// The product form of each sample, summed, where there is one.
    pub product: Option<f64>,
    /// The product form with the batch's mean gates: reported, never judged.
    pub mean_gates: Option<f64>,
    /// The concrete backprop against central differences, where they were taken.
    pub differences: Option<f64>,
    /// Whether differences contradict the concrete backprop.
    pub contradicted: bool,
    /// Whether the gradient is too small beside J for differences to tell.
    pub unresolved: bool,
    /// Trials in which all entries were zero or underflowed, which shows nothing.
    pub zeros: usize,
    /// Other trials in which all entries were zero up to rounding, or had lost their digits to it.
    pub lost: usize,
    /// Whether some form differs by more than rounding explains.
    pub differs: bool,
    /// Whether some form is not finite where the concrete backprop is.
    pub not_finite: bool,
}

/// Whether formulas and concrete backprop are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within [`TOLERANCE`], or within the rounding of the values, and differences contradict nothing.
    Equal,
    /// Formulas differ, or differences contradict the concrete backprop.
    Differs,
    /// What could be compared shows nothing.
    NotChecked,
}

impl ArrayReport {
    /// The worst of the three forms.
    #[must_use]
    pub fn worst(&self) -> f64 {
        // A maximum that keeps NaN: what is not a number is not equal.
        [Some(self.layered), self.per_sample, self.product].into_iter().flatten().fold(0.0, larger)
    }

    /// What `trials` that were compared show.
    #[must_use]
    pub fn verdict(&self, trials: usize) -> Verdict {
        if self.differs || self.contradicted {
            Verdict::Differs
        } else if self.not_finite || self.zeros + self.lost >= trials {
            Verdict::NotChecked
        } else {
            Verdict::Equal
        }
    }
}

/// The larger number; NaN if either is.
#[must_use]
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// By array: W1, b1, …, X.
    pub arrays: IndexMap<String, ArrayReport>,
    /// The activations between the segments that differences were taken of: nothing but differences is compared of them.
    pub between: IndexMap<String, ArrayReport>,
    /// How differences were taken.
    pub method: Method,
    /// The loss of the last trial, by the concrete forward pass.
    pub loss: f64,
    /// How far the derived expression of the loss is from it at the worst, relative.
    pub loss_error: f64,
    /// Whether it is further from it than rounding explains.
    pub loss_differs: bool,
    /// Whether the loss is 0 up to rounding, or has lost its digits to it, so that it has no error.
    pub loss_lost: bool,
    /// Numbers of the dimensions.
    pub dims: BTreeMap<String, u64>,
    /// Seed, trials, memory.
    pub options: Options,
    /// Whether any array was drawn, not given.
    pub random: bool,
    /// The arrays that were drawn beside given ones; none where all were.
    pub drawn: Vec<String>,
    /// What happened to the draws.
    pub redraws: Redraws,
    /// Trials in which loss or gradient were not finite, so that nothing could be compared.
    pub undefined: usize,
    /// Trials in which the rows of Y do not sum to 1 although the special formula needs it: the general one was used.
    pub general: usize,
    /// Messages about the files.
    pub warnings: Vec<Diagnostic>,
}

impl Verification {
    /// What was shown of all arrays together, and of J. Formulas that are not finite show nothing of the others either.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let (trials, arrays) = (self.compared(), &self.arrays);
        if self.loss_differs || self.all().any(|(_, report)| report.verdict(trials) == Verdict::Differs) {
            Verdict::Differs
        } else if self.not_finite().is_empty() && arrays.values().any(|report| report.verdict(trials) == Verdict::Equal)
        {
            Verdict::Equal
        } else {
            Verdict::NotChecked
        }
    }

    /// Whether something was compared, and all of it is equal.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict() == Verdict::Equal
    }

    /// What has a formula that is not finite where the concrete backprop is.
    #[must_use]
    pub fn not_finite(&self) -> Vec<&str> {
        let arrays = self.arrays.iter().filter(|(_, report)| report.not_finite).map(|(name, _)| name.as_str());
        arrays.chain((!self.loss_error.is_finite()).then_some("J")).collect()
    }

    /// The arrays, then the activations between segments.
    pub fn all(&self) -> impl Iterator<Item = (&String, &ArrayReport)> {
        self.arrays.iter().chain(&self.between)
    }

    /// Trials that were compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.options.trials.saturating_sub(self.undefined)
    }
}
