//! Networks built by hand, without the spec language.

use std::sync::Arc;

use chainrule::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss, Reduction},
    },
    expr::Scalar,
    network::graph::{Classes, Layer, Layout, Network, Operation, Parameters, Source, Tensor, Term, Value},
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
    let layers: Vec<Layer> = layers
        .iter()
        .enumerate()
        .map(|(i, &(label, output, activation, parameters))| {
            let output = if parameters == Parameters::None { width.clone() } else { dim(output) };
            let input = std::mem::replace(&mut width, output.clone());
            let value = i.checked_sub(1).map_or(Value::Input(0), Value::Layer);
            let (label, activation, span) = (Arc::<str>::from(label), named(activation), Span::default());
            let operation = if parameters == Parameters::None { Operation::Activation } else { Operation::Dense };
            let sources = vec![Source { value, width: input, weight: label.clone() }];
            Layer { owner: label.clone(), label, sources, operation, output, parameters, activation, span }
        })
        .collect();
    let tensor = |name: &str, features: &Dim| Tensor {
        name: name.into(),
        samples: dim(input[0]).on_batch_axis(),
        features: features.clone(),
        span: Span::default(),
    };
    let term = Term {
        classes: Classes::default(),
        loss: loss(loss_name),
        reduction: Reduction::Samples,
        weight: Scalar::integer(1),
        prediction: Value::Layer(layers.len() - 1),
        target: tensor("Y", &width),
        target_value: None,
        span: Span::default(),
    };
    Network {
        inputs: vec![tensor("X", &dim(input[1]))],
        layers,
        terms: vec![term],
        penalties: Vec::new(),
        layout: Layout::Rows,
        bindings: Vec::new(),
    }
}
