//! The product form with batch-mean gates, and the gradient without biases → how far each is from the gradient, over batch
//! sizes 1, 2, 4, ….

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::Serialize;

use super::{Subject, flow::layers::weights};
use crate::{
    evaluate::{
        arrays::{Arrays, Role, parameters},
        eval::EvaluationError,
        gradients::{Gradients, Pass},
    },
    expr::SymbolId,
    gradient::{Derivation, Derived},
};

/// How far an array is from the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Distance {
    /// max|a − g| / max|g|
    pub largest: f64,
    /// ‖a − g‖/‖g‖
    pub norm: f64,
    /// ⟨a, g⟩/(‖a‖ ‖g‖); none where a is 0.
    pub cosine: Option<f64>,
}

/// One W.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// W_l in the layered derivation.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// By batch size; none where the gradient is 0 or no number.
    pub mean_gates: Vec<Option<Distance>>,
    /// With every b = 0, at the full batch.
    pub without_biases: Option<Distance>,
}

/// What is known of leaving biases out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Biases {
    /// The network has none.
    None,
    /// All are 0, so that leaving them out changes nothing.
    Zero,
    /// Some are not.
    Some,
}

/// All layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Approximation {
    /// How many samples, from the first on, each column looks at.
    pub sizes: Vec<usize>,
    /// Whether there is a gate at all; without one the product form is exact.
    pub gates: bool,
    /// What is left out where biases are.
    pub biases: Biases,
    /// One a W, the first layer first.
    pub layers: Vec<Layer>,
}

/// Measures both at every batch size.
///
/// # Errors
/// An array or a dimension is missing.
pub fn approximation(subject: &Subject) -> Result<Approximation, EvaluationError> {
    let sizes = sizes(subject.samples());
    let wanted = weights(subject);
    let arena = &subject.layered.forward.arena;
    let named = |variable: &SymbolId| Layer {
        variable: *variable,
        name: arena.symbol(*variable).key(),
        mean_gates: Vec::new(),
        without_biases: None,
    };
    let mut layers: Vec<Layer> = wanted.iter().map(named).collect();
    let mut exact = Gradients::new();
    for size in &sizes {
        let mut arrays = subject.arrays.clone();
        arrays.extend(subject.first(*size));
        exact = gradients(&subject.layered, &subject.dims, arrays.clone(), &wanted)?;
        // Symbols are numbered as the forward pass is built, which both derivations begin with.
        let mean = gradients(&subject.product, &subject.dims, arrays, &wanted)?;
        for (layer, (exact, mean)) in layers.iter_mut().zip(exact.values().zip(mean.values())) {
            layer.mean_gates.push(distance(mean, exact));
        }
    }
    let biases = biases(subject);
    if biases == Biases::Some {
        let without = gradients(&subject.layered, &subject.dims, without_biases(subject), &wanted)?;
        for (layer, (exact, without)) in layers.iter_mut().zip(exact.values().zip(without.values())) {
            layer.without_biases = distance(without, exact);
        }
    }
    let gates = matches!(&subject.product.derived, Derived::Gradient(gradient) if !gradient.gates.is_empty());
    Ok(Approximation { sizes, gates, biases, layers })
}

/// 1, 2, 4, …, and all.
#[must_use]
pub fn sizes(samples: usize) -> Vec<usize> {
    let powers = std::iter::successors(Some(1_usize), |size| size.checked_mul(2)).take_while(|size| *size < samples);
    powers.chain([samples]).collect()
}

fn biases(subject: &Subject) -> Biases {
    let biases = parameters(&subject.numbers).into_iter().filter(|slot| slot.role == Role::Bias);
    let biases: Vec<&Array2<f64>> = biases.filter_map(|slot| subject.arrays.get(&slot.name)).collect();
    match biases.iter().any(|bias| bias.iter().any(|b| *b != 0.0)) {
        true => Biases::Some,
        false if biases.is_empty() => Biases::None,
        false => Biases::Zero,
    }
}

/// The gradient of a network without biases is that of this one with every b = 0.
fn without_biases(subject: &Subject) -> Arrays {
    let mut arrays = subject.arrays.clone();
    for slot in parameters(&subject.numbers).into_iter().filter(|slot| slot.role == Role::Bias) {
        if let Some(bias) = arrays.get_mut(&slot.name) {
            bias.fill(0.0);
        }
    }
    arrays
}

/// The layered form as it is, the product form with mean gates.
fn gradients(
    derivation: &Derivation,
    dims: &BTreeMap<String, u64>,
    arrays: Arrays,
    wanted: &[SymbolId],
) -> Result<Gradients, EvaluationError> {
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok(Gradients::new()) };
    let pass = Pass::new(&derivation.forward, dims, arrays)?;
    if gradient.gates.is_empty() { pass.whole(gradient, wanted) } else { pass.mean_gates(gradient, wanted) }
}

/// In multiples of the gradient's largest entry, so that no square leaves the floats.
fn distance(a: &Array2<f64>, g: &Array2<f64>) -> Option<Distance> {
    let largest = g.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
    let finite = a.iter().chain(g).all(|entry| entry.is_finite());
    if largest == 0.0 || !finite {
        return None;
    }
    let (mut difference, mut worst, mut squares, mut own, mut product) = (0.0, 0.0_f64, 0.0, 0.0, 0.0);
    for (a, g) in a.iter().zip(g) {
        let (a, g) = (a / largest, g / largest);
        difference += (a - g) * (a - g);
        worst = worst.max((a - g).abs());
        squares += g * g;
        own += a * a;
        product += a * g;
    }
    let (norm, size) = (squares.sqrt(), own.sqrt());
    let cosine = (size > 0.0 && size.is_finite()).then(|| (product / (size * norm)).clamp(-1.0, 1.0));
    Some(Distance { largest: worst, norm: difference.sqrt() / norm, cosine })
}
