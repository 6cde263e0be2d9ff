//! The claims, in the order in which they are printed → their words.

use serde::Serialize;

use super::trial::Effect;

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

    /// Those whose verdict depends on the weights.
    pub const BY_WEIGHTS: [Self; 3] = [Self::Linear, Self::OwnWeight, Self::Inactive];

    /// The effects that its verdict is made of.
    #[must_use]
    pub fn effects(self) -> &'static [Effect] {
        match self {
            Self::Linear => &[Effect::LaterDoubles, Effect::EarlierDoubles],
            Self::OwnWeight => &[Effect::OwnWeight],
            Self::Gates => &[Effect::Gate],
            Self::Biases => &[Effect::BiasAbsent, Effect::EarlierLayerAbsent],
            Self::Inactive => &[Effect::UnitOff],
            Self::ErrorOnly
            | Self::BatchSize
            | Self::Zeros
            | Self::Sparse
            | Self::Exploding
            | Self::Mnemonic
            | Self::Depth
            | Self::Transpose
            | Self::Crossing => &[],
        }
    }

    /// The claim in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Linear => "A gradient is linear in X, the error and every other weight.",
            Self::OwnWeight => "A weight is no factor of its own gradient.",
            Self::Gates => "The derivatives of its own and later activations are factors.",
            Self::ErrorOnly => "Only the error matters, not prediction or target by itself.",
            Self::Biases => "Biases act on the weight gradients of later layers only.",
            Self::BatchSize => "The size of the batch does not change the size of a gradient.",
            Self::Inactive => "A unit that is off makes gradients smaller, never larger.",
            Self::Zeros => "The mean over a batch is hardly ever exactly 0.",
            Self::Sparse => "Sparsely active networks learn more slowly.",
            Self::Exploding => "Exploding gradients are rarer than vanishing ones.",
            Self::Mnemonic => "Mean weight times activation rate has to be near 1.",
            Self::Depth => "Depth L multiplies gradients by w^L.",
            Self::Transpose => "The derivative of an activation is its activation matrix.",
            Self::Crossing => "Multiplying X and the error first saves nothing.",
        }
    }
}
