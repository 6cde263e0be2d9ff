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
