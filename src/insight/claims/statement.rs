//! The claims, in the order in which they are printed → their words.

use serde::Serialize;

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// X, the error and every other W enter linearly and once.
    Linear,
    /// W_l is missing in its own gradient.
    OwnWeight,
    /// The gates of the target layer and of all later ones are factors.
    Gates,
    /// Only the error counts.
    ErrorOnly,
    /// Only earlier b enter ∂J/∂W, only later layers ∂J/∂b.
    Biases,
    /// The batch's size does not count.
    BatchSize,
    /// Inactive units attenuate.
    Inactive,
    /// Averages are hardly ever 0.
    Zeros,
    /// Sparse activity slows down.
    Sparse,
    /// Exploding is rarer than vanishing.
    Exploding,
    /// Mean weight × activation rate near 1.
    Mnemonic,
    /// Depth multiplies by w^L.
    Depth,
    /// The activation matrix is its own derivative's transpose.
    Transpose,
    /// Nothing is gained by Xᵀ(Ŷ − Y) first.
    Crossing,
}

impl Statement {
    /// All, in the order in which they are printed.
    pub const ALL: [Self; 14] = [
        Self::Linear,
        Self::OwnWeight,
        Self::Gates,
        Self::ErrorOnly,
        Self::Biases,
        Self::BatchSize,
        Self::Inactive,
        Self::Zeros,
        Self::Sparse,
        Self::Exploding,
        Self::Mnemonic,
        Self::Depth,
        Self::Transpose,
        Self::Crossing,
    ];

    /// The claim in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Linear => "X, the error and every other W enter linearly, alike",
            Self::OwnWeight => "a weight is missing in its own gradient",
            Self::Gates => "the gates of the target and of all later layers are factors",
            Self::ErrorOnly => "only the error counts, not the prediction or the target",
            Self::Biases => "only earlier b enter a W's gradient, only later layers a b's",
            Self::BatchSize => "the batch's size does not change a gradient's size",
            Self::Inactive => "an inactive unit attenuates, and never amplifies",
            Self::Zeros => "the mean over a batch is hardly ever exactly 0",
            Self::Sparse => "sparsely active networks learn more slowly",
            Self::Exploding => "exploding is rarer than vanishing",
            Self::Mnemonic => "mean weight times activation rate has to be near 1",
            Self::Depth => "depth L multiplies gradients by w^L",
            Self::Transpose => "an activation's derivative is its activation matrix",
            Self::Crossing => "nothing is gained by multiplying X and the error first",
        }
    }
}
