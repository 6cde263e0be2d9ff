//! A norm → which directions its gradient has no part in, and what of the layer before it has no influence.

use ndarray::{Array2, Axis};
use serde::Serialize;

use super::{
    product,
    uses::{Through, Uses, of_layer},
};
use crate::{
    catalog::Activation,
    evaluate::{EvaluationError, Passes},
    expr::{Role, SymbolId},
    insight::{Subject, size::float},
    network::graph::{Layer, Norm, NormKind, Operation, Value},
};

/// What a norm does to the gradient with respect to what comes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Normal {
    /// The layer.
    pub layer: String,
    /// `layer`, `rms` or `batch`: whether it is of rows or of columns, and with a mean.
    pub kind: &'static str,
    /// What is added to the mean square.
    pub epsilon: f64,
    /// The size of the gradient's part along 1, relative to the gradient: of each row, or under `batch` of each column. None
    /// where the norm keeps the mean.
    pub along_ones: Option<f64>,
    /// The same along the normalised row or column.
    pub along_normalised: f64,
    /// The layer before, where its W and b are there for the norm alone.
    pub before: Option<Before>,
}

/// A dense layer without activation whose values go into a norm and nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Before {
    /// The layer.
    pub layer: String,
    /// |⟨W, ∂J/∂W⟩ + ⟨b, ∂J/∂b⟩| relative to the norms of both: what a common scale of W and b has of influence.
    pub scale: f64,
    /// The part of ∂J/∂b along 1, relative to ∂J/∂b: what is added to all of b alike. None where the norm keeps the mean or
    /// there is no b; under `batch` all of ∂J/∂b is 0.
    pub common: Option<f64>,
}

/// The figures of a norm; none where the gradient is 0.
pub fn normal(
    subject: &Subject,
    uses: &Uses,
    passes: &Passes,
    layer: &Layer,
    Norm { kind, epsilon }: Norm,
) -> Result<Option<Normal>, EvaluationError> {
    let forward = passes.evaluator.forward();
    let Some(term) = of_layer(uses, &forward.arena, &layer.label) else { return Ok(None) };
    let is_normal = |symbol: &SymbolId| {
        let symbol = forward.arena.symbol(*symbol);
        let is_result = matches!(symbol.role, Role::Activation | Role::Prediction);
        symbol.label.as_ref() == Some(&layer.label)
            && (if layer.has_gain() { symbol.role == Role::Normalised } else { is_result })
    };
    let normal = forward.definitions.iter().map(|definition| definition.symbol).find(is_normal);
    let (Some(normal), Some(gradient)) = (normal.and_then(|normal| passes.get(normal)), passes.settled(term.value)?)
    else {
        return Ok(None);
    };
    let axis = if kind == NormKind::Batch { Axis(0) } else { Axis(1) };
    let (g, h) = (&gradient.array, &normal.array);
    let size = product(g, g).sqrt();
    if size == 0.0 || !size.is_finite() {
        return Ok(None);
    }
    let along = |direction: &Array2<f64>| {
        let (parts, squares) = ((g * direction).sum_axis(axis), (direction * direction).sum_axis(axis));
        let squares =
            parts.iter().zip(&squares).filter(|(_, square)| **square > 0.0).map(|(part, square)| part * part / square);
        squares.sum::<f64>().sqrt() / size
    };
    Ok(Some(Normal {
        layer: layer.label.to_string(),
        kind: kind.name(),
        epsilon: epsilon.value(),
        along_ones: (kind != NormKind::Rms).then(|| along(&Array2::ones(g.dim()))),
        along_normalised: along(&h.to_owned()),
        before: before(subject, uses, passes, layer, kind)?,
    }))
}

fn before(
    subject: &Subject,
    uses: &Uses,
    passes: &Passes,
    norm: &Layer,
    kind: NormKind,
) -> Result<Option<Before>, EvaluationError> {
    let Value::Layer(place) = norm.sources[0].value else { return Ok(None) };
    let layers = &subject.numbers.layers;
    let layer = &layers[place];
    let is_plain = layer.operation == Operation::Dense && layer.activation == Activation::LINEAR;
    let takers = layers.iter().flat_map(|layer| &layer.sources).filter(|source| source.value == Value::Layer(place));
    if !is_plain || takers.count() > 1 {
        return Ok(None);
    }
    let forward = passes.evaluator.forward();
    let (mut inner, mut arrays, mut gradients, mut common) = (0.0, 0.0, 0.0, None);
    for (variable, terms) in uses {
        let symbol = forward.arena.symbol(*variable);
        let is_own = |through: &Through| *through == Through::Layer(layer.label.to_string());
        if symbol.is_value() || !terms.iter().any(|term| is_own(&term.through)) {
            continue;
        }
        let mut data = terms.iter().filter(|term| term.through != Through::Penalty);
        let (Some(term), None) = (data.next(), data.next()) else { return Ok(None) };
        let (Some(array), Some(gradient)) = (subject.arrays.get(&symbol.key()), passes.gradient(term.value)?) else {
            return Ok(None);
        };
        let gradient = gradient.at(0);
        inner += product(array, &gradient);
        arrays += product(array, array);
        gradients += product(&gradient, &gradient);
        if symbol.role == Role::Bias && kind == NormKind::Layer {
            common = Some(gradient.sum().abs() / (float(gradient.len()) * product(&gradient, &gradient)).sqrt());
        }
    }
    let sizes = (arrays * gradients).sqrt();
    Ok((sizes > 0.0).then(|| Before { layer: layer.label.to_string(), scale: inner.abs() / sizes, common }))
}
