//! [`Costs`] → objects for programs: the counts of each order.

use serde::Serialize;

use super::line::Line;
use crate::{
    cost::{Count, crossing::Crossing, order::Order, schedule::Together},
    expr::Arena,
    pipeline::{Costs, GradientCost},
};

/// Multiplications by bracket order.
#[derive(Serialize)]
pub struct Document {
    /// The gradients that are listed.
    gradients: Vec<Gradient>,
    /// Those asked for that are no single product.
    sums: Vec<String>,
    /// How many gradients are products and not listed.
    not_listed: usize,
    /// All parameters.
    together: Shared,
}

/// One gradient alone.
#[derive(Serialize)]
struct Gradient {
    variable: String,
    printed: Line<Counted>,
    backpropagation: Line<Counted>,
    cheapest: Line<Counted>,
    /// The first batch size for which Xᵀ(Ŷ − Y) first takes fewer multiplications in products than backpropagation, and with
    /// scalings; 0 where there is none, nothing where the question does not arise.
    first_pays_from: Option<[u128; 2]>,
}

/// All parameters' gradients that are products.
#[derive(Serialize)]
struct Shared {
    gradients: usize,
    parameters: usize,
    backpropagation: Line<Counted>,
    cheapest: Line<Counted>,
    /// Whether nothing is cheaper.
    proved: bool,
    /// Each by its own cheapest order; nothing where these were not looked for.
    separate: Option<Line<Counted>>,
}

#[derive(Serialize)]
struct Counted {
    products: u128,
    scalings: u128,
}

fn counted(count: Count) -> Line<Counted> {
    Line(Counted { products: count.products, scalings: count.scalings })
}

/// As data; `arena` holds the variables' names.
#[must_use]
pub fn costs(costs: &Costs, arena: &Arena) -> Document {
    let (gradients, Together { separate, backpropagation, shared, proved, .. }) = costs.together;
    Document {
        gradients: costs.gradients.iter().map(|gradient| Gradient::new(gradient, arena)).collect(),
        sums: costs.sums.iter().map(|variable| arena.symbol(*variable).key()).collect(),
        not_listed: costs.hidden,
        together: Shared {
            gradients,
            parameters: costs.parameters,
            backpropagation: counted(backpropagation),
            cheapest: counted(shared),
            proved,
            separate: separate.map(counted),
        },
    }
}

impl Gradient {
    fn new(found: &GradientCost, arena: &Arena) -> Self {
        let of = |order: &Order| counted(order.count(&found.factors));
        let first = |crossings: [Crossing; 2]| crossings.map(|crossing| crossing.first().unwrap_or(0));
        Self {
            variable: arena.symbol(found.variable).key(),
            printed: of(&found.printed),
            backpropagation: of(&found.backpropagation),
            cheapest: of(&found.cheapest),
            first_pays_from: found.crossings().map(first),
        }
    }
}
