//! The five ways to write a gradient, by name.

use std::{fmt, str::FromStr};

use super::error::Error;
use crate::{
    gradient,
    source::{Diagnostic, Kind, suggestion::nearest},
};

/// How a gradient is written. The [tutorial](crate::tutorial) shows each.
///
/// ```
/// use chainrule::Form;
/// assert_eq!("per-sample".parse::<Form>()?, Form::PerSample);
/// assert_eq!(Form::ALL.map(|form| form.to_string()), ["chain", "layered", "per-sample", "product", "intuitive"]);
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Form {
    /// The abstract chain rule, `∂J/∂W₁ = ∂Z₁/∂W₁ · ∂J/∂Ŷ ⋯`: exact, and without a formula in it.
    Chain,
    /// Backpropagation, one Δ a layer: exact. What frameworks compute, and what [`evaluate`](crate::Network::evaluate)
    /// does.
    Layered,
    /// A sum over the samples of a product, each sample with its own gates: exact.
    PerSample,
    /// A product with one gate S a layer for the whole batch: the form to read.
    Product,
    /// The layers in forward order: a sketch without a value.
    Intuitive,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Chain, Self::Layered, Self::PerSample, Self::Product, Self::Intuitive];

    fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Layered => "layered",
            Self::PerSample => "per-sample",
            Self::Product => "product",
            Self::Intuitive => "intuitive",
        }
    }

    /// What the derivation calls it.
    pub(super) fn inner(self) -> gradient::Form {
        match self {
            Self::Chain => gradient::Form::Chain,
            Self::Layered => gradient::Form::Layered,
            Self::PerSample => gradient::Form::PerSample,
            Self::Product => gradient::Form::Product,
            Self::Intuitive => gradient::Form::Intuitive,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Form {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|form| form.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let help = nearest(text, names)
                .map_or_else(|| format!("known are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
            Error::alone(Diagnostic::error(Kind::Usage, format!("unknown form `{}`", text.escape_debug())).help(help))
        })
    }
}
