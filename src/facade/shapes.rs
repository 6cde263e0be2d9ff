//! The layers of a network with their shapes: a table, a list, and what [`assert_shapes!`](crate::assert_shapes) compares.

use std::{fmt, sync::Arc};

use super::{error::Error, shape::Shape};
use crate::{
    network::{Resolution, graph},
    render::{Format, Style},
    report::shapes::{self, Amount, Count},
    shape::Dim,
    source::{Diagnostic, Kind, Span, suggestion::nearest},
};

/// The shape of every layer, and the number of its parameters. Prints as the table that `chainrule shapes` prints.
///
/// ```
/// use chainrule::Network;
/// let shapes = Network::parse("input X [n, 784]; hidden: dense 128 relu; dense 10 softmax; loss cce")?.shapes();
/// assert_eq!(shapes.to_string(), "\
/// layer   kind           input    W          b        Z, A, Δ  parameters
/// X       input                                       n × 784           0
/// hidden  dense relu     n × 784  784 × 128  1 × 128  n × 128     100,480
/// 2       dense softmax  n × 128  128 × 10   1 × 10   n × 10        1,290
///
/// Layers: 2
/// Total parameters: 101,770");
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shapes {
    text: Arc<str>,
    table: String,
    input: Place,
    layers: Vec<Layer>,
    target: Place,
    bindings: Vec<(Arc<str>, u64)>,
}

/// The input or the target.
#[derive(Clone, Debug)]
struct Place {
    shape: Shape,
    span: Span,
}

/// A layer: what it is, and what comes in and goes out.
#[derive(Clone, Debug)]
pub struct Layer {
    number: usize,
    label: Arc<str>,
    kind: String,
    input: Shape,
    output: Shape,
    parameters: String,
    count: Option<u128>,
    span: Span,
}

/// A layer by its number, from 1, or by its name.
///
/// ```
/// use chainrule::LayerKey;
/// let keys: [LayerKey; 2] = [2.into(), "hidden".into()];
/// assert_eq!(keys.map(|key| key.to_string()), ["2", "hidden"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayerKey<'a> {
    /// The number of the layer, from 1.
    Number(usize),
    /// Its name; `input` and `target` for what is no layer.
    Name(&'a str),
}

impl From<usize> for LayerKey<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for LayerKey<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl fmt::Display for LayerKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{}", name.escape_debug()),
        }
    }
}

impl Shapes {
    pub(super) fn new(text: &Arc<str>, network: &graph::Network, resolution: &Resolution) -> Self {
        let shape = |samples: &Dim, features: &Dim| {
            let (rows, columns) = network.layout.sides(samples, features);
            Shape::new(rows, columns)
        };
        let place =
            |tensor: &graph::Tensor| Place { shape: shape(&tensor.samples, &tensor.features), span: tensor.span };
        let layers = network.layers.iter().enumerate();
        Self {
            text: text.clone(),
            table: Style::new(Format::Text).page(&shapes::shapes(resolution)).trim_end().to_owned(),
            input: place(network.input()),
            layers: layers
                .map(|(i, layer)| Layer::new(i + 1, layer, |features| shape(&network.input().samples, features)))
                .collect(),
            target: place(network.target()),
            bindings: network.bindings.clone(),
        }
    }

    /// The batch that comes in.
    #[must_use]
    pub fn input(&self) -> &Shape {
        &self.input.shape
    }

    /// The prediction, and with it the target.
    #[must_use]
    pub fn output(&self) -> &Shape {
        &self.target.shape
    }

    /// All layers in order.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// A layer by its number, from 1, or by its name.
    ///
    /// ```
    /// # use chainrule::Network;
    /// let shapes = Network::parse("input X [n, 784]; hidden: dense 128 relu; dense 10 softmax; loss cce")?.shapes();
    /// let hidden = shapes.layer("hidden").expect("it is there");
    /// assert_eq!((hidden.number(), hidden.name(), hidden.kind()), (1, Some("hidden"), "dense relu"));
    /// assert_eq!((hidden.input(), hidden.output()), (&"n × 784".parse()?, &"n × 128".parse()?));
    /// assert_eq!((hidden.parameters(), hidden.parameter_count()), ("100,480", Some(100_480)));
    /// assert_eq!(shapes.layer(2).expect("it is there").output(), "n × 10");
    /// # Ok::<_, chainrule::Error>(())
    /// ```
    #[must_use]
    pub fn layer<'a>(&self, key: impl Into<LayerKey<'a>>) -> Option<&Layer> {
        match key.into() {
            LayerKey::Number(number) => self.layers.get(number.checked_sub(1)?),
            LayerKey::Name(name) => self.layers.iter().find(|layer| layer.name() == Some(name)),
        }
    }

    /// Whether these layers put out these shapes, compared as dimensions. Names in them that have a value stand for it.
    /// [`assert_shapes!`](crate::assert_shapes) is this as an assertion.
    ///
    /// # Errors
    /// A message for each layer that puts out another shape or is not there, and for each text that is no shape.
    pub fn check<'a, K: Into<LayerKey<'a>>>(
        &self,
        expected: impl IntoIterator<Item = (K, &'a str)>,
    ) -> Result<(), Error> {
        let faults = expected.into_iter().filter_map(|(key, shape)| self.fault(key.into(), shape));
        let faults: Vec<Diagnostic> = faults.collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::about(&self.text, faults)) }
    }

    /// What is wrong with the expectation.
    fn fault(&self, key: LayerKey, expected: &str) -> Option<Diagnostic> {
        let Some((what, found, span)) = self.place(key) else { return Some(self.unknown(key)) };
        let shape: Shape = match expected.parse() {
            Ok(shape) => shape,
            Err(error) => return error.into_diagnostics().next(),
        };
        let value_of = |name: &str| self.bindings.iter().find(|(bound, _)| **bound == *name).map(|(_, value)| *value);
        if shape.bound(&value_of) == *found {
            return None;
        }
        let verb = if what.starts_with("the ") { "is" } else { "puts out" };
        let diagnostic = Diagnostic::error(Kind::Shape, format!("{what} {verb} {found}, expected {shape}"));
        Some(diagnostic.at(span, format!("{verb} {found}")).help("change the network, or what the test expects"))
    }

    /// What the key names, its shape and place.
    fn place(&self, key: LayerKey) -> Option<(String, &Shape, Span)> {
        match key {
            LayerKey::Name("input") => Some(("the input".into(), &self.input.shape, self.input.span)),
            LayerKey::Name("target") => Some(("the target".into(), &self.target.shape, self.target.span)),
            LayerKey::Number(_) | LayerKey::Name(_) => {
                self.layer(key).map(|layer| (layer.title(), &layer.output, layer.span))
            }
        }
    }

    fn unknown(&self, key: LayerKey) -> Diagnostic {
        let names = || self.layers.iter().filter_map(Layer::name).chain(["input", "target"]);
        let near = match key {
            LayerKey::Number(_) => None,
            LayerKey::Name(name) => nearest(name, names()),
        };
        let help = near.map_or_else(
            || format!("its layers are 1 to {}, and go by their names too", self.layers.len()),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::error(Kind::Usage, format!("the network has no layer `{key}`")).help(help)
    }
}

impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)
    }
}

impl Layer {
    fn new(number: usize, layer: &graph::Layer, shape: impl Fn(&Dim) -> Shape) -> Self {
        let count = match Count::of(layer).amount() {
            Some(Amount::Number(count)) => Some(count),
            Some(Amount::Named(_)) | None => None,
        };
        Self {
            number,
            label: layer.label.clone(),
            kind: shapes::kind(layer),
            input: shape(layer.input()),
            output: shape(&layer.output),
            parameters: shapes::parameters(layer),
            count,
            span: layer.span,
        }
    }

    /// From 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The user's name for it, in a block with its pass: `hidden_2`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Some(&*self.label).filter(|label| !label.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// What it is: `dense relu nobias`, `activation gelu`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The shape that comes in.
    #[must_use]
    pub fn input(&self) -> &Shape {
        &self.input
    }

    /// The shape that goes out.
    #[must_use]
    pub fn output(&self) -> &Shape {
        &self.output
    }

    /// How many parameters it has, as the table prints it: `100,480`, `f0·f1 + f1`.
    #[must_use]
    pub fn parameters(&self) -> &str {
        &self.parameters
    }

    /// How many parameters it has, if its widths are numbers.
    #[must_use]
    pub fn parameter_count(&self) -> Option<u128> {
        self.count
    }

    fn title(&self) -> String {
        self.name().map_or_else(|| format!("layer {}", self.number), |name| format!("layer `{name}`"))
    }
}
