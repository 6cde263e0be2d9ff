//! One layer's step → formulas for any layer l of any depth L: claims with ∏, and what has to be proved of them.
//!
//! Nothing is proved here: each [`Claim`] goes with its premises to the laws of `simplify`.

pub mod induction;
pub mod iterated;

use crate::expr::{ExprId, Index, Role, Symbol};

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
    pub iterations: iterated::IteratedOperations,
    /// Whether the last layer differs from the others in having a bias.
    pub bias_of_last: Option<bool>,
    /// Of blocks, whether the first takes the input itself.
    pub of_blocks: Option<bool>,
}

impl General {
    /// The first and the last layer l for which the formula of ∂J/∂`variable` holds.
    #[must_use]
    pub fn layers_of_gradient(&self, variable: &Symbol) -> Option<[Index; 2]> {
        let layers = self.layers(variable)?;
        // A Z_L that is defined otherwise has the same Δ_L.
        Some(if variable.role == Role::PreActivation { [layers[0], Index::DEPTH] } else { layers })
    }

    /// The first and the last layer l that have what `symbol` stands for; `None` of a symbol that is of no layer l.
    #[must_use]
    pub fn layers(&self, symbol: &Symbol) -> Option<[Index; 2]> {
        let own = symbol.label.as_deref().and_then(Index::of_label)?.parts() == Index::LAYER.parts();
        if self.of_blocks.is_some() {
            return own.then_some([Index::number(1), Index::DEPTH]);
        }
        let is_affine = matches!(symbol.role, Role::Bias | Role::PreActivation) && self.bias_of_last.is_none();
        let to_the_last = is_affine || symbol.role == Role::Weight;
        let last = if to_the_last { Index::DEPTH } else { Index::DEPTH.plus(-1) };
        own.then_some([Index::number(1), last])
    }
}
