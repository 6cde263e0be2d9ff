//! The gates of all layers → of which gradients they are factors, and whether an activation's two gates are one.

use ndarray::Zip;
use serde::Serialize;

use super::bench::Bench;
use crate::{
    catalog::activation::Activation,
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
    /// Pairs of a hidden layer's gate and a gradient, where D = 0 for the whole layer changed the gradient just where it is
    /// read as a factor, and all pairs. Gradients that are 0 as they are tell nothing.
    pub seen: [usize; 2],
}

/// Reads the gates of all layers off the gradients, and sets those of `layers` to 0.
#[must_use]
pub fn factors(bench: &Bench, layers: &[usize], readings: &[Reading]) -> Option<GateFactors> {
    let model = bench.model;
    let last = model.network.layers.len().checked_sub(1)?;
    let is_linear = |layer: usize| model.network.layers[layer].activation == Activation::LINEAR;
    let is_fused = model.layered.head.is_fused(&model.layered.forward.arena);
    let any = (0..=last).any(|layer| !is_linear(layer) && (layer < last || !is_fused));
    let mut found = GateFactors { any, ..GateFactors::default() };
    for (parameter, reading) in bench.parameters.iter().zip(readings) {
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
    for layer in layers.iter().copied().filter(|layer| *layer < last && !is_linear(*layer)) {
        let after = bench.without_gate(layer)?;
        for (parameter, reading) in bench.parameters.iter().zip(readings) {
            let before = bench.held.get(&parameter.symbol)?;
            if before.iter().all(|entry| *entry == 0.0) {
                continue;
            }
            let changed = after.get(&parameter.symbol) != Some(before);
            let is_factor = parameter.layer <= layer && reading.direct.contains(&Factor::Gate(layer));
            found.seen[0] += usize::from(changed == is_factor);
            found.seen[1] += 1;
        }
    }
    Some(found)
}

/// Whether the derivative gate of a layer is the forward gate, and by how much it is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[must_use]
pub fn differences(bench: &Bench, layers: &[usize]) -> Vec<GateDifference> {
    let (product, dims) = (&bench.model.product, bench.sweep.dims());
    let (arena, places) = (&product.forward.arena, bench.model.places());
    let samples = bench.inputs.get(&bench.model.input()).map_or(0, ndarray::ArrayBase::nrows);
    let place = |symbol| places.get(arena.symbol(symbol).label.as_deref()?).copied();
    let compare = |gate: &gate::Gate| {
        let layer = place(gate.activation).filter(|layer| layers.contains(layer))?;
        let definition = product.forward.definitions.get(2 * layer + 1)?;
        let z = bench.base.pre_activations.get(layer)?;
        let mut environment = Environment::new(arena, dims, samples);
        environment.bind(product.forward.definitions.get(2 * layer)?.symbol, Value::Array(z.clone()));
        let derivative = environment.array(gate.source).ok()?;
        let mut largest: f64 = 0.0;
        Zip::from(z).and(&bench.base.activations[layer]).and(&derivative).for_each(|z, a, derivative| {
            if *z != 0.0 {
                largest = largest.max((derivative - a / z).abs());
            }
        });
        let of = &bench.model.network.layers[layer];
        let agree = gate::agree(arena, *definition);
        Some(GateDifference { layer: of.label.to_string(), activation: of.activation.to_string(), agree, largest })
    };
    let is_entrywise = |gate: &&gate::Gate| matches!(arena.op(gate.value), Op::Diagonal(_));
    let gradient = Model::gradient(product);
    gradient.into_iter().flat_map(|gradient| &gradient.gates).filter(is_entrywise).filter_map(compare).collect()
}
