//! A network → the runs of its layers whose gradients are held against differences by themselves.

use std::ops::Range;

use crate::network::graph::{Layer, Network, Operation, Value};

/// Networks of more layers are tested in segments: to follow every array up to J would be quadratic in depth.
const SHALLOW: usize = 32;

/// The layers of a segment. Through more, a small gradient would be lost beside the value that it changes.
const SEGMENT: usize = 8;

/// The layers of each segment, the first layer is 0: at least `SEGMENT` of them, up to one that every later layer rests on
/// alone. A network with more than that in common, parameters or losses, is one segment, as one that is not deep is.
#[must_use]
pub fn segments(network: &Network) -> Vec<Range<usize>> {
    let layers = network.layers.len();
    let own = |layer: &Layer| layer.owner == layer.label && layer.operation != Operation::Tied;
    let is_simple = network.inputs.len() == 1
        && network.terms.len() == 1
        && network.term().target_value.is_none()
        && network.term().prediction == Value::Layer(layers.saturating_sub(1))
        && network.penalties.is_empty()
        && network.layers.iter().all(own);
    if layers <= SHALLOW || !is_simple {
        return std::iter::once(0..layers).collect();
    }
    let lowest = |layer: &Layer| layer.sources.iter().map(|source| behind(source.value)).min().unwrap_or_default();
    let (mut cuts, mut rests_on) = (vec![layers], layers);
    for (index, layer) in network.layers.iter().enumerate().rev() {
        rests_on = rests_on.min(lowest(layer));
        if rests_on == index && index > 0 {
            cuts.push(index);
        }
    }
    let (mut segments, mut first) = (Vec::new(), 0);
    for cut in cuts.into_iter().rev() {
        if cut == layers || cut >= first + SEGMENT {
            segments.push(first..cut);
            first = cut;
        }
    }
    segments
}

/// The place behind a value among the layers: of an input the first.
fn behind(value: Value) -> usize {
    match value {
        Value::Input(_) => 0,
        Value::Layer(layer) => layer + 1,
    }
}
