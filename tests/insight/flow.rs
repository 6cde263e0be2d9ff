//! The size of values and gradients from layer to layer, and what predicts it.

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop, draw,
        evaluator::Held,
        initialise::{self, Initialisation},
        scaled,
    },
    expr::Role,
    insight::{
        claims::{
            statement::Statement,
            verdict::{Reason, Verdict},
        },
        flow::layers::{Flow, Overflowed},
        summary::Verdict as Judgement,
    },
    network::graph::Network,
    pipeline::insight::{Options, Part},
    render::Format,
};
use ndarray::{ArcArray2, Array2, array};
use serde_json::json;

use super::{begun, document, near, on, page, parsed, random, unwrapped};

fn flow(network: &Network, arrays: &Arrays) -> Flow {
    on(network, arrays, &[Part::Flow], Options::default()).flow.expect("flow").flow
}

pub fn rms(array: &Array2<f64>) -> f64 {
    (array.iter().map(|x| x * x).sum::<f64>() / array.len() as f64).sqrt()
}

#[test]
fn every_size_is_that_of_the_concrete_backprop() {
    let network = parsed("input X [7, 5]; dense 6 gelu; dense 4 softmax; activation tanh; dense 3 sigmoid; loss bce");
    let arrays = random(&network, &Arrays::new(), 5);
    let backprop::Concrete { gradients, .. } = backprop::gradients(&network, &arrays);
    let forward = backprop::forward(&network, &arrays);
    let flow = flow(&network, &arrays);
    for (place, layer) in flow.layers.iter().enumerate() {
        let label = &layer.label;
        let z = &gradients[&format!("Z{label}")];
        assert!(near(layer.activation.unwrap().value(), rms(&forward.activations[place]), 1e-12));
        assert!(near(layer.adjoint.unwrap().value(), rms(z), 1e-12), "{label}");
        let last = rms(&gradients["Z4"]);
        assert!(near(layer.share.unwrap().value(), rms(z) / last, 1e-12));
        if place > 0 {
            let below = rms(&gradients[&format!("Z{place}")]);
            assert!(near(layer.gain.unwrap().value(), below / rms(z), 1e-11));
        }
        let Some(gradient) = gradients.get(&format!("W{label}")) else {
            assert_eq!((layer.gradient, layer.mean_weight), (None, None));
            continue;
        };
        let weight = &arrays[&format!("W{label}")];
        let norm = |array: &Array2<f64>| rms(array) * (array.len() as f64).sqrt();
        assert!(near(layer.gradient.unwrap().value(), rms(gradient), 1e-12));
        assert!(near(layer.relative.unwrap().value(), norm(gradient) / norm(weight), 1e-12));
        assert!(near(layer.mean_weight.unwrap(), weight.sum() / weight.len() as f64, 1e-12));
    }
    // Of the softmax there is no derivative for each unit, so nothing is predicted for what comes through it.
    let predicted: Vec<bool> = flow.layers.iter().map(|layer| layer.predicted_gain.is_some()).collect();
    assert_eq!(predicted, [false, true, false, true]);
}

/// √(f_l · Var(W_l) · E[σ'²]) against the measured gain: 1 under He by fan-out, √(f_l/f_{l−1}) by fan-in.
///
/// Samples share most of their gates, so that one network has about one independent Δ a layer: a sum of 512 terms w δ s,
/// whose square has a deviation of √(5/512), 10 %. The mean over 7 layers and 8 seeds has one of 1.3 %. Y is large: where
/// the error is mostly Ŷ, it is not independent of the weights, and the gain another.
#[test]
fn the_gain_of_wide_layers_is_the_predicted_one() {
    let network = parsed(
        "input X [16, 512]; dense 512 relu nobias; repeat 3 { dense 512 relu nobias; dense 256 relu nobias }; \
         dense 512 nobias; loss half_mse",
    );
    for initialisation in [Initialisation::HeOut, Initialisation::HeIn] {
        let mut ratios = Vec::new();
        for seed in 0..8 {
            let weights = initialise::draw(&network, initialisation, &mut draw::generator(seed));
            let mut arrays = random(&network, &weights, seed);
            arrays["Y"] *= 1e3;
            let layers = flow(&network, &arrays).layers;
            for pair in layers.windows(2) {
                let [below, layer] = pair else { unreachable!() };
                let fan = layer.units as f64 / below.units as f64;
                let theory = if initialisation == Initialisation::HeOut { 1.0 } else { fan.sqrt() };
                let (measured, predicted) = (layer.gain.unwrap().value(), layer.predicted_gain.unwrap());
                // Half of the gates are open, give or take; Var(W) is known to a percent.
                assert!(near(predicted, theory, 0.15), "{initialisation} {}: {predicted} {theory}", layer.label);
                assert!(near(measured, predicted, 0.4), "{initialisation} {}: {measured} {predicted}", layer.label);
                ratios.push(measured / theory);
            }
        }
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!((mean - 1.0).abs() < 0.05, "{initialisation}: {mean}");
    }
}

/// The scaled passes are the plain ones where nothing is extreme, to the last bit.
#[test]
fn scales_change_nothing_in_ordinary_networks() {
    for (seed, text) in [
        "input X [5, 4]; dense 3 relu; dense 3 tanh; dense 2 softmax; loss cce",
        "input X [5, 4]; dense 3 square nobias; dense 3 abs; dense 2 exp; loss poisson",
        "input X [5, 4]; dense 3 leaky_relu; activation softmax; dense 2; loss huber",
    ]
    .into_iter()
    .enumerate()
    {
        let network = parsed(text);
        let insight = on(&network, &random(&network, &Arrays::new(), seed as u64), &[], Options::default());
        let evaluator = insight.subject.evaluator().expect("layered");
        let wanted = &evaluator.forward().parameters;
        let plain = evaluator.at(&insight.subject.inputs(), wanted, Held::Nothing, &[]).expect("evaluates");
        let found = scaled::passes(evaluator, &insight.subject.inputs()).expect("evaluates");
        assert_eq!(found.overflow, None);
        let places = insight.subject.places();
        let is = |symbol, plain: &ArcArray2<f64>| {
            let found = found.get(symbol).expect("has a value");
            assert!(found.exponent == 0 && found.array == *plain, "{text}");
        };
        for (i, place) in places.iter().enumerate() {
            is(place.pre_activation.expect("has a Z"), &plain.pre_activations[i]);
            is(place.activation, &plain.activations[i]);
            assert_eq!(place.delta(&found).unwrap().expect("has a value").array, plain.adjoints[i], "{text}");
        }
        for (variable, plain) in &plain.gradients {
            let formula = evaluator.gradient().by(*variable).expect("has a gradient").value;
            assert_eq!(found.gradient(formula).unwrap().expect("has a value").array.to_owned(), *plain, "{text}");
        }
    }
}

/// c I in every one of a thousand layers: A_l = cˡ X, Δ_l = c^(1000−l) Δ_L.
#[test]
fn a_thousand_homogeneous_layers_neither_overflow_nor_underflow() {
    for (activation, bias) in [("relu", "nobias"), ("leaky_relu", "nobias"), ("linear", ""), ("abs", "")] {
        let network = parsed(&format!("input X [1, 2]; repeat 1000 {{ dense 2 {activation} {bias} }}; loss half_mse"));
        for c in [8.0_f64, 0.125, 1.0] {
            let mut arrays = random(&network, &Arrays::new(), 1);
            for (name, array) in &mut arrays {
                match name.as_bytes()[0] {
                    b'W' => *array = Array2::eye(2) * c,
                    b'b' => array.fill(0.0),
                    _ => *array = array![[3.0, 4.0]],
                }
            }
            let flow = flow(&network, &arrays);
            assert_eq!(flow.overflow, None);
            let (x, depth) = ((25.0_f64 / 2.0).sqrt().log10(), c.log10());
            let error = if c > 1.0 {
                1000.0 * depth + x
            } else if c < 1.0 {
                x
            } else {
                f64::NEG_INFINITY
            };
            for (place, layer) in flow.layers.iter().enumerate() {
                let l = (place + 1) as f64;
                assert!((layer.activation.unwrap().log10() - (l * depth + x)).abs() < 1e-9, "{activation} {c} {l}");
                let delta = layer.adjoint.unwrap().log10();
                // (Ŷ − Y)/n is Ŷ where that is enormous, −Y where it is nothing, and 0 for c = 1.
                let is_right = if error.is_finite() {
                    (delta - (error + (1000.0 - l) * depth)).abs() < 1e-9
                } else {
                    delta.is_infinite()
                };
                assert!(is_right, "{activation} {c} {l}: {delta}");
            }
            let layers = |from: usize, to: usize| (from - 1..to).collect::<Vec<_>>();
            // 8⁻³ = 0.00195, 8⁻⁴ = 2.4e-4.
            let (vanish, explode) = (flow.with(Judgement::Vanishing), flow.with(Judgement::Exploding));
            match c {
                0.125 => assert_eq!((vanish, explode), (layers(1, 996), vec![])),
                8.0 => assert_eq!((vanish, explode), (vec![], layers(1, 996))),
                _ => assert_eq!((vanish, explode), (vec![], vec![])),
            }
        }
    }
}

/// Biases count as they do: z = c^l sums of b, which an underflow of the weights' part must not lose.
#[test]
fn biases_keep_their_weight_beside_scales() {
    let network = parsed("input X [1, 1]; repeat 300 { dense 1 relu }; loss half_mse");
    for (c, last) in [(1e-3_f64, 2.0 / (1.0 - 1e-3)), (1e3, f64::INFINITY)] {
        let mut arrays = random(&network, &Arrays::new(), 1);
        for (name, array) in &mut arrays {
            array.fill(match name.as_bytes()[0] {
                b'W' => c,
                b'b' => 2.0,
                _ => 1.0,
            });
        }
        let flow = flow(&network, &arrays);
        let found = flow.layers[299].activation.unwrap().log10();
        // c³⁰⁰ + 2 (c²⁹⁹ + … + 1) = c³⁰⁰ (1 + 2/(c − 1)) for large c.
        let expected = if last.is_finite() { last.log10() } else { 900.0 + (1.0_f64 + 2.0 / 999.0).log10() };
        assert!((found - expected).abs() < 1e-9, "{c}: {found} {expected}");
    }
}

/// Whatever stands above such layers, sizes are right or the layer is named.
#[test]
fn what_is_no_float_is_named() {
    let head = |text: &str, c: f64| {
        let network = parsed(&format!("input X [2, 2]; repeat 500 {{ dense 2 relu nobias }}; {text}"));
        let mut arrays = random(&network, &Arrays::new(), 2);
        for (name, array) in &mut arrays {
            match name.as_bytes()[0] {
                b'W' if name != "W501" => *array = Array2::eye(2) * c,
                b'X' => *array = array![[1.0, 2.0], [2.0, 1.0]],
                _ => {}
            }
        }
        arrays["W501"] = array![[1.0, -1.0], [-1.0, 3.0]];
        let insight = on(&network, &arrays, &[Part::Flow], Options::default());
        (page(&insight, Format::Text), insight.flow.expect("flow").flow)
    };
    // The softmax of numbers that are far apart is one-hot: Ŷ − Y is known, and Δ grows from there on.
    let (_, flow) = head("dense 2 softmax nobias; loss cce", 10.0);
    assert_eq!(flow.overflow, None);
    assert!((flow.steps.measured.unwrap().log10() - 499.0).abs() < 1.0, "{:?}", flow.steps);
    let (_, flow) = head("dense 2 tanh nobias; loss mse", 10.0);
    assert_eq!((flow.overflow, flow.layers[0].share), (None, None), "tanh is flat: Δ is 0");
    let (text, flow) = head("dense 2 softplus nobias; loss mse", 10.0);
    let overflowed = |value, layer: &str| Some(Overflowed { value, layer: layer.into() });
    assert_eq!(flow.overflow, overflowed(Role::Prediction, "501"));
    assert!(text.contains("A₅₀₁ has entries that are too large to compute with"), "{text}");
    // mse of numbers beyond floats, and of those below: both are multiples of one power of two.
    for c in [10.0, 0.1] {
        assert_eq!(head("dense 2 nobias; loss mse", c).1.overflow, None);
        assert_eq!(head("dense 2 nobias; loss mae", c).1.overflow, None);
    }
    let exp = parsed("input X [1, 1]; repeat 9 { dense 1 exp nobias }; loss mse");
    let insight = begun(&exp, Initialisation::Ones, &[Part::Flow], Options { seeds: Some(1), ..Options::default() });
    // e^1, e^e = 15.2, e^15.2 = 3.8e6, and then no float.
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("A₄ has entries that are too large to compute with"), "{text}");
    assert_eq!(document(&insight)["flow"]["overflow"], json!({"value": "A", "layer": "4"}));
    assert_eq!(insight.flow.expect("flow").flow.overflow, overflowed(Role::Activation, "4"));
}

/// wᴸ: 0.5¹⁰ = 9.77e-4, 0.9¹⁰ = 0.349, 1.1¹⁰ = 2.59, 0.9¹⁰⁰ = 2.66e-5, 1.1¹⁰⁰ = 1.38e4.
#[test]
fn powers_are_printed() {
    let network = parsed("input X [2, 2]; repeat 10 { dense 2 nobias }; loss mse");
    let insight =
        begun(&network, Initialisation::Identity, &[Part::Flow], Options { seeds: Some(1), ..Options::default() });
    let text = unwrapped(&page(&insight, Format::Text));
    let row = |weight: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(&format!("{weight} "))).expect("a row");
        line.split_whitespace().map(String::from).collect()
    };
    assert_eq!([&row("0.5")[2], &row("0.9")[2], &row("1.1")[2]], ["9.77e-4", "0.349", "2.59"]);
    assert_eq!([&row("0.9")[4], &row("1.1")[4]], ["2.66e-5", "1.38e4"]);
    // An identity of width 2 has mean 0.5: over 9 steps the mnemonic says 0.5⁹ = 0.00195, by all 10 W 9.77e-4, and Δ does not change at all.
    assert!(text.contains("The rms of Δ₁ divided by the rms of Δ₁₀ is 1.00."), "{text}");
    assert!(
        text.contains(
            "The rule of thumb (mean weight times activation rate) says 0.00195 (off by a factor of 2.00 a layer)"
        ),
        "{text}"
    );
    assert!(text.contains("mean weight 0.500 times activation rate 1.00 to the power 10 is 9.77e-4"), "{text}");
}

/// Rows of a softmax's error sum to 0, so under weights of 1 nothing comes through, and no rounding that explodes; the part
/// says so, and the row of the comparison says the same.
#[test]
fn what_cancels_is_zero() {
    let network = parsed("input X [5, 4]; repeat 60 { dense 7 }; dense 3 softmax; loss cce");
    let options = Options { seeds: Some(1), ..Options::default() };
    let insight = begun(&network, Initialisation::Ones, &[Part::Flow, Part::Claims], options);
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("Δ₆₀ is 0: the terms of each of its entries cancel"), "{text}");
    let flow = insight.flow.as_ref().unwrap();
    assert_eq!(flow.flow.cancels.as_deref(), Some("60"));
    let sizes: Vec<bool> = flow.flow.layers.iter().map(|layer| layer.adjoint.unwrap().is_zero()).collect();
    assert_eq!(sizes, [vec![true; 60], vec![false]].concat());
    let ones = flow.initialisations.as_ref().unwrap().rows.iter().find(|row| row.initialisation == "ones").unwrap();
    assert!(ones.spread.unwrap().iter().all(|size| size.is_zero()));
    let claims = insight.claims.unwrap();
    assert_eq!(claims.verdict(Statement::Depth), Verdict::Undecided(Reason::NothingLeft));
}

/// What is small and no rounding stays: a difference of 10⁻¹² of its terms, and what a saturated gate lets through.
#[test]
fn what_is_small_is_not_zero() {
    let network = parsed("input X [1, 1]; dense 1 sigmoid; dense 2; loss half_mse");
    let mut arrays = filled(&network, |name| if name == "b1" { 60.0 } else { 1.0 });
    // Δ₂ = (1, 1), and Δ₁ = (1 − (1 − 10⁻¹²)) σ'(61), with σ'(z) = e⁻ᶻ for such z.
    arrays["Y"].fill(1.0);
    arrays["W2"] = array![[1.0, -1.0 + 1e-12]];
    arrays["b2"] = array![[1.0, 3.0 - 1e-12]];
    let adjoint = flow(&network, &arrays).layers[0].adjoint.unwrap().value();
    assert!(near(adjoint, 1e-12 * (-61.0_f64).exp(), 1e-3), "{adjoint:e}");
    arrays["W2"] = array![[1.0, -1.0]];
    arrays["b2"] = array![[1.0, 3.0]];
    assert!(flow(&network, &arrays).layers[0].adjoint.unwrap().is_zero());
}

/// The page of the flow on arrays.
fn told(network: &Network, arrays: &Arrays) -> String {
    unwrapped(&page(&on(network, arrays, &[Part::Flow], Options::default()), Format::Text))
}

/// Each array filled with one number, by the first letter of its name.
fn filled(network: &Network, of: impl Fn(&str) -> f64) -> Arrays {
    let mut arrays = random(network, &Arrays::new(), 1);
    arrays.iter_mut().for_each(|(name, array)| array.fill(of(name)));
    arrays
}

/// Z = −2, so the gate is closed and the error −Y; Z = 2 = Y, so the gate is open and the error 0.
#[test]
fn a_closed_gate_is_no_error_of_zero() {
    let network = parsed("input X [1, 1]; dense 3 relu; loss half_mse");
    let closed = told(&network, &filled(&network, |name| if name.starts_with(['W', 'b']) { -1.0 } else { 1.0 }));
    assert!(closed.contains("Δ₁ is 0: the activation derivative of layer 1 is 0 for every unit"), "{closed}");
    assert!(closed.contains("The rms of the activations falls to 0 in layer 1"), "{closed}");
    let right = told(&network, &filled(&network, |name| if name == "Y" { 2.0 } else { 1.0 }));
    assert!(right.contains("Δ₁ is 0: the error is 0"), "{right}");
    let mut each = filled(&network, |name| if name == "Y" { 2.0 } else { 1.0 });
    each["b1"][[0, 0]] = -9.0;
    let each = told(&network, &each);
    assert!(each.contains("is 0 for some units and samples, and the error is 0 for all others"), "{each}");
}

/// A bias of −9 in layer 4 closes it; all biases above are 0.
#[test]
fn the_layer_where_activations_die_is_named() {
    let network = parsed("input X [2, 2]; repeat 6 { dense 2 relu }; loss half_mse");
    let text = told(
        &network,
        &filled(&network, |name| {
            if name == "b4" {
                -99.0
            } else if name.starts_with('b') {
                0.0
            } else {
                1.0
            }
        }),
    );
    assert!(
        text.contains("The rms of the activations falls to 0 in layer 4; it first falls below 0.001 in layer 4."),
        "{text}"
    );
    let closed = parsed("input X [1, 2]; repeat 2 { dense 2 relu }; loss half_mse");
    let text = told(&closed, &filled(&closed, |name| if name == "b2" { -99.0 } else { 1.0 }));
    assert!(text.contains("there is no verdict: no two rates of active units differ"), "{text}");
}

/// One weight of 1e-9 shrinks all below it; one of 1e9 below that makes up for it.
#[test]
fn the_first_layer_on_the_way_down_is_named() {
    let network = parsed("input X [1, 1]; repeat 5 { dense 1 nobias }; loss half_mse");
    let run = told(&network, &filled(&network, |name| if name == "W3" { 1e-9 } else { 1.0 }));
    assert!(run.contains("first falls below 0.001 in layer 2."), "{run}");
    let gap = |name: &str| match name {
        "W4" | "W2" => 1e-9,
        "W3" => 1e9,
        _ => 1.0,
    };
    let gap = told(&network, &filled(&network, gap));
    assert!(gap.contains("first falls below 0.001 in layer 3."), "{gap}");
}
