//! The layered gradients and arrays → the values of both passes, each an array times a power of two: depth alone neither
//! over- nor underflows.
//!
//! The definitions are the derived ones. Each Δ_l is linear in Δ_{l+1}, and A_l = σ(Z_l) is homogeneous for some σ: there
//! the array is evaluated in a convenient size and its exponent carried along. Powers of two round nothing.

use std::{borrow::Cow, collections::HashMap};

use ndarray::{ArcArray2, Array2};

use super::{
    eval::{Environment, EvaluationError},
    evaluator::{Evaluator, Inputs},
    gradients::entries,
    rounding::{self, Jitter},
    value::Value,
};
use crate::{
    expr::{Arena, ExprId, Function, Invariant, Op, Role, SymbolId},
    gradient::form::layered::argument,
};

/// Arrays whose largest entry lies between 2⁻²⁵⁶ and 2²⁵⁶ stay as they are, so that squares of entries are finite too.
const CONVENIENT: i64 = 256;

/// `array` · 2^`exponent`
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Of a convenient size.
    pub array: ArcArray2<f64>,
    /// Of two.
    pub exponent: i64,
}

impl Scaled {
    fn new(array: Array2<f64>, exponent: i64) -> Self {
        let size = exponent_of(&array);
        if size.abs() <= CONVENIENT {
            return Self { array: array.into_shared(), exponent };
        }
        Self { array: times(array.into_shared(), -size), exponent: exponent.saturating_add(size) }
    }

    /// What it is as a multiple of 2^`exponent`: with infinite entries if it is too large for that.
    #[must_use]
    pub fn at(&self, exponent: i64) -> ArcArray2<f64> {
        times(self.array.clone(), self.exponent.saturating_sub(exponent))
    }

    /// Whether all entries are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.array.iter().all(|entry| entry.is_finite())
    }

    /// Whether all entries are 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.array.iter().all(|entry| *entry == 0.0)
    }
}

/// The exponent of the largest entry; 0 of an array that is zero or not finite.
fn exponent_of(array: &Array2<f64>) -> i64 {
    let largest = array.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    if largest == 0.0 || array.iter().any(|entry| !entry.is_finite()) {
        return 0;
    }
    libm::ilogb(largest).into()
}

/// a · 2^`exponent`, in two steps since 2^1100 is no float.
fn times(array: ArcArray2<f64>, exponent: i64) -> ArcArray2<f64> {
    // Beyond this everything is 0 or infinite.
    let exponent = i32::try_from(exponent.clamp(-1400, 1400)).unwrap_or_default();
    if exponent == 0 {
        return array;
    }
    let (first, second) = (2.0_f64.powi(exponent / 2), 2.0_f64.powi(exponent - exponent / 2));
    let mut array = array;
    array.mapv_inplace(|entry| entry * first * second);
    array
}

/// The power of two in the value of `root` where each name has its own; `None` where terms differ or a function is not
/// homogeneous: the value is then no multiple of anything.
fn exponent(arena: &Arena, root: ExprId, of: &dyn Fn(SymbolId) -> i64) -> Option<i64> {
    let parts = arena.reachable(&[root]);
    if parts.iter().filter_map(|part| arena.as_symbol(*part)).all(|symbol| of(symbol) == 0) {
        return Some(0);
    }
    let mut exponents: HashMap<ExprId, i64> = HashMap::new();
    for id in parts {
        let at = |child: &ExprId| exponents[child];
        let exponent = match arena.op(id) {
            Op::Symbol(symbol) => of(*symbol),
            Op::Scalar(_) | Op::Identity(_) | Op::Ones(..) | Op::Zero(..) | Op::Commutation(..) => 0,
            Op::Add([a, b]) => (at(a) == at(b)).then(|| at(a))?,
            Op::Scale([a, b]) | Op::Multiply([a, b]) | Op::Hadamard([a, b]) | Op::Kronecker([a, b]) => {
                at(a).checked_add(at(b))?
            }
            Op::Transpose([a])
            | Op::Diagonal([a])
            | Op::Total([a])
            | Op::SumSamples([a])
            | Op::Vec([a])
            | Op::Invariant(Invariant::Trace, [a]) => at(a),
            Op::Reciprocal([a]) | Op::Inverse([a]) => at(a).checked_neg()?,
            Op::Power([a, _]) | Op::Invariant(Invariant::Determinant | Invariant::LogDeterminant, [a]) => {
                (at(a) == 0).then_some(0)?
            }
            Op::Map(function, order, [a]) => through(*function, *order, at(a))?,
            Op::Softmax([a]) | Op::LogSumExp([a]) => (at(a) == 0).then_some(0)?,
        };
        exponents.insert(id, exponent);
    }
    exponents.get(&root).copied()
}

/// f(2ᵉ z) = 2ᵏ f(z): k, if there is one.
fn through(function: Function, order: u8, exponent: i64) -> Option<i64> {
    match (function, order) {
        _ if exponent == 0 => Some(0),
        (Function::Square, 0) => exponent.checked_mul(2),
        (Function::Square, _) => Some(exponent),
        (Function::Sign, _) => Some(0),
        _ if function.is_homogeneous() => Some(if order == 0 { exponent } else { 0 }),
        _ => None,
    }
}

/// The values of both passes.
#[derive(Clone, Debug)]
pub struct Passes<'a> {
    /// What was evaluated.
    pub evaluator: Evaluator<'a>,
    /// The names that are bound so far. Weights are bound as they are.
    environment: Environment<'a>,
    scaled: HashMap<SymbolId, Scaled>,
    /// The first Δ on the way down that is 0 since the terms of all its entries cancel.
    pub cancelled: Option<SymbolId>,
    /// The first value that is not finite: it or something in it could not be evaluated. After it nothing has a value, and no Δ.
    pub overflow: Option<SymbolId>,
}

/// Both passes at `inputs`.
///
/// # Errors
/// An array or a dimension is missing.
pub fn passes<'a>(evaluator: Evaluator<'a>, inputs: &Inputs<f64>) -> Result<Passes<'a>, EvaluationError> {
    passes_below(evaluator, inputs, None)
}

/// The same with the errors, every Δ that needs no other, as they are in other passes.
///
/// # Errors
/// An array or a dimension is missing.
pub fn passes_below<'a>(
    evaluator: Evaluator<'a>,
    inputs: &Inputs<f64>,
    errors: Option<&Passes>,
) -> Result<Passes<'a>, EvaluationError> {
    let mut passes = Passes::new(evaluator, inputs, None)?;
    passes.ahead()?;
    if passes.overflow.is_none() {
        passes.back(inputs, errors)?;
    }
    Ok(passes)
}

impl<'a> Passes<'a> {
    fn new(
        evaluator: Evaluator<'a>,
        inputs: &Inputs<f64>,
        jitter: Option<&'a Jitter>,
    ) -> Result<Self, EvaluationError> {
        let (environment, scaled) = (evaluator.bound::<f64>(inputs)?, HashMap::new());
        let environment = match jitter {
            Some(jitter) => environment.jittered(jitter),
            None => environment,
        };
        let mut passes = Self { evaluator, environment, scaled, cancelled: None, overflow: None };
        let forward = evaluator.forward();
        for piece in &forward.pieces {
            let constant = entries(forward, piece, &passes.environment)?;
            passes.environment.bind(piece.symbol, Value::array(constant));
        }
        for symbol in forward.given() {
            let name = forward.arena.symbol(symbol);
            if name.role != Role::Weight
                && let Some(array) = inputs.get(&name.key())
            {
                passes.state(symbol, Scaled { array: array.clone(), exponent: 0 });
            }
        }
        Ok(passes)
    }

    /// The value of a name that either pass defines, if it has one.
    #[must_use]
    pub fn get(&self, symbol: SymbolId) -> Option<&Scaled> {
        self.scaled.get(&symbol)
    }

    /// The value of an expression of Δ and other names; none after an overflow.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn gradient(&self, root: ExprId) -> Result<Option<Scaled>, EvaluationError> {
        self.overflow.is_none().then(|| self.value(root)).transpose()
    }

    /// The same, with 0 for what is rounding beside the terms that cancel in it.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn settled(&self, root: ExprId) -> Result<Option<Scaled>, EvaluationError> {
        let settled = |environment: &Environment| rounding::settled(environment, root, environment.array(root)?);
        self.overflow.is_none().then(|| self.by(root, &settled)).transpose()
    }

    fn state(&mut self, symbol: SymbolId, value: Scaled) {
        self.environment.bind(symbol, Value::Array(value.array.clone()));
        self.scaled.insert(symbol, value);
    }

    fn exponent(&self, root: ExprId) -> Option<i64> {
        let of = |symbol| self.scaled.get(&symbol).map_or(0, |value| value.exponent);
        exponent(&self.evaluator.forward().arena, root, &of)
    }

    /// Z_1, A_1, … up to the first that is not finite.
    fn ahead(&mut self) -> Result<(), EvaluationError> {
        let forward = self.evaluator.forward();
        for definition in &forward.definitions {
            if let Some(z) = argument(&forward.arena, *definition)
                && self.exponent(definition.value).is_none()
            {
                // σ is not homogeneous: it and σ' need Z itself.
                self.settle(z, definition.symbol);
            }
            let value = self.value(definition.value)?;
            if !value.is_finite() {
                self.overflow = Some(definition.symbol);
                return Ok(());
            }
            self.state(definition.symbol, value);
        }
        Ok(())
    }

    /// Z itself; where it is too large for a float and all A are bounded, the largest that is none: σ is flat there.
    fn settle(&mut self, z: SymbolId, a: SymbolId) {
        let range = self.evaluator.forward().arena.symbol(a).range;
        let z_value = &self.scaled[&z];
        let largest = if range.is_bounded() { z_value.exponent.min(1000 - CONVENIENT) } else { z_value.exponent };
        let array = times(z_value.array.clone(), largest);
        self.state(z, Scaled { array, exponent: 0 });
    }

    /// Δ_L, …, Δ_1; where terms cancel 0, not their rounding.
    fn back(&mut self, inputs: &Inputs<f64>, errors: Option<&Passes>) -> Result<(), EvaluationError> {
        let definitions = &self.evaluator.gradient().definitions;
        for definition in definitions {
            let is_error = self.evaluator.is_error(*definition);
            let delta = match errors.and_then(|errors| errors.get(definition.symbol)) {
                Some(error) if is_error => error.clone(),
                _ if is_error => self.error(definition.value, inputs)?,
                _ => self.rounded(definition.value)?,
            };
            if !is_error && delta.is_zero() && self.cancelled.is_none() && !self.value(definition.value)?.is_zero() {
                self.cancelled = Some(definition.symbol);
            }
            if !delta.is_finite() {
                self.overflow = Some(definition.symbol);
                for definition in definitions {
                    self.scaled.remove(&definition.symbol);
                }
                return Ok(());
            }
            self.state(definition.symbol, delta);
        }
        Ok(())
    }

    /// What a loss gives, with 0 for what the rounding of the forward pass explains.
    fn error(&self, root: ExprId, inputs: &Inputs<f64>) -> Result<Scaled, EvaluationError> {
        let (environment, exponent) = self.alike(root);
        let again = |jitter: &Jitter| {
            let mut other = Passes::new(self.evaluator, inputs, Some(jitter))?;
            other.ahead()?;
            // What overflows with other roundings is no number.
            let none = || Array2::from_elem((1, 1), f64::NAN);
            Ok(if other.overflow.is_some() { none() } else { other.value(root)?.at(exponent).into_owned() })
        };
        let value = rounding::of_error(&environment, root, environment.array(root)?, again)?;
        Ok(Scaled::new(value, exponent))
    }

    /// The value of an expression; where its terms have different exponents, their names get that of the largest, and
    /// where that does not help, 0.
    fn value(&self, root: ExprId) -> Result<Scaled, EvaluationError> {
        self.by(root, &|environment| environment.array(root))
    }

    /// The same, with 0 for what is no more than rounding.
    fn rounded(&self, root: ExprId) -> Result<Scaled, EvaluationError> {
        self.by(root, &|environment| rounding::without(environment, root, environment.array(root)?))
    }

    /// The same, evaluated so.
    fn by(
        &self,
        root: ExprId,
        evaluate: &dyn Fn(&Environment) -> Result<Array2<f64>, EvaluationError>,
    ) -> Result<Scaled, EvaluationError> {
        let (environment, exponent) = self.alike(root);
        Ok(Scaled::new(evaluate(&environment)?, exponent))
    }

    /// The names with values that may be added in `root`, and the exponent of its value.
    fn alike(&self, root: ExprId) -> (Cow<'_, Environment<'a>>, i64) {
        if let Some(exponent) = self.exponent(root) {
            return (Cow::Borrowed(&self.environment), exponent);
        }
        let (symbols, at, exponent) = self.common(root);
        let mut environment = self.environment.clone();
        for symbol in symbols {
            environment.bind(symbol, Value::Array(self.scaled[&symbol].at(at)));
        }
        (Cow::Owned(environment), exponent)
    }

    /// The names in `root` that must have a common exponent, that exponent, and then the value's. A Z in σ'(Z) keeps its
    /// own if it can: else a small one would be 0.
    fn common(&self, root: ExprId) -> (Vec<SymbolId>, i64, i64) {
        let arena = &self.evaluator.forward().arena;
        let symbols = arena.reachable(&[root]).into_iter().filter_map(|id| arena.as_symbol(id));
        let all: Vec<SymbolId> = symbols.filter(|symbol| self.scaled.contains_key(symbol)).collect();
        let is_z = |symbol: &SymbolId| arena.symbol(*symbol).role == Role::PreActivation;
        let others: Vec<SymbolId> = all.iter().filter(|symbol| !is_z(symbol)).copied().collect();
        for symbols in [&others, &all] {
            let values = symbols.iter().map(|symbol| &self.scaled[symbol]).filter(|value| !value.is_zero());
            let largest = values.map(|value| value.exponent).max().unwrap_or(0);
            let own = |symbol| self.scaled.get(&symbol).map_or(0, |value| value.exponent);
            let of = |symbol| if symbols.contains(&symbol) { largest } else { own(symbol) };
            if let Some(exponent) = exponent(arena, root, &of) {
                return (symbols.clone(), largest, exponent);
            }
        }
        (all, 0, 0)
    }
}
