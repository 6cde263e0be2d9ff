//! What a page asks and does not get, and the [`Diagnostic`] that says so.

use crate::source::{Diagnostic, Kind};

/// Why a part is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExploreError {
    /// More numbers than a spec has names.
    #[error("more than {limit} names are given numbers")]
    ManyBindings {
        /// The limit.
        limit: usize,
    },
    /// A formula that no page shows.
    #[error("the gradient with respect to `{name}` is a formula of more than {limit} factors, which no page shows")]
    LongFormula {
        /// The variable.
        name: String,
        /// The limit.
        limit: usize,
    },
    /// So many formulas that no page shows them.
    #[error("all gradients together have more than {limit} factors, which no page shows")]
    LongPage {
        /// The limit.
        limit: usize,
    },
    /// A graph that no page shows.
    #[error("the graph of all {layers} layers is too long for a page, which shows at most {limit} unfolded")]
    LongGraph {
        /// How many layers there are.
        layers: usize,
        /// The limit.
        limit: usize,
    },
    /// Steps to what they do not lead to.
    #[error("there are no steps to {what}")]
    NoSteps {
        /// A form, or an expansion.
        what: &'static str,
    },
    /// A network that is too deep for figures while one types.
    #[error("figures are measured of at most {limit} layers here, and the network has {layers}")]
    DeepFigures {
        /// How many layers there are.
        layers: usize,
        /// The limit.
        limit: usize,
    },
    /// No initialisation has this name.
    #[error("there is no initialisation `{name}`")]
    Initialisation {
        /// The word.
        name: String,
    },
    /// Neither a unit nor a layer.
    #[error("`{word}` names no unit")]
    Unit {
        /// The word.
        word: String,
    },
    /// More units than are switched off at once.
    #[error("more than {limit} units are switched off at once")]
    ManyUnits {
        /// The limit.
        limit: usize,
    },
    /// A variable that is not there in this form.
    #[error("this form has no gradient with respect to the variable")]
    Nothing,
}

impl ExploreError {
    /// The message to the user.
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |kind| Diagnostic::error(kind, self.to_string());
        match self {
            Self::ManyBindings { .. } => error(Kind::Limit).help("write the numbers into the spec with `let`"),
            Self::LongFormula { .. } => {
                error(Kind::Limit).help("choose a variable nearer to the loss, or see the formulas for any depth")
            }
            Self::LongPage { .. } => error(Kind::Limit).help("choose one variable, or see the formulas for any depth"),
            Self::LongGraph { .. } => error(Kind::Limit).help("leave the layers in the middle folded"),
            Self::NoSteps { .. } => {
                error(Kind::Usage).help("choose the product, layered or per-sample form, and do not expand it")
            }
            Self::DeepFigures { .. } => error(Kind::Limit).help("run `chainrule insight` on the spec"),
            Self::Initialisation { .. } => error(Kind::Usage)
                .help("write `he-in`, `he-out`, `glorot`, `lecun`, `normal(0.1)`, `ones` or `identity`"),
            Self::Unit { .. } => {
                error(Kind::Usage).help("write a layer, `:` and a unit, both counted from 1, as in `3:2`")
            }
            Self::ManyUnits { .. } => error(Kind::Limit).help("switch some of them on"),
            Self::Nothing => error(Kind::Usage).help("choose another variable, or another form"),
        }
    }
}
