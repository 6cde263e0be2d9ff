//! The kernel's entrywise functions → their values and first derivatives at a number.
//!
//! Used by the evaluation of derived expressions only; the concrete backprop has formulas of its own.

use crate::expr::Function;

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const GELU_CUBIC: f64 = 0.044_715;

/// The function (order 0) or its derivative (order 1); at a kink that of the branch towards z ≤ 0.
///
/// Returned as a closure so that the choice is made once an array. Higher orders do not arise.
#[must_use]
pub fn evaluator(function: Function, order: u8) -> Box<dyn Fn(f64) -> f64> {
    if order == 0 { value(function) } else { derivative(function) }
}

fn value(function: Function) -> Box<dyn Fn(f64) -> f64> {
    match function {
        Function::Linear => Box::new(|z| z),
        Function::Relu => Box::new(|z| if z > 0.0 { z } else { 0.0 }),
        Function::LeakyRelu(slope) => scaled_below(slope.value()),
        Function::Elu(alpha) => {
            let alpha = alpha.value();
            Box::new(move |z| if z > 0.0 { z } else { alpha * z.exp_m1() })
        }
        Function::Selu => Box::new(|z| SELU_SCALE * if z > 0.0 { z } else { SELU_ALPHA * z.exp_m1() }),
        Function::Sigmoid => Box::new(sigmoid),
        Function::Tanh => Box::new(f64::tanh),
        Function::Softplus => Box::new(softplus),
        Function::Softsign => Box::new(|z| z / (1.0 + z.abs())),
        Function::Gelu => Box::new(|z| z * normal_distribution(z)),
        Function::GeluTanh => Box::new(|z| 0.5 * z * (1.0 + gelu_argument(z).tanh())),
        Function::Silu => Box::new(|z| z * sigmoid(z)),
        Function::Mish => Box::new(|z| z * softplus(z).tanh()),
        Function::Relu6 => Box::new(|z| z.clamp(0.0, 6.0)),
        Function::Exp => Box::new(f64::exp),
        Function::Abs => Box::new(f64::abs),
        Function::Sin => Box::new(f64::sin),
        Function::Square => Box::new(|z| z * z),
        Function::Log => Box::new(f64::ln),
        Function::LogSoftplus => Box::new(log_softplus),
        Function::Sign => Box::new(sign),
        Function::Huber(delta) => {
            let delta = delta.value();
            Box::new(move |z| if z.abs() <= delta { 0.5 * z * z } else { delta * (z.abs() - 0.5 * delta) })
        }
        Function::Clip(delta) => clip(delta.value()),
    }
}

fn derivative(function: Function) -> Box<dyn Fn(f64) -> f64> {
    match function {
        Function::Linear => Box::new(|_| 1.0),
        Function::Relu => Box::new(|z| if z > 0.0 { 1.0 } else { 0.0 }),
        Function::LeakyRelu(slope) => {
            let slope = slope.value();
            Box::new(move |z| if z > 0.0 { 1.0 } else { slope })
        }
        Function::Elu(alpha) => {
            let alpha = alpha.value();
            Box::new(move |z| if z > 0.0 { 1.0 } else { alpha * z.exp() })
        }
        Function::Selu => Box::new(|z| SELU_SCALE * if z > 0.0 { 1.0 } else { SELU_ALPHA * z.exp() }),
        Function::Sigmoid => Box::new(|z| sigmoid(z) * sigmoid(-z)),
        Function::Tanh => Box::new(|z| 1.0 - z.tanh() * z.tanh()),
        Function::Softplus => Box::new(sigmoid),
        Function::Softsign => Box::new(|z| 1.0 / ((1.0 + z.abs()) * (1.0 + z.abs()))),
        Function::Gelu => Box::new(|z| normal_distribution(z) + z * normal_density(z)),
        Function::GeluTanh => Box::new(gelu_tanh_derivative),
        Function::Silu => Box::new(|z| sigmoid(z) + z * sigmoid(z) * sigmoid(-z)),
        Function::Mish => Box::new(mish_derivative),
        Function::Relu6 => Box::new(|z| if z > 0.0 && z <= 6.0 { 1.0 } else { 0.0 }),
        Function::Exp => Box::new(f64::exp),
        Function::Abs => Box::new(sign),
        Function::Sin => Box::new(f64::cos),
        Function::Square => Box::new(|z| 2.0 * z),
        Function::Log => Box::new(f64::recip),
        Function::LogSoftplus => Box::new(log_softplus_derivative),
        Function::Sign => Box::new(|_| 0.0),
        Function::Huber(delta) => clip(delta.value()),
        Function::Clip(delta) => {
            let delta = delta.value();
            Box::new(move |z| if z.abs() < delta { 1.0 } else { 0.0 })
        }
    }
}

/// 1/(1 + e⁻ᶻ), without an overflow on either side.
fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// ln(1 + eᶻ) = max(z, 0) + ln(1 + e^−|z|)
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// ln(softplus(z)): softplus(z) = eᶻ to all digits for z below −37, so its logarithm is z.
fn log_softplus(z: f64) -> f64 {
    if z < -37.0 { z } else { softplus(z).ln() }
}

/// sigmoid(z)/softplus(z), 1 to all digits for z below −37.
fn log_softplus_derivative(z: f64) -> f64 {
    if z < -37.0 { 1.0 } else { sigmoid(z) / softplus(z) }
}

fn sign(z: f64) -> f64 {
    if z > 0.0 {
        1.0
    } else if z < 0.0 {
        -1.0
    } else {
        0.0
    }
}

fn clip(delta: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |z| z.max(-delta).min(delta))
}

fn scaled_below(slope: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |z| if z > 0.0 { z } else { slope * z })
}

/// Φ(z) = ½ erfc(−z/√2), accurate in the tail too.
fn normal_distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// φ(z) = e^(−z²/2)/√(2π)
fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() * 0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2
}

/// √(2/π) (z + 0.044715 z³)
fn gelu_argument(z: f64) -> f64 {
    std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2 * (z + GELU_CUBIC * z * z * z)
}

fn gelu_tanh_derivative(z: f64) -> f64 {
    let tanh = gelu_argument(z).tanh();
    let slope = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2 * (1.0 + 3.0 * GELU_CUBIC * z * z);
    0.5 * (1.0 + tanh) + 0.5 * z * (1.0 - tanh * tanh) * slope
}

/// tanh(sp) + z (1 − tanh²(sp)) sigmoid(z), sp = softplus(z)
fn mish_derivative(z: f64) -> f64 {
    let tanh = softplus(z).tanh();
    tanh + z * (1.0 - tanh * tanh) * sigmoid(z)
}
