//! Samples doubled, left out, or with another target → what the batch and the error have to do with the gradients.

use ndarray::{Array2, ArrayBase, Axis, Data, Ix2, concatenate};
use serde::Serialize;

use super::trial::{Base, Pair, cosine, deviation, ratio};
use crate::{
    catalog::Reduction,
    evaluate::{
        Inputs,
        evaluator::{Environment as _, Held, Point},
    },
    expr::SymbolId,
    insight::{
        approximation::sizes,
        model::{Model, Parameter},
        size::{float, largest},
    },
};

/// How the error that the product begins with depends on Ŷ and Y.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
pub fn error_only(base: &Base) -> Option<ErrorOnly> {
    let layered = &base.model.layered;
    let (arena, forward) = (&layered.forward.arena, &layered.forward);
    let error = layered.head().error(arena);
    let (y, prediction) = (base.inputs.get(&*base.model.network.target().name)?, base.point.activations.last()?);
    let z = forward.definitions.iter().rev().nth(1)?.symbol;
    let at = |prediction: Array2<f64>, y: Array2<f64>| {
        let mut environment = base.evaluator.bound::<f64>(&base.inputs).ok()?;
        environment.state(z, base.point.pre_activations.last()?);
        environment.state(forward.prediction().symbol, &prediction.into_shared());
        environment.state(forward.target(), &y.into_shared());
        environment.value(error).ok()
    };
    let (y, prediction) = (y.to_owned(), prediction.to_owned());
    let before = at(prediction.clone(), y.clone())?;
    let shifted = at(&prediction + SHIFT, &y + SHIFT)?;
    let doubled = at(&prediction * 2.0 - &y, y)?;
    Some(ErrorOnly {
        shifted: deviation(&shifted, &before),
        doubled: deviation(&doubled, &(before * 2.0)),
        fused: layered.head().is_fused(arena),
    })
}

/// What the gradients become when every sample is there twice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Duplicated {
    /// How the loss is reduced.
    #[serde(serialize_with = "name")]
    pub reduction: Reduction,
    /// What they are multiplied by: 1 for a mean, 2 for a sum.
    pub factor: f64,
    /// The worst |g' − factor·g| / |factor·g|, of gradients that are not 0.
    pub worst: Option<Pair>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn name<S: serde::Serializer>(reduction: &Reduction, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reduction_name(*reduction))
}

/// As the spec language writes it.
pub fn reduction_name(reduction: Reduction) -> &'static str {
    Reduction::TABLE.iter().find(|(_, other)| *other == reduction).map_or("", |(name, _)| name)
}

/// Evaluates `model` on the samples and on the samples twice; `None` where all gradients are 0.
pub fn duplicated(model: &Model, inputs: &Inputs<f64>, parameters: &[Parameter]) -> Option<Duplicated> {
    let samples = inputs.get(&model.input())?.nrows();
    let mut twice = inputs.clone();
    for name in [&model.network.input().name, &model.network.target().name] {
        let array = twice.get_mut(&**name)?;
        *array = concatenate(Axis(0), &[array.view(), array.view()]).ok()?.into_shared();
    }
    let wanted: Vec<_> = parameters.iter().map(|parameter| parameter.symbol).collect();
    let point = |inputs: &Inputs<f64>, samples| -> Option<Point<f64>> {
        let dims = model.batch(samples);
        model.evaluator(&dims)?.at(inputs, &wanted, Held::Nothing, &[]).ok()
    };
    let (once, twice) = (point(inputs, samples)?, point(&twice, 2 * samples)?);
    let gradients = |of: &Parameter| Some((once.gradients.get(&of.symbol)?, twice.gradients.get(&of.symbol)?));
    let pairs = parameters.iter().filter_map(|of| Some((of, gradients(of)?)));
    let pairs: Vec<_> = pairs.filter(|(_, (once, _))| largest(once) != 0.0).collect();
    let factor = if pairs.iter().find_map(|(_, (once, twice))| ratio(twice, once))? > 1.5 { 2.0 } else { 1.0 };
    let pairs = pairs.into_iter().map(|(of, (once, twice))| Pair {
        changed: "samples".into(),
        gradient: of.key.clone(),
        value: deviation(twice, &(once * factor)),
        times: ratio(twice, once),
        cosine: cosine(twice, once),
    });
    let worst = pairs.reduce(|worst, next| if next.value > worst.value || next.value.is_nan() { next } else { worst });
    Some(Duplicated { reduction: model.network.term().reduction, factor, worst })
}

/// The share of the entries of ∂J/∂W that are exactly 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Zeros {
    /// Samples.
    pub samples: usize,
    /// From 0 to 1.
    pub share: f64,
    /// Of the same entries, those in the row of an input or unit that puts out 0 on all these samples, or in the column of a
    /// unit that no error reaches on any. An average over samples cannot help there.
    pub silent: f64,
}

/// Over batches of the first 1, 2, 4, … and of all samples, for the W among `parameters`; without batches for which a
/// gradient has entries that are no floats.
pub fn zeros(model: &Model, inputs: &Inputs<f64>, parameters: &[Parameter]) -> Vec<Zeros> {
    let all = inputs.get(&model.input()).map_or(0, ArrayBase::nrows);
    let weights: Vec<&Parameter> = parameters.iter().filter(|parameter| !parameter.is_bias).collect();
    let share = |samples: usize| zeros_of(model, &model.first(inputs, samples), samples, &weights);
    sizes(all).into_iter().filter_map(share).collect()
}

/// The same of these samples alone.
pub fn zeros_of(model: &Model, inputs: &Inputs<f64>, samples: usize, weights: &[&Parameter]) -> Option<Zeros> {
    let dims = model.batch(samples);
    let wanted: Vec<SymbolId> = weights.iter().map(|weight| weight.symbol).collect();
    let point = model.evaluator(&dims)?.at(inputs, &wanted, Held::Nothing, &[]).ok()?;
    let (mut entries, mut zeros, mut silent) = (0, 0, 0);
    for weight in weights {
        let gradient = point.gradients.get(&weight.symbol)?;
        let a = point.entering(weight.layer, inputs.get(&model.input()))?;
        let (rows, columns) = gradient.dim();
        let [still_rows, still_columns] = [zero_columns(a), zero_columns(point.adjoints.get(weight.layer)?)];
        if !gradient.iter().all(|entry| entry.is_finite()) {
            return None;
        }
        entries += rows * columns;
        zeros += gradient.iter().filter(|entry| **entry == 0.0).count();
        silent += rows * columns - (rows - still_rows) * (columns - still_columns);
    }
    let share = |count: usize| float(count) / float(entries.max(1));
    Some(Zeros { samples, share: share(zeros), silent: share(silent) })
}

fn zero_columns<S: Data<Elem = f64>>(array: &ArrayBase<S, Ix2>) -> usize {
    array.columns().into_iter().filter(|column| column.iter().all(|entry| *entry == 0.0)).count()
}
