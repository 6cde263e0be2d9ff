//! The kernel's entrywise functions → their values and first two derivatives at a number.
//!
//! Used by the evaluation of derived expressions only; the concrete backprop has formulas of its own.

use crate::expr::Function;

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const GELU_CUBIC: f64 = 0.044_715;

/// What is done with a function once it is known which one: a loop over an array, compiled for each function by itself.
pub trait Use {
    /// What comes out.
    type Output;

    /// Uses `f`.
    fn with(self, f: impl Fn(f64) -> f64) -> Self::Output;
}

/// Hands the function (order 0), its derivative (1) or the second one (2) to `used`; at a kink a derivative is that of the
/// branch towards z ≤ 0. Higher orders do not arise.
pub fn dispatch<U: Use>(function: Function, order: u8, used: U) -> U::Output {
    match order {
        0 => value(function, used),
        1 => derivative(function, used),
        _ => second(function, used),
    }
}

/// The value at one number.
#[must_use]
pub fn at(function: Function, order: u8, z: f64) -> f64 {
    struct At(f64);
    impl Use for At {
        type Output = f64;
        fn with(self, f: impl Fn(f64) -> f64) -> f64 {
            f(self.0)
        }
    }
    dispatch(function, order, At(z))
}

fn value<U: Use>(function: Function, used: U) -> U::Output {
    match function {
        Function::Linear => used.with(|z| z),
        Function::Relu => used.with(|z| if z > 0.0 { z } else { 0.0 }),
        Function::Min0 => used.with(|z| if z > 0.0 { 0.0 } else { z }),
        Function::LeakyRelu(slope) => {
            let slope = slope.value();
            used.with(move |z| if z > 0.0 { z } else { slope * z })
        }
        Function::Elu(alpha) => {
            let alpha = alpha.value();
            used.with(move |z| if z > 0.0 { z } else { alpha * z.exp_m1() })
        }
        Function::Selu => used.with(|z| SELU_SCALE * if z > 0.0 { z } else { SELU_ALPHA * z.exp_m1() }),
        Function::Sigmoid => used.with(sigmoid),
        Function::Tanh => used.with(f64::tanh),
        Function::Softplus => used.with(softplus),
        Function::Softsign => used.with(|z| z / (1.0 + z.abs())),
        Function::Gelu => used.with(|z| z * normal_distribution(z)),
        Function::GeluTanh => used.with(|z| z * sigmoid(2.0 * gelu_argument(z))),
        Function::Silu => used.with(|z| z * sigmoid(z)),
        Function::Mish => used.with(|z| z * softplus(z).tanh()),
        Function::Relu6 => used.with(|z| z.clamp(0.0, 6.0)),
        Function::Exp => used.with(f64::exp),
        Function::Abs => used.with(f64::abs),
        Function::Sin => used.with(f64::sin),
        Function::Square => used.with(|z| z * z),
        Function::Log => used.with(f64::ln),
        Function::LogSoftplus => used.with(log_softplus),
        Function::Sign => used.with(sign),
        Function::Huber(delta) => {
            let delta = delta.value();
            used.with(move |z| if z.abs() <= delta { 0.5 * z * z } else { delta * (z.abs() - 0.5 * delta) })
        }
        Function::Clip(delta) => used.with(clip(delta.value())),
        Function::InverseSqrt(epsilon) => {
            let epsilon = epsilon.value();
            used.with(move |z| 1.0 / (z + epsilon).sqrt())
        }
    }
}

fn derivative<U: Use>(function: Function, used: U) -> U::Output {
    match function {
        Function::Linear => used.with(|_| 1.0),
        Function::Relu => used.with(|z| if z > 0.0 { 1.0 } else { 0.0 }),
        Function::Min0 => used.with(|z| if z > 0.0 { 0.0 } else { 1.0 }),
        Function::LeakyRelu(slope) => {
            let slope = slope.value();
            used.with(move |z| if z > 0.0 { 1.0 } else { slope })
        }
        Function::Elu(alpha) => {
            let alpha = alpha.value();
            used.with(move |z| if z > 0.0 { 1.0 } else { alpha * z.exp() })
        }
        Function::Selu => used.with(|z| SELU_SCALE * if z > 0.0 { 1.0 } else { SELU_ALPHA * z.exp() }),
        Function::Sigmoid => used.with(sigmoid_derivative),
        Function::Tanh => used.with(sech_squared),
        Function::Softplus => used.with(sigmoid),
        Function::Softsign => used.with(|z| 1.0 / ((1.0 + z.abs()) * (1.0 + z.abs()))),
        Function::Gelu => used.with(|z| normal_distribution(z) + z * normal_density(z)),
        Function::GeluTanh => used.with(gelu_tanh_derivative),
        Function::Silu => used.with(|z| sigmoid(z) + z * sigmoid_derivative(z)),
        Function::Mish => used.with(mish_derivative),
        Function::Relu6 => used.with(|z| if z > 0.0 && z <= 6.0 { 1.0 } else { 0.0 }),
        Function::Exp => used.with(f64::exp),
        Function::Abs => used.with(sign),
        Function::Sin => used.with(f64::cos),
        Function::Square => used.with(|z| 2.0 * z),
        Function::Log => used.with(f64::recip),
        Function::LogSoftplus => used.with(log_softplus_derivative),
        Function::Sign => used.with(|_| 0.0),
        Function::Huber(delta) => used.with(clip(delta.value())),
        Function::Clip(delta) => {
            let delta = delta.value();
            used.with(move |z| if z.abs() < delta { 1.0 } else { 0.0 })
        }
        Function::InverseSqrt(epsilon) => {
            let epsilon = epsilon.value();
            used.with(move |z| -0.5 / ((z + epsilon) * (z + epsilon).sqrt()))
        }
    }
}

fn second<U: Use>(function: Function, used: U) -> U::Output {
    match function {
        Function::Linear
        | Function::Relu
        | Function::Min0
        | Function::LeakyRelu(_)
        | Function::Relu6
        | Function::Abs
        | Function::Sign
        | Function::Clip(_) => used.with(|_| 0.0),
        Function::Elu(alpha) => {
            let alpha = alpha.value();
            used.with(move |z| if z > 0.0 { 0.0 } else { alpha * z.exp() })
        }
        Function::Selu => used.with(|z| if z > 0.0 { 0.0 } else { SELU_SCALE * SELU_ALPHA * z.exp() }),
        Function::Sigmoid => used.with(sigmoid_second),
        Function::Tanh => used.with(|z| -2.0 * z.tanh() * sech_squared(z)),
        Function::Softplus => used.with(sigmoid_derivative),
        Function::Softsign => used.with(|z| if z > 0.0 { -2.0 } else { 2.0 } / (1.0 + z.abs()).powi(3)),
        Function::Gelu => used.with(|z| (2.0 - z * z) * normal_density(z)),
        Function::GeluTanh => used.with(gelu_tanh_second),
        Function::Silu => used.with(|z| 2.0 * sigmoid_derivative(z) + z * sigmoid_second(z)),
        Function::Mish => used.with(mish_second),
        Function::Exp => used.with(f64::exp),
        Function::Sin => used.with(|z| -z.sin()),
        Function::Square => used.with(|_| 2.0),
        Function::Log => used.with(|z| -1.0 / (z * z)),
        Function::LogSoftplus => used.with(log_softplus_second),
        Function::Huber(delta) => {
            let delta = delta.value();
            used.with(move |z| if z.abs() < delta { 1.0 } else { 0.0 })
        }
        Function::InverseSqrt(epsilon) => {
            let epsilon = epsilon.value();
            used.with(move |z| 0.75 / ((z + epsilon) * (z + epsilon) * (z + epsilon).sqrt()))
        }
    }
}

/// 1/(1 + e⁻ᶻ), without an overflow on either side.
fn sigmoid(z: f64) -> f64 {
    let small = (-z.abs()).exp();
    if z >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

/// σ(z)σ(−z), with one exponential: the larger part of what many networks take.
fn sigmoid_derivative(z: f64) -> f64 {
    let small = (-z.abs()).exp();
    (1.0 / (1.0 + small)) * (small / (1.0 + small))
}

/// σ(z)σ(−z)(1 − 2σ(z)), where 1 − 2σ(z) = −tanh(z/2).
fn sigmoid_second(z: f64) -> f64 {
    -sigmoid_derivative(z) * (0.5 * z).tanh()
}

/// 1 − tanh² z = 4σ(2z)σ(−2z), to all digits also where tanh z rounds to 1.
fn sech_squared(z: f64) -> f64 {
    4.0 * sigmoid_derivative(2.0 * z)
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

/// The derivative of sigmoid(z)/softplus(z), 0 to all digits for z below −37.
fn log_softplus_second(z: f64) -> f64 {
    if z < -37.0 { 0.0 } else { sigmoid_derivative(z) / softplus(z) - log_softplus_derivative(z).powi(2) }
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

fn clip(delta: f64) -> impl Fn(f64) -> f64 {
    move |z| z.max(-delta).min(delta)
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
    let u = gelu_argument(z);
    let slope = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2 * (1.0 + 3.0 * GELU_CUBIC * z * z);
    sigmoid(2.0 * u) + 0.5 * z * sech_squared(u) * slope
}

/// (1 − tanh² u)(u' + ½ z u'' − z u'² tanh u), u the argument
fn gelu_tanh_second(z: f64) -> f64 {
    let scale = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    let (u, slope) = (gelu_argument(z), scale * (1.0 + 3.0 * GELU_CUBIC * z * z));
    sech_squared(u) * (slope + 3.0 * scale * GELU_CUBIC * z * z - z * slope * slope * u.tanh())
}

/// (1 − tanh²(sp)) s (2 + z (1 − s) − 2 z s tanh(sp)), s = sigmoid(z)
fn mish_second(z: f64) -> f64 {
    let (u, s) = (softplus(z), sigmoid(z));
    sech_squared(u) * s * (2.0 + z * (1.0 - s) - 2.0 * z * s * u.tanh())
}

/// tanh(sp) + z (1 − tanh²(sp)) sigmoid(z), sp = softplus(z)
fn mish_derivative(z: f64) -> f64 {
    softplus(z).tanh() + z * sech_squared(softplus(z)) * sigmoid(z)
}
