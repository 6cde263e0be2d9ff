//! Rms of A, Δ and ∂J/∂W layer by layer, the gain of each step down, and the two predictions of it.

use ndarray::Array2;
use serde::{Serialize, Serializer};

use super::Thresholds;
use crate::{
    catalog::Activation,
    evaluate::{Passes, eval::EvaluationError, scaled::Scaled},
    expr::{Role, SymbolId},
    gradient::form::layered::argument,
    insight::{
        Magnitude, Subject,
        gates::{gates, open},
        place::Place,
        size::{self, float},
        summary::Verdict,
    },
    network::{
        graph::{self, Value},
        way::way,
    },
};

/// One layer. What cannot be known is missing: after an overflow, or of a layer without W.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layer {
    /// Its number or name.
    pub label: String,
    /// f_l
    pub units: usize,
    /// Whether every path from the input to the loss passes it.
    pub on_every_path: bool,
    /// rms(A_l)
    #[serde(rename = "log10_rms_activation")]
    pub activation: Option<Magnitude>,
    /// rms(Δ_l); of a layer without Z that of ∂J/∂A_l.
    #[serde(rename = "log10_rms_adjoint")]
    pub adjoint: Option<Magnitude>,
    /// rms(Δ_l)/rms(Δ_L); of several losses that of the largest is Δ_L.
    #[serde(rename = "log10_share_of_last")]
    pub share: Option<Magnitude>,
    /// rms(∂J/∂W_l), of all W of the layer.
    #[serde(rename = "log10_rms_gradient")]
    pub gradient: Option<Magnitude>,
    /// ‖∂J/∂W_l‖/‖W_l‖
    #[serde(rename = "log10_gradient_over_weight")]
    pub relative: Option<Magnitude>,
    /// Whether ∂J/∂W_l is 0 since its terms cancel over the samples, as at an optimum.
    pub settled: bool,
    /// rms(Δ_{l−1})/rms(Δ_l), where l − 1 is the one before among those on every path.
    #[serde(rename = "log10_gain")]
    pub gain: Option<Magnitude>,
    /// √f_l · rms(W_l) · rms(σ'_{l−1}): what the gain is for independent weights of mean 0, in a chain.
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

/// All steps from Δ_L down to Δ_1 together, between the layers that are on every path.
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
    /// Whether the network is a chain: of other networks nothing is predicted.
    pub chain: bool,
    /// From the first to the last.
    pub layers: Vec<Layer>,
    /// The layer whose Δ is Δ_L.
    pub last: String,
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
    /// Z, A, Δ, or what a norm makes: r, H.
    #[serde(serialize_with = "letter")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub value: Role,
    /// The layer's number or name.
    pub layer: String,
}

/// As users type it.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn letter<S: Serializer>(value: &Role, to: S) -> Result<S::Ok, S::Error> {
    let letter = Overflowed { value: *value, layer: String::new() }.letter();
    to.serialize_str(if letter == "Δ" { "Delta" } else { letter })
}

impl Overflowed {
    /// Its letter.
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others are what a layer puts out")]
    pub fn letter(&self) -> &'static str {
        match self.value {
            Role::PreActivation => "Z",
            Role::Adjoint => "Δ",
            Role::InverseRms => "r",
            Role::Normalised => "H",
            _ => "A",
        }
    }
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

    /// The places of the layers that are on every path.
    pub fn way(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.layers.len()).filter(|place| self.layers[*place].on_every_path)
    }

    /// The mean entry of W_l times the activation rate of the layer before, which is 1 of the input and of a softmax. A layer
    /// without W passes on that rate alone; none if it is the first.
    pub fn mnemonic_of(&self, place: usize) -> Option<f64> {
        if self.chain { mnemonic_of(&self.layers, place) } else { None }
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

/// What flows at the point whose passes are given.
///
/// # Errors
/// An array or a dimension is missing.
pub fn flow(subject: &Subject, passes: &Passes, thresholds: Thresholds) -> Result<Flow, EvaluationError> {
    let network = &subject.numbers;
    let (places, chain, (way, _)) = (subject.places(), network.is_chain(), way(network));
    let activations = network.layers.iter().map(|layer| layer.activation);
    let moments: Vec<Option<Moments>> = gates(subject, &places, passes)
        .zip(activations)
        .map(|(gate, activation)| Some(Moments::of(&gate?, activation)))
        .collect();
    let mut adjoints = Vec::with_capacity(places.len());
    for place in &places {
        adjoints.push(place.delta(passes)?.as_ref().map(Magnitude::root_mean_square));
    }
    let last = last(network, &adjoints);
    let mut before = None;
    let mut layers: Vec<Layer> = Vec::with_capacity(places.len());
    for (place, (of, names)) in network.layers.iter().zip(&places).enumerate() {
        let slope = moments[place].map(|gate| gate.square.sqrt());
        let mut layer = Layer {
            label: of.label.to_string(),
            units: of.output.as_number().and_then(|units| usize::try_from(units).ok()).unwrap_or(0),
            on_every_path: way.binary_search(&place).is_ok(),
            activation: passes.get(names.activation).map(Magnitude::root_mean_square),
            adjoint: adjoints[place],
            share: adjoints[place].zip(adjoints[last]).and_then(|(adjoint, last)| adjoint.over(last)),
            gradient: None,
            relative: None,
            settled: false,
            gain: None,
            predicted_gain: None,
            weight: None,
            slope,
            mean_weight: None,
            active: moments[place].map(|moments| moments.active),
        };
        layer.weights(subject, passes, names)?;
        if layer.on_every_path {
            layer.gain = before.and_then(|before: usize| adjoints[before]?.over(adjoints[place]?));
            let below = before.and_then(|before| layers[before].slope).filter(|_| chain);
            layer.predicted_gain =
                below.map(|slope| layer.weight.map_or(1.0, |w| w * float(layer.units).sqrt()) * slope);
            before = Some(place);
        }
        layers.push(layer);
    }
    let steps = steps(&layers, chain);
    let mnemonic = if chain { mnemonic(&layers, subject) } else { None };
    let is_zero = adjoints.get(last).copied().flatten().is_some_and(Magnitude::is_zero);
    let stop = is_zero.then(|| stop(subject, moments[last]));
    let label = |symbol: SymbolId| subject.layered.forward.arena.symbol(symbol).label.as_deref().unwrap_or_default();
    let overflow = passes.overflow.map(|symbol| Overflowed {
        value: subject.layered.forward.arena.symbol(symbol).role,
        layer: label(symbol).to_owned(),
    });
    let cancels = passes.cancelled.map(|symbol| label(symbol).to_owned());
    let last = layers.get(last).map(|layer| layer.label.clone()).unwrap_or_default();
    Ok(Flow { samples: subject.samples(), thresholds, chain, layers, last, steps, mnemonic, stop, cancels, overflow })
}

/// The layer that gets the largest gradient of those that a loss is put on.
fn last(network: &graph::Network, adjoints: &[Option<Magnitude>]) -> usize {
    let of_losses = network.terms.iter().filter_map(|term| match term.prediction {
        Value::Layer(layer) => Some(layer),
        Value::Input(_) => None,
    });
    let size = |layer: &usize| adjoints[*layer].map_or(f64::NEG_INFINITY, Magnitude::log10);
    let largest = of_losses.reduce(|a, b| if size(&b) > size(&a) { b } else { a });
    largest.unwrap_or(network.layers.len() - 1)
}

impl Layer {
    /// The figures of its W, all together.
    fn weights(&mut self, subject: &Subject, passes: &Passes, names: &Place) -> Result<(), EvaluationError> {
        let arrays: Vec<&Array2<f64>> = names.weights.iter().filter_map(|(name, _)| subject.arrays.get(name)).collect();
        let entries = float(arrays.iter().map(|array| array.len()).sum::<usize>());
        if arrays.is_empty() || entries == 0.0 {
            return Ok(());
        }
        let norms: Vec<Magnitude> = arrays.iter().map(|array| frobenius(array)).collect();
        self.weight = Some(match arrays[..] {
            [only] => size::root_mean_square(only),
            _ => (Magnitude::together(&norms) / Magnitude::of(entries.sqrt())).value(),
        });
        // Without an overflow of the sum.
        self.mean_weight = Some(arrays.iter().flat_map(|array| array.iter()).map(|entry| entry / entries).sum());
        let mut gradients = Vec::new();
        for (_, symbol) in &names.weights {
            let Some(derivative) = passes.evaluator.gradient().by(*symbol) else { continue };
            let value = passes.settled(derivative.value)?;
            if value.as_ref().is_some_and(Scaled::is_zero) {
                self.settled |= passes.gradient(derivative.value)?.is_some_and(|value| !value.is_zero());
            }
            gradients.extend(value.as_ref().map(Magnitude::norm));
        }
        if !gradients.is_empty() {
            let norm = Magnitude::together(&gradients);
            self.settled &= norm.is_zero();
            self.gradient = Some(norm / Magnitude::of(entries.sqrt()));
            self.relative = norm.over(Magnitude::together(&norms));
        }
        Ok(())
    }
}

/// By the share of σ'(Z_L) that is not 0 in floats.
fn stop(subject: &Subject, last: Option<Moments>) -> Stop {
    let arena = &subject.layered.forward.arena;
    match last.map(|moments| moments.not_zero) {
        _ if subject.layered.head().is_fused(arena) => Stop::Error,
        _ if argument(arena, subject.layered.forward.prediction()).is_none() => Stop::Error,
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

fn steps(layers: &[Layer], chain: bool) -> Steps {
    let way: Vec<&Layer> = layers.iter().filter(|layer| layer.on_every_path).collect();
    let mut predicted = way.iter().skip(1).map(|layer| layer.predicted_gain.map(Magnitude::of));
    let predicted = predicted.try_fold(Magnitude::ONE, |product, gain| Some(product * gain?));
    let ends = way.first().zip(way.last());
    Steps {
        count: way.len().saturating_sub(1),
        measured: ends.and_then(|(first, last)| first.adjoint?.over(last.adjoint?)),
        predicted: predicted.filter(|_| chain && way.len() > 1),
    }
}

#[allow(clippy::cast_precision_loss, reason = "dimensions are below 2⁵³")]
fn mnemonic(layers: &[Layer], subject: &Subject) -> Option<Mnemonic> {
    let weighted = || subject.numbers.layers.iter().zip(layers).filter(|(layer, _)| layer.has_weight());
    let size = |(layer, of): (&graph::Layer, &Layer)| float(of.units) * layer.input().as_number().unwrap_or(0) as f64;
    let entries: f64 = weighted().map(size).sum();
    let mean_weight: f64 = weighted().filter_map(|pair| Some(pair.1.mean_weight? * size(pair) / entries)).sum();
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

fn frobenius(weight: &Array2<f64>) -> Magnitude {
    let [largest, rest] = size::norm(weight);
    Magnitude::of(largest) * Magnitude::of(rest)
}
