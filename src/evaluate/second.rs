//! A bound network, arrays and a direction → Hessian and Gauss–Newton matrix times the direction, by differences of the
//! concrete passes: the oracle of the symbolic second derivatives, with which it shares no code.

use ndarray::Array2;

use super::{
    arrays::{Arrays, symbol},
    backprop::{self, Errors, Forward},
};
use crate::network::graph::{Network, Term, Value};

/// (8(f(h) − f(−h)) − (f(2h) − f(−2h)))/12h: the truncation is of order h⁴.
fn central<T>(step: f64, f: impl Fn(f64) -> T, combine: impl Fn(&[(f64, T)]) -> T) -> T {
    let weights = [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)];
    let values: Vec<(f64, T)> =
        weights.into_iter().map(|(steps, weight)| (weight / (12.0 * step), f(steps * step))).collect();
    combine(&values)
}

/// Σ w a of arrays of one shape.
fn weighted(parts: &[(f64, Array2<f64>)]) -> Array2<f64> {
    let size = parts.first().map_or((0, 0), |(_, array)| array.dim());
    parts.iter().fold(Array2::zeros(size), |sum, (weight, array)| sum + array * *weight)
}

/// The arrays, moved along the direction.
fn moved(arrays: &Arrays, direction: &Arrays, by: f64) -> Arrays {
    let mut moved = arrays.clone();
    for (name, array) in &mut moved {
        if let Some(direction) = direction.get(name) {
            array.scaled_add(by, direction);
        }
    }
    moved
}

/// H v: central differences of the gradients of the concrete backprop, with this step.
///
/// # Panics
/// If `arrays` lacks an array of the network, or one has not the network's shape.
#[must_use]
pub fn hessian_product(network: &Network, arrays: &Arrays, direction: &Arrays, step: f64) -> Arrays {
    let gradients = |by| backprop::gradients(network, &moved(arrays, direction, by)).gradients;
    central(step, gradients, |parts| {
        let of = |name: &String| {
            let arrays: Vec<_> = parts.iter().map(|(weight, all)| (*weight, all[name].clone())).collect();
            weighted(&arrays)
        };
        parts[0].1.keys().map(|name| (name.clone(), of(name))).collect()
    })
}

/// G v = Jᵀ H J v: differences of the forward pass along the direction, of the loss's own gradient along what these are, and
/// the concrete reverse pass from there. `by_pre_activation` says for each loss whether it is taken to the second order in Z.
///
/// # Panics
/// As [`hessian_product`].
#[must_use]
pub fn gauss_newton_product(
    network: &Network,
    arrays: &Arrays,
    direction: &Arrays,
    by_pre_activation: &[bool],
    step: f64,
) -> Arrays {
    let pass = backprop::forward(network, arrays);
    let tangent = tangents(network, arrays, direction, step);
    let (mut at_pre_activations, mut at_values) = (Vec::new(), Vec::new());
    for (term, by_z) in network.terms.iter().zip(by_pre_activation) {
        let errors = of_loss(network, arrays, (&pass, &tangent), (term, *by_z), step);
        match term.prediction {
            Value::Layer(layer) if *by_z => at_pre_activations.push((layer, errors.at_pre_activation)),
            Value::Layer(_) | Value::Input(_) => at_values.push((term.prediction, errors.at_prediction)),
        }
        at_values.extend(term.target_value.zip(errors.at_target));
    }
    let mut product = backprop::reverse_from(network, arrays, &pass, at_pre_activations, at_values);
    for penalty in network.penalties.iter().filter(|penalty| penalty.squares) {
        for name in penalty.weights.iter().map(|label| symbol("W", label)) {
            if let (Some(product), Some(direction)) = (product.get_mut(&name), direction.get(&name)) {
                product.scaled_add(2.0 * backprop::number(&penalty.factor), direction);
            }
        }
    }
    product
}

/// How fast all values of the forward pass change along the direction; what is no value is 0.
fn tangents(network: &Network, arrays: &Arrays, direction: &Arrays, step: f64) -> Forward {
    let passes = |by| backprop::forward(network, &moved(arrays, direction, by));
    central(step, passes, |parts| {
        let all = |of: &dyn Fn(&Forward) -> &Vec<Array2<f64>>| -> Vec<Array2<f64>> {
            let one = |layer: usize| {
                weighted(&parts.iter().map(|(weight, pass)| (*weight, of(pass)[layer].clone())).collect::<Vec<_>>())
            };
            (0..network.layers.len()).map(one).collect()
        };
        Forward {
            pre_activations: all(&|pass| &pass.pre_activations),
            activations: all(&|pass| &pass.activations),
            loss: 0.0,
        }
    })
}

/// How fast the errors of a loss change where its prediction and its target move along their tangents.
fn of_loss(
    network: &Network,
    arrays: &Arrays,
    (pass, tangent): (&Forward, &Forward),
    (term, by_z): (&Term, bool),
    step: f64,
) -> Errors {
    let at = |by: f64| {
        let mut there = pass.clone();
        let mut move_to = |value: Value, through_z: bool| {
            let Value::Layer(layer) = value else { return };
            there.pre_activations[layer].scaled_add(by, &tangent.pre_activations[layer]);
            if through_z {
                there.activations[layer] =
                    backprop::activated(&network.layers[layer], arrays, &there.pre_activations[layer]);
            } else {
                there.activations[layer].scaled_add(by, &tangent.activations[layer]);
            }
        };
        move_to(term.prediction, by_z);
        if let Some(target) = term.target_value.filter(|target| *target != term.prediction) {
            move_to(target, false);
        }
        backprop::errors(network, arrays, &there, term)
    };
    central(step, at, |parts| {
        let all = |of: &dyn Fn(&Errors) -> Array2<f64>| {
            weighted(&parts.iter().map(|(weight, errors)| (*weight, of(errors))).collect::<Vec<_>>())
        };
        let has_target = parts[0].1.at_target.is_some();
        Errors {
            at_pre_activation: all(&|errors| errors.at_pre_activation.clone()),
            at_prediction: all(&|errors| errors.at_prediction.clone()),
            at_target: has_target.then(|| all(&|errors| errors.at_target.clone().unwrap_or_default())),
        }
    })
}
