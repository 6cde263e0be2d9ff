//! A derivative → how it compares with numbers with derivatives and with differences, on random values that suit what is
//! given.
#![allow(clippy::wildcard_enum_match_arm, reason = "most of a tree has no dimension")]

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::Serialize;

use super::{
    Constraint, Derivative, Kind, Layout,
    draw::{Drawn, draw, numbers, size},
    values::names,
};
use crate::{
    evaluate::{
        draw::generator,
        dual::{Dual, Number},
        eval::Environment,
        expression::{Matrix, values},
        instances,
        value::Value,
    },
    expr::{ExprId, Symbol},
    expression::infer::Variable,
    shape::Shape,
};

/// Values are drawn so often.
const DRAWS: usize = 3;
/// How often values are looked for at which the expression has a finite value.
pub(super) const TRIES: u64 = 40;
/// By more than this a formula is refuted.
pub const TOLERANCE: f64 = 1e-8;
/// At most so many entries of a variable are moved.
const ENTRIES: usize = 24;
/// A gradient of larger arrays is not checked, nor a Jacobian or a Hessian with more entries.
const LARGEST: usize = 4096;
const STEP: f64 = 1e-5;
/// Dual numbers and differences agree to within this share of the largest entry where there is a derivative.
const DOUBT: f64 = 1e-4;

/// How a derivative compares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// On how many draws.
    pub draws: usize,
    /// The largest difference from numbers with derivatives, relative to the largest entry.
    pub error: f64,
    /// The largest difference from central differences.
    pub differences: f64,
}

/// Why a derivative was not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// No draw has a finite value, and a derivative.
    NotFinite,
    /// The arrays have more entries than are drawn.
    TooLarge,
}

impl Checked {
    /// Whether the formula agrees.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.error <= TOLERANCE
    }
}

/// Random values that suit what is given, and the formula's value at them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Numbers for the dimensions.
    pub dims: BTreeMap<String, u64>,
    /// The values of all names.
    pub arrays: BTreeMap<String, Matrix<f64>>,
    /// The formula's value.
    pub value: Array2<f64>,
}

/// A draw, and the formula's value at it; none where that is too large, or not finite.
#[must_use]
pub fn sample(derivative: &Derivative, seed: u64) -> Option<Sample> {
    let drawn = draw(derivative, seed);
    one(derivative, seed)?;
    let value = evaluated(derivative, &drawn, derivative.value)?;
    Some(Sample { dims: drawn.dims, arrays: drawn.arrays, value })
}

/// The comparison.
///
/// # Errors
/// No draw has a finite value, or the arrays are too large.
pub fn check(derivative: &Derivative) -> Result<Checked, Unchecked> {
    if is_too_large(derivative) {
        return Err(Unchecked::TooLarge);
    }
    let mut checked = Checked { draws: 0, error: 0.0, differences: 0.0 };
    for seed in 0..TRIES {
        if checked.draws == DRAWS {
            break;
        }
        let Some(found) = one(derivative, seed) else { continue };
        checked.draws += 1;
        checked.error = checked.error.max(found[0]);
        checked.differences = checked.differences.max(found[1]);
    }
    if checked.draws > 0 { Ok(checked) } else { Err(Unchecked::NotFinite) }
}

/// Whether an array, a Jacobian or a Hessian has more entries than are drawn and multiplied in a moment.
fn is_too_large(derivative: &Derivative) -> bool {
    let dims = numbers(derivative, 0);
    let entries = |shape: &Shape| {
        shape.dims().map_or(1, |(rows, columns)| size(rows, &dims).saturating_mul(size(columns, &dims)))
    };
    let of_formula = entries(derivative.arena.shape(derivative.value));
    derivative.inferred.variables.iter().any(|variable| entries(&variable.shape) > LARGEST) || of_formula > LARGEST
}

/// The errors of one draw; none where it has no finite value.
fn one(derivative: &Derivative, seed: u64) -> Option<[f64; 2]> {
    let drawn = draw(derivative, seed);
    let value = evaluated(derivative, &drawn, derivative.value)?;
    let is_transposed = derivative.layout == Layout::Numerator && derivative.kind == Kind::Gradient;
    let formula = if is_transposed { value.reversed_axes() } else { value };
    let checker = Checker { derivative, drawn: &drawn };
    // A part without a value has no derivative either, even if the whole does without that entry: tr √X.
    if !checker.parts(|_, array| array.clone()).iter().flat_map(|part| &part.entries).all(|entry| entry.is_finite()) {
        return None;
    }
    let directions = checker.directions(seed);
    let mut errors = [0.0_f64; 2];
    let largest = formula.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    for direction in &directions {
        let expected = checker.expected(direction);
        let difference = checker.difference(direction);
        let found = checker.found(&formula, direction);
        // Of another shape than what it is a derivative of.
        if found.len() != expected.len() {
            return Some([f64::INFINITY; 2]);
        }
        let scale = expected
            .iter()
            .fold(if largest.is_finite() { largest.max(1e-3) } else { 1e-3 }, |scale, entry| scale.max(entry.abs()));
        for ((found, expected), difference) in found.iter().zip(&expected).zip(&difference) {
            // Where the two ways to numbers differ, the expression has no derivative, or none that floats can tell: of a
            // matrix that is singular but for rounding, or at a kink.
            let doubt = (expected - difference).abs();
            if !expected.is_finite() || doubt.is_nan() || doubt > DOUBT * scale {
                return None;
            }
            // A formula without a value where there is a derivative is as wrong as one with another.
            let error = |from: f64| if found.is_finite() { (found - from).abs() / scale } else { f64::INFINITY };
            errors[0] = errors[0].max(error(*expected));
            errors[1] = errors[1].max(error(*difference));
        }
    }
    Some(errors)
}

/// Random values at which formulas are compared with each other.
pub(super) struct Draws(Vec<Drawn>);

impl Draws {
    /// Those at which the expression has a derivative; none where arrays are too large.
    pub fn new(derivative: &Derivative) -> Self {
        let seeds = if is_too_large(derivative) { 0..0 } else { 0..TRIES };
        Self(
            seeds
                .filter(|seed| one(derivative, *seed).is_some())
                .take(DRAWS)
                .map(|seed| draw(derivative, seed))
                .collect(),
        )
    }

    /// At how many of them the first formula has a value, and the largest difference of any other from it, relative to its
    /// largest entry.
    pub fn compared(&self, derivative: &Derivative, formulas: &[ExprId]) -> (usize, f64) {
        let (mut points, mut error) = (0, 0.0_f64);
        for drawn in &self.0 {
            let values: Vec<_> = formulas.iter().map(|id| evaluated(derivative, drawn, *id)).collect();
            let Some((Some(first), others)) = values.split_first() else { continue };
            points += 1;
            let scale = first.iter().fold(1e-3_f64, |scale, entry| scale.max(entry.abs()));
            for other in others {
                let apart = other
                    .as_ref()
                    .filter(|other| other.dim() == first.dim())
                    .map(|other| (other - first).mapv(f64::abs));
                let largest = apart.map_or(f64::INFINITY, |apart| apart.iter().fold(0.0, |a: f64, b| a.max(*b)));
                error = error.max(largest / scale);
            }
        }
        (points, error)
    }
}

/// The formula's value, by the kernel's evaluation.
fn evaluated(derivative: &Derivative, drawn: &Drawn, formula: ExprId) -> Option<Array2<f64>> {
    let mut environment = Environment::new(&derivative.arena, &drawn.dims, 1);
    let names = names(derivative);
    for (variable, symbol) in &names {
        let matrix = drawn.arrays.get(&variable.name)?;
        let array = Array2::from_shape_vec((matrix.rows, matrix.columns), matrix.entries.clone()).ok()?;
        environment.bind(*symbol, Value::array(array));
    }
    // What is linear in a name that only the derivation knows is so at every value of it.
    let mut rng = generator(1);
    for symbol in derivative.arena.reachable(&[formula]).into_iter().filter_map(|id| derivative.arena.as_symbol(id)) {
        if !names.iter().any(|(_, known)| *known == symbol) {
            let Symbol { rows, columns, .. } = derivative.arena.symbol(symbol);
            let matrix = instances::random(size(rows, &drawn.dims), size(columns, &drawn.dims), &mut rng);
            let array = Array2::from_shape_vec((matrix.rows, matrix.columns), matrix.entries).ok()?;
            environment.bind(symbol, Value::array(array));
        }
    }
    environment.array(formula).ok()
}

struct Checker<'a> {
    derivative: &'a Derivative,
    drawn: &'a Drawn,
}

impl Checker<'_> {
    fn variable(&self) -> &Variable {
        &self.derivative.inferred.variables[self.derivative.place]
    }

    fn at(&self) -> &Matrix<f64> {
        &self.drawn.arrays[&self.variable().name]
    }

    /// The ways in which the variable is moved: an entry at a time, with those that go along with it.
    fn directions(&self, seed: u64) -> Vec<Matrix<f64>> {
        let (rows, columns) = (self.at().rows, self.at().columns);
        let mut places: Vec<(usize, usize)> = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).collect();
        let constraint = self.derivative.constraint.filter(|_| self.derivative.kind == Kind::Gradient);
        places.retain(|(i, j)| match constraint {
            None => true,
            Some(Constraint::Symmetric | Constraint::SymmetricEntries) => i <= j,
            Some(Constraint::Skew) => i < j,
            Some(Constraint::Diagonal) => i == j,
        });
        let places = instances::some(places, ENTRIES, seed);
        let unit = |(i, j): (usize, usize)| {
            Matrix::from_fn(rows, columns, |a, b| match constraint {
                Some(Constraint::Symmetric | Constraint::SymmetricEntries) if (a, b) == (j, i) => 1.0,
                Some(Constraint::Skew) if (a, b) == (j, i) => -1.0,
                _ => f64::from(u8::from((a, b) == (i, j))),
            })
        };
        places.into_iter().map(unit).collect()
    }

    fn value<T: Number>(&self, of: impl Fn(&str, &Matrix<f64>) -> Matrix<T>) -> Matrix<T> {
        self.parts(of).swap_remove(self.derivative.tree.root().0)
    }

    /// The values of all parts of the expression.
    fn parts<T: Number>(&self, of: impl Fn(&str, &Matrix<f64>) -> Matrix<T>) -> Vec<Matrix<T>> {
        let names = self.derivative.inferred.variables.iter().filter_map(|variable| {
            let array = self.drawn.arrays.get(&variable.name)?;
            Some((variable.name.clone(), of(&variable.name, array)))
        });
        let dims = &self.drawn.dims;
        let number = |name: &str| dims.get(name).and_then(|number| usize::try_from(*number).ok()).unwrap_or(1);
        let identity = |place: usize| {
            let dim = self.derivative.inferred.identities.get(&crate::expression::Part(place));
            dim.map_or(1, |dim| size(dim, dims))
        };
        values(&self.derivative.tree, &names.collect(), &number, &identity)
    }

    /// The derivative of the expression along `direction`, at the variable moved by `offset`.
    fn along(&self, direction: &Matrix<f64>, offset: Option<(&Matrix<f64>, f64)>) -> Vec<f64> {
        let name = &self.variable().name;
        let value = self.value(|known, array| {
            Matrix::from_fn(array.rows, array.columns, |i, j| {
                let is_variable = known == name;
                let moved = offset.filter(|_| is_variable).map_or(0.0, |(by, step)| step * by.at(i, j));
                let slope = if is_variable { direction.at(i, j) } else { 0.0 };
                Dual { value: array.at(i, j) + moved, slope }
            })
        });
        stacked(&value).into_iter().map(|entry| entry.slope).collect()
    }

    /// The second derivatives along both directions.
    fn second(&self, one: &Matrix<f64>, other: &Matrix<f64>) -> f64 {
        let name = &self.variable().name;
        let value = self.value(|known, array| {
            Matrix::from_fn(array.rows, array.columns, |i, j| {
                let (a, b) = if known == name { (one.at(i, j), other.at(i, j)) } else { (0.0, 0.0) };
                Dual { value: Dual { value: array.at(i, j), slope: a }, slope: Dual { value: b, slope: 0.0 } }
            })
        });
        value.entries[0].slope.slope
    }

    /// The other direction of a second derivative: each entry, or the one that was asked for.
    fn others(&self) -> Vec<Matrix<f64>> {
        let (rows, columns) = (self.at().rows, self.at().columns);
        if self.derivative.kind == Kind::HessianProduct {
            let direction =
                self.derivative.direction.as_ref().and_then(|direction| self.drawn.arrays.get(&direction.name));
            return direction.into_iter().cloned().collect();
        }
        // In the order of vec.
        let unit = |k: usize| Matrix::from_fn(rows, columns, move |i, j| f64::from(u8::from(k == j * rows + i)));
        (0..rows * columns).map(unit).collect()
    }

    fn is_second(&self) -> bool {
        matches!(self.derivative.kind, Kind::Hessian | Kind::HessianProduct)
    }

    fn expected(&self, direction: &Matrix<f64>) -> Vec<f64> {
        if self.is_second() {
            return self.others().iter().map(|other| self.second(direction, other)).collect();
        }
        self.along(direction, None)
    }

    /// The same by central differences: of the value, or of the first derivative.
    fn difference(&self, direction: &Matrix<f64>) -> Vec<f64> {
        let central = |plus: Vec<f64>, minus: Vec<f64>| -> Vec<f64> {
            plus.iter().zip(&minus).map(|(plus, minus)| (plus - minus) / (2.0 * STEP)).collect()
        };
        if self.is_second() {
            let at = |step| self.others().iter().flat_map(|other| self.along(other, Some((direction, step)))).collect();
            return central(at(STEP), at(-STEP));
        }
        let name = &self.variable().name;
        let at = |step: f64| {
            stacked(&self.value(|known, array| {
                Matrix::from_fn(array.rows, array.columns, |i, j| {
                    array.at(i, j) + if known == name { step * direction.at(i, j) } else { 0.0 }
                })
            }))
        };
        central(at(STEP), at(-STEP))
    }

    /// What the formula says of `direction`; nothing if it is of another shape.
    fn found(&self, formula: &Array2<f64>, direction: &Matrix<f64>) -> Vec<f64> {
        let is_second = matches!(self.derivative.kind, Kind::Jacobian | Kind::Hessian);
        let along = stacked(direction);
        // By a scalar, in the shape of the expression.
        if let ([slope], Kind::Jacobian) = (&along[..], self.derivative.kind) {
            return formula
                .columns()
                .into_iter()
                .flat_map(|column| column.to_vec())
                .map(|entry| entry * slope)
                .collect();
        }
        if is_second && formula.ncols() == along.len() {
            return formula.rows().into_iter().map(|row| row.iter().zip(&along).map(|(a, b)| a * b).sum()).collect();
        }
        if is_second || formula.dim() != (direction.rows, direction.columns) {
            return Vec::new();
        }
        // By entries, one above the diagonal stands for itself and its mirror image.
        let by_entries = self.derivative.constraint == Some(Constraint::SymmetricEntries);
        let counted = formula.indexed_iter().filter(|((i, j), _)| !by_entries || i <= j);
        vec![counted.map(|((i, j), entry)| entry * direction.at(i, j)).sum()]
    }
}

/// The columns below each other.
fn stacked<T: Number>(matrix: &Matrix<T>) -> Vec<T> {
    (0..matrix.columns).flat_map(|j| (0..matrix.rows).map(move |i| matrix.at(i, j))).collect()
}
