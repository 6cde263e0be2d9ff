//! Which units are switched off, and whether terms can cancel.

use ndarray::{Array2, ArrayBase, Data, Ix2};

use super::trial::Base;
use crate::{
    catalog::Activation,
    evaluate::Unit,
    insight::{model::ends, size::ROUNDING},
};

/// `first`, then the most active units of the hidden layers among `layers` that are made of units: at most `most`.
pub fn candidates(base: &Base, layers: &[usize], most: usize, first: Option<Unit>) -> Vec<Unit> {
    let last = base.model.network.layers.len().saturating_sub(1);
    let hidden: Vec<usize> = layers.iter().copied().filter(|layer| *layer < last).collect();
    let entrywise = |layer: &usize| base.model.network.layers[*layer].activation != Activation::Softmax;
    let hidden: Vec<usize> = hidden.into_iter().filter(entrywise).collect();
    let each = (most / hidden.len().max(1)).max(1);
    let chosen = ends(hidden.len(), most).into_iter().map(|i| hidden[i]);
    let others = chosen.flat_map(|layer| active(base, layer, each)).filter(|unit| Some(*unit) != first);
    first.into_iter().chain(others).take(most).collect()
}

/// The units of a layer by falling Σ|A|.
fn active(base: &Base, layer: usize, most: usize) -> Vec<Unit> {
    let a = &base.point.activations[layer];
    let size = |column: usize| a.column(column).iter().map(|a| a.abs()).sum::<f64>();
    let mut columns: Vec<(usize, f64)> = (0..a.ncols()).map(|column| (column, size(column))).collect();
    columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    columns.into_iter().take(most).map(|(column, _)| Unit { layer, column }).collect()
}

/// Whether no sum has terms of both signs: of Z = A W + b, of Δ Wᵀ, of Aᵀ Δ and of the column sums of Δ. Where it is so, every
/// gradient is a sum of products of one sign over all paths, and a unit that is off takes some of them away. The derivative
/// of softmax is a sum of its own, of both signs.
pub fn one_sign(base: &Base) -> Option<bool> {
    let (layers, point) = (&base.model.network.layers, &base.point);
    if layers.iter().rev().skip(1).any(|layer| layer.activation == Activation::Softmax) {
        return Some(false);
    }
    for parameter in base.model.all_parameters() {
        let (array, delta) = (base.inputs.get(&parameter.key)?, point.adjoints.get(parameter.layer)?);
        let a = point.entering(parameter.layer, base.inputs.get(&base.model.input()))?;
        let is_one = if parameter.is_bias {
            let z = point.pre_activations.get(parameter.layer)?;
            // A W is of one sign itself; b has that sign too where Z b = A W b + b² is no less than b².
            let none_against = z.rows().into_iter().all(|z| z.iter().zip(array).all(|(z, b)| z * b >= b * b));
            none_against && sums_are_of_one_sign(&Array2::ones((1, delta.nrows())), delta)
        } else {
            sums_are_of_one_sign(a, array)
                && sums_are_of_one_sign(&a.t(), delta)
                && (parameter.layer == 0 || sums_are_of_one_sign(delta, &array.t()))
        };
        if !is_one {
            return Some(false);
        }
    }
    Some(true)
}

/// |a b| = |a| |b|, but for rounding; and not 0, where there is nothing to cancel.
fn sums_are_of_one_sign<S: Data<Elem = f64>, T: Data<Elem = f64>>(
    a: &ArrayBase<S, Ix2>,
    b: &ArrayBase<T, Ix2>,
) -> bool {
    let (sums, most) = (a.dot(b), a.mapv(f64::abs).dot(&b.mapv(f64::abs)));
    sums.iter().any(|sum| *sum != 0.0) && sums.iter().zip(&most).all(|(sum, most)| sum.abs() >= most * (1.0 - ROUNDING))
}
