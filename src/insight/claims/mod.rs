//! What is often said of gradients, tried on a network and a point: the figures from which the verdicts come.
//!
//! A claim about a change is a row in `table`, done by one engine (`trial`). Everything is evaluated by the derived layered
//! form at few samples and layers; what is left out is counted.

pub mod batch;
pub mod depth;
pub mod fractions;
pub mod gates;
pub mod statement;
pub mod table;
pub mod trial;
pub mod units;
pub mod verdict;

use std::collections::BTreeMap;

use serde::Serialize;

use self::batch::{Duplicated, ErrorOnly, Zeros};
pub use self::{
    depth::{Depth, Factors},
    fractions::{Amplified, Fractions},
    gates::{GateDifference, GateFactors},
    statement::Statement,
    trial::{Base, Case, Effect, Held, Outcome, Outcomes, Pair},
    verdict::{HARDLY, Reason, Verdict},
};
use super::{
    influence::{Reader, Reading},
    model::Model,
};
use crate::evaluate::{
    arrays::Arrays,
    evaluator::{Inputs, Unit},
};

/// Samples that are tried at most.
pub const SAMPLES: usize = 16;

/// Layers that are tried at most: the first and the last.
pub const LAYERS: usize = 12;

/// Units that are switched off at most.
pub const UNITS: usize = 16;

/// The figures of all claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Claims {
    /// Samples that were tried.
    pub samples: usize,
    /// How many samples there are; `zeros` is tried on all.
    pub of_samples: usize,
    /// Layers that were tried, from 0.
    pub layers: Vec<usize>,
    /// How many layers there are.
    pub of_layers: usize,
    /// Whether arrays were changed beside random biases, since all are 0.
    pub drawn_biases: bool,
    /// What became of every intervention; none without a value.
    pub outcomes: Option<Outcomes>,
    /// Which gates are factors of which gradients; none without a value.
    pub gate_factors: Option<GateFactors>,
    /// What of Ŷ and Y counts.
    pub error: Option<ErrorOnly>,
    /// Every sample twice, under the spec's reduction and the other kind.
    pub duplicated: Vec<Duplicated>,
    /// The units that were switched off, `layer:unit`, both from 1 or by name; none where no hidden unit can be off by itself.
    pub units: Vec<String>,
    /// Whether all terms have one sign in every sum of the forward pass, the backward pass and the gradients: nothing cancels.
    pub one_sign: bool,
    /// What depends on the weights, tried with others.
    pub search: BTreeMap<Statement, Search>,
    /// One unit off in fractions, of a network of constants.
    pub fractions: Option<Fractions>,
    /// Zeros by batch size, of all samples.
    pub zeros: Vec<Zeros>,
    /// Derivative gates against forward gates.
    pub gates: Vec<GateDifference>,
}

/// Other draws of the weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Search {
    /// How many.
    pub draws: u64,
    /// In how many more has to be held than at the point.
    pub refuted: u64,
    /// The worst pair with as much held as at the point, and the seed of its draw.
    pub worst: Option<(u64, Pair)>,
}

/// What is tried beside the point itself.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// X and Y of all samples, and the parameters.
    pub whole: &'a Inputs<f64>,
    /// The same network, reduced in another way.
    pub other: &'a Model,
    /// Random arrays, by which biases move.
    pub directions: &'a Arrays,
    /// The unit that the user chose to switch off.
    pub off: Option<Unit>,
}

/// Tries everything at `base`.
pub fn claims(base: &Base, layers: Vec<usize>, setup: Setup) -> Claims {
    let Setup { whole, other, directions, off } = setup;
    let readings = readings(base);
    let models = [base.model, other];
    let duplicated = |model: &&Model| batch::duplicated(model, &base.inputs, &model.parameters(&layers));
    let units = units::candidates(base, &layers, UNITS, off);
    let mut found = Claims {
        drawn_biases: has_zero_biases(base),
        samples: samples(base.model, &base.inputs),
        of_samples: samples(base.model, whole),
        of_layers: base.model.network.layers.len(),
        outcomes: None,
        gate_factors: readings.as_ref().and_then(|readings| gates::factors(base, readings)),
        error: batch::error_only(base),
        duplicated: models.iter().filter_map(duplicated).collect(),
        units: Vec::new(),
        one_sign: units::one_sign(base).unwrap_or(false),
        search: BTreeMap::new(),
        fractions: None,
        zeros: batch::zeros(base.model, whole, &base.parameters),
        gates: gates::differences(base, &layers),
        layers,
    };
    let units_off = table::units_off(base, &units);
    found.units = units_off.iter().map(|intervention| intervention.name.clone()).collect();
    found.outcomes = readings.and_then(|readings| {
        let gates_off = table::gates_off(base, &found.layers, &readings);
        let mut outcomes = base.run(&[units_off, gates_off].concat())?;
        outcomes.extend(changed_arrays(base, &readings, &found.layers, directions)?);
        Some(outcomes)
    });
    found
}

/// Arrays doubled and moved. Biases of 0 would hide what biases do.
fn changed_arrays(base: &Base, readings: &[Reading], layers: &[usize], directions: &Arrays) -> Option<Outcomes> {
    let biased = if has_zero_biases(base) { Some(with_biases(base, layers, directions)?) } else { None };
    let base = biased.as_ref().unwrap_or(base);
    base.run(&[table::doubled(base, readings), table::moved_biases(base, readings, directions)].concat())
}

impl Claims {
    /// The least that has to be held for a claim that depends on the weights.
    pub fn needs(&self, statement: Statement) -> Option<Held> {
        needs(self.outcomes.as_ref()?, statement)
    }

    /// Draws weights by seed with `draw`, and counts where more has to be held than at the point; `first` is switched off in
    /// any case.
    pub fn search<'a>(
        &mut self,
        draws: u64,
        (most, first): (usize, Option<Unit>),
        directions: &Arrays,
        draw: impl Fn(u64) -> Option<Base<'a>>,
    ) {
        let statements =
            Statement::BY_WEIGHTS.into_iter().filter_map(|statement| Some((statement, self.needs(statement)?)));
        let statements: Vec<(Statement, Held)> = statements.collect();
        // Of the network, whatever its weights are.
        let Some(readings) = draw(0).filter(|_| !statements.is_empty()).as_ref().and_then(readings) else { return };
        for seed in 0..draws {
            let Some(base) = draw(seed) else { continue };
            let biased = if has_zero_biases(&base) { with_biases(&base, &self.layers, directions) } else { None };
            let biased = biased.as_ref().unwrap_or(&base);
            let units = table::units_off(&base, &units::candidates(&base, &self.layers, most, first));
            let of = |table: Vec<_>| table::only(&table, &statements);
            let Some(mut outcomes) = base.run(&of(units)) else { continue };
            outcomes.extend(biased.run(&of(table::doubled(biased, &readings))).into_iter().flatten());
            for (statement, held) in &statements {
                let found = self.search.entry(*statement).or_default();
                found.draws += 1;
                let cases =
                    statement.effects().iter().filter_map(|effect| outcomes.get(effect)).map(|found| found.case(*held));
                let refuted: Vec<_> = cases.filter(|case| case.is_refuted()).collect();
                found.refuted += u64::from(!refuted.is_empty());
                for worst in refuted.into_iter().filter_map(|case| case.worst.as_ref()) {
                    if found.worst.as_ref().is_none_or(|(_, known)| worst.value > known.value) {
                        found.worst = Some((seed, worst.clone()));
                    }
                }
            }
        }
    }
}

/// The least that has to be held for all effects of a claim; none if nothing helps, or there is nothing.
fn needs(outcomes: &Outcomes, statement: Statement) -> Option<Held> {
    let found: Vec<_> = statement.effects().iter().filter_map(|effect: &Effect| outcomes.get(effect)).collect();
    let all = found.iter().map(|outcome| outcome.needs()).collect::<Option<Vec<Held>>>()?;
    all.into_iter().max()
}

fn readings(base: &Base) -> Option<Vec<Reading>> {
    let reader = Reader::new(base.model);
    base.parameters.iter().map(|parameter| reader.read(parameter.symbol)).collect()
}

fn bias_keys(model: &Model) -> Vec<String> {
    let parameters = model.all_parameters().into_iter();
    parameters.filter(|parameter| parameter.is_bias).map(|parameter| parameter.key).collect()
}

fn has_zero_biases(base: &Base) -> bool {
    let keys = bias_keys(base.model);
    let zero = |key: &String| base.inputs.get(key).is_some_and(|b| b.iter().all(|entry| *entry == 0.0));
    !keys.is_empty() && keys.iter().all(zero)
}

/// The same point with random biases.
fn with_biases<'a>(base: &Base<'a>, layers: &[usize], directions: &Arrays) -> Option<Base<'a>> {
    let mut inputs = base.inputs.clone();
    for key in bias_keys(base.model) {
        inputs.insert(key.clone(), directions.get(&key)?.to_shared());
    }
    Base::new(base.model, base.evaluator.dims(), inputs, base.model.parameters(layers))
}

fn samples(model: &Model, inputs: &Inputs<f64>) -> usize {
    inputs.get(&model.input()).map_or(0, ndarray::ArrayBase::nrows)
}
