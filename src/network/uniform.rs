//! [`Network`] → the layers that stand for any depth, or the layer that is unlike the others.

use super::graph::{Layer, Network, Parameters, Tensor};
use crate::{
    expr::{Index, index::width},
    shape::Dim,
    source::{Diagnostic, Kind, Span},
};

/// Why a network has no formula for any depth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlike {
    /// A hidden layer of another kind than the first.
    #[error("--general needs hidden layers of one kind: layer {layer} is {found}, layer {first} is {expected}")]
    Kind {
        /// Its label.
        layer: String,
        /// Its kind.
        found: String,
        /// Where it was said.
        at: Span,
        /// The first layer's label.
        first: String,
        /// The first layer's kind.
        expected: String,
        /// Where that was said.
        because: Span,
    },
    /// A layer without a W.
    #[error("--general needs layers with weights: layer {layer} is an activation alone")]
    NoWeight {
        /// Its label.
        layer: String,
        /// Where it was said.
        at: Span,
    },
    /// No hidden layer.
    #[error("--general needs a hidden layer, of which others can be copies: the network has one layer in all")]
    Shallow {
        /// The only layer.
        at: Span,
    },
}

impl Unlike {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let error = Diagnostic::error(Kind::Spec, self.to_string());
        match self {
            Self::Kind { found, at, expected, because, .. } => error
                .at(*at, found)
                .because(*because, expected)
                .help(format!("write `{expected}` in both places, or leave out `--general`")),
            Self::NoWeight { at, .. } => error
                .at(*at, "no W here")
                .help("put the activation into the `dense` before it, or leave out `--general`"),
            Self::Shallow { at, .. } => error
                .at(*at, "the last layer, which may be of another kind")
                .help("add a hidden layer, or leave out `--general`: with one layer there is nothing to generalise"),
        }
    }
}

/// What is left of the layers when any number of them is meant: layer l, the next, and the last, with the index of each
/// as its label. The width of layer k is f_k, unless all widths are the same.
///
/// The last layer of the result follows layer l + 1; only what comes behind its Z is meant.
///
/// # Errors
/// The first layer that is unlike the others.
pub fn uniform(network: &Network) -> Result<Network, Unlike> {
    if let Some(layer) = network.layers.iter().find(|layer| !layer.has_weight()) {
        return Err(Unlike::NoWeight { layer: layer.label.to_string(), at: layer.span });
    }
    let [hidden @ .., last] = &network.layers[..] else { return Err(Unlike::Shallow { at: network.target.span }) };
    let Some(first) = hidden.first() else { return Err(Unlike::Shallow { at: last.span }) };
    if let Some(other) = hidden.iter().find(|layer| kind(layer) != kind(first)) {
        let (layer, first_label) = (other.label.to_string(), first.label.to_string());
        let (found, expected) = (kind(other), kind(first));
        return Err(Unlike::Kind { layer, found, at: other.span, first: first_label, expected, because: first.span });
    }
    let same = network.layers.iter().all(|layer| layer.output == network.input.features);
    let size = |index| if same { network.input.features.clone() } else { width(index) };
    let (l, end) = (Index::LAYER, size(Index::DEPTH));
    let copy = |layer: &Layer, index: Index, input: Dim, output| Layer {
        label: index.label(),
        input,
        output,
        ..layer.clone()
    };
    Ok(Network {
        input: Tensor { features: size(l.plus(-1)), ..network.input.clone() },
        layers: vec![
            copy(first, l, size(l.plus(-1)), size(l)),
            copy(first, l.plus(1), size(l), size(l.plus(1))),
            copy(last, Index::DEPTH, size(l.plus(1)), end.clone()),
        ],
        target: Tensor { features: end, ..network.target.clone() },
        ..network.clone()
    })
}

/// As a spec says it, without the widths: `tanh nobias`.
fn kind(layer: &Layer) -> String {
    let bias = if layer.parameters == Parameters::Weight { " nobias" } else { "" };
    format!("{}{bias}", layer.activation)
}
