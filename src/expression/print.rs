//! A tree → the text that means it, with brackets only where they are needed.

use std::fmt;

use super::syntax::{Binary, Constant, Part, Syntax, Tree};
use crate::expr::Scalar;

/// How tightly what is written holds together: a sum least, a name most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Sum,
    Product,
    Sign,
    Power,
    Whole,
}

impl fmt::Display for Tree {
    /// `tr(X^T*A*X)`: what `parse` reads as the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written: Vec<(String, Strength)> = Vec::new();
        for node in &self.0 {
            let text = text(&node.syntax, &written);
            written.push(text);
        }
        f.write_str(written.last().map_or("", |(text, _)| text))
    }
}

fn text(syntax: &Syntax, written: &[(String, Strength)]) -> (String, Strength) {
    let at = |part: Part, least: Strength| {
        let (text, strength) = &written[part.0];
        if *strength < least { format!("({text})") } else { text.clone() }
    };
    match syntax {
        Syntax::Name(name) => (name.clone(), Strength::Whole),
        Syntax::Number(number) => self::number(number),
        Syntax::Negative(a) => (format!("-{}", at(*a, Strength::Sign)), Strength::Sign),
        Syntax::Binary(operator, [a, b]) => {
            let strength = match operator {
                Binary::Plus | Binary::Minus => Strength::Sum,
                Binary::Times | Binary::Over | Binary::Hadamard | Binary::Divide | Binary::Kronecker => {
                    Strength::Product
                }
            };
            // From the left: a − (b − c) needs its brackets.
            let right = if strength == Strength::Sum { Strength::Product } else { Strength::Sign };
            let blank = if strength == Strength::Sum { " " } else { "" };
            (format!("{}{blank}{}{blank}{}", at(*a, strength), operator.sign(), at(*b, right)), strength)
        }
        Syntax::Transpose(a) => (format!("{}^T", at(*a, Strength::Power)), Strength::Power),
        Syntax::Power(a, exponent) => (format!("{}^{}", at(*a, Strength::Power), power(exponent)), Strength::Power),
        Syntax::EntrywisePower(a, exponent) => {
            (format!("{}.^{}", at(*a, Strength::Power), power(exponent)), Strength::Power)
        }
        Syntax::Apply(function, prime, a) => {
            let prime = if *prime { "'" } else { "" };
            (format!("{}{prime}({})", function.name(), written[a.0].0), Strength::Whole)
        }
        Syntax::Constant(constant, sizes) => {
            let sizes: Vec<&str> = sizes.iter().map(|size| size.text.as_str()).collect();
            let brackets = if sizes.is_empty() { String::new() } else { format!("({})", sizes.join(",")) };
            let name = match constant {
                Constant::Identity | Constant::Ones | Constant::Zeros | Constant::Commutation => constant.name(),
            };
            (format!("{name}{brackets}"), Strength::Whole)
        }
    }
}

/// A decimal fraction, or one half; others do not arise from text.
fn number(number: &Scalar) -> (String, Strength) {
    let (above, below) = (*number.coefficient().numer(), *number.coefficient().denom());
    if below == 1 {
        return (above.to_string(), Strength::Whole);
    }
    let digits = (1..=15_u32).find(|digits| 10_i64.pow(*digits) % below == 0);
    match digits {
        Some(digits) => {
            let scale = i128::from(10_i64.pow(digits));
            let shifted = i128::from(above) * (scale / i128::from(below));
            let width = usize::try_from(digits).unwrap_or(0);
            (format!("{}.{:0width$}", shifted / scale, shifted % scale), Strength::Whole)
        }
        None => (format!("{above}/{below}"), Strength::Product),
    }
}

fn power(exponent: &Scalar) -> String {
    let (above, below) = (*exponent.coefficient().numer(), *exponent.coefficient().denom());
    match (above, below) {
        (0.., 1) => above.to_string(),
        (_, 1) => format!("({above})"),
        _ => format!("({above}/{below})"),
    }
}
