//! A network of constants → what switching one unit off does to its gradients, as fractions; and for which targets.

use ndarray::Array2;
use num_traits::{One, Signed};
use serde::Serialize;

use crate::{
    catalog::Activation,
    evaluate::{EvaluationError, Evaluator, Exact, Inputs, Unit, evaluator::Held},
    insight::{
        Subject,
        ablation::{Ablation, Effect, MULTIPLICATIONS, Ratio, Ratios, exactly},
    },
    network::graph::Layer,
};

/// Targets that are tried: whole multiples of a round number, from 0 on in the direction of the prediction.
const TARGETS: i128 = 50;

/// A target for which the unit amplifies: its ratios, and of which gradients.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Amplified {
    /// Every entry of Y.
    pub target: i128,
    /// The largest ratio of each gradient, by falling size, and the gradients that have it.
    #[serde(serialize_with = "ratios")]
    pub ratios: Vec<(Exact, Vec<String>)>,
}

fn ratios<S: serde::Serializer>(ratios: &[(Exact, Vec<String>)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(ratios.iter().map(|(ratio, gradients)| (ratio.to_string(), gradients)))
}

/// Targets tried, and those that amplify.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Targets {
    /// From 0 in steps of this, which has the sign of the prediction, up to below `steps` of them.
    pub step: i128,
    /// How many there are.
    pub steps: i128,
    /// How many of them were tried: those at which every entry is a fraction of not too many digits.
    pub tried: usize,
    /// How many had a ratio above 1 in size.
    pub amplified: usize,
    /// The one with the largest ratio.
    pub largest: Option<Amplified>,
}

/// One unit off.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fractions {
    /// Every gradient.
    pub off: Ablation,
    /// Other targets.
    pub targets: Option<Targets>,
}

/// Switches off `unit`, or the second unit of the layer in the middle. `None` where the arrays are no constants, where the
/// network is too large, has no hidden unit, or a value that is no fraction.
///
/// # Errors
/// An array or a dimension is missing.
pub fn fractions(
    subject: &Subject,
    evaluator: Evaluator<'_>,
    unit: Option<Unit>,
) -> Result<Option<Fractions>, EvaluationError> {
    let layers = &subject.numbers.layers;
    let weights: u64 = subject.arrays.values().map(|array| array.len() as u64).sum();
    let cost = weights * subject.samples() as u64;
    let Some(inputs) = subject.exact_inputs().filter(|_| cost * 3 <= MULTIPLICATIONS) else { return Ok(None) };
    let Some(unit) = unit.or_else(|| middle(layers)) else { return Ok(None) };
    let Some(off) = exactly(layers, evaluator, &inputs, &[unit])? else { return Ok(None) };
    let steps = u64::try_from(TARGETS).unwrap_or(0);
    let targets = (cost * steps <= MULTIPLICATIONS).then(|| targets(subject, evaluator, &inputs, unit)).transpose()?;
    Ok(Some(Fractions { off, targets: targets.flatten() }))
}

/// The second unit of the hidden layer in the middle, or its only one.
fn middle(layers: &[Layer]) -> Option<Unit> {
    let layer = layers.len().checked_sub(1).filter(|last| *last > 0)? / 2;
    let is_apart = layers[layer].activation != Activation::Softmax;
    let width = layers[layer].output.as_number().filter(|_| is_apart)?;
    Some(Unit { layer, column: usize::from(width > 1) })
}

/// Every entry of Y at 0, s, 2s, … with a round s, up to about twice the prediction that is the largest in size.
fn targets(
    subject: &Subject,
    evaluator: Evaluator<'_>,
    inputs: &Inputs<Exact>,
    unit: Unit,
) -> Result<Option<Targets>, EvaluationError> {
    let point = evaluator.at(inputs, &[], Held::Nothing, &[])?;
    let predicted = point.activations.last().into_iter().flatten().filter_map(|y| Some(y.value()?.to_integer()));
    let Some(largest) = predicted.max_by_key(Signed::abs) else { return Ok(None) };
    let size = round(largest.abs() * 2 / TARGETS);
    let step = if largest < 0 { -size } else { size };
    let mut found = Targets { step, steps: TARGETS, tried: 0, amplified: 0, largest: None };
    for i in 0..TARGETS {
        let mut inputs = inputs.clone();
        let Some(y) = inputs.get_mut(&*subject.numbers.target().name) else { return Ok(None) };
        *y = Array2::from_elem(y.dim(), Exact::ratio(i * step, 1)).into_shared();
        let Some(off) = exactly(&subject.numbers.layers, evaluator, &inputs, &[unit])? else { continue };
        let amplified = Amplified { target: i * step, ratios: grouped(&off.effects) };
        let size = |amplified: &Amplified| amplified.ratios.first().and_then(|(ratio, _)| absolute(*ratio));
        found.tried += 1;
        found.amplified += usize::from(size(&amplified) > absolute(Exact::one()));
        if size(&amplified) > found.largest.as_ref().map_or(absolute(Exact::one()), size) {
            found.largest = Some(amplified);
        }
    }
    Ok(Some(found))
}

/// 1, 2, 5, 10, 20, … from `least` on.
fn round(least: i128) -> i128 {
    let mut power = 1;
    loop {
        if let Some(round) = [1, 2, 5].into_iter().map(|digit| digit * power).find(|round| *round >= least) {
            return round;
        }
        power *= 10;
    }
}

/// |ratio|; less than any other if it has too many digits.
fn absolute(ratio: Exact) -> Option<impl Ord> {
    ratio.value().map(|ratio| ratio.abs())
}

/// The ratio of an entry that is the largest in size, if they are fractions.
fn extreme(ratios: &Ratios) -> Option<Exact> {
    let ends = ratios.spreads().filter_map(|spread| spread.median_least_greatest);
    let exact = ends.flat_map(|[_, least, greatest]| [least, greatest]).map(|ratio| match ratio {
        Ratio::Exact(exact) => Some(exact),
        Ratio::Float(_) => None,
    });
    exact.collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|ratio| absolute(*ratio))
}

/// The largest ratio of each gradient, everything following: those by falling size, with the gradients that have them.
fn grouped(effects: &[Effect]) -> Vec<(Exact, Vec<String>)> {
    let mut groups: Vec<(Exact, Vec<String>)> = Vec::new();
    for effect in effects {
        let Some(ratio) = extreme(&effect.following) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == ratio) {
            Some((_, gradients)) => gradients.push(effect.name.clone()),
            None => groups.push((ratio, vec![effect.name.clone()])),
        }
    }
    groups.sort_by_key(|(ratio, _)| std::cmp::Reverse(absolute(*ratio)));
    groups
}
