//! Biases moved up and down → activation rate and gradient, one beside the other.
//!
//! Moving every hidden bias by the same multiple of the rms of its layer's Z changes the share of active units, and with it A, Ŷ
//! and the error; the gradient that results is measured with everything following, and with the error held.

use ndarray::Array2;
use serde::Serialize;

use super::SAMPLES;
use crate::{
    catalog::Activation,
    evaluate::{
        EvaluationError, Evaluator, Inputs, Passes,
        arrays::symbol,
        scaled::{passes, passes_below},
    },
    expr::Function,
    gradient::form::layered::argument,
    insight::{
        Magnitude, Subject,
        gates::gates,
        place::{Place, hidden},
        size::float,
    },
    network::graph::Layer,
};

/// By how many rms of Z the biases are moved.
const MOVES: [f64; 6] = [1.0, 0.5, 0.0, -0.5, -1.0, -2.0];

/// Rates that are no further apart say nothing of activity.
const APART: f64 = 0.05;

/// What one move does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Move {
    /// Multiples of the rms of Z.
    pub by: f64,
    /// The share of hidden units × samples with σ' ≠ 0, of layers that can be inactive.
    pub active: f64,
    /// ‖all ∂J/∂W‖ ÷ the same without a move, everything following.
    #[serde(rename = "log10_gradient")]
    pub gradient: Option<Magnitude>,
    /// The same with Δ_L as it is without a move; none where the network has no Δ that is an error alone.
    #[serde(rename = "log10_gradient_held")]
    pub held: Option<Magnitude>,
}

impl Move {
    fn gradient(&self, error: Error) -> Option<Magnitude> {
        match error {
            Error::Follows => self.gradient,
            Error::Held => self.held,
        }
    }
}

/// What happens to Δ_L while biases move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It follows.
    Follows,
    /// It stays as it is.
    Held,
}

/// The gradient by the activation rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Activity {
    /// Samples that were used.
    pub samples: usize,
    /// The most active first.
    pub moves: Vec<Move>,
}

impl Activity {
    /// Whether there are two moves to compare, and fewer active units always came with a smaller gradient, or with none.
    pub fn is_monotone(&self, error: Error) -> bool {
        self.pairs(error).next().is_some() && self.counterexample(error).is_none()
    }

    /// Fewer active units and no smaller gradient: the pair whose gradient grows most, the more active move first. From 0
    /// a gradient cannot fall.
    pub fn counterexample(&self, error: Error) -> Option<[Move; 2]> {
        let growth = |[more, fewer]: &[Move; 2]| {
            let (before, after) = (more.gradient(error)?, fewer.gradient(error)?);
            if after.is_zero() { None } else { after.over(before).map_or(Some(f64::INFINITY), |by| Some(by.log10())) }
        };
        let pairs = self.pairs(error);
        let grown = pairs.filter_map(|pair| Some((growth(&pair)?, pair))).filter(|(growth, _)| *growth >= 0.0);
        grown.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, pair)| pair)
    }

    /// The moves that say most: those that speak against it, or those furthest apart and among these the least moved.
    pub fn telling(&self, error: Error) -> Option<[Move; 2]> {
        let apart = |[more, fewer]: &[Move; 2]| (more.active - fewer.active, -more.by.abs() - fewer.by.abs());
        let furthest = |a: &[Move; 2], b: &[Move; 2]| {
            let (a, b) = (apart(a), apart(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        };
        self.counterexample(error).or_else(|| self.pairs(error).max_by(furthest))
    }

    /// All pairs of moves with a gradient whose rates differ by more than [`APART`], the more active first.
    pub fn pairs(&self, error: Error) -> impl Iterator<Item = [Move; 2]> + '_ {
        let known = move || self.moves.iter().filter(move |found| found.gradient(error).is_some());
        let pairs = known().flat_map(move |more| known().map(move |fewer| [*more, *fewer]));
        pairs.filter(|[more, fewer]| more.active - fewer.active > APART)
    }
}

/// Moves all biases of hidden layers whose units can be inactive; `None` if there is no such layer.
///
/// # Errors
/// An array or a dimension is missing.
pub fn activity(subject: &Subject, evaluator: Evaluator<'_>) -> Result<Option<Activity>, EvaluationError> {
    let moved: Vec<(usize, &Layer)> = hidden(&subject.numbers).filter(|(_, layer)| can_be_inactive(layer)).collect();
    if moved.is_empty() {
        return Ok(None);
    }
    let samples = subject.samples().min(SAMPLES);
    let mut inputs = subject.inputs();
    inputs.extend(subject.first(samples).into_iter().map(|(name, array)| (name, array.into_shared())));
    let base = passes(evaluator, &inputs)?;
    // Without a Z to measure moves by, or without an error, there is nothing to compare.
    let places = subject.places();
    let (Some(scales), Some(reference)) = (scales(&base, &places, &moved), total(subject, &base)?) else {
        return Ok(Some(Activity { samples, moves: Vec::new() }));
    };
    let forward = evaluator.forward();
    let can_hold = forward.outputs.iter().all(|output| argument(&forward.arena, output.prediction).is_some());
    let by_reference = |passes: &Passes| Ok(total(subject, passes)?.and_then(|after| after.over(reference)));
    let mut found = Vec::new();
    for by in MOVES {
        let inputs = shifted(&inputs, &moved, &scales, by);
        let following = passes(evaluator, &inputs)?;
        let Some(active) = rate(subject, &places, &following, &moved) else { continue };
        let held =
            can_hold.then(|| by_reference(&passes_below(evaluator, &inputs, Some(&base))?)).transpose()?.flatten();
        found.push(Move { by, active, gradient: by_reference(&following)?, held });
    }
    Ok(Some(Activity { samples, moves: found }))
}

/// Whether σ' is 0 for negative z, and there is a bias to make it negative.
fn can_be_inactive(layer: &Layer) -> bool {
    let is_relu = match layer.activation {
        Activation::Entrywise(Function::Relu | Function::Relu6) => true,
        // Without a slope below 0 they are relu.
        Activation::Entrywise(Function::LeakyRelu(below) | Function::Elu(below)) => below.value() == 0.0,
        Activation::Entrywise(_) | Activation::Softmax | Activation::LogSoftmax | Activation::Prelu => false,
    };
    layer.has_bias() && is_relu
}

/// rms(Z) of each layer that is moved; none if one is no float.
fn scales(base: &Passes, places: &[Place], moved: &[(usize, &Layer)]) -> Option<Vec<f64>> {
    let scale = |(place, _): &(usize, &Layer)| {
        let scale = Magnitude::root_mean_square(base.get(places[*place].pre_activation?)?).value();
        (scale.is_finite() && scale > 0.0).then_some(scale)
    };
    moved.iter().map(scale).collect()
}

fn shifted(inputs: &Inputs<f64>, moved: &[(usize, &Layer)], scales: &[f64], by: f64) -> Inputs<f64> {
    let mut inputs = inputs.clone();
    for ((_, layer), scale) in moved.iter().zip(scales) {
        if let Some(bias) = inputs.get_mut(&symbol("b", &layer.owner)) {
            *bias = bias.mapv(|b| b + by * scale).into_shared();
        }
    }
    inputs
}

fn rate(subject: &Subject, places: &[Place], passes: &Passes, moved: &[(usize, &Layer)]) -> Option<f64> {
    let (mut active, mut all) = (0_usize, 0_usize);
    for (place, gate) in gates(subject, places, passes).enumerate() {
        if moved.iter().any(|(moved, _)| *moved == place) {
            let gate: Array2<f64> = gate?;
            active += gate.iter().filter(|entry| **entry != 0.0).count();
            all += gate.len();
        }
    }
    Some(float(active) / float(all))
}

/// √(Σ ‖∂J/∂W_l‖²); none after an overflow.
fn total(subject: &Subject, passes: &Passes) -> Result<Option<Magnitude>, EvaluationError> {
    let mut norms = Vec::new();
    for derivative in subject.weights().into_iter().filter_map(|weight| passes.evaluator.gradient().by(weight)) {
        norms.extend(passes.gradient(derivative.value)?.as_ref().map(Magnitude::norm));
    }
    Ok((!norms.is_empty()).then(|| Magnitude::together(&norms)))
}
