//! The flow in other networks of the same layers: initialisations over seeds, and biases that are moved.

use chainrule::{
    evaluate::{
        arrays::Arrays,
        backprop, draw,
        initialise::{self, Initialisation},
    },
    insight::{
        Magnitude,
        flow::{
            Activity,
            activity::{Error, Move},
        },
    },
    pipeline::insight::{Options, Part},
    render::Format,
};

use super::{begun, flow::rms, near, on, page, parsed, random, unwrapped};

/// A row of the comparison against the concrete backprop at the same weights.
#[test]
fn initialisations_are_compared_by_the_concrete_backprop() {
    let network = parsed("input X [9, 8]; dense 16 relu; dense 12 tanh; dense 6 softmax; loss cce");
    let options = Options { seed: 7, seeds: Some(4), ..Options::default() };
    let insight = begun(&network, Initialisation::Normal(0.3), &[Part::Flow], options);
    let comparison = insight.flow.expect("flow").initialisations.expect("compared");
    for row in &comparison.rows {
        let initialisation = Initialisation::of_name(&row.initialisation).expect("known");
        let seeds = if initialisation.is_constant() { 1 } else { 4 };
        let ratio = |seed: u64| {
            let mut arrays = insight.subject.arrays.clone();
            arrays.extend(initialise::draw(&network, initialisation, &mut draw::generator(7 + seed)));
            let gradients = backprop::gradients(&network, &arrays).gradients;
            rms(&gradients["Z1"]) / rms(&gradients["Z3"])
        };
        let mut expected: Vec<f64> = (0..seeds).map(ratio).collect();
        expected.sort_by(f64::total_cmp);
        let [median, least, greatest] = row.spread.expect("finite").map(Magnitude::value);
        // Between the two in the middle, in logarithms.
        let middle = (expected[(expected.len() - 1) / 2] * expected[expected.len() / 2]).sqrt();
        for (found, expected) in [(median, middle), (least, expected[0]), (greatest, expected[expected.len() - 1])] {
            // Rows of the softmax's error sum to 0: under equal weights what is left of them is rounding.
            let cancels = initialisation == Initialisation::Ones && expected < 1e-13 && found == 0.0;
            assert!(cancels || near(found, expected, 1e-9), "{} {found} {expected}", row.initialisation);
        }
        assert_eq!(row.tenfold[0], expected.iter().filter(|ratio| **ratio < 0.1).count());
    }
    let names: Vec<&str> = comparison.rows.iter().map(|row| row.initialisation.as_str()).collect();
    assert_eq!(names, ["he-in", "he-out", "glorot", "lecun", "normal(0.3)", "ones", "identity"]);
}

/// The user's own parameters are no initialisation.
#[test]
fn given_parameters_are_not_compared() {
    let network = parsed("input X [3, 2]; dense 2 relu; dense 1; loss mse");
    let insight = on(&network, &random(&network, &Arrays::new(), 0), &[Part::Flow], Options::default());
    assert_eq!(insight.flow.expect("flow").initialisations, None);
}

/// Fewer active units: rates against a count by hand, and norms against the concrete backprop.
#[test]
fn the_gradient_by_activation_rate_is_that_of_the_concrete_backprop() {
    let network = parsed("input X [8, 5]; dense 20 relu; dense 20 relu; dense 3; loss half_mse");
    let arrays = random(&network, &Arrays::new(), 11);
    let activity = on(&network, &arrays, &[Part::Flow], Options::default()).flow.expect("flow").activity.expect("relu");
    let base = backprop::forward(&network, &arrays);
    let norm = |arrays: &Arrays| {
        let gradients = backprop::gradients(&network, arrays).gradients;
        ["W1", "W2", "W3"].iter().flat_map(|name| &gradients[*name]).map(|g| g * g).sum::<f64>().sqrt()
    };
    assert_eq!(activity.moves.len(), 6);
    for found in &activity.moves {
        let mut shifted = arrays.clone();
        for (place, bias) in ["b1", "b2"].into_iter().enumerate() {
            let scale = rms(&base.pre_activations[place]);
            shifted[bias].mapv_inplace(|b| b + found.by * scale);
        }
        let forward = backprop::forward(&network, &shifted);
        let open = forward.pre_activations[..2].iter().flatten().filter(|z| **z > 0.0).count();
        assert!(near(found.active, open as f64 / 320.0, 1e-12));
        assert!(near(found.gradient.expect("finite").value(), norm(&shifted) / norm(&arrays), 1e-9), "{found:?}");
    }
    let without = super::parsed("input X [8, 5]; dense 20 tanh; dense 3; loss half_mse");
    let insight = on(&without, &random(&without, &Arrays::new(), 11), &[Part::Flow], Options::default());
    assert_eq!(insight.flow.expect("flow").activity, None, "no unit of tanh is ever inactive");
}

/// Gradients that are 0 twice fall no further; one that grows between is what is quoted.
#[test]
fn what_speaks_against_sparsity_is_the_pair_that_grows() {
    let activity = |moves: [(f64, f64); 4]| Activity {
        samples: 1,
        moves: moves
            .map(|(active, gradient)| {
                let gradient = Some(Magnitude::of(gradient));
                Move { by: 0.0, active, gradient, held: gradient }
            })
            .to_vec(),
    };
    let falls = activity([(0.9, 3.0), (0.5, 1.0), (0.2, 0.0), (0.1, 0.0)]);
    for error in [Error::Follows, Error::Held] {
        assert!(falls.is_monotone(error));
        let grows = activity([(0.9, 3.0), (0.8, 1.0), (0.5, 2.0), (0.1, 0.0)]);
        let [more, fewer] = grows.counterexample(error).expect("grows");
        assert_eq!((more.active, fewer.active), (0.8, 0.5));
        let still = activity([(0.5, 1.0); 4]);
        assert!(!still.is_monotone(error) && still.counterexample(error).is_none(), "nothing was tried");
        // Rates that hardly differ are no pair, whatever the gradients do.
        let near = activity([(0.504, 1.0), (0.502, 445.0), (0.501, 2.0), (0.5, 1.0)]);
        assert!(near.pairs(error).next().is_none() && near.telling(error).is_none());
        let dead = activity([(0.5, 0.0), (0.4, 0.0), (0.3, 1.0), (0.2, 0.0)]);
        let active = dead.counterexample(error).expect("grows from 0")[1].active;
        assert!((active - 0.3).abs() < 1e-12, "{active}");
    }
}

/// With Δ_L held, ∂J/∂W₃ = A₂ᵀΔ₃ and Δ₂ = Δ₃W₃ᵀ ⊙ σ': by hand, from the values of the concrete forward pass.
#[test]
fn activity_is_measured_with_the_error_held() {
    let network = parsed("input X [16, 4]; dense 8 relu; dense 5 relu; dense 3; loss half_mse");
    let arrays = random(&network, &Arrays::new(), 2);
    let moves = on(&network, &arrays, &[Part::Flow], Options::default()).flow.unwrap().activity.unwrap().moves;
    let base = backprop::forward(&network, &arrays);
    let delta = backprop::gradients(&network, &arrays).gradients["Z3"].clone();
    let norm = |by: f64| {
        let mut shifted = arrays.clone();
        for (place, bias) in ["b1", "b2"].into_iter().enumerate() {
            let scale = rms(&base.pre_activations[place]);
            shifted[bias].mapv_inplace(|b| b + by * scale);
        }
        let forward = backprop::forward(&network, &shifted);
        let open = |place: usize| forward.pre_activations[place].mapv(|z| f64::from(u8::from(z > 0.0)));
        let second = delta.dot(&shifted["W3"].t()) * open(1);
        let first = second.dot(&shifted["W2"].t()) * open(0);
        let [a1, a2] = [0, 1].map(|place| &forward.activations[place]);
        let gradients = [arrays["X"].t().dot(&first), a1.t().dot(&second), a2.t().dot(&delta)];
        gradients.iter().flatten().map(|x| x * x).sum::<f64>().sqrt()
    };
    assert_eq!(moves.len(), 6);
    for found in moves {
        assert!(near(found.held.unwrap().value(), norm(found.by) / norm(0.0), 1e-9), "{found:?}");
    }
}

/// relu of zeros is 0, whatever the weights: no network has a ratio, and none a verdict.
#[test]
fn no_networks_give_no_verdict() {
    let network = parsed("input X [1, 1]; repeat 300 { dense 1 relu }; loss half_mse");
    let options = Options { seeds: Some(2), ..Options::default() };
    let insight = begun(&network, Initialisation::HeIn, &[Part::Flow], options);
    let text = unwrapped(&page(&insight, Format::Text));
    let comparison = insight.flow.expect("flow").initialisations.expect("compared");
    assert!(comparison.rows.iter().take(4).all(|row| (row.finite, row.zero) == (0, 2)), "{comparison:?}");
    assert!(text.contains("Δ_L is 0: he-in in 2 of 2, he-out in 2 of 2"), "{text}");
    assert!(text.contains("undecided: no network under he-in"), "{text}");
}
