//! Chains → what backpropagation costs where the running products Δ are shared by all gradients.

use std::collections::HashSet;

use super::{
    Count,
    chain::{Chain, Chains, Factor},
    order::{multiplied, product},
};

/// The costs of backpropagation.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Of the running product of the first factors from the error on, by how many these are; the first two are nothing.
    pub running: Vec<Count>,
    /// Of what each chain needs besides its running product.
    pub own: Vec<Count>,
}

impl Sweep {
    /// Counts each running product once, and each product before Xᵀ once.
    #[must_use]
    pub fn new(chains: &Chains, wanted: &[Chain]) -> Self {
        let size = |side: super::chain::Side| u128::from(side.size);
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
