//! Expressions and the arrays of their names → arrays: one arm an operator.

use std::collections::{BTreeMap, HashMap};

use ndarray::Array2;

use super::{
    functions::dispatch,
    rounding::Jitter,
    square,
    value::{self, Mapped, Multiplied, Value},
};
use crate::{
    expr::{Arena, ExprId, Function, Op, SymbolId},
    shape::Dim,
};

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A name without an array.
    #[error("{name} has no value")]
    Unbound {
        /// The name.
        name: String,
    },
    /// A dimension without a number.
    #[error("the dimension {dim} has no value")]
    FreeDimension {
        /// The dimension.
        dim: String,
    },
    /// A sum over samples, which [`Pass::by_sample`](super::gradients::Pass::by_sample) takes apart.
    #[error("a sum over samples is evaluated sample by sample")]
    SumOverSamples,
}

type Evaluated = Result<Value, EvaluationError>;

/// Values of names and dimensions, growing as definitions are evaluated.
#[derive(Clone, Debug)]
pub struct Environment<'a> {
    arena: &'a Arena,
    symbols: HashMap<SymbolId, Value>,
    dims: &'a BTreeMap<String, u64>,
    /// Rows that a batch of ones has: all samples, or 1 when one is looked at.
    samples: usize,
    /// What every result is off by, if rounding is to be seen.
    jitter: Option<&'a Jitter>,
}

impl<'a> Environment<'a> {
    /// Nothing is bound but the dimensions; `samples` rows are looked at.
    #[must_use]
    pub fn new(arena: &'a Arena, dims: &'a BTreeMap<String, u64>, samples: usize) -> Self {
        Self { arena, symbols: HashMap::new(), dims, samples, jitter: None }
    }

    /// The same, where every result is off by up to an ulp.
    #[must_use]
    pub fn jittered(self, jitter: &'a Jitter) -> Self {
        Self { jitter: Some(jitter), ..self }
    }

    /// Where the expressions are.
    #[must_use]
    pub fn arena(&self) -> &'a Arena {
        self.arena
    }

    /// The same names and dimensions for batches of `samples` rows.
    #[must_use]
    pub fn of_samples(&self, samples: usize) -> Self {
        Self { samples, ..self.clone() }
    }

    /// States the value of a name.
    pub fn bind(&mut self, symbol: SymbolId, value: Value) {
        self.symbols.insert(symbol, value);
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, symbol: SymbolId) -> Option<&Value> {
        self.symbols.get(&symbol)
    }

    /// Evaluates `root` to an array.
    ///
    /// # Errors
    /// A name or dimension without a value.
    pub fn array(&self, root: ExprId) -> Result<Array2<f64>, EvaluationError> {
        self.evaluate(root).map(Value::into_array)
    }

    /// Evaluates `root`, each part once, and lets go of a part after its last use.
    ///
    /// # Errors
    /// A name or dimension without a value.
    pub fn evaluate(&self, root: ExprId) -> Evaluated {
        self.evaluate_all(&[root]).map(|mut values| values.pop().unwrap_or(Value::Scalar(0.0)))
    }

    /// Evaluates all `roots`, shared parts once.
    ///
    /// # Errors
    /// A name or dimension without a value.
    pub fn evaluate_all(&self, roots: &[ExprId]) -> Result<Vec<Value>, EvaluationError> {
        let parts = self.arena.reachable(roots);
        let mut run = Run { environment: self, uses: HashMap::new(), values: HashMap::new() };
        for id in parts.iter().flat_map(|part| self.arena.op(*part).children()).chain(roots) {
            *run.uses.entry(*id).or_insert(0) += 1;
        }
        for id in parts {
            if !run.fuses(id) {
                let value = run.node(id)?;
                run.values.insert(id, if let Some(jitter) = self.jitter { jitter.value(value) } else { value });
            }
        }
        roots.iter().map(|root| run.take(*root)).collect()
    }

    pub(super) fn size(&self, dim: &Dim) -> Result<usize, EvaluationError> {
        if dim.is_batch() { Ok(self.samples) } else { self.number(dim) }
    }

    /// The number of a dimension: of the batch's, all samples, also where one is looked at.
    fn number(&self, dim: &Dim) -> Result<usize, EvaluationError> {
        number(dim, self.dims)
    }
}

/// The number of a dimension.
///
/// # Errors
/// A name without a number.
pub(super) fn number(dim: &Dim, dims: &BTreeMap<String, u64>) -> Result<usize, EvaluationError> {
    let bound = dim.bound(&|name| dims.get(name).copied()).ok().and_then(|dim| dim.as_number());
    let number = bound.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| EvaluationError::FreeDimension { dim: dim.to_string() })
}

/// One evaluation: how often each part is still needed, and the values at hand.
struct Run<'a> {
    environment: &'a Environment<'a>,
    uses: HashMap<ExprId, usize>,
    values: HashMap<ExprId, Value>,
}

impl Run<'_> {
    /// The value of a part, given away at its last use so that it can be changed in place.
    fn take(&mut self, id: ExprId) -> Evaluated {
        let left = self.uses.get_mut(&id).map_or(0, |uses| {
            *uses = uses.saturating_sub(1);
            *uses
        });
        let value = if left == 0 { self.values.remove(&id) } else { self.values.get(&id).cloned() };
        value.map_or_else(|| self.node(id), Ok)
    }

    fn node(&mut self, id: ExprId) -> Evaluated {
        let environment = self.environment;
        let arena = environment.arena;
        Ok(match arena.op(id) {
            Op::Symbol(symbol) => {
                let unbound = || EvaluationError::Unbound { name: arena.symbol(*symbol).key() };
                environment.symbols.get(symbol).cloned().ok_or_else(unbound)?
            }
            #[allow(clippy::cast_precision_loss, reason = "dimensions are below 2³¹")]
            Op::Scalar(scalar) => Value::Scalar(scalar.value(|dim| environment.number(dim).map(|size| size as f64))?),
            Op::Identity(size) => Value::Identity(environment.size(size)?),
            Op::Ones(rows, columns) => Value::Constant(1.0, environment.size(rows)?, environment.size(columns)?),
            Op::Zero(rows, columns) => Value::Constant(0.0, environment.size(rows)?, environment.size(columns)?),
            Op::Commutation(m, k) => Value::array(square::commutation(environment.size(m)?, environment.size(k)?)),
            Op::Add([a, b]) => value::add(self.take(*a)?, self.take(*b)?),
            Op::Scale([s, a]) => {
                let s = self.take(*s)?.as_scalar().unwrap_or(f64::NAN);
                value::scale(s, self.take(*a)?)
            }
            Op::Multiply([a, b]) => value::multiply(self.take(*a)?, self.take(*b)?),
            Op::Hadamard([a, b]) => self.hadamard(*a, *b)?,
            Op::Transpose([a]) => value::transpose(self.take(*a)?),
            Op::Reciprocal([a]) => value::map(self.take(*a)?, f64::recip),
            Op::Power([a, p]) => {
                let p = self.take(*p)?.as_scalar().unwrap_or(f64::NAN);
                value::map(self.take(*a)?, |a| square::power(a, p))
            }
            Op::Inverse([a]) => Value::array(square::inverse(&self.take(*a)?.into_array())),
            Op::Invariant(invariant, [a]) => Value::Scalar(square::invariant(*invariant, &self.take(*a)?.into_array())),
            Op::Kronecker([a, b]) => {
                let (a, b) = (self.take(*a)?.into_array(), self.take(*b)?.into_array());
                Value::array(ndarray::linalg::kron(&a, &b))
            }
            Op::Vec([a]) => Value::array(square::stacked(&self.take(*a)?.into_array())),
            Op::Map(function, order, [a]) => dispatch(*function, *order, Mapped(self.take(*a)?)),
            Op::Softmax([a]) => value::softmax(self.take(*a)?),
            Op::LogSumExp([a]) => value::log_sum_exp(self.take(*a)?),
            Op::Diagonal([v]) => Value::Diagonal(self.take(*v)?.into_array().into_shared()),
            Op::Total([a]) => value::total(self.take(*a)?),
            Op::SumSamples(_) => return Err(EvaluationError::SumOverSamples),
        })
    }

    /// Whether `id` is f'(Z) of a name Z, needed once: it is multiplied in where it is needed.
    fn fuses(&self, id: ExprId) -> bool {
        let arena = self.environment.arena;
        let of_name = matches!(arena.op(id), Op::Map(_, 1, [z]) if arena.as_symbol(*z).is_some());
        of_name && self.uses.get(&id) == Some(&1)
    }

    fn hadamard(&mut self, a: ExprId, b: ExprId) -> Evaluated {
        let arena = self.environment.arena;
        if self.fuses(b)
            && let Op::Map(function, order, [z]) = arena.op(b)
            && let Value::Array(z) = self.take(*z)?
        {
            return Ok(dispatch(*function, *order, Multiplied(self.take(a)?, &z)));
        }
        let logarithms = [a, b].map(|id| is_logarithm(arena, id));
        let (a, b) = (self.take(a)?, self.take(b)?);
        Ok(match logarithms {
            [false, true] => value::weighted(a, b),
            [true, false] => value::weighted(b, a),
            [true, true] | [false, false] => value::hadamard(a, b),
        })
    }
}

/// Whether it is s ln a.
fn is_logarithm(arena: &Arena, id: ExprId) -> bool {
    matches!(arena.op(id), Op::Map(Function::Log, ..))
        || matches!(arena.op(id), Op::Scale([_, a]) if is_logarithm(arena, *a))
}
