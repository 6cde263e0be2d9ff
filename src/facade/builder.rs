//! Calls → the text of a spec, which goes the way of every other text.

use std::fmt;

use super::{
    error::Error,
    line::{Line, Role},
    network::Network,
};
use crate::source::Diagnostic;

/// Builds a [`Network`] by calls instead of text.
///
/// It writes a spec, which is then read like any other: the same words mean the same, and errors are the same lessons,
/// with places in the text that was written. Dimensions are numbers or text (`"n"`, `"4*d"`), activations and losses go
/// by their names in a spec.
///
/// ```
/// use chainrule::{Dense, Network};
/// let builder = Network::builder()
///     .input("n", 784)
///     .dense(Dense::new(128).activation("relu").named("hidden"))
///     .repeat(2, |block| block.dense(Dense::new(128).activation("leaky_relu(0.1)").without_bias()))
///     .dense(10)
///     .activation("softmax")
///     .loss("cce");
/// assert_eq!(builder.to_string(), "\
/// input [n, 784]
/// hidden: dense 128 relu
/// repeat 2 {
///   dense 128 leaky_relu(0.1) nobias
/// }
/// dense 10
/// activation softmax
/// loss cce");
/// let network = builder.build()?;
/// assert_eq!(network.shapes().layers().len(), 4);
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    lines: Vec<Line>,
    depth: usize,
}

impl Builder {
    /// The batch X: samples × features.
    pub fn input(self, samples: impl Into<Dimension>, features: impl Into<Dimension>) -> Self {
        self.tensor("input ", None, &samples.into(), &features.into())
    }

    /// The batch under another name.
    pub fn input_named(self, name: &str, samples: impl Into<Dimension>, features: impl Into<Dimension>) -> Self {
        self.tensor("input ", Some(name), &samples.into(), &features.into())
    }

    /// The target under a name, with its shape, which is checked against the prediction's. Without it the target is Y.
    pub fn target(self, name: &str, samples: impl Into<Dimension>, features: impl Into<Dimension>) -> Self {
        self.tensor("target ", Some(name), &samples.into(), &features.into())
    }

    fn tensor(self, keyword: &str, name: Option<&str>, samples: &Dimension, features: &Dimension) -> Self {
        let mut line = self.line().sign(keyword);
        if let Some(name) = name {
            line = line.piece(Role::Name, name).sign(" ");
        }
        self.push(line.shape(&samples.0, &features.0))
    }

    /// Z = A W + 1 b, then the activation: a [`Dense`], or a width alone for a linear layer with a bias.
    pub fn dense(self, layer: impl Into<Dense>) -> Self {
        let Dense { name, input, output, activation, bias } = layer.into();
        let mut line = self.label(name.as_deref()).sign("dense ");
        if let Some(input) = input {
            line = line.piece(Role::Dimension, &input.0).sign(" -> ");
        }
        line = line.piece(Role::Dimension, &output.0);
        if let Some(activation) = activation {
            line = line.sign(" ").piece(Role::Activation, &activation);
        }
        self.push(if bias { line } else { line.sign(" nobias") })
    }

    /// An activation alone. Behind a dense layer without one it becomes that layer's.
    pub fn activation(self, activation: &str) -> Self {
        let line = self.line().sign("activation ").piece(Role::Activation, activation);
        self.push(line)
    }

    /// An activation as a layer of its own, with a name.
    pub fn activation_named(self, name: &str, activation: &str) -> Self {
        let line = self.label(Some(name)).sign("activation ").piece(Role::Activation, activation);
        self.push(line)
    }

    /// A block of layers so many times.
    pub fn repeat(self, times: u64, block: impl FnOnce(Self) -> Self) -> Self {
        let opening = self.line().sign(&format!("repeat {times} {{"));
        let inside = block(Self { lines: Vec::new(), depth: self.depth + 1 });
        let closing = self.line().sign("}");
        let mut all = self.push(opening);
        all.lines.extend(inside.lines);
        all.push(closing)
    }

    /// Checks the shape at this point.
    pub fn expect_shape(self, samples: impl Into<Dimension>, features: impl Into<Dimension>) -> Self {
        let line = self.line().sign("expect ").shape(&samples.into().0, &features.into().0);
        self.push(line)
    }

    /// The loss: the sum over outputs, the mean over samples.
    pub fn loss(self, loss: &str) -> Self {
        let line = self.line().sign("loss ").piece(Role::Loss, loss);
        self.push(line)
    }

    /// The loss with another reduction: `elements` for the mean over both, `sum` for no mean.
    pub fn loss_reduced(self, loss: &str, reduction: &str) -> Self {
        let line = self.line().sign("loss ").piece(Role::Loss, loss);
        self.push(line.sign(" reduce=").piece(Role::Reduction, reduction))
    }

    /// Reads what was written.
    ///
    /// # Errors
    /// What [`Network::parse`] says of the text, and every piece of text that is not the one thing that it was given
    /// for.
    pub fn build(self) -> Result<Network, Error> {
        let (text, mut start) = (self.to_string(), 0);
        let refused = |line: &Line| {
            let offset = start;
            start += line.text().len() + 1;
            line.refused(offset)
        };
        let refused: Vec<Diagnostic> = self.lines.iter().filter_map(refused).collect();
        if refused.is_empty() { Network::parse(&text) } else { Err(Error::about(&text.into(), refused)) }
    }

    fn line(&self) -> Line {
        Line::new(self.depth)
    }

    fn label(&self, name: Option<&str>) -> Line {
        match name {
            None => self.line(),
            Some(name) => self.line().piece(Role::Name, name).sign(": "),
        }
    }

    fn push(mut self, line: Line) -> Self {
        self.lines.push(line);
        self
    }
}

impl fmt::Display for Builder {
    /// The spec so far.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.lines.iter().enumerate() {
            let feed = if i > 0 { "\n" } else { "" };
            write!(f, "{feed}{}", line.text())?;
        }
        Ok(())
    }
}

/// A dense layer for [`Builder::dense`].
///
/// ```
/// use chainrule::{Dense, Network};
/// let layer = Dense::new("4*d").inputs("d").activation("gelu").named("up").without_bias();
/// assert_eq!(Network::builder().dense(layer).to_string(), "up: dense d -> 4*d gelu nobias");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Dense {
    name: Option<String>,
    input: Option<Dimension>,
    output: Dimension,
    activation: Option<String>,
    bias: bool,
}

impl Dense {
    /// Linear, with a bias, and so many outputs.
    pub fn new(outputs: impl Into<Dimension>) -> Self {
        Self { name: None, input: None, output: outputs.into(), activation: None, bias: true }
    }

    /// The same with its input's width stated, and therefore checked.
    pub fn inputs(self, inputs: impl Into<Dimension>) -> Self {
        Self { input: Some(inputs.into()), ..self }
    }

    /// The same with an activation.
    pub fn activation(self, activation: impl Into<String>) -> Self {
        Self { activation: Some(activation.into()), ..self }
    }

    /// The same with a name, which its symbols then have: `W_hidden`.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The same without its bias.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }
}

impl<D: Into<Dimension>> From<D> for Dense {
    fn from(outputs: D) -> Self {
        Self::new(outputs)
    }
}

/// A dimension for a [`Builder`]: a number, or text such as `n` or `4*d`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dimension(String);

impl From<&str> for Dimension {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Dimension {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// One conversion a type of number. What is no dimension, such as 0, is an error of the text.
macro_rules! from_number {
    ($($number:ty),+) => {$(
        impl From<$number> for Dimension {
            fn from(number: $number) -> Self {
                Self(number.to_string())
            }
        }
    )+};
}

from_number!(i32, i64, u8, u16, u32, u64, usize);
