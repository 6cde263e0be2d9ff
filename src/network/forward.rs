//! [`Network`] → the labelled expressions Z₁, A₁, …, Ŷ and the loss J.
//!
//! After this nothing knows of layers: a gradient is derived from definitions.

use std::{collections::HashMap, sync::Arc};

use super::graph::{Layer, Layout, Network, Operation, Source, Sum, Tensor, Value};
use crate::{
    catalog::{activation::Activation, loss::Loss},
    expr::{Arena, Definition, ExprId, Function, Op, Range, Role, ShapeError, Symbol, SymbolId, range::Bound},
    shape::Dim,
};

mod norms;
mod terms;

/// The forward pass as expressions.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Holds all expressions.
    pub arena: Arena,
    /// Z₁, A₁, …, Z_L, A_L; each in terms of earlier ones.
    pub definitions: Vec<Definition>,
    /// One a loss.
    pub outputs: Vec<Output>,
    /// J, the sum of the losses and the penalties.
    pub loss: ExprId,
    /// The penalties, if there are any.
    pub penalty: Option<ExprId>,
    /// X, and further inputs.
    pub inputs: Vec<SymbolId>,
    /// The targets that are arrays of their own.
    pub targets: Vec<SymbolId>,
    /// The masks of dropout.
    pub masks: Vec<SymbolId>,
    /// The means and variances of norms that hold them fixed.
    pub statistics: Vec<SymbolId>,
    /// The constants: those that put values side by side, and weights of classes.
    pub pieces: Vec<Piece>,
    /// W₁, b₁, W₂, …
    pub parameters: Vec<SymbolId>,
    /// Where samples are columns, each name is that of the transpose.
    pub layout: Layout,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its name.
    pub symbol: SymbolId,
    /// Its entries.
    pub entries: Entries,
}

/// The entries of a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Entries {
    /// E: k × f, I in the columns behind so many features, else 0.
    Place(Option<Dim>),
    /// ω: numbers of the spec, a column.
    Column(Arc<[f64]>),
}

/// A prediction, and the loss on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// Ŷ = A_L = σ(Z_L).
    pub prediction: Definition,
    /// The target, an array or a value of the network.
    pub target: SymbolId,
    /// What the prediction is compared with: the target, or what is made of its classes.
    pub compared: ExprId,
    /// The term of J, in terms of Ŷ and Y.
    pub loss: ExprId,
    /// Whether the target holds distributions: rows that sum to 1.
    pub distributions: bool,
    /// Whether the target is a gradient that comes in, and there is no loss.
    pub is_upstream: bool,
}

impl Forward {
    /// X, the first input.
    #[must_use]
    pub fn input(&self) -> SymbolId {
        self.inputs[0]
    }

    /// Y, the target of the first loss.
    #[must_use]
    pub fn target(&self) -> SymbolId {
        self.outputs[0].target
    }

    /// Ŷ of the first loss.
    #[must_use]
    pub fn prediction(&self) -> Definition {
        self.outputs[0].prediction
    }

    /// The targets that are taken for distributions, each once.
    #[must_use]
    pub fn distributions(&self) -> Vec<SymbolId> {
        let mut targets = Vec::new();
        for output in self.outputs.iter().filter(|output| output.distributions) {
            if self.arena.symbol(output.target).role == Role::Target && !targets.contains(&output.target) {
                targets.push(output.target);
            }
        }
        targets
    }

    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> &Dim {
        let input = self.arena.symbol(self.input());
        self.layout.sides(&input.rows, &input.columns).0
    }

    /// Whether samples are columns.
    #[must_use]
    pub fn has_columns(&self) -> bool {
        self.layout == Layout::Columns
    }

    /// Whether a norm takes its means over the batch, so that each sample depends on all others.
    #[must_use]
    pub fn mixes_samples(&self) -> bool {
        self.definitions.iter().any(|definition| self.is_over_batch(definition.symbol))
    }

    /// Whether it is the r of a norm that takes its means over the batch: it has no sample of its own, and all samples are in it.
    #[must_use]
    pub fn is_over_batch(&self, symbol: SymbolId) -> bool {
        let own = self.arena.symbol(symbol);
        if own.role != Role::InverseRms || own.has_samples() {
            return false;
        }
        let value = self.definitions.iter().find(|definition| definition.symbol == symbol);
        value.is_some_and(|definition| {
            let parts = self.arena.reachable(&[definition.value]).into_iter();
            parts.filter_map(|part| self.arena.as_symbol(part)).any(|part| self.arena.symbol(part).has_samples())
        })
    }

    /// All arrays that are given: inputs, targets, masks, parameters.
    pub fn given(&self) -> impl Iterator<Item = SymbolId> {
        [&self.inputs, &self.targets, &self.masks, &self.statistics, &self.parameters].into_iter().flatten().copied()
    }
}

/// Builds the forward pass.
///
/// # Errors
/// None for a network that was checked: its shapes fit.
pub fn forward(network: &Network) -> Result<Forward, ShapeError> {
    let mut arena = Arena::default();
    let inputs: Vec<SymbolId> = network.inputs.iter().map(|input| arena.intern(tensor(Role::Input, input))).collect();
    let targets: Vec<SymbolId> =
        network.targets().into_iter().map(|target| arena.intern(tensor(Role::Target, target))).collect();
    let mut pass = Pass {
        samples: network.input().samples.clone(),
        predictions: predictions(network),
        values: Vec::with_capacity(network.layers.len()),
        definitions: Vec::new(),
        masks: Vec::new(),
        statistics: Vec::new(),
        pieces: Vec::new(),
        parameters: Vec::new(),
        inputs,
        arena,
    };
    for (i, layer) in network.layers.iter().enumerate() {
        pass.layer(i, layer)?;
    }
    let outputs: Vec<Output> = network.terms.iter().map(|term| pass.output(term)).collect::<Result<_, _>>()?;
    let penalties: Vec<ExprId> =
        network.penalties.iter().map(|penalty| pass.penalty(network, penalty)).collect::<Result<_, _>>()?;
    let Pass { mut arena, definitions, masks, statistics, pieces, parameters, inputs, .. } = pass;
    let mut sum = |terms: &[ExprId]| {
        let Some((first, rest)) = terms.split_first() else { return Ok(None) };
        rest.iter().try_fold(*first, |sum, term| arena.plus(sum, *term)).map(Some)
    };
    let penalty = sum(&penalties)?;
    let terms: Vec<ExprId> = outputs.iter().map(|output| output.loss).chain(penalty).collect();
    let loss = sum(&terms)?.unwrap_or(terms[0]);
    let layout = Layout::Rows;
    Ok(Forward {
        arena,
        definitions,
        outputs,
        loss,
        penalty,
        inputs,
        targets,
        masks,
        statistics,
        pieces,
        parameters,
        layout,
    })
}

/// The layers whose values are predictions, and what each is called under its hat: as the target, if that is one letter's.
fn predictions(network: &Network) -> HashMap<usize, Arc<str>> {
    let mut predictions: HashMap<usize, Arc<str>> = HashMap::new();
    for term in &network.terms {
        let Value::Layer(layer) = term.prediction else { continue };
        let unnamed = term.loss == Loss::Upstream || !term.loss.has_target();
        let name: Arc<str> = if unnamed { "Y".into() } else { term.target.name.clone() };
        let of_layer = matches!(term.target_value, Some(Value::Layer(_)));
        if !of_layer && !predictions.values().any(|known| *known == name) {
            predictions.entry(layer).or_insert(name);
        }
    }
    predictions
}

/// What each layer adds to.
struct Pass {
    arena: Arena,
    samples: Dim,
    predictions: HashMap<usize, Arc<str>>,
    inputs: Vec<SymbolId>,
    /// What each layer puts out.
    values: Vec<Definition>,
    definitions: Vec<Definition>,
    masks: Vec<SymbolId>,
    statistics: Vec<SymbolId>,
    pieces: Vec<Piece>,
    parameters: Vec<SymbolId>,
}

impl Pass {
    fn layer(&mut self, place: usize, layer: &Layer) -> Result<(), ShapeError> {
        let sources: Vec<ExprId> =
            layer.sources.iter().map(|source| self.value_of(source.value)).collect::<Result<_, _>>()?;
        let value = match layer.operation {
            Operation::Dense | Operation::Tied | Operation::Activation => self.activated(layer, &sources)?,
            Operation::Sum(Sum::Subtract) => self.folded(&sources, Arena::minus)?,
            Operation::Sum(Sum::Residual | Sum::Add) => self.folded(&sources, Arena::plus)?,
            Operation::Product => self.folded(&sources, Arena::hadamard)?,
            Operation::Concat => self.joined(layer, &sources)?,
            Operation::Norm(norm) => self.norm(layer, norm, sources[0])?,
            Operation::FixedNorm { epsilon } => self.fixed_norm(layer, epsilon, sources[0])?,
            Operation::Dropout { .. } => {
                let mask = Symbol::new(Role::Mask, "M", Some(&layer.label), self.samples.clone(), layer.output.clone());
                let mask = self.arena.intern(mask);
                self.masks.push(mask);
                let mask = self.arena.named(mask)?;
                self.arena.hadamard(sources[0], mask)?
            }
        };
        let prediction = self.predictions.get(&place).cloned();
        let (role, name) = match prediction {
            Some(target) => (Role::Prediction, target),
            None => (Role::Activation, "A".into()),
        };
        let symbol = self.symbol(role, &name, layer, &layer.output);
        let range = if layer.has_pre_activation() { layer.activation.range() } else { Range::ALL };
        self.define(Symbol { range, ..symbol }, value)?;
        self.values.extend(self.definitions.last().copied());
        Ok(())
    }

    /// The value as a name.
    fn value_of(&mut self, value: Value) -> Result<ExprId, ShapeError> {
        let symbol = self.symbol_of(value);
        self.arena.named(symbol)
    }

    fn symbol_of(&self, value: Value) -> SymbolId {
        match value {
            Value::Input(input) => self.inputs[input],
            Value::Layer(layer) => self.values[layer].symbol,
        }
    }

    fn folded(
        &mut self,
        values: &[ExprId],
        with: impl Fn(&mut Arena, ExprId, ExprId) -> Result<ExprId, ShapeError>,
    ) -> Result<ExprId, ShapeError> {
        values[1..].iter().try_fold(values[0], |sum, value| with(&mut self.arena, sum, *value))
    }

    /// σ(Z), where Z = A W + 1 b is defined before.
    fn activated(&mut self, layer: &Layer, sources: &[ExprId]) -> Result<ExprId, ShapeError> {
        let mut z = self.weighted(layer, sources[0], &layer.sources[0])?;
        for (value, source) in sources.iter().zip(&layer.sources).skip(1) {
            let product = self.weighted(layer, *value, source)?;
            z = self.arena.plus(z, product)?;
        }
        if layer.has_bias() {
            let bias = self.row(Role::Bias, "b", layer)?;
            z = self.arena.plus(z, bias)?;
        }
        let z = self.define(self.symbol(Role::PreActivation, "Z", layer, &layer.output), z)?;
        match layer.activation {
            Activation::Entrywise(function) => self.arena.map(function, 0, z),
            Activation::Softmax => self.arena.softmax(z),
            Activation::LogSoftmax => {
                let total = self.arena.add(Op::LogSumExp([z]))?;
                let ones = self.arena.ones(&Dim::one(), &layer.output)?;
                let total = self.arena.multiply(total, ones)?;
                self.arena.minus(z, total)
            }
            Activation::Prelu => self.prelu(layer, z),
        }
    }

    /// max(0, Z) + (1 α 1ᵀ) ⊙ min(0, Z), with one slope α.
    fn prelu(&mut self, layer: &Layer, z: ExprId) -> Result<ExprId, ShapeError> {
        let slope = Symbol::new(Role::Slope, "α", Some(&layer.owner), Dim::one(), Dim::one());
        let mut slopes = self.parameter(slope)?;
        for (rows, columns, before) in
            [(Dim::one(), layer.output.clone(), false), (self.samples.clone(), Dim::one(), true)]
        {
            let ones = self.arena.ones(&rows, &columns)?;
            if !(rows.is_one() && columns.is_one()) {
                slopes = if before { self.arena.multiply(ones, slopes)? } else { self.arena.multiply(slopes, ones)? };
            }
        }
        let (below, above) = (self.arena.map(Function::Min0, 0, z)?, self.arena.map(Function::Relu, 0, z)?);
        let below = self.arena.hadamard(slopes, below)?;
        self.arena.plus(above, below)
    }

    /// A W, A Wᵀ of a tied layer, A itself of one without a weight.
    fn weighted(&mut self, layer: &Layer, a: ExprId, source: &Source) -> Result<ExprId, ShapeError> {
        let (rows, columns) = if layer.operation == Operation::Dense {
            (source.width.clone(), layer.output.clone())
        } else if layer.operation == Operation::Tied {
            (layer.output.clone(), source.width.clone())
        } else {
            return Ok(a);
        };
        let weight = self.parameter(Symbol::new(Role::Weight, "W", Some(&source.weight), rows, columns))?;
        let weight = if layer.operation == Operation::Tied { self.arena.transpose(weight)? } else { weight };
        self.arena.multiply(a, weight)
    }

    /// 1 b, or b of a single sample.
    fn row(&mut self, role: Role, letter: &str, layer: &Layer) -> Result<ExprId, ShapeError> {
        let row = self.parameter(Symbol::new(role, letter, Some(&layer.owner), Dim::one(), layer.output.clone()))?;
        if self.samples.is_one() {
            return Ok(row);
        }
        let ones = self.arena.ones(&self.samples, &Dim::one())?;
        self.arena.multiply(ones, row)
    }

    /// A₁ E₁ + A₂ E₂ + …, where the rows of E₁, E₂, … together are I: the features of all, one behind the other.
    fn joined(&mut self, layer: &Layer, sources: &[ExprId]) -> Result<ExprId, ShapeError> {
        let mut sum: Option<ExprId> = None;
        let mut before: Option<Dim> = None;
        for (i, (value, source)) in sources.iter().zip(&layer.sources).enumerate() {
            let label = format!("{}_{}", layer.label, i + 1).into();
            let symbol = Symbol::new(Role::Piece, "E", Some(&label), source.width.clone(), layer.output.clone());
            let symbol = self.arena.intern(Symbol { range: Range::new(Bound::Closed(0), Bound::Closed(1)), ..symbol });
            self.pieces.push(Piece { symbol, entries: Entries::Place(before.clone()) });
            let place = self.arena.named(symbol)?;
            let part = self.arena.multiply(*value, place)?;
            sum = Some(match sum {
                None => part,
                Some(sum) => self.arena.plus(sum, part)?,
            });
            before = match &before {
                None => Some(source.width.clone()),
                Some(before) => before.plus(&source.width).ok(),
            };
        }
        Ok(sum.unwrap_or(sources[0]))
    }

    fn symbol(&self, role: Role, name: &str, layer: &Layer, columns: &Dim) -> Symbol {
        Symbol::new(role, name, Some(&layer.label), self.samples.clone(), columns.clone())
    }

    fn parameter(&mut self, symbol: Symbol) -> Result<ExprId, ShapeError> {
        let symbol = self.arena.intern(symbol);
        if !self.parameters.contains(&symbol) {
            self.parameters.push(symbol);
        }
        self.arena.named(symbol)
    }

    fn define(&mut self, symbol: Symbol, value: ExprId) -> Result<ExprId, ShapeError> {
        let symbol = self.arena.intern(symbol);
        self.definitions.push(Definition { symbol, value });
        self.arena.named(symbol)
    }
}

fn tensor(role: Role, tensor: &Tensor) -> Symbol {
    Symbol::new(role, &tensor.name, None, tensor.samples.clone(), tensor.features.clone())
}
