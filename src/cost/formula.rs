//! Formulas with numbers for dimensions → what they cost as they stand, equal parts computed once.

use std::collections::HashMap;

use super::{
    Count,
    chain::{Factor, Side},
    order::{multiplied, product},
};
use crate::{
    expr::{Arena, ExprId, Function, Op, Role, SymbolId},
    gradient::{Form, Gradient},
};

/// A part of the formulas that is computed, or given.
#[derive(Clone, Copy, Debug)]
struct Part {
    factor: Factor,
    /// Whether a product with it multiplies nothing: a vector of ones sums or repeats, a constant E moves.
    free: bool,
}

/// Formulas while they are counted.
#[derive(Debug)]
pub struct Formulas<'a> {
    arena: &'a Arena,
    /// Whether a product is computed from left to right; else as it was derived.
    from_left: bool,
    /// What each Δ stands for: computed where it is first needed.
    definitions: HashMap<SymbolId, ExprId>,
    gates: HashMap<SymbolId, u8>,
    /// What there is already, and what it took.
    given: HashMap<ExprId, Count>,
    parts: Vec<Part>,
    known: HashMap<ExprId, usize>,
    products: HashMap<(usize, usize), usize>,
    total: Count,
}

impl<'a> Formulas<'a> {
    /// The formulas of `gradient`, whose errors are `given`.
    #[must_use]
    pub fn new(arena: &'a Arena, gradient: &Gradient, given: HashMap<ExprId, Count>) -> Self {
        let by_layer = gradient.form == Form::Layered;
        let definitions = gradient.definitions.iter().filter(|_| by_layer);
        let passes = |value| if matches!(arena.op(value), Op::Diagonal(_)) { 1 } else { 2 };
        Self {
            arena,
            from_left: !by_layer,
            definitions: definitions.map(|definition| (definition.symbol, definition.value)).collect(),
            gates: gradient.gates.iter().map(|gate| (gate.matrix, passes(gate.value))).collect(),
            given,
            parts: Vec::new(),
            known: HashMap::new(),
            products: HashMap::new(),
            total: Count::default(),
        }
    }

    /// What all of `roots` cost together.
    #[must_use]
    pub fn count(mut self, roots: &[ExprId]) -> Count {
        let mut todo = roots.to_vec();
        while let Some(&id) = todo.last() {
            let needs = self.needs(id);
            let open: Vec<ExprId> = needs.iter().filter(|part| !self.known.contains_key(part)).copied().collect();
            if open.is_empty() {
                todo.pop();
                if !self.known.contains_key(&id) {
                    let place = self.part(id, &needs);
                    self.known.insert(id, place);
                }
            } else {
                todo.extend(open);
            }
        }
        self.total
    }

    /// What has to be computed before.
    fn needs(&self, id: ExprId) -> Vec<ExprId> {
        if self.given.contains_key(&id) {
            return Vec::new();
        }
        #[allow(clippy::wildcard_enum_match_arm, reason = "the forward pass leaves functions of its values")]
        match self.arena.op(id) {
            Op::Symbol(symbol) => self.definitions.get(symbol).copied().into_iter().collect(),
            Op::Multiply(_) if self.from_left => self.arena.factors(id),
            Op::Add([a, b]) | Op::Multiply([a, b]) | Op::Hadamard([a, b]) => vec![*a, *b],
            Op::Scale([_, a]) | Op::Transpose([a]) => vec![*a],
            _ => Vec::new(),
        }
    }

    /// Computes `id` of what it needs.
    fn part(&mut self, id: ExprId, needs: &[ExprId]) -> usize {
        if let Some(count) = self.given.get(&id) {
            self.total += *count;
            return self.push(id, 0, false);
        }
        let parts: Vec<usize> = needs.iter().map(|part| self.known[part]).collect();
        let passes = |place: usize| self.parts[place].factor.passes;
        #[allow(clippy::wildcard_enum_match_arm, reason = "the forward pass leaves functions of its values")]
        match self.arena.op(id) {
            Op::Symbol(_) if !parts.is_empty() => parts[0],
            Op::Symbol(symbol) => {
                let role = self.arena.symbol(*symbol).role;
                let norm = if role == Role::NormMatrix { 3 } else { 0 };
                self.push(id, self.gates.get(symbol).copied().unwrap_or(norm), role == Role::Piece)
            }
            Op::Scale(_) => parts[0],
            Op::Transpose(_) => self.push(id, passes(parts[0]), self.parts[parts[0]].free),
            Op::Add(_) => {
                // A sum of diagonals is one.
                let is_diagonal = parts.iter().all(|part| passes(*part) == 1);
                self.push(id, u8::from(is_diagonal), false)
            }
            Op::Hadamard(operands) => {
                let place = self.push(id, 0, false);
                let is_one = |operand: &ExprId| matches!(self.arena.op(*operand), Op::Map(Function::Linear, 1, _));
                if !operands.iter().any(is_one) {
                    let Factor { rows, columns, .. } = self.parts[place].factor;
                    self.total.scalings += u128::from(rows.size) * u128::from(columns.size);
                }
                place
            }
            Op::Multiply(_) => {
                let multiply = |running, next| self.multiply(running, next);
                parts.into_iter().reduce(multiply).unwrap_or_default()
            }
            Op::Identity(_) | Op::Diagonal(_) => self.push(id, 1, false),
            Op::Ones(rows, columns) => self.push(id, 0, rows.is_one() || columns.is_one()),
            _ => self.push(id, 0, false),
        }
    }

    /// The product of two parts, once.
    fn multiply(&mut self, left: usize, right: usize) -> usize {
        if let Some(known) = self.products.get(&(left, right)) {
            return *known;
        }
        let [a, b] = [left, right].map(|place| self.parts[place]);
        if !a.free && !b.free {
            self.total += product(&a.factor, &b.factor, &|side| u128::from(side.size));
        }
        self.parts.push(Part { factor: multiplied(&a.factor, &b.factor), free: false });
        let place = self.parts.len() - 1;
        self.products.insert((left, right), place);
        place
    }

    fn push(&mut self, id: ExprId, passes: u8, free: bool) -> usize {
        let one = Side { size: 1, batch: false };
        let dims = self.arena.shape(id).dims();
        let [rows, columns] = dims.map_or([one; 2], |(rows, columns)| {
            [rows, columns].map(|dim| Side { size: dim.as_number().unwrap_or_default(), batch: dim.is_batch() })
        });
        self.parts.push(Part { factor: Factor { id, passes, ones: false, rows, columns }, free });
        self.parts.len() - 1
    }
}
