//! Derived gradients against the concrete backprop: every form, before and after simplification.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{arrays::Arrays, backprop, gradients::Pass},
    expr::SymbolId,
    gradient::{Derived, Form},
    network::graph::Network,
    pipeline::{Request, derive},
};
use ndarray::Axis;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::concrete::{distance, everything};

/// The greatest distance between the form's gradients, by every variable, and the concrete ones.
fn worst(network: &Network, arrays: &Arrays, request: &Request) -> (f64, String) {
    let derivation = derive(network, request).expect("derives");
    assert_eq!(derivation.limit, None, "not saturated");
    let dims = BTreeMap::new();
    let pass = Pass::new(&derivation.forward, &dims, arrays.clone()).expect("bound");
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
    let variables: Vec<SymbolId> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
    let found = match request.form {
        Form::Layered => pass.whole(gradient, &variables),
        _ => pass.by_sample(gradient, &variables),
    };
    let concrete = backprop::gradients(network, arrays);
    let largest = largest_summands(network, arrays);
    let loss = pass.scalar(derivation.loss).expect("a loss");
    let mut worst = ((loss - concrete.loss).abs() / concrete.loss.abs(), "J".to_string());
    for (variable, value) in found.expect("evaluates") {
        let name = derivation.forward.arena.symbol(variable).key();
        let expected = &concrete.gradients[&name];
        let error = distance(&value, expected);
        // Where the samples' gradients cancel, rounding is relative to them, not to their sum.
        let entry = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let error = if error.is_finite() { error * entry / entry.max(largest[&name]) } else { error };
        if error.is_nan() || error > worst.0 {
            worst = (error, name);
        }
    }
    worst
}

/// By variable the largest entry of any one sample's share of the gradient.
pub fn largest_summands(network: &Network, arrays: &Arrays) -> BTreeMap<String, f64> {
    let samples = arrays["X"].nrows();
    let mut largest = BTreeMap::new();
    for i in 0..samples {
        let mut alone = arrays.clone();
        for batch in ["X", "Y"] {
            alone[batch] = arrays[batch].row(i).insert_axis(Axis(0)).to_owned();
        }
        for (name, gradient) in backprop::gradients(network, &alone).gradients {
            let entry = gradient.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            let so_far = largest.entry(name).or_insert(0.0_f64);
            *so_far = so_far.max(entry / samples as f64);
        }
    }
    largest
}

#[test]
fn every_pair_in_every_form_equals_the_concrete_backprop() {
    everything(&mut ChaCha8Rng::seed_from_u64(2), |case, network, arrays| {
        for form in [Form::Layered, Form::PerSample, Form::Product] {
            for expand in [false, true] {
                let request = Request { expand, distributions: false, ..Request::new(form) };
                let (error, name) = worst(network, arrays, &request);
                assert!(error < 1e-12, "{case} {form:?} expand={expand}: {name} is off by {error:e}");
            }
        }
    });
}
