//! Numbers with a derivative: a + b ε with ε² = 0 (Clifford, 1873). Nested, they have second derivatives. They share no code
//! with symbolic derivatives, and check them.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::expr::Function;

/// What expressions are evaluated in.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn constant(value: f64) -> Self;
    /// The number without derivatives, which decides branches and pivots.
    fn value(self) -> f64;
    /// eˣ
    fn exp(self) -> Self;
    /// ln x
    fn ln(self) -> Self;
    /// xᵖ
    fn power(self, p: f64) -> Self;
    /// sin x
    fn sin(self) -> Self;
    /// cos x
    fn cos(self) -> Self;
    /// tanh x
    fn tanh(self) -> Self;
    /// Φ(x), the normal distribution function.
    fn normal(self) -> Self;
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }
    fn value(self) -> f64 {
        self
    }
    fn exp(self) -> Self {
        f64::exp(self)
    }
    fn ln(self) -> Self {
        f64::ln(self)
    }
    fn power(self, p: f64) -> Self {
        self.powf(p)
    }
    fn sin(self) -> Self {
        f64::sin(self)
    }
    fn cos(self) -> Self {
        f64::cos(self)
    }
    fn tanh(self) -> Self {
        f64::tanh(self)
    }
    fn normal(self) -> Self {
        0.5 * libm::erfc(-self / std::f64::consts::SQRT_2)
    }
}

/// a + b ε
#[derive(Clone, Copy, Debug)]
pub struct Dual<T> {
    /// a, the value.
    pub value: T,
    /// b, the derivative.
    pub slope: T,
}

impl<T: Number> Dual<T> {
    fn chain(self, value: T, slope: T) -> Self {
        Self { value, slope: self.slope * slope }
    }
}

impl<T: Number> Add for Dual<T> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<T: Number> Sub for Dual<T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl<T: Number> Mul for Dual<T> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl<T: Number> Div for Dual<T> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl<T: Number> Neg for Dual<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl<T: Number> Number for Dual<T> {
    fn constant(value: f64) -> Self {
        Self { value: T::constant(value), slope: T::constant(0.0) }
    }
    fn value(self) -> f64 {
        self.value.value()
    }
    fn exp(self) -> Self {
        let e = self.value.exp();
        self.chain(e, e)
    }
    fn ln(self) -> Self {
        self.chain(self.value.ln(), T::constant(1.0) / self.value)
    }
    fn power(self, p: f64) -> Self {
        if p == 0.0 {
            return Self::constant(1.0);
        }
        self.chain(self.value.power(p), T::constant(p) * self.value.power(p - 1.0))
    }
    fn sin(self) -> Self {
        self.chain(self.value.sin(), self.value.cos())
    }
    fn cos(self) -> Self {
        self.chain(self.value.cos(), -self.value.sin())
    }
    fn tanh(self) -> Self {
        let t = self.value.tanh();
        self.chain(t, T::constant(1.0) - t * t)
    }
    fn normal(self) -> Self {
        let exponent = T::constant(-0.5) * self.value * self.value;
        let density = exponent.exp() * T::constant(1.0 / (2.0 * std::f64::consts::PI).sqrt());
        self.chain(self.value.normal(), density)
    }
}

/// f(x), written by the definition of each function.
pub fn function<T: Number>(f: Function, x: T) -> T {
    let c = T::constant;
    let positive = x.value() > 0.0;
    let sigmoid = |x: T| c(1.0) / (c(1.0) + (-x).exp());
    let softplus = |x: T| (c(1.0) + x.exp()).ln();
    let abs = |x: T| if x.value() > 0.0 { x } else { -x };
    match f {
        Function::Linear => x,
        Function::Relu => either(positive, x, c(0.0)),
        Function::Min0 => either(positive, c(0.0), x),
        Function::LeakyRelu(slope) => either(positive, x, c(slope.value()) * x),
        Function::Elu(alpha) => either(positive, x, c(alpha.value()) * (x.exp() - c(1.0))),
        Function::Selu => {
            let (scale, alpha) = (c(1.050_700_987_355_480_5), c(1.673_263_242_354_377_2));
            scale * either(positive, x, alpha * (x.exp() - c(1.0)))
        }
        Function::Sigmoid => sigmoid(x),
        Function::Tanh => x.tanh(),
        Function::Softplus => softplus(x),
        Function::Softsign => x / (c(1.0) + abs(x)),
        Function::Gelu => x * x.normal(),
        Function::GeluTanh => {
            let inner = c((2.0 / std::f64::consts::PI).sqrt()) * (x + c(0.044_715) * x * x * x);
            c(0.5) * x * (c(1.0) + inner.tanh())
        }
        Function::Silu => x * sigmoid(x),
        Function::Mish => x * softplus(x).tanh(),
        Function::Relu6 => either(positive, either(x.value() < 6.0, x, c(6.0)), c(0.0)),
        Function::Exp => x.exp(),
        Function::Abs => abs(x),
        Function::Sin => x.sin(),
        Function::Square => x * x,
        Function::Log => x.ln(),
        Function::LogSoftplus => softplus(x).ln(),
        Function::Sign => c(if positive { 1.0 } else { -1.0 }),
        Function::Huber(delta) => {
            let delta = c(delta.value());
            let size = abs(x);
            either(size.value() <= delta.value(), c(0.5) * x * x, delta * (size - c(0.5) * delta))
        }
        Function::Clip(delta) => {
            let delta = delta.value();
            either(x.value().abs() <= delta, x, c(delta * x.value().signum()))
        }
        Function::InverseSqrt(epsilon) => (x + c(epsilon.value())).power(-0.5),
    }
}

fn either<T>(condition: bool, first: T, second: T) -> T {
    if condition { first } else { second }
}

/// f'(x), by a number with a derivative.
pub fn derivative<T: Number>(f: Function, x: T) -> T {
    function(f, Dual { value: x, slope: T::constant(1.0) }).slope
}
