//! The losses: name and parameter → [`Loss`].

use std::fmt;

use super::foreign::folded;
use crate::expr::{Arena, Built, ExprId, Function, Range, Scalar, function::Parameter, range::Bound};

/// The loss of one element, of prediction ŷ and target y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// ½(ŷ − y)²
    HalfMse,
    /// (ŷ − y)²
    Mse,
    /// |ŷ − y|
    Mae,
    /// ½d² for |d| ≤ δ, else δ(|d| − ½δ), with d = ŷ − y
    Huber(Parameter),
    /// −y ln ŷ − (1 − y) ln(1 − ŷ)
    Bce,
    /// −y ln ŷ
    Cce,
    /// ŷ − y ln ŷ
    Poisson,
    /// max(0, 1 − y ŷ), for y = −1 or 1.
    Hinge,
    /// −y ŷ, for the logarithms ŷ of probabilities.
    Nll,
    /// ŷ g, where G takes the place of the target: the gradient that comes in from whatever follows.
    Upstream,
    /// ŷ itself.
    Total,
}

impl Loss {
    /// The name in a spec, without the parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfMse => "half_mse",
            Self::Mse => "mse",
            Self::Mae => "mae",
            Self::Huber(_) => "huber",
            Self::Bce => "bce",
            Self::Cce => "cce",
            Self::Poisson => "poisson",
            Self::Hinge => "hinge",
            Self::Nll => "nll",
            Self::Upstream => "upstream",
            Self::Total => "total",
        }
    }

    /// Whether its targets are distributions over classes.
    #[must_use]
    pub fn has_classes(self) -> bool {
        matches!(self, Self::Cce | Self::Nll)
    }

    /// Whether it compares the prediction with a target, or weighs it with one.
    #[must_use]
    pub fn has_target(self) -> bool {
        self != Self::Total
    }

    /// The losses of all elements, a matrix of the prediction's shape.
    ///
    /// # Errors
    /// Prediction and target of different shapes.
    pub fn expression(self, arena: &mut Arena, prediction: ExprId, target: ExprId) -> Built {
        match self {
            Self::HalfMse => {
                let square = map_of_error(arena, Function::Square, prediction, target)?;
                arena.scale_by(Scalar::ratio(1, 2), square)
            }
            Self::Mse => map_of_error(arena, Function::Square, prediction, target),
            Self::Mae => map_of_error(arena, Function::Abs, prediction, target),
            Self::Huber(delta) => map_of_error(arena, Function::Huber(delta), prediction, target),
            Self::Bce => {
                let ones = arena.ones_like(prediction)?;
                let present = minus_log(arena, target, prediction)?;
                let (no, not) = (arena.minus(ones, target)?, arena.minus(ones, prediction)?);
                let absent = minus_log(arena, no, not)?;
                arena.plus(present, absent)
            }
            Self::Cce => minus_log(arena, target, prediction),
            Self::Poisson => {
                let log = minus_log(arena, target, prediction)?;
                arena.plus(prediction, log)
            }
            Self::Hinge => {
                let (ones, agreement) = (arena.ones_like(prediction)?, arena.hadamard(target, prediction)?);
                let short = arena.minus(ones, agreement)?;
                arena.map(Function::Relu, 0, short)
            }
            Self::Nll => {
                let product = arena.hadamard(target, prediction)?;
                arena.scale_by(Scalar::integer(-1), product)
            }
            Self::Upstream => arena.hadamard(target, prediction),
            Self::Total => Ok(prediction),
        }
    }

    /// The predictions for which the loss has a value and a gradient, whatever the target.
    #[must_use]
    pub fn domain(self) -> Range {
        match self {
            Self::HalfMse
            | Self::Mse
            | Self::Mae
            | Self::Huber(_)
            | Self::Hinge
            | Self::Nll
            | Self::Upstream
            | Self::Total => Range::ALL,
            Self::Bce => Range::new(Bound::Open(0), Bound::Open(1)),
            Self::Cce | Self::Poisson => Range::new(Bound::Open(0), Bound::Unbounded),
        }
    }

    /// The targets for which it is the loss that its name says: a probability, a share, a count.
    #[must_use]
    pub fn targets(self) -> Range {
        match self {
            Self::HalfMse | Self::Mse | Self::Mae | Self::Huber(_) | Self::Upstream | Self::Total => Range::ALL,
            Self::Bce => Range::new(Bound::Closed(0), Bound::Closed(1)),
            Self::Hinge => Range::new(Bound::Closed(-1), Bound::Closed(1)),
            Self::Cce | Self::Nll | Self::Poisson => Range::new(Bound::Closed(0), Bound::Unbounded),
        }
    }

    /// Whether it is the loss that its name says for this target.
    #[must_use]
    pub fn suits(self, target: f64) -> bool {
        if self == Self::Hinge { [-1.0, 1.0].contains(&target) } else { self.targets().contains(target) }
    }

    /// The name of the activation that usually goes before it.
    #[must_use]
    pub fn companion(self) -> &'static str {
        match self {
            Self::HalfMse | Self::Mse | Self::Mae | Self::Huber(_) | Self::Hinge | Self::Upstream | Self::Total => {
                "linear"
            }
            Self::Bce => "sigmoid",
            Self::Cce => "softmax",
            Self::Nll => "log_softmax",
            Self::Poisson => "exp",
        }
    }
}

/// f(Ŷ − Y)
fn map_of_error(arena: &mut Arena, function: Function, prediction: ExprId, target: ExprId) -> Built {
    let error = arena.minus(prediction, target)?;
    arena.map(function, 0, error)
}

/// −y ⊙ ln p
fn minus_log(arena: &mut Arena, y: ExprId, p: ExprId) -> Built {
    let log = arena.map(Function::Log, 0, p)?;
    let product = arena.hadamard(y, log)?;
    arena.scale_by(Scalar::integer(-1), product)
}

impl fmt::Display for Loss {
    /// As the spec language writes it: `mse`, `huber(1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Huber(delta) => write!(f, "huber({})", delta.value()),
            Self::HalfMse
            | Self::Mse
            | Self::Mae
            | Self::Bce
            | Self::Cce
            | Self::Poisson
            | Self::Hinge
            | Self::Nll
            | Self::Upstream
            | Self::Total => write!(f, "{}", self.name()),
        }
    }
}

/// Which mean is taken: the factor κ before the sum of the elements' losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// κ = 1/n: sum over outputs, mean over samples.
    #[default]
    Samples,
    /// κ = `1/(n·f_L)`: mean over both.
    Elements,
    /// κ = 1
    Sum,
}

impl Reduction {
    /// All, by name.
    pub const TABLE: [(&'static str, Self); 3] =
        [("samples", Self::Samples), ("elements", Self::Elements), ("sum", Self::Sum)];
}

/// Names of losses and the default of their parameter; aliases included.
pub const TABLE: [(&str, Option<f64>); 13] = [
    ("half_mse", None),
    ("mse", None),
    ("mae", None),
    ("huber", Some(1.0)),
    ("bce", None),
    ("cce", None),
    ("poisson", None),
    ("hinge", None),
    ("nll", None),
    ("total", None),
    ("mean", None),
    ("cross_entropy", None),
    ("binary_cross_entropy", None),
];

/// Names that other tools use for exactly the same.
pub const ALIASES: [(&str, &str); 3] = [("cross_entropy", "cce"), ("categorical_crossentropy", "cce"), ("ce", "cce")];

/// The reduction of a loss of this name where none is stated.
#[must_use]
pub fn usual_reduction(name: &str) -> Reduction {
    match entry(name) {
        Some(("total", _)) => Reduction::Sum,
        Some(("mean", _)) => Reduction::Elements,
        Some(_) | None => Reduction::default(),
    }
}

/// The line of this name, in small letters or capitals, or of the name that it is an alias of.
///
/// ```
/// use chainrule::catalog::loss::entry;
/// assert_eq!(["MSE", "ce", "CategoricalCrossentropy"].map(|name| entry(name).unwrap().0), ["mse", "cce", "cce"]);
/// // It averages over the outputs too, so it is not the same.
/// assert_eq!(entry("BinaryCrossentropy"), None);
/// ```
#[must_use]
pub fn entry(name: &str) -> Option<&'static (&'static str, Option<f64>)> {
    let alias = ALIASES.iter().find(|(alias, _)| folded(alias) == folded(name)).map(|(_, name)| *name);
    let name = alias.map_or_else(|| name.to_lowercase(), String::from);
    TABLE.iter().find(|(known, _)| *known == name)
}

/// The loss of this name, with its default parameter or the one given.
#[must_use]
pub fn find(name: &str, parameter: Option<f64>) -> Option<Loss> {
    Some(match entry(name)?.0 {
        "half_mse" => Loss::HalfMse,
        "mse" => Loss::Mse,
        "mae" => Loss::Mae,
        "huber" => Loss::Huber(Parameter::new(parameter.unwrap_or(1.0))),
        "bce" | "binary_cross_entropy" => Loss::Bce,
        "cce" | "cross_entropy" => Loss::Cce,
        "poisson" => Loss::Poisson,
        "hinge" => Loss::Hinge,
        "nll" => Loss::Nll,
        "total" | "mean" => Loss::Total,
        _ => return None,
    })
}
