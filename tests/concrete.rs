//! The concrete backprop against a second gradient, hand-computed numbers and another framework's.

#![allow(clippy::float_cmp, reason = "slopes at kinks are exact")]

use chainrule::{
    catalog::{
        activation::{self, Activation},
        loss::Reduction,
    },
    evaluate::{
        arrays::{self, Arrays, Slot},
        backprop,
        differences::{self, Verdict},
        draw, files, kinks,
    },
    network::{
        graph::{Network, Parameters},
        variant::with_reduction,
    },
};
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::oracles::{
    networks::{named, network},
    scalar,
};

pub const LOSSES: [&str; 7] = ["half_mse", "mse", "mae", "huber", "bce", "cce", "poisson"];

/// max|a − b| / max|b|, infinite if anything is not finite.
pub fn distance(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    let largest = b.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let difference =
        (a - b).iter().fold(0.0_f64, |largest, x| if x.is_finite() { largest.max(x.abs()) } else { f64::INFINITY });
    if difference == 0.0 { 0.0 } else { difference / largest }
}

/// Every activation, loss and reduction: a 3-4-4-3 network with the activation in all three places (a parameter-less
/// one between), and values that keep every loss in its domain: the last Z lies about 0.5, or −0.6 where exp and
/// softplus must stay under 1.
pub fn everything(rng: &mut ChaCha8Rng, check: impl Fn(&str, &Network, &Arrays)) {
    use Parameters::{None, WeightAndBias};
    for entry in crate::common::activations() {
        let layers = [
            ("hidden", "4", entry.name, WeightAndBias),
            ("2", "", entry.name, None),
            ("3", "3", entry.name, WeightAndBias),
        ];
        for loss in LOSSES {
            for (reduction, value) in Reduction::TABLE {
                let network = with_reduction(&network(["5", "3"], &layers, loss), value);
                let case = format!("{} {loss} {reduction}", entry.name);
                let arrays = (0..100).map(|_| in_domain(&network, rng)).find(|arrays| is_clear(&network, arrays));
                check(&case, &network, &arrays.expect(&case));
            }
        }
    }
}

fn in_domain(network: &Network, rng: &mut ChaCha8Rng) -> Arrays {
    let below_one = [named("exp"), named("softplus")].contains(&network.layers[2].activation);
    let centre = if below_one { -0.6 } else { 0.5 };
    let draw = |slot: Slot| {
        let (low, high) = match slot.name.as_str() {
            "W3" => (-0.01, 0.01),
            "b3" => (centre - 0.2, centre + 0.2),
            "Y" => (0.0, 1.0),
            _ => (-0.9, 0.9),
        };
        let array = Array2::from_shape_simple_fn(slot.size().expect("numbers"), || rng.random_range(low..high));
        (slot.name, array)
    };
    arrays::slots(network).into_iter().map(draw).collect()
}

/// Away from kinks and poles, and with no gradient that is 0 everywhere and so shows nothing.
fn is_clear(network: &Network, arrays: &Arrays) -> bool {
    let zero = |gradient: &Array2<f64>| gradient.iter().all(|g| *g == 0.0);
    let concrete = backprop::gradients(network, arrays);
    kinks::distance(network, arrays, &backprop::forward(network, arrays)) > 1e-4
        && concrete.loss.is_finite()
        && !concrete.gradients.values().any(zero)
}

#[test]
fn all_activations_losses_and_reductions_agree_with_scalar_reverse_mode() {
    everything(&mut draw::generator(1), |case, network, arrays| {
        let concrete = backprop::gradients(network, arrays);
        let (loss, gradients) = scalar::gradients(network, arrays);
        assert!((concrete.loss - loss).abs() <= 1e-13 * loss.abs(), "{case}: {} {loss}", concrete.loss);
        assert_eq!(concrete.gradients.keys().collect::<Vec<_>>(), gradients.keys().collect::<Vec<_>>());
        for (name, gradient) in &concrete.gradients {
            let error = distance(gradient, &gradients[name]);
            assert!(error < 1e-11, "{case}: {name} is off by {error:e}\n{gradient}\n{}", gradients[name]);
        }
    });
}

#[test]
fn all_activations_losses_and_reductions_agree_with_differences() {
    everything(&mut draw::generator(2), |case, network, arrays| {
        let gradients = backprop::gradients(network, arrays).gradients;
        for comparison in differences::compare(network, arrays, &gradients, &mut draw::generator(3)) {
            assert_eq!(comparison.verdict(), Verdict::Agrees, "{case}: {comparison:?}");
        }
    });
}

pub fn digits() -> (Network, Arrays) {
    use Parameters::WeightAndBias;
    let layers =
        [("1", "64", "relu", WeightAndBias), ("2", "32", "relu", WeightAndBias), ("3", "10", "softmax", WeightAndBias)];
    let mut arrays = file("params.safetensors");
    arrays.extend(file("batch.npz"));
    (network(["128", "64"], &layers, "cce"), arrays)
}

fn file(name: &str) -> Arrays {
    let path = format!("{}/tests/data/digits/{name}", env!("CARGO_MANIFEST_DIR"));
    files::decode(&std::fs::read(&path).expect(&path), 1 << 30).expect(name)
}

#[test]
fn the_gradients_of_another_framework_are_reproduced() {
    let (network, arrays) = digits();
    let concrete = backprop::gradients(&network, &arrays);
    assert!((concrete.loss / 0.297_955_435_917_350_13 - 1.0).abs() < 1e-14, "{}", concrete.loss);
    let expected = file("gradients.npz");
    assert_eq!(expected.len(), 7);
    for (name, gradient) in expected {
        let error = distance(&concrete.gradients[&name], &gradient);
        assert!(error < 1e-12, "{name} is off by {error:e}");
    }
}

/// One sample through a layer of weight I, so that Z is `z`; J is the sum of the elements' losses.
pub fn single(activation: Activation, loss: &str, z: &[f64], y: &[f64]) -> (Network, Arrays) {
    let width = z.len().to_string();
    let mut network = network(["1", &width], &[("1", &width, "linear", Parameters::Weight)], loss);
    network.terms[0].reduction = Reduction::Sum;
    network.layers[0].activation = activation;
    let row = |values: &[f64]| Array2::from_shape_vec((1, values.len()), values.to_vec()).expect("a row");
    let arrays = [("X", row(z)), ("W1", Array2::eye(z.len())), ("Y", row(y))];
    (network, arrays.into_iter().map(|(name, array)| (name.to_owned(), array)).collect())
}

/// Activation, loss, z, y; J and ∂J/∂Z.
type Case = (&'static str, &'static str, &'static [f64], &'static [f64], f64, &'static [f64]);

#[test]
fn loss_and_gradient_stay_finite_for_large_z() {
    use std::f64::consts::LN_2;
    // The limits, by hand: ln sigmoid(−800) = −800, and so on.
    let cases: [Case; 17] = [
        ("sigmoid", "bce", &[800.0, -800.0], &[0.0, 1.0], 1600.0, &[1.0, -1.0]),
        ("sigmoid", "bce", &[800.0, -800.0], &[1.0, 0.0], 0.0, &[0.0, 0.0]),
        ("sigmoid", "bce", &[40.0, -40.0], &[0.25, 0.25], 40.0, &[0.75, -0.25]),
        ("sigmoid", "cce", &[-800.0, 800.0], &[0.5, 0.5], 400.0, &[-0.5, 0.0]),
        ("sigmoid", "poisson", &[-800.0, 800.0], &[2.0, 2.0], 1601.0, &[-2.0, 0.0]),
        ("softmax", "cce", &[800.0, -800.0, 0.0], &[0.0, 1.0, 0.0], 1600.0, &[1.0, -1.0, 0.0]),
        ("softmax", "cce", &[800.0, -800.0, 0.0], &[0.5, 2.0, 0.0], 3200.0, &[2.0, -2.0, 0.0]),
        ("softmax", "poisson", &[800.0, -800.0, 0.0], &[0.5, 2.0, 0.0], 3201.0, &[2.0, -2.0, 0.0]),
        ("softmax", "bce", &[800.0, -800.0, 0.0], &[1.0, 0.0, 0.0], 0.0, &[0.0, 0.0, 0.0]),
        ("softmax", "bce", &[800.0, -800.0, 0.0], &[0.0, 0.0, 1.0], 1600.0, &[2.0, 0.0, -2.0]),
        ("softmax", "mse", &[800.0, -800.0, 0.0], &[0.0, 0.0, 1.0], 2.0, &[0.0, 0.0, 0.0]),
        ("exp", "poisson", &[-800.0], &[3.0], 2400.0, &[-3.0]),
        ("exp", "cce", &[-800.0, 800.0], &[1.0, 3.0], -1600.0, &[-1.0, -3.0]),
        ("exp", "bce", &[-800.0], &[0.5], 400.0, &[-0.5]),
        ("softplus", "cce", &[-800.0], &[1.0], 800.0, &[-1.0]),
        ("softplus", "poisson", &[-800.0, -40.0], &[2.0, 1.0], 1640.0, &[-2.0, -1.0]),
        ("tanh", "bce", &[800.0], &[0.0], 1600.0 - LN_2, &[2.0]),
    ];
    for (activation, loss, z, y, j, delta) in cases {
        let (network, arrays) = single(named(activation), loss, z, y);
        let concrete = backprop::gradients(&network, &arrays);
        let case = format!("{activation} {loss} {z:?} {y:?}");
        assert!((concrete.loss - j).abs() < 1e-12 * j.abs().max(1.0), "{case}: J = {}", concrete.loss);
        for (found, expected) in concrete.gradients["Z1"].iter().zip(delta) {
            assert!((found - expected).abs() < 1e-14, "{case}: {}", concrete.gradients["Z1"]);
        }
    }
}

#[test]
fn at_a_kink_the_derivative_is_that_of_the_lower_branch() {
    let cases = [
        ("relu", None, 0.0, 0.0),
        ("relu6", None, 0.0, 0.0),
        ("relu6", None, 6.0, 1.0),
        ("relu6", None, 6.5, 0.0),
        ("leaky_relu", None, 0.0, 0.01),
        ("leaky_relu", Some(0.3), 0.0, 0.3),
        ("elu", None, 0.0, 1.0),
        ("elu", Some(2.0), 0.0, 2.0),
        ("selu", None, 0.0, 1.758_099_340_847_376_6),
        ("abs", None, 0.0, 0.0),
    ];
    for (name, parameter, z, slope) in cases {
        let activation = activation::find(name, parameter).expect(name);
        let (network, mut arrays) = single(activation, "half_mse", &[z], &[0.0]);
        // With ŷ − y = 1 the gradient is the slope.
        arrays["Y"] = &backprop::forward(&network, &arrays).activations[0] - 1.0;
        let found = backprop::gradients(&network, &arrays).gradients["Z1"][[0, 0]];
        assert!((found - slope).abs() < 1e-15, "{activation}'({z}) is {found}");
    }
}

#[test]
fn at_a_kink_of_a_loss_the_derivative_is_that_of_the_definition() {
    let cases = [
        ("mae", 0.0, 0.0),
        ("mae", 0.5, 1.0),
        ("mae", -0.5, -1.0),
        ("huber", 1.0, 1.0),
        ("huber", -1.5, -1.0),
        ("huber", 0.5, 0.5),
    ];
    for (loss, d, slope) in cases {
        let (network, arrays) = single(named("linear"), loss, &[2.0 + d], &[2.0]);
        assert_eq!(backprop::gradients(&network, &arrays).gradients["A1"][[0, 0]], slope, "{loss} at {d}");
    }
}
