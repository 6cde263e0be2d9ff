//! The gates of all layers → of which gradients they are factors, and whether an activation's two gates are one.

use ndarray::Zip;
use serde::Serialize;

use super::trial::Base;
use crate::{
    catalog::Activation,
    evaluate::{eval::Environment, value::Value},
    expr::Op,
    gradient::form::gate,
    insight::{
        influence::{Factor, Reading},
        model::Model,
    },
};

/// Of which gradients the gates are factors. A linear activation has no gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GateFactors {
    /// Whether a gate enters anything: a hidden activation is not linear, or the last one follows the error.
    pub any: bool,
    /// Pairs of a gradient and the gate of its own or a later layer, where the gate is a factor.
    pub present: usize,
    /// Pairs where it is not, since it is the last layer's and the loss absorbs it.
    pub absorbed: usize,
    /// All other pairs.
    pub missing: usize,
    /// Pairs of a gradient and an earlier layer whose forward gate is a factor, with A written out down to the input.
    pub ahead: usize,
}

/// Reads the gates of all layers off the gradients.
pub fn factors(base: &Base, readings: &[Reading]) -> Option<GateFactors> {
    let model = base.model;
    let last = model.network.layers.len().checked_sub(1)?;
    let is_linear = |layer: usize| model.network.layers[layer].activation == Activation::LINEAR;
    let is_fused = model.layered.head().is_fused(&model.layered.forward.arena);
    let any = (0..=last).any(|layer| !is_linear(layer) && (layer < last || !is_fused));
    let mut found = GateFactors { any, ..GateFactors::default() };
    for (parameter, reading) in base.parameters.iter().zip(readings) {
        for layer in (0..=last).filter(|layer| !is_linear(*layer)) {
            let is_factor = reading.direct.contains(&Factor::Gate(layer));
            if layer < parameter.layer {
                found.ahead += usize::from(is_factor || reading.direct.contains(&Factor::ForwardGate(layer)));
            } else if is_factor {
                found.present += 1;
            } else if layer == last && is_fused {
                found.absorbed += 1;
            } else {
                found.missing += 1;
            }
        }
    }
    Some(found)
}

/// Whether the derivative gate of a layer is the forward gate, and by how much it is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GateDifference {
    /// The layer's label.
    pub layer: String,
    /// σ.
    pub activation: String,
    /// Whether σ(cz) = cσ(z) for c > 0, so that both are one.
    pub agree: bool,
    /// max|σ'(z) − σ(z)/z| over all z ≠ 0.
    pub largest: f64,
}

/// Compares the gates at these places. Softmax has a full matrix, which is no gate of a unit.
pub fn differences(base: &Base, layers: &[usize]) -> Vec<GateDifference> {
    let (product, dims) = (&base.model.product, base.evaluator.dims());
    let (arena, places) = (&product.forward.arena, base.model.places());
    let samples = base.inputs.get(&base.model.input()).map_or(0, ndarray::ArrayBase::nrows);
    let place = |symbol| places.get(arena.symbol(symbol).label.as_deref()?).copied();
    let compare = |gate: &gate::Gate| {
        let layer = place(gate.activation).filter(|layer| layers.contains(layer))?;
        let definition = product.forward.definitions.get(2 * layer + 1)?;
        let z = base.point.pre_activations.get(layer)?;
        let mut environment = Environment::new(arena, dims, samples);
        environment.bind(product.forward.definitions.get(2 * layer)?.symbol, Value::Array(z.clone()));
        let derivative = environment.array(gate.source).ok()?;
        let mut largest: f64 = 0.0;
        Zip::from(z).and(&base.point.activations[layer]).and(&derivative).for_each(|z, a, derivative| {
            if *z != 0.0 {
                largest = largest.max((derivative - a / z).abs());
            }
        });
        let of = &base.model.network.layers[layer];
        let agree = gate::agree(arena, *definition);
        Some(GateDifference { layer: of.label.to_string(), activation: of.activation.to_string(), agree, largest })
    };
    let is_entrywise = |gate: &&gate::Gate| matches!(arena.op(gate.value), Op::Diagonal(_));
    let gradient = Model::gradient(product);
    gradient.into_iter().flat_map(|gradient| &gradient.gates).filter(is_entrywise).filter_map(compare).collect()
}
