//! The layered gradients and arrays → the values of both passes, each an array times a power of two: depth alone neither
//! over- nor underflows.
//!
//! The definitions are the derived ones. Each Δ_l is linear in Δ_{l+1}, and A_l = σ(Z_l) is homogeneous for some σ: there
//! the array is evaluated in a convenient size and its exponent carried along. Powers of two round nothing.

use std::collections::HashMap;

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2};

use super::{
    eval::{Environment, EvaluationError},
    rounding,
    sweep::{Inputs, Sweep},
    value::Value,
};
use crate::expr::{Arena, Definition, ExprId, Function, Op, Role, SymbolId};

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
    fn at(&self, exponent: i64) -> ArcArray2<f64> {
        times(self.array.clone(), self.exponent.saturating_sub(exponent))
    }

    /// Whether all entries are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.array.iter().all(|entry| entry.is_finite())
    }

    fn is_zero(&self) -> bool {
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
            Op::Scalar(_) | Op::Identity(_) | Op::Ones(..) | Op::Zero(..) => 0,
            Op::Add([a, b]) => (at(a) == at(b)).then(|| at(a))?,
            Op::Scale([a, b]) | Op::Multiply([a, b]) | Op::Hadamard([a, b]) => at(a).checked_add(at(b))?,
            Op::Transpose([a]) | Op::Diagonal([a]) | Op::Total([a]) | Op::SumSamples([a]) => at(a),
            Op::Reciprocal([a]) => at(a).checked_neg()?,
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

/// What could not be evaluated, since it or something in it is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Z of this layer, from 0.
    PreActivation(usize),
    /// A of this layer.
    Activation(usize),
    /// Δ of this layer.
    Adjoint(usize),
}

/// The values of both passes; layers count from 0.
#[derive(Clone, Debug)]
pub struct Passes {
    /// Z_l, n × f_l, as far as they are finite.
    pub pre_activations: Vec<Scaled>,
    /// A_l, n × f_l, as far as they are finite.
    pub activations: Vec<Scaled>,
    /// Δ_l = ∂J/∂Z_l, n × f_l: of no layer if Ŷ or one of them is not finite.
    pub adjoints: Vec<Scaled>,
    /// ∂J/∂v of the variables that were asked for, as far as there is Δ.
    pub gradients: IndexMap<SymbolId, Scaled>,
    /// The first layer on the way down, from 0, whose Δ is 0 since the terms of all its entries cancel.
    pub cancelled: Option<usize>,
    /// The first value that is not finite.
    pub overflow: Option<Overflow>,
}

/// Both passes at `inputs`, and the gradients by `wanted`.
///
/// # Errors
/// An array or a dimension is missing.
pub fn passes(sweep: Sweep<'_>, inputs: &Inputs<f64>, wanted: &[SymbolId]) -> Result<Passes, EvaluationError> {
    passes_below(sweep, inputs, wanted, None)
}

/// The same with Δ_L as it is given.
///
/// # Errors
/// An array or a dimension is missing.
pub fn passes_below(
    sweep: Sweep<'_>,
    inputs: &Inputs<f64>,
    wanted: &[SymbolId],
    error: Option<&Scaled>,
) -> Result<Passes, EvaluationError> {
    let mut run = Run::new(sweep, inputs)?;
    let mut passes = Passes {
        pre_activations: Vec::new(),
        activations: Vec::new(),
        adjoints: Vec::new(),
        gradients: IndexMap::new(),
        cancelled: None,
        overflow: None,
    };
    run.ahead(&mut passes)?;
    if passes.overflow.is_none() {
        run.back(&mut passes, error)?;
    }
    if passes.overflow.is_none() {
        for derivative in wanted.iter().filter_map(|variable| sweep.gradient().by(*variable)) {
            passes.gradients.insert(derivative.variable, run.value(derivative.value)?);
        }
    }
    Ok(passes)
}

/// The names that are bound so far. Weights are bound as they are.
struct Run<'a> {
    sweep: Sweep<'a>,
    environment: Environment<'a>,
    scaled: HashMap<SymbolId, Scaled>,
}

impl<'a> Run<'a> {
    fn new(sweep: Sweep<'a>, inputs: &Inputs<f64>) -> Result<Self, EvaluationError> {
        let mut run = Self { sweep, environment: sweep.bound::<f64>(inputs)?, scaled: HashMap::new() };
        let forward = sweep.forward();
        for symbol in [forward.input(), forward.target()].iter().chain(&forward.parameters) {
            let name = forward.arena.symbol(*symbol);
            if name.role != Role::Weight
                && let Some(array) = inputs.get(&name.key())
            {
                run.state(*symbol, Scaled { array: array.clone(), exponent: 0 });
            }
        }
        Ok(run)
    }

    fn state(&mut self, symbol: SymbolId, value: Scaled) {
        self.environment.bind(symbol, Value::Array(value.array.clone()));
        self.scaled.insert(symbol, value);
    }

    fn exponent(&self, root: ExprId) -> Option<i64> {
        let of = |symbol| self.scaled.get(&symbol).map_or(0, |value| value.exponent);
        exponent(&self.sweep.forward().arena, root, &of)
    }

    /// Z_1, A_1, … up to the first that is not finite.
    fn ahead(&mut self, passes: &mut Passes) -> Result<(), EvaluationError> {
        for (layer, pair) in self.sweep.forward().definitions.chunks_exact(2).enumerate() {
            let z = self.value(pair[0].value)?;
            if !z.is_finite() {
                passes.overflow = Some(Overflow::PreActivation(layer));
                return Ok(());
            }
            self.state(pair[0].symbol, z);
            if self.exponent(pair[1].value).is_none() {
                // σ is not homogeneous: it and σ' need Z itself.
                self.settle(pair);
            }
            let a = self.value(pair[1].value)?;
            passes.pre_activations.push(self.scaled[&pair[0].symbol].clone());
            if !a.is_finite() {
                passes.overflow = Some(Overflow::Activation(layer));
                return Ok(());
            }
            self.state(pair[1].symbol, a.clone());
            passes.activations.push(a);
        }
        Ok(())
    }

    /// Z itself; where it is too large for a float and all A are bounded, the largest that is none: σ is flat there.
    fn settle(&mut self, pair: &[Definition]) {
        let range = self.sweep.forward().arena.symbol(pair[1].symbol).range;
        let z = &self.scaled[&pair[0].symbol];
        let largest = if range.is_bounded() { z.exponent.min(1000 - CONVENIENT) } else { z.exponent };
        let array = times(z.array.clone(), largest);
        self.state(pair[0].symbol, Scaled { array, exponent: 0 });
    }

    /// Δ_L, …, Δ_1; where terms cancel 0, not their rounding.
    fn back(&mut self, passes: &mut Passes, error: Option<&Scaled>) -> Result<(), EvaluationError> {
        let definitions = &self.sweep.gradient().definitions;
        for (i, definition) in definitions.iter().enumerate() {
            let was_zero = passes.adjoints.last().is_some_and(Scaled::is_zero);
            let delta = match (i, error) {
                (0, Some(error)) => error.clone(),
                (0, None) => self.value(definition.value)?,
                _ => self.rounded(definition.value)?,
            };
            if i > 0 && delta.is_zero() && !was_zero && !self.value(definition.value)?.is_zero() {
                passes.cancelled = Some(definitions.len() - 1 - i);
            }
            if !delta.is_finite() {
                passes.overflow = Some(Overflow::Adjoint(definitions.len() - 1 - i));
                passes.adjoints.clear();
                return Ok(());
            }
            self.state(definition.symbol, delta.clone());
            passes.adjoints.push(delta);
        }
        passes.adjoints.reverse();
        Ok(())
    }

    /// The value of an expression; where its terms have different exponents, their names get that of the largest, and
    /// where that does not help, 0.
    fn value(&mut self, root: ExprId) -> Result<Scaled, EvaluationError> {
        self.by(root, &|environment| environment.array(root))
    }

    /// The same, with 0 for what is no more than rounding.
    fn rounded(&mut self, root: ExprId) -> Result<Scaled, EvaluationError> {
        self.by(root, &|environment| rounding::without(environment, root, environment.array(root)?))
    }

    /// The same, evaluated so.
    fn by(
        &mut self,
        root: ExprId,
        evaluate: &dyn Fn(&Environment) -> Result<Array2<f64>, EvaluationError>,
    ) -> Result<Scaled, EvaluationError> {
        if let Some(exponent) = self.exponent(root) {
            return Ok(Scaled::new(evaluate(&self.environment)?, exponent));
        }
        let (symbols, at, exponent) = self.common(root);
        for symbol in &symbols {
            self.environment.bind(*symbol, Value::Array(self.scaled[symbol].at(at)));
        }
        let value = evaluate(&self.environment)?;
        for symbol in symbols {
            self.environment.bind(symbol, Value::Array(self.scaled[&symbol].array.clone()));
        }
        Ok(Scaled::new(value, exponent))
    }

    /// The names in `root` that must have a common exponent, that exponent, and then the value's. A Z in σ'(Z) keeps its
    /// own if it can: else a small one would be 0.
    fn common(&self, root: ExprId) -> (Vec<SymbolId>, i64, i64) {
        let arena = &self.sweep.forward().arena;
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
