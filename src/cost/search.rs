//! Chains → the cheapest way to compute all of them with shared intermediate products, by exhaustive search.
//!
//! A schedule is a set of intervals of the chains, each the product of two others or of factors; an interval that occurs
//! in several chains is computed once. Intervals are resolved from the longest down, in all ways in which they split; a
//! state is the set of those that are needed and not yet resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Count,
    chain::{Factor, Side},
    order::{multiplied, product},
};
use crate::expr::ExprId;

/// A state has a bit for each interval.
pub const MAX_INTERVALS: usize = 128;
/// More states than this at once are not searched.
pub const MAX_STATES: usize = 200_000;

/// An interval of two factors or more.
struct Interval {
    /// Its least cost if nothing is shared.
    alone: Count,
    splits: Vec<Split>,
}

/// One way to compute an interval.
struct Split {
    cost: Count,
    /// The intervals that it needs.
    needs: u128,
}

/// The least cost of all `chains` together; `None` if there are too many ways. `known` is the cost of some way.
#[must_use]
pub fn cheapest(chains: &[Vec<Factor>], known: Count) -> Option<Count> {
    let mut slices: BTreeSet<(usize, Vec<ExprId>)> = BTreeSet::new();
    let mut shapes: BTreeMap<Vec<ExprId>, &[Factor]> = BTreeMap::new();
    for chain in chains {
        for from in 0..chain.len() {
            for to in from + 2..=chain.len() {
                let ids = ids(&chain[from..to]);
                slices.insert((to - from, ids.clone()));
                shapes.insert(ids, &chain[from..to]);
                if slices.len() > MAX_INTERVALS {
                    return None;
                }
            }
        }
    }
    // From short to long, so that the parts of an interval have smaller numbers.
    let places: BTreeMap<&[ExprId], usize> = slices.iter().enumerate().map(|(i, (_, ids))| (&ids[..], i)).collect();
    let mut intervals: Vec<Interval> = Vec::new();
    for (_, ids) in &slices {
        let interval = interval(shapes[ids], &places, &intervals);
        intervals.push(interval);
    }
    let wanted = chains.iter().filter_map(|chain| places.get(&ids(chain)[..])).fold(0, |set, i| set | 1 << i);
    resolve(&intervals, wanted, known)
}

fn ids(factors: &[Factor]) -> Vec<ExprId> {
    factors.iter().map(|factor| factor.id).collect()
}

fn interval(factors: &[Factor], places: &BTreeMap<&[ExprId], usize>, shorter: &[Interval]) -> Interval {
    let ids = ids(factors);
    let size = |side: Side| u128::from(side.size);
    let result = |factors: &[Factor]| {
        let mut result = factors[0];
        factors[1..].iter().for_each(|factor| result = multiplied(&result, factor));
        result
    };
    let (mut splits, mut alone) = (Vec::new(), None::<Count>);
    for at in 1..factors.len() {
        let cost = product(&result(&factors[..at]), &result(&factors[at..]), &size);
        let parts = [&ids[..at], &ids[at..]].map(|part| places.get(part).copied());
        let parts: Vec<usize> = parts.into_iter().flatten().collect();
        let total = cost + parts.iter().map(|part| shorter[*part].alone).sum::<Count>();
        alone = Some(alone.map_or(total, |least| least.min(total)));
        splits.push(Split { cost, needs: parts.iter().fold(0, |set, part| set | 1 << part) });
    }
    Interval { alone: alone.unwrap_or_default(), splits }
}

/// Drops what cannot come out below `known`: each interval that is still needed costs at least what it costs alone, since
/// all its parts are shorter and not resolved either.
fn resolve(intervals: &[Interval], wanted: u128, known: Count) -> Option<Count> {
    let mut states = BTreeMap::from([(wanted, Count::default())]);
    for (place, interval) in intervals.iter().enumerate().rev() {
        let bit = 1_u128 << place;
        let mut next: BTreeMap<u128, Count> = BTreeMap::new();
        for (set, cost) in states {
            let ways: Vec<(u128, Count)> = if set & bit == 0 {
                vec![(set, cost)]
            } else {
                interval.splits.iter().map(|split| ((set & !bit) | split.needs, cost + split.cost)).collect()
            };
            for (set, cost) in ways {
                let rest = (0..place).filter(|i| set >> i & 1 == 1).map(|i| intervals[i].alone).max();
                if cost + rest.unwrap_or_default() <= known {
                    next.entry(set).and_modify(|least| *least = cost.min(*least)).or_insert(cost);
                }
            }
        }
        if next.len() > MAX_STATES {
            return None;
        }
        states = next;
    }
    states.into_values().min()
}
