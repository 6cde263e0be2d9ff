//! The entrywise functions of the kernel: names and the ranges of their values.

use std::{fmt, hash::Hash};

use super::range::{Bound, Range};

/// A finite parameter of a function, compared by its bits so that it can be a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Parameter(u64);

impl Parameter {
    /// Keeps `value`.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self(value.to_bits())
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

/// A function of one real, applied to every entry. `README.md` lists the formulas and the branch taken at kinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// z
    Linear,
    /// max(0, z)
    Relu,
    /// min(0, z)
    Min0,
    /// z > 0 ? z : αz
    LeakyRelu(Parameter),
    /// z > 0 ? z : α(eᶻ − 1)
    Elu(Parameter),
    /// λ · elu(z, α) with λ = 1.0507009873554805, α = 1.6732632423543772
    Selu,
    /// 1/(1 + e⁻ᶻ)
    Sigmoid,
    /// tanh z
    Tanh,
    /// ln(1 + eᶻ)
    Softplus,
    /// z/(1 + |z|)
    Softsign,
    /// zΦ(z), Φ the normal distribution function
    Gelu,
    /// ½z(1 + tanh(√(2/π)(z + 0.044715z³)))
    GeluTanh,
    /// z · sigmoid(z)
    Silu,
    /// z · tanh(softplus(z))
    Mish,
    /// min(max(0, z), 6)
    Relu6,
    /// eᶻ
    Exp,
    /// |z|
    Abs,
    /// sin z
    Sin,
    /// z²
    Square,
    /// ln z, of losses
    Log,
    /// ln(softplus(z)), which stays finite where softplus(z) rounds to 0
    LogSoftplus,
    /// −1, 0, 1: the derivative of |z|, 0 at 0
    Sign,
    /// ½z² for |z| ≤ δ, else δ(|z| − ½δ)
    Huber(Parameter),
    /// min(max(−δ, z), δ): the derivative of huber
    Clip(Parameter),
    /// 1/√(z + ε), of norms
    InverseSqrt(Parameter),
}

impl Function {
    /// The name in the spec language and in formulas, without the parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Min0 => "min0",
            Self::LeakyRelu(_) => "leaky_relu",
            Self::Elu(_) => "elu",
            Self::Selu => "selu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::Softsign => "softsign",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_tanh",
            Self::Silu => "silu",
            Self::Mish => "mish",
            Self::Relu6 => "relu6",
            Self::Exp => "exp",
            Self::Abs => "abs",
            Self::Sin => "sin",
            Self::Square => "square",
            Self::Log => "ln",
            Self::LogSoftplus => "ln_softplus",
            Self::Sign => "sign",
            Self::Huber(_) => "huber",
            Self::Clip(_) => "clip",
            Self::InverseSqrt(_) => "rsqrt",
        }
    }

    /// The parameter, of those that have one.
    #[must_use]
    pub fn parameter(self) -> Option<f64> {
        match self {
            Self::LeakyRelu(p) | Self::Elu(p) | Self::Huber(p) | Self::Clip(p) | Self::InverseSqrt(p) => {
                Some(p.value())
            }
            Self::Linear
            | Self::Relu
            | Self::Min0
            | Self::Selu
            | Self::Sigmoid
            | Self::Tanh
            | Self::Softplus
            | Self::Softsign
            | Self::Gelu
            | Self::GeluTanh
            | Self::Silu
            | Self::Mish
            | Self::Relu6
            | Self::Exp
            | Self::Abs
            | Self::Sin
            | Self::Square
            | Self::Log
            | Self::LogSoftplus
            | Self::Sign => None,
        }
    }

    /// The function of this name; `parameter` is used where the function has one.
    #[must_use]
    pub fn of_name(name: &str, parameter: f64) -> Option<Self> {
        let p = Parameter::new(parameter);
        [
            Self::Linear,
            Self::Relu,
            Self::Min0,
            Self::LeakyRelu(p),
            Self::Elu(p),
            Self::Selu,
            Self::Sigmoid,
            Self::Tanh,
            Self::Softplus,
            Self::Softsign,
            Self::Gelu,
            Self::GeluTanh,
            Self::Silu,
            Self::Mish,
            Self::Relu6,
            Self::Exp,
            Self::Abs,
            Self::Sin,
            Self::Square,
            Self::Log,
            Self::LogSoftplus,
            Self::Sign,
            Self::Huber(p),
            Self::Clip(p),
            Self::InverseSqrt(p),
        ]
        .into_iter()
        .find(|function| function.name() == name)
    }

    /// Whether σ(cz) = cσ(z) for c > 0, and so σ(z) = z σ'(z): the forward gate is the derivative gate.
    #[must_use]
    pub fn is_homogeneous(self) -> bool {
        matches!(self, Self::Linear | Self::Relu | Self::Min0 | Self::LeakyRelu(_) | Self::Abs) || self.is_flat_elu()
    }

    /// elu with α = 0, which is relu.
    fn is_flat_elu(self) -> bool {
        matches!(self, Self::Elu(alpha) if alpha.value() == 0.0)
    }

    /// Whether the function (`order` 0) or its derivative (1) is constant between its kinks.
    #[must_use]
    pub fn is_piecewise_constant(self, order: u8) -> bool {
        let lines = [Self::Linear, Self::Relu, Self::Min0, Self::Relu6, Self::Abs, Self::Sign];
        match order {
            0 => self == Self::Sign,
            _ => lines.contains(&self) || matches!(self, Self::LeakyRelu(_) | Self::Clip(_)) || self.is_flat_elu(),
        }
    }

    /// Whether σ(0) = 0, so that σ(z)/z can be continued to z = 0 where σ is differentiable.
    #[must_use]
    pub fn fixes_zero(self) -> bool {
        !matches!(
            self,
            Self::Sigmoid | Self::Softplus | Self::Exp | Self::Log | Self::LogSoftplus | Self::InverseSqrt(_)
        )
    }

    /// Whether σ' is exactly 0 somewhere. Of all others it is 0 in floats by underflow alone.
    #[must_use]
    pub fn can_close(self) -> bool {
        matches!(
            self,
            Self::Relu
                | Self::Min0
                | Self::LeakyRelu(_)
                | Self::Relu6
                | Self::Abs
                | Self::Square
                | Self::Sign
                | Self::Huber(_)
                | Self::Clip(_)
        ) || self.is_flat_elu()
    }

    /// sup |σ'|, which says when a unit is saturated; `None` where σ' is not bounded (exp, square, and functions of losses
    /// only).
    ///
    /// For gelu it is at z = √2; gelu_tanh, silu and mish have theirs at 1.4185, 2.3994 and 1.4906.
    #[must_use]
    pub fn max_slope(self) -> Option<f64> {
        match self {
            Self::Linear
            | Self::Relu
            | Self::Min0
            | Self::Relu6
            | Self::Abs
            | Self::Sin
            | Self::Tanh
            | Self::Softplus
            | Self::Softsign
            | Self::Clip(_) => Some(1.0),
            Self::LeakyRelu(slope) | Self::Elu(slope) => Some(slope.value().abs().max(1.0)),
            Self::Selu => Some(1.758_099_340_847_376_9),
            Self::Sigmoid => Some(0.25),
            Self::Gelu => Some(1.128_904_145_185_154_5),
            Self::GeluTanh => Some(1.128_993_068_658_771_5),
            Self::Silu => Some(1.099_839_320_128_867),
            Self::Mish => Some(1.088_498_161_251_727_7),
            Self::Huber(delta) => Some(delta.value()),
            Self::Exp | Self::Square | Self::Log | Self::LogSoftplus | Self::Sign | Self::InverseSqrt(_) => None,
        }
    }

    /// An interval that holds all values of the function (`order` 0) or of its derivative (1).
    #[must_use]
    pub fn range(self, order: u8) -> Range {
        use Bound::{Closed, Open, Unbounded};
        let unit = Range::new(Open(0), Open(1));
        let positive = Range::new(Open(0), Unbounded);
        let non_negative = Range::new(Closed(0), Unbounded);
        match (self, order) {
            (Self::Sigmoid, 0) | (Self::Softplus, 1) => unit,
            (Self::Softplus | Self::Exp | Self::InverseSqrt(_), 0) | (Self::Exp | Self::LogSoftplus, 1) => positive,
            (Self::Sigmoid | Self::Softsign | Self::Relu | Self::Min0 | Self::Relu6 | Self::Tanh, 1) => {
                Range::new(Closed(0), Closed(1))
            }
            (Self::Tanh | Self::Softsign, 0) => Range::new(Open(-1), Open(1)),
            (Self::Sin, _) | (Self::Sign, 0) | (Self::Abs, 1) => Range::new(Closed(-1), Closed(1)),
            (Self::Relu | Self::Relu6 | Self::Abs | Self::Square | Self::Huber(_), 0) => non_negative,
            (Self::Min0, 0) => Range::new(Unbounded, Closed(0)),
            (Self::Linear, 1) => Range::new(Closed(1), Closed(1)),
            (
                Self::Linear
                | Self::LeakyRelu(_)
                | Self::Elu(_)
                | Self::Selu
                | Self::Gelu
                | Self::GeluTanh
                | Self::Silu
                | Self::Mish
                | Self::Log
                | Self::LogSoftplus
                | Self::Clip(_)
                | Self::Square
                | Self::Huber(_)
                | Self::InverseSqrt(_)
                | Self::Sign
                | Self::Sigmoid
                | Self::Tanh
                | Self::Softplus
                | Self::Softsign
                | Self::Relu
                | Self::Min0
                | Self::Relu6
                | Self::Exp
                | Self::Abs,
                _,
            ) => Range::ALL,
        }
    }
}

impl fmt::Display for Function {
    /// `relu`, `leaky_relu(0.01)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parameter() {
            None => write!(f, "{}", self.name()),
            Some(parameter) => write!(f, "{}({parameter})", self.name()),
        }
    }
}
