//! What a derivation hands on: the forward pass, the error, and the gradients in the form that was wanted.

use std::collections::{BTreeMap, HashMap};

use super::{
    Form, Gradient, GradientError, MAX_PATHS,
    form::{chain::Chain, intuitive::Sketch, layered::OutputError},
    general::General,
};
use crate::{
    expr::{ExprId, SymbolId},
    network::forward::Forward,
};

/// A gradient in the form that was wanted.
#[derive(Clone, Debug)]
pub enum Derived {
    /// A form that has a value.
    Gradient(Gradient),
    /// The abstract chain rule.
    Chain(Chain),
    /// The sketch.
    Intuitive(Sketch),
}

/// All that a derivation found.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The forward pass, and the arena of all expressions.
    pub forward: Forward,
    /// The error of each loss, simplified.
    pub output_errors: Vec<OutputError>,
    /// J in a form whose value stays finite.
    pub loss: ExprId,
    /// The gradients.
    pub derived: Derived,
    /// Whether the result rests on Σⱼ yᵢⱼ = 1.
    pub assumes_distributions: bool,
    /// The limit that a simplification reached, if it did not saturate.
    pub limit: Option<String>,
    /// What the simplification of the error took.
    pub effort: Effort,
    /// Whether the network is a chain.
    pub is_chain: bool,
    /// The value whose Jacobians the gradients are, if they are.
    pub jacobian_of: Option<SymbolId>,
    /// Over how many paths each derivative is a sum, where it is written so.
    pub paths: BTreeMap<SymbolId, u128>,
    /// What belongs to formulas for any depth, if it is they.
    pub general: Option<General>,
    /// What belongs to products with second derivatives, if the gradients are they.
    pub second: Option<Second>,
}

impl Derivation {
    /// Whether the derivatives by the variables are sums that can be written.
    ///
    /// # Errors
    /// The first that is a sum over too many paths.
    pub fn check_paths(&self, variables: &[SymbolId]) -> Result<(), GradientError> {
        let of = |variable: &SymbolId| match &self.derived {
            Derived::Chain(chain) => chain.number_of_paths(*variable),
            Derived::Gradient(_) | Derived::Intuitive(_) => self.paths.get(variable).copied().unwrap_or_default(),
        };
        match variables.iter().find(|variable| of(variable) > MAX_PATHS) {
            Some(variable) => {
                let name = self.forward.arena.symbol(*variable).key();
                Err(GradientError::ManyPaths { name, number: of(variable) })
            }
            None => Ok(()),
        }
    }

    /// How many letters and numbers the formulas by the variables are written with, each part counted as often as it is
    /// written.
    #[must_use]
    pub fn length(&self, variables: &[SymbolId]) -> u64 {
        let Derived::Gradient(gradient) = &self.derived else { return 0 };
        let arena = &self.forward.arena;
        let mut roots: Vec<ExprId> =
            variables.iter().filter_map(|v| gradient.by(*v)).map(|found| found.value).collect();
        if gradient.form == Form::Layered {
            roots.extend(gradient.definitions.iter().map(|definition| definition.value));
        }
        let mut lengths: HashMap<ExprId, u64> = HashMap::new();
        for id in arena.reachable(&roots) {
            let children = arena.op(id).children().iter().map(|child| lengths[child]);
            let length = children.fold(0, u64::saturating_add);
            lengths.insert(id, length.max(1));
        }
        roots.iter().fold(0, |sum, root| sum.saturating_add(lengths[root]))
    }

    /// The error of the first loss.
    #[must_use]
    pub fn head(&self) -> OutputError {
        self.output_errors[0]
    }
}

/// Which matrix of second derivatives a vector is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondKind {
    /// The Hessian H of J.
    Hessian,
    /// The Gauss–Newton matrix G: with the network replaced by its tangent, and the losses as they are.
    GaussNewton,
}

/// How a variable moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// The variable.
    pub variable: SymbolId,
    /// Its part of the direction.
    pub symbol: SymbolId,
}

/// What belongs to a product with second derivatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Second {
    /// By what the direction is multiplied.
    pub kind: SecondKind,
    /// The letter of that matrix.
    pub matrix: &'static str,
    /// The letter of the whole direction.
    pub vector: &'static str,
    /// Its parts. All other variables stay.
    pub directions: Vec<Direction>,
    /// Of a Gauss–Newton matrix: in what each loss is taken to the second order, Z of a fused pair or the prediction.
    pub outputs: Vec<SymbolId>,
    /// Whether the losses are convex in these.
    pub is_convex: bool,
    /// How the formulas compare with differences of concrete values, or why they were not compared.
    pub checked: Result<Checked, Unchecked>,
}

/// How formulas and differences compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {
    /// At how many random points.
    pub points: usize,
    /// The largest difference, relative to the largest entry of its array.
    pub error: f64,
    /// Whether everything was 0 at all of them.
    pub vanishes: bool,
}

/// Why nothing was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// The arrays would be too large.
    TooLarge,
    /// No point was found at which differences tell anything.
    NoPoint,
}

/// What a simplification took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Nodes of the e-graph at the end.
    pub nodes: usize,
    /// Rounds of searching all laws.
    pub rounds: usize,
}
