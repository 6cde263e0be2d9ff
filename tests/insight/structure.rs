//! Networks that are no chains: what flows, and what skips, norms, shared weights and penalties do; against the concrete
//! backprop and by hand.

use chainrule::{
    evaluate::{arrays::Arrays, backprop, bindings::bind, draw},
    insight::{
        flow::layers::Flow,
        structure::{Structure, Sum, Through},
        summary::{Aspect, Verdict},
    },
    network::{graph::Network, way::way},
    pipeline::insight::{Insight, Options, Part},
    render::{Format, Style},
    report::{self, insight::Showing},
};
use ndarray::{Array2, Axis, array};

use super::{begun, document, flow::rms, near, on, page, parsed, random, unwrapped};
use crate::{cli::chainrule, common::snapshot, graphs::NETWORKS};

/// The network with numbers for its dimensions.
fn sized(text: &str) -> Network {
    bind(&parsed(text), None, None, Some(&mut draw::generator(1))).expect("binds").network
}

fn few() -> Options {
    Options { seeds: Some(1), ..Options::default() }
}

fn structure(network: &Network, arrays: &Arrays) -> Structure {
    on(network, arrays, &[Part::Structure], Options::default()).structure.expect("a structure")
}

/// Arrays filled by hand.
fn given<const N: usize>(arrays: [(&str, Array2<f64>); N]) -> Arrays {
    arrays.map(|(name, array)| (name.to_owned(), array)).into_iter().collect()
}

fn sum<'a>(found: &'a Structure, name: &str) -> &'a Sum {
    found.sums.iter().find(|sum| sum.name == name).unwrap_or_else(|| panic!("{name}: {:?}", found.sums))
}

fn shares(found: &Structure, name: &str) -> Vec<(Through, f64)> {
    let parts = sum(found, name).parts.as_ref().expect("parts");
    parts.iter().map(|part| (part.through.clone(), part.share)).collect()
}

fn layer(name: &str) -> Through {
    Through::Layer(name.into())
}

#[test]
fn every_size_of_a_graph_is_that_of_the_concrete_backprop() {
    for (name, text) in NETWORKS {
        let network = sized(text);
        let arrays = random(&network, &Arrays::new(), 5);
        // Masks are no data: those of the point are drawn with it.
        let insight = on(&network, &arrays, &[Part::Flow], few());
        let arrays = &insight.subject.arrays;
        let backprop::Concrete { gradients, .. } = backprop::gradients(&network, arrays);
        let forward = backprop::forward(&network, arrays);
        let Flow { layers, last, .. } = insight.flow.expect("flow").flow;
        let of = |place: usize| {
            let layer = &network.layers[place];
            let letter = if layer.has_pre_activation() { "Z" } else { "A" };
            rms(&gradients[&chainrule::evaluate::arrays::symbol(letter, &layer.label)])
        };
        let top = layers.iter().position(|layer| layer.label == last).expect("a layer");
        for (place, found) in layers.iter().enumerate() {
            let is = |size: Option<chainrule::insight::Magnitude>, expected: f64| {
                assert!(near(size.expect("a size").value(), expected, 1e-9), "{name} {}: {found:?}", found.label);
            };
            is(found.activation, rms(&forward.activations[place]));
            is(found.adjoint, of(place));
            is(found.share, of(place) / of(top));
        }
    }
}

/// By hand: in a residual block every path passes the sum; a concatenation with its input is passed by all.
#[test]
fn the_layers_on_every_path() {
    let cases = [
        ("input X [n, 2]; dense 3; dense 2; loss mse", vec![0, 1], 1.0),
        ("input X [n, 2]; dense 3; residual { dense 4; dense 3 }; dense 2; loss mse", vec![0, 3, 4], 2.0),
        ("input X [n, 2]; concat { dense 2 } { dense 3 tanh } {}; dense 1; loss mse", vec![2, 3], 3.0),
        ("input X [n, 2]; repeat 3 { residual { residual { dense 2 } } }; loss mse", vec![2, 5, 8], 27.0),
        ("input X [n, 2]; input P [n, 3]; dense 2 from P; dense 2 from X, 1; loss mse", vec![1], 1.0),
        (
            "input X [n, 2]; t: dense 2; a: dense 1 from t; b: dense 1 from t; loss mse from a against A; loss mse from b against B",
            vec![0, 1],
            1.0,
        ),
    ];
    for (text, places, paths) in cases {
        let text = text.replace("from X, 1", "from X, P2").replace("dense 2 from P;", "P2: dense 2 from P;");
        assert_eq!(way(&parsed(&text)), (places, paths), "{text}");
    }
}

/// The skip hands the gradient of the sum on as it is; the branch gives the rest.
#[test]
fn the_share_of_a_skip_is_that_of_the_concrete_backprop() {
    let network = parsed("input X [6, 4]; dense 5; repeat 2 { residual { dense 7 tanh; dense 5 } }; dense 3; loss mse");
    let arrays = random(&network, &Arrays::new(), 3);
    let found = structure(&network, &arrays);
    let gradients = backprop::gradients(&network, &arrays).gradients;
    for (fork, first, join) in [("A1", "2", "4"), ("A4", "5", "7")] {
        let (whole, skip) = (&gradients[fork], &gradients[&format!("A{join}")]);
        let product = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum();
        let share = product(skip, whole) / product(whole, whole);
        let parts = sum(&found, fork).parts.as_ref().expect("parts");
        let by = |through: &Through| parts.iter().find(|part| part.through == *through).expect("a part");
        let (of_skip, of_branch) = (by(&Through::Skip(join.into())), by(&layer(first)));
        assert!(near(of_skip.share, share, 1e-9) && near(of_branch.share, 1.0 - share, 1e-9), "{fork}: {parts:?}");
        assert!(near(of_skip.norm, rms(skip) / rms(whole), 1e-9));
        assert!(near(of_branch.norm, rms(&(whole - skip)) / rms(whole), 1e-9));
    }
    assert_eq!(found.sums.len(), 2, "nothing else has several uses");
}

/// z = 6, a = 36, ŷ = 108, E = 106: the decoder gives E a = 3816, the encoder E w 2z x = 7632.
#[test]
fn the_uses_of_a_tied_weight_by_hand() {
    let network =
        parsed("input X [1, 1]; encode: dense 1 square nobias; dense 1 tied=encode nobias; target X; loss half_mse");
    let found = structure(&network, &given([("X", array![[2.0]]), ("W_encode", array![[3.0]])]));
    let shares = shares(&found, "W_encode");
    assert!(shares[0].0 == layer("encode") && near(shares[0].1, 2.0 / 3.0, 1e-12), "{shares:?}");
    assert!(shares[1].0 == layer("2") && near(shares[1].1, 1.0 / 3.0, 1e-12), "{shares:?}");
}

/// ŷ − y = 2 and x = 1: the data give 2, and 0.25 w² gives 2 · 0.25 · 2 = 1.
#[test]
fn a_penalty_beside_the_data_by_hand() {
    let network = parsed("input X [1, 1]; dense 1 nobias; loss half_mse; penalty l2 0.25");
    let arrays = given([("X", array![[1.0]]), ("W1", array![[2.0]]), ("Y", array![[0.0]])]);
    let insight = on(&network, &arrays, &[Part::Summary], Options::default());
    let shares = shares(insight.structure.as_ref().unwrap(), "W1");
    assert!(shares[0].0 == layer("1") && near(shares[0].1, 2.0 / 3.0, 1e-12), "{shares:?}");
    assert!(shares[1].0 == Through::Penalty && near(shares[1].1, 1.0 / 3.0, 1e-12), "{shares:?}");
    let text = unwrapped(&page(&insight, Format::Text));
    assert!(
        text.contains("Penalty: its part of a gradient has 0.500 times the norm of the data's part, for ∂J/∂W₁."),
        "{text}"
    );
}

/// Two losses on one value: ŷ = 3, against 1 and, with the weight 2, against 2: 2 and 2 of 4.
#[test]
fn losses_on_one_value_share_its_gradient() {
    let text = "input X [1, 1]; a: dense 1 nobias; activation linear; loss half_mse from 2 against P; loss half_mse 2 from a against Q";
    let text = text.replace("activation linear", "b: activation linear").replace("from 2", "from b");
    let arrays = given([("X", array![[1.0]]), ("W_a", array![[3.0]]), ("P", array![[1.0]]), ("Q", array![[2.0]])]);
    let shares = shares(&structure(&parsed(&text), &arrays), "A_a");
    let of = |through: &Through| shares.iter().find(|(of, _)| of == through).map(|(_, share)| *share);
    assert!(near(of(&layer("b")).expect("through b"), 0.5, 1e-12), "{shares:?}");
    assert!(near(of(&Through::Loss("Q".into())).expect("the loss"), 0.5, 1e-12), "{shares:?}");
}

/// What leaves a norm: by the concrete gradient of what comes in, which nothing else takes.
#[test]
fn norms_are_orthogonal_to_ones_and_to_their_rows() {
    for (kind, axis) in [("layer", 1), ("rms", 1), ("batch", 0)] {
        let network = parsed(&format!("input X [9, 4]; dense 5; norm {kind} eps=0.3; dense 3 tanh; dense 2; loss mse"));
        let arrays = random(&network, &Arrays::new(), 2);
        let found = structure(&network, &arrays);
        let [norm] = &found.norms[..] else { panic!("{found:?}") };
        let gradients = backprop::gradients(&network, &arrays).gradients;
        let (g, a) = (&gradients["A1"], &backprop::forward(&network, &arrays).activations[0]);
        let centred =
            if kind == "rms" { a.clone() } else { a - &a.mean_axis(Axis(axis)).unwrap().insert_axis(Axis(axis)) };
        let norm_of = |m: &Array2<f64>| m.iter().map(|x| x * x).sum::<f64>().sqrt();
        // Each row, or column, along its own direction; the length of the direction does not count.
        let lengths = centred.mapv(|x| x * x).sum_axis(Axis(axis)).mapv(f64::sqrt).insert_axis(Axis(axis));
        let along = (g * &(&centred / &lengths)).sum_axis(Axis(axis)).insert_axis(Axis(1));
        let expected = norm_of(&along) / norm_of(g);
        assert!(expected > 1e-3 && near(norm.along_normalised, expected, 1e-9), "{kind}: {norm:?} {expected}");
        assert_eq!(norm.along_ones.is_some(), kind != "rms");
        assert!(norm.along_ones.unwrap_or(0.0) < 1e-12, "{norm:?}");
        let before = norm.before.as_ref().expect("a dense layer before");
        let [w, b] = ["W1", "b1"].map(|name| (&arrays[name], &gradients[name]));
        let product = (w.0 * w.1).sum() + (b.0 * b.1).sum();
        let size = |of: fn(&(&Array2<f64>, &Array2<f64>)) -> f64| (of(&w) + of(&b)).sqrt();
        let sizes = size(|pair| (pair.0 * pair.0).sum()) * size(|pair| (pair.1 * pair.1).sum());
        assert!(near(before.scale, product.abs() / sizes, 1e-9), "{before:?}");
        assert_eq!(before.common.is_some(), kind == "layer");
        assert!(before.common.unwrap_or(0.0) < 1e-12, "{before:?}");
    }
}

#[test]
fn parameters_without_effect_are_named() {
    let zeros = |text: &str| {
        let insight = begun(&parsed(text), chainrule::evaluate::Initialisation::HeIn, &[Part::Summary], few());
        let zeros = insight.structure.as_ref().unwrap().zeros.clone();
        let names: Vec<(String, Option<String>)> = zeros.into_iter().map(|zero| (zero.name, zero.norm)).collect();
        (names, unwrapped(&page(&insight, Format::Text)))
    };
    let (found, text) = zeros("input X [16, 4]; dense 5; norm batch; activation relu; dense 3; loss mse");
    assert_eq!(found, [("b1".to_owned(), Some("2".to_owned()))]);
    assert!(
        text.contains(
            "∂J/∂b₁ is 0 here and at a random point, since the norm of layer 2 takes the mean over the batch away"
        ),
        "{text}"
    );
    // The mean of all that a layer norm puts out is 0.
    let (found, _) = zeros("input X [16, 4]; dense 5; norm layer plain; loss mean");
    assert_eq!(found, [("W1".to_owned(), None), ("b1".to_owned(), None)]);
    for text in
        ["input X [16, 4]; dense 5; norm layer; dense 3; loss mse", "input X [16, 4]; dense 5 relu; dense 3; loss mse"]
    {
        assert_eq!(zeros(text).0, [], "{text}");
    }
    // A layer that no sample opens has a gradient elsewhere.
    let network = parsed("input X [8, 3]; dense 4 relu; dense 2; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 1);
    arrays["b1"].fill(-100.0);
    assert_eq!(structure(&network, &arrays).zeros, []);
}

/// With one number in all of W the units of a hidden layer stay alike; those of the last have targets that differ.
#[test]
fn units_that_nothing_tells_apart_are_named() {
    let network = parsed("input X [6, 3]; dense 4 tanh; dense 5 relu; dense 2; loss mse");
    let mut arrays = random(&network, &Arrays::new(), 4);
    for name in ["W1", "W2", "W3"] {
        arrays[name].fill(0.5);
    }
    for name in ["b1", "b2", "b3"] {
        arrays[name].fill(0.1);
    }
    assert_eq!(structure(&network, &arrays).alike, ["1", "2"]);
    let gradients = backprop::gradients(&network, &arrays).gradients;
    let first = gradients["W2"].column(0);
    assert!(
        gradients["W2"].columns().into_iter().all(|column| column.iter().zip(first).all(|(a, b)| near(*a, *b, 1e-9)))
    );
    arrays["W3"][[0, 0]] = 0.6;
    assert_eq!(structure(&network, &arrays).alike, ["1"], "what is behind layer 2 tells its units apart");
    arrays["W1"][[0, 0]] = 0.6;
    assert!(structure(&network, &arrays).alike.is_empty());
}

#[test]
fn a_mask_drops_values_and_gradients() {
    let network = parsed("input X [64, 10]; dense 50 tanh; dropout 0.25; dense 2; loss mse");
    let insight = begun(&network, chainrule::evaluate::Initialisation::Glorot, &[Part::Structure], few());
    let mask = &insight.subject.arrays["M2"];
    let share = mask.iter().filter(|entry| **entry == 0.0).count() as f64 / mask.len() as f64;
    let [dropped] = &insight.structure.as_ref().unwrap().dropouts[..] else { panic!("one") };
    assert!(share > 0.2 && share < 0.3 && near(dropped.values, share, 1e-12) && near(dropped.gradients, share, 1e-12));
}

/// In a network of sums the gradient at the sums is what is judged; what vanishes in a branch is told by the updates there.
#[test]
fn residual_networks_are_judged_by_their_sums() {
    let gradient = |text: &str| {
        let insight = begun(&parsed(text), chainrule::evaluate::Initialisation::Glorot, &[Part::Summary], few());
        let found = insight.summary.as_ref().unwrap().judged.of(Aspect::Gradient).clone();
        (found.verdict, found.way, found.begins, unwrapped(&page(&insight, Format::Text)))
    };
    let (verdict, way, ..) = gradient("input X [64, 32]; repeat 20 { dense 32 sigmoid }; dense 10 softmax; loss cce");
    assert_eq!((verdict, way), (Verdict::Vanishing, None));
    let (verdict, way, _, text) =
        gradient("input X [64, 32]; repeat 20 { residual { dense 32 sigmoid } }; dense 10 softmax; loss cce");
    assert_eq!((verdict, way), (Verdict::Fine, Some(21)), "{text}");
    assert!(text.contains("a step from one to the next of the 21 layers outside of all branches"), "{text}");
    let (verdict, way, begins, text) =
        gradient("input X [64, 32]; residual { repeat 12 { dense 32 sigmoid } }; dense 10 softmax; loss cce");
    assert_eq!((verdict, way, begins), (Verdict::Fine, Some(2), None), "{text}");
    assert!(text.contains("Updates: vanishing") && text.contains("(layer 1)"), "{text}");
}

fn all(text: &str, options: Options) -> Insight {
    begun(&parsed(text), chainrule::evaluate::Initialisation::HeIn, &Part::ALL, options)
}

#[test]
fn every_part_has_every_format_for_every_network() {
    for (name, text) in NETWORKS {
        let insight = all(text, few());
        for format in [Format::Text, Format::Latex, Format::Html, Format::Typst, Format::Mathml, Format::Ascii] {
            assert!(page(&insight, format).len() > 1000, "{name}");
        }
        let json = document(&insight);
        assert!(json["structure"]["paths"].as_f64().is_some_and(|paths| paths >= 1.0), "{name}");
        let is_chain = insight.subject.network.is_chain();
        assert_eq!(json["flow"]["chain"], is_chain, "{name}");
        let text = page(&insight, Format::Text);
        assert!(text.lines().all(|line| line.chars().filter(|c| *c != '\u{302}').count() <= 100), "{text}");
        assert_eq!(unwrapped(&text).contains("chains of dense layers"), !is_chain, "{text}");
    }
}

/// A bias adds the same row to every sample; whatever is linear keeps that, and the mean over the batch takes it away.
#[test]
fn biases_far_before_a_batch_norm_have_a_reason() {
    for (text, zeros) in [
        ("input X [9, 4]; dense 5; dense 3; norm batch; dense 2; loss mse", &["b1", "b2"][..]),
        ("input X [9, 4]; dense 4; residual { dense 4 relu; dense 4 }; norm batch; dense 2; loss mse", &["b3"]),
        ("input X [9, 4]; dense 4; add { dense 4 } { dense 4 }; norm batch; dense 2; loss mse", &["b1", "b2", "b3"]),
        ("input X [9, 4]; dense 4; concat { dense 3 } { }; norm batch; dense 2; loss mse", &["b1", "b2"]),
    ] {
        let found = begun(&parsed(text), chainrule::evaluate::Initialisation::HeIn, &[Part::Structure], few());
        let known: Vec<_> = found.structure.unwrap().zeros.into_iter().filter(|zero| zero.norm.is_some()).collect();
        assert_eq!(known.iter().map(|zero| zero.name.as_str()).collect::<Vec<_>>(), zeros, "{text}");
    }
}

#[test]
fn what_belongs_to_chains_is_left_out_in_a_sentence() {
    let spec = "input X [4, 3]; residual { dense 3 relu }; dense 2; loss mse";
    let run = chainrule(&["insight", "-e", spec, "--only", "influence,claims,inactive", "--off", "1:1"]);
    let told = "Influence and claims are left out, which belong to chains of dense layers and activations only.";
    let off = "Unit 1 of layer 1 switched off";
    assert!(run.status == 0 && unwrapped(&run.stdout).contains(told) && run.stdout.contains(off), "{run:?}");
    let fails = chainrule(&["insight", "-e", spec, "--init", "normal(0)", "--fail-on", "signal,vanishing"]);
    assert_eq!(fails.status, 1, "{fails:?}");
    let compared = chainrule(&["insight", "-e", spec, "--compare", "input X [4, 3]; dense 3 relu; dense 2; loss mse"]);
    assert!(compared.status == 0 && compared.stdout.contains("Compared with the other spec"), "{compared:?}");
}

#[test]
fn pages_of_networks_that_are_no_chains() {
    let cases = [
        (
            "residual",
            "input X [n, 6]; dense 8; repeat 2 { residual { norm layer; dense 12 gelu; dense 8 } }; norm layer; dense 4 softmax; loss cce; penalty l2 0.01",
        ),
        (
            "shared",
            "input P [n, 5]; input Q [n, 5]; shared encode { dense 6 tanh }; p: encode from P; q: encode from Q; subtract p q; activation square; dense 1 sigmoid; loss bce",
        ),
    ];
    for (name, text) in cases {
        let options = Options { parts: vec![Part::Summary], seeds: Some(3), ..Options::default() };
        let network = parsed(text);
        let summary = begun(&network, chainrule::evaluate::Initialisation::Glorot, &[Part::Summary], options.clone());
        let text = page(&summary, Format::Text);
        let unexplained = Style::new(Format::Text).page(&report::insight(&summary, Showing::default()));
        assert!(unexplained.lines().count() <= 40, "{unexplained}");
        let parts = [Part::Structure, Part::Flow];
        let both = begun(&network, chainrule::evaluate::Initialisation::Glorot, &parts, options);
        snapshot("insight", &format!("graph_{name}.text"), &format!("{text}\n\n{}", page(&both, Format::Text)));
    }
}
