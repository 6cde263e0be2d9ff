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
    let (z, a) = (pre_activations.last().unwrap_or(input), activations.last().unwrap_or(input));
    let loss = loss(network, arrays, z, a);
    Forward { pre_activations, activations, loss }
}

/// Z and A of the last of some `layers` that follow one another, from the A of the layer before them.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn through(layers: &[Layer], arrays: &Arrays, input: &Array2<f64>) -> [Array2<f64>; 2] {
    let mut last = [Array2::default((0, 0)), input.clone()];
    for layer in layers {
        let z = pre_activation(layer, &last[1], arrays);
        let a = activation::apply(layer.activation, &z);
        last = [z, a];
    }
    last
}

/// J from Z and A of the last layer.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn loss(network: &Network, arrays: &Arrays, z: &Array2<f64>, a: &Array2<f64>) -> f64 {
    head(network, arrays, z, a).value()
}

/// [`forward`], then [`reverse`].
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn gradients(network: &Network, arrays: &Arrays) -> Concrete {
    reverse(network, arrays, &forward(network, arrays))
}

/// J and ∂J/∂ every X, W, b, Z, A from the values of the forward pass:
///
/// from the last layer down Δ = ∂J/∂Z is ∂J/∂A taken through σ, ∂J/∂W = Aᵀ Δ with the A of the layer before,
/// ∂J/∂b = 1ᵀ Δ, and Δ Wᵀ is ∂J/∂A of the layer before.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn reverse(network: &Network, arrays: &Arrays, forward: &Forward) -> Concrete {
    let Forward { pre_activations, activations, loss } = forward;
    let input = &arrays[&*network.input.name];
    let (z, a) = (pre_activations.last().unwrap_or(input), activations.last().unwrap_or(input));
    let head = head(network, arrays, z, a);
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
    Concrete { loss: *loss, gradients }
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

/// What J is a function of, from Z and A of the last layer.
fn head<'a>(network: &Network, arrays: &'a Arrays, z: &'a Array2<f64>, a: &'a Array2<f64>) -> Head<'a> {
    Head {
        activation: network.layers.last().map_or(Activation::LINEAR, |layer| layer.activation),
        loss: network.loss,
        reduction: network.reduction,
        z,
        a,
        y: &arrays[&*network.target.name],
    }
}
