//! A spec that is read → the shapes at the ends of its lines, its layers and its variables.

use std::collections::HashMap;

use super::{
    api::{self, Answer, Line, Lines, Variable},
    text::Text,
};
use crate::{
    document::{Sentence, Typesetter},
    expr::{Role, SymbolId},
    network::{
        Resolution,
        forward::Forward,
        graph::{Layout, Network},
    },
    pipeline::variables::known,
    render::{Format, Style, fragment::Fragments},
    report::{factors, shapes},
    shape::Dim,
    source::Span,
};

/// Of more variables and layers those in the middle are left out of the lists; each can be asked for by its name.
const LISTED: usize = 4000;

/// A sentence as text.
pub fn plain(sentence: &Sentence) -> String {
    Style::new(Format::Text).sentence(sentence)
}

/// `n × f1`
pub fn sides(layout: Layout, rows: &Dim, columns: &Dim) -> String {
    plain(&shapes::shape(layout, rows, columns))
}

/// What statements put out, and the layers, as far as they are known.
pub fn tell(resolution: &Resolution, text: &Text, answer: &mut Answer) {
    let Some(input) = &resolution.input else { return };
    let inputs = resolution.network.as_ref().map_or(std::slice::from_ref(input), |network| &network.inputs[..]);
    let shape = |features: &Dim| sides(resolution.layout, &input.samples, features);
    let line = |span: Span, shape: String, layers: Vec<String>| {
        let [from, to] = text.units(span);
        Line { line: text.lines(span).to, from, to, shape, layers }
    };
    answer.lines = inputs.iter().map(|input| line(input.span, shape(&input.features), Vec::new())).collect();
    // A statement in a `repeat` makes several layers, which need not stand one behind the other.
    let mut places: HashMap<Span, usize> = HashMap::new();
    for layer in &resolution.layers {
        let place = *places.entry(layer.span).or_insert_with(|| {
            answer.lines.push(line(layer.span, String::new(), Vec::new()));
            answer.lines.len() - 1
        });
        answer.lines[place].shape = shape(&layer.output);
        answer.lines[place].layers.push(layer.label.to_string());
    }
    answer.lines.sort_by_key(|line| (line.to, line.from));
    answer.layers = ends(&resolution.layers)
        .map(|layer| api::Layer {
            label: layer.label.to_string(),
            kind: shapes::kind(layer),
            input: shape(layer.input()),
            output: shape(&layer.output),
            units: layer.output.as_number(),
            lines: text.lines(layer.span),
        })
        .collect();
}

/// All, or those at both ends.
fn ends<T>(all: &[T]) -> impl Iterator<Item = &T> {
    let (first, last) =
        if all.len() > LISTED { (&all[..LISTED / 2], &all[all.len() - LISTED / 2..]) } else { (all, &all[..0]) };
    first.iter().chain(last)
}

/// Inputs, parameters, and values.
pub fn variables(forward: &Forward, network: &Network, text: &Text, fragments: &Fragments) -> Vec<Variable> {
    let all: Vec<(String, SymbolId)> = known(forward).into_iter().collect();
    let lines = of_variables(forward, network, text);
    let variable = |(key, symbol): &(String, SymbolId)| {
        let of = forward.arena.symbol(*symbol);
        let name = Typesetter::new(&forward.arena).name(*symbol);
        Variable {
            key: key.clone(),
            symbol: fragments.inline(&name),
            text: Style::new(Format::Text).inline(&name),
            shape: sides(network.layout, &of.rows, &of.columns),
            kind: of.role.kind(),
            said: plain(&factors::variable(forward, *symbol)),
            layer: of.label.as_deref().map(str::to_owned),
            lines: lines.get(key).copied(),
        }
    };
    ends(&all).map(variable).collect()
}

/// The statement that each variable comes from, by its key.
pub fn of_variables(forward: &Forward, network: &Network, text: &Text) -> HashMap<String, Lines> {
    let spans = spans(network);
    let found = known(forward).into_iter().filter_map(|(key, symbol)| {
        let of = forward.arena.symbol(symbol);
        let of_input = || network.inputs.iter().find(|input| *input.name == *of.name).map(|input| input.span);
        let of_layer = || of.label.as_deref().and_then(|label| spans.get(label)).copied();
        let span = if of.role == Role::Input { of_input() } else { of_layer() };
        Some((key, text.lines(span?)))
    });
    found.collect()
}

/// Where each layer is said, by its label; what layers share is said by the first of them.
pub fn spans(network: &Network) -> HashMap<&str, Span> {
    let mut spans = HashMap::new();
    for layer in &network.layers {
        spans.entry(&*layer.label).or_insert(layer.span);
        spans.entry(&*layer.owner).or_insert(layer.span);
        for source in &layer.sources {
            spans.entry(&*source.weight).or_insert(layer.span);
        }
    }
    spans
}
