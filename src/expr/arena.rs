//! Operators over earlier operators → one hash-consed node each, with its facts.

use std::collections::{BinaryHeap, HashMap};

use super::{
    Facts, Function, Invariant, ShapeError,
    facts::facts,
    op::Op,
    scalar::Scalar,
    symbol::{Symbol, SymbolId},
};
use crate::shape::{Dim, Shape};

/// The place of an expression in its arena. Operands have smaller places than the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(u32);

/// The result of building an expression.
pub type Built = Result<ExprId, ShapeError>;

/// All expressions of a derivation; equal ones are one.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    nodes: Vec<Op<ExprId>>,
    facts: Vec<Facts>,
    index: HashMap<Op<ExprId>, ExprId>,
    symbols: Vec<Symbol>,
    symbol_index: HashMap<Symbol, SymbolId>,
}

impl Arena {
    /// The expression `op`, new or known.
    ///
    /// # Errors
    /// [`ShapeError`] where the operands do not fit: an expression without a shape does not exist.
    ///
    /// # Panics
    /// Beyond 2³² nodes, which the limits on a spec keep out of reach.
    pub fn add(&mut self, op: Op<ExprId>) -> Built {
        if let Some(known) = self.index.get(&op) {
            return Ok(*known);
        }
        let facts = facts(&op, |child| self.facts(*child), |symbol| self.symbol(symbol))?;
        let id = ExprId(u32::try_from(self.nodes.len()).expect("limits keep arenas below 2³² nodes"));
        self.nodes.push(op.clone());
        self.facts.push(facts);
        self.index.insert(op, id);
        Ok(id)
    }

    /// The symbol's place in the table, new or known.
    ///
    /// # Panics
    /// Beyond 2³² symbols.
    pub fn intern(&mut self, symbol: Symbol) -> SymbolId {
        if let Some(known) = self.symbol_index.get(&symbol) {
            return *known;
        }
        let id = SymbolId(u32::try_from(self.symbols.len()).expect("limits keep arenas below 2³² symbols"));
        self.symbols.push(symbol.clone());
        self.symbol_index.insert(symbol, id);
        id
    }

    /// The place of a symbol that is known already.
    #[must_use]
    pub fn find(&self, symbol: &Symbol) -> Option<SymbolId> {
        self.symbol_index.get(symbol).copied()
    }

    /// The operator at `id`.
    #[must_use]
    pub fn op(&self, id: ExprId) -> &Op<ExprId> {
        &self.nodes[id.0 as usize]
    }

    /// What is known of `id`.
    #[must_use]
    pub fn facts(&self, id: ExprId) -> &Facts {
        &self.facts[id.0 as usize]
    }

    /// The shape of `id`.
    #[must_use]
    pub fn shape(&self, id: ExprId) -> &Shape {
        &self.facts(id).shape
    }

    /// Rows and columns of the matrix `id`.
    ///
    /// # Errors
    /// It is a scalar.
    pub fn dims(&self, id: ExprId) -> Result<(Dim, Dim), ShapeError> {
        match self.shape(id) {
            Shape::Matrix(rows, columns) => Ok((rows.clone(), columns.clone())),
            Shape::Scalar => Err(ShapeError {
                operator: "matrix",
                left: Shape::Scalar,
                right: Shape::Matrix(Dim::name("m"), Dim::name("k")),
            }),
        }
    }

    /// The symbol behind its place.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.0 as usize]
    }

    /// All symbols, in the order in which they were made.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The first of these letters that is the name of no symbol.
    #[must_use]
    pub fn free_letter(&self, letters: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
        let is_taken = |letter: &str| self.symbols().iter().any(|symbol| *symbol.name == *letter);
        letters.into_iter().find(|letter| !is_taken(letter))
    }

    /// The symbol that `id` is, if it is one.
    #[must_use]
    pub fn as_symbol(&self, id: ExprId) -> Option<SymbolId> {
        if let Op::Symbol(symbol) = self.op(id) { Some(*symbol) } else { None }
    }

    /// How many expressions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All that `roots` are made of, operands first, each once.
    #[must_use]
    pub fn reachable(&self, roots: &[ExprId]) -> Vec<ExprId> {
        let mut found: Vec<ExprId> = self.parts(roots).collect();
        found.reverse();
        found
    }

    /// The same with operands last, one at a time: only what is still to be visited is held.
    pub fn parts(&self, roots: &[ExprId]) -> impl Iterator<Item = ExprId> + use<'_> {
        // The largest place comes first and operands have smaller ones, so that equal places follow one another.
        let mut todo = BinaryHeap::from(roots.to_vec());
        std::iter::from_fn(move || {
            let id = todo.pop()?;
            while todo.peek() == Some(&id) {
                todo.pop();
            }
            todo.extend(self.op(id).children());
            Some(id)
        })
    }
}

/// Checked constructors: one an operator.
impl Arena {
    /// A named matrix.
    ///
    /// # Errors
    /// None of its own; the type is that of every constructor.
    pub fn named(&mut self, symbol: SymbolId) -> Built {
        self.add(Op::Symbol(symbol))
    }

    /// A constant scalar.
    ///
    /// # Errors
    /// None of its own.
    pub fn scalar(&mut self, value: Scalar) -> Built {
        self.add(Op::Scalar(value))
    }

    /// The matrix of ones.
    ///
    /// # Errors
    /// None of its own.
    pub fn ones(&mut self, rows: &Dim, columns: &Dim) -> Built {
        self.add(Op::Ones(rows.clone(), columns.clone()))
    }

    /// The matrix of ones of a's shape.
    ///
    /// # Errors
    /// a is a scalar.
    pub fn ones_like(&mut self, a: ExprId) -> Built {
        let (rows, columns) = self.dims(a)?;
        self.ones(&rows, &columns)
    }

    /// a + b
    ///
    /// # Errors
    /// Different shapes.
    pub fn plus(&mut self, a: ExprId, b: ExprId) -> Built {
        self.add(Op::Add([a, b]))
    }

    /// a − b
    ///
    /// # Errors
    /// Different shapes.
    pub fn minus(&mut self, a: ExprId, b: ExprId) -> Built {
        let negative = self.scale_by(Scalar::integer(-1), b)?;
        self.plus(a, negative)
    }

    /// s a
    ///
    /// # Errors
    /// s is a matrix.
    pub fn scale(&mut self, s: ExprId, a: ExprId) -> Built {
        self.add(Op::Scale([s, a]))
    }

    /// s a for a constant s.
    ///
    /// # Errors
    /// None of its own.
    pub fn scale_by(&mut self, s: Scalar, a: ExprId) -> Built {
        let s = self.scalar(s)?;
        self.scale(s, a)
    }

    /// a b
    ///
    /// # Errors
    /// The inner dimensions differ.
    pub fn multiply(&mut self, a: ExprId, b: ExprId) -> Built {
        self.add(Op::Multiply([a, b]))
    }

    /// a ⊙ b
    ///
    /// # Errors
    /// Different shapes.
    pub fn hadamard(&mut self, a: ExprId, b: ExprId) -> Built {
        self.add(Op::Hadamard([a, b]))
    }

    /// aᵀ
    ///
    /// # Errors
    /// a is a scalar.
    pub fn transpose(&mut self, a: ExprId) -> Built {
        self.add(Op::Transpose([a]))
    }

    /// 1 ⊘ a
    ///
    /// # Errors
    /// a is a scalar.
    pub fn reciprocal(&mut self, a: ExprId) -> Built {
        self.add(Op::Reciprocal([a]))
    }

    /// f(a) or f'(a) at every entry.
    ///
    /// # Errors
    /// a is a scalar.
    pub fn map(&mut self, function: Function, order: u8, a: ExprId) -> Built {
        self.add(Op::Map(function, order, [a]))
    }

    /// Softmax over each row.
    ///
    /// # Errors
    /// a is a scalar.
    pub fn softmax(&mut self, a: ExprId) -> Built {
        self.add(Op::Softmax([a]))
    }

    /// aᵖ, of a scalar or of every entry.
    ///
    /// # Errors
    /// p is no constant scalar.
    pub fn power(&mut self, a: ExprId, p: Scalar) -> Built {
        let p = self.scalar(p)?;
        self.add(Op::Power([a, p]))
    }

    /// a⁻¹
    ///
    /// # Errors
    /// a is not square.
    pub fn inverse(&mut self, a: ExprId) -> Built {
        self.add(Op::Inverse([a]))
    }

    /// tr a, det a or ln |det a|.
    ///
    /// # Errors
    /// a is not square.
    pub fn invariant(&mut self, invariant: Invariant, a: ExprId) -> Built {
        self.add(Op::Invariant(invariant, [a]))
    }

    /// a ⊗ b
    ///
    /// # Errors
    /// One is a scalar, or the product is too large for a dimension.
    pub fn kronecker(&mut self, a: ExprId, b: ExprId) -> Built {
        self.add(Op::Kronecker([a, b]))
    }

    /// vec(a)
    ///
    /// # Errors
    /// a is a scalar, or too large.
    pub fn vec(&mut self, a: ExprId) -> Built {
        self.add(Op::Vec([a]))
    }

    /// I: m × m
    ///
    /// # Errors
    /// None of its own.
    pub fn identity(&mut self, m: &Dim) -> Built {
        self.add(Op::Identity(m.clone()))
    }

    /// diag(v)
    ///
    /// # Errors
    /// v is no column.
    pub fn diagonal(&mut self, v: ExprId) -> Built {
        self.add(Op::Diagonal([v]))
    }

    /// The sum of all entries.
    ///
    /// # Errors
    /// a is a scalar.
    pub fn total(&mut self, a: ExprId) -> Built {
        self.add(Op::Total([a]))
    }
}
