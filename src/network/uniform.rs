//! [`Network`] → the layers that stand for any depth, or the layer that is unlike the others.

use super::graph::{Classes, Layer, Network, Parameters, Source, Tensor, Term, Value};
use crate::{
    expr::{Index, index::width},
    shape::Dim,
    source::{Diagnostic, Kind, Span},
};

/// A layer as a message tells it from others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("layer {label} is {kind}")]
pub struct Hidden {
    /// Its label.
    pub label: String,
    /// As a spec says it, without the widths: `tanh nobias`.
    pub kind: String,
    /// Where it was said.
    pub at: Span,
}

impl Hidden {
    fn new(layer: &Layer) -> Self {
        let bias = if layer.parameters == Parameters::Weight { " nobias" } else { "" };
        Self { label: layer.label.to_string(), kind: format!("{}{bias}", layer.activation), at: layer.span }
    }
}

/// Why a network has no formula for any depth.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlike {
    /// A hidden layer of another kind than the first.
    #[error("formulas for any depth need hidden layers of one kind: {found}, {expected}")]
    Kind {
        /// The layer.
        found: Box<Hidden>,
        /// The first layer.
        expected: Box<Hidden>,
    },
    /// A layer without a W.
    #[error("formulas for any depth need layers with weights: layer {layer} is an activation alone")]
    NoWeight {
        /// Its label.
        layer: String,
        /// Where it was said.
        at: Span,
    },
    /// No hidden layer.
    #[error(
        "formulas for any depth need a hidden layer, of which others can be copies: the network has one layer in all"
    )]
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
            Self::Kind { found, expected } => error
                .at(found.at, &found.kind)
                .because(expected.at, &expected.kind)
                .help(format!("write `{}` in both places, or take the formulas of this depth", expected.kind)),
            Self::NoWeight { at, .. } => error
                .at(*at, "no W here")
                .help("put the activation into the `dense` before it, or take the formulas of this depth"),
            Self::Shallow { at, .. } => error.at(*at, "the last layer, which may be of another kind").help(
                "add a hidden layer, or take the formulas of this depth: with one layer there is nothing to generalise",
            ),
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
    let [hidden @ .., last] = &network.layers[..] else { return Err(Unlike::Shallow { at: network.target().span }) };
    let Some(first) = hidden.first() else { return Err(Unlike::Shallow { at: last.span }) };
    let first_kind = Hidden::new(first);
    if let Some(other) = hidden.iter().map(Hidden::new).find(|layer| layer.kind != first_kind.kind) {
        return Err(Unlike::Kind { found: Box::new(other), expected: Box::new(first_kind) });
    }
    let same = network.layers.iter().all(|layer| layer.output == network.input().features);
    let size = |index| if same { network.input().features.clone() } else { width(index) };
    let (l, end) = (Index::LAYER, size(Index::DEPTH));
    let copy = |layer: &Layer, index: Index, input: Dim, output| Layer {
        sources: layer
            .sources
            .iter()
            .map(|source| Source { width: input.clone(), weight: index.label(), ..source.clone() })
            .collect(),
        label: index.label(),
        owner: index.label(),
        output,
        ..layer.clone()
    };
    let from = |value: Value, mut layer: Layer| {
        layer.sources[0].value = value;
        layer
    };
    Ok(Network {
        inputs: vec![Tensor { features: size(l.plus(-1)), ..network.input().clone() }],
        layers: vec![
            from(Value::Input(0), copy(first, l, size(l.plus(-1)), size(l))),
            from(Value::Layer(0), copy(first, l.plus(1), size(l), size(l.plus(1)))),
            from(Value::Layer(1), copy(last, Index::DEPTH, size(l.plus(1)), end.clone())),
        ],
        terms: vec![Term {
            classes: Classes::default(),
            prediction: Value::Layer(2),
            target: Tensor { features: end, ..network.target().clone() },
            ..network.term().clone()
        }],
        ..network.clone()
    })
}
