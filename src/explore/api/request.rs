//! What a page asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a page asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Comes back in the answer: an answer that is older than the newest request is dropped.
    pub id: u64,
    /// The text of the spec.
    pub spec: String,
    /// Numbers for dimensions, as `--let` gives them.
    #[serde(rename = "let")]
    pub bindings: BTreeMap<String, u64>,
    /// `rows` or `columns`: the convention that formulas are written in. By default as the spec says.
    pub layout: Option<Layout>,
    /// `product`, `layered`, `per-sample`, `chain` or `intuitive`.
    pub form: Form,
    /// Whether activations are written out down to the input.
    pub expand: bool,
    /// Whether products over sums are multiplied out into the sum over all paths.
    pub paths: bool,
    /// The key of the chosen variable, such as `W2`; without one, or where the network has none of this name, the first
    /// weight. What was chosen is in `Answer::chosen`.
    pub wrt: Option<String>,
    /// The parts that are wanted; what is wrong with the spec, its shapes and its variables are always told.
    pub want: Vec<Part>,
    /// Whether the graph shows all layers.
    pub unfold: bool,
    /// The pixels that the graph has: below 700 it is the ladder, else the score.
    pub width: u16,
    /// The characters that a line of a formula has.
    pub columns: u16,
    /// The seed of all random values.
    pub seed: u64,
    /// How weights begin, as `--init` says it; by default `he-in`. Not looked at where there are parameters.
    pub init: Option<String>,
    /// What is switched off: `3:2` or `hidden:2`, a unit, or `3`, all units of a layer.
    pub off: Vec<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            id: 0,
            spec: String::new(),
            bindings: BTreeMap::new(),
            layout: None,
            form: Form::default(),
            expand: false,
            paths: false,
            wrt: None,
            want: vec![Part::Formula, Part::Graph],
            unfold: false,
            width: 1280,
            columns: 100,
            seed: 0,
            init: None,
            off: Vec::new(),
        }
    }
}

/// How samples stand.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Z = X W + 1 b
    Rows,
    /// Z = W X + b 1ᵀ
    Columns,
}

/// How a gradient is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A product with one gate S a layer for the whole batch.
    #[default]
    Product,
    /// Backpropagation, one Δ a layer: exact.
    Layered,
    /// A sum over the samples, each with its own gates: exact.
    PerSample,
    /// The chain rule before anything is put in.
    Chain,
    /// The layers in forward order: a sketch without a value.
    Intuitive,
}

/// A part of an answer, by the name of the field that holds it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The chosen gradient.
    Formula,
    /// The computation graph.
    Graph,
    /// All gradients, on a page.
    All,
    /// How the chosen gradient comes about, a factor a step.
    Steps,
    /// Why the chosen gradient is right, line by line.
    Why,
    /// How the formulas compare with a concrete backprop.
    Verify,
    /// Which factors enter which gradient.
    Influence,
    /// Verdicts on gradient, signal, updates and units.
    Summary,
    /// The size of values and gradients from layer to layer.
    Flow,
    /// Units that put out nothing, and what switching some off does.
    Units,
    /// The formulas for any depth.
    General,
    /// The table of the layers.
    Shapes,
}

impl Part {
    /// Whether it is made of figures, which take longer than formulas.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Why | Self::Verify | Self::Influence | Self::Summary | Self::Flow | Self::Units)
    }
}
