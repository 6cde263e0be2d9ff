//! The order in which a product is multiplied, and what it costs.

use std::collections::HashMap;

use super::{
    Count,
    chain::{Factor, Side},
    hu_shing::Triangulation,
};

/// A step of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A factor, by its place in the chain.
    Factor(usize),
    /// The product of the results of two earlier steps.
    Product(usize, usize),
}

/// A full bracketing of a chain: operands before what is made of them, the whole product last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Order {
    /// ((a b) c) d
    #[must_use]
    pub fn left_to_right(length: usize) -> Self {
        Self::error_first(length, 0)
    }

    /// a (b ((e c) d)): from the error at `error` to the right end, then to the left one, as backpropagation does.
    #[must_use]
    pub fn error_first(length: usize, error: usize) -> Self {
        let mut order = Self::default();
        let mut running = order.push(Step::Factor(error));
        for factor in error + 1..length {
            let next = order.push(Step::Factor(factor));
            running = order.push(Step::Product(running, next));
        }
        if let Some(nearest) = error.checked_sub(1) {
            let mut left = order.push(Step::Factor(nearest));
            for factor in (0..nearest).rev() {
                let next = order.push(Step::Factor(factor));
                left = order.push(Step::Product(next, left));
            }
            order.push(Step::Product(left, running));
        }
        order
    }

    /// The order of the factors from last to first, of `length` of them.
    #[must_use]
    pub fn mirrored(&self, length: usize) -> Self {
        let mirrored = |step: &Step| match *step {
            Step::Factor(factor) => Step::Factor(length - 1 - factor),
            Step::Product(left, right) => Step::Product(right, left),
        };
        Self { steps: self.steps.iter().map(mirrored).collect() }
    }

    /// (a e) ((b c) d): what stands up to the error apart from what follows, each from left to right.
    #[must_use]
    pub fn weights_first(length: usize, error: usize) -> Self {
        let mut order = Self::default();
        let parts = [0..error + 1, error + 1..length].map(|part| {
            part.fold(None, |running, factor| {
                let next = order.push(Step::Factor(factor));
                Some(running.map_or(next, |running| order.push(Step::Product(running, next))))
            })
        });
        if let [Some(first), Some(last)] = parts {
            order.push(Step::Product(first, last));
        }
        order
    }

    /// The order that a triangulation of the chain's polygon stands for, each gate where least is scaled.
    #[must_use]
    pub fn of(hu_shing: &Triangulation, factors: &[Factor]) -> Self {
        let mut builder = Builder::new(hu_shing, factors);
        let last = builder.weights.len() - 1;
        let mut todo = vec![(0, last, false)];
        while let Some((from, to, operands_done)) = todo.pop() {
            let Some(middle) = builder.split(from, to).filter(|_| !operands_done) else {
                builder.interval(from, to, operands_done);
                continue;
            };
            todo.extend([(from, to, true), (middle, to, false), (from, middle, false)]);
        }
        builder.order
    }

    /// The same order of a chain that has two factors in the place of this one's first; their product is its first.
    #[must_use]
    pub fn with_first_of_two(self) -> Self {
        let mut order = Self { steps: vec![Step::Factor(0), Step::Factor(1)] };
        let mut places = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            let step = match step {
                Step::Factor(0) => Step::Product(0, 1),
                Step::Factor(factor) => Step::Factor(factor + 1),
                Step::Product(left, right) => Step::Product(places[left], places[right]),
            };
            places.push(order.push(step));
        }
        order
    }

    /// What the order costs.
    #[must_use]
    pub fn count(&self, factors: &[Factor]) -> Count {
        self.counted(factors, &|side| u128::from(side.size))
    }

    /// The same for a batch of `samples`.
    #[must_use]
    pub fn count_at(&self, factors: &[Factor], samples: u64) -> Count {
        self.counted(factors, &|side| u128::from(if side.batch { samples } else { side.size }))
    }

    fn counted(&self, factors: &[Factor], size: &dyn Fn(Side) -> u128) -> Count {
        let mut total = Count::default();
        let mut results: Vec<Factor> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let result = match *step {
                Step::Factor(factor) => factors[factor],
                Step::Product(left, right) => {
                    let (left, right) = (results[left], results[right]);
                    total += product(&left, &right, size);
                    multiplied(&left, &right)
                }
            };
            results.push(result);
        }
        total
    }

    pub(super) fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }
}

/// What multiplying two results costs.
pub(super) fn product(left: &Factor, right: &Factor, size: &dyn Fn(Side) -> u128) -> Count {
    if left.ones || right.ones {
        return Count::default();
    }
    let entries = size(left.rows) * size(right.columns);
    let scalings = match (left.passes, right.passes) {
        (0, 0) => return Count { products: entries * size(left.columns), scalings: 0 },
        (passes, 0) | (0, passes) => entries * u128::from(passes),
        // Two diagonals: one multiplication an entry of the diagonal.
        (1, 1) => size(left.rows),
        // One of the matrices is formed, p pᵀ of a softmax, and then scaled by the other; the result is no gate.
        (left, right) => entries * u128::from(left + right - 1),
    };
    Count { products: 0, scalings }
}

/// The product of two results: of gates only that of two diagonals is one.
pub(super) fn multiplied(left: &Factor, right: &Factor) -> Factor {
    let passes = u8::from(left.passes == 1 && right.passes == 1);
    Factor { id: left.id, passes, ones: false, rows: left.rows, columns: right.columns }
}

/// A chain as a polygon: its matrices are the sides 0 1, 1 2, …, and its dimensions the weights of the vertices, with the
/// gates that stand between two matrices at the vertex between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polygon {
    /// The weights.
    pub weights: Vec<u64>,
    /// The place of each side's matrix in the chain.
    pub sides: Vec<usize>,
    /// The places of the gates at each vertex.
    pub gates: Vec<Vec<usize>>,
}

impl Polygon {
    /// The polygon of a chain that holds a matrix other than gates.
    #[must_use]
    pub fn new(factors: &[Factor]) -> Self {
        let mut polygon = Self { gates: vec![Vec::new()], ..Self::default() };
        for (place, factor) in factors.iter().enumerate() {
            if factor.is_gate() {
                if let Some(gates) = polygon.gates.last_mut() {
                    gates.push(place);
                }
                continue;
            }
            if polygon.weights.is_empty() {
                polygon.weights.push(factor.rows.size);
            }
            polygon.weights.push(factor.columns.size);
            polygon.sides.push(place);
            polygon.gates.push(Vec::new());
        }
        polygon
    }

    /// The vertex that each vertex scales with: of those it is joined to, the one of least weight.
    #[must_use]
    pub fn nearest(&self, hu_shing: &Triangulation) -> Vec<usize> {
        let count = self.weights.len();
        let mut nearest: Vec<usize> = (0..count).map(|vertex| (vertex + 1) % count).collect();
        let mut join = |a: usize, b: usize| {
            for (at, other) in [(a, b), (b, a)] {
                if (self.weights[other], other) < (self.weights[nearest[at]], nearest[at]) {
                    nearest[at] = other;
                }
            }
        };
        (0..count).for_each(|vertex| join(vertex, (vertex + 1) % count));
        for [a, b, c] in &hu_shing.triangles {
            for (a, b) in [(*a, *b), (*b, *c), (*a, *c)] {
                join(a, b);
            }
        }
        nearest
    }

    /// What a triangulation costs as an order, without making the order.
    #[must_use]
    pub fn count(&self, hu_shing: &Triangulation, factors: &[Factor]) -> Count {
        let nearest = self.nearest(hu_shing);
        let weight = |vertex: usize| u128::from(self.weights[vertex]);
        let at = |(vertex, gates): (usize, &Vec<usize>)| {
            let runs = gates.chunk_by(|a, b| adjacent(*a, *b, factors));
            let scaled: u128 = runs.clone().map(|run| u128::from(factors[run[0]].passes)).sum();
            let merged: usize = runs.map(|run| run.len() - 1).sum();
            weight(vertex) * (scaled * weight(nearest[vertex]) + merged as u128)
        };
        Count { products: hu_shing.cost, scalings: self.gates.iter().enumerate().map(at).sum() }
    }
}

/// Whether the gates at these places follow one another and are diagonals, so that they are multiplied with each other first.
fn adjacent(before: usize, next: usize, factors: &[Factor]) -> bool {
    before + 1 == next && factors[before].passes == 1 && factors[next].passes == 1
}

/// An order while it is made from a triangulation.
struct Builder<'a> {
    factors: &'a [Factor],
    weights: Vec<u64>,
    polygon: Polygon,
    nearest: Vec<usize>,
    /// The third vertex of the triangle on the inner side of each chord.
    middles: HashMap<(usize, usize), usize>,
    order: Order,
    done: Vec<usize>,
}

impl<'a> Builder<'a> {
    fn new(hu_shing: &Triangulation, factors: &'a [Factor]) -> Self {
        let polygon = Polygon::new(factors);
        let mut middles = HashMap::new();
        for triangle in &hu_shing.triangles {
            let mut corners = *triangle;
            corners.sort_unstable();
            middles.insert((corners[0], corners[2]), corners[1]);
        }
        let nearest = polygon.nearest(hu_shing);
        let weights = polygon.weights.clone();
        Self { factors, weights, polygon, nearest, middles, order: Order::default(), done: Vec::new() }
    }

    fn split(&self, from: usize, to: usize) -> Option<usize> {
        self.middles.get(&(from, to)).copied()
    }

    /// The factor, or the product of the two intervals done last, with the gates that belong to this interval.
    fn interval(&mut self, from: usize, to: usize, of_operands: bool) {
        let mut result = if of_operands {
            let right = self.done.pop().unwrap_or_default();
            let left = self.done.pop().unwrap_or_default();
            self.order.push(Step::Product(left, right))
        } else {
            self.order.push(Step::Factor(self.polygon.sides[from]))
        };
        if self.nearest[from] == to {
            for gate in self.gates(from).into_iter().rev() {
                result = self.order.push(Step::Product(gate, result));
            }
        }
        if self.nearest[to] == from {
            for gate in self.gates(to) {
                result = self.order.push(Step::Product(result, gate));
            }
        }
        self.done.push(result);
    }

    /// The gates at a vertex, once, the products of adjacent diagonals made.
    fn gates(&mut self, vertex: usize) -> Vec<usize> {
        let gates = std::mem::take(&mut self.polygon.gates[vertex]);
        let runs = gates.chunk_by(|a, b| adjacent(*a, *b, self.factors));
        let mut made = Vec::new();
        for run in runs {
            let mut product = self.order.push(Step::Factor(run[0]));
            for gate in &run[1..] {
                let gate = self.order.push(Step::Factor(*gate));
                product = self.order.push(Step::Product(product, gate));
            }
            made.push(product);
        }
        made
    }
}
