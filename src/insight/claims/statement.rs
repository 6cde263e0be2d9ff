//! The claims, in the order in which they are printed → their words.

use serde::Serialize;

use super::trial::Effect;

/// A claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    BreakEven,
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
        Self::BreakEven,
    ];

    /// Those whose verdict depends on the weights.
    pub const BY_WEIGHTS: [Self; 3] = [Self::Linear, Self::OwnWeight, Self::Inactive];

    /// The effects that its verdict is made of.
    pub fn effects(self) -> &'static [Effect] {
        const EFFECTS: [(Statement, &[Effect]); 5] = [
            (Statement::Linear, &[Effect::LaterDoubles, Effect::EarlierDoubles]),
            (Statement::OwnWeight, &[Effect::OwnWeight]),
            (Statement::Gates, &[Effect::Gate]),
            (Statement::Biases, &[Effect::BiasAbsent, Effect::EarlierLayerAbsent]),
            (Statement::Inactive, &[Effect::UnitOff]),
        ];
        EFFECTS.iter().find(|(statement, _)| *statement == self).map_or(&[], |(_, effects)| effects)
    }
}
