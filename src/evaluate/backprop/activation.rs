//! Z → σ(Z), and ∂J/∂A → ∂J/∂Z.

use ndarray::{Array2, Axis};

use super::{
    entrywise::{slope, value},
    logarithm::ln,
};
use crate::{
    catalog::activation::Activation,
    evaluate::arrays::{Arrays, symbol},
    expr::function::{Function, Parameter},
    network::graph::Layer,
};

/// σ of a layer with the number of its slope.
#[derive(Clone, Copy, Debug)]
pub enum Sigma {
    /// σ at every entry.
    Entrywise(Function),
    /// exp(z)/Σ exp(z) by rows.
    Softmax,
    /// z − ln Σ exp(z) by rows.
    LogSoftmax,
}

impl Sigma {
    /// A = Z.
    pub const LINEAR: Self = Self::Entrywise(Function::Linear);

    /// σ of the layer; with the slope α, `prelu` is a `leaky_relu`.
    ///
    /// # Panics
    /// If `arrays` lacks the slope.
    #[must_use]
    pub fn of(layer: &Layer, arrays: &Arrays) -> Self {
        match layer.activation {
            Activation::Entrywise(function) => Self::Entrywise(function),
            Activation::Softmax => Self::Softmax,
            Activation::LogSoftmax => Self::LogSoftmax,
            Activation::Prelu => {
                let slope = arrays[&symbol("alpha", &layer.owner)][[0, 0]];
                Self::Entrywise(Function::LeakyRelu(Parameter::new(slope)))
            }
        }
    }
}

/// ∂J/∂α of a `prelu` from ∂J/∂A = G: the sum of G z over all z below 0.
pub(super) fn by_slope(z: &Array2<f64>, g: &Array2<f64>) -> Array2<f64> {
    let terms = z.iter().zip(g).filter(|(z, _)| **z <= 0.0);
    Array2::from_elem((1, 1), terms.map(|(z, g)| g * z).sum())
}

/// A = σ(Z).
pub(super) fn apply(activation: Sigma, z: &Array2<f64>) -> Array2<f64> {
    match activation {
        Sigma::Entrywise(Function::Linear) => z.clone(),
        // Named, the function is chosen before the loop and not at every entry.
        Sigma::Entrywise(Function::Relu) => z.mapv(|z| value(Function::Relu, z)),
        Sigma::Entrywise(function) => z.mapv(|z| value(function, z)),
        Sigma::Softmax => softmax(z),
        Sigma::LogSoftmax => ln(Sigma::Softmax, z),
    }
}

/// ∂J/∂Z from ∂J/∂A = G: G ⊙ σ'(Z); for softmax P ⊙ (G − ((G ⊙ P) 1) 1ᵀ), for its logarithm G − P ⊙ (G 1 1ᵀ).
pub(super) fn pull_back(activation: Sigma, z: &Array2<f64>, a: &Array2<f64>, g: &Array2<f64>) -> Array2<f64> {
    match activation {
        Sigma::Entrywise(Function::Linear) => g.clone(),
        Sigma::Entrywise(Function::Relu) => combined(g, z, |g, z| g * slope(Function::Relu, z)),
        Sigma::Entrywise(function) => combined(g, z, |g, z| g * slope(function, z)),
        Sigma::Softmax => {
            let mean = (g * a).sum_axis(Axis(1)).insert_axis(Axis(1));
            (g - &mean) * a
        }
        Sigma::LogSoftmax => g - &(a.mapv(f64::exp) * g.sum_axis(Axis(1)).insert_axis(Axis(1))),
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
