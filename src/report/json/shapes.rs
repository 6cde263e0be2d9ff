//! [`Resolution`] → the table of layers as JSON.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{
    expression::{Dimension, Sizes},
    line::{Line, write},
};
use crate::report::shapes::{Amount, Array, Count, arrays, kind};
use crate::{
    expr::symbol::indexed,
    network::{
        Resolution,
        graph::{self, Layout},
    },
    shape::{Dim, Shape},
};

/// What `shapes --format json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    /// Whether there is no error; else the layers are those before it.
    complete: bool,
    /// The batch.
    input: Option<Line<Tensor>>,
    /// In order.
    layers: Vec<Line<Layer>>,
    /// All parameters of these layers; `null` where the polynomial is too large.
    parameters: Line<Parameters>,
    /// The targets, of a complete network.
    target: Option<Line<Tensor>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tensor {
    name: String,
    shape: Sizes,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Layer {
    /// What stands behind W, b, Z, A.
    name: String,
    /// The word of the language for it.
    #[cfg_attr(test, schemars(extend("enum" = ["dense", "activation", "residual", "add", "subtract", "multiply", "concat", "norm", "dropout"])))]
    kind: String,
    /// The same with its activation and options, and where its parameters are another layer's: `dense relu nobias shared 1`.
    text: String,
    /// As the spec language writes it.
    activation: String,
    bias: bool,
    /// What comes in.
    inputs: Vec<Sizes>,
    output: Sizes,
    /// Its parameters, W, s, b, alpha, and its values, Z, A (called Ŷ in formulas, of the last layer) and Δ = ∂J/∂Z.
    arrays: Vec<Tensor>,
    parameters: Parameters,
}

/// A number or a polynomial.
pub(super) struct Parameters(Option<Amount>);

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.serialize_none(),
            Some(Amount::Number(number)) => number.serialize(serializer),
            Some(Amount::Named(dim)) => Dimension::from(dim).serialize(serializer),
        }
    }
}

/// Writes the table of `spec`, up to the first error.
///
/// # Errors
/// What `out` says.
pub fn shapes(spec: &str, resolution: &Resolution, out: &mut impl Write) -> io::Result<()> {
    let Resolution { network, layers, input, layout, .. } = resolution;
    let tensor = |tensor: &graph::Tensor| self::tensor(*layout, tensor);
    // Without an input there are no layers.
    let samples = input.as_ref().map_or_else(Dim::one, |input| input.samples.clone());
    let layer = |(layer, count): (&graph::Layer, &Count)| {
        let shape = |rows: &Dim, columns: &Dim| {
            let (rows, columns) = layout.sides(rows, columns);
            Sizes::from(&Shape::Matrix(rows.clone(), columns.clone()))
        };
        let array = |array: &Array| Tensor {
            name: indexed(array.letter, array.behind),
            shape: shape(&array.rows, &array.columns),
        };
        let text = kind(layer);
        Line(Layer {
            name: layer.label.to_string(),
            kind: text.split(' ').next().unwrap_or_default().to_owned(),
            text,
            activation: layer.activation.to_string(),
            bias: layer.has_bias(),
            inputs: layer.sources.iter().map(|source| shape(&samples, &source.width)).collect(),
            output: shape(&samples, &layer.output),
            arrays: arrays(layer, &samples).iter().map(array).collect(),
            parameters: Parameters(count.amount()),
        })
    };
    let total = Count::of_all(layers).into_iter().fold(Count::default(), Count::plus);
    write(
        out,
        &Document {
            schema: "chainrule.shapes/1",
            spec,
            complete: network.is_some(),
            input: input.as_ref().map(tensor),
            layers: layers.iter().zip(&Count::of_all(layers)).map(layer).collect(),
            parameters: Line(Parameters(total.amount())),
            target: network.as_ref().map(|network| tensor(network.target())),
        },
    )
}

fn tensor(layout: Layout, tensor: &graph::Tensor) -> Line<Tensor> {
    let (rows, columns) = layout.sides(&tensor.samples, &tensor.features);
    let shape = (&Shape::Matrix(rows.clone(), columns.clone())).into();
    Line(Tensor { name: tensor.name.to_string(), shape })
}
