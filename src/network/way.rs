//! [`Network`] → the layers that every path from the input to the loss passes.

use super::graph::{Network, Value};

/// The layers, from 0, that every path from an input to the first loss passes, and how many paths there are. The input is
/// the first that leads there.
///
/// Layers stand in the order of computation, so that a path goes round a layer if and only if one behind it takes in a value
/// from before it.
pub fn way(network: &Network) -> (Vec<usize>, f64) {
    let Value::Layer(last) = network.term().prediction else { return (Vec::new(), 1.0) };
    let sources = |layer: usize| network.layers[layer].sources.iter().map(|source| source.value);
    let mut leads = vec![false; last + 1];
    leads[last] = true;
    let mut start = usize::MAX;
    for layer in (0..=last).rev() {
        for source in sources(layer).filter(|_| leads[layer]).collect::<Vec<_>>() {
            match source {
                Value::Layer(below) => leads[below] = true,
                Value::Input(input) => start = start.min(input),
            }
        }
    }
    // Of each layer the paths to it, and the place behind the first value that it takes in.
    let mut paths = vec![0.0; last + 1];
    let mut first = vec![usize::MAX; last + 1];
    for layer in (0..=last).filter(|layer| leads[*layer]) {
        for source in sources(layer) {
            let (ways, behind) = match source {
                Value::Layer(below) => (paths[below], below + 1),
                Value::Input(input) => (f64::from(u8::from(input == start)), 0),
            };
            paths[layer] += ways;
            if ways > 0.0 {
                first[layer] = first[layer].min(behind);
            }
        }
    }
    let mut lowest = usize::MAX;
    let mut found = Vec::new();
    for layer in (0..=last).rev().filter(|layer| paths[*layer] > 0.0) {
        if lowest > layer {
            found.push(layer);
        }
        lowest = lowest.min(first[layer]);
    }
    found.reverse();
    (found, paths[last])
}
