//! [`Derivation`] → what its gradients cost by bracket order, each alone and all parameters together.

use std::collections::HashMap;

use super::PipelineError;
use crate::{
    cost::{
        Count,
        break_even::{BreakEven, break_even},
        chain::{Chain, Chains, CostError, Factor, check_numbers},
        formula::Formulas,
        order::Order,
        schedule::{Together, cheapest, together},
    },
    expr::{Arena, ExprId, Function, Op, SymbolId},
    gradient::{Derivation, Derived, Form, Gradient, form::layered::layered},
    network::graph::Layout,
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
    /// Of a network that branches, whose gradients are no single products, what stands for the lists above.
    pub formulas: Option<FormulaCosts>,
}

/// What the formulas of a network that branches cost as they stand.
#[derive(Clone, Debug)]
pub struct FormulaCosts {
    /// The gradients that are listed, each alone.
    pub gradients: Vec<FormulaCost>,
    /// All parameters together.
    pub together: FormulaCost,
}

/// What some gradients cost, equal parts computed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormulaCost {
    /// By what; none of all parameters.
    pub variable: Option<SymbolId>,
    /// In the product form, from left to right, what stands in brackets first; none where another form was derived.
    pub printed: Option<Count>,
    /// In the layered form.
    pub backpropagation: Count,
}

impl FormulaCost {
    /// The less of both.
    #[must_use]
    pub fn least(&self) -> Count {
        self.printed.map_or(self.backpropagation, |printed| printed.min(self.backpropagation))
    }
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
    /// On which side of the error the parameter's factor stands.
    pub layout: Layout,
}

impl GradientCost {
    fn new(variable: SymbolId, chain: &Chain, factors: Vec<Factor>, layout: Layout) -> Self {
        let (error, length) = (chain.before.len(), factors.len());
        let (printed, backpropagation) = (Order::left_to_right(length), Order::error_first(length, error));
        let cheapest = cheapest(&factors);
        match layout {
            Layout::Rows => Self { variable, factors, error, printed, backpropagation, cheapest, layout },
            Layout::Columns => {
                let (error, factors) =
                    (length - 1 - error, factors.into_iter().rev().map(Factor::transposed).collect());
                let [backpropagation, cheapest] = [backpropagation, cheapest].map(|order| order.mirrored(length));
                Self { variable, factors, error, printed, backpropagation, cheapest, layout }
            }
        }
    }

    /// The places of the error and of what stands beside it, in order, and what begins with their product; none where not a
    /// single factor stands on that side of the error, or nothing on the other.
    #[must_use]
    pub fn error_and_neighbour(&self) -> Option<([usize; 2], Order)> {
        let length = self.factors.len();
        let first = Order::left_to_right(length);
        let (places, order) = match self.layout {
            Layout::Rows => ([0, 1], first),
            Layout::Columns => ([length.checked_sub(2)?, length - 1], first.mirrored(length)),
        };
        let beside = if self.layout == Layout::Rows { places[1] } else { places[0] };
        (self.error == beside && length > 2).then_some((places, order))
    }

    /// From which batch size on forming Xᵀ(Ŷ − Y) first pays, counted by products and by all multiplications; none where
    /// no single factor stands before the error, or nothing behind it.
    #[must_use]
    pub fn break_evens(&self) -> Option<[BreakEven; 2]> {
        let (_, order) = self.error_and_neighbour()?;
        let cross = |part| break_even(&self.factors, &order, &self.backpropagation, part);
        Some([cross(|count: Count| count.products), cross(Count::sum)])
    }
}

/// Where forming the product of the input and the error first begins to pay for ∂J/∂`variable`, by products and by all
/// multiplications; `None` where that is not asked, or a dimension has no number.
#[must_use]
pub fn break_evens(derivation: &Derivation, variable: SymbolId) -> Option<[BreakEven; 2]> {
    let Derived::Gradient(gradient) = &derivation.derived else { return None };
    let layout = derivation.forward.layout;
    let mut chains = Chains::new(&derivation.forward.arena, gradient, layout).ok()?;
    let chain = chains.read(gradient.by(variable)?.value)?;
    GradientCost::new(variable, &chain, chains.factors(&chain), layout).break_evens()
}

/// Counts for the `variables`; all of them if they were asked for by name, else only if they are few.
///
/// # Errors
/// Dimensions without numbers.
pub fn cost(derivation: &Derivation, asked: &[String], variables: &[SymbolId]) -> Result<Costs, PipelineError> {
    let Derived::Gradient(gradient) = &derivation.derived else { return Err(CostError::NoProduct.into()) };
    let listed = !asked.is_empty() || variables.len() <= LISTED;
    if !derivation.is_chain {
        return formulas(derivation, gradient, if listed { variables } else { &[] }, variables.len());
    }
    if gradient.form == Form::Layered {
        return Err(CostError::NoProduct.into());
    }
    let layout = derivation.forward.layout;
    let mut chains = Chains::new(&derivation.forward.arena, gradient, layout)?;
    let mut read = |variable: &SymbolId| chains.read(gradient.by(*variable)?.value);
    let shown: Vec<_> = variables.iter().filter(|_| listed).map(|variable| (*variable, read(variable))).collect();
    let all: Vec<Chain> = derivation.forward.parameters.iter().filter_map(read).collect();
    let product = |(variable, chain): &(SymbolId, Option<Chain>)| {
        let chain = chain.as_ref()?;
        Some(GradientCost::new(*variable, chain, chains.factors(chain), layout))
    };
    Ok(Costs {
        gradients: shown.iter().filter_map(product).collect(),
        sums: shown.iter().filter(|(_, chain)| chain.is_none()).map(|(variable, _)| *variable).collect(),
        hidden: if listed { 0 } else { variables.len() },
        together: (all.len(), together(&chains, &all)),
        parameters: derivation.forward.parameters.len(),
        formulas: None,
    })
}

/// Counts for a network that branches, of which `listed` of so many gradients are listed.
fn formulas(
    derivation: &Derivation,
    gradient: &Gradient,
    listed: &[SymbolId],
    all: usize,
) -> Result<Costs, PipelineError> {
    let mut forward = derivation.forward.clone();
    let swept = layered(&mut forward, &derivation.output_errors)?;
    let arena = &forward.arena;
    let values: Vec<ExprId> = swept.derivatives.iter().map(|derivative| derivative.value).collect();
    check_numbers(arena, &values)?;
    let count = |gradient: &Gradient, variables: &[SymbolId]| {
        let roots: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|found| found.value).collect();
        Formulas::new(arena, gradient, given(derivation, gradient.form)).count(&roots)
    };
    let cost = |variable, variables: &[SymbolId]| FormulaCost {
        variable,
        printed: (gradient.form == Form::Product).then(|| count(gradient, variables)),
        backpropagation: count(&swept, variables),
    };
    let parameters = &forward.parameters;
    let together = cost(None, parameters);
    let counts = Together {
        separate: None,
        backpropagation: together.backpropagation,
        shared: together.least(),
        proved: false,
        factors: 0,
    };
    Ok(Costs {
        gradients: Vec::new(),
        sums: Vec::new(),
        hidden: all - listed.len(),
        together: (parameters.len(), counts),
        parameters: parameters.len(),
        formulas: Some(FormulaCosts {
            gradients: listed.iter().map(|variable| cost(Some(*variable), &[*variable])).collect(),
            together,
        }),
    })
}

/// The errors, which every order begins with; in the layered form ∂J/∂Z too, with what leads to it through an activation
/// that the loss does not absorb.
fn given(derivation: &Derivation, form: Form) -> HashMap<ExprId, Count> {
    let arena = &derivation.forward.arena;
    let mut given = HashMap::new();
    for (output, head) in derivation.forward.outputs.iter().zip(&derivation.output_errors) {
        let fused = head.is_fused(arena);
        if fused || form == Form::Layered {
            let through = if fused { 0 } else { through(arena, output.prediction.value) };
            given.insert(head.by_pre_activation, Count { products: 0, scalings: through });
        }
        given.extend([head.by_prediction].into_iter().chain(head.by_target).map(|error| (error, Count::default())));
    }
    given
}

/// Multiplications by the derivative of an activation.
fn through(arena: &Arena, activation: ExprId) -> u128 {
    #[allow(clippy::wildcard_enum_match_arm, reason = "all other activations are entrywise")]
    let passes = match arena.op(activation) {
        Op::Map(Function::Linear, ..) => 0,
        Op::Transpose([rows]) if matches!(arena.op(*rows), Op::Softmax(_)) => 2,
        Op::Softmax(_) => 2,
        _ => 1,
    };
    let size = |dim: &crate::shape::Dim| u128::from(dim.as_number().unwrap_or_default());
    arena.shape(activation).dims().map_or(0, |(rows, columns)| passes * size(rows) * size(columns))
}
