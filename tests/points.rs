//! Points to evaluate at: random arrays, their distance from kinks, their memory, and differences around them.

#![allow(clippy::float_cmp, reason = "distances of exact numbers are exact")]

use std::collections::BTreeSet;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop,
        differences::{self, Verdict},
        draw, kinks, memory,
    },
    network::graph::{Layer, Operation, Parameters, Value},
};
use ndarray::{Array2, Axis, array};

use crate::{
    concrete::{LOSSES, digits, single},
    oracles::networks::{named, network},
};

#[test]
fn a_wrong_gradient_differs_in_elements_and_in_directions() {
    let mut rng = draw::generator(3);
    for width in ["4", "60"] {
        let layers =
            [("1", width, "tanh", Parameters::WeightAndBias), ("2", width, "softmax", Parameters::WeightAndBias)];
        let network = network(["5", width], &layers, "cce");
        let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut rng);
        let mut gradients = backprop::gradients(&network, &arrays).gradients;
        for comparison in differences::compare(&network, &arrays, &gradients, &mut rng) {
            assert_eq!(comparison.verdict(), Verdict::Agrees, "{comparison:?}");
        }
        gradients["W1"][[1, 2]] *= 1.001;
        let verdicts = differences::compare(&network, &arrays, &gradients, &mut rng);
        let wrong: Vec<_> =
            verdicts.iter().filter(|c| c.verdict() != Verdict::Agrees).map(|c| c.name.as_str()).collect();
        assert_eq!(wrong, ["W1"], "{verdicts:?}");
    }
}

#[test]
fn differences_confirm_a_trained_network() {
    let (network, arrays) = digits();
    let gradients = backprop::gradients(&network, &arrays).gradients;
    for comparison in differences::compare(&network, &arrays, &gradients, &mut draw::generator(4)) {
        assert_eq!(comparison.verdict(), Verdict::Agrees, "{comparison:?}");
    }
}

#[test]
fn the_distance_to_a_kink_counts_what_can_move() {
    let distance = |activation: &str, loss: &str, z: &[f64], y: &[f64]| {
        let (network, arrays) = single(named(activation), loss, z, y);
        kinks::distance(&network, &arrays, &backprop::forward(&network, &arrays))
    };
    assert_eq!(distance("relu", "mse", &[0.5, -0.2], &[0.0, 0.0]), 0.2);
    assert_eq!(distance("relu6", "mse", &[5.75, -0.5], &[0.0, 0.0]), 0.25);
    assert_eq!(distance("tanh", "huber", &[0.0], &[1.0]), f64::INFINITY);
    assert_eq!(distance("linear", "mae", &[1.5, -2.0], &[1.0, -2.125]), 0.125);
    assert_eq!(distance("elu", "mse", &[0.0], &[0.0]), f64::INFINITY);

    let (mut network, arrays) = single(named("relu"), "mse", &[0.5, -0.25], &[0.0, 0.0]);
    let mut again = Layer { label: "2".into(), parameters: Parameters::None, ..network.layers[0].clone() };
    (again.operation, again.sources[0].value) = (Operation::Activation, Value::Layer(0));
    network.layers.push(again);
    network.terms[0].prediction = Value::Layer(1);
    let forward = backprop::forward(&network, &arrays);
    assert_eq!(forward.pre_activations[1], array![[0.5, 0.0]]);
    assert_eq!(kinks::distance(&network, &arrays, &forward), 0.25, "the second relu's 0 cannot move");
}

#[test]
fn random_arrays_suit_the_loss_and_repeat_with_the_seed() {
    let layers = [("1", "7", "relu", Parameters::WeightAndBias), ("2", "5", "softmax", Parameters::Weight)];
    for loss in LOSSES {
        let network = network(["6", "3"], &layers, loss);
        let draw = |seed| draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(seed));
        let arrays = draw(5);
        assert_eq!(arrays, draw(5));
        assert_ne!(arrays, draw(6));
        assert_eq!(arrays.keys().collect::<Vec<_>>(), ["X", "W1", "b1", "W2", "Y"]);
        let y = &arrays["Y"];
        match loss {
            "cce" => {
                assert!(y.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-15) && y.iter().all(|y| *y > 0.0));
            }
            "bce" => assert!(y.iter().all(|y| (0.0..1.0).contains(y))),
            "poisson" => assert!(y.iter().all(|y| *y >= 0.0 && y.fract() == 0.0)),
            _ => assert!(y.iter().any(|y| *y < 0.0)),
        }
        let kept = [("W1".to_owned(), Array2::ones((3, 7)))].into_iter().collect();
        assert_eq!(draw::arrays(&network, &kept, 1.0, &mut draw::generator(5))["W1"], Array2::<f64>::ones((3, 7)));
    }
}

#[test]
fn deep_networks_neither_explode_nor_die() {
    for activation in ["linear", "relu", "tanh", "sigmoid", "gelu", "softsign"] {
        let labels: Vec<String> = (1..=50).map(|l| l.to_string()).collect();
        let layers: Vec<_> = labels.iter().map(|l| (l.as_str(), "8", activation, Parameters::WeightAndBias)).collect();
        let network = network(["4", "8"], &layers, "mse");
        let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(7));
        let forward = backprop::forward(&network, &arrays);
        let size = forward.activations[49].fold(0.0_f64, |largest, a| largest.max(a.abs()));
        assert!((1e-3..1e3).contains(&size), "{activation}: {size}");
    }
}

#[test]
fn free_dimensions_get_different_small_numbers() {
    let names: Vec<String> = ["n", "f0", "f1", "f2"].map(str::to_owned).to_vec();
    for seed in 0..50 {
        let numbers = draw::numbers(names.clone(), &BTreeSet::from([3, 4]), &mut draw::generator(seed));
        let different: BTreeSet<_> = numbers.values().collect();
        assert_eq!(different.len(), 4);
        assert!(numbers.values().all(|n| (2..=9).contains(n) && *n != 3 && *n != 4), "{numbers:?}");
    }
    let many: Vec<String> = (0..20).map(|i| format!("f{i}")).collect();
    assert_eq!(draw::numbers(many, &BTreeSet::new(), &mut draw::generator(1)).len(), 20);
}

#[test]
fn memory_beyond_the_limit_is_refused_before_allocation() {
    let layers = [("1", "1000000", "relu", Parameters::WeightAndBias), ("2", "2147483647", "relu", Parameters::Weight)];
    let network = network(["2147483647", "3"], &layers, "mse");
    let error = memory::check(&network, 1 << 30).unwrap_err();
    assert_eq!(error.largest, "Y of 2147483647 × 2147483647");
    let diagnostic = error.diagnostic();
    assert_eq!(diagnostic.kind.status(), 4);
    assert!(diagnostic.title.ends_with("the limit is 1 GiB"), "{}", diagnostic.title);
    assert!(memory::check(&network, u64::MAX).is_err());
    let (network, _) = digits();
    // Twice (parameters 6570, X 128·64, Z and A 2·128·106, Y 128·10) less Y's gradient, in eight bytes each.
    let bytes = 8 * (2 * (6570 + 128 * 64 + 2 * 128 * 106 + 1280) - 1280);
    assert_eq!(memory::estimate(&network), bytes);
    assert!(memory::check(&network, u64::try_from(bytes).unwrap()).is_ok());
    assert!(memory::check(&network, u64::try_from(bytes - 1).unwrap()).is_err());
}
