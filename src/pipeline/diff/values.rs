//! A derivative and arrays for its names → what the expression and the formula come to.

use ndarray::Array2;

use super::{Derivative, Direction};
use crate::{
    evaluate::{
        bindings::Values,
        eval::{Environment, EvaluationError},
        value::Value,
    },
    expr::{Structure, SymbolId},
    expression::{given::Sign, infer::Variable},
};

/// All names that the formula is made of, with their symbols: those of the expression, and the direction.
pub fn names(derivative: &Derivative) -> Vec<(Variable, SymbolId)> {
    let names = derivative.inferred.variables.iter().cloned().zip(derivative.symbols.iter().copied());
    let direction = derivative.direction.as_ref().map(|Direction { name, symbol }| {
        let of = &derivative.inferred.variables[derivative.place];
        (Variable { name: name.clone(), property: Structure::None, sign: Sign::Any, ..of.clone() }, *symbol)
    });
    names.chain(direction).collect()
}

/// What an expression and its derivative come to.
#[derive(Clone, Debug)]
pub struct At {
    /// Of a scalar 1 × 1.
    pub value: Array2<f64>,
    /// As the formula is.
    pub derivative: Array2<f64>,
}

impl At {
    /// Whether all entries are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.value.iter().chain(&self.derivative).all(|entry| entry.is_finite())
    }
}

/// The values of the expression and of the formula at given arrays.
///
/// # Errors
/// A dimension that no array tells.
pub fn at(derivative: &Derivative, Values { arrays, dims }: &Values) -> Result<At, EvaluationError> {
    let mut environment = Environment::new(&derivative.arena, dims, 1);
    for (variable, symbol) in names(derivative) {
        if let Some(array) = arrays.get(&variable.name) {
            environment.bind(symbol, Value::array(array.clone()));
        }
    }
    Ok(At { value: environment.array(derivative.of)?, derivative: environment.array(derivative.value)? })
}
