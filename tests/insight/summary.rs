//! The verdicts of the first page: against the concrete backprop, by hand, and as a user follows the advice.

use std::fs;

use chainrule::{
    catalog::activation::Activation,
    evaluate::{
        arrays::Arrays,
        backprop, draw,
        initialise::{self, Initialisation},
    },
    insight::summary::{Aspect, Finding, Judged, Summary, Verdict},
    network::graph::Network,
    pipeline::insight::{Options, Part, insight},
    render::{Format, Style},
    report::{self, insight::Showing},
};
use ndarray::{Array2, array};
use serde_json::json;

use super::{begun, document, files, flow::rms, near, on, page, parsed, random, unwrapped};
use crate::{
    cli::{DIGITS, chainrule},
    common,
};

const SIGMOIDS: &str = "input X [n, 64]; repeat 10 { dense 64 sigmoid }; dense 10 softmax; loss cce";
const RELUS: &str = "input X [n, 64]; repeat 20 { dense 64 relu }; dense 10 softmax; loss cce";

fn summary(text: &str, initialisation: Initialisation) -> Summary {
    let options = Options { seeds: Some(1), ..Options::default() };
    begun(&parsed(text), initialisation, &[Part::Summary], options).summary.expect("a summary")
}

fn verdicts(judged: &Judged) -> [Verdict; 4] {
    judged.findings.each_ref().map(|finding| finding.verdict)
}

fn least(finding: &Finding) -> (&str, f64) {
    let [least, _] = finding.ends.as_ref().expect("has figures");
    (&least.layer, least.value.value())
}

/// Least squares at its optimum (the normal equations give W = 1/7, b = −1/2): the gradient is 0 but for rounding, which is no
/// update that vanishes.
#[test]
fn an_optimum_is_no_vanishing_update() {
    let network = parsed("input X [4, 1]; dense 1; loss half_mse");
    let arrays = Arrays::from_iter([
        ("X".into(), array![[1.0], [2.0], [4.0], [7.0]]),
        ("Y".into(), array![[0.1], [-0.9], [0.3], [0.5]]),
        ("W1".into(), array![[1.0 / 7.0]]),
        ("b1".into(), array![[-0.5]]),
    ]);
    let insight = on(&network, &arrays, &[Part::Summary, Part::Flow], Options::default());
    let judged = &insight.summary.as_ref().unwrap().judged;
    assert_eq!((judged.of(Aspect::Updates).verdict, &judged.settled[..]), (Verdict::Unknown, &["1".to_owned()][..]));
    let text = unwrapped(&page(&insight, Format::Text));
    let told = "Updates: no verdict. The gradient of W of layer 1 cancels up to rounding, as at an optimum, and is not judged.";
    assert!(text.contains(told), "{text}");
}

/// As many samples as parameters: the line through (1, 0.3) and (4, −0.9) has the slope −0.4 and the value 0.7 at 0. Ŷ − Y is what
/// rounding leaves, and no figure is made of it; half a unit beside it, every figure is there.
#[test]
fn an_exact_fit_has_no_error() {
    let network = parsed("input X [2, 1]; dense 1 nobias; dense 1; loss half_mse");
    let at = |w2: f64| {
        let arrays = Arrays::from_iter([
            ("X".into(), array![[1.0], [4.0]]),
            ("Y".into(), array![[0.3], [-0.9]]),
            ("W1".into(), array![[0.1]]),
            ("W2".into(), array![[w2]]),
            ("b2".into(), array![[0.7]]),
        ]);
        let options = Options { off: Some(("1".to_owned(), 1)), ..Options::default() };
        on(&network, &arrays, &[Part::Summary, Part::Flow, Part::Inactive], options)
    };
    let insight = at(-4.0);
    let judged = &insight.summary.as_ref().unwrap().judged;
    assert_eq!(judged.of(Aspect::Gradient).verdict, Verdict::Unknown);
    assert_eq!(judged.of(Aspect::Updates).verdict, Verdict::Unknown);
    assert!(insight.summary.as_ref().unwrap().tried.is_empty());
    let text = unwrapped(&page(&insight, Format::Text));
    // Behind it 0.5⁵⁰ is told, which is as small.
    let measured = text.split("What depth makes").next().unwrap();
    assert!(measured.contains("The error is 0 up to rounding"), "{text}");
    assert!(!measured.contains("e-16") && !measured.contains("e-17"), "{text}");
    let beside = at(-3.5);
    let [gradient, _, updates, _] = verdicts(&beside.summary.unwrap().judged);
    assert!(gradient == Verdict::Fine && updates != Verdict::Unknown, "{gradient:?} {updates:?}");
}

/// The logarithm of a negative prediction: J has no value, and nothing is said of its gradients.
#[test]
fn an_undefined_loss_has_no_verdict_and_one_repair() {
    for (text, repair) in [
        ("input X [n, 5]; repeat 3 { dense 6 relu }; dense 4; loss cce", "Write `dense 4 softmax` for layer 4."),
        ("input X [n, 5]; dense 6 relu; dense 2 tanh; loss bce", "Write `sigmoid` for `tanh` in layer 2."),
        ("input X [n, 5]; dense 6; activation tanh; loss poisson", "Write `exp` for `tanh` in layer 1."),
    ] {
        let options = Options { seeds: Some(2), ..Options::default() };
        let insight = begun(&parsed(text), Initialisation::HeIn, &[Part::Summary, Part::Flow], options);
        let found = insight.summary.as_ref().unwrap();
        let [gradient, _, updates, _] = verdicts(&found.judged);
        assert!([gradient, updates] == [Verdict::Unknown; 2] && found.tried.is_empty(), "{text}");
        let page = unwrapped(&page(&insight, Format::Text));
        assert!(page.contains("J is not defined on") && page.contains(repair) && insight.flow.is_none(), "{page}");
    }
    let defined = "input X [n, 5]; repeat 3 { dense 6 relu }; dense 4 softmax; loss cce";
    let insight = begun(&parsed(defined), Initialisation::HeIn, &[Part::Summary], Options::default());
    assert!(insight.undefined.is_none() && !page(&insight, Format::Text).contains("not defined"));
}

/// The share and the factor a layer, from the concrete backprop: sigmoid' is at most 1/4, and ten steps take all but 2.3e-6.
#[test]
fn ten_sigmoid_layers_vanish() {
    let insight = begun(&parsed(SIGMOIDS), Initialisation::HeIn, &[Part::Summary], Options::default());
    assert_eq!(insight.subject.samples(), 64);
    let gradients = backprop::gradients(&insight.subject.numbers, &insight.subject.arrays).gradients;
    let expected = rms(&gradients["Z1"]) / rms(&gradients["Z11"]);
    assert!((2e-6..3e-6).contains(&expected), "{expected}");
    let norm = |array: &Array2<f64>| rms(array) * (array.len() as f64).sqrt();
    let update = norm(&gradients["W1"]) / norm(&insight.subject.arrays["W1"]);
    let judged = &insight.summary.as_ref().unwrap().judged;
    let [gradient, signal, updates, units] = &judged.findings;
    assert_eq!(verdicts(judged), [Verdict::Vanishing, Verdict::Fine, Verdict::Vanishing, Verdict::Fine]);
    assert_eq!(least(gradient).0, "1");
    assert!(near(least(gradient).1, expected, 1e-9) && near(least(updates).1, update, 1e-9));
    assert!(near(gradient.each.unwrap().value(), expected.powf(0.1), 1e-9));
    let draws = gradient.draws.unwrap();
    assert!(draws[0] == draws[1] && draws[1] >= 3 && signal.draws.is_some() && units.draws.is_some());
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("Layer 1 receives 2.30e-6 of what the last layer receives, 0.273 a layer"), "{text}");
    assert!(text.contains("(that of sigmoid is at most 0.250)"), "{text}");
    assert!(text.contains("Try tanh in the hidden layers and W drawn by glorot (then fine, "), "{text}");
}

/// What a practitioner knows of relu: √½ a layer under glorot, 1 under he-in, √64 σ √½ under normal(σ).
#[test]
fn relus_are_judged_by_their_initialisation() {
    let of = |initialisation| summary(RELUS, initialisation).judged;
    let glorot = of(Initialisation::Glorot);
    let gradient = glorot.of(Aspect::Gradient);
    assert_eq!((gradient.verdict, gradient.begins.is_some()), (Verdict::Vanishing, true));
    assert!(near(least(gradient).1, 3.79e-4, 0.01), "{gradient:?}");
    let he = of(Initialisation::HeIn);
    assert_eq!(verdicts(&he)[..3], [Verdict::Fine; 3]);
    assert!(near(he.of(Aspect::Gradient).each.unwrap().value(), 1.0, 0.1));
    let small = of(Initialisation::Normal(0.02));
    let signal = small.of(Aspect::Signal);
    assert_eq!((signal.verdict, small.of(Aspect::Updates).verdict), (Verdict::Vanishing, Verdict::Vanishing));
    assert!(least(signal).1 < 1e-17 && near(signal.each.unwrap().value(), 0.02 * 32.0_f64.sqrt(), 0.1), "{signal:?}");
    let large = of(Initialisation::Normal(0.4));
    assert_eq!(verdicts(&large)[..2], [Verdict::Exploding; 2]);
    assert!(near(large.of(Aspect::Gradient).each.unwrap().value(), 0.4 * 32.0_f64.sqrt(), 0.1));
    assert_eq!(of(Initialisation::Normal(0.0)).of(Aspect::Signal).verdict, Verdict::Vanishing);
}

/// A ratio of two layers can be explained by their widths: ‖Δ‖ stays, and nothing is wrong.
#[test]
fn widths_alone_are_no_fault() {
    let found = summary("input X [n, 64]; dense 2048 relu; dense 2 softmax; loss cce", Initialisation::HeIn);
    let gradient = found.judged.of(Aspect::Gradient);
    assert!(least(gradient).1 < 0.1 && gradient.verdict == Verdict::Fine, "{gradient:?}");
}

#[test]
fn a_dead_layer_is_dead() {
    let network = parsed("input X [64, 8]; repeat 3 { dense 16 relu }; dense 3; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["b2"].fill(-100.0);
    let insight = on(&network, &arrays, &[Part::Summary], Options::default());
    let found = insight.summary.as_ref().unwrap();
    let units = found.judged.of(Aspect::Units);
    assert_eq!((units.verdict, units.draws), (Verdict::Dead, None));
    assert_eq!(least(units), ("2", 1.0));
    assert!(least(found.judged.of(Aspect::Gradient)).1.abs() < 1e-300);
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("receives nothing of the error") && text.contains("For a fresh start try"), "{text}");
}

#[test]
fn what_has_no_figure_has_no_verdict_and_says_why() {
    let network = parsed("input X [1, 1]; dense 1 relu; loss half_mse");
    let filled = |y: f64, bias: f64| {
        let mut arrays = random(&network, &Arrays::new(), 1);
        for (name, array) in &mut arrays {
            array.fill(if name == "Y" {
                y
            } else if name == "b1" {
                bias
            } else {
                1.0
            });
        }
        let insight = on(&network, &arrays, &[Part::Summary], Options::default());
        let verdict = insight.summary.as_ref().unwrap().judged.of(Aspect::Gradient).verdict;
        (verdict, unwrapped(&page(&insight, Format::Text)))
    };
    let (verdict, text) = filled(2.0, 1.0);
    assert!(verdict == Verdict::Unknown && text.contains("Gradient: no verdict. The error is 0"), "{text}");
    let (verdict, text) = filled(2.0, -9.0);
    assert!(verdict == Verdict::Dead && text.contains("is 0 for every unit and sample"), "{text}");
    let exp = parsed("input X [1, 1]; repeat 9 { dense 1 exp nobias }; loss mse");
    let insight = begun(&exp, Initialisation::Ones, &[Part::Summary], Options::default());
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(text.contains("Signal: exploding. A value of layer 4 is too large to compute with"), "{text}");
}

/// The count of draws by the verdicts at each draw, taken one by one.
#[test]
fn draws_are_counted() {
    let network = parsed("input X [16, 6]; repeat 4 { dense 6 relu }; dense 3; loss mse");
    let options = Options { seed: 5, seeds: Some(12), ..Options::default() };
    let insight = begun(&network, Initialisation::HeIn, &[Part::Summary], options);
    let mut counts = [0; 4];
    let judged = &insight.summary.unwrap().judged;
    for draw in 0..12 {
        let mut arrays = insight.subject.arrays.clone();
        if draw > 0 {
            arrays.extend(initialise::draw(&network, Initialisation::HeIn, &mut draw::generator(5 + draw)));
        }
        let there = on(&network, &arrays, &[Part::Summary], Options::default()).summary.unwrap();
        for (count, (here, there)) in counts.iter_mut().zip(verdicts(judged).iter().zip(verdicts(&there.judged))) {
            *count += usize::from(*here == there);
        }
    }
    assert_eq!(judged.findings.each_ref().map(|finding| finding.draws), counts.map(|count| Some([count, 12])));
    assert!(counts.iter().any(|count| *count < 12), "{counts:?}");
}

/// `network` with other activations in its hidden layers, as a user would write it.
fn rewritten(text: &str, from: &str, to: Option<Activation>) -> Network {
    parsed(&to.map_or(text.to_owned(), |to| text.replace(from, &to.to_string())))
}

fn without_draws(judged: &Judged) -> Judged {
    let mut judged = judged.clone();
    judged.findings.iter_mut().for_each(|finding| finding.draws = None);
    judged
}

/// Whoever does what was tried gets the figures that were said.
#[test]
fn advice_that_is_followed_gives_the_figures_that_were_said() {
    let text = "input X [n, f0]; repeat 12 { dense 24 sigmoid }; dense f3 softmax; loss cce";
    let options = || Options { seed: 3, seeds: Some(1), ..Options::default() };
    let found = begun(&parsed(text), Initialisation::HeIn, &[Part::Summary], options()).summary.unwrap();
    assert!(found.tried.len() > 4 && !found.advice(Aspect::Gradient).is_empty());
    for tried in &found.tried {
        let network = rewritten(text, "sigmoid", tried.change.activation);
        let initialisation = tried.change.initialisation.unwrap();
        let followed = begun(&network, initialisation, &[Part::Summary], options()).summary.unwrap();
        assert_eq!(without_draws(&followed.judged), without_draws(&tried.judged), "{:?}", tried.change);
    }
    for tried in found.advice(Aspect::Gradient) {
        let [now, then] =
            [&found.judged, &tried.judged].map(|judged| judged.of(Aspect::Gradient).each.unwrap().value());
        assert!((then.ln()).abs() < (now.ln()).abs(), "{now} {then}");
    }
}

/// The same on the user's own data, and for columns that are standardised.
#[test]
fn inputs_that_are_standardised_give_the_figures_that_were_said() {
    let network = parsed("input X [32, 3]; repeat 3 { dense 8 tanh }; dense 1; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 2);
    arrays["X"].mapv_inplace(|x| 500.0 + 300.0 * x);
    let options = Options { seed: 4, ..Options::default() };
    let found = on(&network, &arrays, &[Part::Summary], options.clone()).summary.unwrap();
    assert_eq!(found.judged.of(Aspect::Units).verdict, Verdict::Weak, "tanh of hundreds is flat: {found:?}");
    let tried = found.tried.iter().find(|tried| tried.change.standardised).expect("tried");
    for mut column in arrays["X"].columns_mut() {
        let mean = column.mean().unwrap();
        let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 32.0).sqrt();
        column.mapv_inplace(|x| (x - mean) / deviation);
    }
    let [_, data] = files(&network, &arrays);
    let followed = insight(&network, [None, data], &options, &mut |_| {}).expect("has an insight").summary.unwrap();
    assert_eq!(verdicts(&followed.judged), verdicts(&tried.judged));
    for (a, b) in followed.judged.findings.iter().zip(&tried.judged.findings) {
        let [a, b] = [a, b].map(|finding| finding.ends.clone().unwrap());
        assert!(
            a.iter().zip(&b).all(
                |(a, b)| a.layer == b.layer && (a.value == b.value || near(a.value.value(), b.value.value(), 1e-9))
            )
        );
    }
    assert_eq!(tried.judged.of(Aspect::Units).verdict, Verdict::Fine);
}

/// One screen, whatever the network.
#[test]
fn the_page_has_at_most_forty_lines() {
    let mut texts: Vec<String> = fs::read_dir(common::path("tests/specs/valid"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let long = "a_name_that_goes_on_and_on_".repeat(8);
    texts.push(format!("input X [n, {long}w]; {long}: dense {long}v sigmoid; repeat 12 {{ {long}in: dense {long}u tanh }}; dense 2; loss mse"));
    // What a page says of graphs has names in it too.
    let [input, target, penalised] = ["input", "target", "layer"].map(|word| format!("{long}{word}"));
    texts.push(format!(
        "input {input} [n, 4]; {penalised}: dense 4 relu; residual {{ {long}norm: norm layer; {long}drop: dropout 0.5; dense 4 }}; \
         {long}last: dense 2; target {target} [n, 2]; penalty l2 0.01 W_{penalised}; loss mse"
    ));
    let deep = "input X [n, 5]; repeat 300 { dense 4 sigmoid }; dense 2; loss mse".to_owned();
    let cases = texts
        .into_iter()
        .flat_map(|text| [Initialisation::HeIn, Initialisation::Normal(9.0)].map(|init| (text.clone(), init)));
    for (text, initialisation) in cases.chain([(deep, Initialisation::HeIn)]) {
        let options = Options { seeds: Some(2), ..Options::default() };
        let found = begun(&parsed(&text), initialisation, &[Part::Summary], options);
        let page = Style::new(Format::Text).page(&report::insight(&found, Showing::default()));
        assert!(page.lines().count() <= 40, "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    }
}

#[test]
fn a_run_fails_on_the_verdicts_that_it_is_told() {
    let status = |text: &str, init: &str, words: &str| {
        let run = chainrule(&["insight", "-e", text, "--init", init, "--seeds", "1", "--fail-on", words]);
        assert!(run.status > 1 || run.stdout.contains("Gradient: "), "{run:?}");
        run.status
    };
    assert_eq!(status(SIGMOIDS, "he-in", "vanishing"), 1);
    assert_eq!(status(SIGMOIDS, "he-in", "exploding,dead,signal"), 0);
    assert_eq!(status(RELUS, "he-in", "vanishing,exploding,dead,signal"), 0);
    assert_eq!([status(RELUS, "normal(0.4)", "exploding"), status(RELUS, "normal(0.02)", "signal")], [1, 1]);
    assert_eq!(status(RELUS, "he-in", "vanish"), 2);
    let only = chainrule(&["insight", "-e", SIGMOIDS, "--only", "cost", "--fail-on", "vanishing", "--seeds", "1"]);
    assert!(
        only.status == 1
            && only.stdout.contains("Gradient: vanishing")
            && only.stdout.contains("What the gradients cost")
    );
}

#[test]
fn two_runs_stand_side_by_side() {
    let spec = chainrule(&["insight", "-e", SIGMOIDS, "--seeds", "1", "--compare", RELUS]);
    let text = unwrapped(&spec.stdout);
    assert!(text.contains("The verdicts differ on gradient (vanishing here, fine there) and updates"), "{text}");
    let digits = [&["insight"], &DIGITS[..], &["--compare", DIGITS[2]]].concat();
    let same = chainrule(&digits);
    assert!(same.stdout.contains("Compared with tests/data/digits/params.safetensors"), "{same:?}");
    assert!(same.stdout.ends_with("All verdicts are the same.\n"), "{same:?}");
    let missing = chainrule(&["insight", "-e", SIGMOIDS, "--seeds", "1", "--compare", "nothing.net"]);
    assert!(missing.status == 3 && missing.stderr.contains("there is no file `nothing.net`"), "{missing:?}");
}

#[test]
fn powers_are_printed_for_ones_own_numbers() {
    let run = |power: &str| {
        let words =
            ["insight", "-e", "input X [4, 3]; dense 3 relu; dense 1; loss mse", "--only", "flow", "--power", power];
        chainrule(&words)
    };
    // 0.9⁵⁰ = 0.005154.
    assert!(
        unwrapped(&run("0.9^50").stdout)
            .contains("50 layers that each multiply the gradient by 0.9 leave 0.00515 times what it was.")
    );
    assert!(run("0.9").stderr.contains("expected a factor, `^` and a number of layers, as in 0.9^50"));
}

/// Verdicts and figures as data.
#[test]
fn json_holds_the_verdicts() {
    let insight = begun(
        &parsed(SIGMOIDS),
        Initialisation::HeIn,
        &[Part::Summary],
        Options { seeds: Some(2), ..Options::default() },
    );
    let json = &document(&insight)["summary"];
    assert_eq!(json["findings"][0]["verdict"], "vanishing");
    assert_eq!(json["findings"][0]["draws"], json!([2, 2]));
    assert!(near(json["findings"][0]["log10_a_layer"].as_f64().unwrap(), 0.273_f64.log10(), 1e-2));
    assert_eq!(json["thresholds"], json!({"vanishing": 1e-3, "exploding": 1e3}));
    let tried = json["tried"].as_array().unwrap();
    assert!(tried.iter().any(
        |tried| tried["change"] == json!({"activation": "relu", "initialisation": "he-in", "standardised": false})
    ));
}

/// A layer without W passes the activation rate of the layer before it on: the factors that are shown are those that are
/// multiplied.
#[test]
fn the_rule_of_thumb_is_the_product_of_what_is_shown() {
    let network = parsed("input X [2, 2]; dense 2 relu; activation linear; dense 2; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["X"] = ndarray::array![[1.0, 0.0], [0.0, 1.0]];
    arrays["W1"] = ndarray::array![[1.0, -1.0], [-1.0, 1.0]];
    arrays["b1"].fill(0.0);
    arrays["W3"].fill(0.5);
    let flow = on(&network, &arrays, &[Part::Flow], Options::default()).flow.unwrap().flow;
    let shown = [1, 2].map(|place| flow.mnemonic_of(place).unwrap());
    assert!(shown.iter().all(|rate| near(*rate, 0.5, 1e-12)), "{shown:?}");
    assert!(near(flow.mnemonic.unwrap().over_steps.value(), 0.25, 1e-12));
}

#[test]
fn updates_and_units_are_judged_by_the_bounds_that_are_given() {
    let network = ["insight", "-e", "input X [4, 3]; dense 5 relu; dense 2; loss mse", "--seeds", "1"];
    let said = |options: &[&str], aspect: &str| {
        let page = chainrule(&[&network[..], options, &["--width", "1000"]].concat()).stdout;
        page.lines().find(|line| line.starts_with(aspect)).unwrap().to_owned()
    };
    let updates = |options: &[&str]| said(options, "Updates: ");
    assert!(updates(&[]).starts_with("Updates: fine"), "{}", updates(&[]));
    let weak = updates(&["--updates-weak", "1"]);
    assert!(weak.starts_with("Updates: weak") && weak.contains("(fine: from 1 to 10, "), "{weak}");
    let growing = updates(&["--updates-weak", "0", "--updates-growing", "1", "--exploding", "1e9"]);
    let greatest = updates(&[]).split_once(" to ").unwrap().1.split(' ').next().unwrap().parse::<f64>().unwrap();
    assert_eq!(growing.starts_with("Updates: growing"), greatest > 1.0, "{growing}");
    let units = |options: &[&str]| said(options, "Units: ");
    let dead = ["--dead", "1"];
    assert!(
        units(&[]).contains(
            "(weak: more than 50 % of a layer's units dead, or saturated; dead: more than 90 % of them dead)"
        )
    );
    // A unit of a relu that is off for one of the samples is dead here.
    let strict = units(&[&dead[..], &["--units-weak", "0", "--units-dead", "0"]].concat());
    assert!(strict.starts_with("Units: dead") && strict.contains("dead: more than 0 %"), "{strict}");
    let kind = units(&[&dead[..], &["--units-weak", "1", "--units-dead", "1"]].concat());
    assert!(kind.starts_with("Units: fine"), "{kind}");
}

#[test]
fn every_verdict_is_explained() {
    let page = chainrule(&["insight", "-e", SIGMOIDS, "--explain", "--seeds", "1", "--vanishing", "0.01"]).stdout;
    for verdict in
        ["fine: ", "weak: ", "growing: ", "vanishing: gradient or signal below 0.01", "exploding: ", "dead: "]
    {
        assert!(page.lines().any(|line| line.starts_with(verdict)), "{verdict}\n{page}");
    }
}
