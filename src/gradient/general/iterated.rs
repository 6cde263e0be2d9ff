//! A product or sum over layers as one opaque name, beside what it stands for: ∏_{k=L}^{l+1} W_kᵀ S_{k−1}.
//!
//! No index is bound inside an expression. What a proof may use of such a name, its first or last factor or that it is
//! empty, is put before it as an equation.

use std::collections::BTreeMap;

use super::{super::GradientError, Premise};
use crate::expr::{Arena, ExprId, Index, Op, Role, ShapeError, Symbol, SymbolId, index::Renumbering};
use crate::shape::Shape;

/// Whether the bodies are multiplied or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// ∏, factors from the highest index to the lowest, in the order in which they stand.
    Product,
    /// ∏, factors from the lowest index to the highest: the product of samples as columns.
    RisingProduct,
    /// Σ
    Sum,
}

impl Operation {
    /// Whether it is ∏.
    #[must_use]
    pub fn is_product(self) -> bool {
        match self {
            Self::Product | Self::RisingProduct => true,
            Self::Sum => false,
        }
    }
}

/// What the name stands for: the bodies of all indices from `from` to `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iterated {
    /// How the bodies are joined.
    pub operation: Operation,
    /// The index that runs.
    pub index: Index,
    /// The first.
    pub from: Index,
    /// The last.
    pub to: Index,
    /// One factor or term, in terms of the index.
    pub body: ExprId,
}

impl Iterated {
    /// The highest and the lowest index.
    #[must_use]
    pub fn ends(&self) -> [Index; 2] {
        match self.operation {
            Operation::Product => [self.from, self.to],
            Operation::RisingProduct | Operation::Sum => [self.to, self.from],
        }
    }

    /// The transpose, of which `body` is a factor or a term.
    #[must_use]
    pub fn transposed(self, body: ExprId) -> Self {
        let (operation, from, to) = match self.operation {
            Operation::Product => (Operation::RisingProduct, self.to, self.from),
            Operation::RisingProduct => (Operation::Product, self.to, self.from),
            Operation::Sum => (Operation::Sum, self.from, self.to),
        };
        Self { operation, from, to, body, ..self }
    }
}

/// All products and sums over layers of a derivation; what one is made of stands before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IteratedOperations(BTreeMap<SymbolId, Iterated>);

impl IteratedOperations {
    /// What the symbol stands for, if it is a product or sum.
    #[must_use]
    pub fn get(&self, symbol: SymbolId) -> Option<&Iterated> {
        self.0.get(&symbol)
    }

    /// All, inner before outer.
    pub fn iter(&self) -> impl Iterator<Item = (SymbolId, &Iterated)> {
        self.0.iter().map(|(symbol, iterated)| (*symbol, iterated))
    }

    /// The same under other names, with other bodies.
    #[must_use]
    pub fn renamed(&self, mut to: impl FnMut(SymbolId, &Iterated) -> (SymbolId, ExprId)) -> Self {
        let renamed = self.0.iter().map(|(symbol, iterated)| {
            let (symbol, body) = to(*symbol, iterated);
            (symbol, Iterated { body, ..iterated.clone() })
        });
        Self(renamed.collect())
    }

    /// All that `roots` are made of, in the bodies too.
    #[must_use]
    pub fn reachable(&self, arena: &Arena, roots: &[ExprId]) -> Vec<ExprId> {
        let (mut found, mut known) = (arena.reachable(roots), 0);
        while found.len() > known {
            known = found.len();
            let bodies = found.iter().filter_map(|id| self.get(arena.as_symbol(*id)?)).map(|iterated| iterated.body);
            found = arena.reachable(&bodies.chain(found.iter().copied()).collect::<Vec<_>>());
        }
        found
    }

    /// `symbol` stands for this product or sum.
    pub fn insert(&mut self, symbol: SymbolId, iterated: Iterated) {
        self.0.insert(symbol, iterated);
    }

    /// A name for the product or sum.
    ///
    /// # Errors
    /// Factors that do not fit one another.
    pub fn name(&mut self, arena: &mut Arena, name: &str, iterated: Iterated) -> Result<ExprId, GradientError> {
        let at = |index| Renumbering { from: iterated.index, to: index };
        let (rows, columns) = arena.dims(iterated.body)?;
        if iterated.operation == Operation::Product && at(iterated.index.plus(-1)).dim(&rows) != columns {
            let (left, right) = (arena.shape(iterated.body).clone(), Shape::Matrix(columns, rows));
            return Err(ShapeError { operator: "product over layers", left, right }.into());
        }
        let (rows, columns) = (at(iterated.from).dim(&rows), at(iterated.to).dim(&columns));
        // With gates in it, it belongs to one sample as they do, and without them to all, as weights do.
        let symbols = arena.reachable(&[iterated.body]).into_iter().filter_map(|id| arena.as_symbol(id));
        let gated = symbols
            .map(|symbol| arena.symbol(symbol).role)
            .any(|role| role.is_gate_entries() || role.is_gate_matrix() || role == Role::ValueGate);
        let role = if gated { Role::GateMatrix } else { Role::Weight };
        let label = format!("[{}:{}]", iterated.from, iterated.to).into();
        let symbol = arena.intern(Symbol::new(role, name, Some(&label), rows, columns));
        self.0.insert(symbol, iterated);
        Ok(arena.named(symbol)?)
    }

    /// The expression with another layer in the place of one, in products and sums too.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn renumbered(
        &mut self,
        arena: &mut Arena,
        root: ExprId,
        renumbering: Renumbering,
    ) -> Result<ExprId, GradientError> {
        let mut known = BTreeMap::new();
        let reachable = self.reachable(arena, &[root]);
        for id in reachable {
            let Some(symbol) = arena.as_symbol(id) else { continue };
            let Some(iterated) = self.get(symbol).cloned() else { continue };
            let body = renumbering.apply(arena, &known, iterated.body)?;
            let at = |index: Index| index.with(renumbering.from, renumbering.to);
            let name = arena.symbol(symbol).name.clone();
            let moved = Iterated { from: at(iterated.from), to: at(iterated.to), body, ..iterated };
            known.insert(id, self.name(arena, &name, moved)?);
        }
        Ok(renumbering.apply(arena, &known, root)?)
    }
}

/// Where a product over layers gives up a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The highest index.
    First,
    /// The lowest.
    Last,
}

/// A product over layers of which only the range is open.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What tells it from others.
    pub name: &'static str,
    /// The factor of layer k.
    pub body: ExprId,
}

impl Family {
    /// ∏_{k=from}^{to}, from high to low.
    ///
    /// # Errors
    /// Factors that do not fit one another.
    pub fn product(
        self,
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        from: Index,
        to: Index,
    ) -> Result<ExprId, GradientError> {
        let Self { name, body } = self;
        iterations.name(arena, name, Iterated { operation: Operation::Product, index: Index::FACTOR, from, to, body })
    }

    /// The factor of layer `index`.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn factor(self, arena: &mut Arena, index: Index) -> Result<ExprId, GradientError> {
        let renumbering = Renumbering { from: Index::FACTOR, to: index };
        Ok(renumbering.apply(arena, &BTreeMap::new(), self.body)?)
    }

    /// The product with the factor at one end written out: ∏_{k=from}^{to} = the factor of `from` · ∏_{k=from−1}^{to}, or
    /// = ∏_{k=from}^{to+1} · the factor of `to`.
    ///
    /// # Errors
    /// Factors that do not fit.
    pub fn factored(
        self,
        end: End,
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        from: Index,
        to: Index,
    ) -> Result<Premise, GradientError> {
        let left = self.product(arena, iterations, from, to)?;
        let (name, right) = match end {
            End::First => {
                let rest = self.product(arena, iterations, from.plus(-1), to)?;
                let factor = self.factor(arena, from)?;
                ("product-first-factor", arena.multiply(factor, rest)?)
            }
            End::Last => {
                let rest = self.product(arena, iterations, from, to.plus(1))?;
                let factor = self.factor(arena, to)?;
                ("product-last-factor", arena.multiply(rest, factor)?)
            }
        };
        Ok(Premise { name, left, right })
    }

    /// ∏_{k=at}^{at+1} = I
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn empty(
        self,
        arena: &mut Arena,
        iterations: &mut IteratedOperations,
        at: Index,
    ) -> Result<Premise, GradientError> {
        let left = self.product(arena, iterations, at, at.plus(1))?;
        let (size, _) = arena.dims(left)?;
        Ok(Premise { name: "product-empty", left, right: arena.add(Op::Identity(size))? })
    }
}
