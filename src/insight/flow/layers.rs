//! Rms of A, Δ and ∂J/∂W layer by layer, the gain of each step down, and the two predictions of it.

use ndarray::Array2;
use serde::{Serialize, Serializer};

use super::Thresholds;
use crate::{
    catalog::Activation,
    evaluate::{Passes, arrays::symbol, scaled::Overflow},
    insight::{
        Magnitude, Subject,
        gates::{gates, open},
        size::{self, float},
        summary::Verdict,
    },
    network::graph,
};

/// One layer. What cannot be known is missing: after an overflow, or of a layer without W.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layer {
    /// Its number or name.
    pub label: String,
    /// f_l
    pub units: usize,
    /// rms(A_l)
    #[serde(rename = "log10_rms_activation")]
    pub activation: Option<Magnitude>,
    /// rms(Δ_l)
    #[serde(rename = "log10_rms_adjoint")]
    pub adjoint: Option<Magnitude>,
    /// rms(Δ_l)/rms(Δ_L)
    #[serde(rename = "log10_share_of_last")]
    pub share: Option<Magnitude>,
    /// rms(∂J/∂W_l)
    #[serde(rename = "log10_rms_gradient")]
    pub gradient: Option<Magnitude>,
    /// ‖∂J/∂W_l‖/‖W_l‖
    #[serde(rename = "log10_gradient_over_weight")]
    pub relative: Option<Magnitude>,
    /// rms(Δ_{l−1})/rms(Δ_l)
    #[serde(rename = "log10_gain")]
    pub gain: Option<Magnitude>,
    /// √f_l · rms(W_l) · rms(σ'_{l−1}): what the gain is for independent weights of mean 0.
    pub predicted_gain: Option<f64>,
    /// rms(W_l)
    pub weight: Option<f64>,
    /// The rms of σ'(Z_l); none of softmax.
    pub slope: Option<f64>,
    /// The mean entry of W_l.
    pub mean_weight: Option<f64>,
    /// The share of units × samples of this layer with σ' ≠ 0; none of softmax, whose gate is no diagonal.
    pub active: Option<f64>,
}

/// All steps from Δ_L down to Δ_1 together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Steps {
    /// How many there are.
    pub count: usize,
    /// rms(Δ_1)/rms(Δ_L)
    #[serde(rename = "log10_measured")]
    pub measured: Option<Magnitude>,
    /// The product of the predicted gains.
    #[serde(rename = "log10_predicted")]
    pub predicted: Option<Magnitude>,
}

/// (mean weight × activation rate)ᴸ
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Mnemonic {
    /// The mean of all entries of all W.
    pub mean_weight: f64,
    /// The activation rate of all layers with a gate, by entries.
    pub active: f64,
    /// L: the layers with a W.
    pub depth: usize,
    /// |mean weight × activation rate|ᴸ
    #[serde(rename = "log10_value")]
    pub value: Magnitude,
    /// How many W lie between Δ_L and Δ_1: all but the first layer's.
    pub steps: usize,
    /// ∏_{l ≥ 2} |mean of W_l × activation rate of layer l − 1|: what is like rms(Δ_1)/rms(Δ_L).
    #[serde(rename = "log10_over_steps")]
    pub over_steps: Magnitude,
}

/// Why Δ_L = ∂J/∂A_L ∘ σ'(Z_L) is 0 in all entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// σ' is nowhere 0, or Δ_L is a multiple of Ŷ − Y: the error is 0.
    Error,
    /// σ' is 0 everywhere.
    Gates,
    /// σ' is 0 in some entries, and the error in all others.
    Each,
    /// One of the two; σ' is not known for each entry.
    Unknown,
}

/// What flows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Flow {
    /// Samples in the batch.
    pub samples: usize,
    /// When a layer vanishes or explodes.
    pub thresholds: Thresholds,
    /// From the first to the last.
    pub layers: Vec<Layer>,
    /// From the last layer down to the first.
    pub steps: Steps,
    /// The rule of thumb.
    pub mnemonic: Option<Mnemonic>,
    /// Where Δ_L is 0: why.
    pub stop: Option<Stop>,
    /// The first layer on the way down whose Δ is 0 since the terms of all its entries cancel.
    pub cancels: Option<String>,
    /// The first value that is no float any more.
    pub overflow: Option<Overflowed>,
}

/// A value after which nothing, and no gradient, has a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Overflowed {
    /// Z, A or Δ.
    #[serde(serialize_with = "letter")]
    pub value: Overflow,
    /// The layer's number or name.
    pub layer: String,
}

impl Overflowed {
    fn new(value: Overflow, layers: &[Layer]) -> Self {
        let (Overflow::PreActivation(place) | Overflow::Activation(place) | Overflow::Adjoint(place)) = value;
        Self { value, layer: layers.get(place).map(|layer| layer.label.clone()).unwrap_or_default() }
    }
}

/// As users type it.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn letter<S: Serializer>(value: &Overflow, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match value {
        Overflow::PreActivation(_) => "Z",
        Overflow::Activation(_) => "A",
        Overflow::Adjoint(_) => "Delta",
    })
}

impl Flow {
    /// The layers, from 0, whose Δ is judged so.
    pub fn with(&self, verdict: Verdict) -> Vec<usize> {
        let has = |layer: &Layer| layer.share.is_some_and(|share| self.thresholds.verdict(share) == verdict);
        (0..self.layers.len()).filter(|layer| has(&self.layers[*layer])).collect()
    }

    /// What a step down multiplies rms(Δ) by, in the geometric mean.
    pub fn each(&self) -> Option<Magnitude> {
        let measured = self.steps.measured.filter(|_| self.steps.count > 0)?;
        Some(measured.power(1.0 / float(self.steps.count)))
    }

    /// The mean entry of W_l times the activation rate of the layer before, which is 1 of the input and of a softmax. A layer
    /// without W passes on that rate alone; none if it is the first.
    pub fn mnemonic_of(&self, place: usize) -> Option<f64> {
        mnemonic_of(&self.layers, place)
    }
}

impl Thresholds {
    /// What a multiple of the last layer's Δ is called.
    pub fn verdict(&self, share: Magnitude) -> Verdict {
        match share {
            _ if share < Magnitude::of(self.vanishing) => Verdict::Vanishing,
            _ if share > Magnitude::of(self.exploding) => Verdict::Exploding,
            _ => Verdict::Fine,
        }
    }
}

/// What flows at the point whose passes are given, with the gradients by [`Subject::weights`].
pub fn flow(subject: &Subject, passes: &Passes, thresholds: Thresholds) -> Flow {
    let activations = subject.numbers.layers.iter().map(|layer| layer.activation);
    let moments: Vec<Option<Moments>> = gates(subject, passes)
        .zip(activations)
        .map(|(gate, activation)| Some(Moments::of(&gate?, activation)))
        .collect();
    let adjoints: Vec<Magnitude> = passes.adjoints.iter().map(Magnitude::root_mean_square).collect();
    let mut gradients = passes.gradients.values();
    let layer = |(place, layer): (usize, &graph::Layer)| {
        let weight = subject.arrays.get(&symbol("W", &layer.label)).filter(|_| layer.has_weight());
        let gradient = weight.and_then(|_| gradients.next());
        let below = place.checked_sub(1);
        let adjoint = adjoints.get(place).copied();
        let size = weight.map(size::root_mean_square);
        let slope = |place: usize| moments.get(place)?.map(|gate| gate.square.sqrt());
        let units = layer.output.as_number().and_then(|units| usize::try_from(units).ok()).unwrap_or(0);
        Layer {
            label: layer.label.to_string(),
            units,
            activation: passes.activations.get(place).map(Magnitude::root_mean_square),
            adjoint,
            share: adjoint.zip(adjoints.last()).and_then(|(adjoint, last)| adjoint.over(*last)),
            gradient: gradient.map(Magnitude::root_mean_square),
            relative: gradient
                .zip(weight)
                .and_then(|(gradient, weight)| Magnitude::norm(gradient).over(frobenius(weight))),
            gain: below.and_then(|below| adjoints.get(below)?.over(adjoint?)),
            predicted_gain: below.and_then(slope).map(|slope| size.map_or(1.0, |w| w * float(units).sqrt()) * slope),
            weight: size,
            slope: slope(place),
            mean_weight: weight.map(mean),
            active: moments.get(place).copied().flatten().map(|moments| moments.active),
        }
    };
    let layers: Vec<Layer> = subject.numbers.layers.iter().enumerate().map(layer).collect();
    let steps = steps(&layers);
    let mnemonic = mnemonic(&layers, subject);
    let is_zero = adjoints.last().is_some_and(|last| last.is_zero());
    let stop = is_zero.then(|| stop(subject, moments.last().copied().flatten()));
    let overflow = passes.overflow.map(|value| Overflowed::new(value, &layers));
    let cancels = passes.cancelled.and_then(|place| layers.get(place)).map(|layer| layer.label.clone());
    Flow { samples: subject.samples(), thresholds, layers, steps, mnemonic, stop, cancels, overflow }
}

/// By the share of σ'(Z_L) that is not 0 in floats.
fn stop(subject: &Subject, last: Option<Moments>) -> Stop {
    match last.map(|moments| moments.not_zero) {
        _ if subject.layered.head().is_fused(&subject.layered.forward.arena) => Stop::Error,
        Some(1.0) => Stop::Error,
        Some(0.0) => Stop::Gates,
        Some(_) => Stop::Each,
        None => Stop::Unknown,
    }
}

/// What the entries of σ' amount to.
#[derive(Clone, Copy)]
struct Moments {
    /// E[σ'²]
    square: f64,
    /// The share that is open.
    active: f64,
    /// The share that is not 0.
    not_zero: f64,
}

impl Moments {
    fn of(gate: &Array2<f64>, activation: Activation) -> Self {
        let entries = float(gate.len()).max(1.0);
        let not_zero = gate.iter().filter(|entry| **entry != 0.0).count();
        Self {
            square: gate.iter().map(|entry| entry * entry).sum::<f64>() / entries,
            active: float(open(activation, gate)) / entries,
            not_zero: float(not_zero) / entries,
        }
    }
}

fn steps(layers: &[Layer]) -> Steps {
    let mut predicted = layers.iter().skip(1).map(|layer| layer.predicted_gain.map(Magnitude::of));
    let predicted = predicted.try_fold(Magnitude::ONE, |product, gain| Some(product * gain?));
    Steps {
        count: layers.len().saturating_sub(1),
        measured: layers.first().and_then(|first| first.share),
        predicted: predicted.filter(|_| layers.len() > 1),
    }
}

fn mnemonic(layers: &[Layer], subject: &Subject) -> Option<Mnemonic> {
    let weighted = || subject.numbers.layers.iter().zip(layers).filter(|(layer, _)| layer.has_weight());
    let size = |layer: &graph::Layer| subject.arrays.get(&symbol("W", &layer.label)).map_or(0, Array2::len);
    let entries: usize = weighted().map(|(layer, _)| size(layer)).sum();
    let sums = weighted().filter_map(|(layer, of)| Some(of.mean_weight? * float(size(layer)) / float(entries)));
    let mean_weight: f64 = sums.sum();
    let gated: Vec<(f64, f64)> = layers.iter().filter_map(|layer| Some((layer.active?, float(layer.units)))).collect();
    let units: f64 = gated.iter().map(|(_, units)| units).sum();
    let active =
        if units > 0.0 { gated.iter().map(|(active, units)| active * units).sum::<f64>() / units } else { 1.0 };
    let depth = weighted().count();
    let steps = layers.iter().skip(1).filter(|layer| layer.mean_weight.is_some()).count();
    let each = (1..layers.len()).filter_map(|place| mnemonic_of(layers, place));
    let over_steps = each.map(Magnitude::of).fold(Magnitude::ONE, |product, factor| product * factor);
    let value = Magnitude::of(mean_weight * active).power(float(depth));
    mean_weight.is_finite().then_some(Mnemonic { mean_weight, active, depth, value, steps, over_steps })
}

fn mnemonic_of(layers: &[Layer], place: usize) -> Option<f64> {
    let Some(below) = place.checked_sub(1) else { return layers.first()?.mean_weight };
    Some(layers.get(place)?.mean_weight.unwrap_or(1.0) * layers.get(below)?.active.unwrap_or(1.0))
}

/// Without an overflow of the sum.
fn mean(weight: &Array2<f64>) -> f64 {
    let entries = float(weight.len()).max(1.0);
    weight.iter().map(|entry| entry / entries).sum()
}

fn frobenius(weight: &Array2<f64>) -> Magnitude {
    let [largest, rest] = size::norm(weight);
    Magnitude::of(largest) * Magnitude::of(rest)
}
