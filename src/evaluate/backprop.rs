//! A bound network and its arrays → the loss and every gradient, by a forward and a reverse pass written by hand.
//!
//! This is the oracle of the symbolic path and shares no code with it: it has its own σ and σ', and walks the layers
//! instead of an expression. Samples are rows.

use std::ops::Range;

use ndarray::{Array2, Axis};

pub(super) use self::activation::Sigma;
use self::loss::{OutputLayer, through_classes};
use super::arrays::{Arrays, symbol};
use crate::network::graph::{Layer, Network, Term, Value};

mod activation;
pub(super) mod entrywise;
mod kinds;
mod logarithm;
mod loss;

/// The values of a forward pass, the first layer first.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Z of every layer, n × f; without parameters the layer's input; of a layer without a Z its A.
    pub pre_activations: Vec<Array2<f64>>,
    /// A of every layer, n × f.
    pub activations: Vec<Array2<f64>>,
    /// J.
    pub loss: f64,
}

/// The values of a reverse pass.
#[derive(Clone, Debug)]
pub struct Concrete {
    /// J.
    pub loss: f64,
    /// ∂J/∂X under the inputs' names, then for every layer ∂J/∂W, ∂J/∂s, ∂J/∂b, ∂J/∂α, ∂J/∂Z, ∂J/∂A under `W1`, `b1`, `Z1`, `A1`,
    /// `W_hidden`, …; each in the shape of its variable, and once where layers share it.
    pub gradients: Arrays,
}

/// Layer by layer Z = A W + 1 b with the A of the layers before, then A = σ(Z); at the end J.
///
/// # Panics
/// If `arrays` lacks an array of the network, or one has not the network's shape: `bindings::bind` makes sure of both.
#[must_use]
pub fn forward(network: &Network, arrays: &Arrays) -> Forward {
    let empty = Forward { pre_activations: Vec::new(), activations: Vec::new(), loss: 0.0 };
    forward_from(network, arrays, empty)
}

/// The rest of a forward pass of which some layers are done.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn forward_from(network: &Network, arrays: &Arrays, mut done: Forward) -> Forward {
    for layer in &network.layers[done.activations.len()..] {
        let values = values(network, arrays, &done.activations, layer);
        let z = kinds::apply(layer, &values, arrays);
        done.activations.push(activation::apply(Sigma::of(layer, arrays), &z));
        done.pre_activations.push(z);
    }
    done.loss = total(network, arrays, &done);
    done
}

/// Z and A of the last of `some` layers that follow one another, from what `before` them there is: X at 0, and behind it the A
/// of every layer.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn through<'a>(
    layers: &[Layer],
    some: Range<usize>,
    arrays: &Arrays,
    before: impl Fn(usize) -> &'a Array2<f64>,
) -> [Array2<f64>; 2] {
    let first = some.start;
    let mut found: Vec<Array2<f64>> = Vec::with_capacity(some.len());
    let mut last = Array2::default((0, 0));
    for layer in &layers[some] {
        let value = |value| match value {
            Value::Layer(layer) if layer >= first => &found[layer - first],
            Value::Layer(layer) => before(layer + 1),
            Value::Input(_) => before(0),
        };
        let values: Vec<&Array2<f64>> = layer.sources.iter().map(|source| value(source.value)).collect();
        last = kinds::apply(layer, &values, arrays);
        found.push(activation::apply(Sigma::of(layer, arrays), &last));
    }
    [last, found.pop().unwrap_or_default()]
}

/// J of a network with one loss from Z and A of the last layer.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn loss(network: &Network, arrays: &Arrays, z: &Array2<f64>, a: &Array2<f64>) -> f64 {
    let term = network.term();
    let activation = network.layers.last().map_or(Sigma::LINEAR, |layer| Sigma::of(layer, arrays));
    let y = arrays.get(&*term.target.name).unwrap_or(a);
    OutputLayer::new(term, activation, [z, a, y]).value()
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
/// ∂J/∂b = 1ᵀ Δ, and Δ Wᵀ is ∂J/∂A of the layer before, to which every layer that takes it adds.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn reverse(network: &Network, arrays: &Arrays, forward: &Forward) -> Concrete {
    let mut adjoints = Adjoints::new(network);
    for term in &network.terms {
        adjoints.begin(network, arrays, forward, term);
    }
    let mut gradients = handed_back(network, arrays, forward, adjoints);
    for (name, gradient) in penalties(network, arrays) {
        if let Some(so_far) = gradients.get_mut(&name) {
            *so_far += &gradient;
        }
    }
    Concrete { loss: forward.loss, gradients }
}

/// What of the errors of a loss enters the reverse pass.
#[derive(Clone, Debug)]
pub struct Errors {
    /// At Z of the prediction, if it has one.
    pub at_pre_activation: Array2<f64>,
    /// At the prediction.
    pub at_prediction: Array2<f64>,
    /// At the target, if that is a value of the network.
    pub at_target: Option<Array2<f64>>,
}

/// ∂/∂Z, ∂/∂Ŷ and ∂/∂Y of one loss, where its prediction and its target have the values of `forward`, whatever led to them.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn errors(network: &Network, arrays: &Arrays, forward: &Forward, term: &Term) -> Errors {
    let (head, weight) = (head(network, arrays, forward, term), weight(term));
    Errors {
        at_pre_activation: head.at_pre_activation() * weight,
        at_prediction: head.at_activation() * weight,
        at_target: term.target_value.map(|_| through_classes(&term.classes, head.at_target() * weight)),
    }
}

/// A of a layer, where its Z is this.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn activated(layer: &Layer, arrays: &Arrays, z: &Array2<f64>) -> Array2<f64> {
    activation::apply(Sigma::of(layer, arrays), z)
}

/// The reverse pass alone: what it makes of an array for each Z and of one for each value.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn reverse_from(
    network: &Network,
    arrays: &Arrays,
    forward: &Forward,
    at_pre_activations: Vec<(usize, Array2<f64>)>,
    at_values: Vec<(Value, Array2<f64>)>,
) -> Arrays {
    let mut adjoints = Adjoints::new(network);
    for (layer, error) in at_pre_activations {
        add(&mut adjoints.deltas[layer], error);
    }
    for (value, error) in at_values {
        adjoints.add(value, error);
    }
    handed_back(network, arrays, forward, adjoints)
}

/// The reverse pass from what has come in, without penalties.
fn handed_back(network: &Network, arrays: &Arrays, forward: &Forward, mut adjoints: Adjoints) -> Arrays {
    let mut own = Vec::with_capacity(network.layers.len());
    for (index, layer) in network.layers.iter().enumerate().rev() {
        let (z, a) = (&forward.pre_activations[index], &forward.activations[index]);
        let others = adjoints.at_layers[index].take();
        let through = others.as_ref().map(|others| activation::pull_back(Sigma::of(layer, arrays), z, a, others));
        let delta = sum(through, adjoints.deltas[index].take()).unwrap_or_else(|| Array2::zeros(z.dim()));
        let at_output = sum(others, adjoints.at_outputs[index].take()).unwrap_or_else(|| Array2::zeros(a.dim()));
        let values = values(network, arrays, &forward.activations, layer);
        let mut pulled = kinds::pull_back(layer, &values, arrays, &delta);
        if layer.has_slope() {
            pulled.parameters.push((symbol("alpha", &layer.owner), activation::by_slope(z, &at_output)));
        }
        for (source, gradient) in layer.sources.iter().zip(pulled.values) {
            adjoints.add(source.value, gradient);
        }
        own.push((layer, pulled.parameters, delta, at_output));
    }
    let mut gradients = Arrays::with_capacity(4 * network.layers.len() + 1);
    for (input, gradient) in network.inputs.iter().zip(adjoints.at_inputs) {
        let size = arrays[&*input.name].dim();
        gradients.insert(input.name.to_string(), gradient.unwrap_or_else(|| Array2::zeros(size)));
    }
    for (layer, parameters, delta, at_output) in own.into_iter().rev() {
        for (name, gradient) in parameters {
            let so_far = gradients.get(&name).cloned();
            gradients.extend(sum(so_far, Some(gradient)).map(|gradient| (name, gradient)));
        }
        if layer.has_pre_activation() {
            gradients.insert(symbol("Z", &layer.label), delta);
        }
        gradients.insert(symbol("A", &layer.label), at_output);
    }
    gradients
}

/// What has come in so far.
struct Adjoints {
    /// ∂J/∂A from the layers that take A, and from losses where A is no σ(Z).
    at_layers: Vec<Option<Array2<f64>>>,
    /// ∂J/∂Z from losses.
    deltas: Vec<Option<Array2<f64>>>,
    /// ∂J/∂A from the same losses.
    at_outputs: Vec<Option<Array2<f64>>>,
    at_inputs: Vec<Option<Array2<f64>>>,
}

impl Adjoints {
    fn new(network: &Network) -> Self {
        let none = || vec![None; network.layers.len()];
        Self { at_layers: none(), deltas: none(), at_outputs: none(), at_inputs: vec![None; network.inputs.len()] }
    }

    fn add(&mut self, value: Value, gradient: Array2<f64>) {
        add(
            match value {
                Value::Input(input) => &mut self.at_inputs[input],
                Value::Layer(layer) => &mut self.at_layers[layer],
            },
            gradient,
        );
    }

    /// What a loss gives to its prediction, and to its target where that is a value of the network.
    fn begin(&mut self, network: &Network, arrays: &Arrays, forward: &Forward, term: &Term) {
        let head = head(network, arrays, forward, term);
        let weight = weight(term);
        if let Some(target) = term.target_value {
            self.add(target, through_classes(&term.classes, head.at_target() * weight));
        }
        if let Value::Layer(layer) = term.prediction
            && network.layers[layer].has_pre_activation()
        {
            add(&mut self.deltas[layer], head.at_pre_activation() * weight);
            add(&mut self.at_outputs[layer], head.at_activation() * weight);
        } else {
            self.add(term.prediction, head.at_activation() * weight);
        }
    }
}

fn add(place: &mut Option<Array2<f64>>, gradient: Array2<f64>) {
    *place = sum(place.take(), Some(gradient));
}

fn sum(left: Option<Array2<f64>>, right: Option<Array2<f64>>) -> Option<Array2<f64>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, None) => left,
        (None, right) => right,
    }
}

/// The values that a layer takes in.
fn values<'a>(
    network: &Network,
    arrays: &'a Arrays,
    activations: &'a [Array2<f64>],
    layer: &Layer,
) -> Vec<&'a Array2<f64>> {
    layer.sources.iter().map(|source| value(network, arrays, activations, source.value)).collect()
}

fn value<'a>(network: &Network, arrays: &'a Arrays, activations: &'a [Array2<f64>], value: Value) -> &'a Array2<f64> {
    match value {
        Value::Input(input) => &arrays[&*network.inputs[input].name],
        Value::Layer(layer) => &activations[layer],
    }
}

/// The sum of all losses and penalties.
fn total(network: &Network, arrays: &Arrays, forward: &Forward) -> f64 {
    let losses = network.terms.iter().map(|term| head(network, arrays, forward, term).value() * weight(term));
    losses.chain(penalty_values(network, arrays)).sum()
}

fn penalty_values(network: &Network, arrays: &Arrays) -> impl Iterator<Item = f64> {
    network.penalties.iter().flat_map(move |penalty| {
        let (factor, squares) = (number(&penalty.factor), penalty.squares);
        let size = move |w: &Array2<f64>| w.iter().map(|w| if squares { w * w } else { w.abs() }).sum::<f64>();
        penalty.weights.iter().map(move |label| factor * size(&arrays[&symbol("W", label)]))
    })
}

/// ∂/∂W of the penalties.
fn penalties(network: &Network, arrays: &Arrays) -> Vec<(String, Array2<f64>)> {
    let mut found = Vec::new();
    for penalty in &network.penalties {
        let factor = number(&penalty.factor);
        for label in &penalty.weights {
            let name = symbol("W", label);
            let slope = |w: f64| if penalty.squares { 2.0 * w } else { entrywise::sign(w) };
            let gradient = arrays[&name].mapv(|w| factor * slope(w));
            found.push((name, gradient));
        }
    }
    found
}

/// The sum of the sizes of all that J adds up.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn loss_size(network: &Network, arrays: &Arrays, forward: &Forward) -> f64 {
    let losses = network.terms.iter().map(|term| head(network, arrays, forward, term).size() * weight(term));
    losses.chain(penalty_values(network, arrays)).sum()
}

/// A loss on the values of its prediction and its target.
fn head<'a>(network: &Network, arrays: &'a Arrays, forward: &'a Forward, term: &Term) -> OutputLayer<'a> {
    let of = |value_of: Value| value(network, arrays, &forward.activations, value_of);
    let a = of(term.prediction);
    let (activation, z) = match term.prediction {
        Value::Layer(layer) => (Sigma::of(&network.layers[layer], arrays), &forward.pre_activations[layer]),
        Value::Input(_) => (Sigma::LINEAR, a),
    };
    let y = match term.target_value {
        Some(target) => of(target),
        None => arrays.get(&*term.target.name).unwrap_or(a),
    };
    OutputLayer::new(term, activation, [z, a, y])
}

fn weight(term: &Term) -> f64 {
    number(&term.weight)
}

/// A factor of a spec, which has no dimensions.
#[allow(clippy::cast_precision_loss, reason = "factors have at most 15 digits")]
pub(super) fn number(factor: &crate::expr::Scalar) -> f64 {
    let ratio = factor.coefficient();
    *ratio.numer() as f64 / *ratio.denom() as f64
}

/// 1ᵀ Δ: the sum over samples, a row.
fn over_samples(delta: &Array2<f64>) -> Array2<f64> {
    delta.sum_axis(Axis(0)).insert_axis(Axis(0))
}
