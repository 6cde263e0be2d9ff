//! Networks with norms, branches and dropout that another framework trained: its gradients are those that are derived.

use std::fs;

use chainrule::{
    evaluate::{
        bindings::{bind, read_data, read_parameters},
        files::{Archive, decode},
    },
    network::resolve,
    pipeline, spec,
};

use crate::{common, concrete::distance};

/// J and the derived gradients on the arrays of a folder are those of its `gradients.npz`.
fn check(name: &str, parameters: usize) {
    let folder = format!("tests/data/{name}");
    let network = resolve(&spec::parse(&common::read(format!("{folder}/{name}.net"))).unwrap(), &[]).network.unwrap();
    let file = |file: &str| fs::read(common::path(&folder).join(file)).unwrap();
    let (data, arrays) = (file("batch.npz"), file("params.npz"));
    let data = read_data(&network, "batch.npz".into(), &mut Archive::open(&data, 1 << 20).unwrap()).unwrap();
    let mut archive = Archive::open(&arrays, 1 << 20).unwrap();
    let arrays = read_parameters(&network, "params.npz".into(), &mut archive, Some(&data.source), None).unwrap();
    assert!(data.warnings.is_empty() && arrays.warnings.is_empty());
    let bound = bind(&network, Some(arrays.source), Some(data.source), None).unwrap();
    assert!(bound.warnings.is_empty(), "{:?}", bound.warnings);
    let found = pipeline::evaluate(bound).unwrap();
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);

    let mut expected = decode(&file("gradients.npz"), 1 << 20).unwrap();
    let loss = expected.shift_remove("J").unwrap()[[0, 0]];
    assert!((found.loss - loss).abs() <= 1e-12 * loss, "{name}: J is {} and {loss}", found.loss);
    assert_eq!((expected.len(), found.gradients.len()), (parameters + 1, parameters + 1));
    for (variable, expected) in &expected {
        let error = distance(&found.gradients[variable], expected);
        assert!(error <= 1e-12, "{name}: ∂J/∂{variable} is off by {error:e}");
    }
}

#[test]
fn a_residual_classifier_with_layer_norm_has_the_gradients_of_jax() {
    check("residual", 18);
}

#[test]
fn a_classifier_with_batch_norm_and_dropout_has_the_gradients_of_jax() {
    check("dropout", 5);
}
