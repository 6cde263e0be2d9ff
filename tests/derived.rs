//! Derived gradients against the concrete backprop: every form, before and after simplification.

use std::collections::BTreeMap;

use chainrule::{
    catalog::{activation, loss::Reduction},
    evaluate::{arrays::Arrays, backprop, gradients::Pass},
    expr::SymbolId,
    gradient::Form,
    network::graph::Network,
    pipeline::{Derived, Request, derive},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::concrete::{LOSSES, distance, everywhere};

/// The greatest distance between the form's gradients, by every variable, and the concrete ones.
fn worst(network: &Network, arrays: &Arrays, request: &Request) -> (f64, String) {
    let derivation = derive(network, request).expect("derives");
    assert_eq!(derivation.limit, None, "not saturated");
    let dims = BTreeMap::new();
    let pass = Pass::new(&derivation.forward, &dims, arrays).expect("bound");
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
    let variables: Vec<SymbolId> = gradient.derivatives.iter().map(|derivative| derivative.variable).collect();
    let found = match request.form {
        Form::Layered => pass.whole(gradient, &variables),
        _ => pass.by_sample(gradient, &variables),
    };
    let concrete = backprop::gradients(network, arrays);
    let loss = pass.scalar(derivation.loss).expect("a loss");
    let mut worst = ((loss - concrete.loss).abs() / concrete.loss.abs(), "J".to_string());
    for (variable, value) in found.expect("evaluates") {
        let name = derivation.forward.arena.symbol(variable).key();
        let error = distance(&value, &concrete.gradients[&name]);
        if !(error <= worst.0) {
            worst = (error, name);
        }
    }
    worst
}

#[test]
fn every_pair_in_every_form_equals_the_concrete_backprop() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for entry in activation::TABLE {
        for loss in LOSSES {
            for (reduction, value) in Reduction::TABLE {
                let (mut network, arrays) = everywhere(entry.name, loss, &mut rng);
                network.reduction = value;
                for form in [Form::Layered, Form::PerSample, Form::Product] {
                    for expand in [false, true] {
                        let request = Request { expand, distributions: false, ..Request::new(form) };
                        let (error, name) = worst(&network, &arrays, &request);
                        let case = format!("{} {loss} {reduction} {form:?} expand={expand}", entry.name);
                        assert!(error < 1e-12, "{case}: {name} is off by {error:e}");
                    }
                }
            }
        }
    }
}
