//! The product form with batch-mean gates, and the gradient without biases → how far each is from the gradient, over batch
//! sizes 1, 2, 4, ….

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::Serialize;

use super::{Subject, size::largest};
use crate::{
    evaluate::{
        Arrays, EvaluationError, Inputs,
        arrays::{Role, parameters},
        gradients::{Gradients, Pass},
        scaled::passes,
    },
    expr::SymbolId,
    gradient::{Derivation, Derived},
};

/// A relative error below this is rounding: the arrays count as equal, in text, pictures and data alike.
const ROUNDING: f64 = 1e-12;

/// How far an array a is from the gradient g. What leaves the floats is infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Distance {
    /// max|a − g| / max|g|
    pub largest: f64,
    /// ‖a − g‖/‖g‖
    pub norm: f64,
    /// ‖a‖/‖g‖
    pub length: f64,
    /// ⟨a, g⟩/(‖a‖ ‖g‖); none where a is 0.
    pub cosine: Option<f64>,
}

impl Distance {
    /// Of an array that is the gradient but for rounding.
    const NONE: Self = Self { largest: 0.0, norm: 0.0, length: 1.0, cosine: Some(1.0) };
}

/// An array beside the gradient; as data a distance, or null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Comparison {
    /// How far it is.
    Found(Distance),
    /// The gradient is 0, so that nothing is relative to it.
    Zero,
    /// The gradient has entries that are not finite.
    GradientNotFinite,
    /// The array has, the gradient has not.
    NotFinite,
}

impl Comparison {
    /// How far it is, where that can be said.
    pub fn distance(self) -> Option<Distance> {
        match self {
            Self::Found(distance) => Some(distance),
            Self::Zero | Self::GradientNotFinite | Self::NotFinite => None,
        }
    }
}

/// One W.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layer {
    /// W_l in the layered derivation.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// By batch size.
    pub mean_gates: Vec<Comparison>,
    /// With every b = 0, at the full batch; none where no b is other than 0.
    pub without_biases: Option<Comparison>,
}

/// What is known of leaving biases out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
pub fn approximation(subject: &Subject, product: &Derivation) -> Result<Approximation, EvaluationError> {
    let sizes = sizes(subject.samples());
    let wanted = subject.weights();
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
        exact = layered(subject, &arrays, &wanted)?;
        // Symbols are numbered as the forward pass is built, which both derivations begin with.
        let mean = mean_gates(product, &subject.dims, arrays, &wanted)?;
        for (layer, (exact, mean)) in layers.iter_mut().zip(exact.values().zip(mean.values())) {
            layer.mean_gates.push(compare(mean, exact));
        }
    }
    let biases = biases(subject);
    if biases == Biases::Some {
        let without = layered(subject, &without_biases(subject), &wanted)?;
        for (layer, (exact, without)) in layers.iter_mut().zip(exact.values().zip(without.values())) {
            layer.without_biases = Some(compare(without, exact));
        }
    }
    let gates = matches!(&product.derived, Derived::Gradient(gradient) if !gradient.gates.is_empty());
    Ok(Approximation { sizes, gates, biases, layers })
}

/// 1, 2, 4, …, and all.
pub fn sizes(samples: usize) -> Vec<usize> {
    let powers = std::iter::successors(Some(1_usize), |size| size.checked_mul(2)).take_while(|size| *size < samples);
    powers.chain([samples]).collect()
}

fn biases(subject: &Subject) -> Biases {
    let biases = parameters(&subject.numbers).into_iter().filter(|slot| matches!(slot.role, Role::Bias | Role::Shift));
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
    for slot in parameters(&subject.numbers).into_iter().filter(|slot| matches!(slot.role, Role::Bias | Role::Shift)) {
        if let Some(bias) = arrays.get_mut(&slot.name) {
            bias.fill(0.0);
        }
    }
    arrays
}

/// The layered form; what cancels is 0.
fn layered(subject: &Subject, arrays: &Arrays, wanted: &[SymbolId]) -> Result<Gradients, EvaluationError> {
    let Some(evaluator) = subject.evaluator() else { return Ok(Gradients::new()) };
    let inputs: Inputs<f64> = arrays.iter().map(|(name, array)| (name.clone(), array.to_shared())).collect();
    let passes = passes(evaluator, &inputs)?;
    let mut gradients = Gradients::new();
    for derivative in wanted.iter().filter_map(|variable| evaluator.gradient().by(*variable)) {
        let value = passes.settled(derivative.value)?.map(|value| value.at(0).into_owned());
        gradients.insert(derivative.variable, value.unwrap_or_else(|| Array2::from_elem((1, 1), f64::NAN)));
    }
    Ok(gradients)
}

/// The product form with mean gates.
fn mean_gates(
    derivation: &Derivation,
    dims: &BTreeMap<String, u64>,
    arrays: Arrays,
    wanted: &[SymbolId],
) -> Result<Gradients, EvaluationError> {
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok(Gradients::new()) };
    let pass = Pass::new(&derivation.forward, dims, arrays)?;
    if gradient.gates.is_empty() { pass.whole(gradient, wanted) } else { pass.mean_gates(gradient, wanted) }
}

/// How far `a` is from the gradient `g`.
fn compare(a: &Array2<f64>, g: &Array2<f64>) -> Comparison {
    let is_finite = |array: &Array2<f64>| array.iter().all(|entry| entry.is_finite());
    if !is_finite(g) {
        Comparison::GradientNotFinite
    } else if !is_finite(a) {
        Comparison::NotFinite
    } else if largest(g) == 0.0 {
        Comparison::Zero
    } else {
        Comparison::Found(distance(a, g))
    }
}

/// Each array in multiples of its own largest entry, the difference in those of the larger one, so that no square leaves the
/// floats.
fn distance(a: &Array2<f64>, g: &Array2<f64>) -> Distance {
    let (of_a, of_g) = (largest(a), largest(g));
    let scale = of_a.max(of_g);
    let (mut worst, mut difference, mut own, mut squares, mut product) = (0.0_f64, 0.0, 0.0, 0.0, 0.0);
    for (a, g) in a.iter().zip(g) {
        let apart = a / scale - g / scale;
        worst = worst.max(apart.abs());
        difference += apart * apart;
        let (a, g) = (if of_a == 0.0 { 0.0 } else { a / of_a }, g / of_g);
        own += a * a;
        squares += g * g;
        product += a * g;
    }
    let norm = (difference / squares).sqrt() * (scale / of_g);
    if norm < ROUNDING {
        return Distance::NONE;
    }
    let length = (own / squares).sqrt() * (of_a / of_g);
    let cosine = (own > 0.0).then(|| (product / (own * squares).sqrt()).clamp(-1.0, 1.0));
    Distance { largest: worst * (scale / of_g), norm, length, cosine }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    /// ‖(3, 4)‖ = 5 stretched by t has the length t, the error |t − 1| and the cosine 1, whatever a square of it is.
    #[test]
    fn squares_beyond_the_floats_do_no_harm() {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs();
        for (scale, stretch) in [(1.0, 1e200), (1e-150, 1e160), (1e300, 2.0), (1e-300, 0.5), (1e200, 1e-200)] {
            let g = arr2(&[[3.0, -4.0]]) * scale;
            let Comparison::Found(found) = compare(&(&g * stretch), &g) else { panic!("{scale} {stretch}") };
            let apart = (stretch - 1.0).abs();
            let cosine = found.cosine.expect("not 0");
            assert!(near(found.norm, apart) && near(found.largest, apart), "{found:?}");
            assert!(near(found.length, stretch) && near(cosine, 1.0), "{found:?}");
        }
        let Comparison::Found(found) = compare(&arr2(&[[1e200]]), &arr2(&[[1e-200]])) else {
            panic!("both are finite")
        };
        assert!(found.norm.is_infinite() && found.length.is_infinite(), "{found:?}");
    }

    #[test]
    fn why_there_is_no_distance() {
        let [number, zero, infinite] = [1.0, 0.0, f64::INFINITY].map(|entry| arr2(&[[entry]]));
        let cases = [
            (&number, &zero, Comparison::Zero),
            (&number, &infinite, Comparison::GradientNotFinite),
            (&infinite, &infinite, Comparison::GradientNotFinite),
            (&infinite, &number, Comparison::NotFinite),
            (&arr2(&[[1.0 + 1e-15]]), &number, Comparison::Found(Distance::NONE)),
            (&zero, &number, Comparison::Found(Distance { largest: 1.0, norm: 1.0, length: 0.0, cosine: None })),
        ];
        for (a, g, expected) in cases {
            assert_eq!(compare(a, g), expected, "{a} {g}");
        }
    }
}
