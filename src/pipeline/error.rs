//! What can go wrong between a checked network and its results, and the [`Diagnostic`] that says so.

use super::variables::UnknownVariable;
use crate::{
    cost::chain::CostError,
    evaluate::eval::EvaluationError,
    gradient::GradientError,
    source::{Diagnostic, Kind},
};

/// Why a derivation, an evaluation or a verification could not be finished.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PipelineError {
    /// No gradient: an expansion that would be too long, or a defect.
    #[error("the derivation failed: {0}")]
    Derivation(#[from] GradientError),
    /// A word that names no variable.
    #[error(transparent)]
    Unknown(#[from] UnknownVariable),
    /// No value: a defect.
    #[error("the derived expression has no value: {0}")]
    Evaluation(#[from] EvaluationError),
    /// Nothing whose multiplications could be counted.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// A dimension that is called as the samples are counted.
    #[error("the per-sample form counts the samples with `i`, and a dimension is called `i` too")]
    SampleIndex,
    /// A simplification that did not come to its end.
    #[error("the simplification reached its limit of {limit} before it was finished")]
    Limit {
        /// The limit.
        limit: String,
    },
    /// A proof that the laws do not give, though they gave the result: a defect.
    #[error("no law leads from what the sweep produces to what is printed")]
    Unproved,
    /// A line of a proof with another value than the one before: a wrong law.
    #[error("step {step} of a proof does not hold on numbers: {reason}")]
    Refuted {
        /// The step, from 1.
        step: usize,
        /// Its reason.
        reason: &'static str,
    },
    /// A value of the network where a parameter or an input is asked for.
    #[error("second derivatives are taken by parameters and inputs, and `{name}` is a value of the network")]
    NoBlock {
        /// The value.
        name: String,
    },
    /// What is no weight where factors are asked for.
    #[error("K-FAC factors are of weights, and `{name}` is none")]
    NoWeight {
        /// What it is called.
        name: String,
    },
    /// A network whose gradient is no sum over samples, or none of one kind.
    #[error("the network has no Fisher matrix: {reason}")]
    NoFisher {
        /// Why.
        reason: &'static str,
    },
    /// A formula of a second derivative that differences contradict: a defect.
    #[error("a formula of a second derivative differs from central differences by {error:.1e} of its largest entry")]
    RefutedSecond {
        /// By how much.
        error: f64,
    },
    /// Arrays that are too large to check a proof on.
    #[error("a proof cannot be checked: {reason}")]
    TooLargeToCheck {
        /// What is needed, and the limit.
        reason: String,
    },
}

impl PipelineError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Derivation(error @ GradientError::TooLong { .. }) => {
                Diagnostic::error(Kind::Limit, error.to_string())
                    .help("no option raises the limit: do not expand, or take fewer layers or `nobias`")
            }
            Self::Derivation(error @ GradientError::CrossedPaths { .. }) => Diagnostic::error(Kind::Limit, error.to_string())
                .help("take the layered form, which is no longer than the network: `--form layered`"),
            Self::Derivation(GradientError::MixesSamples) => Diagnostic::error(Kind::Spec, "the network has no formula for a single sample")
                .note("`norm batch` takes its means over the batch, so that each sample depends on all others; in a product it would be a factor on the left, with `layout columns` on the right, and another one for each feature")
                .help("take the layered form, which is exact: `--form layered` in the place of `--form`, `--paths` or `--jacobian`"),
            Self::Derivation(error @ GradientError::ManyPaths { .. }) => Diagnostic::error(Kind::Limit, error.to_string())
                .help("take the layered form, which adds the paths up: `--form layered`, without `--paths`"),
            Self::Derivation(error @ GradientError::NoRow { .. }) => Diagnostic::error(Kind::Usage, error.to_string())
                .help("ask by an input or by a value, such as `--wrt X` or `--wrt Z`, or leave `--jacobian` out"),
            Self::Derivation(error @ GradientError::ChainOnly { .. }) => Diagnostic::error(Kind::Spec, error.to_string())
                .note("the network has branches, norms, dropout, shared weights, penalties, or several inputs or losses")
                .help("use `derive`, `shapes`, `verify` or `grad` without it: these take any network"),
            Self::Cost(error) => error.diagnostic(),
            Self::Unknown(error) => error.diagnostic(),
            Self::SampleIndex => Diagnostic::error(Kind::Spec, self.to_string())
                .help("give the dimension another name in the spec, or take another form"),
            Self::TooLargeToCheck { .. } => Diagnostic::error(Kind::Limit, self.to_string())
                .help("no option raises the limit: write names for the largest dimensions, which stand for small numbers"),
            Self::NoBlock { .. } => Diagnostic::error(Kind::Usage, self.to_string())
                .help("name parameters or inputs, such as `W1`, `b` or `X`"),
            Self::NoWeight { .. } => {
                Diagnostic::error(Kind::Usage, self.to_string()).help("name weights, such as `W1`, or `W` for all of them")
            }
            Self::NoFisher { .. } => Diagnostic::error(Kind::Spec, self.to_string())
                .help("`--hvp` and `--gauss-newton` take any network"),
            Self::Derivation(_) | Self::Evaluation(_) | Self::Unproved | Self::Refuted { .. } | Self::RefutedSecond { .. } => Diagnostic::error(Kind::Spec, self.to_string())
                .help("this is a defect of chainrule: please report it together with the spec"),
            Self::Limit { .. } => Diagnostic::error(Kind::Limit, self.to_string())
                .help("no option raises the limit, and formulas count only when simplified to the end: take fewer or simpler layers"),
        }
    }
}
