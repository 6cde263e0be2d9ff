//! What can go wrong on the way to a formula for any depth, and the [`Diagnostic`] that says so.

use crate::{
    evaluate::files::shown,
    expr::ShapeError,
    gradient::GradientError,
    network::uniform::Unlike,
    pipeline::{PipelineError, variables::NAMELESS},
    source::{Diagnostic, Kind},
};

/// Why there is no formula for any depth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeneralError {
    /// The layers are not of one kind.
    #[error(transparent)]
    Unlike(#[from] Unlike),
    /// A step that the laws do not prove: without a proof nothing is printed.
    #[error("{claim} could not be proved{}, so there is no formula for any depth", within(limit.as_deref()))]
    Unproved {
        /// What it says.
        claim: &'static str,
        /// The limit that ended the search for a proof.
        limit: Option<String>,
    },
    /// Another form of blocks than those that are products.
    #[error(
        "formulas for any number of blocks are there in the layered, the product and the per-sample form, not expanded"
    )]
    Blocks,
    /// A dimension that is called as layers are counted, or as a width.
    #[error(
        "formulas for any depth have a `{name}` of their own, and {} is called `{name}` too",
        if *is_batch { "the batch" } else { "a width" }
    )]
    Letter {
        /// The name.
        name: String,
        /// Whether it is the number of samples.
        is_batch: bool,
    },
    /// A defect, or a limit of a derivation.
    #[error(transparent)]
    Derivation(#[from] GradientError),
    /// The word names no variable that every such network has.
    #[error("{}", if word.is_empty() { NAMELESS.into() } else { format!("formulas for any depth have no variable `{}`", shown(word)) })]
    Variable {
        /// The word.
        word: String,
        /// What it could be.
        help: String,
    },
}

fn within(limit: Option<&str>) -> String {
    limit.map(|limit| format!(" within {limit}")).unwrap_or_default()
}

impl GeneralError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Unlike(unlike) => unlike.diagnostic(),
            Self::Unproved { limit: Some(_), .. } => Diagnostic::error(Kind::Limit, self.to_string())
                .help("no option raises the limit: take the formulas of this depth"),
            Self::Unproved { limit: None, .. } => Diagnostic::error(Kind::Spec, self.to_string())
                .help("take the formulas of this depth, and please report it together with the spec"),
            Self::Blocks => Diagnostic::error(Kind::Usage, self.to_string())
                .help("take `--form layered`, or `--form product` or `--form per-sample` without `--expand`"),
            Self::Letter { is_batch, .. } => {
                let (what, free) = if *is_batch { ("batch", "n") } else { ("width", "d") };
                Diagnostic::error(Kind::Spec, self.to_string())
                    .help(format!("call the {what} `{free}` in the spec, or take the formulas of this depth"))
            }
            Self::Derivation(error @ GradientError::ChainOnly { .. }) => {
                PipelineError::from(error.clone()).diagnostic().note(
                    "other networks have one where two or more equal blocks of one width follow one another, as in `repeat 2 { residual { … } }`",
                )
            }
            Self::Derivation(error @ GradientError::MixesSamples) => PipelineError::from(error.clone())
                .diagnostic()
                .help("leave `--general` out and take the layered form, which is exact: `--form layered`"),
            Self::Derivation(error @ (GradientError::TooLong { .. } | GradientError::CrossedPaths { .. })) => {
                PipelineError::from(error.clone()).diagnostic()
            }
            Self::Derivation(_) => Diagnostic::error(Kind::Spec, self.to_string())
                .help("this is a defect of chainrule: please report it together with the spec"),
            Self::Variable { help, .. } => Diagnostic::error(Kind::Usage, self.to_string()).help(help),
        }
    }
}

impl From<ShapeError> for GeneralError {
    fn from(error: ShapeError) -> Self {
        Self::Derivation(error.into())
    }
}
