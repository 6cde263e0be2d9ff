//! Pre-activations → the derivative gates σ'(Z) of every layer.

use ndarray::Array2;

use super::{Subject, place::Place};
use crate::{
    catalog::Activation,
    evaluate::{
        Passes,
        functions::dispatch,
        value::{Mapped, Value},
    },
};

/// How many entries of a gate are open: not 0, or 0 by underflow alone, as of a saturated tanh.
pub fn open<'a>(activation: Activation, gate: impl IntoIterator<Item = &'a f64>) -> usize {
    let can_close = match activation {
        Activation::Entrywise(function) => function.can_close(),
        Activation::Softmax | Activation::LogSoftmax | Activation::Prelu => false,
    };
    gate.into_iter().filter(|entry| **entry != 0.0 || !can_close).count()
}

/// σ'_l(Z_l) of each layer, n × f_l; none of a layer without Z, of softmax, whose gate is no diagonal, and after an overflow.
/// Where Z is in a convenient size, σ is homogeneous, and σ' does not depend on that size; but for square, which then has none.
pub fn gates<'a>(
    subject: &'a Subject,
    places: &'a [Place],
    passes: &'a Passes,
) -> impl Iterator<Item = Option<Array2<f64>>> + 'a {
    subject.numbers.layers.iter().zip(places).map(|(layer, place)| {
        let z = passes.get(place.pre_activation?)?;
        match layer.activation {
            Activation::Entrywise(function) if z.exponent == 0 || function.is_homogeneous() => {
                Some(dispatch(function, 1, Mapped(Value::Array(z.array.clone()))).into_array())
            }
            Activation::Entrywise(_) | Activation::Softmax | Activation::LogSoftmax | Activation::Prelu => None,
        }
    })
}
