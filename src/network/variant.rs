//! [`Network`] → the same without biases or activations, with another batch or reduction.

use super::graph::{Layer, Network, Parameters, Tensor, Term};
use crate::{
    catalog::{activation::Activation, loss::Reduction},
    expr::Range,
    shape::Dim,
};

/// How much of a network is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Neither activations nor biases: Ŷ = X W₁ ⋯ W_L. Where the loss does not take every number, the last activation stays,
    /// Ŷ = σ(X W₁ ⋯ W_L).
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
        let takes_all = network.term().loss.domain() == Range::ALL;
        let layer = |(i, layer): (usize, &Layer)| {
            let mut layer = layer.clone();
            if self == Self::Linear && (i < last || takes_all) {
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
    let term = |term: &Term| Term { target: tensor(&term.target), ..term.clone() };
    Network {
        inputs: network.inputs.iter().map(tensor).collect(),
        terms: network.terms.iter().map(term).collect(),
        ..network.clone()
    }
}

/// The same network with another mean.
#[must_use]
pub fn with_reduction(network: &Network, reduction: Reduction) -> Network {
    let term = |term: &Term| Term { reduction, ..term.clone() };
    Network { terms: network.terms.iter().map(term).collect(), ..network.clone() }
}
