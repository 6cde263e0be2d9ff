//! A subject at its point, at other draws and with other beginnings → its [`Summary`].

use std::collections::HashSet;

use ndarray::{Array2, Axis};

use super::{
    Options,
    models::redrawn,
    subject::{begun_again, layered},
};
use crate::{
    catalog::Activation,
    evaluate::{Initialisation, Passes, arrays::inputs, initialise, scaled::passes},
    expr::{Function, function::Parameter},
    insight::{
        Origin, Subject,
        flow::{Stop, Thresholds, flow},
        inactive::{Limits, inactive},
        place::hidden,
        summary::{Aspect, Change, Judged, Summary, Tried, Verdict, balanced, weight_size},
    },
    network::graph::{Layer, Network, Operation, Value},
    pipeline::PipelineError,
};

/// Multiplications that the passes at other draws may take, where nobody says how many draws.
const WORK: usize = 30_000_000;

/// The fewest and the most draws where nobody says how many.
const DRAWS: [usize; 2] = [3, 20];

/// Deviations of W that are tried.
const GUESSES: usize = 3;

/// X is as good as standardised where its rms is within this factor of 1.
const STANDARD: f64 = 3.0;

impl Options {
    /// When the gradient vanishes or explodes.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds { vanishing: self.vanishing, exploding: self.exploding }
    }

    /// When a unit is dead or saturated.
    pub fn limits(&self) -> Limits {
        Limits { dead: self.dead, saturated: self.saturated }
    }
}

/// Judges the point, counts at how many draws of W the same is said, and tries what may be better.
///
/// # Errors
/// A limit, or a defect.
pub fn summary(subject: &Subject, at_point: &Passes, options: &Options) -> Result<Summary, PipelineError> {
    let mut judged = judged(subject, at_point, options)?;
    count_draws(subject, &mut judged, options)?;
    let thresholds = options.thresholds();
    let mut summary =
        Summary { thresholds, bounds: options.bounds, limits: options.limits(), judged, tried: Vec::new() };
    let is_fine = summary.judged.findings.iter().all(|finding| finding.verdict == Verdict::Fine);
    // Where J has no value, or there is no error, nothing can be better.
    if !is_fine && summary.judged.undefined.is_none() && summary.judged.stop != Some(Stop::Error) {
        let normal = Options { initialisation: Initialisation::Normal(1.0), ..options.clone() };
        let Ok(fresh) = begun_again(subject, &normal) else { return Ok(summary) };
        for change in changes(subject, &summary.judged) {
            summary.tried.extend(tried(&fresh, change, options)?);
        }
        balance(weight_size(subject), &fresh, &mut summary, options)?;
        try_advice_again(&fresh, &mut summary, options)?;
    }
    Ok(summary)
}

/// Advice is tried at as many draws of W as the point is: what most of them do not say is no advice, and another takes its place.
fn try_advice_again(fresh: &Subject, summary: &mut Summary, options: &Options) -> Result<(), PipelineError> {
    let advised = |summary: &Summary| {
        let aspects = summary.judged.findings.iter().filter(|finding| finding.verdict != Verdict::Fine);
        let once = aspects.flat_map(|finding| summary.advice(finding.aspect)).find(|tried| tried.is_once());
        once.and_then(|once| summary.tried.iter().position(|tried| std::ptr::eq(tried, once)))
    };
    while let Some(place) = advised(summary) {
        let Tried { change, judged } = &mut summary.tried[place];
        let Some(initialisation) = change.initialisation else { return Ok(()) };
        let Ok(other) = changed(fresh, change, initialisation) else { return Ok(()) };
        count_draws(&other, judged, options)?;
        if summary.tried[place].is_once() {
            return Ok(());
        }
    }
    Ok(())
}

/// Where no known initialisation keeps the gradient: the deviation that a few steps come to.
fn balance(size: f64, fresh: &Subject, summary: &mut Summary, options: &Options) -> Result<(), PipelineError> {
    let is_fine = |judged: &Judged| judged.of(Aspect::Gradient).verdict == Verdict::Fine;
    let known = summary.tried.iter().any(|tried| tried.change.activation.is_none() && is_fine(&tried.judged));
    if known || is_fine(&summary.judged) {
        return Ok(());
    }
    let mut guess = balanced(size, &summary.judged);
    for _ in 0..GUESSES {
        let Some(deviation) = guess else { return Ok(()) };
        let initialisation = Some(Initialisation::Normal(deviation));
        let change = Change { activation: None, initialisation, standardised: false };
        let Some(found) = tried(fresh, change, options)? else { return Ok(()) };
        guess = balanced(deviation, &found.judged).filter(|_| !is_fine(&found.judged));
        summary.tried.push(found);
    }
    Ok(())
}

fn judged(subject: &Subject, passes: &Passes, options: &Options) -> Result<Judged, PipelineError> {
    let flow = flow(subject, passes, options.thresholds())?;
    Ok(Judged::new(subject, &flow, &inactive(subject, passes, options.limits()), options.bounds))
}

/// At the point and at the next seeds, on the same X and Y.
fn count_draws(subject: &Subject, judged: &mut Judged, options: &Options) -> Result<(), PipelineError> {
    let drawn = subject.initialisation.filter(|_| subject.parameters == Origin::Drawn);
    let (Some(initialisation), Some(evaluator)) = (drawn, subject.evaluator()) else { return Ok(()) };
    let entries: usize = subject.arrays.values().map(Array2::len).sum();
    let [fewest, most] = DRAWS;
    let affordable = WORK / (entries * subject.samples()).max(1);
    let count = options.seeds.unwrap_or(affordable.clamp(fewest, most));
    let inputs = subject.inputs();
    let mut said = judged.findings.each_ref().map(|finding| vec![finding.verdict]);
    let mut other = subject.clone();
    for draw in 1..count as u64 {
        let inputs = redrawn(subject, &inputs, initialisation, options.seed.wrapping_add(draw));
        let passes = passes(evaluator, &inputs)?;
        other.arrays = inputs.into_iter().map(|(name, array)| (name, array.into_owned())).collect();
        let found = self::judged(&other, &passes, options)?;
        for (said, there) in said.iter_mut().zip(&found.findings) {
            said.push(there.verdict);
        }
    }
    for (finding, said) in judged.findings.iter_mut().zip(said) {
        let times = |verdict: Verdict| said.iter().filter(|other| **other == verdict).count();
        let others = said.iter().filter(|other| **other != finding.verdict);
        finding.elsewhere = others.map(|other| (*other, times(*other))).max_by_key(|(_, times)| *times);
        finding.draws = Some([times(finding.verdict), count]);
    }
    Ok(())
}

/// What may be better: other weights, other activations of the hidden layers, X standardised.
fn changes(subject: &Subject, judged: &Judged) -> Vec<Change> {
    use Initialisation::{Glorot, HeIn, Lecun};
    let leaky = Function::LeakyRelu(Parameter::new(0.01));
    let (relu, tanh) = (Function::Relu, Function::Tanh);
    let of = |activation: Option<Function>, initialisation| Change {
        activation: activation.map(Activation::Entrywise),
        initialisation: Some(initialisation),
        standardised: false,
    };
    let layers = &subject.numbers.layers;
    let hidden: Vec<Activation> = activated(&subject.numbers).map(|place| layers[place].activation).collect();
    let is_all = |function| hidden.iter().all(|activation| *activation == Activation::Entrywise(function));
    let mut changes: Vec<Change> = [HeIn, Glorot, Lecun].map(|name| of(None, name)).to_vec();
    changes.retain(|change| change.initialisation != subject.initialisation);
    if !hidden.is_empty() {
        let others = [(leaky, HeIn), (relu, HeIn), (tanh, Glorot)];
        let lost = judged.of(Aspect::Units).verdict != Verdict::Fine;
        let wanted = others.into_iter().filter(|(function, _)| !is_all(*function) && (lost || *function != leaky));
        changes.extend(wanted.map(|(function, name)| of(Some(function), name)));
    }
    let size = judged.cause.input.map_or(1.0, |input| input.log10().abs());
    if subject.data == Origin::Given && size > STANDARD.log10() {
        let initialisation = Some(subject.initialisation.unwrap_or(HeIn));
        changes.push(Change { activation: None, initialisation, standardised: true });
    }
    changes
}

/// The hidden layers with an activation that is not linear and no gate: no factor of an entrywise product.
fn activated(network: &Network) -> impl Iterator<Item = usize> {
    let product = |layer: &&Layer| layer.operation == Operation::Product;
    let factors =
        network.layers.iter().filter(product).flat_map(|layer| layer.sources.iter().map(|source| source.value));
    let gates: HashSet<Value> = factors.collect();
    let changing = hidden(network).filter(move |(place, layer)| {
        let is_gate = gates.contains(&Value::Layer(*place));
        layer.has_pre_activation() && layer.activation != Activation::LINEAR && !is_gate
    });
    changing.map(|(place, _)| place)
}

/// The same layers and data, changed; nothing where that cannot be computed.
fn tried(fresh: &Subject, change: Change, options: &Options) -> Result<Option<Tried>, PipelineError> {
    let Some(initialisation) = change.initialisation else { return Ok(None) };
    let Ok(other) = changed(fresh, &change, initialisation) else { return Ok(None) };
    let Some(evaluator) = other.evaluator() else { return Ok(None) };
    let passes = passes(evaluator, &other.inputs())?;
    let judged = judged(&other, &passes, options)?;
    Ok(judged.undefined.is_none().then_some(Tried { change, judged }))
}

/// What the user gets who follows the advice: W from the same seed, X and Y as they are given or drawn. In `fresh` all W have
/// variance 1.
fn changed(fresh: &Subject, change: &Change, initialisation: Initialisation) -> Result<Subject, PipelineError> {
    let mut arrays = fresh.arrays.clone();
    arrays.extend(initialise::scaled(&fresh.numbers, initialisation, &fresh.arrays));
    if change.standardised {
        for slot in inputs(&fresh.numbers) {
            arrays[&slot.name] = standardised(&arrays[&slot.name]);
        }
    }
    let mut changed = Subject { arrays, initialisation: Some(initialisation), ..fresh.clone() };
    if let Some(activation) = change.activation {
        let mut network = fresh.network.clone();
        for place in activated(&network).collect::<Vec<_>>() {
            network.layers[place].activation = activation;
            changed.numbers.layers[place].activation = activation;
        }
        changed.layered = layered(&network, (&changed.numbers, &changed.arrays))?;
        changed.network = network;
    }
    Ok(changed)
}

/// Each column with mean 0 and standard deviation 1; a constant one is 0.
fn standardised(array: &Array2<f64>) -> Array2<f64> {
    let mut array = array.clone();
    for mut column in array.axis_iter_mut(Axis(1)) {
        let mean = column.mean().unwrap_or(0.0);
        column.mapv_inplace(|entry| entry - mean);
        let deviation = column.std(0.0);
        column.mapv_inplace(|entry| if deviation > 0.0 { entry / deviation } else { 0.0 });
    }
    array
}
