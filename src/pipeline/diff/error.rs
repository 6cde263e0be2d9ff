//! Why there is no derivative of an expression, and the message that says so.

use super::Question;
use crate::{
    expr::ShapeError,
    expression::ExpressionError,
    gradient::GradientError,
    shape::Shape,
    source::{self, Diagnostic},
};

/// Why there is no derivative.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DiffError {
    /// In the expression, or in what is given.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// In the derivation.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// A second derivative of what is no scalar.
    #[error("a Hessian is of a scalar, and this expression is {shape}")]
    NoScalar {
        /// Its shape.
        shape: Shape,
    },
    /// A word behind a colon that is none.
    #[error("`{word}` behind `{name}:` says nothing of matrices")]
    UnknownConstraint {
        /// The variable.
        name: String,
        /// The word.
        word: String,
        /// What is probably meant.
        likely: &'static str,
    },
    /// A constraint on a derivative that is none of a scalar, or a second one.
    #[error("only the gradient of a scalar is taken among {word} matrices, and this is a {kind}")]
    NoConstraint {
        /// What the variable was to be.
        word: &'static str,
        /// What was asked for.
        kind: &'static str,
    },
    /// A constraint on what is given as something else.
    #[error("`{name}` is given as something else than {word}")]
    OtherConstraint {
        /// The variable.
        name: String,
        /// What it was to be.
        word: &'static str,
    },
    /// A constraint on what is not square.
    #[error("`{name}` is {shape}, and only a square matrix can be {word}")]
    NoSquare {
        /// The variable.
        name: String,
        /// Its shape.
        shape: Shape,
        /// What it was to be.
        word: &'static str,
    },
    /// Laws that do not lead from what the sweep produces to what is printed.
    #[error("the steps by which laws lead to the formula were not found{}", limit.as_ref().map_or(String::new(), |limit| format!(" before a limit, {limit}")))]
    Unproved {
        /// The limit that was reached.
        limit: Option<String>,
    },
    /// A direction that has the name of something else.
    #[error("the direction `{name}` is a name of the expression already")]
    TakenDirection {
        /// The name.
        name: String,
    },
    /// A defect of the program: the formula and the numbers differ, and the formula is not shown.
    #[error(
        "the derivative differs from its check by {error:e}: this is a defect of the program, and no formula is shown"
    )]
    Refuted {
        /// The relative difference.
        error: f64,
    },
}

impl DiffError {
    /// The message, and the text that its places are in: the expression, or what is given.
    #[must_use]
    pub fn about<'q>(&self, question: &'q Question) -> (&'q str, Diagnostic) {
        let (kind, help) = match self {
            Self::Expression(error) if error.is_of_given() => {
                return (&question.given, error.diagnostic(&question.given));
            }
            Self::Expression(error) => return (&question.text, error.diagnostic(&question.text)),
            Self::Gradient(_) | Self::Refuted { .. } | Self::Unproved { .. } => (source::Kind::Spec, None),
            Self::NoScalar { .. } => {
                (source::Kind::Spec, Some("leave `--hessian` or `--hvp` out for its Jacobian".into()))
            }
            Self::UnknownConstraint { name, likely, .. } => {
                (source::Kind::Usage, Some(format!("write `{name}:{likely}`")))
            }
            Self::NoConstraint { .. } => {
                (source::Kind::Usage, Some("leave the word out: the derivative by free entries".to_owned()))
            }
            Self::NoSquare { name, .. } => {
                (source::Kind::Usage, Some(format!("if it is square, say so: `--given '{name} [n,n]'`")))
            }
            Self::OtherConstraint { name, .. } => (source::Kind::Usage, Some(format!("write `{name}` alone"))),
            Self::TakenDirection { name } => (source::Kind::Usage, Some(format!("take another letter than `{name}`"))),
        };
        let message = Diagnostic::error(kind, self.to_string());
        (&question.text, if let Some(help) = help { message.help(help) } else { message })
    }
}

impl From<ShapeError> for DiffError {
    fn from(error: ShapeError) -> Self {
        Self::Gradient(error.into())
    }
}
