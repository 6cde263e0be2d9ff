//! z → ln σ(z), ln(1 − σ(z)) and their derivatives, without the rounding of σ(z) to 0 or 1 in between.

use std::f64::consts::LN_2;

use ndarray::{Array2, ArrayView1};

use super::{
    activation::Sigma,
    entrywise::{sigmoid, slope, softplus, value},
};
use crate::expr::function::Function;

/// Below this, ln softplus(z) = z − eᶻ/2 + … and z differ by less than an ulp.
const TAIL: f64 = -40.0;

/// What a logarithmic loss needs to know of ŷ = σ(z).
#[derive(Clone, Copy)]
pub(super) struct Logarithms {
    /// ln ŷ
    pub ln: f64,
    /// d ln ŷ/dz = σ'/σ
    pub ln_slope: f64,
    /// ln(1 − ŷ)
    pub complement: f64,
    /// d ln(1 − ŷ)/dz = −σ'/(1 − σ)
    pub complement_slope: f64,
}

/// The logarithms of an entrywise activation. Outside of their domain they are NaN or infinite.
pub(super) fn logarithms(function: Function, z: f64) -> Logarithms {
    let composed = composed(value(function, z), slope(function, z));
    match function {
        Function::Sigmoid => Logarithms {
            ln: -softplus(-z),
            ln_slope: sigmoid(-z),
            complement: -softplus(z),
            complement_slope: -sigmoid(z),
        },
        Function::Exp => Logarithms {
            ln: z,
            ln_slope: 1.0,
            complement: (-z.exp_m1()).ln(),
            complement_slope: -(-z).exp_m1().recip(),
        },
        Function::Tanh => {
            Logarithms { complement: LN_2 - softplus(2.0 * z), complement_slope: -2.0 * sigmoid(2.0 * z), ..composed }
        }
        Function::Softplus => Logarithms { ln: ln_softplus(z), ln_slope: ln_softplus_slope(z), ..composed },
        Function::Linear
        | Function::Relu
        | Function::Min0
        | Function::LeakyRelu(_)
        | Function::Elu(_)
        | Function::Selu
        | Function::Softsign
        | Function::Gelu
        | Function::GeluTanh
        | Function::Silu
        | Function::Mish
        | Function::Relu6
        | Function::Abs
        | Function::Sin
        | Function::Square
        | Function::Log
        | Function::LogSoftplus
        | Function::Sign
        | Function::Huber(_)
        | Function::Clip(_)
        | Function::InverseSqrt(_) => composed,
    }
}

/// The logarithms of a = σ(z), taken of the rounded number.
fn composed(a: f64, slope: f64) -> Logarithms {
    Logarithms { ln: a.ln(), ln_slope: slope / a, complement: (-a).ln_1p(), complement_slope: -slope / (1.0 - a) }
}

/// ln softplus(z).
pub(super) fn ln_softplus(z: f64) -> f64 {
    if z < TAIL { z } else { softplus(z).ln() }
}

/// sigmoid(z)/softplus(z), which goes to 1 as z goes to −∞.
pub(super) fn ln_softplus_slope(z: f64) -> f64 {
    if z < TAIL { 1.0 } else { sigmoid(z) / softplus(z) }
}

/// ln Ŷ.
pub(super) fn ln(activation: Sigma, z: &Array2<f64>) -> Array2<f64> {
    match activation {
        Sigma::Entrywise(function) => z.mapv(|z| logarithms(function, z).ln),
        Sigma::Softmax => {
            let mut ln = z.clone();
            for mut row in ln.rows_mut() {
                let total = log_sum_exp(&row.view(), None);
                row -= total;
            }
            ln
        }
        Sigma::LogSoftmax => ln(Sigma::Softmax, z).mapv(f64::ln),
    }
}

/// ln(1 − Ŷ).
pub(super) fn ln_complement(activation: Sigma, z: &Array2<f64>) -> Array2<f64> {
    match activation {
        Sigma::Entrywise(function) => z.mapv(|z| logarithms(function, z).complement),
        Sigma::Softmax => {
            let mut ln = ln(activation, z);
            for mut row in ln.rows_mut() {
                let largest = (0..row.len()).fold(0, |largest, j| if row[j] > row[largest] { j } else { largest });
                let rest = log_sum_exp(&row.view(), Some(largest));
                row.mapv_inplace(|ln| (-ln.exp()).ln_1p());
                row[largest] = rest;
            }
            ln
        }
        Sigma::LogSoftmax => ln(Sigma::Softmax, z).mapv(|a| (-a).ln_1p()),
    }
}

/// ln Σ exp(zⱼ), the sum without the entry `except`. Of one probability that is near 1 the complement is the sum of
/// the others.
fn log_sum_exp(row: &ArrayView1<f64>, except: Option<usize>) -> f64 {
    let kept = || row.iter().enumerate().filter(|(j, _)| Some(*j) != except).map(|(_, z)| *z);
    let largest = kept().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + kept().map(|z| (z - largest).exp()).sum::<f64>().ln()
}
