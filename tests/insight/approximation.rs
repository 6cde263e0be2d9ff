//! The product form with mean gates, and gradients without biases, beside the gradient.

use chainrule::{
    evaluate::{arrays::Arrays, backprop, initialise::Initialisation},
    insight::approximation::{Approximation, Biases, Distance},
    network::graph::Network,
    pipeline::insight::{Options, Part},
    render::Format,
};
use ndarray::{Array1, Array2, Axis, Slice};

use super::{begun, near, on, page, parsed, random};
use crate::concrete::digits;

fn approximation(network: &Network, arrays: &Arrays) -> Approximation {
    on(network, arrays, &[Part::Approximation], Options::default()).approximation.expect("approximation")
}

/// Largest error, norm and cosine, each by its definition.
fn distance(a: &Array2<f64>, g: &Array2<f64>) -> [f64; 3] {
    let norm = |x: &Array2<f64>| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = |x: &Array2<f64>| x.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    [largest(&(a - g)) / largest(g), norm(&(a - g)) / norm(g), (a * g).sum() / (norm(a) * norm(g))]
}

fn assert_is(found: Option<Distance>, expected: [f64; 3]) {
    let found = found.expect("a distance");
    let figures = [found.largest, found.norm, found.cosine.expect("a cosine")];
    assert!(figures.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{figures:?} {expected:?}");
}

/// Mean gates of digits by hand: E W_3ᵀ diag(mean relu'(Z_2)) W_2ᵀ diag(mean relu'(Z_1)).
#[test]
fn mean_gates_of_digits_are_those_by_hand() {
    let (network, arrays) = digits();
    let found = approximation(&network, &arrays);
    assert_eq!(found.sizes, [1, 2, 4, 8, 16, 32, 64, 128]);
    for (place, size) in found.sizes.iter().enumerate() {
        let mut some = arrays.clone();
        for name in ["X", "Y"] {
            some[name] = arrays[name].slice_axis(Axis(0), Slice::from(..*size)).to_owned();
        }
        let forward = backprop::forward(&network, &arrays);
        let rows = |array: &Array2<f64>| array.slice_axis(Axis(0), Slice::from(..*size)).to_owned();
        let mean_gate = |layer: usize| -> Array1<f64> {
            rows(&forward.pre_activations[layer]).mapv(|z| f64::from(u8::from(z > 0.0))).mean_axis(Axis(0)).unwrap()
        };
        let error = (rows(&forward.activations[2]) - &some["Y"]) / *size as f64;
        let second = error.dot(&arrays["W3"].t()) * mean_gate(1);
        let first = second.dot(&arrays["W2"].t()) * mean_gate(0);
        let below = [some["X"].clone(), rows(&forward.activations[0]), rows(&forward.activations[1])];
        let approximated = [first, second, error];
        // The concrete backprop takes the batch's own size from its arrays.
        let exact = {
            let e = &approximated[2];
            let gate = |layer: usize| rows(&forward.pre_activations[layer]).mapv(|z| f64::from(u8::from(z > 0.0)));
            let second = e.dot(&arrays["W3"].t()) * gate(1);
            [second.dot(&arrays["W2"].t()) * gate(0), second, e.clone()]
        };
        for layer in 0..3 {
            let a = below[layer].t().dot(&approximated[layer]);
            let g = below[layer].t().dot(&exact[layer]);
            assert_is(found.layers[layer].mean_gates[place], distance(&a, &g));
        }
    }
    // The full batch's gradient is the concrete backprop's, which the figures above are relative to.
    let gradients = backprop::gradients(&network, &arrays).gradients;
    let mut without = arrays.clone();
    for name in ["b1", "b2", "b3"] {
        without[name].fill(0.0);
    }
    let without = backprop::gradients(&network, &without).gradients;
    assert_eq!(found.biases, Biases::Some);
    for layer in &found.layers {
        assert_is(layer.without_biases, distance(&without[&layer.name], &gradients[&layer.name]));
    }
}

#[test]
fn one_sample_is_exact_and_so_is_a_linear_network() {
    let network = parsed("input X [5, 4]; dense 6 gelu; dense 3 softmax; dense 2 sigmoid; loss half_mse");
    let found = approximation(&network, &random(&network, &Arrays::new(), 2));
    assert_eq!(found.sizes, [1, 2, 4, 5]);
    for layer in &found.layers {
        let first = layer.mean_gates[0].expect("a distance");
        assert!(first.norm < 1e-12 && near(first.cosine.unwrap(), 1.0, 1e-12), "{first:?}");
        assert!(layer.mean_gates[3].expect("a distance").norm > 1e-3, "{layer:?}");
    }
    let linear = super::parsed("input X [5, 4]; repeat 3 { dense 4 }; loss half_mse");
    let insight = begun(&linear, Initialisation::HeIn, &[Part::Approximation], Options::default());
    let text = page(&insight, Format::Text);
    assert!(text.contains("the network has no gates, so the product form is exact"), "{text}");
    assert!(text.contains("all biases are 0"), "{text}");
}

#[test]
fn a_gradient_that_is_zero_has_no_relative_error() {
    let network = parsed("input X [4, 2]; dense 3 relu; dense 1; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 3);
    arrays["b1"].fill(-100.0);
    let insight = on(&network, &arrays, &[Part::Approximation], Options::default());
    let text = page(&insight, Format::Text);
    assert!(text.contains("no verdict: every gradient is 0"), "{text}");
    assert!(insight.approximation.expect("approximation").layers[0].mean_gates.iter().all(Option::is_none));
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
