//! The objects of a document of gradients, in the order in which they are written.

use std::collections::BTreeMap;

use serde::Serialize;

#[cfg(test)]
use crate::gradient::Form;

use super::{
    expression::{Dimension, Expression, LayerIndex, Sizes},
    line::{Each, Line},
};

/// The version of these objects. It changes when one of them means something else or goes, not when one is added.
pub const SCHEMA: &str = "chainrule.gradients/1";

/// What `derive --format json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document<'a> {
    /// The version of these objects.
    pub schema: &'static str,
    /// The text of the spec.
    pub spec: &'a str,
    /// The letter of the number of layers, in formulas for any depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<Line<LayerIndex>>,
    /// How the sides of all equations are decided.
    pub convention: &'static str,
    /// Whether samples are columns; else they are rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<&'static str>,
    /// The dimension of the batch axis: rows of X and Y, or columns.
    pub batch: Line<Dimension>,
    /// Names of dimensions; those that have a number are replaced by it in all shapes.
    pub dimensions: BTreeMap<&'a str, Option<u64>>,
    /// X, Y, the parameters.
    pub inputs: Each<'a, Line<Input>>,
    /// Z₁, A₁, …, J, each in terms of earlier ones.
    pub forward: Each<'a, Definition>,
    /// The names of this form, each in terms of earlier ones: Δ_L, …, or gates.
    pub definitions: Each<'a, Definition>,
    /// One a variable.
    pub gradients: Each<'a, Gradient>,
    /// By what a direction is multiplied, if the gradients are parts of such a product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// Sentences that explain letters and limits of the formulas.
    pub notes: Vec<String>,
}

/// A formula as text: of an equation both sides.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub struct Written {
    /// On one line, without shapes.
    pub text: String,
    /// LaTeX, to be set in mathematics.
    pub latex: String,
}

/// Of which layers something is, in formulas for any depth.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfLayers {
    /// The index behind the name.
    pub index: Line<LayerIndex>,
    /// The first and the last layer that have one; of an index that is a letter of no fixed layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Line<[LayerIndex; 2]>>,
}

/// A matrix that is given.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Input {
    /// The name that files and `--wrt` use.
    pub name: String,
    /// Of which layers.
    #[serde(flatten)]
    pub of: Option<OfLayers>,
    /// What it is; a constant is neither trained nor given: weights of classes, places of a value among others.
    #[cfg_attr(test, schemars(extend("enum" = ["input", "target", "weight", "bias", "gain", "slope", "mask", "mean", "variance", "constant", "direction"])))]
    pub role: &'static str,
    /// Its shape.
    pub shape: Sizes,
    /// Of a constant: its entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<Entries>,
    /// Its letter.
    #[serde(flatten)]
    pub written: Written,
}

/// A product with second derivatives: each gradient is its part for the variable.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Second {
    /// The Hessian of J, or its Gauss-Newton matrix.
    #[cfg_attr(test, schemars(extend("enum" = ["hessian", "gauss-newton"])))]
    pub matrix: &'static str,
    /// The parts of the direction: the variable, and the name of its part. All other variables stay.
    pub along: Line<Vec<[String; 2]>>,
    /// The largest difference of the formulas from central differences of a concrete backprop on random values, relative to
    /// the largest entry of its array; null where they could not be compared.
    pub error: Option<f64>,
}

/// The entries of a constant.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Entries {
    /// The identity behind so many columns, of samples as columns behind so many rows, null if it comes first; the others are 0.
    IdentityAfter(Option<Dimension>),
    /// A column of these numbers.
    Column(Vec<f64>),
}

/// A name for a value.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Definition {
    /// The name.
    pub name: String,
    /// Of which layers.
    #[serde(flatten)]
    pub of: Option<OfLayers>,
    /// Whether each sample has one of its own; it then belongs to the sample that is looked at.
    pub sample: bool,
    /// Its shape.
    pub shape: Line<Sizes>,
    /// The equation.
    #[serde(flatten)]
    pub written: Written,
    /// The value.
    pub expression: Line<Expression>,
}

/// A gradient.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gradient {
    /// The variable's name.
    pub variable: String,
    /// Of which layers.
    #[serde(flatten)]
    pub of: Option<OfLayers>,
    /// The value whose Jacobian it is, instead of the gradient of J.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jacobian_of: Option<String>,
    /// As `--form` takes it.
    #[cfg_attr(test, schemars(with = "Form"))]
    pub form: &'static str,
    /// Whether it is the gradient of the network as it is, given what is assumed of the data.
    pub exact: bool,
    /// What it rests on.
    pub assumptions: Vec<Line<Assumption>>,
    /// How values of the samples make the gradient of the batch.
    pub samples: Option<Samples>,
    /// Its shape; of a sketch none.
    pub shape: Line<Option<Sizes>>,
    /// The equation.
    #[serde(flatten)]
    pub written: Written,
    /// The factors of the product in order; a formula that is no product is its only factor.
    pub factors: Vec<Line<Factor>>,
    /// Of a chain rule that is a sum: along each path what is differentiated by what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Line<Vec<[String; 2]>>>,
    /// The right side.
    pub expression: Line<Option<Expression>>,
    /// Why there is no expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_value: Option<&'static str>,
}

/// How values of the samples make the gradient of the batch.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Samples {
    /// The expression is the gradient of the whole batch.
    Together,
    /// It holds for one sample; the sum over the samples is the gradient.
    Summed,
    /// It holds for one sample; the rows of all samples are the gradient.
    Stacked,
}

/// Something that need not be so.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Assumption {
    /// For programs.
    #[cfg_attr(test, schemars(extend("enum" = ["one-gate-for-the-batch", "rows-of-target-sum-to-1"])))]
    pub code: &'static str,
    /// For readers.
    pub sentence: String,
}

/// A factor of a gradient.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Factor {
    /// As it stands in the product.
    #[serde(flatten)]
    pub written: Written,
    /// Its shape; none of a factor that is no matrix.
    pub shape: Option<Sizes>,
    /// Its value; none of a factor that has none.
    pub expression: Option<Expression>,
    /// Of the chain rule: what is differentiated by what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derivative: Option<[String; 2]>,
}
