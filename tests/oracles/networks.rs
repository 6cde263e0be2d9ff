//! Networks built by hand, without the spec language.

use std::sync::Arc;

use chainrule::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss, Reduction},
    },
    network::graph::{Layer, Network, Parameters, Tensor},
    shape::Dim,
    source::Span,
};

/// A dimension from `64`, `n`.
pub fn dim(text: &str) -> Dim {
    text.parse().map_or_else(|_| Dim::name(text), |number| Dim::number(number).expect("in range"))
}

/// The activation of this name, with its default parameter.
pub fn named(name: &str) -> Activation {
    activation::find(name, None).expect(name)
}

/// The loss of this name, with its default parameter.
pub fn loss(name: &str) -> Loss {
    loss::find(name, None).expect(name)
}

/// `input X [n, f0]`, then the layers (label, width, activation, parameters), then the loss with `reduce=samples`.
/// A layer without parameters keeps its input's width.
pub fn network(input: [&str; 2], layers: &[(&str, &str, &str, Parameters)], loss_name: &str) -> Network {
    let mut width = dim(input[1]);
    let layers = layers
        .iter()
        .map(|&(label, output, activation, parameters)| {
            let output = if parameters == Parameters::None { width.clone() } else { dim(output) };
            let input = std::mem::replace(&mut width, output.clone());
            let (label, activation, span) = (Arc::from(label), named(activation), Span::default());
            Layer { label, input, output, parameters, activation, span }
        })
        .collect();
    let tensor = |name: &str, features: &Dim| Tensor {
        name: name.into(),
        samples: dim(input[0]).on_batch_axis(),
        features: features.clone(),
        span: Span::default(),
    };
    Network {
        input: tensor("X", &dim(input[1])),
        layers,
        target: tensor("Y", &width),
        loss: loss(loss_name),
        reduction: Reduction::Samples,
        bindings: Vec::new(),
    }
}
