//! What each kind of layer makes of the values that come in, and what it hands back to them.

use ndarray::{Array2, ArrayView2, Axis, Slice, concatenate};

use super::over_samples;
use crate::{
    evaluate::arrays::{Arrays, symbol},
    network::graph::{Layer, Norm, NormKind, Operation, Sum},
};

/// Z, or A of a layer without a Z.
pub(super) fn apply(layer: &Layer, values: &[&Array2<f64>], arrays: &Arrays) -> Array2<f64> {
    let [first, rest @ ..] = values else { return Array2::default((0, 0)) };
    match layer.operation {
        Operation::Dense | Operation::Tied => dense(layer, values, arrays),
        Operation::Activation => (*first).clone(),
        Operation::Sum(kind) => {
            let mut sum = (*first).clone();
            for value in rest {
                if kind == Sum::Subtract {
                    sum -= *value;
                } else {
                    sum += *value;
                }
            }
            sum
        }
        Operation::Product => rest.iter().fold((*first).clone(), |product, value| product * *value),
        Operation::Concat => {
            let views: Vec<ArrayView2<f64>> = values.iter().map(|value| value.view()).collect();
            concatenate(Axis(1), &views).expect("all values have a row for each sample")
        }
        Operation::Norm(norm) => scaled(layer, arrays, normalised(norm, first)),
        Operation::FixedNorm { epsilon } => scaled(layer, arrays, fixed(layer, epsilon.value(), first, arrays)),
        Operation::Dropout { .. } => *first * &arrays[&symbol("M", &layer.label)],
    }
}

/// H s + b, or H of a norm without them.
fn scaled(layer: &Layer, arrays: &Arrays, normal: Array2<f64>) -> Array2<f64> {
    if layer.has_gain() {
        normal * &arrays[&symbol("s", &layer.owner)] + &arrays[&symbol("b", &layer.owner)]
    } else {
        normal
    }
}

/// (a − μ)/√(v + ε) of each feature.
fn fixed(layer: &Layer, epsilon: f64, a: &Array2<f64>, arrays: &Arrays) -> Array2<f64> {
    (a - &arrays[&symbol("mu", &layer.label)]) / deviations(layer, epsilon, arrays)
}

/// √(v + ε), a row.
fn deviations(layer: &Layer, epsilon: f64, arrays: &Arrays) -> Array2<f64> {
    arrays[&symbol("v", &layer.label)].mapv(|variance| (variance + epsilon).sqrt())
}

/// Σ A W + 1 b, with Wᵀ in a tied layer.
fn dense(layer: &Layer, values: &[&Array2<f64>], arrays: &Arrays) -> Array2<f64> {
    let product = |(value, source): (&&Array2<f64>, &crate::network::graph::Source)| {
        let weight = &arrays[&symbol("W", &source.weight)];
        if layer.operation == Operation::Tied { value.dot(&weight.t()) } else { value.dot(weight) }
    };
    let mut products = values.iter().zip(&layer.sources).map(product);
    let first = products.next().unwrap_or_default();
    let mut z = products.fold(first, |sum, product| sum + product);
    if layer.has_bias() {
        z += &arrays[&symbol("b", &layer.owner)];
    }
    z
}

/// What a layer hands back.
pub(super) struct Pulled {
    /// ∂J/∂ each value that came in.
    pub values: Vec<Array2<f64>>,
    /// ∂J/∂ each parameter.
    pub parameters: Vec<(String, Array2<f64>)>,
}

/// What a layer hands back of Δ = ∂J/∂Z, or of ∂J/∂A where it has no Z.
pub(super) fn pull_back(layer: &Layer, values: &[&Array2<f64>], arrays: &Arrays, delta: &Array2<f64>) -> Pulled {
    let mut parameters = Vec::new();
    let values = match layer.operation {
        Operation::Dense | Operation::Tied => {
            let mut handed = Vec::with_capacity(values.len());
            for (value, source) in values.iter().zip(&layer.sources) {
                let name = symbol("W", &source.weight);
                let weight = &arrays[&name];
                let (back, own) = if layer.operation == Operation::Tied {
                    (delta.dot(weight), delta.t().dot(*value))
                } else {
                    (delta.dot(&weight.t()), value.t().dot(delta))
                };
                handed.push(back);
                parameters.push((name, own));
            }
            handed
        }
        Operation::Activation => vec![delta.clone()],
        Operation::Sum(kind) => {
            let sign = if kind == Sum::Subtract { -1.0 } else { 1.0 };
            (0..values.len()).map(|i| if i == 0 { delta.clone() } else { delta * sign }).collect()
        }
        Operation::Product => {
            let others = |i: usize| values.iter().enumerate().filter(move |(j, _)| *j != i).map(|(_, value)| *value);
            (0..values.len()).map(|i| others(i).fold(delta.clone(), |product, value| product * value)).collect()
        }
        Operation::Concat => {
            let mut start = 0;
            let mut part = |value: &&Array2<f64>| {
                let part = delta.slice_axis(Axis(1), Slice::from(start..start + value.ncols())).to_owned();
                start += value.ncols();
                part
            };
            values.iter().map(&mut part).collect()
        }
        Operation::Norm(norm) => {
            let incoming = gained(layer, arrays, delta, &mut parameters, || normalised(norm, values[0]));
            vec![norm_pull_back(norm, values[0], &incoming)]
        }
        Operation::FixedNorm { epsilon } => {
            let normal = || fixed(layer, epsilon.value(), values[0], arrays);
            let incoming = gained(layer, arrays, delta, &mut parameters, normal);
            vec![incoming / deviations(layer, epsilon.value(), arrays)]
        }
        Operation::Dropout { .. } => vec![delta * &arrays[&symbol("M", &layer.label)]],
    };
    if layer.has_bias() {
        parameters.push((symbol("b", &layer.owner), over_samples(delta)));
    }
    Pulled { values, parameters }
}

/// ∂J/∂H of a norm from ∂J/∂A, where ∂J/∂s comes on the way.
fn gained(
    layer: &Layer,
    arrays: &Arrays,
    delta: &Array2<f64>,
    parameters: &mut Vec<(String, Array2<f64>)>,
    normal: impl Fn() -> Array2<f64>,
) -> Array2<f64> {
    if !layer.has_gain() {
        return delta.clone();
    }
    let gain = symbol("s", &layer.owner);
    let handed = delta * &arrays[&gain];
    parameters.push((gain, over_samples(&(delta * &normal()))));
    handed
}

/// The entries over which a norm takes its means, a row each.
fn oriented(norm: Norm, a: &Array2<f64>) -> Array2<f64> {
    if norm.kind == NormKind::Batch { a.t().to_owned() } else { a.clone() }
}

/// The entries without their mean, and 1/√(variance + ε), of each row.
fn statistics(norm: Norm, rows: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let mut centred = rows.clone();
    if norm.kind != NormKind::Rms {
        for mut row in centred.rows_mut() {
            let mean = row.mean().unwrap_or(0.0);
            row -= mean;
        }
    }
    let scale = centred.map_axis(Axis(1), |row| {
        let variance = row.iter().map(|x| x * x).sum::<f64>() / count(row.len());
        1.0 / (variance + norm.epsilon.value()).sqrt()
    });
    (centred, scale.insert_axis(Axis(1)))
}

fn normalised(norm: Norm, a: &Array2<f64>) -> Array2<f64> {
    let (centred, scale) = statistics(norm, &oriented(norm, a));
    oriented(norm, &(centred * scale))
}

/// ∂J/∂A from ∂J/∂H = G, by way of the variance v and the mean μ of each row c = a − μ:
/// ∂J/∂v = −½ Σ G c (v + ε)^(−3/2), ∂J/∂c = G (v + ε)^(−½) + ∂J/∂v 2c/f, ∂J/∂a = ∂J/∂c − mean of ∂J/∂c.
fn norm_pull_back(norm: Norm, a: &Array2<f64>, g: &Array2<f64>) -> Array2<f64> {
    let (centred, scale) = statistics(norm, &oriented(norm, a));
    let g = oriented(norm, g);
    let mut result = Array2::zeros(g.dim());
    for (i, mut row) in result.rows_mut().into_iter().enumerate() {
        let (c, g, r) = (centred.row(i), g.row(i), scale[[i, 0]]);
        let width = count(c.len());
        let by_variance = -0.5 * r * r * r * c.iter().zip(g).map(|(c, g)| c * g).sum::<f64>();
        for (entry, (c, g)) in row.iter_mut().zip(c.iter().zip(g)) {
            *entry = g * r + by_variance * 2.0 * c / width;
        }
        if norm.kind != NormKind::Rms {
            let mean = row.sum() / width;
            row -= mean;
        }
    }
    oriented(norm, &result)
}

#[allow(clippy::cast_precision_loss, reason = "dimensions are below 2³¹")]
fn count(n: usize) -> f64 {
    n as f64
}
