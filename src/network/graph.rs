//! A network: layers in the order of computation with all their shapes, losses, penalties, and where each was said.

use std::sync::Arc;

use crate::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    expr::{Scalar, function::Parameter},
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

/// A value that layers and losses take: n × f.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// The input of this number.
    Input(usize),
    /// What the layer of this number puts out.
    Layer(usize),
}

/// A value that a layer takes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Which.
    pub value: Value,
    /// Its features.
    pub width: Dim,
    /// What stands behind the W that it is multiplied by, in a layer that has one.
    pub weight: Arc<str>,
}

/// A layer: Z of what comes in, then A = σ(Z). In a layer whose [`Operation`] has no σ, A itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `2`, or the user's name (`hidden`, in a block `hidden_2`): what stands behind Z, A.
    pub label: Arc<str>,
    /// What comes in, at least one value; each from an input or an earlier layer.
    pub sources: Vec<Source>,
    /// What is done with it.
    pub operation: Operation,
    /// What stands behind b, the gain s, the slope α and the mask M. In a shared block it is not the label.
    pub owner: Arc<str>,
    /// Features that go out.
    pub output: Dim,
    /// Which parameters it has.
    pub parameters: Parameters,
    /// σ.
    pub activation: Activation,
    /// Where it was said.
    pub span: Span,
}

/// What a layer does with what comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Z = A W + 1 b, the sum of A W over all sources.
    Dense,
    /// Z = A Wᵀ + 1 b with the W of another layer.
    Tied,
    /// Z = A.
    Activation,
    /// The sum of the sources, or the first without the others.
    Sum(Sum),
    /// The entrywise product of the sources.
    Product,
    /// The features of the sources, one behind the other.
    Concat,
    /// Mean square 1, then a gain s and a shift b a feature.
    Norm(Norm),
    /// A batch norm with a mean μ and a variance v a feature that are given, as after training, then a gain s and a shift b.
    FixedNorm {
        /// Is added to the variance.
        epsilon: Parameter,
    },
    /// A ⊙ M, where the entries of M are 0 or 1/(1 − rate).
    Dropout {
        /// The share of entries that are dropped.
        rate: Parameter,
    },
}

/// What adds values, as a spec writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// What comes in, and what a block makes of it.
    Residual,
    /// What blocks or names give.
    Add,
    /// The first without the others.
    Subtract,
}

/// What a norm makes 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Norm {
    /// Over which entries, and whether their mean becomes 0.
    pub kind: NormKind,
    /// Is added to the mean square.
    pub epsilon: Parameter,
}

/// The kinds of norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// Each row, mean and mean square.
    Layer,
    /// Each row, mean square only.
    Rms,
    /// Each column, mean and mean square over the batch.
    Batch,
}

impl NormKind {
    /// All, as a spec writes them.
    pub const TABLE: [(&'static str, Self); 3] = [("layer", Self::Layer), ("rms", Self::Rms), ("batch", Self::Batch)];

    /// As a spec writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// The parameters of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// None: Z = A.
    None,
    /// Z = A W.
    Weight,
    /// Z = A W + 1 b.
    WeightAndBias,
    /// A = H ⊙ (1 s) + 1 b.
    GainAndShift,
}

/// A term of J: a loss on a value, times a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The loss of an element.
    pub loss: Loss,
    /// Its mean.
    pub reduction: Reduction,
    /// The factor.
    pub weight: Scalar,
    /// What is made of the classes of the target.
    pub classes: Classes,
    /// The prediction.
    pub prediction: Value,
    /// The target: samples and features as the prediction has them.
    pub target: Tensor,
    /// The value that the target is, if it is no array of its own.
    pub target_value: Option<Value>,
    /// Where it was said.
    pub span: Span,
}

/// What a loss of classes makes of its target first: Y becomes ((1 − ε) Y + ε/f 1) diag(ω).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classes {
    /// ω, a factor for each class.
    pub weights: Option<Arc<[f64]>>,
    /// ε, the share that is spread evenly over all classes.
    pub smoothing: Option<Scalar>,
}

/// A term of J: the sizes of weights, times a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Penalty {
    /// Σ W², else Σ |W|.
    pub squares: bool,
    /// The factor.
    pub factor: Scalar,
    /// What stands behind each W.
    pub weights: Vec<Arc<str>>,
}

/// How samples stand in formulas and in arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// n × f: Z = X W + 1 b.
    #[default]
    Rows,
    /// f × n: Z = W X + b 1ᵀ.
    Columns,
}

impl Layout {
    /// Both, as a spec writes them.
    pub const TABLE: [(&'static str, Self); 2] = [("rows", Self::Rows), ("columns", Self::Columns)];

    /// Both sides of a matrix as they stand, of those in n × f.
    #[must_use]
    pub fn sides<T>(self, rows: T, columns: T) -> (T, T) {
        match self {
            Self::Rows => (rows, columns),
            Self::Columns => (columns, rows),
        }
    }
}

/// A checked network. Every layer's sources are inputs and earlier layers, and every layer is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// X, and further inputs.
    pub inputs: Vec<Tensor>,
    /// The layers from 1 to L; at least one has parameters.
    pub layers: Vec<Layer>,
    /// The losses, at least one.
    pub terms: Vec<Term>,
    /// The penalties.
    pub penalties: Vec<Penalty>,
    /// How samples stand in formulas and arrays.
    pub layout: Layout,
    /// The values that `let` gave: name, number, in order of the names.
    pub bindings: Vec<(Arc<str>, u64)>,
}

impl Layer {
    /// Features of the first value that comes in.
    #[must_use]
    pub fn input(&self) -> &Dim {
        &self.sources[0].width
    }

    /// Whether it has a W of its own.
    #[must_use]
    pub fn has_weight(&self) -> bool {
        matches!(self.parameters, Parameters::Weight | Parameters::WeightAndBias) && self.operation == Operation::Dense
    }

    /// Whether it has a b.
    #[must_use]
    pub fn has_bias(&self) -> bool {
        matches!(self.parameters, Parameters::WeightAndBias | Parameters::GainAndShift)
    }

    /// Whether it has a gain s.
    #[must_use]
    pub fn has_gain(&self) -> bool {
        self.parameters == Parameters::GainAndShift
    }

    /// Whether its σ has a slope α, which is a parameter.
    #[must_use]
    pub fn has_slope(&self) -> bool {
        self.activation == Activation::Prelu
    }

    /// Whether it has a Z, of which A is σ.
    #[must_use]
    pub fn has_pre_activation(&self) -> bool {
        matches!(self.operation, Operation::Dense | Operation::Tied | Operation::Activation)
    }
}

impl Network {
    /// The first input, X.
    #[must_use]
    pub fn input(&self) -> &Tensor {
        &self.inputs[0]
    }

    /// The first loss.
    #[must_use]
    pub fn term(&self) -> &Term {
        &self.terms[0]
    }

    /// The target of the first loss, Y.
    #[must_use]
    pub fn target(&self) -> &Tensor {
        &self.term().target
    }

    /// The targets that are arrays of their own, each once.
    #[must_use]
    pub fn targets(&self) -> Vec<&Tensor> {
        let mut targets: Vec<&Tensor> = Vec::new();
        for term in &self.terms {
            let known = targets.iter().any(|target| target.name == term.target.name);
            if term.target_value.is_none() && term.loss.has_target() && !known {
                targets.push(&term.target);
            }
        }
        targets
    }

    /// Whether this target is a distribution over classes, so that labels may stand for it.
    #[must_use]
    pub fn holds_classes(&self, target: &str) -> bool {
        let mut terms = self.terms.iter().filter(|term| term.target_value.is_none() && *term.target.name == *target);
        terms.any(|term| term.loss.has_classes())
    }

    /// The same network with other dimensions.
    ///
    /// # Errors
    /// Whatever `to` fails with.
    pub fn with_dims<E>(&self, to: impl Fn(&Dim) -> Result<Dim, E>) -> Result<Self, E> {
        let tensor = |tensor: &Tensor| {
            Ok(Tensor { samples: to(&tensor.samples)?, features: to(&tensor.features)?, ..tensor.clone() })
        };
        let source = |source: &Source| Ok(Source { width: to(&source.width)?, ..source.clone() });
        let layer = |layer: &Layer| {
            let sources = layer.sources.iter().map(source).collect::<Result<_, E>>()?;
            Ok(Layer { sources, output: to(&layer.output)?, ..layer.clone() })
        };
        Ok(Self {
            inputs: self.inputs.iter().map(tensor).collect::<Result<_, E>>()?,
            layers: self.layers.iter().map(layer).collect::<Result<_, E>>()?,
            terms: (self.terms.iter())
                .map(|term| Ok(Term { target: tensor(&term.target)?, ..term.clone() }))
                .collect::<Result<_, E>>()?,
            ..self.clone()
        })
    }

    /// The features of a value.
    #[must_use]
    pub fn width(&self, value: Value) -> &Dim {
        match value {
            Value::Input(input) => &self.inputs[input].features,
            Value::Layer(layer) => &self.layers[layer].output,
        }
    }

    /// Whether a norm takes its means over the batch, so that each sample depends on all others.
    #[must_use]
    pub fn mixes_samples(&self) -> bool {
        let is_batch =
            |layer: &Layer| matches!(&layer.operation, Operation::Norm(norm) if norm.kind == NormKind::Batch);
        self.layers.iter().any(is_batch)
    }

    /// Whether it is one chain of dense layers and activations without parameters: each takes in what the one before puts out, with
    /// parameters of its own, from one input to one loss without penalties or weights of classes.
    #[must_use]
    pub fn is_chain(&self) -> bool {
        let follows = |(i, layer): (usize, &Layer)| {
            let before = i.checked_sub(1).map_or(Value::Input(0), Value::Layer);
            let simple = matches!(layer.operation, Operation::Dense | Operation::Activation)
                && !matches!(layer.activation, Activation::Prelu | Activation::LogSoftmax);
            simple && layer.owner == layer.label && matches!(&layer.sources[..], [only] if only.value == before)
        };
        let last = self.layers.len().checked_sub(1).map(Value::Layer);
        let ends = matches!(&self.terms[..], [only] if Some(only.prediction) == last
            && only.target_value.is_none() && only.loss.has_target() && only.weight.is_one()
            && only.classes == Classes::default());
        ends && self.inputs.len() == 1 && self.penalties.is_empty() && self.layers.iter().enumerate().all(follows)
    }
}
