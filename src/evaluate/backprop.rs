//! A bound network and its arrays → the loss and every gradient, by a forward and a reverse pass written by hand.
//!
//! This is the oracle of the symbolic path and shares no code with it: it has its own σ and σ', and walks the layers
//! instead of an expression. Samples are rows.

use std::mem;

use ndarray::{Array2, Axis};

use self::loss::Head;
use super::arrays::{Arrays, symbol};
use crate::{
    catalog::activation::Activation,
    network::graph::{Layer, Network},
};

mod activation;
pub(super) mod entrywise;
mod logarithm;
mod loss;

/// The values of a forward pass, the first layer first.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Z of every layer, n × f; without parameters the layer's input.
    pub pre_activations: Vec<Array2<f64>>,
    /// A of every layer, n × f; the last is Ŷ.
    pub activations: Vec<Array2<f64>>,
    /// J.
    pub loss: f64,
}

/// The values of a reverse pass.
#[derive(Clone, Debug)]
pub struct Concrete {
    /// J.
    pub loss: f64,
    /// ∂J/∂X under the input's name, then for every layer ∂J/∂W, ∂J/∂b, ∂J/∂Z, ∂J/∂A under `W1`, `b1`, `Z1`, `A1`,
    /// `W_hidden`, …; each in the shape of its variable.
    pub gradients: Arrays,
}

/// Layer by layer Z = A W + 1 b with the A of the layer before, then A = σ(Z); at the end J.
///
/// # Panics
/// If `arrays` lacks an array of the network, or one has not the network's shape: `bindings::bind` makes sure of both.
#[must_use]
pub fn forward(network: &Network, arrays: &Arrays) -> Forward {
    let input = &arrays[&*network.input.name];
    let mut pre_activations = Vec::with_capacity(network.layers.len());
    let mut activations = Vec::with_capacity(network.layers.len());
    for layer in &network.layers {
        let z = pre_activation(layer, activations.last().unwrap_or(input), arrays);
        activations.push(activation::apply(layer.activation, &z));
        pre_activations.push(z);
    }
    let loss = head(network, arrays, &pre_activations, &activations).value();
    Forward { pre_activations, activations, loss }
}

/// J and ∂J/∂ every X, W, b, Z, A:
///
/// from the last layer down Δ = ∂J/∂Z is ∂J/∂A taken through σ, ∂J/∂W = Aᵀ Δ with the A of the layer before,
/// ∂J/∂b = 1ᵀ Δ, and Δ Wᵀ is ∂J/∂A of the layer before.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn gradients(network: &Network, arrays: &Arrays) -> Concrete {
    let Forward { pre_activations, activations, loss } = forward(network, arrays);
    let input = &arrays[&*network.input.name];
    let head = head(network, arrays, &pre_activations, &activations);
    let mut at_activation = head.at_activation();
    let mut gradients = Arrays::with_capacity(4 * network.layers.len() + 1);
    for (index, layer) in network.layers.iter().enumerate().rev() {
        let below = index.checked_sub(1).map_or(input, |index| &activations[index]);
        let delta = if index + 1 == network.layers.len() {
            head.at_pre_activation()
        } else {
            activation::pull_back(layer.activation, &pre_activations[index], &activations[index], &at_activation)
        };
        let weight = layer.has_weight().then(|| below.t().dot(&delta));
        let bias = layer.has_bias().then(|| delta.sum_axis(Axis(0)).insert_axis(Axis(0)));
        let at_input =
            if layer.has_weight() { delta.dot(&arrays[&symbol("W", &layer.label)].t()) } else { delta.clone() };
        let at_output = mem::replace(&mut at_activation, at_input);
        for (letter, gradient) in [("A", Some(at_output)), ("Z", Some(delta)), ("b", bias), ("W", weight)] {
            gradients.extend(gradient.map(|gradient| (symbol(letter, &layer.label), gradient)));
        }
    }
    gradients.insert(network.input.name.to_string(), at_activation);
    gradients.reverse();
    Concrete { loss, gradients }
}

/// A W + 1 b, or A itself in a layer without parameters.
fn pre_activation(layer: &Layer, input: &Array2<f64>, arrays: &Arrays) -> Array2<f64> {
    if !layer.has_weight() {
        return input.clone();
    }
    let mut z = input.dot(&arrays[&symbol("W", &layer.label)]);
    if layer.has_bias() {
        z += &arrays[&symbol("b", &layer.label)];
    }
    z
}

/// What J is a function of, from the values of all layers.
fn head<'a>(network: &Network, arrays: &'a Arrays, z: &'a [Array2<f64>], a: &'a [Array2<f64>]) -> Head<'a> {
    let input = &arrays[&*network.input.name];
    Head {
        activation: network.layers.last().map_or(Activation::LINEAR, |layer| layer.activation),
        loss: network.loss,
        reduction: network.reduction,
        z: z.last().unwrap_or(input),
        a: a.last().unwrap_or(input),
        y: &arrays[&*network.target.name],
    }
}
