//! The interventions, as a table: what is changed, what is held, and what is expected of which gradients.

use ndarray::ArcArray2;

use super::{
    statement::Statement,
    trial::{Base, Change, Effect, Expected, Held, Intervention},
};
use crate::{
    catalog::Activation,
    evaluate::{Arrays, Unit},
    insight::{
        influence::{Factor, Reading},
        model::Parameter,
    },
};

/// X, the error and every W doubled. What is 0 is not.
pub fn doubled(base: &Base, readings: &[Reading]) -> Vec<Intervention> {
    let (error, input) = (("error".to_owned(), Factor::Error), (base.model.input(), Factor::Input));
    let weights = base.parameters.iter().filter(|parameter| !parameter.is_bias);
    let weights = weights.map(|weight| (weight.key.clone(), Factor::Weight(weight.layer)));
    let change = |name: &str, factor| {
        if factor == Factor::Error {
            Some(Change::DoubledError)
        } else {
            let array = base.inputs.get(name).filter(|array| array.iter().any(|entry| *entry != 0.0))?;
            Some(Change::Array(name.to_owned(), (array * 2.0).into_shared()))
        }
    };
    let intervention = |(name, factor): (String, Factor)| {
        let all = base.parameters.iter().zip(readings).enumerate();
        let expected = all.flat_map(|(place, (parameter, reading))| {
            let Parameter { layer, is_bias, .. } = *parameter;
            let is_factor = reading.direct.contains(&factor) || factor == Factor::Error;
            let is_earlier = factor == Factor::Input || matches!(factor, Factor::Weight(k) if k <= layer);
            let is_later_weight = factor != Factor::Error && !is_earlier;
            let cases = [
                (factor == Factor::Weight(layer) && !is_bias, (Effect::OwnWeight, Expected::Unchanged)),
                (is_bias && is_factor && is_later_weight, (Effect::LaterLayerPresent, Expected::Changed)),
                (is_bias && !is_factor, (Effect::EarlierLayerAbsent, Expected::Unchanged)),
                (is_factor && is_earlier, (Effect::EarlierDoubles, Expected::Doubled)),
                (is_factor && is_earlier, (Effect::EarlierAffine, Expected::Affine)),
                (is_factor && !is_earlier, (Effect::LaterDoubles, Expected::Doubled)),
            ];
            let expected = cases.into_iter().filter(|(is, _)| *is);
            expected.map(move |(_, (effect, expected))| (effect, place, expected))
        });
        Some(Intervention {
            change: change(&name, factor)?,
            name,
            held: Held::ALL.to_vec(),
            expected: expected.collect(),
        })
    };
    [error, input].into_iter().chain(weights).filter_map(intervention).collect()
}

/// Every b moved along a random row of its size, or of size 1 where it is 0.
pub fn moved_biases(base: &Base, readings: &[Reading], directions: &Arrays) -> Vec<Intervention> {
    let intervention = |place: usize| {
        let moved = &base.parameters[place];
        let (b, direction) = (base.inputs.get(&moved.key)?, directions.get(&moved.key)?);
        let size = b.iter().fold(0.0_f64, |size, b| size.max(b.abs()));
        let array: ArcArray2<f64> = (b + &(direction * if size > 0.0 { size } else { 1.0 })).into_shared();
        let all = base.parameters.iter().zip(readings).enumerate();
        let expected = all.filter_map(|(place, (parameter, reading))| {
            if parameter.is_bias || moved.layer >= parameter.layer {
                return Some((Effect::BiasAbsent, place, Expected::Unchanged));
            }
            let is_factor = reading.direct.contains(&Factor::Bias(moved.layer));
            is_factor.then_some((Effect::BiasPresent, place, Expected::Changed))
        });
        let expected = expected.collect();
        let change = Change::Array(moved.key.clone(), array);
        Some(Intervention { name: moved.key.clone(), change, held: Held::ALL.to_vec(), expected })
    };
    let biases = (0..base.parameters.len()).filter(|place| base.parameters[*place].is_bias);
    biases.filter_map(intervention).collect()
}

/// The gates of each hidden layer among `layers` at 0. A linear activation has none.
pub fn gates_off(base: &Base, layers: &[usize], readings: &[Reading]) -> Vec<Intervention> {
    let network = &base.model.network.layers;
    let has_gate = |layer: &&usize| **layer + 1 < network.len() && network[**layer].activation != Activation::LINEAR;
    let intervention = |layer: &usize| {
        let expected = base.parameters.iter().zip(readings).enumerate().map(|(place, (parameter, reading))| {
            let is_factor = parameter.layer <= *layer && reading.direct.contains(&Factor::Gate(*layer));
            (Effect::Gate, place, if is_factor { Expected::Changed } else { Expected::Unchanged })
        });
        let (name, change) = (network[*layer].label.to_string(), Change::GateOff(*layer));
        Intervention { name, change, held: vec![Held::ErrorAndGates], expected: expected.collect() }
    };
    layers.iter().filter(has_gate).map(intervention).collect()
}

/// Units off, one at a time.
pub fn units_off(base: &Base, units: &[Unit]) -> Vec<Intervention> {
    let intervention = |unit: &Unit| {
        let label = base.model.network.layers.get(unit.layer).map_or("", |layer| &*layer.label);
        let expected = (0..base.parameters.len()).map(|place| (Effect::UnitOff, place, Expected::NoLarger)).collect();
        let name = format!("{label}:{}", unit.column + 1);
        Intervention { name, change: Change::Ablation(*unit), held: Held::ALL.to_vec(), expected }
    };
    units.iter().map(intervention).collect()
}

/// Of `table`, what belongs to the claims that hold at a point with no more held than this, tried with as much held.
pub fn only(table: &[Intervention], claims: &[(Statement, Held)]) -> Vec<Intervention> {
    let of_claim = |(statement, held): &(Statement, Held), intervention: &Intervention| {
        let is_of = |(effect, ..): &&(Effect, usize, Expected)| statement.effects().contains(effect);
        let expected: Vec<_> = intervention.expected.iter().filter(is_of).copied().collect();
        (!expected.is_empty()).then(|| Intervention { held: vec![*held], expected, ..intervention.clone() })
    };
    table.iter().flat_map(|intervention| claims.iter().filter_map(move |claim| of_claim(claim, intervention))).collect()
}
