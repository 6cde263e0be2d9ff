//! A value and its expression → the value without what rounding leaves where terms cancel; an evaluation → what rounding may
//! make of its values.
//!
//! A sum of k products is computed to within about √k·ε·M, where M is the sum of their sizes (Higham, *Accuracy and Stability
//! of Numerical Algorithms*, 2002, chapter 3: kεM at worst, √kεM as a rule). An entry below that stands for 0.

use std::cell::RefCell;

use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    draw,
    eval::{Environment, EvaluationError},
    value::{self, Value},
};
use crate::{
    expr::{ExprId, Op, Range, range::Bound},
    shape::Shape,
};

/// By how much more than its own rounding an entry may be off: its factors are rounded too.
const SLACK: f64 = 8.0;

/// A gradient that is no more than this share of the sum of its terms' sizes is 0 but for rounding.
const RESIDUE: f64 = 1e-13;

/// What went into a sum is rounded more than the sum itself: where no more than this share of the terms is left, it may be all
/// that there is.
const CANCELLED: f64 = 1e-6;

/// How often an evaluation is repeated with other roundings.
const DRAWS: u64 = 8;
/// By how much more than the largest change of all draws an entry may be off.
pub(super) const CAUTION: f64 = 8.0;

/// Changes of random sizes, each at most an ulp: what a rounding might have been (Vignes, *A stochastic arithmetic for
/// reliable scientific computation*, 1993).
#[derive(Debug)]
pub struct Jitter(RefCell<ChaCha8Rng>);

impl Jitter {
    /// The changes of one of the draws.
    #[must_use]
    pub fn new(draw: u64) -> Self {
        Self(RefCell::new(draw::generator(draw)))
    }

    /// Every result of an evaluation, off by its rounding; what is constant stays as it is.
    #[must_use]
    pub(super) fn value(&self, value: Value) -> Value {
        match value {
            Value::Scalar(_) | Value::Array(_) => value::map(value, |entry| self.entry(entry)),
            Value::Diagonal(entries) => Value::Diagonal(self.array(&entries.into_owned()).into_shared()),
            Value::Rows(rows, row) => Value::Rows(rows, self.array(&row.into_owned()).into_shared()),
            Value::Constant(..) | Value::Identity(_) => value,
        }
    }

    /// An array that is given, off by its rounding.
    #[must_use]
    pub fn array(&self, array: &Array2<f64>) -> Array2<f64> {
        array.mapv(|entry| self.entry(entry))
    }

    fn entry(&self, entry: f64) -> f64 {
        entry * (1.0 + f64::EPSILON * self.0.borrow_mut().random_range(-1.0..1.0))
    }
}

/// How far rounding may take `values` from the exact ones, where `evaluate` computes them with other roundings: entry by entry.
///
/// # Errors
/// What `evaluate` fails with.
pub fn reach<E>(
    values: &[Array2<f64>],
    mut evaluate: impl FnMut(&Jitter) -> Result<Vec<Array2<f64>>, E>,
) -> Result<Vec<Array2<f64>>, E> {
    let mut reach: Vec<Array2<f64>> = values.iter().map(|value| Array2::zeros(value.dim())).collect();
    for seed in 0..DRAWS {
        let jitter = Jitter::new(seed);
        for ((reach, value), moved) in reach.iter_mut().zip(values).zip(evaluate(&jitter)?) {
            Zip::from(reach).and(value).and(&moved).for_each(|reach, value, moved| {
                let change = CAUTION * (moved - value).abs();
                *reach = if change.is_nan() { f64::INFINITY } else { reach.max(change) };
            });
        }
    }
    Ok(reach)
}

/// `value` of `root`, which is what a loss gives, such as Ŷ − Y, with 0 for the entries that the rounding of all that went into
/// it explains: `again` computes it with other roundings. That is done only where the terms of a sum in it cancel.
///
/// # Errors
/// A name or dimension without a value, and what `again` fails with.
pub fn of_error(
    environment: &Environment,
    root: ExprId,
    mut value: Array2<f64>,
    mut again: impl FnMut(&Jitter) -> Result<Array2<f64>, EvaluationError>,
) -> Result<Array2<f64>, EvaluationError> {
    if !cancels(environment, root)? {
        return Ok(value);
    }
    let reach = reach(std::slice::from_ref(&value), |jitter| again(jitter).map(|moved| vec![moved]))?;
    // A gradient sums over the samples of an output: what is below the rounding of one of them is lost in the sum.
    for (mut entries, reach) in value.columns_mut().into_iter().zip(reach.iter().flat_map(|reach| reach.columns())) {
        let largest =
            reach.iter().filter(|reach| reach.is_finite()).fold(0.0_f64, |largest, reach| largest.max(*reach));
        entries.mapv_inplace(|entry| if entry.abs() <= largest { 0.0 } else { entry });
    }
    Ok(value)
}

/// Whether in some sum that `root` is made of, some entry is no more than [`CANCELLED`] of its terms.
fn cancels(environment: &Environment, root: ExprId) -> Result<bool, EvaluationError> {
    let arena = environment.arena();
    for id in arena.parts(&[root]) {
        let Op::Add([a, b]) = arena.op(id) else { continue };
        let [sum, a, b] = [id, *a, *b].map(|id| environment.array(id));
        let mut found = false;
        Zip::from(&sum?).and(&a?).and(&b?).for_each(|sum, a, b| {
            found |= *sum != 0.0 && sum.abs() <= CANCELLED * (a.abs() + b.abs());
        });
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `value` of `root`, its entries that are no more than its own rounding set to 0.
///
/// # Errors
/// A name or dimension without a value.
pub fn without(environment: &Environment, root: ExprId, value: Array2<f64>) -> Result<Array2<f64>, EvaluationError> {
    #[allow(clippy::cast_precision_loss, reason = "arrays are below 2⁵³")]
    zeroed(environment, root, value, |most| (2.0 * (most as f64).sqrt() + SLACK) * f64::EPSILON)
}

/// The same where the factors have been rounded more than once: a gradient, in which what cancels may be much larger.
///
/// # Errors
/// A name or dimension without a value.
pub fn settled(environment: &Environment, root: ExprId, value: Array2<f64>) -> Result<Array2<f64>, EvaluationError> {
    zeroed(environment, root, value, |_| RESIDUE)
}

/// Entries of up to this share of M are set to 0, given the number of products in a sum.
fn zeroed(
    environment: &Environment,
    root: ExprId,
    mut value: Array2<f64>,
    allowed: impl Fn(usize) -> f64,
) -> Result<Array2<f64>, EvaluationError> {
    let mut terms = Terms { environment, most: 1 };
    let bound = terms.bound(root)?;
    let least = value.iter().filter(|entry| **entry != 0.0).fold(f64::INFINITY, |least, entry| least.min(entry.abs()));
    if least > allowed(terms.most) * bound {
        return Ok(value);
    }
    let sizes = terms.sizes(root)?.into_array();
    let allowed = allowed(terms.most);
    Zip::from(&mut value).and(&sizes).for_each(|entry, size| {
        // Beside an overflow nothing is known.
        if size.is_finite() && entry.abs() <= allowed * size {
            *entry = 0.0;
        }
    });
    Ok(value)
}

/// max|a|; what is no number stays none.
fn largest(value: Value) -> f64 {
    let largest = |largest: f64, x: &f64| if largest.is_nan() || x.is_nan() { f64::NAN } else { largest.max(x.abs()) };
    match value {
        Value::Scalar(x) | Value::Constant(x, ..) => x.abs(),
        Value::Identity(_) => 1.0,
        Value::Array(array) | Value::Diagonal(array) | Value::Rows(_, array) => array.iter().fold(0.0, largest),
    }
}

/// An evaluation of sizes.
struct Terms<'a> {
    environment: &'a Environment<'a>,
    /// Products that are summed in one entry, at most.
    most: usize,
}

impl Terms<'_> {
    /// What no entry of M is above: without a product of matrices, and as a rule enough to see that nothing is rounding.
    fn bound(&mut self, id: ExprId) -> Result<f64, EvaluationError> {
        let arena = self.environment.arena();
        #[allow(clippy::wildcard_enum_match_arm, reason = "what all others round to is as large as they are")]
        Ok(match arena.op(id) {
            Op::Add([a, b]) => self.bound(*a)? + self.bound(*b)?,
            Op::Scale([a, b]) | Op::Hadamard([a, b]) => self.bound(*a)? * self.bound(*b)?,
            Op::Multiply([a, b]) => {
                let shared = match arena.shape(*a) {
                    Shape::Matrix(_, shared) => self.environment.size(shared)?,
                    Shape::Scalar => 1,
                };
                self.most = self.most.max(shared);
                #[allow(clippy::cast_precision_loss, reason = "arrays are below 2⁵³")]
                let shared = shared as f64;
                shared * self.bound(*a)? * self.bound(*b)?
            }
            Op::Transpose([a]) | Op::Diagonal([a]) => self.bound(*a)?,
            _ => match arena.facts(id).range {
                Range {
                    low: Bound::Open(-1..) | Bound::Closed(-1..),
                    high: Bound::Open(..=1) | Bound::Closed(..=1),
                } => 1.0,
                _ => largest(self.environment.evaluate(id)?),
            },
        })
    }

    /// M: the expression with the size of every factor and term in its place.
    fn sizes(&mut self, id: ExprId) -> Result<Value, EvaluationError> {
        #[allow(clippy::wildcard_enum_match_arm, reason = "what all others round to is as large as they are")]
        Ok(match self.environment.arena().op(id) {
            Op::Add([a, b]) => value::add(self.sizes(*a)?, self.sizes(*b)?),
            Op::Scale([s, a]) => {
                let s = self.environment.evaluate(*s)?.as_scalar().unwrap_or(f64::NAN);
                value::scale(s.abs(), self.sizes(*a)?)
            }
            Op::Multiply([a, b]) => {
                let (a, b) = (self.sizes(*a)?, self.sizes(*b)?);
                self.most = self.most.max(a.columns());
                value::multiply(a, b)
            }
            Op::Hadamard([a, b]) => value::hadamard(self.sizes(*a)?, self.sizes(*b)?),
            Op::Transpose([a]) => value::transpose(self.sizes(*a)?),
            Op::Diagonal([v]) => Value::Diagonal(self.sizes(*v)?.into_array().into_shared()),
            _ => value::map(self.environment.evaluate(id)?, f64::abs),
        })
    }
}
