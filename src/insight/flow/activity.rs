//! Biases moved up and down → activation rate and gradient, one beside the other.
//!
//! Moving every hidden bias by the same multiple of the rms of its layer's Z changes the share of active units and nothing
//! else that is chosen; the gradient that results is measured.

use ndarray::Array2;
use serde::Serialize;

use super::comparison::SAMPLES;
use crate::{
    catalog::activation::Activation,
    evaluate::{
        arrays::symbol,
        eval::EvaluationError,
        scaled::{Passes, Scaled, passes},
        sweep::{Inputs, Sweep},
    },
    expr::Function,
    insight::{Magnitude, Subject, gates::gates},
    network::graph::Layer,
};

/// By how many rms of Z the biases are moved.
const MOVES: [f64; 6] = [1.0, 0.5, 0.0, -0.5, -1.0, -2.0];

/// What one move does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Move {
    /// Multiples of the rms of Z.
    pub by: f64,
    /// The share of hidden units × samples with σ' ≠ 0, of layers that can be inactive.
    pub active: f64,
    /// ‖all ∂J/∂W‖ ÷ the same without a move.
    #[serde(rename = "log10_gradient")]
    pub gradient: Option<Magnitude>,
}

/// The gradient by the activation rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Activity {
    /// Samples that were used.
    pub samples: usize,
    /// The most active first.
    pub moves: Vec<Move>,
}

impl Activity {
    /// Whether there are two moves to compare, and fewer active units always came with a smaller gradient, or with none.
    #[must_use]
    pub fn is_monotone(&self) -> bool {
        self.pairs().next().is_some() && self.counterexample().is_none()
    }

    /// Fewer active units and no smaller gradient: the pair whose gradient grows most, the more active move first. From 0
    /// a gradient cannot fall.
    #[must_use]
    pub fn counterexample(&self) -> Option<[Move; 2]> {
        let growth = |[more, fewer]: &[Move; 2]| {
            let (before, after) = (more.gradient?, fewer.gradient?);
            if after.is_zero() { None } else { after.over(before).map_or(Some(f64::INFINITY), |by| Some(by.log10())) }
        };
        let grown = self.pairs().filter_map(|pair| Some((growth(&pair)?, pair))).filter(|(growth, _)| *growth >= 0.0);
        grown.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, pair)| pair)
    }

    /// All pairs of moves with a gradient, the more active first.
    pub fn pairs(&self) -> impl Iterator<Item = [Move; 2]> + '_ {
        let known = || self.moves.iter().filter(|found| found.gradient.is_some());
        known().flat_map(move |more| known().filter(|fewer| fewer.active < more.active).map(|fewer| [*more, *fewer]))
    }
}

/// Moves all biases of hidden layers whose units can be inactive; `None` if there is no such layer.
///
/// # Errors
/// An array or a dimension is missing.
pub fn activity(subject: &Subject, sweep: Sweep<'_>) -> Result<Option<Activity>, EvaluationError> {
    let hidden = subject.numbers.layers.len().saturating_sub(1);
    let moved: Vec<(usize, &Layer)> =
        subject.numbers.layers.iter().enumerate().take(hidden).filter(|(_, layer)| can_sleep(layer)).collect();
    if moved.is_empty() {
        return Ok(None);
    }
    let samples = subject.samples().min(SAMPLES);
    let mut inputs = subject.inputs();
    inputs.extend(subject.first(samples).into_iter().map(|(name, array)| (name, array.into_shared())));
    let wanted = super::layers::weights(subject);
    let base = passes(sweep, &inputs, &wanted)?;
    let Some(scales) = scales(&base, &moved) else { return Ok(None) };
    let reference = total(&base);
    let mut found = Vec::new();
    for by in MOVES {
        let passes = passes(sweep, &shifted(&inputs, &moved, &scales, by), &wanted)?;
        let active = rate(subject, &passes, &moved);
        let Some(active) = active else { continue };
        let gradient = reference.zip(total(&passes)).and_then(|(reference, total)| total.over(reference));
        found.push(Move { by, active, gradient });
    }
    Ok(Some(Activity { samples, moves: found }))
}

/// Whether σ' is 0 for negative z, and there is a bias to make it negative.
fn can_sleep(layer: &Layer) -> bool {
    layer.has_bias() && matches!(layer.activation, Activation::Entrywise(Function::Relu | Function::Relu6))
}

/// rms(Z) of each layer that is moved; none if one is no float.
fn scales(base: &Passes, moved: &[(usize, &Layer)]) -> Option<Vec<f64>> {
    let scale = |(place, _): &(usize, &Layer)| {
        let scale = base.pre_activations.get(*place).map(Magnitude::root_mean_square)?.value();
        (scale.is_finite() && scale > 0.0).then_some(scale)
    };
    moved.iter().map(scale).collect()
}

fn shifted(inputs: &Inputs<f64>, moved: &[(usize, &Layer)], scales: &[f64], by: f64) -> Inputs<f64> {
    let mut inputs = inputs.clone();
    for ((_, layer), scale) in moved.iter().zip(scales) {
        if let Some(bias) = inputs.get_mut(&symbol("b", &layer.label)) {
            *bias = bias.mapv(|b| b + by * scale).into_shared();
        }
    }
    inputs
}

#[allow(clippy::cast_precision_loss, reason = "arrays are below 2⁵³")]
fn rate(subject: &Subject, passes: &Passes, moved: &[(usize, &Layer)]) -> Option<f64> {
    let (mut active, mut all) = (0_usize, 0_usize);
    for (place, gate) in gates(subject, passes).enumerate() {
        if moved.iter().any(|(moved, _)| *moved == place) {
            let gate: Array2<f64> = gate?;
            active += gate.iter().filter(|entry| **entry != 0.0).count();
            all += gate.len();
        }
    }
    Some(active as f64 / all as f64)
}

/// √(Σ ‖∂J/∂W_l‖²); none after an overflow.
fn total(passes: &Passes) -> Option<Magnitude> {
    let norms: Vec<Magnitude> = passes.gradients.values().map(|gradient: &Scaled| Magnitude::norm(gradient)).collect();
    let largest = norms.iter().copied().fold(Magnitude::of(0.0), |a, b| if b > a { b } else { a });
    let squares: f64 = norms.iter().filter_map(|norm| norm.over(largest)).map(|share| share.value().powi(2)).sum();
    (!norms.is_empty()).then(|| if squares > 0.0 { largest * Magnitude::of(squares.sqrt()) } else { largest })
}
