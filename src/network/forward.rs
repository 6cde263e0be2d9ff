//! [`Network`] → the labelled expressions Z₁, A₁, …, A_L = Ŷ and the loss J.
//!
//! After this nothing knows of layers: a gradient is derived from definitions.

use super::graph::{Layer, Network, Tensor};
use crate::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    expr::{Arena, Definition, ExprId, Range, Role, Scalar, ShapeError, Symbol, SymbolId, range::Bound},
    shape::Dim,
};

/// The forward pass as expressions.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Holds all expressions.
    pub arena: Arena,
    /// Z₁, A₁, …, Z_L, A_L; each in terms of earlier ones.
    pub definitions: Vec<Definition>,
    /// The last of them: Ŷ = A_L = σ(Z_L).
    pub prediction: Definition,
    /// J in terms of A_L and Y.
    pub loss: ExprId,
    /// X
    pub input: SymbolId,
    /// Y
    pub target: SymbolId,
    /// W₁, b₁, W₂, …
    pub parameters: Vec<SymbolId>,
}

/// Builds the forward pass.
///
/// # Errors
/// None for a network that was checked: its shapes fit.
pub fn forward(network: &Network) -> Result<Forward, ShapeError> {
    let mut arena = Arena::default();
    let input = arena.intern(tensor(Role::Input, &network.input));
    let target = arena.intern(tensor(Role::Target, &network.target));
    let output = arena.named(input)?;
    let mut pass = Pass {
        samples: network.input.samples.clone(),
        target: network.target.name.to_string(),
        output,
        prediction: Definition { symbol: input, value: output },
        definitions: Vec::new(),
        parameters: Vec::new(),
        arena,
    };
    for (i, layer) in network.layers.iter().enumerate() {
        pass.layer(layer, i + 1 == network.layers.len())?;
    }
    let Pass { mut arena, output, definitions, parameters, prediction, .. } = pass;
    let loss = loss(&mut arena, network, output, target)?;
    Ok(Forward { arena, definitions, prediction, loss, input, target, parameters })
}

/// What each layer adds to.
struct Pass {
    arena: Arena,
    samples: Dim,
    target: String,
    prediction: Definition,
    output: ExprId,
    definitions: Vec<Definition>,
    parameters: Vec<SymbolId>,
}

impl Pass {
    /// Z = A W + 1 b, or Z = A W + b of a single sample; A = σ(Z).
    fn layer(&mut self, layer: &Layer, last: bool) -> Result<(), ShapeError> {
        let mut z = self.output;
        if layer.has_weight() {
            let weight = self.parameter(Role::Weight, "W", layer, &layer.input)?;
            z = self.arena.multiply(z, weight)?;
        }
        if layer.has_bias() {
            let bias = self.parameter(Role::Bias, "b", layer, &Dim::one())?;
            let rows = if self.samples.is_one() {
                bias
            } else {
                let ones = self.arena.ones(&self.samples, &Dim::one())?;
                self.arena.multiply(ones, bias)?
            };
            z = self.arena.plus(z, rows)?;
        }
        let z = self.define(self.value(Role::PreActivation, "Z", layer), z)?;
        let a = match layer.activation {
            Activation::Entrywise(function) => self.arena.map(function, 0, z)?,
            Activation::Softmax => self.arena.softmax(z)?,
        };
        let (role, name) = if last { (Role::Prediction, self.target.clone()) } else { (Role::Activation, "A".into()) };
        let symbol = Symbol { range: range(layer.activation), ..self.value(role, &name, layer) };
        self.output = self.define(symbol, a)?;
        Ok(())
    }

    fn value(&self, role: Role, name: &str, layer: &Layer) -> Symbol {
        Symbol::new(role, name, Some(&layer.label), self.samples.clone(), layer.output.clone())
    }

    fn parameter(&mut self, role: Role, name: &str, layer: &Layer, rows: &Dim) -> Result<ExprId, ShapeError> {
        let symbol = Symbol::new(role, name, Some(&layer.label), rows.clone(), layer.output.clone());
        let symbol = self.arena.intern(symbol);
        self.parameters.push(symbol);
        self.arena.named(symbol)
    }

    fn define(&mut self, symbol: Symbol, value: ExprId) -> Result<ExprId, ShapeError> {
        let symbol = self.arena.intern(symbol);
        self.prediction = Definition { symbol, value };
        self.definitions.push(self.prediction);
        self.arena.named(symbol)
    }
}

fn tensor(role: Role, tensor: &Tensor) -> Symbol {
    Symbol::new(role, &tensor.name, None, tensor.samples.clone(), tensor.features.clone())
}

fn range(activation: Activation) -> Range {
    match activation {
        Activation::Entrywise(function) => function.range(0),
        Activation::Softmax => Range::new(Bound::Open(0), Bound::Closed(1)),
    }
}

/// J = κ Σ e(Ŷ, Y)
fn loss(arena: &mut Arena, network: &Network, output: ExprId, target: SymbolId) -> Result<ExprId, ShapeError> {
    let target = arena.named(target)?;
    let elements = network.loss.expression(arena, output, target)?;
    let total = arena.total(elements)?;
    let over_samples = Scalar::one_over(&network.input.samples);
    let kappa = match network.reduction {
        Reduction::Samples => over_samples,
        Reduction::Elements => over_samples.times(&Scalar::one_over(&network.target.features)).unwrap_or(over_samples),
        Reduction::Sum => return Ok(total),
    };
    arena.scale_by(kappa, total)
}

/// Whether the loss is cross-entropy over classes, whose targets are distributions: rows of Y that sum to 1.
#[must_use]
pub fn targets_are_distributions(network: &Network) -> bool {
    network.loss == Loss::Cce
}
