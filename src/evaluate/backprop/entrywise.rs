//! z → σ(z) and σ'(z): the formulas of the activations, a second time, by hand.
//!
//! A NaN stays a NaN, so that an overflow is seen in the result.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, FRAC_2_SQRT_PI};

use super::logarithm::{ln_softplus, ln_softplus_slope};
use crate::expr::function::Function;

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
/// The cubic coefficient of `gelu_tanh`.
const GELU_CUBIC: f64 = 0.044_715;

/// σ(z).
#[inline]
pub(super) fn value(function: Function, z: f64) -> f64 {
    match function {
        Function::Relu => relu(z),
        Function::Min0 => -relu(-z),
        Function::LeakyRelu(slope) if z <= 0.0 => slope.value() * z,
        Function::Linear | Function::LeakyRelu(_) => z,
        Function::Elu(alpha) => elu(alpha.value(), z),
        Function::Selu => SELU_SCALE * elu(SELU_ALPHA, z),
        Function::Sigmoid => sigmoid(z),
        Function::Tanh => z.tanh(),
        Function::Softplus => softplus(z),
        Function::Softsign => z / (1.0 + z.abs()),
        Function::Gelu => z * normal(z),
        Function::GeluTanh => z / (1.0 + (-2.0 * gelu_argument(z)).exp()),
        Function::Silu => z * sigmoid(z),
        Function::Mish => z * softplus(z).tanh(),
        Function::Relu6 => between(0.0, z, 6.0),
        Function::Exp => z.exp(),
        Function::Abs => z.abs(),
        Function::Sin => z.sin(),
        Function::Square => z * z,
        Function::Log => z.ln(),
        Function::LogSoftplus => ln_softplus(z),
        Function::Sign => sign(z),
        Function::Huber(delta) => huber(delta.value(), z),
        Function::Clip(delta) => clip(delta.value(), z),
        Function::InverseSqrt(epsilon) => (z + epsilon.value()).sqrt().recip(),
    }
}

/// σ'(z); at a kink that of the branch towards z ≤ 0, and abs'(0) = 0.
#[inline]
pub(super) fn slope(function: Function, z: f64) -> f64 {
    match function {
        Function::Linear => 1.0,
        Function::Relu => step(0.0, z),
        Function::Min0 => 1.0 - step(0.0, z),
        Function::LeakyRelu(slope) => step(slope.value(), z),
        Function::Elu(alpha) => elu_slope(alpha.value(), z),
        Function::Selu => SELU_SCALE * elu_slope(SELU_ALPHA, z),
        Function::Sigmoid => sigmoid(z) * sigmoid(-z),
        Function::Tanh => sigmoid(2.0 * z) * sigmoid(-2.0 * z) * 4.0,
        Function::Softplus => sigmoid(z),
        Function::Softsign => (1.0 + z.abs()).powi(-2),
        Function::Gelu => normal(z) + z * normal_density(z),
        Function::GeluTanh => gelu_tanh_slope(z),
        Function::Silu => sigmoid(z) * (1.0 + z * sigmoid(-z)),
        Function::Mish => mish_slope(z),
        Function::Relu6 => inside(0.0 < z && z <= 6.0, z),
        Function::Exp => z.exp(),
        Function::Abs => sign(z),
        Function::Sin => z.cos(),
        Function::Square => 2.0 * z,
        Function::Log => 1.0 / z,
        Function::LogSoftplus => ln_softplus_slope(z),
        Function::Sign => inside(false, z),
        Function::Huber(delta) => clip(delta.value(), z),
        Function::Clip(delta) => inside(-delta.value() < z && z <= delta.value(), z),
        Function::InverseSqrt(epsilon) => -0.5 * (z + epsilon.value()).powf(-1.5),
    }
}

/// 1/(1 + e⁻ᶻ), with no overflow on either side.
pub(super) fn sigmoid(z: f64) -> f64 {
    let small = (-z.abs()).exp();
    if z < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// ln(1 + eᶻ) = max(z, 0) + ln(1 + e⁻|ᶻ|).
pub(super) fn softplus(z: f64) -> f64 {
    relu(z) + (-z.abs()).exp().ln_1p()
}

/// −1, 0, 1.
pub(super) fn sign(z: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z < 0.0 {
        -1.0
    } else {
        z
    }
}

/// ½z² for |z| ≤ δ, else δ(|z| − ½δ).
pub(super) fn huber(delta: f64, z: f64) -> f64 {
    if z.abs() > delta { delta * (z.abs() - 0.5 * delta) } else { 0.5 * z * z }
}

/// min(max(−δ, z), δ).
pub(super) fn clip(delta: f64, z: f64) -> f64 {
    between(-delta, z, delta)
}

fn between(low: f64, z: f64, high: f64) -> f64 {
    if z < low {
        low
    } else if z > high {
        high
    } else {
        z
    }
}

/// 1 inside, 0 outside, NaN for NaN.
fn inside(holds: bool, z: f64) -> f64 {
    if z.is_nan() { z } else { f64::from(u8::from(holds)) }
}

/// max(0, z).
fn relu(z: f64) -> f64 {
    if z <= 0.0 { 0.0 } else { z }
}

/// 1 for z > 0, else `slope`.
fn step(slope: f64, z: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z <= 0.0 {
        slope
    } else {
        z
    }
}

fn elu(alpha: f64, z: f64) -> f64 {
    if z > 0.0 { z } else { alpha * z.exp_m1() }
}

fn elu_slope(alpha: f64, z: f64) -> f64 {
    if z > 0.0 { 1.0 } else { alpha * z.exp() }
}

/// Φ(z) = ½ erfc(−z/√2), exact in the lower tail too.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// φ(z) = e^(−z²/2)/√(2π).
fn normal_density(z: f64) -> f64 {
    0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * (-0.5 * z * z).exp()
}

/// √(2/π)(z + 0.044715z³).
fn gelu_argument(z: f64) -> f64 {
    FRAC_2_PI.sqrt() * (z + GELU_CUBIC * z * z * z)
}

/// ½(1 + t) + ½z(1 − t²)u' with t = tanh u, u the argument: p + 2z p(1 − p)u' with p = ½(1 + t) = 1/(1 + e⁻²ᵘ), which keeps
/// its digits where t rounds to −1.
fn gelu_tanh_slope(z: f64) -> f64 {
    let u = gelu_argument(z);
    let inner = FRAC_2_PI.sqrt() * (1.0 + 3.0 * GELU_CUBIC * z * z);
    sigmoid(2.0 * u) * (1.0 + 2.0 * z * sigmoid(-2.0 * u) * inner)
}

/// t + z(1 − t²)·sigmoid(z) with t = tanh(softplus z).
fn mish_slope(z: f64) -> f64 {
    let t = softplus(z).tanh();
    t + z * (1.0 - t) * (1.0 + t) * sigmoid(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By mpmath with 40 digits, from the definition ½z(1 + tanh(√(2/π)(z + 0.044715z³))).
    #[test]
    fn gelu_tanh_keeps_its_digits_below_zero() {
        let known = [
            (-6.0, -8.439_646_700_762_297e-11, -7.709_973_930_953_696e-10),
            (-5.0, -2.291_796_196_629_506e-7, -1.546_361_987_532_594_6e-6),
            (-3.5, -0.000_616_197_655_373_663_3, -0.002_422_643_760_116_431),
            (-0.5, -0.154_285_990_174_856_08, 0.132_630_096_465_357_7),
            (2.0, 1.954_597_694_087_775, 1.086_099_256_623_618_4),
        ];
        for (z, expected, expected_slope) in known {
            let found = [value(Function::GeluTanh, z) / expected, slope(Function::GeluTanh, z) / expected_slope];
            assert!(found.iter().all(|ratio| (ratio - 1.0).abs() < 1e-14), "{z}: {found:?}");
        }
        assert_eq!((value(Function::GeluTanh, -1e3), value(Function::GeluTanh, 1e3)), (0.0, 1e3));
    }
}
