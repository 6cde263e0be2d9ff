//! The concrete backprop against a second gradient, hand-computed numbers and another framework's.

use chainrule::{
    catalog::{activation, loss::Reduction},
    evaluate::{
        arrays::{self, Arrays},
        backprop,
    },
    network::graph::{Network, Parameters},
};
use ndarray::{Array2, array};
use rand::{RngExt, SeedableRng};
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

fn uniform(rng: &mut ChaCha8Rng, (rows, columns): (usize, usize), low: f64, high: f64) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.random_range(low..high))
}

/// A 3-4-4-3 network with `activation` in all three places (a parameter-less one between), and values that keep
/// every loss in its domain: the last Z lies in (0.2, 0.8), or below −0.2 where exp and softplus must stay under 1.
pub fn everywhere(activation: &str, loss: &str, rng: &mut ChaCha8Rng) -> (Network, Arrays) {
    use Parameters::{None, WeightAndBias};
    let layers = [
        ("hidden", "4", activation, WeightAndBias),
        ("2", "", activation, None),
        ("3", "3", activation, WeightAndBias),
    ];
    let network = network(["5", "3"], &layers, loss);
    let centre = if matches!(activation, "exp" | "softplus") { -0.6 } else { 0.5 };
    let arrays = arrays::slots(&network)
        .into_iter()
        .map(|slot| {
            let size = slot.size().expect("numbers");
            let value = match slot.name.as_str() {
                "W3" => uniform(rng, size, -0.01, 0.01),
                "b3" => uniform(rng, size, centre - 0.2, centre + 0.2),
                "Y" => uniform(rng, size, 0.0, 1.0),
                _ => uniform(rng, size, -0.9, 0.9),
            };
            (slot.name, value)
        })
        .collect();
    (network, arrays)
}

#[test]
fn all_activations_losses_and_reductions_agree_with_scalar_reverse_mode() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for entry in activation::TABLE {
        for loss in LOSSES {
            for (reduction, value) in Reduction::TABLE {
                let (mut network, arrays) = everywhere(entry.name, loss, &mut rng);
                network.reduction = value;
                let concrete = backprop::gradients(&network, &arrays);
                let (expected, gradients) = scalar::gradients(&network, &arrays);
                let case = format!("{} {loss} {reduction}", entry.name);
                assert!(concrete.loss.is_finite(), "{case}: the loss is {}", concrete.loss);
                assert!(
                    (concrete.loss - expected).abs() <= 1e-13 * expected.abs(),
                    "{case}: {} {expected}",
                    concrete.loss
                );
                assert_eq!(concrete.gradients.keys().collect::<Vec<_>>(), gradients.keys().collect::<Vec<_>>());
                for (name, gradient) in &concrete.gradients {
                    let error = distance(gradient, &gradients[name]);
                    assert!(error < 1e-12, "{case}: {name} is off by {error:e}\n{gradient}\n{}", gradients[name]);
                }
            }
        }
    }
}
