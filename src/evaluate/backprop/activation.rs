//! Z → σ(Z), and ∂J/∂A → ∂J/∂Z.

use ndarray::{Array2, Axis};

use super::entrywise::{slope, value};
use crate::{catalog::activation::Activation, expr::function::Function};

/// A = σ(Z).
pub(super) fn apply(activation: Activation, z: &Array2<f64>) -> Array2<f64> {
    match activation {
        Activation::Entrywise(Function::Linear) => z.clone(),
        // Named, the function is chosen before the loop and not at every entry.
        Activation::Entrywise(Function::Relu) => z.mapv(|z| value(Function::Relu, z)),
        Activation::Entrywise(function) => z.mapv(|z| value(function, z)),
        Activation::Softmax => softmax(z),
    }
}

/// ∂J/∂Z from ∂J/∂A = G: G ⊙ σ'(Z); for softmax P ⊙ (G − ((G ⊙ P) 1) 1ᵀ).
pub(super) fn pull_back(activation: Activation, z: &Array2<f64>, a: &Array2<f64>, g: &Array2<f64>) -> Array2<f64> {
    match activation {
        Activation::Entrywise(Function::Linear) => g.clone(),
        Activation::Entrywise(Function::Relu) => combined(g, z, |g, z| g * slope(Function::Relu, z)),
        Activation::Entrywise(function) => combined(g, z, |g, z| g * slope(function, z)),
        Activation::Softmax => {
            let mean = (g * a).sum_axis(Axis(1)).insert_axis(Axis(1));
            (g - &mean) * a
        }
    }
}

/// f(left, right) for every entry.
pub(super) fn combined(left: &Array2<f64>, right: &Array2<f64>, f: impl Fn(f64, f64) -> f64) -> Array2<f64> {
    let mut result = left.clone();
    result.zip_mut_with(right, |left, right| *left = f(*left, *right));
    result
}

/// exp(z)/Σ exp(z) by rows, after the row's largest entry is subtracted.
fn softmax(z: &Array2<f64>) -> Array2<f64> {
    let mut p = z.clone();
    for mut row in p.rows_mut() {
        let largest = row.fold(f64::NEG_INFINITY, |largest, z| largest.max(*z));
        row.mapv_inplace(|z| (z - largest).exp());
        let total = row.sum();
        row /= total;
    }
    p
}
