//! Rms of A, Δ and ∂J/∂W layer by layer, the gain of each step down, and the two predictions of it.

use ndarray::Array2;
use serde::{Serialize, Serializer};

use super::Thresholds;
use crate::{
    evaluate::{
        arrays::symbol,
        scaled::{Overflow, Passes, Scaled},
    },
    expr::{Role, SymbolId},
    insight::{Magnitude, Subject, gates::gates},
};

/// One layer. What cannot be known is missing: after an overflow, or of a layer without W.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Mean square of Δ_{l−1} ÷ that of Δ_l.
    #[serde(rename = "log10_gain")]
    pub gain: Option<Magnitude>,
    /// f_l · Var(W_l) · E[σ'_{l−1}²]: what the gain is for independent weights of mean 0.
    pub predicted_gain: Option<f64>,
    /// The mean entry of W_l.
    pub mean_weight: Option<f64>,
    /// The share of units × samples of this layer with σ' ≠ 0; none of softmax, whose gate is no diagonal.
    pub active: Option<f64>,
}

/// All steps from Δ_L down to Δ_1 together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Steps {
    /// How many there are.
    pub count: usize,
    /// rms(Δ_1)/rms(Δ_L)
    #[serde(rename = "log10_measured")]
    pub measured: Option<Magnitude>,
    /// √ of the product of the predicted gains.
    #[serde(rename = "log10_predicted")]
    pub predicted: Option<Magnitude>,
}

/// (mean weight × activation rate)ᴸ
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
    /// |mean weight × activation rate| to the power of these: what is like rms(Δ_1)/rms(Δ_L).
    #[serde(rename = "log10_over_steps")]
    pub over_steps: Magnitude,
}

/// Why Δ_L = ∂J/∂A_L ∘ σ'(Z_L) is 0 in all entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    /// The first value that is no float any more.
    pub overflow: Option<Overflowed>,
}

/// A value after which nothing, and no gradient, has a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// Which of two things happens to Δ of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fate {
    /// It is small.
    Vanishes,
    /// It is large.
    Explodes,
}

impl Flow {
    /// The layers, from 0, with this fate.
    #[must_use]
    pub fn with(&self, fate: Fate) -> Vec<usize> {
        let has = |layer: &Layer| layer.share.is_some_and(|share| self.thresholds.fate(share) == Some(fate));
        (0..self.layers.len()).filter(|layer| has(&self.layers[*layer])).collect()
    }
}

impl Thresholds {
    /// What a multiple of the last layer's Δ is called.
    #[must_use]
    pub fn fate(&self, share: Magnitude) -> Option<Fate> {
        if share < Magnitude::of(self.vanishing) {
            return Some(Fate::Vanishes);
        }
        (share > Magnitude::of(self.exploding)).then_some(Fate::Explodes)
    }
}

/// The variables whose gradients the flow needs: all W.
#[must_use]
pub fn weights(subject: &Subject) -> Vec<SymbolId> {
    let forward = &subject.layered.forward;
    let is_weight = |symbol: &&SymbolId| forward.arena.symbol(**symbol).role == Role::Weight;
    forward.parameters.iter().filter(is_weight).copied().collect()
}

/// What flows at the point whose passes are given, with the gradients by [`weights`].
#[must_use]
pub fn flow(subject: &Subject, passes: &Passes, thresholds: Thresholds) -> Flow {
    let squares: Vec<Option<Moments>> =
        gates(subject, passes).map(|gate| gate.map(|gate| Moments::of(&gate))).collect();
    let mut layers: Vec<Layer> = Vec::new();
    let mut gradients = passes.gradients.values();
    for (place, layer) in subject.numbers.layers.iter().enumerate() {
        let weight = subject.arrays.get(&symbol("W", &layer.label)).filter(|_| layer.has_weight());
        let gradient = weight.and_then(|_| gradients.next());
        let of = |values: &[Scaled]| values.get(place).map(Magnitude::root_mean_square);
        let norm = weight.map(frobenius);
        let below = place.checked_sub(1);
        let deviation = |weight: &Array2<f64>| variance(weight) * f64_of(weight.ncols());
        let step = if layer.has_weight() { weight.map(deviation) } else { Some(1.0) };
        layers.push(Layer {
            label: layer.label.to_string(),
            units: layer.output.as_number().and_then(|units| usize::try_from(units).ok()).unwrap_or(0),
            activation: of(&passes.activations),
            adjoint: of(&passes.adjoints),
            share: None,
            gradient: gradient.map(Magnitude::root_mean_square),
            relative: gradient.zip(norm).and_then(|(gradient, norm)| Magnitude::norm(gradient).over(norm)),
            gain: None,
            predicted_gain: step
                .zip(below.and_then(|below| squares.get(below)?.map(|gate| gate.square)))
                .map(|(w, s)| w * s),
            mean_weight: weight.and_then(|weight| weight.mean()),
            active: squares.get(place).copied().flatten().map(|moments| moments.active),
        });
    }
    let last = layers.last().and_then(|layer| layer.adjoint);
    for place in 0..layers.len() {
        let adjoint = layers[place].adjoint;
        layers[place].share = adjoint.zip(last).and_then(|(adjoint, last)| adjoint.over(last));
        let below = place.checked_sub(1).and_then(|below| layers[below].adjoint);
        layers[place].gain = below.zip(adjoint).and_then(|(below, here)| below.over(here)).map(|gain| gain.power(2.0));
    }
    let steps = steps(&layers);
    let mnemonic = mnemonic(&layers, subject);
    let stop = last.filter(|last| last.is_zero()).map(|_| stop(subject, layers.last().and_then(|layer| layer.active)));
    let overflow = passes.overflow.map(|value| Overflowed::new(value, &layers));
    Flow { samples: subject.samples(), thresholds, layers, steps, mnemonic, stop, overflow }
}

/// By the share of σ'(Z_L) that is not 0.
fn stop(subject: &Subject, active: Option<f64>) -> Stop {
    match active {
        _ if subject.layered.head.is_fused(&subject.layered.forward.arena) => Stop::Error,
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
    /// The share that is not 0.
    active: f64,
}

impl Moments {
    fn of(gate: &Array2<f64>) -> Self {
        let entries = f64_of(gate.len()).max(1.0);
        let active = gate.iter().filter(|entry| **entry != 0.0).count();
        Self { square: gate.iter().map(|entry| entry * entry).sum::<f64>() / entries, active: f64_of(active) / entries }
    }
}

fn steps(layers: &[Layer]) -> Steps {
    let mut predicted = layers.iter().skip(1).map(|layer| layer.predicted_gain.map(|gain| Magnitude::of(gain.sqrt())));
    let predicted = predicted.try_fold(Magnitude::ONE, |product, gain| Some(product * gain?));
    Steps {
        count: layers.len().saturating_sub(1),
        measured: layers.first().and_then(|first| first.share),
        predicted: predicted.filter(|_| layers.len() > 1),
    }
}

fn mnemonic(layers: &[Layer], subject: &Subject) -> Option<Mnemonic> {
    let weights = subject.numbers.layers.iter().filter(|layer| layer.has_weight());
    let weights: Vec<&Array2<f64>> =
        weights.filter_map(|layer| subject.arrays.get(&symbol("W", &layer.label))).collect();
    let entries: usize = weights.iter().map(|weight| weight.len()).sum();
    let mean_weight = weights.iter().map(|weight| weight.sum()).sum::<f64>() / f64_of(entries);
    let gated: Vec<(f64, f64)> = layers.iter().filter_map(|layer| Some((layer.active?, f64_of(layer.units)))).collect();
    let units: f64 = gated.iter().map(|(_, units)| units).sum();
    let active =
        if units > 0.0 { gated.iter().map(|(active, units)| active * units).sum::<f64>() / units } else { 1.0 };
    let depth = weights.len();
    let steps =
        depth - usize::from(subject.numbers.layers.first().is_some_and(crate::network::graph::Layer::has_weight));
    let [value, over_steps] =
        [depth, steps].map(|exponent| Magnitude::of(mean_weight * active).power(f64_of(exponent)));
    mean_weight.is_finite().then_some(Mnemonic { mean_weight, active, depth, value, steps, over_steps })
}

/// The mean square distance of the entries from their mean.
fn variance(weight: &Array2<f64>) -> f64 {
    let mean = weight.mean().unwrap_or(0.0);
    weight.iter().map(|entry| (entry - mean) * (entry - mean)).sum::<f64>() / f64_of(weight.len()).max(1.0)
}

fn frobenius(weight: &Array2<f64>) -> Magnitude {
    let largest = weight.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    if largest == 0.0 {
        return Magnitude::of(0.0);
    }
    Magnitude::of(largest) * Magnitude::of(weight.iter().map(|entry| (entry / largest).powi(2)).sum::<f64>().sqrt())
}

#[allow(clippy::cast_precision_loss, reason = "arrays are below 2⁵³")]
fn f64_of(count: usize) -> f64 {
    count as f64
}
