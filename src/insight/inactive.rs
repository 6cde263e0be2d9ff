//! The derivative gates at a point → how many units of each layer are active, dead or saturated.

use ndarray::{Array2, Axis};
use serde::Serialize;

use super::{
    Subject,
    ablation::Ablation,
    gates::{gates, open},
    size::{ROUNDING, float},
};
use crate::{catalog::Activation, evaluate::Passes};

/// When a unit is called dead or saturated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Limits {
    /// Active on a smaller share of the samples.
    pub dead: f64,
    /// The mean of |σ'| over the samples is below this share of sup |σ'|.
    pub saturated: f64,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layer {
    /// Its number or name.
    pub label: String,
    /// σ as the spec says it.
    pub activation: String,
    /// f_l
    pub units: usize,
    /// What its gates say; nothing of softmax, whose gate is no diagonal, and after an overflow.
    pub gates: Option<Gates>,
}

/// The gates of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gates {
    /// The share of units × samples with σ' ≠ 0.
    pub active: f64,
    /// Units, from 1, that are active on too few samples.
    pub dead: Vec<usize>,
    /// Units, from 1, that are not dead and whose mean |σ'| is too small; none where σ' has no bound, as of exp and square.
    pub saturated: Option<Vec<usize>>,
    /// The mean of |σ'|.
    pub mean: f64,
    /// sup |σ'|, at its steepest place.
    #[serde(rename = "steepest")]
    pub max_slope: Option<f64>,
}

/// All layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Inactive {
    /// Samples in the batch.
    pub samples: usize,
    /// What the words mean.
    pub limits: Limits,
    /// Those with an activation, from the first to the last.
    pub layers: Vec<Layer>,
    /// The others: norms, dropout, sums of branches.
    pub without_activation: Vec<String>,
    /// What the absence of the unit does that was chosen.
    pub off: Option<Ablation>,
}

/// Looks at the gates of every layer with an activation; no unit is off.
pub fn inactive(subject: &Subject, passes: &Passes, limits: Limits) -> Inactive {
    let places = subject.places();
    let network = &subject.numbers.layers;
    let all = network.iter().zip(gates(subject, &places, passes));
    let others = network.iter().filter(|layer| !layer.has_pre_activation()).map(|layer| layer.label.to_string());
    let layers = all.filter(|(layer, _)| layer.has_pre_activation()).map(|(layer, gate)| Layer {
        label: layer.label.to_string(),
        activation: layer.activation.to_string(),
        units: layer.output.as_number().and_then(|units| usize::try_from(units).ok()).unwrap_or(0),
        gates: gate.map(|gate| look(&gate, layer.activation, limits)),
    });
    Inactive {
        samples: subject.samples(),
        limits,
        layers: layers.collect(),
        without_activation: others.collect(),
        off: None,
    }
}

fn look(gate: &Array2<f64>, activation: Activation, limits: Limits) -> Gates {
    let max_slope = activation.max_slope();
    let samples = float(gate.nrows().max(1));
    let (mut active, mut sum) = (0, 0.0);
    let (mut dead, mut saturated) = (Vec::new(), Vec::new());
    for (unit, column) in gate.axis_iter(Axis(1)).enumerate() {
        let open = open(activation, column);
        let total: f64 = column.iter().map(|entry| entry.abs()).sum();
        active += open;
        sum += total;
        // A limit is met in spite of the rounding of a sum.
        let is_below = |value: f64, limit: f64| value < limit * samples * (1.0 - ROUNDING);
        if is_below(float(open), limits.dead) {
            dead.push(unit + 1);
        } else if max_slope.is_some_and(|max_slope| is_below(total, limits.saturated * max_slope)) {
            saturated.push(unit + 1);
        }
    }
    let entries = float(gate.len().max(1));
    Gates {
        active: float(active) / entries,
        dead,
        saturated: max_slope.map(|_| saturated),
        mean: sum / entries,
        max_slope,
    }
}
