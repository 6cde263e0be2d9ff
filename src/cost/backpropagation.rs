//! Chains → what they cost together where intermediate products are shared: Δ of backpropagation, or those of any orders.

use std::collections::HashSet;

use super::{
    Count,
    chain::{Chain, Chains, Factor, Side},
    order::{Order, Step, multiplied, product},
};

/// The costs of backpropagation.
#[derive(Clone, Debug)]
pub struct Backpropagation {
    /// Of the running product of the first factors from the error on, by how many these are; the first two are nothing.
    pub running: Vec<Count>,
    /// Of what each chain needs besides its running product.
    pub own: Vec<Count>,
}

impl Backpropagation {
    /// Counts each running product once, and each product before Xᵀ once.
    #[must_use]
    pub fn new(chains: &Chains, wanted: &[Chain]) -> Self {
        let size = |side: Side| u128::from(side.size);
        let right = chains.right();
        let mut running = vec![Count::default(); 2];
        let mut products: Vec<Factor> = right.first().copied().into_iter().collect();
        for factor in right.iter().skip(1) {
            let (Some(so_far), Some(total)) = (products.last().copied(), running.last().copied()) else { break };
            running.push(total + product(&so_far, factor, &size));
            products.push(multiplied(&so_far, factor));
        }
        let mut known = HashSet::new();
        let own = |chain: &Chain| {
            let mut total = Count::default();
            let Some((mut left, rest)) = chain.before.split_last().map(|(last, rest)| (*last, rest)) else {
                return total;
            };
            for (place, factor) in rest.iter().enumerate().rev() {
                if known.insert((factor.id, chain.before.len() - place)) {
                    total += product(factor, &left, &size);
                }
                left = multiplied(factor, &left);
            }
            total + product(&left, &products[chain.length - 1], &size)
        };
        let own = wanted.iter().map(own).collect();
        Self { running, own }
    }

    /// All chains together.
    #[must_use]
    pub fn total(&self, wanted: &[Chain]) -> Count {
        let longest = wanted.iter().map(|chain| chain.length).max().unwrap_or_default();
        self.running[longest] + self.own.iter().copied().sum::<Count>()
    }
}

/// What several orders cost if an interval that occurs in more than one of them is computed once, as the first does.
#[must_use]
pub fn shared(orders: &[(&[Factor], Order)]) -> Count {
    let size = |side: Side| u128::from(side.size);
    let mut known = HashSet::new();
    let mut total = Count::default();
    for (factors, order) in orders {
        // An interval is known by its first factor and its length: what follows a factor is the same in all chains.
        let mut intervals: Vec<(Factor, usize)> = Vec::with_capacity(order.steps.len());
        for step in &order.steps {
            intervals.push(match *step {
                Step::Factor(factor) => (factors[factor], 1),
                Step::Product(left, right) => {
                    let ((left, before), (right, behind)) = (intervals[left], intervals[right]);
                    (multiplied(&left, &right), before + behind)
                }
            });
        }
        let mut todo: Vec<usize> = order.steps.len().checked_sub(1).into_iter().collect();
        while let Some(step) = todo.pop() {
            let Step::Product(left, right) = order.steps[step] else { continue };
            if known.insert((intervals[step].0.id, intervals[step].1)) {
                total += product(&intervals[left].0, &intervals[right].0, &size);
                todo.extend([left, right]);
            }
        }
    }
    total
}
