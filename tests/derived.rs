//! Derived gradients against the concrete backprop: every form, before and after simplification.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{arrays::Arrays, backprop, eval::Environment, gradients::Pass, value::Value},
    expr::{Arena, Function, Role, Scalar, Symbol, SymbolId},
    gradient::{Derived, Form, GradientError, adjoint::sweep, form::chain::Chain},
    network::{
        forward::{Forward, forward},
        graph::Network,
        resolve,
    },
    pipeline::{Request, derive},
    shape::Dim,
    spec,
};
use ndarray::{Axis, array};
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

/// Ŷ = tanh(Z₂) + A₁, which no spec says.
fn with_a_skip() -> Forward {
    let mut forward = {
        let spec = spec::parse("input X [3, 2]\ndense 2 tanh\ndense 2 tanh\nloss mse").expect("parses");
        forward(&resolve(&spec, &[]).network.expect("resolves")).expect("fits")
    };
    let a1 = forward.arena.named(forward.definitions[1].symbol).expect("a name");
    let value = forward.arena.plus(forward.prediction().value, a1).expect("fits");
    forward.outputs[0].prediction.value = value;
    *forward.definitions.last_mut().expect("some") = forward.prediction();
    forward
}

#[test]
fn a_name_with_two_uses_has_two_paths() {
    let mut skip = with_a_skip();
    let a1 = skip.definitions[1].symbol;
    let chain = Chain::new(&mut skip).expect("derives");
    assert_eq!(chain.number_of_paths(a1), 2);
}

#[test]
fn a_scalar_that_depends_on_the_variable_gets_its_part() {
    // J = Σ (Σ X⊙X) X: 2X ΣX + ΣX⊙X, by hand 20 X + 30.
    let mut arena = Arena::default();
    let two = Dim::number(2).expect("a number");
    let symbol = arena.intern(Symbol::new(Role::Input, "X", None, two.clone(), two));
    let x = arena.named(symbol).expect("a name");
    let squares = arena.hadamard(x, x).expect("fits");
    let norm = arena.total(squares).expect("fits");
    let scaled = arena.scale(norm, x).expect("fits");
    let root = arena.total(scaled).expect("fits");
    let one = arena.scalar(Scalar::integer(1)).expect("fits");
    let found = sweep(&mut arena, root, one, &|_, _| true).expect("has a derivative");
    let dims = BTreeMap::new();
    let mut environment = Environment::new(&arena, &dims, 2);
    environment.bind(symbol, Value::array(array![[1.0, 2.0], [3.0, 4.0]]));
    assert_eq!(environment.array(found[0].1).expect("bound"), array![[50.0, 70.0], [90.0, 110.0]]);
}

#[test]
fn a_second_derivative_is_not_read_as_the_first() {
    let mut arena = Arena::default();
    let two = Dim::number(2).expect("a number");
    let symbol = arena.intern(Symbol::new(Role::Input, "X", None, two.clone(), two));
    let x = arena.named(symbol).expect("a name");
    let slope = arena.map(Function::Sigmoid, 1, x).expect("fits");
    let seed = arena.ones_like(x).expect("fits");
    let found = sweep(&mut arena, slope, seed, &|_, _| true).expect("swept");
    let second = arena.map(Function::Sigmoid, 2, x).expect("fits");
    assert_eq!(found, [(symbol, second)]);
    let found = sweep(&mut arena, second, seed, &|_, _| true);
    assert!(matches!(found, Err(GradientError::NotDifferentiable { .. })), "{found:?}");
    assert!(arena.map(Function::Sigmoid, 3, x).is_err());
    // σ'' = σ (1 − σ)(1 − 2σ)
    let dims = std::collections::BTreeMap::new();
    let mut environment = Environment::new(&arena, &dims, 2);
    environment.bind(symbol, Value::array(array![[0.0, 1.0], [-2.0, 0.5]]));
    let value = environment.array(second).expect("bound");
    for (x, found) in [0.0_f64, 1.0, -2.0, 0.5].into_iter().zip(value) {
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        assert!((found - sigmoid * (1.0 - sigmoid) * (1.0 - 2.0 * sigmoid)).abs() < 1e-15);
    }
}
