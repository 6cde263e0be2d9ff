//! Function → its formula and those of its derivatives, to be shown: the one place where they are written.
//!
//! A formula is text in z and the parameter a, with `+ - * /`, powers by numbers, and functions of one or more arguments.
//! Tests hold each against what the evaluation computes.

use crate::expr::Function;

/// What is said of a function.
#[derive(Clone, Copy, Debug)]
pub struct Formula {
    /// Its value.
    pub value: Cases,
    /// Its derivative; none of functions that are never differentiated.
    pub derivative: Cases,
    /// Letters in them, and what they stand for.
    pub letters: &'static [(&'static str, &'static str)],
}

/// A formula, and for which z it holds; the last one for all others.
pub type Cases = &'static [(&'static str, &'static str)];

const fn plain(value: Cases, derivative: Cases) -> Formula {
    Formula { value, derivative, letters: &[] }
}

/// The formulas of a function.
#[must_use]
pub fn formula(function: Function) -> Formula {
    match function {
        Function::Linear => plain(&[("z", "")], &[("1", "")]),
        Function::Relu => plain(&[("max(0, z)", "")], &[("1", "z > 0"), ("0", "")]),
        Function::Min0 => plain(&[("min(0, z)", "")], &[("0", "z > 0"), ("1", "")]),
        Function::LeakyRelu(_) => plain(&[("z", "z > 0"), ("a*z", "")], &[("1", "z > 0"), ("a", "")]),
        Function::Elu(_) => plain(&[("z", "z > 0"), ("a*(exp(z) - 1)", "")], &[("1", "z > 0"), ("a*exp(z)", "")]),
        Function::Selu => Formula {
            value: &[("c*z", "z > 0"), ("c*d*(exp(z) - 1)", "")],
            derivative: &[("c", "z > 0"), ("c*d*exp(z)", "")],
            letters: &[("c", "1.0507009873554805"), ("d", "1.6732632423543772")],
        },
        Function::Sigmoid => plain(&[("1/(1 + exp(-z))", "")], &[("sigmoid(z)*(1 - sigmoid(z))", "")]),
        Function::Tanh => plain(&[("(exp(z) - exp(-z))/(exp(z) + exp(-z))", "")], &[("1 - tanh(z)^2", "")]),
        Function::Softplus => plain(&[("ln(1 + exp(z))", "")], &[("sigmoid(z)", "")]),
        Function::Softsign => plain(&[("z/(1 + abs(z))", "")], &[("1/(1 + abs(z))^2", "")]),
        Function::Gelu => {
            plain(&[("z*(1 + erf(z/sqrt(2)))/2", "")], &[("(1 + erf(z/sqrt(2)))/2 + z*exp(-z^2/2)/sqrt(2*π)", "")])
        }
        Function::GeluTanh => Formula {
            value: &[("z*(1 + tanh(u))/2", "")],
            derivative: &[("(1 + tanh(u))/2 + z*(1 - tanh(u)^2)*v/2", "")],
            letters: &[
                ("u", "sqrt(2/π)*(z + 0.044715*z^3)"),
                ("v", "sqrt(2/π)*(1 + 0.134145*z^2)"),
                ("w", "0.26829*sqrt(2/π)*z"),
            ],
        },
        Function::Silu => plain(&[("z*sigmoid(z)", "")], &[("sigmoid(z)*(1 + z*(1 - sigmoid(z)))", "")]),
        Function::Mish => Formula {
            value: &[("z*tanh(u)", "")],
            derivative: &[("tanh(u) + z*(1 - tanh(u)^2)*sigmoid(z)", "")],
            letters: &[("u", "softplus(z)")],
        },
        Function::Relu6 => plain(&[("min(max(0, z), 6)", "")], &[("1", "0 < z ≤ 6"), ("0", "")]),
        Function::Exp => plain(&[("exp(z)", "")], &[("exp(z)", "")]),
        Function::Abs => plain(&[("z", "z > 0"), ("-z", "")], &[("1", "z > 0"), ("-1", "z < 0"), ("0", "")]),
        Function::Sin => plain(&[("sin(z)", "")], &[("cos(z)", "")]),
        Function::Square => plain(&[("z^2", "")], &[("2*z", "")]),
        Function::Log => plain(&[("ln(z)", "")], &[("1/z", "")]),
        Function::LogSoftplus => plain(&[("ln(softplus(z))", "")], &[("sigmoid(z)/softplus(z)", "")]),
        Function::Sign => plain(&[("1", "z > 0"), ("-1", "z < 0"), ("0", "")], &[("0", "")]),
        Function::Huber(_) => {
            plain(&[("z^2/2", "abs(z) ≤ a"), ("a*(abs(z) - a/2)", "")], &[("min(max(-a, z), a)", "")])
        }
        Function::InverseSqrt(_) => plain(&[("1/sqrt(z + a)", "")], &[("-1/(2*sqrt(z + a)^3)", "")]),
        Function::Clip(_) => plain(&[("min(max(-a, z), a)", "")], &[("1", "abs(z) < a"), ("0", "")]),
    }
}

/// The second derivative, with the letters of [`formula`]; 0 also where the derivative jumps.
#[must_use]
pub fn second(function: Function) -> Cases {
    match function {
        Function::Linear
        | Function::Relu
        | Function::Min0
        | Function::LeakyRelu(_)
        | Function::Relu6
        | Function::Abs
        | Function::Sign
        | Function::Clip(_) => &[("0", "")],
        Function::Elu(_) => &[("0", "z > 0"), ("a*exp(z)", "")],
        Function::Selu => &[("0", "z > 0"), ("c*d*exp(z)", "")],
        Function::Sigmoid => &[("sigmoid(z)*(1 - sigmoid(z))*(1 - 2*sigmoid(z))", "")],
        Function::Tanh => &[("-2*tanh(z)*(1 - tanh(z)^2)", "")],
        Function::Softplus => &[("sigmoid(z)*(1 - sigmoid(z))", "")],
        Function::Softsign => &[("-2/(1 + abs(z))^3", "z > 0"), ("2/(1 + abs(z))^3", "")],
        Function::Gelu => &[("(2 - z^2)*exp(-z^2/2)/sqrt(2*π)", "")],
        Function::GeluTanh => &[("(1 - tanh(u)^2)*(v + z*w/2 - z*v^2*tanh(u))", "")],
        Function::Silu => &[("sigmoid(z)*(1 - sigmoid(z))*(2 + z*(1 - 2*sigmoid(z)))", "")],
        Function::Mish => &[("(1 - tanh(u)^2)*sigmoid(z)*(2 + z*(1 - sigmoid(z)) - 2*z*sigmoid(z)*tanh(u))", "")],
        Function::Exp => &[("exp(z)", "")],
        Function::Sin => &[("-sin(z)", "")],
        Function::Square => &[("2", "")],
        Function::Log => &[("-1/z^2", "")],
        Function::LogSoftplus => &[("sigmoid(z)*(1 - sigmoid(z))/softplus(z) - sigmoid(z)^2/softplus(z)^2", "")],
        Function::Huber(_) => &[("1", "abs(z) < a"), ("0", "")],
        Function::InverseSqrt(_) => &[("3/(4*sqrt(z + a)^5)", "")],
    }
}
