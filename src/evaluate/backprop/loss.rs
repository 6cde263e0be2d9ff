//! Z, Ŷ and Y of the last layer → J, ∂J/∂Ŷ and ∂J/∂Z, in logarithmic losses by way of ln Ŷ so that all stay finite.

use std::borrow::Cow;

use ndarray::{Array2, Axis};

use super::{
    activation::{Sigma, combined, pull_back},
    entrywise::{clip, huber, sign, slope},
    logarithm::{ln, ln_complement, logarithms},
    number,
};
use crate::{
    catalog::loss::{Loss, Reduction},
    network::graph::{Classes, Term},
};

/// The last activation and the loss on it.
pub(super) struct OutputLayer<'a> {
    /// σ of the last layer.
    pub activation: Sigma,
    /// The loss of an element.
    pub loss: Loss,
    /// Its mean.
    pub reduction: Reduction,
    /// Z of the last layer.
    pub z: &'a Array2<f64>,
    /// Ŷ
    pub a: &'a Array2<f64>,
    /// Y, as the loss of classes makes it
    pub y: Cow<'a, Array2<f64>>,
}

impl<'a> OutputLayer<'a> {
    /// The loss of a term on these values.
    pub fn new(term: &Term, activation: Sigma, [z, a, y]: [&'a Array2<f64>; 3]) -> OutputLayer<'a> {
        let y = of_classes(&term.classes, y);
        OutputLayer { activation, loss: term.loss, reduction: term.reduction, z, a, y }
    }

    /// J = κ Σ of the elements' losses.
    pub fn value(&self) -> f64 {
        let distance = |f: &dyn Fn(f64) -> f64| sum(self.a, &self.y, |a, y| f(a - y));
        let total = match self.loss {
            Loss::HalfMse => distance(&|d| 0.5 * d * d),
            Loss::Mse => distance(&|d| d * d),
            Loss::Mae => distance(&f64::abs),
            Loss::Huber(delta) => distance(&|d| huber(delta.value(), d)),
            Loss::Bce => -self.likelihood() - self.complementary_likelihood(),
            Loss::Cce => -self.likelihood(),
            Loss::Poisson => self.a.sum() - self.likelihood(),
            Loss::Hinge => sum(self.a, &self.y, |a, y| (1.0 - a * y).max(0.0)),
            Loss::Nll => -sum(self.a, &self.y, |a, y| weighted(y, a)),
            Loss::Upstream => sum(self.a, &self.y, |a, g| a * g),
            Loss::Total => self.a.sum(),
        };
        self.kappa() * total
    }

    /// κ Σ of the sizes of all that J adds up, to which its rounding is relative.
    pub fn size(&self) -> f64 {
        let logarithm = || sum(&self.y, &ln(self.activation, self.z), |y, ln| weighted(y, ln).abs());
        let products = || sum(self.a, &self.y, |a, y| (a * y).abs());
        let total = match self.loss {
            Loss::HalfMse | Loss::Mse | Loss::Mae | Loss::Huber(_) => return self.value(),
            Loss::Bce => {
                let complement = ln_complement(self.activation, self.z);
                logarithm() + sum(&self.y, &complement, |y, ln| weighted(1.0 - y, ln).abs())
            }
            Loss::Cce => logarithm(),
            Loss::Poisson => self.a.mapv(f64::abs).sum() + logarithm(),
            Loss::Hinge => count(self.a.len()) + products(),
            Loss::Nll | Loss::Upstream => products(),
            Loss::Total => self.a.mapv(f64::abs).sum(),
        };
        self.kappa() * total
    }

    /// ∂J/∂Ŷ.
    pub fn at_activation(&self) -> Array2<f64> {
        let kappa = self.kappa();
        combined(self.a, &self.y, |a, y| kappa * error(self.loss, a, y))
    }

    /// ∂J/∂Y, where Y is a value of the network.
    pub fn at_target(&self) -> Array2<f64> {
        let kappa = self.kappa();
        let (ln, complement) = (ln(self.activation, self.z), ln_complement(self.activation, self.z));
        match self.loss {
            Loss::HalfMse | Loss::Mse | Loss::Mae | Loss::Huber(_) => -self.at_activation(),
            Loss::Bce => (complement - ln) * kappa,
            Loss::Cce | Loss::Poisson => ln * -kappa,
            Loss::Hinge => combined(&self.y, self.a, |y, a| kappa * error(Loss::Hinge, y, a)),
            Loss::Nll => self.a * -kappa,
            Loss::Upstream => self.a * kappa,
            Loss::Total => Array2::zeros(self.a.dim()),
        }
    }

    /// ∂J/∂Z, finite wherever the exact gradient is.
    pub fn at_pre_activation(&self) -> Array2<f64> {
        match (self.activation, self.loss) {
            (Sigma::Entrywise(function), Loss::Bce) => self.by_entry(|z, y| {
                let of = logarithms(function, z);
                -weighted(y, of.ln_slope) - weighted(1.0 - y, of.complement_slope)
            }),
            (Sigma::Entrywise(function), Loss::Cce) => {
                self.by_entry(|z, y| -weighted(y, logarithms(function, z).ln_slope))
            }
            (Sigma::Entrywise(function), Loss::Poisson) => {
                self.by_entry(|z, y| slope(function, z) - weighted(y, logarithms(function, z).ln_slope))
            }
            (Sigma::Softmax, Loss::Bce) => self.softmax_bce() * self.kappa(),
            (Sigma::Softmax, Loss::Cce | Loss::Poisson) => self.softmax_likelihood() * self.kappa(),
            _ => pull_back(self.activation, self.z, self.a, &self.at_activation()),
        }
    }

    /// κ f(z, y) for every entry.
    fn by_entry(&self, f: impl Fn(f64, f64) -> f64) -> Array2<f64> {
        let kappa = self.kappa();
        combined(self.z, &self.y, |z, y| kappa * f(z, y))
    }

    /// κ: 1/n, 1/(n f) or 1.
    fn kappa(&self) -> f64 {
        match self.reduction {
            Reduction::Samples => 1.0 / count(self.a.nrows()),
            Reduction::Elements => 1.0 / count(self.a.len()),
            Reduction::Sum => 1.0,
        }
    }

    /// Σ y ln ŷ.
    fn likelihood(&self) -> f64 {
        sum(&self.y, &ln(self.activation, self.z), weighted)
    }

    /// Σ (1 − y) ln(1 − ŷ).
    fn complementary_likelihood(&self) -> f64 {
        sum(&self.y, &ln_complement(self.activation, self.z), |y, ln| weighted(1.0 - y, ln))
    }

    /// −∂(Σ y ln p)/∂Z = P ⊙ (Y 1 1ᵀ) − Y for rows p of a softmax. The Σ p of `poisson` is constant.
    fn softmax_likelihood(&self) -> Array2<f64> {
        self.a * &self.y.sum_axis(Axis(1)).insert_axis(Axis(1)) - &*self.y
    }

    /// −∂(Σ y ln p + (1 − y) ln(1 − p))/∂Z. The second term gives to entry k, with pⱼ/(1 − pⱼ) = eʳʲ,
    /// (1 − yₖ) pₖ − Σ_{j≠k} (1 − yⱼ) pₖ eʳʲ, and pₖ eʳʲ = exp(ln pₖ + ln pⱼ − ln(1 − pⱼ)) is finite.
    fn softmax_bce(&self) -> Array2<f64> {
        let (ln, complement) = (ln(self.activation, self.z), ln_complement(self.activation, self.z));
        let mut delta = self.softmax_likelihood();
        for ((i, k), delta) in delta.indexed_iter_mut() {
            let leak = |j: usize| weighted(1.0 - self.y[[i, j]], (ln[[i, k]] + ln[[i, j]] - complement[[i, j]]).exp());
            let leaks: f64 = (0..self.y.ncols()).filter(|j| *j != k).map(leak).sum();
            *delta += weighted(1.0 - self.y[[i, k]], self.a[[i, k]]) - leaks;
        }
        delta
    }
}

/// Each entry y as (1 − ε) y + ε/f, times the weight of its class.
fn of_classes<'a>(classes: &Classes, y: &'a Array2<f64>) -> Cow<'a, Array2<f64>> {
    if *classes == Classes::default() {
        return Cow::Borrowed(y);
    }
    let share = classes.smoothing.as_ref().map_or(0.0, number);
    let spread = share / count(y.ncols());
    let mut changed = y.mapv(|y| (1.0 - share) * y + spread);
    weigh(classes, &mut changed);
    Cow::Owned(changed)
}

/// ∂J/∂Y from the gradient by what is made of Y.
pub(super) fn through_classes(classes: &Classes, mut gradient: Array2<f64>) -> Array2<f64> {
    gradient *= 1.0 - classes.smoothing.as_ref().map_or(0.0, number);
    weigh(classes, &mut gradient);
    gradient
}

fn weigh(classes: &Classes, y: &mut Array2<f64>) {
    for (mut column, weight) in
        y.columns_mut().into_iter().zip(classes.weights.iter().flat_map(|weights| weights.iter()))
    {
        column *= *weight;
    }
}

/// ∂ℓ/∂ŷ of one element.
fn error(loss: Loss, a: f64, y: f64) -> f64 {
    match loss {
        Loss::HalfMse => a - y,
        Loss::Mse => 2.0 * (a - y),
        Loss::Mae => sign(a - y),
        Loss::Huber(delta) => clip(delta.value(), a - y),
        Loss::Bce => weighted(1.0 - y, 1.0 / (1.0 - a)) - weighted(y, 1.0 / a),
        Loss::Cce => -weighted(y, 1.0 / a),
        Loss::Poisson => 1.0 - weighted(y, 1.0 / a),
        Loss::Hinge if a * y < 1.0 => -y,
        Loss::Hinge => 0.0,
        Loss::Nll => -y,
        Loss::Upstream => y,
        Loss::Total => 1.0,
    }
}

/// Σ f(left, right) over all entries.
fn sum(left: &Array2<f64>, right: &Array2<f64>, f: impl Fn(f64, f64) -> f64) -> f64 {
    left.iter().zip(right).map(|(left, right)| f(*left, *right)).sum()
}

/// weight · x, and 0 for a weight of 0 even where x has a pole: a class without weight adds nothing.
fn weighted(weight: f64, x: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * x }
}

#[allow(clippy::cast_precision_loss, reason = "products of two dimensions below 2³¹ lose at most an ulp")]
fn count(n: usize) -> f64 {
    n as f64
}
