//! What a derivation hands on: the forward pass, the error, and the gradients in the form that was wanted.

use super::{
    Gradient,
    form::{chain::Chain, intuitive::Sketch, layered::Head},
    general::General,
};
use crate::{expr::ExprId, network::forward::Forward};

/// A gradient in the form that was wanted.
#[derive(Clone, Debug)]
pub enum Derived {
    /// A form that has a value.
    Gradient(Gradient),
    /// The abstract chain rule.
    Chain(Chain),
    /// The sketch.
    Intuitive(Sketch),
}

/// All that a derivation found.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The forward pass, and the arena of all expressions.
    pub forward: Forward,
    /// The error of each loss, simplified.
    pub heads: Vec<Head>,
    /// J in a form whose value stays finite.
    pub loss: ExprId,
    /// The gradients.
    pub derived: Derived,
    /// Whether the result rests on Σⱼ yᵢⱼ = 1.
    pub assumes_distributions: bool,
    /// The limit that a simplification reached, if it did not saturate.
    pub limit: Option<String>,
    /// What the simplification of the error took.
    pub effort: Effort,
    /// Whether the network is a chain.
    pub is_chain: bool,
    /// What belongs to formulas for any depth, if it is they.
    pub general: Option<General>,
}

impl Derivation {
    /// The error of the first loss.
    #[must_use]
    pub fn head(&self) -> Head {
        self.heads[0]
    }
}

/// What a simplification took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Nodes of the e-graph at the end.
    pub nodes: usize,
    /// Rounds of searching all laws.
    pub rounds: usize,
}
