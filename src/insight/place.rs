//! The layers of a subject → the names of their values, and which of them every path to the loss passes.

use std::collections::HashMap;

use super::Subject;
use crate::{
    evaluate::{Passes, arrays::symbol, eval::EvaluationError, scaled::Scaled},
    expr::{ExprId, SymbolId},
    gradient::Gradient,
    network::graph::{Layer, Network, Value},
};

/// A layer in the derivation.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Z, where there is one.
    pub pre_activation: Option<SymbolId>,
    /// A
    pub activation: SymbolId,
    /// ∂J/∂Z, or ∂J/∂A where there is no Z; none where J does not depend on it.
    pub adjoint: Option<ExprId>,
    /// Its W, each with its name.
    pub weights: Vec<(String, SymbolId)>,
}

impl Place {
    /// ∂J/∂Z or ∂J/∂A of the layer; none after an overflow.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn delta(&self, passes: &Passes) -> Result<Option<Scaled>, EvaluationError> {
        Ok(self.adjoint.map(|adjoint| passes.gradient(adjoint)).transpose()?.flatten())
    }
}

/// One place a layer, in their order.
pub fn places(subject: &Subject, gradient: &Gradient) -> Vec<Place> {
    let forward = &subject.layered.forward;
    let defined = forward.definitions.iter().map(|definition| definition.symbol);
    let symbols: HashMap<String, SymbolId> = defined
        .chain(forward.parameters.iter().copied())
        .map(|symbol| (forward.arena.symbol(symbol).key(), symbol))
        .collect();
    let place = |layer: &Layer| {
        let find = |letter: &str, label: &str| symbols.get(&symbol(letter, label)).copied();
        let (activation, pre_activation) = (find("A", &layer.label)?, find("Z", &layer.label));
        let sources = layer.sources.iter().filter(|_| layer.has_weight());
        let weights = sources.filter_map(|source| Some((symbol("W", &source.weight), find("W", &source.weight)?)));
        let adjoint = gradient.by(pre_activation.unwrap_or(activation)).map(|derivative| derivative.value);
        Some(Place { pre_activation, activation, adjoint, weights: weights.collect() })
    };
    subject.numbers.layers.iter().filter_map(place).collect()
}

/// The layers, with their places from 0, that no loss is put on.
pub fn hidden(network: &Network) -> impl Iterator<Item = (usize, &Layer)> {
    let is_last = |place| network.terms.iter().any(|term| term.prediction == Value::Layer(place));
    network.layers.iter().enumerate().filter(move |(place, _)| !is_last(*place))
}

/// The layers, from 0, that every path from an input to the first loss passes, and how many paths there are. The input is
/// the first that leads there.
///
/// Layers stand in the order of computation, so that a path goes round a layer if and only if one behind it takes in a value
/// from before it.
pub fn way(network: &Network) -> (Vec<usize>, f64) {
    let Value::Layer(last) = network.term().prediction else { return (Vec::new(), 1.0) };
    let sources = |layer: usize| network.layers[layer].sources.iter().map(|source| source.value);
    let mut leads = vec![false; last + 1];
    leads[last] = true;
    let mut start = usize::MAX;
    for layer in (0..=last).rev() {
        for source in sources(layer).filter(|_| leads[layer]).collect::<Vec<_>>() {
            match source {
                Value::Layer(below) => leads[below] = true,
                Value::Input(input) => start = start.min(input),
            }
        }
    }
    // Of each layer the paths to it, and the place behind the first value that it takes in.
    let mut paths = vec![0.0; last + 1];
    let mut first = vec![usize::MAX; last + 1];
    for layer in (0..=last).filter(|layer| leads[*layer]) {
        for source in sources(layer) {
            let (ways, behind) = match source {
                Value::Layer(below) => (paths[below], below + 1),
                Value::Input(input) => (f64::from(u8::from(input == start)), 0),
            };
            paths[layer] += ways;
            if ways > 0.0 {
                first[layer] = first[layer].min(behind);
            }
        }
    }
    let mut lowest = usize::MAX;
    let mut found = Vec::new();
    for layer in (0..=last).rev().filter(|layer| paths[*layer] > 0.0) {
        if lowest > layer {
            found.push(layer);
        }
        lowest = lowest.min(first[layer]);
    }
    found.reverse();
    (found, paths[last])
}
