//! What is often said of gradients, tried on a network and a point: the figures from which the verdicts come.
//!
//! Every trial evaluates the derived layered form at few samples and layers; what is left out is counted.

pub mod batch;
pub mod bench;
pub mod depth;
pub mod fractions;
pub mod gates;
pub mod scaling;
pub mod statement;
pub mod units;
pub mod verdict;

use serde::Serialize;

use self::{
    batch::{Duplicated, ErrorOnly, Zeros},
    bench::Bench,
    fractions::Fractions,
    gates::{GateDifference, GateFactors},
    scaling::Scaling,
    units::Inactive,
};
use super::{
    influence::{Reader, Reading},
    model::Model,
};
use crate::evaluate::{
    arrays::Arrays,
    sweep::{Inputs, Unit},
};

/// Samples that are tried at most.
pub const SAMPLES: usize = 16;

/// Layers that are tried at most: the first and the last.
pub const LAYERS: usize = 12;

/// Units that are switched off at most.
pub const UNITS: usize = 16;

/// The figures of all claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claims {
    /// Samples that were tried.
    pub samples: usize,
    /// How many samples there are; `zeros` is tried on all.
    pub of_samples: usize,
    /// Layers that were tried, from 0.
    pub layers: Vec<usize>,
    /// How many layers there are.
    pub of_layers: usize,
    /// Whether `scaling` was tried with random biases, since all are 0.
    pub drawn_biases: bool,
    /// Linearity, absences; none without a value.
    pub scaling: Option<Scaling>,
    /// Which gates are factors of which gradients; none without a value.
    pub gate_factors: Option<GateFactors>,
    /// What of Ŷ and Y counts.
    pub error: Option<ErrorOnly>,
    /// Every sample twice, under the spec's reduction and the other kind.
    pub duplicated: Vec<Duplicated>,
    /// Units off; none where there is no hidden unit that can be off by itself.
    pub inactive: Option<Inactive>,
    /// The same in fractions, of a network of constants.
    pub fractions: Option<Fractions>,
    /// Zeros by batch size, of all samples.
    pub zeros: Vec<Zeros>,
    /// Derivative gates against forward gates.
    pub gates: Vec<GateDifference>,
}

/// What is tried beside the point itself.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// X and Y of all samples, and the parameters.
    pub whole: &'a Inputs<f64>,
    /// The same network, reduced in another way.
    pub other: &'a Model,
    /// Random arrays, by which biases move.
    pub directions: &'a Arrays,
    /// The unit that the user chose to switch off.
    pub off: Option<Unit>,
}

/// Tries everything at `bench`.
#[must_use]
pub fn claims(bench: &Bench, layers: Vec<usize>, beside: Beside) -> Claims {
    let Beside { whole, other, directions, off } = beside;
    let units = units::candidates(bench, &layers, UNITS, off);
    let reader = Reader::new(bench.model);
    let readings: Option<Vec<Reading>> = bench.wanted.iter().map(|symbol| reader.read(*symbol)).collect();
    let models = [bench.model, other];
    let duplicated = |model: &&Model| batch::duplicated(model, &bench.inputs, &model.parameters(&layers));
    // Biases of 0 would hide what biases do.
    let biased = has_zero_biases(bench).then(|| with_biases(bench, &layers, directions)).flatten();
    Claims {
        drawn_biases: biased.is_some(),
        samples: samples(bench.model, &bench.inputs),
        of_samples: samples(bench.model, whole),
        of_layers: bench.model.network.layers.len(),
        scaling: readings
            .as_ref()
            .and_then(|readings| scaling::scaling(biased.as_ref().unwrap_or(bench), readings, directions)),
        gate_factors: readings.as_ref().and_then(|readings| gates::factors(bench, &layers, readings)),
        error: batch::error_only(bench),
        duplicated: models.iter().filter_map(duplicated).collect(),
        inactive: if units.is_empty() { None } else { units::inactive(bench, &units) },
        fractions: None,
        zeros: batch::zeros(bench.model, whole, &bench.parameters),
        gates: gates::differences(bench, &layers),
        layers,
    }
}

fn bias_keys(model: &Model) -> Vec<String> {
    let all: Vec<usize> = (0..model.network.layers.len()).collect();
    let parameters = model.parameters(&all).into_iter();
    parameters.filter(|parameter| parameter.is_bias).map(|parameter| parameter.key).collect()
}

fn has_zero_biases(bench: &Bench) -> bool {
    let keys = bias_keys(bench.model);
    let zero = |key: &String| bench.inputs.get(key).is_some_and(|b| b.iter().all(|entry| *entry == 0.0));
    !keys.is_empty() && keys.iter().all(zero)
}

/// The same point with random biases.
fn with_biases<'a>(bench: &Bench<'a>, layers: &[usize], directions: &Arrays) -> Option<Bench<'a>> {
    let mut inputs = bench.inputs.clone();
    for key in bias_keys(bench.model) {
        inputs.insert(key.clone(), directions.get(&key)?.to_shared());
    }
    Bench::new(bench.model, bench.sweep.dims(), inputs, layers)
}

fn samples(model: &Model, inputs: &Inputs<f64>) -> usize {
    inputs.get(&model.input()).map_or(0, ndarray::ArrayBase::nrows)
}
