//! The sweep against the concrete backprop and the printed product form; fractions against arithmetic by hand.

#![allow(clippy::float_cmp, reason = "equal by construction")]

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop, draw,
        eval::Environment,
        evaluator::{Evaluator, Held, Inputs, Point, Unit},
        exact::{self, Exact},
        gradients::Pass,
        value::Value,
    },
    expr::{Function, Op, Role, function::Parameter},
    gradient::{Derivation, Derived, Form},
    network::{forward::Forward, graph::Network},
    pipeline::{Request, derive},
};
use ndarray::{Array2, ArrayView1, Axis, array};
use rand::RngExt;

use super::{inputs, layered, no_names, parsed};
use crate::concrete::{distance, everything};

#[test]
fn with_nothing_held_it_is_the_concrete_backprop() {
    everything(&mut draw::generator(11), |case, network, arrays| {
        let derivation = layered(network, false);
        let dims = no_names();
        let evaluator = Evaluator::new(&derivation, &dims).unwrap();
        let forward = &derivation.forward;
        let wanted: Vec<_> = forward.parameters.iter().copied().chain([forward.input()]).collect();
        let point = evaluator.at(&inputs(arrays), &wanted, Held::Nothing, &[]).unwrap();
        let concrete = backprop::gradients(network, arrays).gradients;
        let values = backprop::forward(network, arrays);
        for (i, layer) in network.layers.iter().enumerate() {
            let delta = &concrete[&chainrule::evaluate::arrays::symbol("Z", &layer.label)];
            assert!(distance(&point.adjoints[i].to_owned(), delta) < 1e-9, "{case}: Δ of {}", layer.label);
            let (z, a) = (&point.pre_activations[i], &point.activations[i]);
            assert!(distance(&z.to_owned(), &values.pre_activations[i]) < 1e-12, "{case}");
            assert!(distance(&a.to_owned(), &values.activations[i]) < 1e-12, "{case}");
        }
        for (variable, gradient) in &point.gradients {
            let key = forward.arena.symbol(*variable).key();
            assert!(distance(gradient, &concrete[&key]) < 1e-9, "{case}: {key}");
        }
    });
}

/// The expanded product form at `moved`, every sample with the gates and the error that it has at `at_base`: what it
/// says for each parameter.
fn printed(
    derivation: &Derivation,
    base: &Point<f64>,
    at_base: &Arrays,
    moved: &Arrays,
) -> BTreeMap<String, Array2<f64>> {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product form") };
    let Forward { arena, definitions, parameters, .. } = &derivation.forward;
    let (input, target) = (derivation.forward.input(), derivation.forward.target());
    let dims = no_names();
    let samples = moved[&arena.symbol(input).key()].nrows();
    let row = |array: ArrayView1<f64>| Value::array(array.insert_axis(Axis(0)).to_owned());
    let mut sums: BTreeMap<String, Array2<f64>> = BTreeMap::new();
    for i in 0..samples {
        // Names of the pass have the values of the base: only X, W and b are moved.
        let mut environment = Environment::new(arena, &dims, 1);
        for (layer, pair) in definitions.chunks_exact(2).enumerate() {
            environment.bind(pair[0].symbol, row(base.pre_activations[layer].row(i)));
            environment.bind(pair[1].symbol, row(base.activations[layer].row(i)));
        }
        environment.bind(target, row(at_base[&arena.symbol(target).key()].row(i)));
        for gate in &gradient.gates {
            let mut entries = environment.array(gate.source).unwrap();
            if arena.symbol(gate.entries).role == Role::ForwardGate
                && let Op::Map(_, 0, [z]) = arena.op(gate.source)
            {
                entries /= &environment.array(*z).unwrap();
            }
            environment.bind(gate.entries, Value::array(entries.reversed_axes()));
        }
        environment.bind(input, row(moved[&arena.symbol(input).key()].row(i)));
        for parameter in parameters {
            environment.bind(*parameter, Value::array(moved[&arena.symbol(*parameter).key()].clone()));
        }
        for definition in &gradient.definitions {
            let value = environment.evaluate(definition.value).unwrap();
            environment.bind(definition.symbol, value);
        }
        for parameter in parameters {
            let value = environment.array(gradient.by(*parameter).unwrap().value).unwrap();
            let key = arena.symbol(*parameter).key();
            sums.entry(key).and_modify(|sum| *sum += &value).or_insert(value);
        }
    }
    sums
}

const MIDDLES: [&str; 6] = ["relu", "tanh", "sigmoid", "softmax", "leaky_relu", "gelu"];

#[test]
fn with_error_and_gates_held_it_is_the_printed_product_form() {
    let mut rng = draw::generator(12);
    for middle in MIDDLES {
        for bias in ["", " nobias"] {
            for head in
                ["dense 2{bias}; loss half_mse", "dense 2 sigmoid{bias}; loss mse", "dense 3 softmax{bias}; loss cce"]
            {
                let head = head.replace("{bias}", bias);
                let text =
                    format!("input X [3, 4]; dense 5 tanh{bias}; dense 4 {middle}{bias}; dense 3 relu{bias}; {head}");
                let network = parsed(&text);
                let derivation = layered(&network, true);
                let request = Request { expand: true, ..Request::new(Form::Product) };
                let product = derive(&network, &request).unwrap();
                let [at_base, moved] = [(); 2].map(|()| draw::arrays(&network, &Arrays::new(), 1.0, &mut rng));
                let dims = no_names();
                let evaluator = Evaluator::new(&derivation, &dims).unwrap();
                let wanted = derivation.forward.parameters.clone();
                let base = evaluator.at(&inputs(&at_base), &wanted, Held::Nothing, &[]).unwrap();
                let fixed = evaluator.at(&inputs(&moved), &wanted, Held::ErrorAndGates(&base), &[]).unwrap();
                let expected = printed(&product, &base, &at_base, &moved);
                for (variable, gradient) in &fixed.gradients {
                    let key = derivation.forward.arena.symbol(*variable).key();
                    assert!(distance(gradient, &expected[&key]) < 1e-11, "{text}: {key}");
                }
                // Where nothing has moved it is the gradient itself, and what `Pass` makes of the same form.
                let Derived::Gradient(gradient) = &product.derived else { panic!("a product form") };
                let pass = Pass::new(&product.forward, &dims, at_base.clone()).unwrap();
                let by_sample = pass.by_sample(gradient, &product.forward.parameters).unwrap();
                let still = evaluator.at(&inputs(&at_base), &wanted, Held::ErrorAndGates(&base), &[]).unwrap();
                for (variable, gradient) in &still.gradients {
                    assert!(distance(gradient, &base.gradients[variable]) < 1e-11, "{text}");
                    let key = derivation.forward.arena.symbol(*variable).key();
                    let same = by_sample.iter().find(|(other, _)| product.forward.arena.symbol(**other).key() == key);
                    assert!(distance(gradient, same.unwrap().1) < 1e-11, "{text}: {key}");
                }
            }
        }
    }
}

#[test]
fn a_unit_that_is_off_is_a_unit_that_is_not_there() {
    let network = parsed("input X [6, 4]; dense 5 relu; dense 4 tanh; dense 3; loss half_mse");
    let smaller = parsed("input X [6, 4]; dense 5 relu; dense 3 tanh; dense 3; loss half_mse");
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(13));
    let without = |array: &Array2<f64>, axis: usize, at: usize| {
        let kept: Vec<usize> = (0..array.len_of(Axis(axis))).filter(|i| *i != at).collect();
        array.select(Axis(axis), &kept)
    };
    let mut fewer = arrays.clone();
    for (key, axis) in [("W2", 1), ("b2", 1), ("W3", 0)] {
        fewer[key] = without(&arrays[key], axis, 2);
    }
    let concrete = backprop::gradients(&smaller, &fewer).gradients;
    let derivation = layered(&network, false);
    let dims = no_names();
    let evaluator = Evaluator::new(&derivation, &dims).unwrap();
    let off = [Unit { layer: 1, column: 2 }];
    let point = evaluator.at(&inputs(&arrays), &derivation.forward.parameters, Held::Nothing, &off).unwrap();
    for (variable, gradient) in &point.gradients {
        let key = derivation.forward.arena.symbol(*variable).key();
        let gradient = match &*key {
            "W2" | "b2" => {
                assert!(gradient.column(2).iter().all(|entry| *entry == 0.0));
                without(gradient, 1, 2)
            }
            "W3" => {
                assert!(gradient.row(2).iter().all(|entry| *entry == 0.0));
                without(gradient, 0, 2)
            }
            _ => gradient.clone(),
        };
        assert!(distance(&gradient, &concrete[&key]) < 1e-12, "{key}");
    }
}

/// With the gates held, weights of 0 to and from a unit leave it out: its D is then held, but no error gets there.
#[test]
fn a_unit_that_is_off_has_no_gate_where_gates_are_held() {
    let mut rng = draw::generator(15);
    for hidden in ["relu", "tanh", "gelu"] {
        let text =
            format!("input X [6, 4]; dense 5 relu nobias; dense 4 {hidden} nobias; dense 3 nobias; loss half_mse");
        let network = parsed(&text);
        let derivation = layered(&network, false);
        let (dims, wanted) = (no_names(), derivation.forward.parameters.clone());
        let evaluator = Evaluator::new(&derivation, &dims).unwrap();
        let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut rng);
        let base = evaluator.at(&inputs(&arrays), &wanted, Held::Nothing, &[]).unwrap();
        let off = [Unit { layer: 1, column: 2 }];
        let found = evaluator.at(&inputs(&arrays), &wanted, Held::ErrorAndGates(&base), &off).unwrap();
        let mut without = arrays.clone();
        without["W2"].column_mut(2).fill(0.0);
        without["W3"].row_mut(2).fill(0.0);
        let expected = evaluator.at(&inputs(&without), &wanted, Held::ErrorAndGates(&base), &[]).unwrap();
        for (variable, gradient) in &found.gradients {
            assert!(distance(gradient, &expected.gradients[variable]) < 1e-12, "{hidden}");
        }
        // And where its output stays, nothing behind it changes.
        let last = derivation.forward.parameters[2];
        let kept = evaluator.at(&inputs(&arrays), &wanted, Held::ErrorGatesAndOutputs(&base), &off).unwrap();
        assert!(distance(&kept.gradients[&last], &base.gradients[&last]) < 1e-12, "{hidden}");
        assert!(kept.gradients[&derivation.forward.parameters[1]].column(2).iter().all(|entry| *entry == 0.0));
    }
}

fn whole(array: &Array2<i64>) -> ndarray::ArcArray2<Exact> {
    array.mapv(|entry| Exact::ratio(entry.into(), 1)).into_shared()
}

fn texts(array: &Array2<Exact>) -> Vec<String> {
    array.iter().map(ToString::to_string).collect()
}

fn exactly(network: &Network, arrays: &[(&str, Array2<i64>)]) -> (Derivation, Point<Exact>) {
    let derivation = layered(network, false);
    let inputs: Inputs<Exact> = arrays.iter().map(|(name, array)| ((*name).to_owned(), whole(array))).collect();
    let dims = no_names();
    let point = Evaluator::new(&derivation, &dims)
        .unwrap()
        .at(&inputs, &derivation.forward.parameters, Held::Nothing, &[])
        .unwrap();
    (derivation, point)
}

#[test]
fn fractions_by_hand() {
    let network = parsed("input X [3, 2]; dense 2 relu; dense 1; loss half_mse");
    let (_, point) = exactly(
        &network,
        &[
            ("X", array![[1, 2], [3, 4], [-1, 1]]),
            ("W1", array![[1, -1], [2, 1]]),
            ("b1", array![[0, 1]]),
            ("W2", array![[1], [-2]]),
            ("b2", array![[3]]),
            ("Y", array![[1], [2], [0]]),
        ],
    );
    // Z₁ = [5, 2; 11, 2; 1, 3], all positive; Ŷ = 5 − 4 + 3, 11 − 4 + 3, 1 − 6 + 3; Ŷ − Y = 3, 8, −2, over 3.
    assert_eq!(texts(&point.activations[1].to_owned()), ["4", "10", "-2"]);
    assert_eq!(texts(&point.adjoints[1].to_owned()), ["1", "8/3", "-2/3"]);
    let gradients: Vec<_> = point.gradients.values().map(texts).collect();
    // XᵀΔ₁ with Δ₁ = [1, −2; 8/3, −16/3; −2/3, 4/3].
    assert_eq!(gradients[0], ["29/3", "-58/3", "12", "-24"]);
    assert_eq!(gradients[1], ["3", "-6"]);
    // A₁ᵀΔ₂: 5 + 88/3 − 2/3, and 2 + 16/3 − 2.
    assert_eq!(gradients[2], ["101/3", "16/3"]);
    assert_eq!(gradients[3], ["3"]);
}

#[test]
fn functions_of_fractions_are_those_of_floats() {
    let functions = [
        Function::Linear,
        Function::Relu,
        Function::LeakyRelu(Parameter::new(0.01)),
        Function::Relu6,
        Function::Abs,
        Function::Sign,
        Function::Square,
        Function::Softsign,
        Function::Huber(Parameter::new(1.5)),
        Function::Clip(Parameter::new(1.5)),
    ];
    for function in functions {
        for order in [0, 1] {
            for eighths in -60..=60_i32 {
                let z = Exact::ratio(eighths.into(), 8);
                let found = exact::at(function, order, z).value().expect("has a value");
                let found = *found.numer() as f64 / *found.denom() as f64;
                let expected = chainrule::evaluate::functions::at(function, order, f64::from(eighths) / 8.0);
                assert!((found - expected).abs() < 1e-12, "{function} {order} at {eighths}/8: {found}, {expected}");
            }
        }
    }
    for function in [Function::Tanh, Function::Exp, Function::Gelu, Function::Sigmoid] {
        assert_eq!(exact::at(function, 0, Exact::ratio(1, 2)), Exact::NONE);
    }
}

/// The remainder of n/d, d not divisible by the prime.
fn remainder(value: Exact, prime: u128) -> u128 {
    let value = value.value().unwrap();
    let size = |n: i128| (n.rem_euclid(prime.cast_signed())).unsigned_abs();
    size(*value.numer()) * power(size(*value.denom()), prime - 2, prime) % prime
}

fn power(base: u128, exponent: u128, prime: u128) -> u128 {
    let half = |e: u128| power(base, e, prime);
    match exponent {
        0 => 1,
        e if e.is_multiple_of(2) => half(e / 2) * half(e / 2) % prime,
        e => base * power(base, e - 1, prime) % prime,
    }
}

#[test]
fn what_has_too_many_digits_is_no_number_and_never_a_wrong_one() {
    let iterated = Exact::ratio(1 << 99, 1);
    assert_ne!(iterated, Exact::NONE);
    assert_eq!([iterated + iterated, iterated * iterated, iterated * Exact::ratio(3, 1)], [Exact::NONE; 3]);
    assert_eq!([iterated + Exact::NONE, Exact::NONE * Exact::ratio(0, 1), Exact::ratio(1, 0)], [Exact::NONE; 3]);
    assert_eq!([Exact::decimal(f64::NAN), Exact::decimal(f64::INFINITY), Exact::decimal(1e300)], [Exact::NONE; 3]);
    assert_eq!([Exact::decimal(0.01), Exact::decimal(-2.5)], [Exact::ratio(1, 100), Exact::ratio(-5, 2)]);
    // Modulo a prime sums and products of any size can be followed; random ones hit a wrong number surely.
    let prime = 1_000_000_007_u128;
    let mut rng = draw::generator(14);
    let (mut none, mut some) = (0, 0);
    for _ in 0..20_000 {
        let mut fraction = || {
            let [bits, below] = [rng.random_range(1..100_u32), rng.random_range(1..29)];
            let numerator = rng.random_range(-(1_i128 << bits)..1_i128 << bits);
            Exact::ratio(numerator, rng.random_range(1..1_i128 << below))
        };
        let (a, b) = (fraction(), fraction());
        let (x, y) = (remainder(a, prime), remainder(b, prime));
        let expected = [(a + b, (x + y) % prime), (a - b, (x + prime - y) % prime), (a * b, x * y % prime)];
        for (found, expected) in expected {
            if found == Exact::NONE {
                none += 1;
            } else {
                assert_eq!(remainder(found, prime), expected, "{a} and {b}");
                some += 1;
            }
        }
    }
    assert!(none > 1_000 && some > 1_000, "{none} {some}");
}

#[test]
fn a_deep_network_of_fractions_overflows_into_no_number() {
    let text = "input X [1, 8]; repeat 40 { dense 8 nobias }; loss half_mse";
    let network = parsed(text);
    let ones = |rows, columns| Array2::<i64>::ones((rows, columns));
    let names: Vec<String> = (1..=40).map(|layer| format!("W{layer}")).collect();
    let mut arrays = vec![("X", ones(1, 8)), ("Y", Array2::zeros((1, 8)))];
    arrays.extend(names.iter().map(|name| (&**name, ones(8, 8))));
    let (_, point) = exactly(&network, &arrays);
    // 8³³ = 2⁹⁹ is the last that fits.
    assert_eq!(point.activations[32][[0, 0]], Exact::ratio(1 << 99, 1));
    assert!(point.activations[33..].iter().flatten().all(|entry| *entry == Exact::NONE));
    assert!(point.gradients.values().flatten().all(|entry| *entry == Exact::NONE));
}

/// Δ₁ = Δ₂W₂ᵀ where W₂ = (1, 1, −2) and Δ₂ = (δ, δ, δ): the terms cancel, whatever rounding makes of them. An overflow
/// of the terms is no cancelling.
#[test]
fn terms_that_cancel_are_zero_and_overflows_are_not() {
    let network = parsed("input X [1, 1]; dense 1 nobias; dense 3 nobias; loss half_mse");
    let derivation = layered(&network, false);
    let dims = no_names();
    let evaluator = Evaluator::new(&derivation, &dims).unwrap();
    let adjoint = |size: f64, weights: [f64; 3]| {
        let [a, b, c] = weights;
        let arrays =
            [("X", array![[0.0]]), ("W1", array![[1.0]]), ("W2", array![[a, b, c]]), ("Y", array![[size, size, size]])];
        let inputs: Inputs<f64> = arrays.into_iter().map(|(name, array)| (name.into(), array.into_shared())).collect();
        evaluator.at(&inputs, &[], Held::Nothing, &[]).unwrap().adjoints[0][[0, 0]]
    };
    // 0.1 + 0.2 − 0.3 is 5.6e-17 in floats.
    assert_eq!(adjoint(-1.0, [0.1, 0.2, -0.3]), 0.0);
    assert_eq!(adjoint(-1.0, [1.0, 2.0_f64.powi(-40), -1.0]), 2.0_f64.powi(-40));
    assert_eq!(adjoint(-1e200, [1e200, 1.0, 1.0]), f64::INFINITY);
    // Infinite or no number, as the processor fuses products and sums.
    assert!(!adjoint(-1e200, [1e200, -1e200, 1.0]).is_finite());
    let (large, larger) = (2.0_f64.powi(359), 2.0_f64.powi(664));
    assert_eq!(adjoint(-larger, [large, -large, 1.0]), larger, "the sum of the sizes is infinite");
}
