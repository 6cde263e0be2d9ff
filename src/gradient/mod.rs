//! Definitions and a loss → one gradient a variable, in one of five forms.
//!
//! Nothing here knows of layers: it differentiates expressions. The layered form is what the sweep produces; the
//! product and per-sample forms are translations of it, made before any simplification.

pub mod adjoint;
mod derivation;
pub mod form;
pub mod general;
pub mod layout;
pub mod linear;
pub mod local;
pub mod steps;
pub mod tangent;

pub use derivation::{Checked, Derivation, Derived, Direction, Effort, Second, SecondKind, Unchecked};

use std::fmt;

use crate::expr::{Definition, ExprId, ShapeError, SymbolId};

/// Why there is no gradient.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GradientError {
    /// A defect of a derivation step: its operands do not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A kernel operator that arises after differentiation only.
    #[error("{operator} is in the expression, and no derivative of it is known here")]
    NotDifferentiable {
        /// The operator.
        operator: &'static str,
    },
    /// What is to be taken apart is not linear: a defect of a derivation step.
    #[error("the expression is not linear in its direction")]
    NotLinear,
    /// A derivative that is no matrix in products, sums and Kronecker products.
    #[error("the derivative has no form in matrices: {what} is in it")]
    NoMatrixForm {
        /// What has none.
        what: &'static str,
    },
    /// With biases the expansion of an activation has a term for each layer before it.
    #[error("the formulas have more than {limit} terms")]
    TooLong {
        /// Terms allowed.
        limit: usize,
    },
    /// A product form in which paths cross so often that it cannot be written.
    #[error("the paths of the network cross so often that its product form has more than {limit} terms")]
    CrossedPaths {
        /// Terms allowed.
        limit: usize,
    },
    /// A sum over paths that would be too long.
    #[error("the gradient with respect to {name} is a sum over {} paths, and more than {MAX_PATHS} are not written", many(*.number))]
    ManyPaths {
        /// By what.
        name: String,
        /// How many.
        number: u128,
    },
    /// A Jacobian by what is no row of a sample.
    #[error("{name} is a parameter, and a Jacobian is of one sample's row by another")]
    NoRow {
        /// By what.
        name: String,
    },
    /// What is said of chains alone.
    #[error("{what} is there for chains of dense layers and activations only")]
    ChainOnly {
        /// What was asked for.
        what: &'static str,
    },
    /// The samples of the batch are mixed by more than the sum over them at the root.
    #[error("the expression mixes samples, so it has no form for a single one")]
    MixesSamples,
}

/// More paths than this are not written.
pub const MAX_PATHS: u128 = 1_000;

fn many(number: u128) -> String {
    if number == u128::MAX { "more than 10³⁸".to_owned() } else { number.to_string() }
}

/// How a gradient is written. The [tutorial](crate::tutorial) shows each.
///
/// ```
/// use chainrule::Form;
/// assert_eq!("per-sample".parse::<Form>()?, Form::PerSample);
/// assert_eq!(Form::ALL.map(|form| form.to_string()), ["chain", "layered", "per-sample", "product", "intuitive"]);
/// # Ok::<_, chainrule::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The abstract chain rule, ∂J/∂A_L · ∂A_L/∂Z_L ⋯: exact, and without a formula in it.
    Chain,
    /// Backpropagation, one Δ a layer, Δ_l = (Δ_{l+1} W_{l+1}ᵀ) ⊙ σ'(Z_l), ∂J/∂W_l = A_{l−1}ᵀ Δ_l: exact. What frameworks
    /// compute, and what [`evaluate`](crate::Network::evaluate) does.
    Layered,
    /// Σᵢ over samples of a product with that sample's activation matrices: exact.
    PerSample,
    /// The product with one activation matrix a layer for the whole batch.
    Product,
    /// The layers in forward order with the target's weight left out: a sketch.
    Intuitive,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Chain, Self::Layered, Self::PerSample, Self::Product, Self::Intuitive];

    /// As users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Layered => "layered",
            Self::PerSample => "per-sample",
            Self::Product => "product",
            Self::Intuitive => "intuitive",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// ∂J/∂v
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derivative {
    /// v
    pub variable: SymbolId,
    /// Its value; under [`Form::PerSample`], for a v with a row a sample, one row of it.
    pub value: ExprId,
}

/// Gradients of all variables in one form that has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// How it is written.
    pub form: Form,
    /// Names that the derivatives use, each in terms of earlier ones: Δ_L, …, Δ₁ or S₁, ….
    pub definitions: Vec<Definition>,
    /// One a variable, in the order of the variables.
    pub derivatives: Vec<Derivative>,
    /// Under the product and per-sample forms what each S is made of.
    pub gates: Vec<form::gate::Gate>,
    /// Where the expansion of the input stopped, if it was asked for.
    pub stops: Vec<form::expand::Stop>,
}

impl Gradient {
    /// Nothing derived yet.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { form, definitions: Vec::new(), derivatives: Vec::new(), gates: Vec::new(), stops: Vec::new() }
    }

    /// ∂J/∂`variable`
    #[must_use]
    pub fn by(&self, variable: SymbolId) -> Option<&Derivative> {
        let place = self.derivatives.binary_search_by_key(&variable, |derivative| derivative.variable);
        place.ok().and_then(|place| self.derivatives.get(place))
    }
}
