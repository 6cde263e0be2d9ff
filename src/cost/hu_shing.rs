//! A polygon with weights at its vertices → its cheapest triangulation, in time O(n log n).
//!
//! A triangle costs the product of its corners' weights. A bracketing of a chain of matrices is a triangulation of the
//! polygon whose vertices are the chain's dimensions (T. C. Hu and M. T. Shing, *Computation of Matrix Chain Products*,
//! SIAM J. Comput. 11 (1982) and 13 (1984)). Their theorem: in a cheapest triangulation the smallest vertex is joined to the
//! second and the third smallest; if these are its neighbours, either the smallest is joined to the fourth smallest, or the
//! second to the third. Let `[a, b]` be an arc whose inner vertices are all at least as large as a and b, and c the smallest
//! of them. Then, with
//!
//! ```text
//! G[a,b]      the least cost of the polygon of the arc,      0 for a side
//! F[a,b](x)   the same with one vertex more, of weight x ≤ a, b, that is next to a and b
//!
//! G[a,b]    = G[a,c] + F[c,b](a)   for a ≤ b,   else G[c,b] + F[a,c](b)
//! F[a,b](x) = min( x·a·b + G[a,b],  F[a,c](x) + F[c,b](x) )      x·a·b for a side
//! ```
//!
//! the polygon costs `G[m,c] + G[c,m]` for its two smallest vertices m, c. As a function of x the sum of the two F is concave
//! and made of lines that are all steeper than a·b. So the first term of the minimum is less exactly for x beyond one
//! threshold, above which its line replaces the others. The lines are kept by the steps between them, in a heap by
//! threshold: an arc takes those of its two parts, drops some and adds one. Arguments fall from an arc to those around
//! it, so that what lies above one is dropped for good.

use std::collections::BinaryHeap;

/// A cheapest triangulation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triangulation {
    /// The sum over the triangles of the product of the weights of their corners.
    pub cost: u128,
    /// The corners of each triangle.
    pub triangles: Vec<[usize; 3]>,
}

/// Finds a cheapest triangulation; there are no triangles below three vertices.
#[must_use]
pub fn triangulate(weights: &[u64]) -> Triangulation {
    let Some(smallest) = (0..weights.len()).min_by_key(|vertex| weights[*vertex]) else {
        return Triangulation::default();
    };
    if weights.len() < 3 {
        return Triangulation::default();
    }
    let mut arcs = Arcs { weights, arcs: Vec::with_capacity(2 * weights.len()) };
    // Vertices of rising weight, each with the arc from the one before.
    let (mut open, mut before): (Vec<Open>, usize) = (Vec::new(), smallest);
    for step in 1..=weights.len() {
        let vertex = (smallest + step) % weights.len();
        let mut last = arcs.side(before, vertex);
        while open.len() > 1 && open.last().is_some_and(|top| weights[arcs.arcs[top.arc].to] >= weights[vertex]) {
            let Some(first) = open.pop() else { break };
            last = arcs.joined(first, last);
        }
        open.push(last);
        before = vertex;
    }
    let outer: Vec<usize> = open.iter().map(|open| open.arc).collect();
    let cost = outer.iter().map(|arc| arcs.arcs[*arc].cost).sum::<i128>();
    Triangulation { cost: cost.unsigned_abs(), triangles: arcs.triangles(&outer) }
}

/// [a, b]
#[derive(Clone, Copy, Debug)]
struct Arc {
    from: usize,
    to: usize,
    /// [a, c] and [c, b]; none of a side.
    parts: Option<(usize, usize)>,
    /// G
    cost: i128,
    /// The largest x for which the sum of the parts is the minimum.
    threshold: i128,
}

/// F of an arc: the line for large x, and the steps to the lines for smaller ones.
#[derive(Debug)]
struct Open {
    arc: usize,
    slope: i128,
    constant: i128,
    steps: BinaryHeap<Step>,
}

/// From the line above a threshold to the one that holds up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    threshold: i128,
    slope: i128,
    constant: i128,
}

impl Open {
    /// F(x); what holds beyond x only is dropped.
    fn at(&mut self, x: i128) -> i128 {
        while self.steps.peek().is_some_and(|step| step.threshold >= x) {
            self.step_down();
        }
        self.slope * x + self.constant
    }

    fn step_down(&mut self) {
        if let Some(step) = self.steps.pop() {
            self.slope += step.slope;
            self.constant += step.constant;
        }
    }

    /// Takes the line where it is less than what is there; returns the last x where it is not.
    fn cut(&mut self, slope: i128, constant: i128) -> i128 {
        loop {
            let threshold = (constant - self.constant).div_euclid(self.slope - slope);
            if self.steps.peek().is_none_or(|step| step.threshold < threshold) {
                let (slope, constant) = (self.slope - slope, self.constant - constant);
                self.steps.push(Step { threshold, slope, constant });
                self.slope -= slope;
                self.constant -= constant;
                return threshold;
            }
            self.step_down();
        }
    }
}

struct Arcs<'a> {
    weights: &'a [u64],
    arcs: Vec<Arc>,
}

impl Arcs<'_> {
    fn weight(&self, vertex: usize) -> i128 {
        self.weights[vertex].into()
    }

    fn side(&mut self, from: usize, to: usize) -> Open {
        let slope = self.weight(from) * self.weight(to);
        self.arcs.push(Arc { from, to, parts: None, cost: 0, threshold: 0 });
        Open { arc: self.arcs.len() - 1, slope, constant: 0, steps: BinaryHeap::new() }
    }

    /// [a, b] of [a, c] and [c, b].
    fn joined(&mut self, mut first: Open, mut last: Open) -> Open {
        let (left, right) = (self.arcs[first.arc], self.arcs[last.arc]);
        let (a, b) = (self.weight(left.from), self.weight(right.to));
        let cost = if a <= b { left.cost + last.at(a) } else { first.at(b) + right.cost };
        let parts = Some((first.arc, last.arc));
        first.slope += last.slope;
        first.constant += last.constant;
        first.steps.append(&mut last.steps);
        let threshold = first.cut(a * b, cost);
        self.arcs.push(Arc { from: left.from, to: right.to, parts, cost, threshold });
        Open { arc: self.arcs.len() - 1, ..first }
    }

    /// Goes down through the minima again; a loop, since arcs are as deep as networks.
    fn triangles(&self, outer: &[usize]) -> Vec<[usize; 3]> {
        let mut found = Vec::with_capacity(self.weights.len());
        let mut todo: Vec<(Option<usize>, usize)> = outer.iter().map(|arc| (None, *arc)).collect();
        while let Some((apex, at)) = todo.pop() {
            let Arc { from, to, parts, threshold, .. } = self.arcs[at];
            match (apex, parts) {
                (None, None) => {}
                (None, Some((left, right))) if self.weights[from] <= self.weights[to] => {
                    todo.extend([(None, left), (Some(from), right)]);
                }
                (None, Some((left, right))) => todo.extend([(Some(to), left), (None, right)]),
                (Some(apex), Some((left, right))) if self.weight(apex) <= threshold => {
                    todo.extend([(Some(apex), left), (Some(apex), right)]);
                }
                (Some(apex), _) => {
                    found.push([apex, from, to]);
                    todo.push((None, at));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cost by trying every triangle on every chord.
    fn cheapest(weights: &[u64]) -> u128 {
        let count = weights.len();
        let mut least = vec![vec![0_u128; count]; count];
        for width in 2..count {
            for from in 0..count - width {
                let to = from + width;
                let triangle = |k: usize| [from, k, to].map(|v| u128::from(weights[v])).iter().product::<u128>();
                let costs = (from + 1..to).map(|k| least[from][k] + least[k][to] + triangle(k));
                least[from][to] = costs.min().unwrap();
            }
        }
        least[0][count - 1]
    }

    /// Numbers that look random, the same in every run.
    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut state = 1_u64;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        }
    }

    fn check(weights: &[u64]) {
        let found = triangulate(weights);
        assert_eq!(found.cost, cheapest(weights), "{weights:?}");
        assert_eq!(found.triangles.len(), weights.len().saturating_sub(2), "{weights:?}");
        let triangle = |corners: &[usize; 3]| corners.iter().map(|v| u128::from(weights[*v])).product::<u128>();
        assert_eq!(found.triangles.iter().map(triangle).sum::<u128>(), found.cost, "{weights:?}");
    }

    #[test]
    fn textbook_chains_cost_what_the_textbooks_say() {
        // Cormen et al., Introduction to Algorithms, section 14.2.
        assert_eq!(triangulate(&[30, 35, 15, 5, 10, 20, 25]).cost, 15_125);
        // (10 × 100)(100 × 5)(5 × 50): 5,000 + 2,500 against 25,000 + 50,000, ibid.
        assert_eq!(triangulate(&[10, 100, 5, 50]).cost, 7_500);
        assert_eq!(triangulate(&[7, 9]).cost, 0);
    }

    #[test]
    fn random_polygons_cost_what_all_triangles_give() {
        let mut random = numbers();
        for round in 0..20_000_u64 {
            let count = usize::try_from(2 + random(if round % 100 == 0 { 60 } else { 14 })).unwrap();
            let largest = [2, 5, 12, 1_000, (1 << 31) - 1][usize::try_from(round % 5).unwrap()];
            let mut weights: Vec<u64> = (0..count).map(|_| 1 + random(largest)).collect();
            match round % 7 {
                0 => weights.sort_unstable(),
                1 => weights.sort_unstable_by(|a, b| b.cmp(a)),
                2 => {
                    let half = count / 2;
                    weights[..half].sort_unstable();
                    weights[half..].sort_unstable_by(|a, b| b.cmp(a));
                }
                _ => {}
            }
            check(&weights);
        }
    }

    #[test]
    fn equal_weights_cost_the_same_in_every_order() {
        for count in 3..40 {
            check(&vec![4; count]);
        }
    }

    #[test]
    fn the_largest_polygons_do_not_overflow() {
        let largest = (1_u64 << 31) - 1;
        let cost = triangulate(&vec![largest; 20_003]).cost;
        assert_eq!(cost, 20_001 * u128::from(largest).pow(3));
        let rising: Vec<u64> = (0..20_003).map(|i| largest - i).collect();
        assert_eq!(triangulate(&rising).triangles.len(), 20_001);
    }
}
