//! Samples doubled, left out, or with another target → what the batch and the error have to do with the gradients.

use ndarray::{Array2, Axis, Zip, concatenate};
use serde::Serialize;

use super::bench::{Bench, Found, Gradients, deviation, keep, ratio};
use crate::{
    catalog::loss::Reduction,
    evaluate::{
        eval::Environment,
        sweep::{Environment as _, Held, Inputs},
        value::Value,
    },
    gradient::form::gate,
    insight::model::{Model, Parameter},
};

/// How the error that the product begins with depends on Ŷ and Y.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ErrorOnly {
    /// max|E(Ŷ + t, Y + t) − E| / max|E|: 0 where only Ŷ − Y counts.
    pub shifted: f64,
    /// max|E(Y + 2(Ŷ − Y), Y) − 2E| / max|2E|: 0 where it counts linearly.
    pub doubled: f64,
    /// Whether the loss absorbs the last activation, so that no S_L follows.
    pub fused: bool,
}

/// What is added to Ŷ and Y: exact in binary, and small beside probabilities.
const SHIFT: f64 = 0.0625;

/// Evaluates the error for other predictions and targets.
#[must_use]
pub fn error_only(bench: &Bench) -> Option<ErrorOnly> {
    let layered = &bench.model.layered;
    let (arena, forward) = (&layered.forward.arena, &layered.forward);
    let error = layered.head.error(arena);
    let (y, prediction) = (bench.inputs.get(&*bench.model.network.target.name)?, bench.base.activations.last()?);
    let z = forward.definitions.iter().rev().nth(1)?.symbol;
    let at = |prediction: Array2<f64>, y: Array2<f64>| {
        let mut environment = bench.sweep.bound::<f64>(&bench.inputs).ok()?;
        environment.state(z, bench.base.pre_activations.last()?);
        environment.state(forward.prediction.symbol, &prediction.into_shared());
        environment.state(forward.target, &y.into_shared());
        environment.value(error).ok()
    };
    let (y, prediction) = (y.to_owned(), prediction.to_owned());
    let before = at(prediction.clone(), y.clone())?;
    let shifted = at(&prediction + SHIFT, &y + SHIFT)?;
    let doubled = at(&prediction * 2.0 - &y, y)?;
    Some(ErrorOnly {
        shifted: deviation(&shifted, &before),
        doubled: deviation(&doubled, &(before * 2.0)),
        fused: layered.head.is_fused(arena),
    })
}

/// What the gradients become when every sample is there twice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duplicated {
    /// How the loss is reduced.
    #[serde(serialize_with = "name")]
    pub reduction: Reduction,
    /// What they are multiplied by: 1 for a mean, 2 for a sum.
    pub factor: f64,
    /// The worst |g' − factor·g| / |factor·g|.
    pub worst: Option<Found>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn name<S: serde::Serializer>(reduction: &Reduction, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reduction_name(*reduction))
}

/// As the spec language writes it.
#[must_use]
pub fn reduction_name(reduction: Reduction) -> &'static str {
    Reduction::TABLE.iter().find(|(_, other)| *other == reduction).map_or("", |(name, _)| name)
}

/// Evaluates `model` on the samples and on the samples twice.
#[must_use]
pub fn duplicated(model: &Model, inputs: &Inputs<f64>, parameters: &[Parameter]) -> Option<Duplicated> {
    let samples = inputs.get(&model.input())?.nrows();
    let mut twice = inputs.clone();
    for name in [&model.network.input.name, &model.network.target.name] {
        let array = twice.get_mut(&**name)?;
        *array = concatenate(Axis(0), &[array.view(), array.view()]).ok()?.into_shared();
    }
    let wanted: Vec<_> = parameters.iter().map(|parameter| parameter.symbol).collect();
    let gradients = |inputs, samples| -> Option<Gradients> {
        let dims = model.batch(samples);
        let sweep = model.sweep(&dims)?;
        Some(sweep.at(inputs, &wanted, Held::Nothing, &[]).ok()?.gradients)
    };
    let (once, twice) = (gradients(inputs, samples)?, gradients(&twice, 2 * samples)?);
    let first = wanted.iter().find_map(|symbol| ratio(twice.get(symbol)?, once.get(symbol)?))?;
    let factor = if first > 1.5 { 2.0 } else { 1.0 };
    let mut worst = None;
    for parameter in parameters {
        let (once, twice) = (once.get(&parameter.symbol)?, twice.get(&parameter.symbol)?);
        keep(&mut worst, deviation(twice, &(once * factor)), "samples", &parameter.key);
    }
    Some(Duplicated { reduction: model.network.reduction, factor, worst })
}

/// The share of the entries of ∂J/∂W that are exactly 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Zeros {
    /// Samples.
    pub samples: usize,
    /// From 0 to 1.
    pub share: f64,
}

/// Over batches of 1, 2, 4, … of the first samples.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "arrays have less than 2⁵³ entries")]
pub fn zeros(bench: &Bench) -> Vec<Zeros> {
    let all = bench.inputs.get(&bench.model.input()).map_or(0, ndarray::ArrayBase::nrows);
    let weights = bench.parameters.iter().filter(|parameter| !parameter.is_bias);
    let weights: Vec<_> = weights.map(|parameter| parameter.symbol).collect();
    let sizes = std::iter::successors(Some(1), |samples| Some(2 * samples)).take_while(|samples| *samples <= all);
    let share = |samples: usize| {
        let dims = bench.model.batch(samples);
        let inputs = bench.model.first(&bench.inputs, samples);
        let point = bench.model.sweep(&dims)?.at(&inputs, &weights, Held::Nothing, &[]).ok()?;
        let entries: usize = point.gradients.values().map(Array2::len).sum();
        let zeros = point.gradients.values().flatten().filter(|entry| **entry == 0.0).count();
        Some(Zeros { samples, share: zeros as f64 / entries.max(1) as f64 })
    };
    sizes.filter_map(share).collect()
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

/// Compares the gates of the hidden layers at these places. Softmax has a full matrix, which is no gate of a unit.
#[must_use]
pub fn gates(bench: &Bench, layers: &[usize]) -> Vec<GateDifference> {
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
    let is_entrywise = |gate: &&gate::Gate| matches!(arena.op(gate.value), crate::expr::Op::Diagonal(_));
    let gradient = Model::gradient(product);
    gradient.into_iter().flat_map(|gradient| &gradient.gates).filter(is_entrywise).filter_map(compare).collect()
}
