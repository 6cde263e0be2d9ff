//! One layer's step → formulas for any layer l of any depth L: claims with ∏, and what has to be proved of them.
//!
//! Nothing is proved here: each [`Claim`] goes with its premises to the laws of `simplify`.

pub mod big;
pub mod induction;

use crate::expr::ExprId;

/// An equation that a proof may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Premise {
    /// What it is: the hypothesis, or what a product over layers is by its definition.
    pub name: &'static str,
    /// One side.
    pub left: ExprId,
    /// The other.
    pub right: ExprId,
}

/// An equation that has to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it says.
    pub name: &'static str,
    /// What the proof may use beside the laws.
    pub premises: Vec<Premise>,
    /// One side.
    pub left: ExprId,
    /// The other.
    pub right: ExprId,
}

/// What a derivation for any depth has beside the formulas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct General {
    /// The products and sums over layers.
    pub bigs: big::Bigs,
    /// Whether the last layer differs from the others in having a bias.
    pub bias_of_last: Option<bool>,
}
