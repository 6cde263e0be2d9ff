//! [`Flowing`] → tables and sentences.

use super::{Showing, over_networks, summary::verdict};
use crate::{
    document::{Document, Sentence, Table, sentence},
    insight::{
        Magnitude,
        flow::{Flow, Flowing, layers::Layer},
        size::float,
    },
    report::words::{by_weight, count, grouped, layers, left_out, letter, number, shown, size},
};

/// Depths and weights of the table of wᴸ.
const DEPTHS: [usize; 3] = [10, 50, 100];
const WEIGHTS: [f64; 5] = [0.5, 0.9, 1.0, 1.1, 1.5];

/// The sizes layer by layer, what is said of them, and the same in other networks of these layers.
pub fn flow(
    Flowing { flow, gradient, signal, activity, initialisations }: &Flowing,
    showing: Showing,
    page: &mut Document,
) {
    page.heading("Flow: how values and gradients change from layer to layer");
    table(flow, showing, page);
    page.paragraph(verdict(gradient, flow.thresholds));
    page.paragraph(verdict(signal, flow.thresholds));
    page.paragraphs(stopped(flow).into_iter().chain(overflowed(flow)).chain(cancelled(flow)).chain(predictions(flow)));
    powers(flow, showing.power, page);
    if let Some(activity) = activity {
        over_networks::activity(activity, showing, page);
    }
    if let Some(initialisations) = initialisations {
        let label = |place: Option<usize>| place.map_or("", |place| label(flow, place));
        let ends = if flow.chain { ["1", "[L]"] } else { [label(flow.way().next()), label(flow.way().last())] };
        over_networks::comparison(initialisations, ends, showing, page);
    }
}

fn table(flow: &Flow, showing: Showing, page: &mut Document) {
    let rms = [letter("A", ""), letter("Δ", ""), by_weight("")].map(|of| sentence!("rms {}", of));
    let header = ["layer", "units"].map(Sentence::of).into_iter().chain(rms);
    let last: &[&str] = if flow.chain { &["predicted", "mnemonic"] } else { &[] };
    let header = header.chain(["relative", "gain"].iter().chain(last).map(|name| Sentence::of(*name)));
    let mut table = Table::new(header, 1);
    let odd = |layer: &Layer| layer.gain.map_or(0.0, |gain| gain.log10().abs());
    let rows = shown(flow.layers.len(), &|row| odd(&flow.layers[row]));
    for row in &rows {
        let layer = &flow.layers[*row];
        let sizes = [layer.activation, layer.adjoint, layer.gradient, layer.relative, layer.gain].map(size);
        let predicted = [number(layer.predicted_gain), number(flow.mnemonic_of(*row))];
        let predicted = predicted.into_iter().filter(|_| flow.chain);
        table.row([layer.label.clone(), grouped(layer.units)].into_iter().chain(sizes).chain(predicted));
    }
    page.table(table);
    page.paragraphs(left_out(flow.layers.len(), rows.len(), "layers"));
    if !flow.chain {
        page.paragraph(between(flow));
    }
    if showing.explain {
        page.paragraphs(legend(flow.samples).into_iter().take(if flow.chain { 4 } else { 2 }));
    }
}

/// What a gain is between where paths branch.
fn between(flow: &Flow) -> Sentence {
    let way: Vec<usize> = flow.way().collect();
    let steps = if way.len() < 2 {
        "No two layers are on every path, so there is no gain from one to the next".into()
    } else {
        let label = |place: usize| flow.layers[place].label.clone();
        format!("A gain is a step between the {} that every path to the loss passes", layers(&way, &label))
    };
    let without = "where a layer has no Z, Δ is the gradient of its A. The predictions of the gain belong to chains of dense \
                   layers and are left out.";
    format!("{steps}; {without}").into()
}

fn legend(samples: usize) -> [Sentence; 4] {
    let samples = count(samples, "sample");
    let [w, delta, below] = [letter("W", "[l]"), letter("Δ", "[l]"), letter("Δ", "[l-1]")];
    [
        format!("rms: the root of the mean square of all entries, over {samples}.").into(),
        sentence!("relative: the norm of {} divided by the norm of {}.", by_weight("[l]"), w.clone()),
        sentence!(
            "gain: the rms of {} divided by the rms of {}; predicted: what it is for independent weights of mean 0, the \
             square root of the units of layer l times the rms of {} times the rms of the activation derivative of layer \
             l - 1.",
            below,
            delta,
            w.clone()
        ),
        sentence!(
            "mnemonic: a rule of thumb, the mean entry of {} (1 where a layer has none) times the share of active units of \
             layer l - 1 (1 of the input).",
            w
        ),
    ]
}

fn label(flow: &Flow, place: usize) -> &str {
    flow.layers.get(place).map_or("", |layer| &layer.label)
}

/// Why no layer receives anything.
fn stopped(flow: &Flow) -> Option<Sentence> {
    let top = &flow.last;
    let why = super::summary::stopped(flow.stop?, &format!("layer {top}"));
    Some(sentence!("{} is 0: {}", letter("Δ", top), why))
}

fn overflowed(flow: &Flow) -> Option<Sentence> {
    let found = flow.overflow.as_ref()?;
    Some(sentence!(
        "{} has entries that are too large to compute with; neither the values after it nor any gradient have figures.",
        letter(found.letter(), &found.layer)
    ))
}

fn cancelled(flow: &Flow) -> Option<Sentence> {
    Some(sentence!(
        "{} is 0: the terms of each of its entries cancel; what rounding leaves of them counts as 0.",
        letter("Δ", flow.cancels.as_ref()?)
    ))
}

/// rms(Δ_1)/rms(Δ_L) as two rules predict it.
fn predictions(flow: &Flow) -> Option<Sentence> {
    let measured = flow.steps.measured.filter(|_| flow.steps.count > 0)?;
    let off = |predicted: Magnitude| {
        let error = (predicted / measured).log10().abs() / float(flow.steps.count);
        let off = |error| format!(" (off by a factor of {} a layer)", number(10.0_f64.powf(error)));
        Some(error).filter(|error| error.is_finite()).map(off).unwrap_or_default()
    };
    let gain = flow.steps.predicted.map(|gain| format!(" The usual prediction (gain) says {gain}{}.", off(gain)));
    let rule = flow.mnemonic.filter(|rule| rule.steps > 0).map(|rule| {
        let said = rule.over_steps;
        format!(" The rule of thumb (mean weight times activation rate) says {said}{}.", off(said))
    });
    let said: String = gain.into_iter().chain(rule).collect();
    let [first, last] = [flow.way().next()?, flow.way().last()?].map(|place| letter("Δ", label(flow, place)));
    let whole = flow.mnemonic.map(|rule| {
        let size = if rule.mean_weight < 0.0 { " in size" } else { "" };
        format!(
            " Over the whole network, mean weight {} times activation rate {} to the power {} is {}{size}.",
            number(rule.mean_weight),
            number(rule.active),
            grouped(rule.depth),
            rule.value,
        )
    });
    let is = format!("is {measured}.{said}{}", whole.unwrap_or_default());
    Some(sentence!("The rms of {} divided by the rms of {} {}", first, last, is))
}

/// wᴸ for chosen w and L, for those that the user asks for, and for what this network multiplies by on the way down.
fn powers(flow: &Flow, asked: Option<(f64, u32)>, page: &mut Document) {
    let rule = flow.mnemonic.filter(|rule| rule.steps > 0);
    let mut depths = DEPTHS.to_vec();
    depths.extend([flow.steps.count].into_iter().chain(rule.map(|rule| rule.steps)).filter(|steps| *steps > 0));
    depths.sort_unstable();
    depths.dedup();
    let header = depths.iter().map(|depth| count(*depth, "layer"));
    let mut table = Table::new(["a layer multiplies by".to_owned()].into_iter().chain(header), 1);
    let mut row = |name: String, factor: Magnitude| {
        table.row_of(name, depths.iter().map(|depth| factor.power(float(*depth)).to_string()));
    };
    for weight in WEIGHTS {
        row(weight.to_string(), Magnitude::of(weight));
    }
    if let Some(each) = flow.each().filter(|each| !each.is_zero()) {
        row(format!("{each}, measured here"), each);
    }
    if let Some(rule) = rule {
        let factor = rule.over_steps.power(1.0 / float(rule.steps));
        row(format!("{factor}, the rule of thumb"), factor);
    }
    page.heading("What depth makes of a factor");
    page.table(table);
    page.paragraphs(asked.map(|(weight, depth)| {
        let power = Magnitude::of(weight).power(depth.into());
        let layers = count(depth as usize, "layer");
        format!("{layers} that each multiply the gradient by {weight} leave {power} times what it was.")
    }));
}
