//! The values of a prediction → whether its loss is defined there: a logarithm asks for numbers above 0.

use ndarray::Array2;

use super::Subject;
use crate::{
    catalog::{Activation, Loss},
    evaluate::backprop,
    network::graph::{Layer, Operation, Term, Value},
};

/// A loss without a value: neither it nor any gradient says anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined {
    /// The loss.
    pub loss: Loss,
    /// The layer whose output it takes, by its number or name.
    pub layer: String,
    /// The samples without a value, and all.
    pub samples: [usize; 2],
    /// The layer as it has to be written, if it is a dense one without activation.
    pub repaired: Option<String>,
    /// The activation that it has to be written without, if it has one.
    pub activation: Option<String>,
}

/// The first loss that has no value on some sample, though the prediction is finite. Only activations whose range is larger than
/// what the loss takes are looked at.
pub fn undefined(subject: &Subject) -> Option<Undefined> {
    let network = &subject.numbers;
    let layer = |term: &Term| match term.prediction {
        Value::Layer(place) => network.layers.get(place).map(|layer| (place, layer)),
        Value::Input(_) => None,
    };
    let is_suspect = |term: &Term, layer: &Layer| !layer.activation.range().is_within(term.loss.domain());
    let mut suspects = network.terms.iter().filter_map(|term| Some((term, layer(term)?)));
    if !suspects.clone().any(|(term, (_, layer))| is_suspect(term, layer)) {
        return None;
    }
    let forward = backprop::forward(network, &subject.arrays);
    suspects.find_map(|(term, (place, layer))| {
        let a = &forward.activations[place];
        let y = match term.target_value {
            Some(Value::Layer(target)) => &forward.activations[target],
            Some(Value::Input(input)) => subject.arrays.get(&*network.inputs[input].name)?,
            None => subject.arrays.get(&*term.target.name)?,
        };
        let samples = without(term, a, y);
        let width = subject.network.layers.get(place).map_or(&layer.output, |layer| &layer.output);
        let activation = (layer.activation != Activation::LINEAR).then(|| layer.activation.to_string());
        let repaired =
            (layer.operation == Operation::Dense).then(|| format!("dense {width} {}", term.loss.companion()));
        (samples > 0).then(|| Undefined {
            loss: term.loss,
            layer: layer.label.to_string(),
            samples: [samples, a.nrows()],
            repaired,
            activation,
        })
    })
}

/// The samples in which a logarithm that counts is of no positive number.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other losses take none")]
fn without(term: &Term, a: &Array2<f64>, y: &Array2<f64>) -> usize {
    let smooth = term.classes.smoothing.is_some();
    let is_none = |a: f64, y: f64| {
        let [of, of_complement] =
            [(y, a), (1.0 - y, 1.0 - a)].map(|(weight, of)| (smooth || weight != 0.0) && of <= 0.0);
        match term.loss {
            Loss::Cce | Loss::Poisson => of,
            Loss::Bce => of || of_complement,
            _ => false,
        }
    };
    let rows = a.rows().into_iter().zip(y.rows());
    rows.filter(|(a, y)| a.iter().zip(y).any(|(a, y)| a.is_finite() && is_none(*a, *y))).count()
}
