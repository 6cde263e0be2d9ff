//! The product form with mean gates, and gradients without biases, beside the gradient.

use chainrule::{
    evaluate::{arrays::Arrays, backprop, initialise::Initialisation},
    insight::approximation::{Approximation, Biases, Comparison, Distance},
    network::graph::Network,
    pipeline::insight::{Options, Part},
    render::Format,
};
use ndarray::{Array1, Array2, Axis, Slice, arr2};

use super::{begun, document, near, on, page, parsed, random, unwrapped};
use crate::concrete::digits;

fn approximation(network: &Network, arrays: &Arrays) -> Approximation {
    on(network, arrays, &[Part::Approximation], Options::default()).approximation.expect("approximation")
}

/// Largest error, norm, length and cosine, each by its definition.
fn distance(a: &Array2<f64>, g: &Array2<f64>) -> [f64; 4] {
    let norm = |x: &Array2<f64>| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = |x: &Array2<f64>| x.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    [largest(&(a - g)) / largest(g), norm(&(a - g)) / norm(g), norm(a) / norm(g), (a * g).sum() / (norm(a) * norm(g))]
}

fn assert_is(found: Comparison, expected: [f64; 4]) {
    let found = found.distance().expect("a distance");
    let figures = [found.largest, found.norm, found.length, found.cosine.expect("a cosine")];
    assert!(figures.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{figures:?} {expected:?}");
}

/// Mean gates of digits by hand, E W_3ᵀ diag(mean relu'(Z_2)) W_2ᵀ diag(mean relu'(Z_1)), against the concrete backprop of
/// the first samples.
#[test]
fn mean_gates_of_digits_are_those_by_hand() {
    let (network, arrays) = digits();
    let found = approximation(&network, &arrays);
    assert_eq!(found.sizes, [1, 2, 4, 8, 16, 32, 64, 128]);
    for (place, size) in found.sizes.iter().enumerate() {
        let spec = format!("input X [{size}, 64]; dense 64 relu; dense 32 relu; dense 10 softmax; loss cce");
        let network = parsed(&spec);
        let mut some = arrays.clone();
        for name in ["X", "Y"] {
            some[name] = arrays[name].slice_axis(Axis(0), Slice::from(..*size)).to_owned();
        }
        let exact = backprop::gradients(&network, &some).gradients;
        let forward = backprop::forward(&network, &some);
        let mean_gate = |layer: usize| -> Array1<f64> {
            forward.pre_activations[layer].mapv(|z| f64::from(u8::from(z > 0.0))).mean_axis(Axis(0)).unwrap()
        };
        let error = (&forward.activations[2] - &some["Y"]) / *size as f64;
        let second = error.dot(&arrays["W3"].t()) * mean_gate(1);
        let first = second.dot(&arrays["W2"].t()) * mean_gate(0);
        let below = [&some["X"], &forward.activations[0], &forward.activations[1]];
        for (layer, (below, adjoint)) in below.into_iter().zip([first, second, error]).enumerate() {
            let name = format!("W{}", layer + 1);
            assert_eq!(found.layers[layer].name, name);
            assert_is(found.layers[layer].mean_gates[place], distance(&below.t().dot(&adjoint), &exact[&name]));
        }
    }
    let gradients = backprop::gradients(&network, &arrays).gradients;
    let mut without = arrays.clone();
    for name in ["b1", "b2", "b3"] {
        without[name].fill(0.0);
    }
    let without = backprop::gradients(&network, &without).gradients;
    assert_eq!(found.biases, Biases::Some);
    for layer in &found.layers {
        let expected = distance(&without[&layer.name], &gradients[&layer.name]);
        assert_is(layer.without_biases.expect("some biases"), expected);
    }
}

/// Two samples through a relu that is on for the first alone, so that its mean gate is 1/2. With X = (1, 0), (−1, t),
/// Y = −1, y, W_1 = (1, 0)ᵀ and W_2 = 1 the errors are 1 and −y/2: the gradient by W_1 is (1, 0), and with the mean gate
/// (1 + y/2, −t y/2)/2.
#[test]
fn the_verdict_judges_size_and_direction_each() {
    const ALL: [&str; 5] = [
        "is a good stand-in",
        "roughly keeps the direction and the size of every gradient",
        "roughly keeps the direction of every gradient, but not the size",
        "roughly keeps the size of every gradient, but not the direction",
        "is no stand-in for the gradient",
    ];
    let network = parsed("input X [2, 2]; dense 1 relu nobias; dense 1 nobias; loss half_mse");
    for ([t, y], [a, b], verdict) in [
        ([0.02, 2.0], [1.0, -0.01], 0),
        ([0.2, 2.0], [1.0, -0.1], 1),
        ([0.2, 4.0], [1.5, -0.2], 2),
        ([0.2, -6.0], [-1.0, 0.3], 3),
        ([0.2, -12.0], [-2.5, 0.6], 4),
    ] {
        let arrays = Arrays::from_iter([
            ("X".into(), arr2(&[[1.0, 0.0], [-1.0, t]])),
            ("Y".into(), arr2(&[[-1.0], [y]])),
            ("W1".into(), arr2(&[[1.0], [0.0]])),
            ("W2".into(), arr2(&[[1.0]])),
        ]);
        let insight = on(&network, &arrays, &[Part::Approximation], Options::default());
        let found = insight.approximation.as_ref().expect("approximation");
        assert_is(found.layers[0].mean_gates[1], distance(&arr2(&[[a], [b]]), &arr2(&[[1.0], [0.0]])));
        let text = unwrapped(&page(&insight, Format::Text));
        let said =
            |words: &&&str| text.contains(&format!("With 2 samples the product form {words}: the error is up to"));
        assert_eq!(ALL.iter().filter(said).collect::<Vec<_>>(), [&ALL[verdict]], "{text}");
        let length = document(&insight)["approximation"]["layers"][0]["mean_gates"][1]["length"].as_f64().unwrap();
        assert!(near(length, a.hypot(b), 1e-12), "{length}");
    }
}

/// The first gradient's norm is 3 % too small here, the second's 7 % too large.
#[test]
fn a_direction_that_stays_says_nothing_of_the_size() {
    let network = parsed("input X [4, 6]; dense 8 tanh; dense 6 tanh; dense 3; loss half_mse");
    let options = Options { seed: 25, ..Options::default() };
    let insight = begun(&network, Initialisation::Lecun, &[Part::Approximation], options);
    let lengths = insight
        .approximation
        .as_ref()
        .expect("approximation")
        .layers
        .iter()
        .map(|layer| layer.mean_gates.last().and_then(|found| found.distance()).expect("a distance").length);
    let lengths: Vec<f64> = lengths.collect();
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("roughly keeps the direction of every gradient, but not the size"), "{text}");
    assert!(text.contains("the norms are 0.966 to 1.07 times those of the gradients"), "{lengths:?} {text}");
}

#[test]
fn one_sample_is_exact_and_so_is_a_linear_network() {
    let network = parsed("input X [5, 4]; dense 6 gelu; dense 3 softmax; dense 2 sigmoid; loss half_mse");
    let found = approximation(&network, &random(&network, &Arrays::new(), 2));
    assert_eq!(found.sizes, [1, 2, 4, 5]);
    for layer in &found.layers {
        // Text, pictures and data say 0 where the difference is rounding.
        let exact = Distance { largest: 0.0, norm: 0.0, length: 1.0, cosine: Some(1.0) };
        assert_eq!(layer.mean_gates[0], Comparison::Found(exact));
        assert!(layer.mean_gates[3].distance().expect("a distance").norm > 1e-3, "{layer:?}");
    }
    let linear = super::parsed("input X [5, 4]; repeat 3 { dense 4 }; loss half_mse");
    let insight = begun(&linear, Initialisation::HeIn, &[Part::Approximation], Options::default());
    let text = page(&insight, Format::Text);
    assert!(text.contains("The network has no activation derivatives, so the product form is exact."), "{text}");
    assert!(text.contains("All biases are 0"), "{text}");
}

#[test]
fn a_gradient_that_is_zero_has_no_relative_error() {
    let network = parsed("input X [4, 2]; dense 3 relu; dense 1; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 3);
    arrays["b1"].fill(-100.0);
    let insight = on(&network, &arrays, &[Part::Approximation], Options::default());
    let text = page(&insight, Format::Text);
    assert!(text.contains("With 4 samples there is no verdict: 2 gradients are 0 but for rounding."), "{text}");
    let found = insight.approximation.expect("approximation");
    assert!(found.layers[0].mean_gates.iter().all(|found| *found == Comparison::Zero));
}

/// The second sample alone has an error whose product with X leaves the floats: one sample has a figure, both have none.
#[test]
fn an_overflow_is_no_zero() {
    let network = parsed("input X [2, 1]; dense 1 relu nobias; dense 1 nobias; loss half_mse");
    let arrays = |second: f64, w: f64| {
        Arrays::from_iter([
            ("X".into(), arr2(&[[1.0], [second]])),
            ("Y".into(), arr2(&[[0.0], [1.0]])),
            ("W1".into(), arr2(&[[w]])),
            ("W2".into(), arr2(&[[1.0]])),
        ])
    };
    let said = |arrays: &Arrays| {
        let insight = on(&network, arrays, &[Part::Approximation], Options::default());
        let found = insight.approximation.as_ref().expect("approximation").layers[0].mean_gates.clone();
        (found, unwrapped(&page(&insight, Format::Text)))
    };
    let (found, text) = said(&arrays(1e200, 1.0));
    assert!(matches!(found[..], [Comparison::Found(_), Comparison::GradientNotFinite]), "{found:?}");
    assert!(text.contains("With 2 samples there is no verdict: 2 gradients are not finite."), "{text}");
    // A gate that is off keeps −1e300 · 1e300 out of the gradient; its mean does not.
    let mut arrays = arrays(-1e300, 1.0);
    arrays["Y"] = arr2(&[[0.0], [1e300]]);
    let (found, text) = said(&arrays);
    assert!(matches!(found[..], [Comparison::Found(_), Comparison::NotFinite]), "{found:?}");
    let end = "With 2 samples the product form is exact; 1 gradient is approximated by values that are not finite.";
    assert!(text.contains(end), "{text}");
}

/// Without its bias the only unit is off: the gradient becomes 0 and has no direction.
#[test]
fn leaving_the_biases_out_may_leave_nothing() {
    let network = parsed("input X [1, 1]; dense 1 relu; dense 1 nobias; loss half_mse");
    let arrays = Arrays::from_iter([
        ("X".into(), arr2(&[[-1.0]])),
        ("Y".into(), arr2(&[[0.0]])),
        ("W1".into(), arr2(&[[1.0]])),
        ("b1".into(), arr2(&[[3.0]])),
        ("W2".into(), arr2(&[[1.0]])),
    ]);
    let text = unwrapped(&page(&on(&network, &arrays, &[Part::Approximation], Options::default()), Format::Text));
    let end = "by up to 1.00 of its norm; the norms are 0 times those of the gradients and 2 of them 0.";
    assert!(text.contains(end), "{text}");
}

/// Products share what stands behind the error: a thousand layers are no matter.
#[test]
fn a_thousand_layers_are_measured() {
    let network = parsed("input X [4, 3]; repeat 999 { dense 3 relu }; dense 2 softmax; loss cce");
    let insight = begun(
        &network,
        Initialisation::HeIn,
        &[Part::Approximation, Part::Inactive, Part::Flow],
        Options { seeds: Some(2), ..Options::default() },
    );
    let text = page(&insight, Format::Text);
    assert!(text.contains("992 gradients between are left out"), "{text}");
}

/// Least squares: with W from the normal equations the gradient XᵀE is 0 but for rounding, and has no relative error.
#[test]
fn at_an_optimum_nothing_is_relative_to_rounding() {
    let network = parsed("input X [4, 1]; dense 1; loss half_mse");
    // Σx = 14, Σx² = 70, Σy = 0, Σxy = 3: W = (4·3 − 0)/(4·70 − 14²) = 1/7 and b = −14/(7·4).
    let arrays = Arrays::from_iter([
        ("X".into(), arr2(&[[1.0], [2.0], [4.0], [7.0]])),
        ("Y".into(), arr2(&[[0.1], [-0.9], [0.3], [0.5]])),
        ("W1".into(), arr2(&[[1.0 / 7.0]])),
        ("b1".into(), arr2(&[[-0.5]])),
    ]);
    let found = approximation(&network, &arrays);
    assert_eq!(found.layers[0].without_biases, Some(Comparison::Zero), "{:?}", found.layers[0]);
}
