//! Claims: figures known from theory, exact fractions, and counterexamples against the concrete backprop.

use chainrule::{
    catalog::loss::Reduction,
    evaluate::{arrays::Arrays, backprop, initialise::Initialisation},
    insight::{
        claims::{
            Claims,
            batch::Zeros,
            statement::Statement,
            trial::{Case, Effect, Held, Outcome},
            verdict::{Exception, Reason, Verdict},
        },
        flow::{activity::Error, comparison::Tenfold},
        size::ROUNDING,
    },
    network::graph::Network,
    pipeline::insight::{Options, Part, claims::Tried},
    render::Format,
};
use ndarray::{Array2, Axis, Slice};

use super::{influence::NETWORKS, near, on, page, parsed, part, random, unwrapped};
use crate::{cli::chainrule, common::snapshot};

mod gates;
mod single;
mod units_off;

const ONES: Initialisation = Initialisation::Ones;

fn tried(text: &str, initialisation: Initialisation, seed: u64) -> (Tried, Arrays, Network) {
    let found = part(text, Part::Claims, Options { initialisation, seed, ..Options::default() });
    (found.claims.unwrap(), found.subject.arrays, found.subject.numbers)
}

fn found(text: &str) -> Claims {
    tried(text, Initialisation::HeIn, 1).0.found.unwrap()
}

fn verdict(text: &str, statement: Statement) -> Verdict {
    tried(text, Initialisation::HeIn, 1).0.verdict(statement)
}

/// What became of an effect that was tried.
fn outcome(found: &Claims, effect: Effect) -> &Outcome {
    found.outcome(effect).unwrap_or_else(|| panic!("{effect:?} was not tried"))
}

/// Pairs with a figure, those that are not as expected, and those whose gradient is 0, with error and gates held.
fn pairs(found: &Claims, effect: Effect) -> [usize; 3] {
    found.outcome(effect).map_or([0; 3], |outcome| {
        let Case { pairs, wrong, zero, .. } = outcome.error_and_gates;
        [pairs, wrong, zero]
    })
}

fn norm(array: &Array2<f64>) -> f64 {
    array.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[test]
fn what_has_to_be_held_for_linearity() {
    let needs = |text: &str| {
        let found = found(text);
        [Effect::LaterDoubles, Effect::EarlierDoubles].map(|effect| outcome(&found, effect).needs())
    };
    let of = |hidden: &str, bias: &str| {
        format!("input X [6, 4]; dense 5 {hidden}{bias}; dense 4 {hidden}{bias}; dense 2{bias}; loss half_mse")
    };
    // Gates that are constant between kinks do not follow a doubling; those of tanh do.
    assert_eq!(needs(&of("relu", " nobias")), [Some(Held::Error); 2]);
    assert_eq!(needs(&of("linear", " nobias")), [Some(Held::Error); 2]);
    assert_eq!(needs(&of("tanh", " nobias")), [Some(Held::ErrorAndGates); 2]);
    // With biases A is affine only in X and the earlier W.
    assert_eq!(needs(&of("linear", "")), [Some(Held::Error), None]);
    assert_eq!(needs(&of("tanh", "")), [Some(Held::ErrorAndGates), None]);
    let biased = found(&of("tanh", ""));
    assert!(biased.drawn_biases);
    let affine = &outcome(&biased, Effect::EarlierAffine).error_and_gates;
    assert!(affine.pairs > 0 && affine.worst.as_ref().unwrap().value < ROUNDING);
    assert_eq!(verdict(&of("tanh", ""), Statement::Linear), Verdict::Fails);
    assert_eq!(verdict(&of("relu", " nobias"), Statement::Linear), Verdict::HoldsWith(Held::Error));
}

#[test]
fn doubling_is_what_the_concrete_backprop_makes_of_it() {
    let text = "input X [6, 4]; dense 5 tanh nobias; dense 4 relu nobias; dense 2 nobias; loss half_mse";
    let (tried, arrays, network) = tried(text, Initialisation::HeIn, 3);
    let found = tried.found.unwrap();
    let largest = |array: &Array2<f64>| array.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let of = |changed: &str, gradient: &str| {
        let mut twice = arrays.clone();
        twice[changed].mapv_inplace(|entry| 2.0 * entry);
        [&twice, &arrays].map(|arrays| backprop::gradients(&network, arrays).gradients[gradient].clone())
    };
    let off = |changed: &str, gradient: &str| {
        let [after, before] = of(changed, gradient);
        largest(&(&after - &(&before * 2.0))) / (2.0 * largest(&before))
    };
    let following = |effect| outcome(&found, effect).nothing.worst.clone().unwrap();
    let worst = [Effect::LaterDoubles, Effect::EarlierDoubles].map(following);
    for worst in &worst {
        let [after, before] = of(&worst.changed, &worst.gradient);
        assert!(near(off(&worst.changed, &worst.gradient), worst.value, 1e-9), "{worst:?}");
        assert!(near(norm(&after) / norm(&before), worst.times.unwrap(), 1e-9), "{worst:?}");
    }
    // And none is further off.
    let most = worst.iter().map(|worst| worst.value).fold(0.0, f64::max);
    for (changed, gradients) in [("X", ["W1", "W2", "W3"]), ("W2", ["W1", "W3", "W3"]), ("W3", ["W1", "W2", "W2"])] {
        assert!(gradients.iter().all(|gradient| off(changed, gradient) <= most + 1e-9));
    }
    // A weight is missing in its own gradient, but for what follows.
    let own = outcome(&found, Effect::OwnWeight);
    assert_eq!((pairs(&found, Effect::OwnWeight), own.needs()), ([3, 0, 0], Some(Held::ErrorAndGates)));
    let own = own.nothing.worst.as_ref().unwrap();
    let [after, before] = of(&own.changed, &own.gradient);
    assert!((largest(&(&after - &before)) / largest(&before) - own.value).abs() < 1e-9);
}

#[test]
fn biases_enter_where_they_are_said_to() {
    let text = "input X [6, 4]; dense 5 relu; dense 4 tanh; dense 2; loss half_mse";
    let found = found(text);
    // b₁ in W₂ and W₃, b₂ in W₃: all seen; of 18 pairs 15 are absent. W₂, W₃ in b₁, W₃ in b₂: seen; X and 6 − 3 … absent.
    let [absent, present] = [Effect::BiasAbsent, Effect::BiasPresent].map(|effect| pairs(&found, effect));
    assert_eq!([absent, present], [[15, 0, 0], [3, 0, 0]]);
    let [absent, present] = [Effect::EarlierLayerAbsent, Effect::LaterLayerPresent].map(|effect| pairs(&found, effect));
    assert_eq!([absent, present], [[9, 0, 0], [3, 0, 0]]);
    for effect in [Effect::BiasAbsent, Effect::EarlierLayerAbsent] {
        let value = |case: &Case| case.worst.as_ref().unwrap().value;
        let outcome = outcome(&found, effect);
        assert!(value(&outcome.error_and_gates).to_bits() == 0 && value(&outcome.nothing) > 1e-3);
    }
    let without = "input X [6, 4]; dense 5 relu nobias; dense 2 nobias; loss half_mse";
    assert!(matches!(verdict(without, Statement::Biases), Verdict::NotTried(_)));
}

#[test]
fn only_the_error_counts_where_the_loss_is_the_activations_own() {
    let verdict = |head: &str| verdict(&format!("input X [6, 4]; dense 5 relu; {head}"), Statement::ErrorOnly);
    for fused in
        ["dense 2; loss half_mse", "dense 2 sigmoid; loss bce", "dense 3 softmax; loss cce", "dense 2; loss mse"]
    {
        assert_eq!(verdict(fused), Verdict::Holds, "{fused}");
    }
    assert_eq!(verdict("dense 2 sigmoid; loss half_mse"), Verdict::HoldsBut(Exception::LastDerivative));
    // The sign alone; −Y ⊘ Ŷ; 1 − Y ⊘ Ŷ.
    for other in ["dense 2; loss mae", "dense 3 softplus; loss cce", "dense 3 softplus; loss poisson"] {
        assert_eq!(verdict(other), Verdict::Fails, "{other}");
    }
    let error = found("input X [6, 4]; dense 2; loss mae").error.unwrap();
    assert!(error.shifted < ROUNDING && (error.doubled - 0.5).abs() < ROUNDING, "{error:?}");
}

#[test]
fn a_sum_grows_with_the_batch() {
    for (reduce, factors) in [("samples", [1.0, 2.0]), ("elements", [1.0, 2.0]), ("sum", [2.0, 1.0])] {
        let text = format!("input X [6, 4]; dense 5 tanh; dense 2; loss half_mse reduce={reduce}");
        let found = found(&text);
        assert_eq!(found.duplicated.iter().map(|found| found.factor).collect::<Vec<_>>(), factors, "{reduce}");
        assert!(found.duplicated.iter().all(|found| found.worst.as_ref().unwrap().value < 1e-13));
        let expected = if reduce == "sum" { Verdict::Fails } else { Verdict::Holds };
        assert_eq!(found.verdict(Statement::BatchSize), expected);
        assert_eq!(found.duplicated[1].reduction == Reduction::Sum, reduce != "sum");
    }
}

/// A unit of ReLU without bias is off where no weight leads to it or away from it.
#[test]
fn a_unit_off_is_what_the_concrete_backprop_makes_of_it() {
    let text = "input X [6, 4]; dense 5 relu nobias; dense 4 relu nobias; dense 2 nobias; loss half_mse";
    let (tried, arrays, network) = tried(text, Initialisation::HeIn, 1);
    let found = tried.found.as_ref().unwrap();
    let before = backprop::gradients(&network, &arrays).gradients;
    let (mut all, mut above) = (0, 0);
    let mut largest: f64 = 0.0;
    for name in &found.units {
        let (layer, unit) = name.split_once(':').unwrap();
        let (layer, unit): (usize, usize) = (layer.parse().unwrap(), unit.parse().unwrap());
        let mut off = arrays.clone();
        off[&format!("W{layer}")].column_mut(unit - 1).fill(0.0);
        off[&format!("W{}", layer + 1)].row_mut(unit - 1).fill(0.0);
        let after = backprop::gradients(&network, &off).gradients;
        for key in ["W1", "W2", "W3"].into_iter().filter(|key| norm(&before[*key]) > 0.0) {
            let ratio = norm(&after[key]) / norm(&before[key]);
            largest = largest.max(ratio);
            all += 1;
            above += usize::from(ratio > 1.0 + ROUNDING);
        }
    }
    let following = &outcome(found, Effect::UnitOff).nothing;
    assert_eq!((following.pairs, following.wrong), (all, above));
    assert!((following.worst.as_ref().unwrap().value / largest - 1.0).abs() < 1e-12);
}

#[test]
fn zeros_are_counted_as_they_are() {
    let text = "input X [20, 4]; dense 6 relu nobias; dense 5 relu nobias; dense 2 nobias; loss half_mse";
    let (tried, arrays, _) = tried(text, Initialisation::HeIn, 1);
    let found = tried.found.unwrap();
    // The other claims keep to 16.
    assert_eq!((found.samples, found.of_samples), (16, 20));
    let zeros = found.zeros;
    assert_eq!(zeros.iter().map(|zeros| zeros.samples).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 20]);
    for Zeros { samples, share, silent } in zeros {
        assert!(silent <= share);
        let network = parsed(&text.replace("[20,", &format!("[{samples},")));
        let mut fewer = arrays.clone();
        for name in ["X", "Y"] {
            fewer[name] = arrays[name].slice_axis(Axis(0), Slice::from(..samples)).to_owned();
        }
        let gradients = backprop::gradients(&network, &fewer).gradients;
        let entries: Vec<f64> = ["W1", "W2", "W3"].iter().flat_map(|key| gradients[*key].iter().copied()).collect();
        let expected = entries.iter().filter(|entry| **entry == 0.0).count() as f64 / entries.len() as f64;
        assert!((share - expected).abs() < 1e-12, "{samples}: {share} {expected}");
    }
}

/// X is positive and the second column of W₁ negative, so that its unit is off for every sample: column 2 of ∂J/∂W₁ and row 2
/// of ∂J/∂W₂ are 0, which is 3 of 6 entries.
#[test]
fn zeros_of_silent_units_are_told_apart() {
    let network = parsed("input X [3, 2]; dense 2 relu nobias; dense 1 nobias; loss half_mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["X"].mapv_inplace(|x| x.abs() + 0.1);
    arrays["W1"] = ndarray::arr2(&[[1.0, -1.0], [2.0, -1.0]]);
    let verdict_of = |arrays: &Arrays| {
        let insight = on(&network, arrays, &[Part::Claims], Options::default());
        let tried = insight.claims.as_ref().unwrap();
        let last = *tried.found.as_ref().unwrap().zeros.last().unwrap();
        (last, tried.verdict(Statement::Zeros), unwrapped(&page(&insight, Format::Text)))
    };
    let (last, verdict, text) = verdict_of(&arrays);
    assert_eq!(last, Zeros { samples: 3, share: 0.5, silent: 0.5 });
    assert_eq!(verdict, Verdict::HoldsBut(Exception::SilentUnits));
    assert!(
        text.contains("50.0 % for all 3 samples; hardly ever is at most 1 %. No average helps 50.0 % of them"),
        "{text}"
    );
    // No error reaches anything where no entry is left.
    arrays["W1"].fill(-1.0);
    arrays["Y"].fill(1.0);
    let network = parsed("input X [3, 2]; dense 2 relu nobias; dense 1; loss half_mse");
    arrays.insert("b2".into(), ndarray::arr2(&[[0.5]]));
    let tried = on(&network, &arrays, &[Part::Claims], Options::default()).claims.unwrap();
    let last = *tried.found.as_ref().unwrap().zeros.last().unwrap();
    assert_eq!((last.share, last.silent), (1.0, 1.0));
    assert_eq!(tried.verdict(Statement::Zeros), Verdict::Fails);
}

/// A chain of numbers w is what the mnemonic is of; of any width f, all weights w multiply by f·w.
#[test]
fn depth_multiplies_by_the_factor_of_a_step() {
    let depth = |width: usize, layers: usize, w: f64| {
        let text = format!("input X [2, {width}]; repeat {layers} {{ dense {width} nobias }}; loss half_mse");
        let network = parsed(&text);
        let mut arrays = random(&network, &Arrays::new(), 1);
        arrays.iter_mut().filter(|(name, _)| name.starts_with('W')).for_each(|(_, array)| array.fill(w));
        // All outputs have one error.
        arrays["Y"].fill(0.0);
        on(&network, &arrays, &[Part::Claims], Options::default()).claims.unwrap()
    };
    let verdicts = |tried: &Tried| [Statement::Mnemonic, Statement::Depth].map(|statement| tried.verdict(statement));
    for w in [0.5, -0.9, 1.1] {
        let tried = depth(1, 11, w);
        let found = tried.depth.clone();
        let (steps, mnemonic) = (found.steps.unwrap(), found.mnemonic.unwrap());
        // 0.5^10 = 9.77e-4, 0.9^10 = 0.349, 1.1^10 = 2.59.
        let expected = w.abs().powi(10);
        assert!(near(steps.together.value(), expected, 1e-12) && near(mnemonic.over_steps.value(), expected, 1e-12));
        assert!(steps.mean_least_greatest.iter().all(|factor| near(factor.value(), w.abs(), 1e-12)));
        assert!(near(found.missed().unwrap(), 1.0, 1e-12));
        assert_eq!(verdicts(&tried), [Verdict::Holds, Verdict::Holds]);
    }
    let tried = depth(4, 6, 0.5);
    let found = &tried.depth;
    // (4 · 0.5)⁵ beside 0.5⁵: each step misses by the width.
    assert!(near(found.steps.unwrap().together.value(), 32.0, 1e-12) && near(found.missed().unwrap(), 4.0, 1e-12));
    assert_eq!(verdicts(&tried), [Verdict::Fails, Verdict::Holds]);
}

/// What rests on one draw of the weights is counted over others, by the same count at each of them.
#[test]
fn one_draw_says_nothing_of_zeros_and_steps() {
    let text = "input X [n, 30]; repeat 5 { dense 20 relu }; dense 4 softmax; loss cce";
    let (tried, ..) = tried(text, Initialisation::HeIn, 0);
    for statement in [Statement::Zeros, Statement::Depth] {
        let [held, all] = tried.at_draws.iter().find(|(of, _)| *of == statement).unwrap().1;
        assert!(all >= 3 && held <= all, "{held} of {all}");
        let holds = matches!(tried.verdict(statement), Verdict::Holds | Verdict::HoldsBut(_));
        assert!(!holds || held == all, "{statement:?}: {held} of {all}");
    }
    let insight = part(text, Part::Claims, Options { seed: 0, ..Options::default() });
    assert!(unwrapped(&page(&insight, Format::Text)).contains("other draws of the weights (he-in)"));
}

/// Half of the units are active, and He's initialisation by fan-out multiplies by 1: 0.5^10 is not what happens.
#[test]
fn half_of_the_units_do_not_halve_the_gradient() {
    let text = "input X [64, 256]; repeat 11 { dense 256 relu nobias }; loss half_mse";
    let (tried, ..) = tried(text, Initialisation::HeOut, 1);
    let depth = &tried.depth;
    let (steps, mnemonic) = (depth.steps.unwrap(), depth.mnemonic.unwrap());
    assert!((mnemonic.active - 0.5).abs() < 0.05 && mnemonic.mean_weight.abs() < 1e-3);
    assert!(near(steps.mean_least_greatest[0].value(), 1.0, 0.1), "{steps:?}");
    let text = unwrapped(&page(
        &part(text, Part::Claims, Options { initialisation: Initialisation::HeOut, seed: 1, ..Options::default() }),
        Format::Text,
    ));
    assert!(text.contains("The share of active units alone,"), "{text}");
    assert_eq!(tried.verdict(Statement::Mnemonic), Verdict::Fails);
}

#[test]
fn layers_of_different_gain_have_no_one_factor() {
    let network = parsed("input X [3, 1]; repeat 5 { dense 1 nobias }; loss half_mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    for (name, w) in [("W2", 0.1), ("W3", 10.0), ("W4", 1.0), ("W5", 2.0)] {
        arrays[name].fill(w);
    }
    let tried = on(&network, &arrays, &[Part::Claims], Options::default()).claims.unwrap();
    let [mean, least, greatest] = tried.depth.steps.unwrap().mean_least_greatest;
    assert!(
        near(mean.value(), 2.0_f64.powf(0.25), 1e-12)
            && near(least.value(), 0.1, 1e-12)
            && near(greatest.value(), 10.0, 1e-12)
    );
    assert_eq!(tried.verdict(Statement::Depth), Verdict::Fails);
    let one = tried_of("input X [3, 4]; dense 2; loss half_mse");
    let two = tried_of("input X [3, 4]; dense 3; dense 2; loss half_mse");
    assert_eq!(one.verdict(Statement::Mnemonic), Verdict::NotTried(Reason::NoWeights));
    assert_eq!(one.verdict(Statement::Depth), Verdict::NotTried(Reason::NoSteps));
    assert_eq!(two.verdict(Statement::Depth), Verdict::NotTried(Reason::NoSteps));
}

fn tried_of(text: &str) -> Tried {
    tried(text, Initialisation::HeIn, 1).0
}

/// Which verdict follows from how many networks shrink and grow; a file's parameters were not initialised.
#[test]
fn exploding_is_counted_over_seeds() {
    let mut claims = tried_of("input X [3, 4]; dense 3 relu; dense 2; loss half_mse");
    let mut verdict = |networks, shrinking, growing| {
        claims.depth.initialisations = Some(Tenfold { networks, shrinking, growing });
        claims.verdict(Statement::Exploding)
    };
    assert_eq!(
        [verdict(80, 40, 8), verdict(80, 8, 40), verdict(80, 16, 0)],
        [Verdict::Holds, Verdict::Fails, Verdict::Undecided(Reason::FewDraws)]
    );
    // Of 20 draws 4 against 0 is two deviations of 4 and no more; 1 draw says nothing.
    let open = [verdict(80, 3, 3), verdict(4, 1, 0), verdict(80, 0, 0), verdict(0, 0, 0)];
    assert!(open.iter().all(|verdict| matches!(verdict, Verdict::Undecided(_))), "{open:?}");
    // √(1/2) a layer under lecun and glorot, 1 under He: a tenth after 7 layers.
    let deep = tried_of("input X [4, 16]; repeat 30 { dense 16 relu }; loss half_mse");
    let counted = deep.depth.initialisations.unwrap();
    assert!(counted.networks == 80 && counted.shrinking >= 40 && counted.growing < 20, "{counted:?}");
    assert_eq!(deep.verdict(Statement::Exploding), Verdict::Holds);
    let network = parsed("input X [3, 4]; dense 3 relu; dense 2; loss half_mse");
    let given = on(&network, &random(&network, &Arrays::new(), 1), &[Part::Claims], Options::default());
    assert_eq!(given.claims.unwrap().verdict(Statement::Exploding), Verdict::NotTried(Reason::Given));
}

/// Gradients that are too small for a float say nothing at the point, but their sizes are known.
#[test]
fn depth_is_told_where_gradients_underflow() {
    let text = "input X [2, 1]; repeat 200 { dense 1 nobias }; loss half_mse";
    let network = parsed(text);
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays.iter_mut().filter(|(name, _)| name.starts_with('W')).for_each(|(_, array)| array.fill(1e-5));
    let insight = on(&network, &arrays, &[Part::Claims], Options::default());
    let tried = insight.claims.as_ref().unwrap();
    assert_eq!(tried.found, Err(Reason::Zero));
    assert!(near(tried.depth.steps.unwrap().together.log10(), -995.0, 1e-9));
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(
        text.contains("Claims about single gradients are not tried: all gradients are 0, or too small for a float."),
        "{text}"
    );
    assert!(
        text.contains("12. Each of the 199 steps down multiplies the rms of Δ by 1.00e-5, so that w is 1.00e-5"),
        "{text}"
    );
    assert_eq!(tried.verdict(Statement::Depth), Verdict::Holds);
}

/// The claims take what the flow says, also where that part is printed.
#[test]
fn activity_is_that_of_the_flow() {
    let network = parsed("input X [16, 4]; repeat 3 { dense 8 relu }; dense 2; loss half_mse");
    for seed in 0..5 {
        let arrays = random(&network, &Arrays::new(), seed);
        let both = on(&network, &arrays, &[Part::Flow, Part::Claims], Options::default());
        let alone = on(&network, &arrays, &[Part::Claims], Options::default());
        let activity = both.flow.unwrap().activity.unwrap();
        let expected = match [Error::Follows, Error::Held].map(|error| activity.is_monotone(error)) {
            [true, true] => Verdict::Holds,
            [false, true] => Verdict::HoldsWith(Held::Error),
            [_, false] => Verdict::Fails,
        };
        for tried in [both.claims.unwrap(), alone.claims.unwrap()] {
            assert_eq!(tried.verdict(Statement::Sparse), expected);
            assert_eq!(tried.depth.activity.as_ref(), Some(&activity));
        }
    }
    assert!(matches!(
        verdict("input X [3, 4]; dense 3 tanh; dense 2; loss half_mse", Statement::Sparse),
        Verdict::NotTried(_)
    ));
}

#[test]
fn the_crossing_is_that_of_the_costs() {
    let text = |n: usize| {
        format!("input X [{n}, 784]; dense 128 relu nobias; dense 64 relu nobias; dense 10 nobias; loss half_mse")
    };
    let [small, large] = [4, 70].map(|n| tried(&text(n), Initialisation::HeIn, 0).0);
    assert_eq!([&small, &large].map(|tried| tried.break_even.unwrap().first()), [Some(69); 2]);
    assert_eq!(small.verdict(Statement::BreakEven), Verdict::HoldsHere);
    assert_eq!(large.verdict(Statement::BreakEven), Verdict::Fails);
    let never = "input X [5, 100]; dense 10 relu nobias; dense 10 relu nobias; dense 50 nobias; loss half_mse";
    assert_eq!(tried(never, Initialisation::HeIn, 0).0.verdict(Statement::BreakEven), Verdict::Holds);
}

#[test]
fn what_overflows_is_not_tried() {
    let text = "input X [3, 8]; repeat 400 { dense 8 nobias }; loss half_mse";
    let (tried, ..) = tried(text, Initialisation::Normal(100.0), 0);
    assert_eq!(tried.found, Err(Reason::NotFinite("W1".into())));
    assert_eq!(tried.verdict(Statement::Linear), Verdict::NotTried(Reason::NotFinite("W1".into())));
}

/// tanh keeps the gradients within the floats, but 2 · 10³⁰⁸ is none: that is no counterexample.
#[test]
fn a_change_that_overflows_decides_nothing() {
    let network = parsed("input X [2, 2]; dense 3 tanh; dense 1; loss half_mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["X"] = ndarray::arr2(&[[1e308, 2.0], [-1e308, 4.0]]);
    arrays["W1"].mapv_inplace(|w| w.signum() * 0.5);
    let insight = on(&network, &arrays, &[Part::Claims], Options::default());
    let tried = insight.claims.as_ref().unwrap();
    assert_eq!(tried.verdict(Statement::Linear), Verdict::Undecided(Reason::Overflow));
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("1. Undecided: a value overflows in a trial."), "{text}");
    assert!(!text.contains("by overflow"), "{text}");
}

/// By mae, ∂J/∂b sums up signs: 4 · 1 − 4 · 1 is 0, and what rounding leaves of it is no gradient to compare with.
#[test]
fn what_cancels_up_to_rounding_is_0() {
    let mut seen = 0;
    for seed in 0..10 {
        let (tried, ..) = tried("input X [8, 4]; dense 5; dense 2; loss mae", Initialisation::Glorot, seed);
        assert_eq!(tried.verdict(Statement::BatchSize), Verdict::Holds, "seed {seed}");
        let found = tried.found.unwrap();
        let following = &outcome(&found, Effect::UnitOff).nothing;
        seen += following.from_zero;
        assert!(following.worst.as_ref().unwrap().value < 1e6, "seed {seed}");
    }
    assert!(seen > 0);
}

/// The error of X = 0 under ReLU is 0 as Y is; nothing is claimed of nothing.
#[test]
fn gradients_that_are_all_0_say_nothing() {
    let network = parsed("input X [4, 3]; dense 3 relu nobias; dense 2 nobias; loss half_mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    for name in ["X", "Y"] {
        arrays[name].fill(0.0);
    }
    let insight = on(&network, &arrays, &[Part::Claims], Options::default());
    let tried = insight.claims.as_ref().unwrap();
    let is_at_point =
        |statement: &Statement| *statement != Statement::BreakEven && tried.depth.verdict(*statement).is_none();
    let nothing = Verdict::NotTried(Reason::Zero);
    let at_point: Vec<Statement> = Statement::ALL.into_iter().filter(is_at_point).collect();
    assert_eq!(at_point.len(), 9);
    assert!(at_point.into_iter().all(|statement| tried.verdict(statement) == nothing));
    let text = page(&insight, Format::Text);
    assert!(!text.contains("inf") && !text.contains("NaN"), "{text}");
}

/// Y = 0 would make the fused error of cross-entropy 0.
#[test]
fn beside_constant_weights_a_class_is_wanted_where_rows_sum_to_1() {
    let text = "input X [4, 3]; dense 3 relu; dense 3 softmax; loss cce";
    let (tried, arrays, _) = tried(text, ONES, 0);
    assert_eq!(arrays["Y"], ndarray::arr2(&[[1.0, 0.0, 0.0]; 4]));
    assert!(tried.found.is_ok());
    let page = page(&part(text, Part::Claims, Options { initialisation: ONES, ..Options::default() }), Format::Text);
    assert!(!page.contains("inf") && !page.contains("NaN"), "{page}");
}

#[test]
fn deep_networks_are_tried_at_their_ends() {
    let found = found("input X [2, 3]; repeat 1000 { dense 3 relu }; dense 2; loss half_mse");
    assert_eq!((found.layers.len(), found.of_layers, found.samples), (12, 1001, 2));
}

#[test]
fn figures_repeat_with_the_seed() {
    let of =
        |seed| tried("input X [4, 3]; repeat 3 { dense 3 relu }; loss half_mse", Initialisation::Glorot, seed).0.found;
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
}

#[test]
fn printed() {
    let ones = ("ones", "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse", "ones");
    let drawn = NETWORKS.map(|(name, text)| (name, text, "glorot"));
    for (name, text, init) in [ones].into_iter().chain(drawn) {
        for format in ["text", "latex", "json", "ascii"] {
            let arguments = ["insight", "-e", text, "--only", "claims", "--init", init, "--format", format];
            let run = chainrule(&arguments);
            assert_eq!((run.status, &*run.stderr), (0, ""));
            let is_plain = ["text", "ascii"].contains(&format);
            assert!(!is_plain || run.stdout.lines().all(|line| line.chars().count() <= 100), "{}", run.stdout);
            assert!(format != "ascii" || run.stdout.is_ascii(), "{}", run.stdout);
            match format {
                "ascii" => {}
                "json" if name != "ones" => {
                    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
                    assert_eq!(value["claims"]["verdicts"].as_array().map(Vec::len), Some(14));
                }
                _ => snapshot("insight", &format!("claims_{name}_{format}"), &run.stdout),
            }
        }
    }
}

/// Weights of 0, an error of 0 and gradients that are not finite: reasons are those of the point, not of the network.
#[test]
fn degenerate_points_have_their_own_reasons() {
    let of = |text: &str, initialisation| tried(text, initialisation, 86).0;
    let zero = of("input X [7, 3]; dense 4 relu; dense 3 relu; dense 2; loss half_mse", Initialisation::Normal(0.0));
    // Only ∂J/∂b₃ is not 0, and nothing is doubled there but the error.
    assert_eq!(zero.verdict(Statement::OwnWeight), Verdict::NotTried(Reason::NothingToChange));
    assert_eq!(zero.verdict(Statement::Mnemonic), Verdict::Undecided(Reason::NothingLeft));
    assert_eq!(zero.verdict(Statement::Depth), Verdict::Undecided(Reason::NothingLeft));
    assert!(matches!(zero.verdict(Statement::Sparse), Verdict::Undecided(_)), "{}", zero.verdict(Statement::Sparse));
    assert!(!zero.found.as_ref().unwrap().one_sign, "0 has no sign");
    assert_eq!(zero.initialisation, Initialisation::Lecun, "0 cannot be drawn again");
    // No error: Y = Ŷ = 0.
    let text = "input X [7, 3]; dense 4 relu nobias; dense 3 relu nobias; loss half_mse";
    let network = parsed(text);
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays.values_mut().for_each(|array| array.fill(0.0));
    let tried = on(&network, &arrays, &[Part::Claims], Options::default()).claims.unwrap();
    for statement in [Statement::Mnemonic, Statement::Depth] {
        let reason = if statement == Statement::Depth { Reason::NoSteps } else { Reason::NoSize };
        assert_eq!(tried.verdict(statement), Verdict::NotTried(reason));
    }
}

/// Under weights of 1 a softmax's error comes to no layer below: what has X as a factor is 0, and twice 0 is 0.
#[test]
fn gradients_of_0_do_not_double() {
    let (tried, ..) = tried("input X [7, 3]; dense 4 sigmoid; dense 3 softmax; loss cce", ONES, 0);
    let found = tried.found.as_ref().unwrap();
    let case = &outcome(found, Effect::EarlierDoubles).nothing;
    assert!(case.zero > 0 && case.pairs == 0 && case.worst.is_none(), "{case:?}");
    // Ŷ is 1/3 whatever W₂ is: what doubling it changes is rounding, here.
    assert_eq!(found.needs(Statement::OwnWeight), Some(Held::Nothing));
    assert_eq!(tried.verdict(Statement::OwnWeight), Verdict::HoldsHere);
}

/// |z| < 6: relu6 is not made of two rays, but looks so here.
#[test]
fn gates_that_agree_at_the_point_are_no_counterexample() {
    let (tried, ..) = tried("input X [9, 3]; dense 4 relu6; dense 2; loss half_mse", Initialisation::Normal(0.01), 1);
    assert_eq!(tried.verdict(Statement::Transpose), Verdict::HoldsHere);
}

/// A unit that overflows decides nothing.
#[test]
fn a_trial_that_overflows_decides_nothing() {
    let mut claims = found("input X [3, 4]; dense 3 relu; dense 2; loss half_mse");
    let outcomes = claims.outcomes.as_mut().unwrap();
    let unknown = Case { not_finite: 1, ..Case::default() };
    let known = Case { pairs: 1, ..Case::default() };
    outcomes.insert(Effect::UnitOff, Outcome { nothing: unknown, error: known.clone(), error_and_gates: known });
    claims.search.clear();
    assert_eq!(claims.verdict(Statement::Inactive), Verdict::Undecided(Reason::Overflow));
    claims.outcomes.as_mut().unwrap().get_mut(&Effect::UnitOff).unwrap().nothing.wrong = 1;
    assert_eq!(claims.verdict(Statement::Inactive), Verdict::HoldsWith(Held::Error));
}

/// What other weights refute does not hold always: counted against the concrete backprop, which doubles Δ_L's own W_2 in
/// ∂J/∂W_2 = A_1ᵀ sign(Ŷ − Y)/n, and changes it only where a sign turns.
#[test]
fn what_depends_on_the_weights_is_tried_with_others() {
    let text = "input X [1, 2]; dense 2 nobias; dense 1 nobias; loss mae";
    let verdicts = (0..8).map(|seed| tried(text, Initialisation::HeIn, seed).0);
    let mut here = 0;
    for tried in verdicts {
        let found = tried.found.as_ref().unwrap();
        let search = &found.search[&Statement::OwnWeight];
        assert_eq!(search.draws, 20);
        let expected = match (found.needs(Statement::OwnWeight).unwrap(), search.refuted) {
            (Held::Nothing, 0) => Verdict::Holds,
            (Held::Nothing, _) => Verdict::HoldsHere,
            _ => Verdict::HoldsWith(Held::Error),
        };
        assert_eq!(tried.verdict(Statement::OwnWeight), expected);
        here += usize::from(expected == Verdict::HoldsHere);
    }
    // Doubling turns a sign at some weights and not at others.
    assert!(here > 0 && here < 8, "{here}");
    // The error held is not enough at other weights where terms cancel, as claim 7 is refuted by these there.
    let text = "input X [2, 2]; dense 2 nobias; dense 2 nobias; dense 1 nobias; loss half_mse";
    let seeds = (0..6).map(|seed| tried(text, Initialisation::HeIn, seed).0.verdict(Statement::Inactive));
    let seeds: Vec<Verdict> = seeds.collect();
    assert!(seeds.contains(&Verdict::Fails) && seeds.contains(&Verdict::HoldsHere), "{seeds:?}");
    assert!(!seeds.iter().any(|verdict| matches!(verdict, Verdict::Holds | Verdict::HoldsWith(_))), "{seeds:?}");
}
