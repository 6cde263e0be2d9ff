//! Names → numbers: the arrays that a [`Network`] is evaluated on, and what each must look like.

use std::{collections::HashSet, fmt};

use indexmap::IndexMap;
use ndarray::Array2;

pub use crate::expr::symbol::indexed as symbol;
use crate::{
    expr::function::Parameter,
    network::graph::{Layer, Layout, Network, Operation, Tensor},
    shape::Dim,
    source::Span,
};

/// Arrays by name, in the order of the network: `X`, `W1`, `b1`, `W_hidden`, …, `Y`. A bias is 1 × f.
pub type Arrays = IndexMap<String, Array2<f64>>;

/// An array with samples as rows in the layout, or the other way round.
#[must_use]
pub fn in_layout(layout: Layout, array: Array2<f64>) -> Array2<f64> {
    match layout {
        Layout::Rows => array,
        Layout::Columns => array.reversed_axes().as_standard_layout().into_owned(),
    }
}

/// One array that a network asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its name in files and formulas.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its rows.
    pub rows: Dim,
    /// Its columns.
    pub columns: Dim,
    /// Where the spec asks for it.
    pub span: Span,
}

/// What an array is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// X.
    Input,
    /// W of a layer.
    Weight,
    /// b of a layer.
    Bias,
    /// s of a norm.
    Gain,
    /// b of a norm.
    Shift,
    /// α of a prelu.
    Slope,
    /// M of a dropout: 0, or 1/(1 − rate).
    Mask(Parameter),
    /// Y.
    Target,
    /// A name of an expression.
    Variable,
}

impl Slot {
    /// Rows and columns as numbers, if no name is left in either.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        let number = |dim: &Dim| dim.as_number().and_then(|n| usize::try_from(n).ok());
        Some((number(&self.rows)?, number(&self.columns)?))
    }

    fn of_tensor(tensor: &Tensor, role: Role) -> Self {
        let (rows, columns) = (tensor.samples.clone(), tensor.features.clone());
        Self { name: tensor.name.to_string(), role, rows, columns, span: tensor.span }
    }

    fn of_layer(layer: &Layer, letter: &str, label: &str, role: Role, rows: &Dim) -> Self {
        let (rows, columns) = (rows.clone(), layer.output.clone());
        Self { name: symbol(letter, label), role, rows, columns, span: layer.span }
    }

    /// W of a layer, one for each value that it takes in.
    pub(super) fn weights(layer: &Layer) -> Vec<Self> {
        let sources = layer.sources.iter().filter(|_| layer.has_weight());
        sources.map(|source| Self::of_layer(layer, "W", &source.weight, Role::Weight, &source.width)).collect()
    }

    /// b of a layer.
    pub(super) fn bias(layer: &Layer) -> Self {
        let role = if layer.has_gain() { Role::Shift } else { Role::Bias };
        Self::of_layer(layer, "b", &layer.owner, role, &Dim::one())
    }

    /// s of a norm.
    pub(super) fn gain(layer: &Layer) -> Self {
        Self::of_layer(layer, "s", &layer.owner, Role::Gain, &Dim::one())
    }

    /// α of a prelu.
    pub(super) fn slope(layer: &Layer) -> Self {
        Self { columns: Dim::one(), ..Self::of_layer(layer, "alpha", &layer.owner, Role::Slope, &Dim::one()) }
    }
}

impl fmt::Display for Slot {
    /// `f0 × f1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.rows, self.columns)
    }
}

/// W, s, b and α of every layer, in order; what layers share once.
#[must_use]
pub fn parameters(network: &Network) -> Vec<Slot> {
    let of_layer = |layer| {
        let gain = Layer::has_gain(layer).then(|| Slot::gain(layer));
        let bias = layer.has_bias().then(|| Slot::bias(layer));
        let slope = layer.has_slope().then(|| Slot::slope(layer));
        Slot::weights(layer).into_iter().chain(gain).chain(bias).chain(slope)
    };
    let mut known = HashSet::new();
    network.layers.iter().flat_map(of_layer).filter(|slot| known.insert(slot.name.clone())).collect()
}

/// X and further inputs.
#[must_use]
pub fn inputs(network: &Network) -> Vec<Slot> {
    network.inputs.iter().map(|input| Slot::of_tensor(input, Role::Input)).collect()
}

/// Y and further targets.
#[must_use]
pub fn targets(network: &Network) -> Vec<Slot> {
    network.targets().into_iter().map(|target| Slot::of_tensor(target, Role::Target)).collect()
}

/// The masks of dropout.
#[must_use]
pub fn masks(network: &Network) -> Vec<Slot> {
    let samples = &network.input().samples;
    let mask = |layer: &Layer| {
        let Operation::Dropout { rate } = layer.operation else { return None };
        Some(Slot::of_layer(layer, "M", &layer.label, Role::Mask(rate), samples))
    };
    network.layers.iter().filter_map(mask).collect()
}

/// Inputs and targets: X, Y.
#[must_use]
pub fn data(network: &Network) -> Vec<Slot> {
    [inputs(network), targets(network)].concat()
}

/// Every array of the network: X, the parameters, masks, Y.
#[must_use]
pub fn slots(network: &Network) -> Vec<Slot> {
    [inputs(network), parameters(network), masks(network), targets(network)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_layer_needs_no_underscore() {
        assert_eq!(symbol("W", "12"), "W12");
        assert_eq!(symbol("b", "hidden_2"), "b_hidden_2");
    }
}
