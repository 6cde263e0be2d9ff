//! The values of a forward pass → how near the point is to a kink, where differences tell nothing.

use ndarray::{Array2, Axis, Zip, concatenate};

use super::{
    arrays::{Arrays, symbol},
    backprop::{Forward, Sigma},
};
use crate::{
    catalog::loss::Loss,
    expr::function::{Function, Parameter},
    network::graph::{Layer, Network, NormKind, Operation, Value},
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
    let mut moves: Vec<Array2<bool>> = Vec::with_capacity(network.layers.len());
    let mut least = Vec::with_capacity(network.layers.len());
    let all = |value: &Array2<f64>| Array2::from_elem(value.dim(), true);
    for (layer, z) in network.layers.iter().zip(&forward.pre_activations) {
        let sources = layer.sources.iter().map(|source| match source.value {
            Value::Input(input) => {
                let value = &arrays[&*network.inputs[input].name];
                (value, all(value))
            }
            Value::Layer(layer) => (&forward.activations[layer], moves[layer].clone()),
        });
        let before = moves_before(layer, arrays, z, sources.collect());
        let activation = Sigma::of(layer, arrays);
        least.push(match activation {
            Sigma::Entrywise(function) => {
                nearest(&Zip::from(&before).and(z).map_collect(|moves, z| (*moves, to_kink(function, *z))))
            }
            Sigma::Softmax | Sigma::LogSoftmax => f64::INFINITY,
        });
        moves.push(moves_after(activation, z, &before));
    }
    for term in network.terms.iter().filter(|term| term.loss == Loss::Mae) {
        let Value::Layer(place) = term.prediction else { continue };
        let a = &forward.activations[place];
        let y = match term.target_value {
            None => &arrays[&*term.target.name],
            Some(Value::Input(input)) => &arrays[&*network.inputs[input].name],
            Some(Value::Layer(layer)) => &forward.activations[layer],
        };
        let distances = Zip::from(&moves[place]).and(a).and(y).map_collect(|moves, a, y| (*moves, (a - y).abs()));
        least[place] = least[place].min(nearest(&distances));
    }
    least
}

/// The least of the distances of entries that move.
fn nearest(distances: &Array2<(bool, f64)>) -> f64 {
    distances.iter().filter(|(moves, _)| *moves).map(|(_, distance)| *distance).fold(f64::INFINITY, f64::min)
}

/// Which entries of Z move when X, the weights and the biases do, from those of the values that come in.
fn moves_before(
    layer: &Layer,
    arrays: &Arrays,
    z: &Array2<f64>,
    sources: Vec<(&Array2<f64>, Array2<bool>)>,
) -> Array2<bool> {
    if layer.has_bias() {
        return Array2::from_elem(z.dim(), true);
    }
    let alive = |value: &Array2<f64>, moves: &Array2<bool>| {
        Zip::from(value).and(moves).map_collect(|a, moves| *moves || *a != 0.0)
    };
    let mut sources = sources.into_iter();
    let Some((first, moves)) = sources.next() else { return Array2::from_elem(z.dim(), false) };
    let either = |left: &Array2<bool>, right: &Array2<bool>| Zip::from(left).and(right).map_collect(|a, b| *a || *b);
    match layer.operation {
        Operation::Dense | Operation::Tied => {
            let rows = any_in_row(&alive(first, &moves), z.ncols());
            sources.fold(rows, |rows, (value, moves)| either(&rows, &any_in_row(&alive(value, &moves), z.ncols())))
        }
        Operation::Activation | Operation::FixedNorm { .. } => moves,
        Operation::Sum(_) => sources.fold(moves, |sum, (_, moves)| either(&sum, &moves)),
        // A product moves with one factor where the others are not 0, or with all that can leave 0.
        Operation::Product => {
            let (mut moving, mut open) = (moves.clone(), alive(first, &moves));
            for (value, moves) in sources {
                let here = alive(value, &moves);
                moving = either(&moving, &moves);
                open = Zip::from(&open).and(&here).map_collect(|a, b| *a && *b);
            }
            Zip::from(&moving).and(&open).map_collect(|a, b| *a && *b)
        }
        Operation::Concat => {
            let parts: Vec<Array2<bool>> = std::iter::once(moves).chain(sources.map(|(_, moves)| moves)).collect();
            let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
            concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::from_elem(z.dim(), true))
        }
        Operation::Norm(norm) if norm.kind == NormKind::Batch => {
            let any = moves.map_axis(Axis(0), |column| column.iter().any(|moves| *moves));
            Array2::from_shape_fn(moves.dim(), |(_, j)| any[j])
        }
        Operation::Norm(_) => any_in_row(&moves, moves.ncols()),
        Operation::Dropout { .. } => {
            let mask = &arrays[&symbol("M", &layer.label)];
            Zip::from(&moves).and(mask).map_collect(|moves, mask| *moves && *mask != 0.0)
        }
    }
}

/// Which entries of A move, from those of Z.
fn moves_after(activation: Sigma, z: &Array2<f64>, moves: &Array2<bool>) -> Array2<bool> {
    match activation {
        Sigma::Entrywise(function) => Zip::from(moves).and(z).map_collect(|moves, z| *moves && !is_flat(function, *z)),
        Sigma::Softmax | Sigma::LogSoftmax => any_in_row(moves, moves.ncols()),
    }
}

fn any_in_row(moves: &Array2<bool>, columns: usize) -> Array2<bool> {
    let any = moves.map_axis(Axis(1), |row| row.iter().any(|moves| *moves));
    Array2::from_shape_fn((moves.nrows(), columns), |(i, _)| any[i])
}

/// |z − the nearest kink|.
fn to_kink(function: Function, z: f64) -> f64 {
    match function {
        Function::Relu | Function::Min0 | Function::LeakyRelu(_) | Function::Selu | Function::Abs | Function::Sign => {
            z.abs()
        }
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
        | Function::InverseSqrt(_)
        | Function::Huber(_) => f64::INFINITY,
    }
}

/// Whether the function is constant around z.
fn is_flat(function: Function, z: f64) -> bool {
    match function {
        Function::Relu => z < 0.0,
        Function::Min0 => z > 0.0,
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
        | Function::InverseSqrt(_)
        | Function::Huber(_) => false,
    }
}
