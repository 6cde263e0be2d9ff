//! Verification: what holds, what is left out, and what is said of it.

use chainrule::{
    evaluate::bindings::Source,
    network::{graph::Network, resolve},
    pipeline::{ArrayReport, Options, Verification, verify},
    spec,
};

use crate::common;

fn network(text: &str) -> Network {
    let spec = spec::parse(text).expect("parses");
    resolve(&spec, &[]).network.expect("resolves")
}

fn random(text: &str, trials: usize) -> Verification {
    verify(&network(text), None, None, Options { trials, ..Options::default() }).expect("verifies")
}

#[test]
fn every_valid_network_holds() {
    insta::glob!("specs/valid/*.net", |path| {
        let found = random(&common::read(path), 3);
        assert!(found.holds() && found.compared() > 0, "{}\n{found}", path.display());
        assert!(found.arrays.values().all(|array| array.differences.is_some()), "{found}");
    });
}

#[test]
fn a_shared_gate_is_an_approximation_and_one_sample_is_exact() {
    let three = "input X [n, f0]\ndense f1 relu\ndense f2 relu\ndense f3\nloss half_mse";
    let batch = random(&format!("let n = 6, f0 = 4, f1 = 5, f2 = 3, f3 = 2\n{three}"), 1);
    assert!(batch.arrays["W1"].mean_gates > 0.1 && batch.arrays["W3"].mean_gates < 1e-12, "{batch}");
    let alone = random(&format!("let n = 1, f0 = 4, f1 = 5, f2 = 3, f3 = 2\n{three}"), 1);
    assert!(alone.arrays.values().all(|array| array.mean_gates < 1e-12), "{alone}");
}

#[test]
fn an_undefined_loss_is_not_called_equal() {
    let found = random("input X [40, 3]\ndense 8 tanh\nloss bce", 2);
    assert_eq!(found.compared(), 0);
    assert!(found.to_string().contains("Not checked"), "{found}");
}

#[test]
fn a_gradient_that_is_always_zero_is_not_called_equal() {
    // The softmax of one output is 1 whatever its input.
    let found = random("input X [4, 3]\ndense 1 softmax\nloss mse", 1);
    assert_eq!(found.redraws.zeros, 19);
    assert!(found.arrays.values().all(|array| array.zeros == 1), "{found}");
    assert!(found.to_string().ends_with("Not checked: every gradient is zero in all entries, which shows nothing."));
}

#[test]
fn nan_and_contradicted_differences_do_not_hold() {
    let equal = ArrayReport::default();
    assert!(equal.holds());
    assert!(!ArrayReport { layered: f64::NAN, ..equal.clone() }.holds());
    assert!(!ArrayReport { product: 2e-12, ..equal.clone() }.holds());
    assert!(!ArrayReport { contradicted: true, ..equal }.holds());
}

fn digits(file: &str) -> Source {
    let path = common::path("tests/data/digits").join(file);
    let bytes = std::fs::read(&path).expect("reads");
    let arrays = chainrule::evaluate::files::decode(&bytes, 1 << 30).expect("decodes");
    Source { origin: file.to_string(), arrays }
}

#[test]
fn the_digits_network_holds_on_its_own_data() {
    let network = network(&common::read("tests/data/digits/digits.net"));
    let found = verify(&network, Some(digits("params.safetensors")), Some(digits("batch.npz")), Options::default());
    let found = found.expect("verifies");
    assert!(found.holds() && !found.random, "{found}");
    assert!((found.loss - 0.297_955_435_917_350_13).abs() < 1e-14, "{found}");
}

#[test]
fn targets_that_are_no_distributions_get_the_general_formula() {
    let network = network(&common::read("tests/data/digits/digits.net"));
    let mut data = digits("batch.npz");
    data.arrays["Y"] *= 3.0;
    let found = verify(&network, Some(digits("params.safetensors")), Some(data), Options::default()).expect("verifies");
    assert!(found.holds() && found.general == 1, "{found}");
}

#[test]
fn deep_networks_with_kinks_are_not_contradicted_by_rounding() {
    for seed in 0..6 {
        let deep = network("input X [n, f0]\nrepeat 30 { dense 5 relu }\nloss mae");
        let found = verify(&deep, None, None, Options { seed, ..Options::default() }).expect("verifies");
        assert!(found.holds(), "{found}");
    }
}

#[test]
fn differences_that_resolve_nothing_are_said_to() {
    let found = random("input X [4, 3]\nrepeat 21 { dense 5 square }\nloss mse", 1);
    assert!(found.arrays["W1"].unresolved && !found.arrays["W21"].unresolved, "{found}");
    assert!(found.to_string().contains("unresolved: beside J"), "{found}");
}
