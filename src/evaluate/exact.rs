//! Expressions and arrays of fractions → arrays of fractions: exact, or no number at all.
//!
//! For small networks whose functions are made of lines, fractions and squares. There are no roundings: what has no exact
//! value (e^z, a square root, a fraction of more than 100 bits) becomes [`Exact::NONE`], and so does all that rests on it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::{Add, Div, Mul, Sub},
};

use ndarray::Array2;
use num_rational::Ratio;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, One, Zero};

use super::{
    eval::{EvaluationError, number},
    square,
};
use crate::{
    expr::{Arena, ExprId, Function, Invariant, Op, Scalar, SymbolId},
    shape::Dim,
};

/// Bits of a numerator or denominator.
const BITS: u32 = 100;

/// A rational number, or none: undefined, not rational, or of too many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact(Option<Ratio<i128>>);

impl Exact {
    /// No number.
    pub const NONE: Self = Self(None);

    /// `numerator/denominator`; none if the denominator is 0.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 { Self::NONE } else { Self::of(Some(Ratio::new(numerator, denominator))) }
    }

    /// The number that `value` is when it is printed: 1/100 for 0.01. None for what is not finite or has an exponent.
    #[must_use]
    pub fn decimal(value: f64) -> Self {
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let denominator = u32::try_from(fraction.len()).ok().and_then(|digits| 10_i128.checked_pow(digits));
        let numerator = format!("{whole}{fraction}").parse().ok();
        numerator.zip(denominator).map_or(Self::NONE, |(numerator, denominator)| Self::ratio(numerator, denominator))
    }

    /// The number, if there is one.
    #[must_use]
    pub fn value(self) -> Option<Ratio<i128>> {
        self.0
    }

    /// The nearest float; not a number if there is none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "nearest is what is wanted")]
    pub fn to_f64(self) -> f64 {
        self.0.map_or(f64::NAN, |value| *value.numer() as f64 / *value.denom() as f64)
    }

    fn of(value: Option<Ratio<i128>>) -> Self {
        let small = |number: i128| number.unsigned_abs() < 1 << BITS;
        Self(value.filter(|value| small(*value.numer()) && small(*value.denom())))
    }

    fn both(self, other: Self, f: impl Fn(&Ratio<i128>, &Ratio<i128>) -> Option<Ratio<i128>>) -> Self {
        Self::of(self.0.zip(other.0).and_then(|(a, b)| f(&a, &b)))
    }

    fn is_positive(self) -> Option<bool> {
        self.0.map(|value| *value.numer() > 0)
    }
}

impl fmt::Display for Exact {
    /// `2/3`, `4`, `none`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => f.pad(&value.to_string()),
            None => f.pad("none"),
        }
    }
}

impl Add for Exact {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.both(other, CheckedAdd::checked_add)
    }
}

impl Sub for Exact {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.both(other, CheckedSub::checked_sub)
    }
}

impl Mul for Exact {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.both(other, CheckedMul::checked_mul)
    }
}

impl Div for Exact {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.both(other, CheckedDiv::checked_div)
    }
}

impl Zero for Exact {
    fn zero() -> Self {
        Self::ratio(0, 1)
    }
    fn is_zero(&self) -> bool {
        self.0.is_some_and(|value| value.is_zero())
    }
}

impl One for Exact {
    fn one() -> Self {
        Self::ratio(1, 1)
    }
}

/// Names, dimensions and their exact values.
#[derive(Clone, Debug)]
pub struct Environment<'a> {
    arena: &'a Arena,
    symbols: HashMap<SymbolId, Array2<Exact>>,
    dims: &'a BTreeMap<String, u64>,
    samples: usize,
}

/// A scalar is no matrix.
#[derive(Clone)]
enum Value {
    Scalar(Exact),
    Matrix(Array2<Exact>),
}

type Evaluated<T> = Result<T, EvaluationError>;

impl<'a> Environment<'a> {
    /// Nothing is bound but the dimensions, for a batch of `samples` rows.
    #[must_use]
    pub fn new(arena: &'a Arena, dims: &'a BTreeMap<String, u64>, samples: usize) -> Self {
        Self { arena, symbols: HashMap::new(), dims, samples }
    }

    /// States the value of a name.
    pub fn bind(&mut self, symbol: SymbolId, value: Array2<Exact>) {
        self.symbols.insert(symbol, value);
    }

    /// Evaluates `root`, each part once.
    ///
    /// # Errors
    /// A name or dimension without a value.
    pub fn array(&self, root: ExprId) -> Evaluated<Array2<Exact>> {
        let mut values = HashMap::new();
        for id in self.arena.reachable(&[root]) {
            let value = self.node(id, &values)?;
            values.insert(id, value);
        }
        Ok(matrix(&values, root))
    }

    fn node(&self, id: ExprId, values: &HashMap<ExprId, Value>) -> Evaluated<Value> {
        let array = |id: &ExprId| matrix(values, *id);
        let constant = |value: Exact, rows, columns| {
            Ok::<_, EvaluationError>(Array2::from_elem((self.size(rows)?, self.size(columns)?), value))
        };
        Ok(Value::Matrix(match self.arena.op(id) {
            Op::Symbol(symbol) => {
                let unbound = || EvaluationError::Unbound { name: self.arena.symbol(*symbol).key() };
                self.symbols.get(symbol).cloned().ok_or_else(unbound)?
            }
            Op::Scalar(value) => return self.scalar(value).map(Value::Scalar),
            Op::Identity(size) => Array2::eye(self.size(size)?),
            Op::Ones(rows, columns) => constant(Exact::one(), rows, columns)?,
            Op::Zero(rows, columns) => constant(Exact::zero(), rows, columns)?,
            Op::Commutation(m, k) => square::commutation(self.size(m)?, self.size(k)?)
                .mapv(|entry| if entry == 0.0 { Exact::zero() } else { Exact::one() }),
            Op::Power([a, _]) => array(a).mapv(|_| Exact::NONE),
            Op::Inverse([a]) => array(a).mapv(|_| Exact::NONE),
            Op::Invariant(Invariant::Trace, [a]) => return Ok(Value::Scalar(array(a).diag().sum())),
            Op::Invariant(..) => return Ok(Value::Scalar(Exact::NONE)),
            Op::Kronecker([a, b]) => ndarray::linalg::kron(&array(a), &array(b)),
            Op::Vec([a]) => square::stacked(&array(a)),
            Op::Add([a, b]) => array(a) + array(b),
            Op::Scale([s, a]) => {
                let s = scalar(values, *s);
                array(a).mapv(|a| s * a)
            }
            Op::Multiply([a, b]) => array(a).dot(&array(b)),
            Op::Hadamard([a, b]) => array(a) * array(b),
            Op::Transpose([a]) => array(a).reversed_axes(),
            Op::Reciprocal([a]) => array(a).mapv(|a| Exact::one() / a),
            Op::Map(function, order, [a]) => array(a).mapv(|z| at(*function, *order, z)),
            Op::Softmax([a]) => array(a).mapv(|_| Exact::NONE),
            Op::LogSumExp([a]) => Array2::from_elem((array(a).nrows(), 1), Exact::NONE),
            Op::Diagonal([v]) => Array2::from_diag(&array(v).column(0)),
            Op::Total([a]) => return Ok(Value::Scalar(array(a).sum())),
            Op::SumSamples(_) => return Err(EvaluationError::SumOverSamples),
        }))
    }

    fn size(&self, dim: &Dim) -> Evaluated<usize> {
        if dim.is_batch() { Ok(self.samples) } else { number(dim, self.dims) }
    }

    /// coefficient · ∏ dimᵖᵒʷᵉʳ
    fn scalar(&self, scalar: &Scalar) -> Evaluated<Exact> {
        let coefficient = scalar.coefficient();
        let mut value = Exact::ratio((*coefficient.numer()).into(), (*coefficient.denom()).into());
        for (dim, power) in scalar.powers() {
            let size = Exact::ratio(number(dim, self.dims)? as i128, 1);
            for _ in 0..power.unsigned_abs() {
                value = if power > 0 { value * size } else { value / size };
            }
        }
        Ok(value)
    }
}

fn matrix(values: &HashMap<ExprId, Value>, id: ExprId) -> Array2<Exact> {
    match &values[&id] {
        Value::Matrix(matrix) => matrix.clone(),
        Value::Scalar(scalar) => Array2::from_elem((1, 1), *scalar),
    }
}

fn scalar(values: &HashMap<ExprId, Value>, id: ExprId) -> Exact {
    match &values[&id] {
        Value::Scalar(scalar) => *scalar,
        Value::Matrix(_) => Exact::NONE,
    }
}

/// The value of a function, or of its derivative, where it is rational; at a kink the derivative is that of the branch
/// towards z ≤ 0.
#[must_use]
pub fn at(function: Function, order: u8, z: Exact) -> Exact {
    let Some(positive) = z.is_positive() else { return Exact::NONE };
    let (zero, one) = (Exact::zero(), Exact::one());
    let six = Exact::ratio(6, 1);
    let either = |condition, first, second| if condition { first } else { second };
    let above = |bound: Exact| (z - bound).is_positive().unwrap_or_default();
    let size = if positive { z } else { zero - z };
    let sign = if z.is_zero() { zero } else { z / size };
    match (function, order) {
        (Function::Linear, 0) => z,
        (Function::Linear, _) => one,
        (Function::Relu, 0) => either(positive, z, zero),
        (Function::Relu, _) => either(positive, one, zero),
        (Function::Min0, 0) => either(positive, zero, z),
        (Function::Min0, _) => either(positive, zero, one),
        (Function::LeakyRelu(slope), 0) => either(positive, z, Exact::decimal(slope.value()) * z),
        (Function::LeakyRelu(slope), _) => either(positive, one, Exact::decimal(slope.value())),
        (Function::Relu6, 0) => either(above(six), six, either(positive, z, zero)),
        (Function::Relu6, _) => either(positive && !above(six), one, zero),
        (Function::Abs, 0) => size,
        (Function::Abs, _) | (Function::Sign, 0) => sign,
        (Function::Sign, _) => zero,
        (Function::Square, 0) => z * z,
        (Function::Square, _) => z + z,
        (Function::Softsign, 0) => z / (one + size),
        (Function::Softsign, _) => one / ((one + size) * (one + size)),
        (Function::Huber(delta) | Function::Clip(delta), _) => {
            piecewise(function, order, size, sign, Exact::decimal(delta.value()))
        }
        (
            Function::Elu(_)
            | Function::Selu
            | Function::Sigmoid
            | Function::Tanh
            | Function::Softplus
            | Function::Gelu
            | Function::GeluTanh
            | Function::Silu
            | Function::Mish
            | Function::Exp
            | Function::Sin
            | Function::Log
            | Function::LogSoftplus
            | Function::InverseSqrt(_),
            _,
        ) => Exact::NONE,
    }
}

/// huber and its derivative clip, by |z| and the sign.
fn piecewise(function: Function, order: u8, size: Exact, sign: Exact, delta: Exact) -> Exact {
    let inside = (size - delta).is_positive() == Some(false);
    let half = Exact::ratio(1, 2);
    let is_huber = matches!(function, Function::Huber(_));
    match (is_huber, order) {
        (true, 0) if inside => half * size * size,
        (true, 0) => delta * (size - half * delta),
        (true, _) | (false, 0) => sign * if inside { size } else { delta },
        (false, _) => {
            if (delta - size).is_positive() == Some(true) {
                Exact::one()
            } else {
                Exact::zero()
            }
        }
    }
}
