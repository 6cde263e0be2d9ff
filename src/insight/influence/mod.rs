//! A network and a point → which factors enter which gradient, directly and indirectly: read off the derived expressions,
//! and confirmed by moving each of them.

mod measured;
mod reading;

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Model, Parameter, ends};
pub use measured::Point;
pub use reading::{Carrier, Factor, Path, Reader, Reading};

use crate::{
    expr::SymbolId,
    gradient::form::{expand, gate},
    network::variant::Variant,
};

/// More gradients than this are not shown beside each other.
pub const GRADIENTS: usize = 8;

/// More layers than this are not shown below each other, and not measured.
pub const LAYERS: usize = 10;

/// Samples that are moved.
pub const SAMPLES: usize = 4;

/// How something stands to a gradient: as it is read, and as it is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cell {
    /// X, the error, or W, b, S, D, G, A of a layer.
    pub factor: Factor,
    /// Whether it is a factor.
    pub direct: bool,
    /// How it acts through others.
    pub through: Vec<(Carrier, Path)>,
    /// (‖change of the gradient‖/‖gradient‖)/(‖move‖/‖what is moved‖), with error and gates held, and with everything
    /// following; none where it cannot be moved by itself, or where a gradient is not finite. What is 0 moves by the root
    /// mean square of its entries. A derivative gate is switched off, which is a move of 1.
    pub measured: [Option<f64>; 2],
    /// Whether a second, random point was needed to see it.
    pub elsewhere: bool,
    /// Whether the gradient is finite at the first point, before the move and after it.
    pub finite: bool,
}

impl Serialize for Factor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

fn name(variant: Variant) -> &'static str {
    match variant {
        Variant::Linear => "linear",
        Variant::Activations => "with activations",
        Variant::Biases => "with biases",
    }
}

fn keys<S: serde::Serializer>(variable: &Parameter, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&variable.key)
}

fn names<S: serde::Serializer>(variants: &[Variant], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(variants.iter().map(|variant| name(*variant)))
}

impl std::fmt::Display for Factor {
    /// `W2`, by the place of the layer, from 1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input => write!(f, "X"),
            Self::Error => write!(f, "error"),
            Self::Weight(k) => write!(f, "W{}", k + 1),
            Self::Bias(k) => write!(f, "b{}", k + 1),
            Self::Gate(k) => write!(f, "S{}", k + 1),
            Self::ForwardGate(k) => write!(f, "G{}", k + 1),
            Self::Value(k) => write!(f, "A{}", k + 1),
        }
    }
}

impl Cell {
    /// The best of its indirect ways.
    pub fn indirect(&self) -> Option<Path> {
        self.through.iter().map(|(_, path)| *path).max()
    }

    /// Whether it was seen to act as it is read not to: a defect.
    pub fn contradicts(&self) -> bool {
        let moved = self.measured.map(|change| change.is_some_and(|change| change > 0.0));
        (moved[0] && !self.direct) || (moved[1] && !self.direct && self.through.is_empty())
    }

    /// Whether nothing was seen where something was read. That is no contradiction: at this point the gradient may be 0.
    pub fn is_unseen(&self) -> bool {
        let still = self.measured.map(|change| change == Some(0.0));
        (still[0] && self.direct) || (still[1] && !self.direct && self.indirect() == Some(Path::Smooth))
    }

    /// Whether the first point says too little.
    fn is_open(&self) -> bool {
        !self.finite || self.is_unseen()
    }
}

/// ∂J/∂v: its factors, and what acts on it of the layers that are shown.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GradientInfluence {
    /// v.
    #[serde(serialize_with = "keys")]
    pub variable: Parameter,
    /// All factors and all indirect ways.
    #[serde(flatten)]
    pub reading: Reading,
    /// By layer, the input first and the error last.
    pub cells: Vec<Cell>,
    /// Whether it is 0 at the first point and at the random one: then it is not influenced by its factors either.
    #[serde(skip)]
    pub is_zero: bool,
}

/// What influences the gradients of a model.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelInfluence {
    /// The model; those that are the same for this network are one.
    #[serde(serialize_with = "names")]
    pub variants: Vec<Variant>,
    /// The layers that are shown, from 0.
    #[serde(skip)]
    pub layers: Vec<usize>,
    /// The layers with a forward gate that differs from the derivative's.
    #[serde(skip)]
    pub split: BTreeSet<usize>,
    /// The gradients that are shown.
    pub gradients: Vec<GradientInfluence>,
}

impl ModelInfluence {
    /// What it has: of those that are the same, the first says no more than is there.
    pub fn name(&self) -> &'static str {
        self.variants.first().map_or("", |variant| name(*variant))
    }

    /// Every cell, with the gradient that it belongs to.
    pub fn cells(&self) -> impl Iterator<Item = (&GradientInfluence, &Cell)> {
        self.gradients.iter().flat_map(|gradient| gradient.cells.iter().map(move |cell| (gradient, cell)))
    }
}

/// Reads `model`, and measures it at `point`, and at `elsewhere` what is not seen there or where gradients are not finite.
///
/// `layers` and `gradients` say how many of each; those in the middle are left out.
pub fn of(
    model: &Model,
    variants: Vec<Variant>,
    [point, elsewhere]: [&Point; 2],
    [layers, gradients]: [usize; 2],
) -> ModelInfluence {
    let reader = Reader::new(model);
    let count = model.network.layers.len();
    let layers = ends(count, layers);
    let parameters = model.all_parameters();
    let variables = ends(parameters.len(), gradients).into_iter().map(|i| parameters[i].clone());
    let rows = rows(model, &reader, &layers);
    let read = variables.filter_map(|variable| {
        let reading = reader.read(variable.symbol)?;
        let cells = rows.iter().map(|row| cell(row, &reading)).collect();
        Some(GradientInfluence { variable, reading, cells, is_zero: false })
    });
    let mut gradients: Vec<_> = read.collect();
    measured::measure(model, &rows, point, &mut gradients, false);
    if gradients.iter().flat_map(|gradient| &gradient.cells).any(Cell::is_open) {
        measured::measure(model, &rows, elsewhere, &mut gradients, true);
    }
    let split = split_gates(model, &reader);
    ModelInfluence { variants, layers, split, gradients }
}

/// A row: what it is, and whose followers follow when it moves; of a gate that moves no value, nobody's.
pub(super) struct Row {
    factor: Factor,
    symbol: Option<SymbolId>,
    key: Option<String>,
}

fn cell(row: &Row, reading: &Reading) -> Cell {
    let through = row.symbol.map(|symbol| reading.through(symbol)).unwrap_or_default();
    let direct = reading.direct.contains(&row.factor);
    Cell { factor: row.factor, direct, through, measured: [None; 2], elsewhere: false, finite: true }
}

/// X, W b S G of each layer, and the error.
fn rows(model: &Model, reader: &Reader, layers: &[usize]) -> Vec<Row> {
    let forward = &model.product.forward;
    let parameters = model.parameters(layers);
    let mut rows = vec![Row { factor: Factor::Input, symbol: Some(forward.input()), key: Some(model.input()) }];
    let split = split_gates(model, reader);
    let gradient = Model::gradient(&model.product);
    let gated: BTreeSet<usize> =
        gradient.iter().flat_map(|gradient| &gradient.gates).filter_map(|gate| reader.layer(gate.activation)).collect();
    for layer in layers {
        for parameter in parameters.iter().filter(|parameter| parameter.layer == *layer) {
            let factor = if parameter.is_bias { Factor::Bias } else { Factor::Weight }(*layer);
            rows.push(Row { factor, symbol: Some(parameter.symbol), key: Some(parameter.key.clone()) });
        }
        let Some(definition) = forward.definitions.get(2 * layer + 1) else { continue };
        let stops = expand::stop(&forward.arena, *definition).is_some();
        let hidden = layer + 1 < model.network.layers.len();
        let is_split = split.contains(layer);
        let acts = |acts: bool| acts.then_some(definition.symbol);
        let candidates = [
            (gated.contains(layer), Factor::Gate(*layer), acts(hidden && !is_split && !stops)),
            (is_split, Factor::ForwardGate(*layer), acts(true)),
            (hidden && stops, Factor::Value(*layer), acts(true)),
        ];
        let present = candidates.into_iter().filter(|(present, ..)| *present);
        rows.extend(present.map(|(_, factor, symbol)| Row { factor, symbol, key: None }));
    }
    rows.push(Row { factor: Factor::Error, symbol: None, key: None });
    rows
}

/// The hidden layers whose forward gate is not their derivative's.
fn split_gates(model: &Model, reader: &Reader) -> BTreeSet<usize> {
    let forward = &model.product.forward;
    let hidden = forward.definitions.iter().filter(|definition| definition.symbol != forward.prediction().symbol);
    let activations = hidden.filter(|definition| reader.activation(definition.symbol).is_some());
    let differ = activations.filter(|definition| {
        !gate::agree(&forward.arena, **definition) && expand::stop(&forward.arena, **definition).is_none()
    });
    differ.filter_map(|definition| reader.layer(definition.symbol)).collect()
}
