//! The values of a forward pass → how near the point is to a kink, where differences tell nothing.

use ndarray::{Array2, Axis, Zip};

use super::{arrays::Arrays, backprop::Forward};
use crate::{
    catalog::{activation::Activation, loss::Loss},
    expr::function::{Function, Parameter},
    network::graph::{Layer, Network, Parameters},
};

/// The smallest of the [`distances`] of all layers.
///
/// # Panics
/// As [`distances`].
#[must_use]
pub fn distance(network: &Network, arrays: &Arrays, forward: &Forward) -> f64 {
    distances(network, arrays, forward).into_iter().fold(f64::INFINITY, f64::min)
}

/// Of each layer the smallest distance between a pre-activation and a kink of its activation (0 of relu, `leaky_relu`, elu with
/// α ≠ 1, selu and abs; 0 and 6 of relu6), and of the last also between Ŷ and Y for `mae`; infinite if there is no kink. `huber` has
/// none: its derivative is continuous.
///
/// An entry that no array of the network can move, such as the 0 that a second relu gets from the first, has no
/// distance.
///
/// # Panics
/// If `forward` is not of these arrays, or they are not of this network.
#[must_use]
pub fn distances(network: &Network, arrays: &Arrays, forward: &Forward) -> Vec<f64> {
    let mut below = &arrays[&*network.input.name];
    let mut moves = Array2::from_elem(below.dim(), true);
    let mut least = Vec::with_capacity(network.layers.len());
    for ((layer, z), a) in network.layers.iter().zip(&forward.pre_activations).zip(&forward.activations) {
        moves = moves_before(layer, below, moves);
        least.push(match layer.activation {
            Activation::Entrywise(function) => {
                nearest(&Zip::from(&moves).and(z).map_collect(|moves, z| (*moves, to_kink(function, *z))))
            }
            Activation::Softmax => f64::INFINITY,
        });
        moves = moves_after(layer, z, &moves);
        below = a;
    }
    if network.loss == Loss::Mae {
        let y = &arrays[&*network.target.name];
        let distances = Zip::from(&moves).and(below).and(y).map_collect(|moves, a, y| (*moves, (a - y).abs()));
        if let Some(distance) = least.last_mut() {
            *distance = distance.min(nearest(&distances));
        }
    }
    least
}

/// The least of the distances of entries that move.
fn nearest(distances: &Array2<(bool, f64)>) -> f64 {
    distances.iter().filter(|(moves, _)| *moves).map(|(_, distance)| *distance).fold(f64::INFINITY, f64::min)
}

/// Which entries of Z move when X, the weights and the biases do, from those of A of the layer before.
fn moves_before(layer: &Layer, below: &Array2<f64>, moves: Array2<bool>) -> Array2<bool> {
    let columns = layer.output.as_number().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    match layer.parameters {
        Parameters::None => moves,
        Parameters::WeightAndBias => Array2::from_elem((below.nrows(), columns), true),
        Parameters::Weight => {
            let alive = Zip::from(below).and(&moves).map_collect(|a, moves| *moves || *a != 0.0);
            any_in_row(&alive, columns)
        }
    }
}

/// Which entries of A move, from those of Z.
fn moves_after(layer: &Layer, z: &Array2<f64>, moves: &Array2<bool>) -> Array2<bool> {
    match layer.activation {
        Activation::Entrywise(function) => {
            Zip::from(moves).and(z).map_collect(|moves, z| *moves && !is_flat(function, *z))
        }
        Activation::Softmax => any_in_row(moves, moves.ncols()),
    }
}

fn any_in_row(moves: &Array2<bool>, columns: usize) -> Array2<bool> {
    let any = moves.map_axis(Axis(1), |row| row.iter().any(|moves| *moves));
    Array2::from_shape_fn((moves.nrows(), columns), |(i, _)| any[i])
}

/// |z − the nearest kink|.
fn to_kink(function: Function, z: f64) -> f64 {
    match function {
        Function::Relu | Function::LeakyRelu(_) | Function::Selu | Function::Abs | Function::Sign => z.abs(),
        Function::Elu(alpha) if alpha != Parameter::new(1.0) => z.abs(),
        Function::Relu6 => z.abs().min((z - 6.0).abs()),
        Function::Clip(delta) => (z.abs() - delta.value()).abs(),
        Function::Linear
        | Function::Elu(_)
        | Function::Sigmoid
        | Function::Tanh
        | Function::Softplus
        | Function::Softsign
        | Function::Gelu
        | Function::GeluTanh
        | Function::Silu
        | Function::Mish
        | Function::Exp
        | Function::Sin
        | Function::Square
        | Function::Log
        | Function::LogSoftplus
        | Function::Huber(_) => f64::INFINITY,
    }
}

/// Whether the function is constant around z.
fn is_flat(function: Function, z: f64) -> bool {
    match function {
        Function::Relu => z < 0.0,
        Function::LeakyRelu(slope) => z < 0.0 && slope.value() == 0.0,
        Function::Elu(alpha) => z < 0.0 && alpha.value() == 0.0,
        Function::Relu6 => !(0.0..=6.0).contains(&z),
        Function::Clip(delta) => z.abs() > delta.value(),
        Function::Sign => z != 0.0,
        Function::Linear
        | Function::Selu
        | Function::Sigmoid
        | Function::Tanh
        | Function::Softplus
        | Function::Softsign
        | Function::Gelu
        | Function::GeluTanh
        | Function::Silu
        | Function::Mish
        | Function::Exp
        | Function::Abs
        | Function::Sin
        | Function::Square
        | Function::Log
        | Function::LogSoftplus
        | Function::Huber(_) => false,
    }
}
