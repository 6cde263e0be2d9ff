//! A chain → its cheapest order by dynamic programming over all its intervals, in time O(n³).

use super::{
    Count,
    chain::Factor,
    order::{Order, Step, multiplied, product},
};

/// The order of the fewest multiplications in products and, among those, in scalings; of several such the one with most
/// factors to the left. Gates may be anywhere in the chain.
#[must_use]
pub fn cheapest(factors: &[Factor]) -> Order {
    let count = factors.len();
    // Of the factors from..=to: what stands for them, the least cost, and the last factor of the left part.
    let mut least: Vec<Vec<(Factor, Count, usize)>> =
        factors.iter().map(|factor| vec![(*factor, Count::default(), 0)]).collect();
    for width in 1..count {
        for from in 0..count - width {
            let mut best: Option<(Factor, Count, usize)> = None;
            for middle in (from..from + width).rev() {
                let (left, right) = (least[from][middle - from], least[middle + 1][from + width - middle - 1]);
                let cost = left.1 + right.1 + product(&left.0, &right.0, &|side| side.size.into());
                if best.is_none_or(|best| cost < best.1) {
                    best = Some((multiplied(&left.0, &right.0), cost, middle));
                }
            }
            least[from].extend(best);
        }
    }
    let mut order = Order::default();
    let (mut todo, mut done) = (vec![(0, count.saturating_sub(1), false)], Vec::new());
    while let Some((from, to, operands_done)) = todo.pop() {
        if from == to {
            done.push(order.push(Step::Factor(from)));
        } else if operands_done {
            let right = done.pop().unwrap_or_default();
            let left = done.pop().unwrap_or_default();
            done.push(order.push(Step::Product(left, right)));
        } else {
            let middle = least[from][to - from].2;
            todo.extend([(from, to, true), (middle + 1, to, false), (from, middle, false)]);
        }
    }
    order
}
