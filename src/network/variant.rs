//! [`Network`] → the same without biases or hidden activations, with another batch or reduction.

use super::graph::{Layer, Network, Parameters, Tensor};
use crate::{
    catalog::{activation::Activation, loss::Reduction},
    shape::Dim,
};

/// How much of a network is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Neither hidden activations nor biases: Ŷ = σ(X W₁ ⋯ W_L). The last activation stays, for the loss is meant for it.
    Linear,
    /// Hidden activations, but no biases.
    Activations,
    /// The network as it is.
    Biases,
}

impl Variant {
    /// All, from the least to the whole.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Activations, Self::Biases];

    /// This much of `network`.
    #[must_use]
    pub fn of(self, network: &Network) -> Network {
        let last = network.layers.len().saturating_sub(1);
        let layer = |(i, layer): (usize, &Layer)| {
            let mut layer = layer.clone();
            if self == Self::Linear && i < last {
                layer.activation = Activation::LINEAR;
            }
            if self != Self::Biases && layer.parameters == Parameters::WeightAndBias {
                layer.parameters = Parameters::Weight;
            }
            layer
        };
        Network { layers: network.layers.iter().enumerate().map(layer).collect(), ..network.clone() }
    }
}

/// The same network for a batch of this size.
#[must_use]
pub fn with_batch(network: &Network, samples: &Dim) -> Network {
    let tensor = |tensor: &Tensor| Tensor { samples: samples.on_batch_axis(), ..tensor.clone() };
    Network { input: tensor(&network.input), target: tensor(&network.target), ..network.clone() }
}

/// The same network with another mean.
#[must_use]
pub fn with_reduction(network: &Network, reduction: Reduction) -> Network {
    Network { reduction, ..network.clone() }
}
