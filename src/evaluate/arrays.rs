//! Names → numbers: the arrays that a [`Network`] is evaluated on, and what each must look like.

use std::fmt;

use indexmap::IndexMap;
use ndarray::Array2;

use crate::{
    network::graph::{Layer, Network, Tensor},
    shape::Dim,
    source::Span,
};

/// Arrays by name, in the order of the network: `X`, `W1`, `b1`, `W_hidden`, …, `Y`. A bias is 1 × f.
pub type Arrays = IndexMap<String, Array2<f64>>;

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
    /// Y.
    Target,
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

    /// W of a layer.
    pub(super) fn weight(layer: &Layer) -> Self {
        let (rows, columns) = (layer.input.clone(), layer.output.clone());
        Self { name: symbol("W", &layer.label), role: Role::Weight, rows, columns, span: layer.span }
    }

    /// b of a layer.
    pub(super) fn bias(layer: &Layer) -> Self {
        let (rows, columns) = (Dim::one(), layer.output.clone());
        Self { name: symbol("b", &layer.label), role: Role::Bias, rows, columns, span: layer.span }
    }
}

impl fmt::Display for Slot {
    /// `f0 × f1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.rows, self.columns)
    }
}

/// The name of a layer's array: `W1` for the label `1`, `W_hidden` for `hidden`.
#[must_use]
pub fn symbol(letter: &str, label: &str) -> String {
    let separator = if label.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "_" };
    format!("{letter}{separator}{label}")
}

/// W and b of every layer, in order.
#[must_use]
pub fn parameters(network: &Network) -> Vec<Slot> {
    let of_layer = |layer| {
        let weight = Layer::has_weight(layer).then(|| Slot::weight(layer));
        weight.into_iter().chain(layer.has_bias().then(|| Slot::bias(layer)))
    };
    network.layers.iter().flat_map(of_layer).collect()
}

/// X and Y.
#[must_use]
pub fn data(network: &Network) -> [Slot; 2] {
    [Slot::of_tensor(&network.input, Role::Input), Slot::of_tensor(&network.target, Role::Target)]
}

/// Every array of the network: X, the parameters, Y.
#[must_use]
pub fn slots(network: &Network) -> Vec<Slot> {
    let [input, target] = data(network);
    [input].into_iter().chain(parameters(network)).chain([target]).collect()
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
