//! [`Derivation`] → what its gradients cost by bracket order, each alone and all parameters together.

use super::{PipelineError, derive::check_rows};
use crate::{
    cost::{
        Count,
        chain::{Chain, Chains, CostError, Factor},
        crossing::{Crossing, crossing},
        order::Order,
        schedule::{Together, cheapest, together},
    },
    expr::SymbolId,
    gradient::{Derivation, Derived, GradientError},
};

/// More gradients than this are listed only if they are asked for.
pub const LISTED: usize = 12;

/// What the bracket orders cost.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The gradients that are listed.
    pub gradients: Vec<GradientCost>,
    /// Those asked for that are no single product.
    pub sums: Vec<SymbolId>,
    /// How many gradients are not listed, since there are many and none was asked for.
    pub hidden: usize,
    /// All parameters' gradients that are products, and how many these are.
    pub together: (usize, Together),
    /// How many parameters there are.
    pub parameters: usize,
}

/// One gradient's orders.
#[derive(Clone, Debug)]
pub struct GradientCost {
    /// By what.
    pub variable: SymbolId,
    /// The factors as printed.
    pub factors: Vec<Factor>,
    /// The place of the error among them.
    pub error: usize,
    /// As printed: from left to right.
    pub printed: Order,
    /// From the error to the right, then to the left.
    pub backpropagation: Order,
    /// The cheapest.
    pub cheapest: Order,
}

impl GradientCost {
    fn new(variable: SymbolId, chain: &Chain, factors: Vec<Factor>) -> Self {
        let error = chain.before.len();
        let printed = Order::left_to_right(factors.len());
        let backpropagation = Order::error_first(factors.len(), error);
        let cheapest = cheapest(&factors);
        Self { variable, factors, error, printed, backpropagation, cheapest }
    }

    /// From which batch size on forming Xᵀ(Ŷ − Y) first pays, counted by products and by all multiplications; none where
    /// no single factor stands before the error, or nothing behind it.
    #[must_use]
    pub fn crossings(&self) -> Option<[Crossing; 2]> {
        let cross = |part| crossing(&self.factors, &self.printed, &self.backpropagation, part);
        let asked = self.error == 1 && self.factors.len() > 2;
        asked.then(|| [cross(|count: Count| count.products), cross(Count::sum)])
    }
}

/// Where forming the product of the input and the error first begins to pay for ∂J/∂`variable`, by products and by all
/// multiplications; `None` where that is not asked, or a dimension has no number.
#[must_use]
pub fn crossings(derivation: &Derivation, variable: SymbolId) -> Option<[Crossing; 2]> {
    let Derived::Gradient(gradient) = &derivation.derived else { return None };
    let mut chains = Chains::new(&derivation.forward.arena, gradient).ok()?;
    let chain = chains.read(gradient.by(variable)?.value)?;
    GradientCost::new(variable, &chain, chains.factors(&chain)).crossings()
}

/// Counts for the `variables`; all of them if they were asked for by name, else only if they are few.
///
/// # Errors
/// Dimensions without numbers.
pub fn cost(derivation: &Derivation, asked: &[String], variables: &[SymbolId]) -> Result<Costs, PipelineError> {
    let Derived::Gradient(gradient) = &derivation.derived else { return Err(CostError::NoProduct.into()) };
    if !derivation.is_chain {
        return Err(GradientError::ChainOnly { what: "a count of multiplications" }.into());
    }
    check_rows(derivation.forward.layout, "a count of multiplications")?;
    let mut chains = Chains::new(&derivation.forward.arena, gradient)?;
    let mut read = |variable: &SymbolId| chains.read(gradient.by(*variable)?.value);
    let listed = !asked.is_empty() || variables.len() <= LISTED;
    let shown: Vec<_> = variables.iter().filter(|_| listed).map(|variable| (*variable, read(variable))).collect();
    let all: Vec<Chain> = derivation.forward.parameters.iter().filter_map(read).collect();
    let product = |(variable, chain): &(SymbolId, Option<Chain>)| {
        let chain = chain.as_ref()?;
        Some(GradientCost::new(*variable, chain, chains.factors(chain)))
    };
    Ok(Costs {
        gradients: shown.iter().filter_map(product).collect(),
        sums: shown.iter().filter(|(_, chain)| chain.is_none()).map(|(variable, _)| *variable).collect(),
        hidden: if listed { 0 } else { variables.len() },
        together: (all.len(), together(&chains, &all)),
        parameters: derivation.forward.parameters.len(),
    })
}
