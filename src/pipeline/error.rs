//! What can go wrong between a checked network and its results, and the [`Diagnostic`] that says so.

use crate::{
    evaluate::eval::EvaluationError,
    gradient::GradientError,
    source::{Diagnostic, Kind},
};

/// Why a derivation, an evaluation or a verification could not be finished.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// No gradient: an expansion that would be too long, or a defect.
    #[error("the derivation failed: {0}")]
    Derivation(#[from] GradientError),
    /// No value: a defect.
    #[error("the derived expression has no value: {0}")]
    Evaluation(#[from] EvaluationError),
    /// A simplification that did not come to its end.
    #[error("the simplification reached its limit of {limit} before it was finished")]
    Limit {
        /// The limit.
        limit: String,
    },
}

impl PipelineError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Derivation(error @ GradientError::TooLong { .. }) => {
                Diagnostic::error(Kind::Limit, error.to_string())
                    .help("do not expand, or take fewer layers or `nobias`")
            }
            Self::Derivation(_) | Self::Evaluation(_) => Diagnostic::error(Kind::Spec, self.to_string())
                .help("this is a defect of chainrule: please report it together with the spec"),
            Self::Limit { .. } => Diagnostic::error(Kind::Limit, self.to_string())
                .help("take fewer or simpler layers; formulas count only when simplified to the end"),
        }
    }
}
