//! Many layers → one step in the place of those in the middle.

use std::{collections::BTreeSet, ops::RangeInclusive};

use crate::{
    document::{
        Notation, Relation, Sentence,
        graph::{Backward, Operand, Passes, Step, Target},
    },
    network::graph::{Layer, Network},
    report::{shapes::kind, words},
};

/// Networks with as many layers are folded.
const DEEP: usize = 9;
/// Layers that stay at both ends, and where the chosen one stands between them.
const ENDS: [usize; 2] = [2, 1];
/// Fewer layers are not worth it.
const FEWEST: usize = 3;

/// The same with a step for the layers between the ends and `chosen`, and the layer behind that.
pub(super) fn folded(
    mut steps: Vec<Step>,
    layers: &[Option<usize>],
    network: &Network,
    chosen: Option<usize>,
) -> Vec<Step> {
    let count = network.layers.len();
    if count < DEEP {
        return steps;
    }
    let is_between = chosen.is_some_and(|chosen| (ENDS[0]..count - ENDS[0] - 1).contains(&chosen));
    let ends = ENDS[usize::from(is_between)];
    let is_shown = |layer: usize| {
        layer < ends || layer + ends >= count || chosen.is_some_and(|chosen| layer == chosen || layer == chosen + 1)
    };
    let hidden: Vec<usize> = (0..count).filter(|layer| !is_shown(*layer)).collect();
    // From the end, so that places before stay as they are.
    for gap in hidden.chunk_by(|a, b| a + 1 == *b).collect::<Vec<_>>().into_iter().rev() {
        let (first, last) = (gap[0], gap[gap.len() - 1]);
        let is_in = |layer: &Option<usize>| layer.is_some_and(|layer| (first..=last).contains(&layer));
        let start = layers.iter().position(is_in);
        let end = layers.iter().rposition(is_in);
        let Some(range) = start.zip(end).and_then(|(start, end)| closed(&steps, start, end)) else { continue };
        let places: BTreeSet<usize> = layers[range.clone()].iter().flatten().copied().collect();
        if places.len() >= FEWEST {
            let words = said(&network.layers, &places.into_iter().collect::<Vec<_>>());
            steps = replaced(steps, range, words);
        }
    }
    steps
}

/// The longest range from `start` of which only the last value is used behind it.
fn closed(steps: &[Step], start: usize, end: usize) -> Option<RangeInclusive<usize>> {
    let used = |end: usize| {
        let behind = steps[end + 1..].iter().flat_map(|step| &step.operands).map(|operand| operand.step);
        let errors = steps[end + 1..].iter().flat_map(|step| &step.backward).flat_map(|backward| &backward.to);
        let mut used = behind.chain(errors.map(|target| target.step)).filter(move |step| (start..=end).contains(step));
        used.all(move |step| step == end)
    };
    let last = (start..=end).rev().find(|end| used(*end) && steps[*end].adjoint.is_some())?;
    let is_whole = steps[start..=last].iter().all(|step| step.adjoint.is_some());
    is_whole.then_some(start..=last)
}

/// One step in the place of a range.
fn replaced(steps: Vec<Step>, range: RangeInclusive<usize>, words: Sentence) -> Vec<Step> {
    let (start, end) = (*range.start(), *range.end());
    let moved = |step: usize| match step {
        _ if step < start => step,
        _ if step <= end => start,
        _ => step - (end - start),
    };
    let inside = &steps[range];
    let before: BTreeSet<usize> = inside
        .iter()
        .flat_map(|step| &step.operands)
        .map(|operand| operand.step)
        .filter(|step| *step < start)
        .collect();
    let lit = |step: usize| {
        let targets = inside.iter().flat_map(|step| &step.backward).flat_map(|backward| &backward.to);
        targets.filter(|target| target.step == step).any(|target| target.is_lit)
    };
    let last = &steps[end];
    let received = last.adjoint.as_ref().map(|adjoint| adjoint.name.clone());
    let backward = before.iter().rev().map(|step| {
        let partial = Notation::partial(last.name.clone(), steps[*step].name.clone());
        Backward {
            rule: Notation::Product(received.clone().into_iter().chain([partial.clone()]).collect()),
            passes: Passes::Jacobian(partial),
            to: vec![Target { step: *step, is_lit: lit(*step) }],
            spans: None,
            kept: Vec::new(),
            is_lit: lit(*step),
        }
    });
    let is_taken = |step: usize| {
        inside.iter().flat_map(|step| &step.operands).any(|operand| operand.step == step && operand.is_lit)
    };
    let fold = Step {
        formula: None,
        short: None,
        inner: Vec::new(),
        folded: Some(words),
        operands: before.iter().map(|step| Operand { step: *step, is_lit: is_taken(*step) }).collect(),
        parameters: Vec::new(),
        backward: backward.collect(),
        ..last.clone()
    };
    let mut found = steps;
    found.splice(start..=end, [fold]);
    for step in &mut found {
        step.operands.iter_mut().for_each(|operand| operand.step = moved(operand.step));
        for backward in &mut step.backward {
            backward.to.iter_mut().for_each(|target| target.step = moved(target.step));
            backward.spans = backward.spans.map(moved);
        }
    }
    found
}

/// `layers 3 to 298, each dense relu, 64 × 64`; of what repeats how often, else the kinds.
fn said(layers: &[Layer], places: &[usize]) -> Sentence {
    let run = words::layers(places, &|place| layers[place].label.to_string());
    let kinds: Vec<String> = places.iter().map(|place| kind(&layers[*place])).collect();
    let sides = |place: &usize| (layers[*place].input(), &layers[*place].output);
    let is_alike = places.iter().all(|place| sides(place) == sides(&places[0]));
    let period = (1..=kinds.len() / 2).find(|period| kinds.iter().zip(&kinds[*period..]).all(|(a, b)| a == b));
    match period {
        Some(1) => {
            let sentence = Sentence::of(format!("{run}, each {}", kinds[0]));
            if !(is_alike && layers[places[0]].has_weight()) {
                return sentence;
            }
            let (rows, columns) = sides(&places[0]);
            let [rows, columns] = [rows, columns].map(|dim| Notation::Dim(dim.clone()));
            sentence.words(", ").math(rows).relation(Relation::Times).math(columns)
        }
        Some(period) => {
            let (first, rest) = kinds.split_at(kinds.len() % period);
            let before = if first.is_empty() { String::new() } else { format!("{}, then ", words::joined(first)) };
            Sentence::of(format!("{run}: {before}{} times {}", rest.len() / period, words::joined(&rest[..period])))
        }
        None => {
            let distinct: BTreeSet<&String> = kinds.iter().collect();
            Sentence::of(format!("{run}: {}", words::joined(&distinct.into_iter().collect::<Vec<_>>())))
        }
    }
}
