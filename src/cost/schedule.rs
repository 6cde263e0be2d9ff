//! The chains of several gradients → what all of them cost, each alone and together.

use super::{
    Count,
    backpropagation::{self, Backpropagation},
    chain::{Chain, Chains, Factor},
    hu_shing::triangulate,
    order::{Order, Polygon, multiplied},
    program, search,
};

/// Up to so many factors the dynamic programme is as fast, and finds the least scalings too.
const SHORT: usize = 32;
/// Chains of so many factors are searched exhaustively, a network of up to four layers: the error, four weights and three
/// gates.
pub const SEARCHED: usize = 8;

/// With more factors than this in all chains together only backpropagation and separate orders are compared.
pub const COMPARED: usize = 50_000;

/// With more factors than this in all chains together the cheapest order of each is not looked for: seconds of work.
pub const MAX_FACTORS: usize = 20_000_000;

/// What several gradients cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Together {
    /// The sum of the least costs of all; none beyond [`MAX_FACTORS`], nor of a network that branches.
    pub separate: Option<Count>,
    /// Backpropagation, running products shared.
    pub backpropagation: Count,
    /// The least found with intermediate products shared.
    #[serde(rename = "cheapest")]
    pub shared: Count,
    /// Whether nothing is cheaper than that.
    pub proved: bool,
    /// The factors of all chains together.
    #[serde(skip)]
    pub factors: usize,
}

/// The cheapest order of a chain.
#[must_use]
pub fn cheapest(factors: &[Factor]) -> Order {
    if factors.len() <= SHORT {
        return program::cheapest(factors);
    }
    if let Some(summed) = summed(factors) {
        return cheapest(&summed).with_first_of_two();
    }
    Order::of(&triangulate(&Polygon::new(factors).weights), factors)
}

/// What the cheapest order of a chain costs.
#[must_use]
pub fn least(factors: &[Factor]) -> Count {
    if factors.len() <= SHORT {
        return program::cheapest(factors).count(factors);
    }
    if let Some(summed) = summed(factors) {
        return least(&summed);
    }
    let polygon = Polygon::new(factors);
    polygon.count(&triangulate(&polygon.weights), factors)
}

/// The chain 1ᵀ E W_Lᵀ ⋯ with 1ᵀ E as its first factor, which no order undercuts: the sum is free wherever 1ᵀ is multiplied,
/// and as the first product it leaves one row instead of those of E to all others.
fn summed(factors: &[Factor]) -> Option<Vec<Factor>> {
    let (first, rest) = factors.split_first().filter(|(first, _)| first.ones)?;
    let (next, rest) = rest.split_first()?;
    Some([&[multiplied(first, next)], rest].concat())
}

/// Counts for all `wanted` chains.
#[must_use]
pub fn together(chains: &Chains, wanted: &[Chain]) -> Together {
    let sequential = Backpropagation::new(chains, wanted);
    let backpropagation = sequential.total(wanted);
    let factors: usize = wanted.iter().map(|chain| chain.length + chain.before.len()).sum();
    if factors > MAX_FACTORS {
        return Together { separate: None, backpropagation, shared: backpropagation, proved: false, factors };
    }
    let least: Vec<Count> = wanted.iter().map(|chain| least(&chains.factors(chain))).collect();
    let separate = least.iter().copied().sum();
    let mut shared = mixed(&sequential, wanted, &least).min(separate).min(backpropagation);
    if factors <= COMPARED {
        let factors = self::factors(chains, wanted);
        let total = |order: &dyn Fn(&[Factor], usize) -> Order| {
            let one = |(factors, chain)| (factors, order(factors, chain));
            let errors = wanted.iter().map(|chain| chain.before.len());
            backpropagation::shared(&factors.iter().map(Vec::as_slice).zip(errors).map(one).collect::<Vec<_>>())
        };
        shared = shared.min(total(&|factors, _| cheapest(factors)));
        shared = shared.min(total(&|factors, error| Order::weights_first(factors.len(), error)));
    }
    let short = wanted.iter().all(|chain| chain.length <= SEARCHED && chain.before.len() <= SEARCHED);
    let found = short.then(|| search::cheapest(&self::factors(chains, wanted), shared)).flatten();
    shared = found.unwrap_or(shared);
    Together { separate: Some(separate), backpropagation, shared, proved: found.is_some(), factors }
}

fn factors(chains: &Chains, wanted: &[Chain]) -> Vec<Vec<Factor>> {
    wanted.iter().map(|chain| chains.factors(chain)).collect()
}

/// The least of: the shorter chains by backpropagation, the longer ones each by its own cheapest order.
fn mixed(backpropagation: &Backpropagation, wanted: &[Chain], least: &[Count]) -> Count {
    let mut by_length: Vec<usize> = (0..wanted.len()).collect();
    by_length.sort_by_key(|chain| wanted[*chain].length);
    // What is before the error is shared by longer chains, unless it is one factor.
    if wanted.iter().any(|chain| chain.before.len() > 1) {
        return backpropagation.total(wanted);
    }
    let mut alone: Count = least.iter().copied().sum();
    let (mut best, mut own) = (alone, Count::default());
    for (place, chain) in by_length.iter().enumerate() {
        alone = Count {
            products: alone.products - least[*chain].products,
            scalings: alone.scalings - least[*chain].scalings,
        };
        own += backpropagation.own[*chain];
        let length = wanted[*chain].length;
        let last_of_length = by_length.get(place + 1).is_none_or(|next| wanted[*next].length > length);
        if last_of_length {
            best = best.min(backpropagation.running[length] + own + alone);
        }
    }
    best
}
