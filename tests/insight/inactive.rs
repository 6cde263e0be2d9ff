//! Units that are off: how many, and what one more does to each gradient.

use chainrule::{
    evaluate::{arrays::Arrays, backprop, exact::Exact, functions, initialise::Initialisation},
    expr::Function,
    insight::ablation::{Ablation, Effect, Inexact, Line, Ratio, Ratios},
    network::graph::Network,
    pipeline::insight::{Options, Part},
    render::Format,
};
use ndarray::{Array2, array};

use super::{begun, near, on, page, parsed, random, unwrapped};
use crate::cli::{DIGITS, chainrule};

fn off(layer: &str, unit: u64) -> Options {
    Options { off: Some((layer.into(), unit)), ..Options::default() }
}

/// What switching off did, of weights that are all 1.
fn of_ones(width: usize, layers: usize) -> Ablation {
    let text = format!("input X [1, {width}]; repeat {layers} {{ dense {width} nobias }}; loss half_mse");
    let insight = begun(&parsed(&text), Initialisation::Ones, &[Part::Inactive], off("3", 2));
    insight.inactive.expect("inactive").off.expect("off")
}

fn only(ratios: &Ratios) -> (Option<(Line, Ratio)>, Ratio) {
    let own = ratios.own.as_ref().map(|(line, own)| (*line, own.only().expect("one ratio")));
    (own, ratios.rest.only().expect("one ratio"))
}

/// The table of one inactive unit in a network of ones, for any width f: (f − 1)/f, and its square.
#[test]
fn ones_give_exact_fractions() {
    let fraction = |n, d| Ratio::Exact(Exact::ratio(n, d));
    let none = fraction(0, 1);
    for f in [3_i128, 4, 7] {
        let (once, twice) = (fraction(f - 1, f), fraction((f - 1) * (f - 1), f * f));
        let off = of_ones(usize::try_from(f).unwrap(), 5);
        assert!(off.exact);
        for (layer, effect) in off.effects.iter().enumerate() {
            let expected = match layer + 1 {
                3 => [(Some((Line::Column(2), none)), once), (Some((Line::Column(2), none)), fraction(1, 1))],
                4 => [(Some((Line::Row(2), none)), once), (Some((Line::Row(2), none)), fraction(1, 1))],
                _ => [(None, twice), (None, once)],
            };
            assert_eq!([only(&effect.following), only(&effect.held)], expected, "{f} {}", effect.name);
        }
    }
}

/// Of many layers the fractions have too many digits: floats take over, and say the same.
#[test]
fn floats_take_over_where_fractions_are_too_long() {
    let off = of_ones(3, 100);
    assert_eq!((off.exact, off.inexact), (false, Some(Inexact::Long)));
    for (layer, effect) in off.effects.iter().enumerate() {
        let expected = if [2, 3].contains(&layer) { 2.0 / 3.0 } else { 4.0 / 9.0 };
        assert!(near(only(&effect.following).1.value(), expected, 1e-9), "{effect:?}");
    }
}

/// Where the arrays are constant and the figures are floats the page says why.
#[test]
fn the_page_says_why_there_are_no_fractions() {
    let long = ["repeat 40 { dense 3 nobias }; loss half_mse", "the exact fractions have too many digits"];
    let tanh = ["repeat 4 { dense 3 nobias tanh }; loss mse", "a function of this network has no fractions as values"];
    let large = ["repeat 4 { dense 1000 nobias }; loss half_mse", "the network is too large for exact fractions"];
    for ([layers, reason], inexact) in [(long, Inexact::Long), (tanh, Inexact::Irrational), (large, Inexact::Large)] {
        let network = parsed(&format!("input X [1, 3]; {layers}"));
        let insight = begun(&network, Initialisation::Ones, &[Part::Inactive], off("3", 2));
        let text = unwrapped(&page(&insight, Format::Text));
        assert!(text.contains(&format!(" They are rounded, since {reason}.")), "{text}");
        let off = insight.inactive.expect("inactive").off.expect("off");
        assert_eq!((off.exact, off.inexact), (false, Some(inexact)));
    }
    // Ŷ = 1, so that 1/(1 − Ŷ) is no number of any kind.
    let network = parsed("input X [1, 1]; dense 1 nobias; dense 1 nobias; loss bce");
    let insight = begun(&network, Initialisation::Ones, &[Part::Inactive], off("1", 1));
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(!text.contains("They are rounded") && text.contains("J is not defined on 1 of 1 sample"), "{text}");
    assert_eq!(insight.inactive.expect("inactive").off, None);
    let network = parsed("input X [1, 1]; dense 1 nobias; dense 1 nobias; loss mse");
    let drawn = begun(&network, Initialisation::HeIn, &[Part::Inactive], off("1", 1));
    assert_eq!(drawn.inactive.expect("inactive").off.expect("off").inexact, None, "nobody expects fractions");
}

/// W = I, x = (1, 1), y = 0: ∂J/∂W₂ is 1 in all entries. Without the first unit A₁ and Δ₂ are (0, 1): of its second row 0
/// and 1 are left.
#[test]
fn the_median_of_two_fractions_is_their_mean() {
    let network = parsed("input X [1, 2]; dense 2 nobias; dense 2 nobias; loss half_mse");
    let insight = begun(&network, Initialisation::Identity, &[Part::Inactive], off("1", 1));
    let off = insight.inactive.expect("inactive").off.expect("off");
    let expected = [(1, 2), (0, 1), (1, 1)].map(|(n, d)| Ratio::Exact(Exact::ratio(n, d)));
    assert_eq!(off.effects[1].following.rest.median_least_greatest, Some(expected));
}

/// Unit 3 of layer 2 of the digits: the ratios of the ten entries of ∂J/∂b₃, by numpy.
#[test]
fn the_median_of_the_digits_is_that_of_numpy() {
    let words = [&["insight"], &DIGITS[..], &["--only", "inactive", "--off", "2:3", "--format", "json"]].concat();
    let document: serde_json::Value = serde_json::from_str(&chainrule(&words).stdout).expect("is JSON");
    let effects = document["inactive"]["off"]["effects"].as_array().expect("effects");
    let bias = effects.iter().find(|effect| effect["name"] == "b3").expect("b3");
    let expected = [0.932_130_298_638_364_5, -5.352_817_377_572_307, 18.297_146_010_875_288];
    for (i, expected) in expected.into_iter().enumerate() {
        let found = bias["following"]["rest"]["median_least_greatest"][i].as_f64().expect("a number");
        assert!(near(found, expected, 1e-9), "{found} {expected}");
    }
}

/// Without a hidden unit ŷ moves, and σ'(z₂) with it: that the gradient by b₂, the sum of Δ₂, stays shows that it is Δ₂
/// that is held, not ∂J/∂A₂.
#[test]
fn what_is_held_is_named() {
    let cases = [
        ("dense 2; loss mse", "1", "The error that is held is Δ₂."),
        ("dense 2 sigmoid; loss bce", "1", "The error that is held is Δ₂."),
        (
            "out: dense 2 tanh; loss mse",
            "1",
            "The error that is held is Δ_out, which includes the derivative of the last activation.",
        ),
        (
            "dense 2 softmax; loss mse",
            "1",
            "The error that is held is Δ₂, which includes the derivative of the last activation.",
        ),
        ("dense 2; loss mse", "2", "The error that is held is Δ₂, but for column 1 of the unit itself, which is 0."),
    ];
    for (last, layer, expected) in cases {
        let network = parsed(&format!("input X [5, 3]; dense 4 tanh; {last}"));
        let arrays = random(&network, &Arrays::new(), 2);
        let insight = on(&network, &arrays, &[Part::Inactive], off(layer, 1));
        let text = unwrapped(&page(&insight, Format::Text));
        assert!(text.contains(expected), "{text}");
        let off = insight.inactive.expect("inactive").off.expect("off");
        let bias = &off.effects.last().expect("the last bias").held;
        let expected = if layer == "1" { 1.0 } else { 0.0 };
        let found = bias.own.as_ref().map_or(&bias.rest, |(_, own)| own).only().expect("one ratio");
        assert!((found.value() - expected).abs() < 1e-9, "{bias:?}");
        assert!(layer == "1" || near(bias.rest.only().expect("one ratio").value(), 1.0, 1e-9), "{bias:?}");
    }
}

/// With y = 240 the error goes from 3 to −78: switching a unit off amplifies and turns round.
#[test]
fn a_unit_that_is_off_can_amplify() {
    let network = parsed("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    let given = |name: &String| match name.as_str() {
        "X" => Array2::ones((1, 3)),
        "Y" => Array2::from_elem((1, 3), 240.0),
        _ => Array2::ones((3, 3)),
    };
    let names = ["X", "W1", "W2", "W3", "W4", "W5", "Y"].map(String::from);
    let arrays: Arrays = names.iter().map(|name| (name.clone(), given(name))).collect();
    let insight = on(&network, &arrays, &[Part::Inactive], off("3", 2));
    let text = unwrapped(&page(&insight, Format::Text));
    let off = insight.inactive.expect("inactive").off.expect("off");
    let rest = |effect: &Effect| only(&effect.following).1.value();
    let expected = [-52.0 / 3.0, -52.0 / 3.0, -26.0, -26.0, -52.0 / 3.0];
    assert!(off.effects.iter().zip(expected).all(|(effect, expected)| near(rest(effect), expected, 1e-9)), "{text}");
    assert!(text.contains("Where the error follows, 39 of 45 entries with a ratio grow and 39 change their sign; the largest ratio is -26.0"), "{text}");
}

/// What is left once the least and the greatest are taken away again and again: one number, or the mean of two.
fn middle(sorted: &[f64]) -> f64 {
    match sorted {
        [first, .., last] if sorted.len() == 2 => f64::midpoint(*first, *last),
        [_, rest @ .., _] => middle(rest),
        [only] => *only,
        [] => f64::NAN,
    }
}

/// Every entry against the concrete backprop of a network whose unit has no weights: relu(0) = relu'(0) = 0.
fn held_against_backprop(network: &Network, arrays: &Arrays, unit: usize) {
    let before = backprop::gradients(network, arrays).gradients;
    let mut silent = arrays.clone();
    for name in ["W2", "b2"] {
        silent[name].column_mut(unit).fill(0.0);
    }
    let after = backprop::gradients(network, &silent).gradients;
    let insight = on(network, arrays, &[Part::Inactive], off("2", unit as u64 + 1));
    for effect in insight.inactive.expect("inactive").off.expect("off").effects {
        let pairs = after[&effect.name].indexed_iter().zip(&before[&effect.name]);
        let apart = |(row, column): (usize, usize)| match effect.following.own {
            Some((Line::Row(line), _)) => row + 1 == line,
            Some((Line::Column(line), _)) => column + 1 == line,
            None => false,
        };
        let mut ratios: Vec<f64> =
            pairs.clone().filter(|((at, _), before)| !apart(*at) && **before != 0.0).map(|((_, a), b)| a / b).collect();
        let zero = pairs.filter(|((at, after), before)| !apart(*at) && **before == 0.0 && **after == 0.0).count();
        ratios.sort_by(f64::total_cmp);
        let rest = &effect.following.rest;
        assert_eq!((rest.defined, rest.zero), (ratios.len(), zero), "{}", effect.name);
        let Some([median, least, greatest]) = rest.median_least_greatest else { continue };
        let expected = [middle(&ratios), ratios[0], ratios[ratios.len() - 1]];
        for (found, expected) in [median, least, greatest].into_iter().zip(expected) {
            assert!(near(found.value(), expected, 1e-9), "{} {found:?} {expected}", effect.name);
        }
        let amplified = ratios.iter().filter(|ratio| ratio.abs() > 1.0 + 1e-9).count();
        assert_eq!(rest.amplified, amplified, "{}", effect.name);
    }
}

#[test]
fn signed_weights_are_held_against_the_concrete_backprop() {
    let network = parsed("input X [6, 4]; dense 5 tanh; dense 4 relu; dense 6 sigmoid; dense 3; loss half_mse");
    for seed in 0..20 {
        held_against_backprop(&network, &random(&network, &Arrays::new(), seed), (seed % 4) as usize);
    }
}

#[test]
fn units_are_counted() {
    let network = parsed("input X [4, 1]; dense 3 relu; dense 2 sigmoid; dense 1 square nobias; loss mse");
    let arrays: Arrays = [
        ("X", array![[1.0], [2.0], [3.0], [-4.0]]),
        ("W1", array![[1.0, -1.0, 0.0]]),
        ("b1", array![[0.0, 0.0, -1.0]]),
        ("W2", array![[0.0, 100.0], [0.0, 0.0], [0.0, 0.0]]),
        ("b2", array![[0.0, 7.0]]),
        ("W3", array![[1.0], [1.0]]),
        ("Y", array![[0.0], [0.0], [0.0], [0.0]]),
    ]
    .map(|(name, array)| (name.to_string(), array))
    .into_iter()
    .collect();
    let found = on(&network, &arrays, &[Part::Inactive], Options::default()).inactive.expect("inactive");
    let gates: Vec<_> = found.layers.iter().map(|layer| layer.gates.clone().expect("gates")).collect();
    // z = (x, −x, −1): of twelve entries three and one are positive; the third unit never is.
    assert_eq!(
        (gates[0].active, gates[0].dead.clone(), gates[0].saturated.clone()),
        (4.0 / 12.0, vec![3], Some(vec![]))
    );
    // z = 0, and 107, 207, 307, 7: σ'(7) = 9.1e-4.
    assert_eq!((gates[1].active, gates[1].dead.len(), gates[1].saturated.clone()), (1.0, 0, Some(vec![2])));
    assert_eq!((gates[2].saturated.clone(), gates[2].max_slope), (None, None), "z² has no steepest place");
    // With 0.3 of the samples asked for, the second relu unit is too rare.
    let options = Options { dead: 0.3, ..Options::default() };
    let found = on(&network, &arrays, &[Part::Inactive], options).inactive.expect("inactive");
    assert_eq!(found.layers[0].gates.as_ref().expect("gates").dead, [2, 3]);
}

/// A unit whose slope is the limit itself is not below it, whatever n times 0.01 rounds to; nor one that is active on just
/// so many samples.
#[test]
fn limits_do_not_hinge_on_rounding() {
    let all = |array: Array2<f64>, slope: f64, dead: f64| {
        let samples = array.nrows();
        let network = parsed(&format!("input X [{samples}, 1]; dense 1 leaky_relu({slope}) nobias; loss mse"));
        let zeros = Array2::zeros((samples, 1));
        let arrays = [("X", array), ("W1", array![[1.0]]), ("Y", zeros)].map(|(name, array)| (name.into(), array));
        let options = Options { dead, ..Options::default() };
        let insight = on(&network, &arrays.into_iter().collect(), &[Part::Inactive], options);
        let gates = insight.inactive.expect("inactive").layers[0].gates.clone().expect("gates");
        (gates.dead, gates.saturated.expect("bounded"))
    };
    for samples in 1..=200 {
        let negative = || Array2::from_elem((samples, 1), -1.0);
        assert_eq!(all(negative(), 0.01, 0.01), (vec![], vec![]), "{samples}");
        assert_eq!(all(negative(), 0.0099, 0.01), (vec![], vec![1]), "{samples}");
    }
    // 0.07 · 100 is 7.000000000000001.
    let seven = |active: usize| Array2::from_shape_fn((100, 1), |(row, _)| if row < active { 1.0 } else { -1.0 });
    assert_eq!(all(seven(7), 0.0, 0.07).0, [0; 0]);
    assert_eq!(all(seven(6), 0.0, 0.07).0, [1]);
}

/// sup |σ'| by looking at many places.
#[test]
fn the_steepest_place_is_the_steepest() {
    for name in chainrule::catalog::activation::TABLE {
        let Some(function) = Function::of_name(name.name, name.default.unwrap_or(0.0)) else { continue };
        let places = (-60_000..60_000).map(|i| f64::from(i) / 2000.0);
        let found = places.map(|z| functions::at(function, 1, z).abs()).fold(0.0, f64::max);
        match function.max_slope() {
            Some(steepest) => assert!(
                found <= steepest * (1.0 + 1e-12) && found > steepest * (1.0 - 1e-6),
                "{function} {found} {steepest}"
            ),
            None => assert!(found > 50.0, "{function} {found}"),
        }
    }
    let steep = Function::of_name("leaky_relu", -3.0).expect("known");
    assert_eq!(steep.max_slope(), Some(3.0));
}

#[test]
fn a_gradient_that_stays_zero_has_no_ratio() {
    let network = parsed("input X [2, 2]; dense 2 relu; dense 1; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 3);
    arrays["b1"].fill(-100.0);
    let insight = on(&network, &arrays, &[Part::Inactive], off("1", 1));
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("0/0"), "{text}");
    // W1, b1 and W2 of nine entries; b2 alone has a gradient.
    assert!(text.contains("of 9 entries 8 are 0 before and after: these have no ratio"), "{text}");
}

/// Two units that cancel: without one of them entries grow that were 0, so that nothing is said of all entries. By hand:
/// ŷ = 0 = y before, ŷ = −1 after.
#[test]
fn an_entry_that_was_zero_grows_without_a_ratio() {
    let network = parsed("input X [1, 1]; dense 2 nobias; dense 1 nobias; loss half_mse");
    let arrays =
        [("X", array![[1.0]]), ("W1", array![[1.0, 1.0]]), ("W2", array![[1.0], [-1.0]]), ("Y", array![[0.0]])]
            .map(|(name, array)| (name.to_string(), array));
    let insight = on(&network, &arrays.into_iter().collect(), &[Part::Inactive], off("1", 1));
    let text = unwrapped(&page(&insight, Format::Text));
    for told in [
        "Where the error follows, of 4 entries 2 are 0 before and after and 2 are 0 before and not after: these have no ratio; \
         where the error is held, of 4 entries 4 are 0 before and after: these have no ratio.",
        "Where the error follows, no entry has a ratio.",
    ] {
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn units_that_do_not_exist_are_refused() {
    const SPEC: &str = "input X [n, 3]; hidden: dense 4 relu; dense 2 softmax; loss cce";
    let run = |off: &str| chainrule(&["insight", "-e", SPEC, "--only", "inactive", "--off", off]);
    let cases = [
        ("hidden:5", "layer hidden has no unit 5: it has 4, counted from 1"),
        ("1:99", "layer hidden has no unit 99"),
        ("2:1", "no unit of layer 2 can be switched off: it ends in a softmax"),
        ("7:1", "the network has no layer `7`"),
        ("hiden:1", "did you mean `hidden`?"),
        ("0:1", "the network has no layer `0`"),
        ("1:0", "expected a layer, `:` and a unit"),
    ];
    for (off, message) in cases {
        let run = run(off);
        assert!(run.status == 2 && run.stderr.contains(message), "{off}: {run:?}");
    }
    // No number is meant by another.
    let plain = "input X [n, 3]; repeat 3 { dense 4 }; loss mse";
    for off in ["0:1", "9:9", "11:1"] {
        let run = chainrule(&["insight", "-e", plain, "--only", "inactive", "--off", off]);
        assert!(run.stderr.ends_with("help: its layers are 1 to 3\n"), "{}", run.stderr);
    }
    let narrow =
        chainrule(&["insight", "-e", "input X [n, 3]; dense 1; loss mse", "--only", "inactive", "--off", "1:2"]);
    assert!(narrow.stderr.contains("this layer puts out 1 feature\n"), "{}", narrow.stderr);
    for off in ["hidden:4", "1:4"] {
        assert_eq!(run(off).status, 0, "{off}");
    }
}

/// tanh' underflows from 373 on: such units are saturated, and no unit of a tanh is ever dead.
#[test]
fn what_underflows_is_saturated_and_not_dead() {
    let network = parsed("input X [3, 1]; dense 2 tanh; dense 1; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["b1"] = array![[1000.0, -30.0]];
    let found = on(&network, &arrays, &[Part::Inactive], Options::default()).inactive.expect("inactive");
    let gates = found.layers[0].gates.clone().expect("gates");
    assert_eq!((gates.active, gates.dead.len(), gates.saturated), (1.0, 0, Some(vec![1, 2])));
}
