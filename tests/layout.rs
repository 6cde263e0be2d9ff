//! Samples as columns: every form by itself equals the concrete backprop, and arrays come and go as columns.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{bindings::bind, draw, gradients::Pass},
    gradient::{Derived, Form},
    network::graph::Layout,
    pipeline::{Options, Request, Verdict, derive, verify},
    render::{Format, Style},
    report,
};
use ndarray::{Array2, array};

use crate::{
    common::snapshot,
    concrete::distance,
    graphs::{NETWORKS, network},
    oracles::scalar,
};

const CHAIN: &str = "input X [n, f0]\ndense f1 sigmoid\ndense f2 relu nobias\ndense f3 softmax\nloss cce";

#[test]
fn every_form_of_columns_is_verified() {
    for (name, source) in NETWORKS.into_iter().chain([("chain", CHAIN)]) {
        let network = network(&format!("layout columns\n{source}"));
        let found = verify(&network, None, None, Options::default()).expect("verifies");
        let wrong = found.arrays.values().any(|report| report.verdict(found.compared()) == Verdict::Differs);
        assert!(!wrong && !found.loss_differs && found.compared() > 0, "{name}\n{found}");
    }
}

/// The layered form as it stands, on arrays with samples as columns, is the transpose of what scalar reverse mode finds.
#[test]
fn formulas_of_columns_are_in_columns() {
    for (name, source) in NETWORKS.into_iter().chain([("chain", CHAIN)]) {
        let mut rng = draw::generator(1);
        let mut bound = bind(&network(source), None, None, Some(&mut rng)).expect("binds").network;
        let arrays = draw::arrays(&bound, &chainrule::evaluate::arrays::Arrays::new(), 1.0, &mut rng);
        let (_, expected) = scalar::gradients(&bound, &arrays);
        bound.layout = Layout::Columns;
        let request = Request { distributions: false, ..Request::new(Form::Layered) };
        let derivation = derive(&bound, &request).expect("derives");
        let (forward, dims) = (&derivation.forward, BTreeMap::new());
        let pass = Pass::new(forward, &dims, arrays.clone()).expect("bound");
        let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form with a value") };
        for (variable, value) in pass.whole(gradient, &forward.parameters).expect("evaluates") {
            let symbol = forward.arena.symbol(variable);
            let sides = (symbol.columns.as_number(), symbol.rows.as_number());
            let found = (Some(value.nrows() as u64), Some(value.ncols() as u64));
            assert_eq!(sides, found, "{name}: {} is the transpose", symbol.key());
            let error = distance(&value, &expected[&symbol.key()]);
            assert!(error <= 1e-11, "{name}: ∂J/∂{} is off by {error:e}", symbol.key());
        }
    }
}

#[test]
fn pages_of_columns() {
    let networks = ["residual", "layer-norm", "concat", "tied", "two-heads"];
    let networks = NETWORKS.into_iter().filter(|(name, _)| networks.contains(name)).chain([("chain", CHAIN)]);
    for (name, source) in networks {
        let network = network(&format!("layout columns\n{source}"));
        for form in Form::ALL {
            let derivation = derive(&network, &Request::new(form)).expect("derives");
            let variables = derivation.forward.parameters.clone();
            let page =
                Style::new(Format::Text).page(&report::gradients(&derivation, &variables, form == Form::Layered));
            snapshot("layout", &format!("{name}-{form}"), &page);
        }
    }
}

#[test]
fn arrays_come_and_go_as_columns() {
    // Ŷ = W X + b 1ᵀ for two samples, J = ½ Σ (Ŷ − Y)² / 2, by hand: Ŷ = [3 4], Ŷ − Y = [2 2], ∂J/∂W = [2 2] Xᵀ / 2.
    let network = chainrule::Network::parse("layout columns; input X [n, 3]; dense 1; loss half_mse").expect("parses");
    let arrays: [(&str, Array2<f64>); 4] = [
        ("X", array![[1.0, 2.0], [0.0, 1.0], [1.0, 0.0]]),
        ("W1", array![[1.0, 1.0, 1.0]]),
        ("b1", array![[1.0]]),
        ("Y", array![[1.0, 2.0]]),
    ];
    let found = network.evaluate(arrays).expect("evaluates");
    assert!((found.loss() - 2.0).abs() < 1e-15);
    assert_eq!(found.get("W1"), Some(&array![[3.0, 1.0, 1.0]]));
    assert_eq!(found.get("b1"), Some(&array![[2.0]]));
    assert_eq!(found.get("X"), Some(&array![[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]));
    assert_eq!(network.shapes().layers()[0].output(), "1 × n");
}
