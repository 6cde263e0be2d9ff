//! Units switched off: fractions, figures by hand, and what amplifies.

use chainrule::{
    evaluate::{arrays::Arrays, initialise::Initialisation},
    insight::{
        ablation::{Effect as OfGradient, Ratio, Ratios, Spread},
        claims::{
            fractions::{Fractions, fractions},
            statement::Statement,
            trial::{Case, Effect, Held, Outcome},
            verdict::Verdict,
        },
    },
    pipeline::insight::{Options, Part, claims::Tried},
    render::Format,
};
use ndarray::{Array2, arr2};

use super::{
    super::{begun, on, page, parsed, part, random, unwrapped},
    ONES, found, outcome, tried,
};

/// By gradient: the ratio of the unit's own row or column, and of the rest, with everything following and the error held.
fn table(fractions: &Fractions) -> Vec<[String; 3]> {
    let ratio = |ratios: &Ratios| {
        let only = |spread: &Spread| match spread.only() {
            Some(Ratio::Exact(exact)) => exact.to_string(),
            other => panic!("{other:?}"),
        };
        let own = ratios.own.as_ref().map(|(line, own)| format!("{line:?}: {}, rest ", only(own)));
        own.unwrap_or_default() + &only(&ratios.rest)
    };
    let row = |effect: &OfGradient| [effect.name.clone(), ratio(&effect.following), ratio(&effect.held)];
    fractions.off.effects.iter().map(row).collect()
}

#[test]
fn one_unit_off_in_fractions() {
    let text = "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse";
    let fractions = tried(text, ONES, 0).0.found.unwrap().fractions.unwrap();
    assert_eq!((&*fractions.off.layer, fractions.off.unit), ("3", 2));
    let expected = [
        ["W1", "4/9", "2/3"],
        ["W2", "4/9", "2/3"],
        ["W3", "Column(2): 0, rest 2/3", "Column(2): 0, rest 1"],
        ["W4", "Row(2): 0, rest 2/3", "Row(2): 0, rest 1"],
        ["W5", "4/9", "2/3"],
    ];
    assert_eq!(table(&fractions), expected);
    let targets = fractions.targets.unwrap();
    let largest = targets.largest.unwrap();
    assert_eq!(largest.target, 240);
    let ratios: Vec<_> = largest.ratios.iter().map(|(ratio, of)| (ratio.to_string(), of.join(" "))).collect();
    assert_eq!(ratios, [("-26".into(), "W3 W4".into()), ("-52/3".to_owned(), "W1 W2 W5".to_owned())]);
    // |162 − y| > |243 − y| from 202.5 on, of y = 0, 10, …, 490.
    assert_eq!((targets.step, targets.steps, targets.amplified), (10, 50, 29));
}

#[test]
fn other_widths_have_other_fractions() {
    for (width, one, both) in [(2, "1/2", "1/4"), (4, "3/4", "9/16"), (7, "6/7", "36/49")] {
        let text =
            format!("input X [1, {width}]; repeat 4 {{ dense {width} relu nobias }}; dense 1 nobias; loss half_mse");
        let table = table(&tried(&text, ONES, 0).0.found.unwrap().fractions.unwrap());
        assert_eq!(table[0], ["W1", both, one]);
        assert_eq!(table[2][1..], [format!("Column(2): 0, rest {one}"), "Column(2): 0, rest 1".into()]);
    }
    // What has no fractions, and what is too large for them, has no table.
    let without =
        ["input X [1, 3]; dense 3 tanh; dense 2; loss half_mse", "input X [9, 900]; dense 900; dense 2; loss mse"];
    assert!(without.iter().all(|text| tried(text, ONES, 0).0.found.unwrap().fractions.is_none()));
}

/// Through layers of I, Ŷ = (1, 1, 1) becomes (1, 0, 1), and the error of the second output goes from 1 − y to −y. That
/// reaches W₄ and W₅, whose entries then have several ratios: of all y the largest is 2/(2 − 1), for y = 2.
#[test]
fn one_entry_that_grows_is_enough() {
    let text = "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse";
    let targets = tried(text, Initialisation::Identity, 0).0.found.unwrap().fractions.unwrap().targets.unwrap();
    assert_eq!((targets.step, targets.steps, targets.amplified), (1, 50, 48));
    let largest = targets.largest.unwrap();
    let ratios: Vec<_> = largest.ratios.iter().map(|(ratio, of)| (ratio.to_string(), of.join(" "))).collect();
    assert_eq!((largest.target, ratios), (2, vec![("2".into(), "W4 W5".into()), ("1".into(), "W1 W2 W3".to_owned())]));
}

/// The same table is not printed by two parts.
#[test]
fn the_unit_that_the_user_chose_is_switched_off() {
    let text = "input X [1, 3]; repeat 3 { dense 3 nobias }; loss half_mse";
    let off = Some(("1".to_owned(), 3));
    let options = Options { initialisation: ONES, off, ..Options::default() };
    let insight = part(text, Part::Claims, options.clone());
    let fractions = insight.claims.as_ref().unwrap().found.as_ref().unwrap().fractions.as_ref().unwrap();
    assert_eq!((&*fractions.off.layer, fractions.off.unit), ("1", 3));
    assert_eq!(table(fractions)[0][1], "Column(3): 0, rest 2/3");
    let tables = |insight| page(insight, Format::Text).matches("Unit 3 of layer 1 switched off").count();
    let both = begun(&parsed(text), ONES, &[Part::Claims, Part::Inactive], options);
    assert_eq!([tables(&insight), tables(&both)], [1, 1]);
}

/// With −X and an odd number of layers every figure but the sign is the same, and the targets go down.
#[test]
fn targets_follow_the_sign_of_the_prediction() {
    let text = "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse";
    let mut subject = part(text, Part::Claims, Options { initialisation: ONES, ..Options::default() }).subject;
    subject.arrays["X"].fill(-1.0);
    let targets = fractions(&subject, subject.evaluator().unwrap(), None).unwrap().unwrap().targets.unwrap();
    assert_eq!((targets.step, targets.steps, targets.tried, targets.amplified), (-10, 50, 50, 29));
    let largest = targets.largest.unwrap();
    assert_eq!((largest.target, largest.ratios[0].0.to_string()), (-240, "-26".into()));
}

#[test]
fn units_of_one_sign_attenuate_and_others_amplify() {
    let (tried, ..) = tried("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse", ONES, 0);
    let ones = tried.found.as_ref().unwrap();
    assert!(ones.one_sign && outcome(ones, Effect::UnitOff).needs() == Some(Held::Nothing));
    let search = &ones.search[&Statement::Inactive];
    assert!(search.draws == 20 && search.refuted > 0 && search.worst.as_ref().unwrap().1.value > 1.05);
    assert_eq!(tried.verdict(Statement::Inactive), Verdict::HoldsHere);
    // With signed weights: the counterexample is at the point itself.
    let signed = found("input X [4, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    assert!(!signed.one_sign && outcome(&signed, Effect::UnitOff).nothing.wrong > 0);
}

fn off(tried: &Tried) -> &Outcome {
    outcome(tried.found.as_ref().unwrap(), Effect::UnitOff)
}

fn largest(case: &Case) -> f64 {
    case.worst.as_ref().unwrap().value
}

/// All weights 1, widths 3, 3, 1, x = 1: every gate and weight is positive, so nothing cancels, and with error and gates held
/// a unit less is a third less: √(2/3) of the norm of what has a column or row of the unit, 2/3 of all else. But σ' grows as
/// |z| falls: with unit 1 of layer 1 off, z₂ = 2σ(3) instead of 3σ(3).
#[test]
fn later_gates_amplify_where_the_slope_grows() {
    let column = (2.0_f64 / 3.0).sqrt();
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let tanh_slope = |z: f64| 1.0 / z.cosh().powi(2);
    let sigmoid_slope = |z: f64| sigmoid(z) * (1.0 - sigmoid(z));
    let by_tanh = column * tanh_slope(2.0 * 3.0_f64.tanh()) / tanh_slope(3.0 * 3.0_f64.tanh());
    let by_sigmoid = column * sigmoid_slope(2.0 * sigmoid(3.0)) / sigmoid_slope(3.0 * sigmoid(3.0));
    let cases = [
        ("linear", column, Held::Nothing),
        ("relu", column, Held::Nothing),
        ("tanh", by_tanh, Held::ErrorAndGates),
        ("sigmoid", by_sigmoid, Held::ErrorAndGates),
    ];
    for (activation, expected, needs) in cases {
        let text = format!(
            "input X [1, 3]; dense 3 {activation} nobias; dense 3 {activation} nobias; dense 1 nobias; loss half_mse"
        );
        let insight = part(&text, Part::Claims, Options { initialisation: ONES, ..Options::default() });
        let tried = insight.claims.as_ref().unwrap();
        let found = off(tried);
        assert!((largest(&found.error) / expected - 1.0).abs() < 1e-9, "{activation}: {:?}", found.error);
        // Behind sigmoid, which has no forward gate, A is held itself: ∂J/∂W₃ keeps its size.
        let held = if activation == "sigmoid" { 1.0 } else { column };
        assert!((largest(&found.error_and_gates) - held).abs() < 1e-12, "{activation}: {:?}", found.error_and_gates);
        assert!(tried.found.as_ref().unwrap().one_sign);
        assert_eq!(
            (found.needs(), tried.verdict(Statement::Inactive)),
            (Some(needs), Verdict::HoldsHere),
            "{activation}"
        );
        let page = unwrapped(&page(&insight, Format::Text));
        let says = ["So it is the change of the later derivatives", "Nothing cancels here", "Terms of both signs"];
        let follow = needs == Held::ErrorAndGates;
        assert_eq!(says.map(|says| page.contains(says)), [follow, true, false], "{page}");
        assert!(!page.contains("change of the error"), "{page}");
    }
}

fn at(text: &str, arrays: &[(&str, Array2<f64>)]) -> (Tried, String) {
    let network = parsed(text);
    let mut all = random(&network, &Arrays::new(), 1);
    for (name, array) in arrays {
        all[*name].clone_from(array);
    }
    let insight = on(&network, &all, &[Part::Claims], Options::default());
    let text = unwrapped(&page(&insight, Format::Text));
    (insight.claims.unwrap(), text)
}

/// A₁ = (1, 1), Z₂ = 1 − ½: without the second unit it is 1, and ∂J/∂W₃ twice what it was. With y far away the error is −y in
/// both cases; with y = 0 it doubles too.
#[test]
fn terms_of_both_signs_cancel() {
    let arrays = [
        ("X", arr2(&[[1.0]])),
        ("W1", arr2(&[[1.0, 1.0]])),
        ("W2", arr2(&[[1.0], [-0.5]])),
        ("W3", arr2(&[[1.0]])),
        ("Y", arr2(&[[0.0]])),
    ];
    for middle in ["linear", "relu"] {
        let text = format!("input X [1, 1]; dense 2 nobias; dense 1 {middle} nobias; dense 1 nobias; loss half_mse");
        let (tried, page) = at(&text, &arrays);
        let found = off(&tried);
        let ratios = [&found.nothing, &found.error, &found.error_and_gates].map(largest);
        assert!(
            ratios.iter().zip([4.0, 2.0, 2.0]).all(|(ratio, expected)| (ratio - expected).abs() < 1e-12),
            "{ratios:?}"
        );
        assert!(!tried.found.as_ref().unwrap().one_sign && found.needs().is_none());
        assert_eq!(tried.verdict(Statement::Inactive), Verdict::Fails);
        assert!(page.contains("Terms of both signs cancel, and fewer of them where a unit is off."), "{page}");
        // A linear network has no gate to hold.
        assert_eq!(page.contains("With error and gates held, switching"), middle == "relu", "{page}");
    }
}

/// Ŷ = 3 − 2, and Y = 0: without the second unit the error is 3. No term of a gradient cancels.
#[test]
fn the_error_may_be_all_that_amplifies() {
    let arrays =
        [("X", arr2(&[[1.0]])), ("W1", arr2(&[[1.0, 1.0]])), ("W2", arr2(&[[3.0], [-2.0]])), ("Y", arr2(&[[0.0]]))];
    let (tried, page) = at("input X [1, 1]; dense 2 nobias; dense 1 nobias; loss half_mse", &arrays);
    let found = off(&tried);
    // ∂J/∂W₁ goes from (3, −2) to 3 · (3, 0), ∂J/∂W₂ from (1, 1) to 3 · (1, 0).
    assert!((largest(&found.nothing) - 9.0 / 13.0_f64.sqrt()).abs() < 1e-12, "{:?}", found.nothing);
    assert!((largest(&found.error) - 3.0 / 13.0_f64.sqrt()).abs() < 1e-12, "{:?}", found.error);
    assert_eq!(
        (found.needs(), tried.verdict(Statement::Inactive)),
        (Some(Held::Error), Verdict::HoldsWith(Held::Error))
    );
    assert!(page.contains("So it is the change of the error that makes gradients larger."), "{page}");
    assert!(!page.contains("Nothing cancels"), "{page}");
}

/// Z₂ = 1 − 2 is off until the second unit is: then three gradients come of 0. A ratio would not show it.
#[test]
fn a_gradient_may_come_of_0() {
    let arrays = [
        ("X", arr2(&[[1.0]])),
        ("W1", arr2(&[[1.0, 1.0]])),
        ("W2", arr2(&[[1.0], [-2.0]])),
        ("W3", arr2(&[[1.0]])),
        ("b3", arr2(&[[0.0]])),
        ("Y", arr2(&[[1.0]])),
    ];
    let text = "input X [1, 1]; dense 2 relu nobias; dense 1 relu nobias; dense 1; loss half_mse";
    // The error would be 0 if Y were 1: it is 2.
    let (tried, page) = at(text, &[&arrays[..5], &[("Y", arr2(&[[2.0]]))]].concat());
    let found = off(&tried);
    assert_eq!(Held::ALL.map(|held| found.case(held).from_zero), [3, 3, 0]);
    assert_eq!(found.needs(), Some(Held::ErrorAndGates));
    assert!(page.contains("3 gradients rise from 0"), "{page}");
}

#[test]
fn the_users_unit_is_the_first() {
    let text = "input X [6, 4]; dense 5 relu; dense 3 relu; dense 2; loss half_mse";
    for (layer, unit) in [("2", 3), ("1", 5), ("3", 1)] {
        let off = Some((layer.to_owned(), unit));
        let found = part(text, Part::Claims, Options { off, ..Options::default() }).claims.unwrap();
        let units = &found.found.as_ref().unwrap().units;
        assert_eq!(units[0], format!("{layer}:{unit}"));
        assert_eq!(units.iter().filter(|other| **other == units[0]).count(), 1);
    }
    // An output is tried with other weights too: there is no hidden unit.
    let options = Options { off: Some(("1".to_owned(), 2)), ..Options::default() };
    let found = part("input X [6, 3]; dense 2 sigmoid; loss mse", Part::Claims, options).claims.unwrap();
    assert_eq!(found.found.as_ref().unwrap().units, ["1:2"]);
}

/// The last layer is at its optimum, W₂ = 1/7 and b₂ = −1/2 for the first unit, while the second is off: ∂J/∂W₂ and ∂J/∂b₂
/// are 0 but for rounding, and what comes of them has no ratio.
#[test]
fn what_cancels_has_no_ratio() {
    let network = parsed("input X [4, 1]; dense 2 relu nobias; dense 1; loss half_mse");
    let arrays = Arrays::from_iter([
        ("X".into(), arr2(&[[1.0], [2.0], [4.0], [7.0]])),
        ("Y".into(), arr2(&[[0.1], [-0.9], [0.3], [0.5]])),
        ("W1".into(), arr2(&[[1.0, -1.0]])),
        ("W2".into(), arr2(&[[1.0 / 7.0], [0.0]])),
        ("b2".into(), arr2(&[[-0.5]])),
    ]);
    let off = Some(("1".to_owned(), 1));
    let found = on(&network, &arrays, &[Part::Inactive], Options { off, ..Options::default() }).inactive.unwrap();
    for effect in found.off.unwrap().effects.iter().filter(|effect| effect.name != "W1") {
        let defined: usize = effect.following.spreads().map(|spread| spread.defined).sum();
        assert_eq!(defined, 0, "{effect:?}");
    }
}
