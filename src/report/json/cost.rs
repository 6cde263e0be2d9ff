//! [`Costs`] → the counts of each order, for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::line::{Line, write};
use crate::{
    cost::{Count, break_even::BreakEven, order::Order, schedule::Together},
    expr::Arena,
    pipeline::{Costs, FormulaCost, GradientCost},
};

/// What `derive --cost --format json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

/// Multiplications by bracket order.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// The gradients that are listed.
    gradients: Vec<Line<Gradient>>,
    /// Those asked for that are no single product.
    sums: Vec<String>,
    /// How many gradients are products and not listed.
    not_listed: usize,
    /// All parameters.
    together: Line<Shared>,
}

/// One gradient alone.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "GradientCost"))]
struct Gradient {
    variable: String,
    /// As printed, from left to right; null where the product form is not the one that was derived.
    printed: Option<Count>,
    /// From the error to the right, then to the left; of a network that branches in the layered form.
    backpropagation: Count,
    /// The cheapest order of this gradient alone; null of a network that branches, of which none is looked for.
    cheapest: Option<Count>,
    /// The first batch size for which Xᵀ(Ŷ − Y) first takes fewer multiplications in products than backpropagation, and with
    /// scalings; 0 where there is none, null where the question does not arise.
    first_pays_from: Option<[u128; 2]>,
}

/// All parameters' gradients that are products; of a network that branches all.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Shared {
    /// How many there are.
    gradients: usize,
    /// How many parameters there are.
    parameters: usize,
    #[serde(flatten)]
    counts: Together,
}

/// Writes the counts alone, of the network that `spec` describes; `arena` holds the variables' names.
///
/// # Errors
/// What `out` says.
pub fn cost(costs: &Costs, arena: &Arena, spec: &str, out: &mut impl Write) -> io::Result<()> {
    write(out, &Document { schema: "chainrule.cost/1", spec, counts: counts(costs, arena) })
}

/// As data; `arena` holds the variables' names.
#[must_use]
pub fn counts(costs: &Costs, arena: &Arena) -> Counts {
    let (gradients, together) = costs.together;
    let formulas = costs.formulas.iter().flat_map(|formulas| &formulas.gradients);
    let formulas = formulas.filter_map(|formula| Gradient::of_formula(formula, arena));
    Counts {
        gradients: costs.gradients.iter().map(|found| Gradient::new(found, arena)).chain(formulas).map(Line).collect(),
        sums: costs.sums.iter().map(|variable| arena.symbol(*variable).key()).collect(),
        not_listed: costs.hidden,
        together: Line(Shared { gradients, parameters: costs.parameters, counts: together }),
    }
}

impl Gradient {
    fn new(found: &GradientCost, arena: &Arena) -> Self {
        let of = |order: &Order| order.count(&found.factors);
        let first = |break_evens: [BreakEven; 2]| break_evens.map(|break_even| break_even.first().unwrap_or(0));
        Self {
            variable: arena.symbol(found.variable).key(),
            printed: Some(of(&found.printed)),
            backpropagation: of(&found.backpropagation),
            cheapest: Some(of(&found.cheapest)),
            first_pays_from: found.break_evens().map(first),
        }
    }

    fn of_formula(found: &FormulaCost, arena: &Arena) -> Option<Self> {
        let FormulaCost { variable, printed, backpropagation } = *found;
        let variable = arena.symbol(variable?).key();
        Some(Self { variable, printed, backpropagation, cheapest: None, first_pays_from: None })
    }
}
