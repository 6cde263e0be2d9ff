//! A network: layers with all their shapes, a loss, and where each was said.

use std::sync::Arc;

use crate::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    shape::Dim,
    source::Span,
};

/// The batch of inputs or the targets: samples × features.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The user's name, or X, Y.
    pub name: Arc<str>,
    /// The samples, on the batch axis.
    pub samples: Dim,
    /// The features.
    pub features: Dim,
    /// Where it was declared; for an undeclared target, the loss.
    pub span: Span,
}

/// A layer: Z = A W + 1 b, then A = σ(Z). Without parameters Z is the input itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `2`, or the user's name (`hidden`, in a block `hidden_2`): what stands behind W, b, Z, A.
    pub label: Arc<str>,
    /// Features that come in.
    pub input: Dim,
    /// Features that go out.
    pub output: Dim,
    /// What is multiplied and added before the activation.
    pub parameters: Parameters,
    /// σ.
    pub activation: Activation,
    /// Where it was said.
    pub span: Span,
}

/// The parameters of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// An activation alone: Z = A.
    None,
    /// Z = A W.
    Weight,
    /// Z = A W + 1 b.
    WeightAndBias,
}

/// A checked network. Every layer's input is its predecessor's output.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// X.
    pub input: Tensor,
    /// The layers from 1 to L; at least one has parameters.
    pub layers: Vec<Layer>,
    /// Y: samples and features as Ŷ has them.
    pub target: Tensor,
    /// The loss of an element.
    pub loss: Loss,
    /// Its mean.
    pub reduction: Reduction,
    /// The values that `let` gave: name, number, in order of the names.
    pub bindings: Vec<(Arc<str>, u64)>,
}

impl Layer {
    /// Whether it has a W.
    #[must_use]
    pub fn has_weight(&self) -> bool {
        self.parameters != Parameters::None
    }

    /// Whether it has a b.
    #[must_use]
    pub fn has_bias(&self) -> bool {
        self.parameters == Parameters::WeightAndBias
    }
}
