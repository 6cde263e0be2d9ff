//! The activations: name and parameter → [`Activation`].

use std::fmt;

use super::foreign::{self, folded};
use crate::expr::{Function, Range, range::Bound};

/// What turns a layer's Z into its A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// σ at every entry.
    Entrywise(Function),
    /// Over each row: exp(zⱼ)/Σₖ exp(zₖ).
    Softmax,
    /// Over each row: zⱼ − ln Σₖ exp(zₖ).
    LogSoftmax,
    /// max(0, z) + α min(0, z), where the slope α is a parameter, one a layer.
    Prelu,
}

impl Activation {
    /// A = Z.
    pub const LINEAR: Self = Self::Entrywise(Function::Linear);

    /// sup |σ'|, where it is bounded and known; none of what acts on rows.
    #[must_use]
    pub fn max_slope(self) -> Option<f64> {
        match self {
            Self::Entrywise(function) => function.max_slope(),
            Self::Softmax | Self::LogSoftmax | Self::Prelu => None,
        }
    }

    /// An interval that holds all its values.
    #[must_use]
    pub fn range(self) -> Range {
        match self {
            Self::Entrywise(function) => function.range(0),
            Self::Softmax => Range::new(Bound::Open(0), Bound::Closed(1)),
            Self::LogSoftmax => Range::new(Bound::Unbounded, Bound::Closed(0)),
            Self::Prelu => Range::ALL,
        }
    }
}

impl fmt::Display for Activation {
    /// As the spec language writes it: `relu`, `leaky_relu(0.1)`, `softmax`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entrywise(function) => write!(f, "{function}"),
            Self::Softmax => write!(f, "softmax"),
            Self::LogSoftmax => write!(f, "log_softmax"),
            Self::Prelu => write!(f, "prelu"),
        }
    }
}

/// A line of the catalog: a name of the language.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name in a spec.
    pub name: &'static str,
    /// The default of the bracketed parameter, where there is one.
    pub default: Option<f64>,
}

const fn plain(name: &'static str) -> Entry {
    Entry { name, default: None }
}

const fn with(name: &'static str, default: f64) -> Entry {
    Entry { name, default: Some(default) }
}

/// All names of activations, in the order of the documentation.
pub const TABLE: [Entry; 22] = [
    plain("linear"),
    plain("relu"),
    with("leaky_relu", 0.01),
    with("elu", 1.0),
    plain("selu"),
    plain("sigmoid"),
    plain("tanh"),
    plain("softplus"),
    plain("softsign"),
    plain("gelu"),
    plain("gelu_tanh"),
    plain("silu"),
    plain("swish"),
    plain("mish"),
    plain("relu6"),
    plain("exp"),
    plain("abs"),
    plain("sin"),
    plain("square"),
    plain("softmax"),
    plain("log_softmax"),
    plain("prelu"),
];

/// Names that other tools use for exactly the same.
pub const ALIASES: [(&str, &str); 8] = [
    ("identity", "linear"),
    ("none", "linear"),
    ("logistic", "sigmoid"),
    ("expit", "sigmoid"),
    ("exponential", "exp"),
    ("sine", "sin"),
    ("gelu_new", "gelu_tanh"),
    ("gelu_pytorch_tanh", "gelu_tanh"),
];

/// The line of this name, however it writes capitals and `_` (`ReLU`, `SoftPlus`), or of the name that it is an alias of.
///
/// ```
/// use chainrule::catalog::activation::entry;
/// assert_eq!(["ReLU", "nn.Tanh", "identity"].map(|name| entry(name).unwrap().name), ["relu", "tanh", "linear"]);
/// // The slope of a `LeakyReLU` depends on the tool.
/// assert!(entry("leaky_relu").is_some() && entry("LeakyReLU").is_none());
/// ```
#[must_use]
pub fn entry(name: &str) -> Option<&'static Entry> {
    let exact = TABLE.iter().find(|entry| entry.name == name);
    exact.or_else(|| {
        let same = folded(name);
        let alias = ALIASES.iter().find(|(alias, _)| folded(alias) == same).map(|(_, name)| folded(name));
        let same = alias.unwrap_or(same);
        TABLE.iter().find(|entry| folded(entry.name) == same && foreign::find(name).is_none())
    })
}

/// The activation of this name, with its default parameter or the one given.
///
/// Returns `None` for an unknown name; a parameter given to an activation without one is the caller's to refuse
/// ([`Entry::default`] tells).
#[must_use]
pub fn find(name: &str, parameter: Option<f64>) -> Option<Activation> {
    let entry = entry(name)?;
    Some(match entry.name {
        "softmax" => Activation::Softmax,
        "log_softmax" => Activation::LogSoftmax,
        "prelu" => Activation::Prelu,
        "swish" => Activation::Entrywise(Function::Silu),
        name => Activation::Entrywise(Function::of_name(name, parameter.or(entry.default).unwrap_or(0.0))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_is_found() {
        for entry in TABLE {
            let activation = find(entry.name, None).unwrap_or_else(|| panic!("{} has no meaning", entry.name));
            assert!(activation.to_string().starts_with(entry.name) || entry.name == "swish");
        }
    }
}
