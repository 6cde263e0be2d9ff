//! A model and a point → how far each gradient moves when one thing moves.
//!
//! What a gradient does not depend on leaves it as it is to the last bit, so that no tolerance is needed: an evaluation
//! of the same operations on the same numbers gives the same numbers.

use std::collections::BTreeMap;

use ndarray::{ArcArray2, Array2};

use super::{Factor, GradientInfluence, Row};
use crate::{
    catalog::Activation,
    evaluate::{Arrays, Inputs, Unit, evaluator},
    expr::SymbolId,
    insight::{
        claims::{
            Base, Held,
            trial::{Change, Gradients},
        },
        model::Model,
        size::root_mean_square,
    },
};

/// A move, relative to what is moved.
const STEP: f64 = 1e-6;

/// Arrays, and directions of the same shapes.
#[derive(Clone, Debug)]
pub struct Point {
    /// X, Y and the parameters, of few samples.
    pub inputs: Inputs<f64>,
    /// Random.
    pub directions: Arrays,
}

/// Fills in what is measured, or only what was not seen before.
///
/// What is not finite is no measurement: neither 0 nor anything else follows of it.
pub fn measure(model: &Model, rows: &[Row], point: &Point, gradients: &mut [GradientInfluence], again: bool) {
    let samples = point.inputs.get(&model.input()).map_or(0, ArcArray2::nrows);
    let dims = model.batch(samples);
    let variables = gradients.iter().map(|gradient| gradient.variable.clone()).collect();
    let Some(base) = Base::new(model, &dims, point.inputs.clone(), variables) else { return };
    for gradient in &mut *gradients {
        let is_zero =
            base.point.gradients.get(&gradient.variable.symbol).is_some_and(|value| root_mean_square(value) == 0.0);
        gradient.is_zero = is_zero && (!again || gradient.is_zero);
    }
    for (place, row) in rows.iter().enumerate() {
        if again && !gradients.iter().any(|gradient| gradient.cells[place].is_open()) {
            continue;
        }
        let changes = row_changes(&base, row, &point.directions);
        for gradient in &mut *gradients {
            let of = |changes: &Changes| changes.as_ref()?.get(&gradient.variable.symbol).copied();
            let shown = !is_in_gate(model, row.factor, gradient.variable.layer);
            let found = changes.each_ref().map(|changes| of(changes).filter(|_| shown));
            let cell = &mut gradient.cells[place];
            if again && !cell.is_open() {
                continue;
            }
            cell.measured = found.map(|change| change.filter(|change| !change.is_nan()));
            cell.elsewhere = again;
            cell.finite &= again || !found.into_iter().flatten().any(f64::is_nan);
        }
    }
}

/// Whether A of a layer is a part of the gate through which the gradient comes, as with softmax: then it cannot be moved
/// as a factor alone.
fn is_in_gate(model: &Model, factor: Factor, gradient: usize) -> bool {
    let Factor::Value(k) = factor else { return false };
    gradient <= k && model.network.layers[k].activation == Activation::Softmax
}

/// Relative change ÷ relative move; NaN where a gradient is not finite.
type Changes = Option<BTreeMap<SymbolId, f64>>;

/// With error and gates held, and with everything following.
fn row_changes(base: &Base, row: &Row, directions: &Arrays) -> [Changes; 2] {
    match row.factor {
        Factor::Input | Factor::Weight(_) | Factor::Bias(_) => moved(base, row, directions).unwrap_or_default(),
        Factor::Error => {
            let mut point = base.point.clone();
            if let Some(last) = point.adjoints.last_mut() {
                *last = last.mapv(|delta| delta * (1.0 + STEP)).into_shared();
            }
            [beside(base, &point, &[], STEP), None]
        }
        Factor::Gate(k) => {
            // Without any unit the gate is 0, and nothing comes through it: a relative move of 1.
            let backward = beside(base, &base.point, &base.units(k), 1.0);
            let is_forward = row.symbol.is_some();
            let forward = is_forward.then(|| scaled(base, k)).flatten();
            [both(backward, forward), None]
        }
        Factor::ForwardGate(k) | Factor::Value(k) => [scaled(base, k), None],
    }
}

/// One array moved along its direction.
fn moved(base: &Base, row: &Row, directions: &Arrays) -> Option<[Changes; 2]> {
    let key = row.key.as_ref()?;
    let (array, direction) = (base.inputs.get(key)?, directions.get(key)?);
    if array.dim() != direction.dim() {
        return None;
    }
    // What is 0 has no relative move: the move itself stands for it.
    let size = Some(root_mean_square(array)).filter(|size| *size > 0.0).unwrap_or(1.0);
    let moved = array + &(direction * (STEP * size));
    let by = root_mean_square(&(&moved - array)) / size;
    let change = Change::Array(key.clone(), moved.into_shared());
    let of = |held| Some(changes(base.before(held), &base.after(&change, held)?, by));
    Some([Some(of(Held::ErrorAndGates)?), Some(of(Held::Nothing)?)])
}

/// The forward gate of a layer (or A, where there is none) a little larger.
fn scaled(base: &Base, layer: usize) -> Changes {
    let mut point = base.point.clone();
    let a = point.activations.get_mut(layer)?;
    *a = a.mapv(|a| a * (1.0 + STEP)).into_shared();
    beside(base, &point, &[], STEP)
}

/// The same arrays with the error and the gates of `point`, which moved by `by`, derivative gates of units that are off 0.
fn beside(base: &Base, point: &evaluator::Point<f64>, off: &[Unit], by: f64) -> Changes {
    let found = base.at(&base.inputs, evaluator::Held::ErrorGatesAndOutputs(point), off)?.gradients;
    Some(changes(base.before(Held::ErrorAndGates), &found, by))
}

fn both(a: Changes, b: Changes) -> Changes {
    let (Some(mut a), Some(b)) = (a.clone(), b.clone()) else { return a.or(b) };
    for (variable, change) in b {
        let known = a.entry(variable).or_default();
        // Not finite in one way is not finite.
        *known = if known.is_nan() || change.is_nan() { f64::NAN } else { known.max(change) };
    }
    Some(a)
}

/// The relative change of each gradient ÷ the relative move `by`.
fn changes(before: &Gradients, after: &Gradients, by: f64) -> BTreeMap<SymbolId, f64> {
    let change = |(variable, before): (&SymbolId, &Array2<f64>)| {
        let (size, change) = (root_mean_square(before), root_mean_square(&(after.get(variable)? - before)));
        let finite = size.is_finite() && change.is_finite();
        let relative = if change == 0.0 { 0.0 } else { change / size / by };
        Some((*variable, if finite { relative } else { f64::NAN }))
    };
    before.iter().filter_map(change).collect()
}
