//! [`Network`] → the block that stands for any number of them, where equal blocks follow one another.
//!
//! A block is what lies between two values that every path passes, such as the sums of two residual blocks; or several such
//! segments one after another, as in a transformer's block.

use std::sync::Arc;

use super::{
    graph::{Layer, Network, Operation, Parameters, Source, Sum, Tensor, Term, Value},
    way::way,
};
use crate::{catalog::activation::Activation, expr::Index, shape::Dim, source::Span};

/// A block as layer l and the next, and what follows the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    /// Block l, block l + 1 and the layers behind the last block. What block l puts out has the label l, its other layers
    /// `l,1`, `l,2`, ….
    pub pattern: Network,
    /// Whether the first block takes the input itself.
    pub takes_input: bool,
}

/// The longest run of equal blocks that keep the width, and branch or stand in no chain, of as few segments each as can be; none of a
/// network with several inputs, losses, penalties or shared weights.
#[must_use]
pub fn blocks(network: &Network) -> Option<Blocks> {
    let own = |layer: &Layer| {
        layer.owner == layer.label
            && layer.operation != Operation::Tied
            && !(layer.has_weight() && layer.sources.len() > 1)
    };
    let [term] = &network.terms[..] else { return None };
    let simple = network.inputs.len() == 1 && network.penalties.is_empty() && term.target_value.is_none();
    if !simple || !network.layers.iter().all(own) {
        return None;
    }
    // A part begins behind the input, and behind each layer that every path passes.
    let cuts: Vec<usize> = [0].into_iter().chain(way(network).0.into_iter().map(|layer| layer + 1)).collect();
    let parts: Vec<&[Layer]> = cuts.windows(2).map(|ends| &network.layers[ends[0]..ends[1]]).collect();
    let shapes: Vec<usize> = numbered(parts.iter().zip(&cuts).map(|(part, cut)| shape(part, *cut)));
    // Chains have formulas of their own, which say more.
    let is_chain = network.is_chain();
    let keeps = |start: usize, segments: usize| {
        let (first, last) = (&parts[start..start + segments], &parts[start + segments - 1]);
        let branches = first.iter().any(|part| part.len() > 1);
        (branches || !is_chain) && last.last().is_some_and(|last| last.output == *width(network, cuts[start]))
    };
    let mut best: Option<Run> = None;
    for segments in 1..=parts.len().min(2 * MAX_SEGMENTS) / 2 {
        let mut start = 0;
        while start + 2 * segments <= parts.len() {
            let mut end = start + segments;
            while end < parts.len() && shapes[end] == shapes[end - segments] {
                end += 1;
            }
            let found = Run { start, segments, blocks: (end - start) / segments };
            if found.blocks > 1 && keeps(start, segments) && best.is_none_or(|best| found.covers() > best.covers()) {
                best = Some(found);
            }
            start = if end > start + segments { (end - segments).max(start) + 1 } else { start + 1 };
        }
    }
    let Run { start, segments, blocks } = best?;
    let [from, to, behind] = [start, start + segments, start + segments * blocks].map(|part| cuts[part]);
    Some(Blocks { pattern: pattern(network, from, to, behind), takes_input: start == 0 })
}

/// Blocks of more segments are not looked for.
const MAX_SEGMENTS: usize = 16;

/// Equal blocks.
#[derive(Clone, Copy)]
struct Run {
    /// The first part.
    start: usize,
    /// How many parts a block has.
    segments: usize,
    blocks: usize,
}

impl Run {
    fn covers(self) -> usize {
        self.segments * self.blocks
    }
}

/// Equal things have equal numbers.
fn numbered(all: impl Iterator<Item = Vec<Layer>>) -> Vec<usize> {
    let mut known: Vec<Vec<Layer>> = Vec::new();
    let number = |shape: Vec<Layer>| {
        known.iter().position(|other| *other == shape).unwrap_or_else(|| {
            known.push(shape);
            known.len() - 1
        })
    };
    all.map(number).collect()
}

fn width(network: &Network, cut: usize) -> &Dim {
    network.width(cut.checked_sub(1).map_or(Value::Input(0), Value::Layer))
}

/// What tells blocks apart: their layers without labels, sources counted from the beginning.
fn shape(layers: &[Layer], start: usize) -> Vec<Layer> {
    let none: Arc<str> = "".into();
    let relative = |source: &Source| Source {
        value: match source.value {
            Value::Layer(layer) if layer >= start => Value::Layer(layer - start),
            Value::Layer(_) | Value::Input(_) => Value::Input(0),
        },
        weight: none.clone(),
        ..source.clone()
    };
    let bare = |layer: &Layer| Layer {
        label: none.clone(),
        owner: none.clone(),
        sources: layer.sources.iter().map(relative).collect(),
        span: Span::default(),
        ..layer.clone()
    };
    layers.iter().map(bare).collect()
}

/// Two blocks like that from `start` to `end`, and the layers from `behind` on.
fn pattern(network: &Network, start: usize, end: usize, behind: usize) -> Network {
    let size = end - start;
    let mut layers = Vec::new();
    for (number, index) in [Index::LAYER, Index::LAYER.plus(1)].into_iter().enumerate() {
        for (i, layer) in network.layers[start..end].iter().enumerate() {
            let label = if i + 1 == size { index.label() } else { format!("[{index},{}]", i + 1).into() };
            let value = |value: Value| match value {
                Value::Layer(layer) if layer >= start => Value::Layer(layer - start + number * size),
                Value::Layer(_) | Value::Input(_) => {
                    (number * size).checked_sub(1).map_or(Value::Input(0), Value::Layer)
                }
            };
            layers.push(named(layer, label, value));
        }
    }
    let is_number = |layer: &&Layer| layer.label.starts_with(|c: char| c.is_ascii_digit());
    let numbered = network.layers[behind..].iter().filter(is_number).count();
    for (i, layer) in network.layers[behind..].iter().enumerate() {
        let label = match is_number(&layer) {
            false => layer.label.clone(),
            true if numbered == 1 => "out".into(),
            true => format!("out_{}", i + 1).into(),
        };
        let value = |value: Value| match value {
            Value::Layer(layer) if layer >= behind => Value::Layer(layer - behind + 2 * size),
            Value::Layer(_) | Value::Input(_) => Value::Layer(2 * size - 1),
        };
        layers.push(named(layer, label, value));
    }
    if behind == network.layers.len() {
        // What the last block puts out has a name of its own, the prediction's.
        layers.push(output(network, 2 * size - 1));
    }
    let last = Value::Layer(layers.len() - 1);
    let input = match start {
        0 => network.input().clone(),
        _ => Tensor { name: "B".into(), features: width(network, start).clone(), ..network.input().clone() },
    };
    let term = Term { prediction: last, ..network.term().clone() };
    Network { inputs: vec![input], layers, terms: vec![term], ..network.clone() }
}

/// The value of a layer under another name.
fn output(network: &Network, of: usize) -> Layer {
    let width = network.target().features.clone();
    let label: Arc<str> = "out".into();
    Layer {
        sources: vec![Source { value: Value::Layer(of), width: width.clone(), weight: label.clone() }],
        owner: label.clone(),
        label,
        operation: Operation::Sum(Sum::Add),
        output: width,
        parameters: Parameters::None,
        activation: Activation::LINEAR,
        span: network.term().span,
    }
}

fn named(layer: &Layer, label: Arc<str>, value: impl Fn(Value) -> Value) -> Layer {
    let source = |source: &Source| Source { value: value(source.value), weight: label.clone(), ..source.clone() };
    Layer { sources: layer.sources.iter().map(source).collect(), owner: label.clone(), label, ..layer.clone() }
}
