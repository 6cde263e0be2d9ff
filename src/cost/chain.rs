//! A derived product form → the chain of its factors, each with its shape: what can be bracketed.
//!
//! The factors from the error to the right are the same for all gradients up to where each ends. They are kept once, so
//! that the chains of all gradients are read in time proportional to the size of their expressions.

use std::collections::{BTreeSet, HashMap};

use crate::{
    expr::{Arena, ExprId, Op, Role, SymbolId},
    gradient::Gradient,
    network::graph::Layout,
    shape::Dim,
    source::{Diagnostic, Kind},
};

/// Rows or columns of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Side {
    /// How many.
    pub size: u64,
    /// Whether they are the samples of the batch.
    pub batch: bool,
}

/// A factor of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The expression.
    pub id: ExprId,
    /// Multiplications by which one entry of what stands beside it is scaled: 1 for diag(s), 2 for diag(p) − p pᵀ. 0 of a
    /// matrix that is no gate.
    pub passes: u8,
    /// Whether it is 1ᵀ, the row of ones of a bias gradient: a product with it sums rows and multiplies nothing.
    pub ones: bool,
    /// Its rows.
    pub rows: Side,
    /// Its columns.
    pub columns: Side,
}

impl Factor {
    /// The factor with its sides exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, ..self }
    }

    /// Whether it scales what stands beside it.
    #[must_use]
    pub fn is_gate(&self) -> bool {
        self.passes > 0
    }
}

/// The factors of one gradient in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The factors before the error: A_{l−1}ᵀ, or what it is made of.
    pub before: Vec<Factor>,
    /// How many of [`Chains::right`] follow, beginning with the error; at least one.
    pub length: usize,
}

/// Why there is nothing to bracket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Names where numbers are needed.
    #[error("multiplications are counted for numbers, and {} {} not bound", names.join(", "), if names.len() == 1 { "is" } else { "are" })]
    Unbound {
        /// The names, sorted.
        names: Vec<String>,
    },
    /// A form without products, or none that has a value.
    #[error("multiplications are counted for the product form only")]
    NoProduct,
}

impl CostError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let help = match self {
            Self::Unbound { names } => {
                let bindings: Vec<String> = names.iter().map(|name| format!("{name} = 64")).collect();
                format!("give your numbers in the spec, as in `let {}`", bindings.join(", "))
            }
            Self::NoProduct => "use the product form".into(),
        };
        Diagnostic::error(Kind::Usage, self.to_string()).help(help)
    }
}

/// Whether all dimensions of some expressions are numbers.
///
/// # Errors
/// Those that are none.
pub fn check_numbers(arena: &Arena, values: &[ExprId]) -> Result<(), CostError> {
    let mut names = BTreeSet::new();
    for id in arena.reachable(values) {
        for dim in arena.shape(id).dims().into_iter().flat_map(|(rows, columns)| [rows, columns]) {
            names.extend(dim.names().into_iter().map(str::to_owned));
        }
    }
    if names.is_empty() { Ok(()) } else { Err(CostError::Unbound { names: names.into_iter().collect() }) }
}

/// The chains of all gradients.
#[derive(Debug)]
pub struct Chains<'a> {
    arena: &'a Arena,
    /// Where samples are columns a product is read from its end, each factor as its transpose: the chain of samples as rows.
    layout: Layout,
    gates: HashMap<SymbolId, u8>,
    right: Vec<Factor>,
    /// How many factors of `right` each running product E W_Lᵀ S_{L−1} ⋯ has.
    lengths: HashMap<ExprId, usize>,
}

impl<'a> Chains<'a> {
    /// Reads the chains of `gradient`, which is a product form.
    ///
    /// # Errors
    /// A dimension of a factor that is no number.
    pub fn new(arena: &'a Arena, gradient: &Gradient, layout: Layout) -> Result<Self, CostError> {
        let values: Vec<ExprId> = gradient.derivatives.iter().map(|derivative| derivative.value).collect();
        check_numbers(arena, &values)?;
        let passes = |value| if matches!(arena.op(value), Op::Diagonal(_)) { 1 } else { 2 };
        let gates = gradient.gates.iter().map(|gate| (gate.matrix, passes(gate.value))).collect();
        Ok(Self { arena, layout, gates, right: Vec::new(), lengths: HashMap::new() })
    }

    /// The error and all that follows it in the longest chain read so far.
    #[must_use]
    pub fn right(&self) -> &[Factor] {
        &self.right
    }

    /// The factors of a chain from first to last.
    #[must_use]
    pub fn factors(&self, chain: &Chain) -> Vec<Factor> {
        chain.before.iter().chain(&self.right[..chain.length]).copied().collect()
    }

    /// The chain of a gradient's value; `None` if that is no single product, as with the sum that biases make of an
    /// expanded input.
    pub fn read(&mut self, value: ExprId) -> Option<Chain> {
        if let Some(length) = self.running(value) {
            return Some(Chain { before: Vec::new(), length });
        }
        let (left, right) = self.product(value)?;
        let length = self.running(right)?;
        let mut before = self.arena.factors(left);
        if self.layout == Layout::Columns {
            before.reverse();
        }
        let before: Option<Vec<Factor>> = before.into_iter().map(|id| self.factor(id)).collect();
        Some(Chain { before: before.filter(|before| before.iter().all(|factor| !self.is_error(factor.id)))?, length })
    }

    /// The operands of a product in the order of samples as rows.
    fn product(&self, id: ExprId) -> Option<(ExprId, ExprId)> {
        let Op::Multiply([left, right]) = *self.arena.op(id) else { return None };
        Some(match self.layout {
            Layout::Rows => (left, right),
            Layout::Columns => (right, left),
        })
    }

    /// How many factors the running product `id` has, if it is one: the error, and leaves to the right of it.
    fn running(&mut self, id: ExprId) -> Option<usize> {
        let (mut at, mut open) = (id, Vec::new());
        let mut length = loop {
            if let Some(length) = self.lengths.get(&at) {
                break *length;
            }
            if let Some((a, b)) = self.product(at) {
                open.push((at, b));
                at = a;
            } else if self.right.is_empty() && self.is_error(at) {
                self.right.push(self.factor(at)?);
                self.lengths.insert(at, 1);
                break 1;
            } else {
                return None;
            }
        };
        while let Some((product, last)) = open.pop() {
            if length != self.right.len() {
                return None;
            }
            self.right.push(self.factor(last)?);
            length += 1;
            self.lengths.insert(product, length);
        }
        Some(length)
    }

    fn factor(&self, id: ExprId) -> Option<Factor> {
        let side = |dim: &Dim| Some(Side { size: dim.as_number()?, batch: dim.is_batch() });
        let (rows, columns) = self.arena.shape(id).dims()?;
        let (rows, columns) = (side(rows)?, side(columns)?);
        let (rows, columns) = self.layout.sides(rows, columns);
        let op = self.arena.op(id);
        if matches!(op, Op::Multiply(_) | Op::Add(_)) && !self.is_error(id) {
            return None;
        }
        let named = self.arena.as_symbol(id).and_then(|symbol| self.gates.get(&symbol)).copied();
        let passes = named.unwrap_or(u8::from(matches!(op, Op::Diagonal(_))));
        let ones = matches!(op, Op::Ones(..)) && rows.size == 1;
        Some(Factor { id, passes, ones, rows, columns })
    }

    /// Whether the target is in it.
    fn is_error(&self, id: ExprId) -> bool {
        let target = |id| self.arena.as_symbol(id).is_some_and(|s| self.arena.symbol(s).role == Role::Target);
        self.arena.reachable(&[id]).into_iter().any(target)
    }
}
