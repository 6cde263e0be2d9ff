//! Influence: what is read off the products against the terms multiplied out, and against moved gradients.

use std::collections::{BTreeMap, BTreeSet};

use chainrule::{
    evaluate::{arrays::Arrays, backprop, draw},
    expr::Role,
    gradient::{Derivation, Derived, Form},
    insight::{
        influence::{self, Factor, Path, Point, Reader},
        model::Model,
    },
    network::{
        graph::Network,
        variant::{Variant, with_batch},
    },
    pipeline::{
        Request, derive, derive_forms,
        insight::{Options, Part},
    },
    render::{Format, plot},
    report::insight::pictures::pictures,
    shape::Dim,
};
use ndarray::Array2;

use super::{document, inputs, near, page, parsed, part, unwrapped};
use crate::{cli::chainrule, common::snapshot};

const LOSSES: [&str; 6] = [
    "dense 2; loss half_mse",
    "dense 2 sigmoid; loss bce",
    "dense 3 softmax; loss cce",
    "dense 2 sigmoid; loss mse",
    "dense 3 softmax; loss half_mse",
    "dense 2; loss mae",
];

const MIDDLES: [&str; 9] = ["relu", "tanh", "sigmoid", "softmax", "abs", "relu6", "gelu", "elu", "linear"];

fn networks() -> impl Iterator<Item = (String, Network)> {
    let texts = MIDDLES.into_iter().flat_map(|middle| {
        LOSSES.into_iter().map(move |loss| {
            format!("input X [6, 4]; dense 5 {middle}; dense 4 relu nobias; activation tanh; dense 5 {middle}; {loss}")
        })
    });
    texts.map(|text| {
        let network = parsed(&text);
        (text, network)
    })
}

fn model(network: &Network, variant: Variant) -> Model {
    let network = with_batch(&variant.of(network), &Dim::name("n"));
    let forms = [Form::Layered, Form::Product];
    let [layered, product] = derive_forms(&network, &Request::new(Form::Layered), &forms).unwrap().try_into().unwrap();
    Model { variant, network, layered, product, dims: BTreeMap::from([("n".to_owned(), 6)]) }
}

/// The factors in the expanded product form, where every term is written out.
fn expanded(derivation: &Derivation, key: &str, labels: &[String]) -> BTreeSet<Factor> {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a product form") };
    let arena = &derivation.forward.arena;
    let parameters = derivation.forward.parameters.iter();
    let variable = *parameters.into_iter().find(|symbol| arena.symbol(**symbol).key() == key).unwrap();
    let symbols = arena.reachable(&[gradient.by(variable).unwrap().value]).into_iter();
    let factor = |id| {
        let symbol = arena.symbol(arena.as_symbol(id)?);
        let layer = symbol.label.as_ref().map(|label| labels.iter().position(|other| *other == **label).unwrap());
        match (symbol.role, layer) {
            (Role::Input, _) => Some(Factor::Input),
            (Role::Target | Role::Prediction, _) => Some(Factor::Error),
            (Role::Weight, Some(layer)) => Some(Factor::Weight(layer)),
            (Role::Bias, Some(layer)) => Some(Factor::Bias(layer)),
            (Role::GateMatrix | Role::DerivativeGateMatrix, Some(layer)) => Some(Factor::Gate(layer)),
            (Role::ForwardGateMatrix, Some(layer)) => Some(Factor::ForwardGate(layer)),
            (Role::Activation, Some(layer)) => Some(Factor::Value(layer)),
            other => panic!("{other:?} in an expanded product"),
        }
    };
    symbols.filter_map(factor).collect()
}

#[test]
fn the_factors_are_those_of_the_terms_written_out() {
    for (text, network) in networks() {
        for variant in Variant::ALL {
            let model = model(&network, variant);
            let request = Request { expand: true, ..Request::new(Form::Product) };
            let product = derive(&model.network, &request).unwrap();
            let labels: Vec<String> = network.layers.iter().map(|layer| layer.label.to_string()).collect();
            let reader = Reader::new(&model);
            for parameter in model.parameters(&[0, 1, 2, 3, 4]) {
                let read = reader.read(parameter.symbol).unwrap().direct;
                assert_eq!(read, expanded(&product, &parameter.key, &labels), "{text} {variant:?} {}", parameter.key);
            }
        }
    }
}

fn point(network: &Network, seed: u64) -> Point {
    let [arrays, directions] =
        [0, 1].map(|more| draw::arrays(network, &Arrays::new(), 1.0, &mut draw::generator(2 * seed + more)));
    Point { inputs: inputs(&arrays), directions }
}

#[test]
fn nothing_that_is_read_is_contradicted_and_all_of_it_is_seen() {
    let mut cells = 0;
    for (seed, (text, network)) in networks().enumerate() {
        for variant in Variant::ALL {
            let model = model(&network, variant);
            let points = [point(&network, seed as u64), point(&network, 1_000 + seed as u64)];
            let all = [usize::MAX; 2];
            let found = influence::of(&model, vec![variant], [&points[0], &points[1]], all);
            for (gradient, cell) in found.cells() {
                let place = format!("{text} {variant:?} {} {cell:?}", gradient.variable.key);
                assert!(!cell.contradicts(), "{place}");
                assert!(!cell.is_unseen(), "{place}");
                cells += cell.measured.iter().flatten().count();
            }
        }
    }
    assert!(cells > 10_000, "{cells}");
}

fn norm(array: &Array2<f64>) -> f64 {
    array.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// What is measured of `factor` in the gradient by `key`.
fn measured(text: &str, point: &Point, key: &str, factor: Factor) -> [Option<f64>; 2] {
    let model = model(&parsed(text), Variant::Biases);
    let found = influence::of(&model, vec![Variant::Biases], [point, point], [usize::MAX; 2]);
    let mut cells = found.cells().filter(|(gradient, cell)| gradient.variable.key == key && cell.factor == factor);
    cells.next().expect("a cell").1.measured
}

/// Of one unit a layer and one sample each gradient is a product of numbers: what enters once makes it as much larger as it
/// gets itself, and without a derivative gate nothing is left.
#[test]
fn what_enters_once_measures_one() {
    let text = "input X [1, 1]; repeat 2 { dense 1 tanh nobias }; dense 1 relu nobias; dense 1 nobias; loss half_mse";
    let network = parsed(text);
    let model = model(&network, Variant::Biases);
    for seed in 0..5 {
        let Point { mut inputs, directions } = point(&network, seed);
        inputs.values_mut().for_each(|array| *array = array.mapv(|x| 0.5 + x.abs()).into_shared());
        let point = Point { inputs, directions };
        let found = influence::of(&model, vec![Variant::Biases], [&point, &point], [usize::MAX; 2]);
        let mut seen = BTreeSet::new();
        for (gradient, cell) in found.cells().filter(|(_, cell)| cell.direct) {
            let [held, _] = cell.measured;
            assert!(near(held.unwrap(), 1.0, 1e-6), "{seed}: {} in {}: {held:?}", cell.factor, gradient.variable.key);
            assert!(!cell.elsewhere && cell.finite, "{cell:?}");
            seen.insert(cell.factor.to_string());
        }
        let all = ["G1", "G2", "S1", "S2", "S3", "W1", "W2", "W3", "W4", "X", "error"];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    }
}

/// ∂J/∂W_1 = Xᵀ E W_2ᵀ changes with W_2 by Xᵀ E Dᵀ where E is held, D being the direction.
#[test]
fn a_weight_measures_what_the_product_says() {
    let text = "input X [5, 3]; dense 4 nobias; dense 2 nobias; loss half_mse";
    let network = parsed(text);
    let point = point(&network, 3);
    let [x, y, w1, w2] = ["X", "Y", "W1", "W2"].map(|name| point.inputs[name].to_owned());
    let direction = &point.directions["W2"];
    let error = (x.dot(&w1).dot(&w2) - y) / 5.0;
    let by = |w: &Array2<f64>| norm(&x.t().dot(&error).dot(&w.t()));
    let expected = by(direction) / by(&w2) / (norm(direction) / norm(&w2));
    let [held, _] = measured(text, &point, "W1", Factor::Weight(1));
    assert!(near(held.unwrap(), expected, 1e-6), "{held:?} {expected}");
}

/// With everything following, against differences of the concrete backprop. b = 0 has no size that a move could be relative
/// to: the move's root mean square stands for it.
#[test]
fn what_follows_measures_what_the_concrete_backprop_does() {
    let text = "input X [5, 3]; dense 4 tanh; dense 2; loss half_mse";
    let network = parsed(text);
    let mut point = point(&network, 4);
    point.inputs["b1"].fill(0.0);
    let arrays: Arrays = point.inputs.iter().map(|(name, array)| (name.clone(), array.to_owned())).collect();
    let before = backprop::gradients(&network, &arrays).gradients;
    for (moved, factor) in [("X", Factor::Input), ("W1", Factor::Weight(0)), ("b1", Factor::Bias(0))] {
        let step = &point.directions[moved] * 1e-6;
        let size = norm(&arrays[moved]);
        let by = if moved == "b1" { norm(&step) / (step.len() as f64).sqrt() } else { norm(&step) / size };
        let mut there = arrays.clone();
        there[moved] += &step;
        let after = backprop::gradients(&network, &there).gradients;
        for key in ["W1", "b1", "W2"] {
            let expected = norm(&(&after[key] - &before[key])) / norm(&before[key]) / by;
            let [_, following] = measured(text, &point, key, factor);
            assert!(near(following.unwrap(), expected, 1e-3), "{moved} in {key}: {following:?} {expected}");
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_is_told_from_one_that_stands_still() {
    let text = "input X [4, 6]; dense 8 tanh; dense 3; loss half_mse";
    let run = |format| {
        chainrule(&["insight", "-e", text, "--init", "normal(1e308)", "--only", "influence", "--format", format])
    };
    let printed = unwrapped(&run("text").stdout);
    assert!(printed.contains("tried at a random point, since nothing moved at yours or it is not finite there"));
    let json: serde_json::Value = serde_json::from_str(&run("json").stdout).unwrap();
    let gradients =
        json["influence"].as_array().unwrap().iter().flat_map(|model| model["gradients"].as_array().unwrap());
    let cells: Vec<_> = gradients.flat_map(|gradient| gradient["cells"].as_array().unwrap()).collect();
    assert!(cells.iter().all(|cell| cell["finite"] == false && cell["elsewhere"] == true), "{cells:?}");

    // Of a unit that is never on nothing moves.
    let off = "input X [4, 6]; dense 1 relu nobias; dense 1 relu nobias; dense 3 nobias; loss half_mse";
    let off = part(off, Part::Influence, Options { seed: 1, ..Options::default() });
    let printed = unwrapped(&page(&off, Format::Text));
    assert!(printed.contains("at a random point, since nothing moved at yours"), "{printed}");
    assert!(
        document(&off)["influence"][0]["gradients"][0]["cells"].as_array().unwrap().iter().all(|c| c["finite"] == true)
    );
}

/// κ (Ŷ − Y) is a prediction error, whatever the last activation makes of it; no other derivative of a loss is.
#[test]
fn only_a_difference_of_prediction_and_target_is_a_prediction_error() {
    for (end, expected) in [
        ("dense 3; loss half_mse", "the mean prediction error (Ŷ − Y)/n"),
        ("dense 3; loss half_mse reduce=sum", "the prediction error (Ŷ − Y)"),
        ("dense 3; loss mse", "the mean prediction error 2(Ŷ − Y)/n"),
        ("dense 3 sigmoid; loss half_mse", "the mean prediction error (Ŷ − Y)/n"),
        ("dense 3 softmax; loss cce", "the mean prediction error (Ŷ − Y)/n"),
        ("dense 3 sigmoid; loss bce", "the mean prediction error (Ŷ − Y)/n"),
        ("dense 3; loss mae", "the derivative of the loss sign(Ŷ − Y)/n"),
        ("dense 3 sigmoid; loss mae", "the derivative of the loss sign(Ŷ − Y)/n"),
        ("dense 3; loss huber", "the derivative of the loss clip[1](Ŷ − Y)/n"),
        ("dense 3; loss cce", "the derivative of the loss (−(Y ⊘ Ŷ)/n)"),
        ("dense 3; loss poisson", "the derivative of the loss (1 − Y ⊘ Ŷ)/n"),
    ] {
        let found = part(&format!("input X [4, 6]; {end}"), Part::Influence, Options::default());
        let text = unwrapped(&page(&found, Format::Text));
        let sentences: Vec<&str> = text.lines().filter(|line| line.contains("is influenced directly by")).collect();
        assert!(!sentences.is_empty() && sentences.iter().all(|line| line.contains(expected)), "{end}: {sentences:?}");
    }
}

/// Whether the concrete gradients, which know of no expression, change just where something was read.
#[test]
fn the_concrete_backprop_moves_where_something_was_read() {
    for text in [
        "input X [5, 3]; dense 4 tanh; dense 3 sigmoid; dense 2; loss half_mse",
        "input X [5, 3]; dense 4 relu; dense 3 relu; dense 2; loss mae",
        "input X [5, 3]; dense 2; loss mae",
    ] {
        let network = parsed(text);
        let model = model(&network, Variant::Biases);
        let reader = Reader::new(&model);
        let parameters = model.parameters(&[0, 1, 2]);
        // A point at which no gradient is 0.
        let alive = |seed| {
            let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(seed));
            let before = backprop::gradients(&network, &arrays).gradients;
            let nowhere_zero = parameters.iter().all(|of| before[&of.key].iter().any(|entry| *entry != 0.0));
            nowhere_zero.then_some((arrays, before))
        };
        let (arrays, before) = (0..50).find_map(alive).expect("such a point");
        for moved in &parameters {
            let mut there = arrays.clone();
            there[&moved.key].mapv_inplace(|entry| entry + 1e-7);
            let after = backprop::gradients(&network, &there).gradients;
            for gradient in &parameters {
                let reading = reader.read(gradient.symbol).unwrap();
                let factor = if moved.is_bias { Factor::Bias } else { Factor::Weight }(moved.layer);
                let smooth = reading.through(moved.symbol).iter().any(|(_, path)| *path == Path::Smooth);
                let read = reading.direct.contains(&factor) || smooth;
                let changed = before[&gradient.key] != after[&gradient.key];
                assert_eq!(changed, read, "{text}: {} in the gradient by {}", moved.key, gradient.key);
            }
        }
    }
}

#[test]
fn section_four_of_the_theory() {
    let network = parsed("input X [6, 4]; repeat 3 { dense 4 relu }; dense 2; loss half_mse");
    let model = model(&network, Variant::Biases);
    let reader = Reader::new(&model);
    for parameter in model.parameters(&[0, 1, 2, 3]) {
        let direct = reader.read(parameter.symbol).unwrap().direct;
        let l = parameter.layer;
        let weights = (0..4).filter(|k| if parameter.is_bias { *k > l } else { *k != l }).map(Factor::Weight);
        let biases = (0..l).filter(|_| !parameter.is_bias).map(Factor::Bias);
        // The gates S_l … S_{L−1} of the backward pass, and those before l of A_{l−1}.
        let gates = (0..3).filter(|k| *k >= l || !parameter.is_bias).map(Factor::Gate);
        let input = (!parameter.is_bias).then_some(Factor::Input);
        let expected: BTreeSet<Factor> =
            weights.chain(biases).chain(gates).chain(input).chain([Factor::Error]).collect();
        assert_eq!(direct, expected, "{}", parameter.key);
    }
}

/// Without activations ∂J/∂W_1 = Xᵀ E W_2ᵀ and ∂J/∂W_2 = (X W_1)ᵀ E with E = (X W_1 W_2 − Y)/n, by hand; no gate is a factor.
#[test]
fn the_linear_model_has_no_activation_where_the_loss_takes_every_number() {
    for loss in ["half_mse", "mse", "mae", "huber"] {
        for last in ["tanh", "softmax", "softplus"] {
            let text = format!("input X [5, 3]; dense 4 relu; dense 2 {last}; loss {loss}");
            let found = part(&text, Part::Influence, Options::default());
            let (_, linear) = &found.influence.as_ref().unwrap()[0];
            assert_eq!(linear.variants, [Variant::Linear], "{text}");
            let seen: BTreeSet<String> = linear.cells().map(|(_, cell)| cell.factor.to_string()).collect();
            assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["W1", "W2", "X", "error"], "{text}");
            assert!(!page(&found, Format::Text).contains("The last activation stays"), "{text}");
        }
    }
    let network = Variant::Linear.of(&parsed("input X [5, 3]; dense 4 relu; dense 2 tanh; loss half_mse"));
    let arrays = draw::arrays(&network, &Arrays::new(), 1.0, &mut draw::generator(7));
    let [x, y, w1, w2] = ["X", "Y", "W1", "W2"].map(|name| &arrays[name]);
    let error = (x.dot(w1).dot(w2) - y) / 5.0;
    let found = backprop::gradients(&network, &arrays).gradients;
    for (key, expected) in [("W1", x.t().dot(&error).dot(&w2.t())), ("W2", x.dot(w1).t().dot(&error))] {
        assert!(norm(&(&found[key] - &expected)) <= 1e-12 * norm(&expected), "{key}: {} {expected}", found[key]);
    }
}

/// ln ŷ and ln(1 − ŷ) have values only there, so that X W_1 W_2 itself is no prediction; whether the last gate is a factor or
/// the loss absorbs it.
#[test]
fn the_last_activation_stays_where_the_loss_does_not_take_every_number() {
    for (end, taken) in [
        ("dense 2 sigmoid; loss bce", "between 0 and 1"),
        ("dense 3 softmax; loss cce", "above 0"),
        ("dense 3 softplus; loss cross_entropy", "above 0"),
        ("dense 3 sigmoid; loss cce", "above 0"),
        ("dense 3 exp; loss poisson", "above 0"),
    ] {
        let network = parsed(&format!("input X [4, 3]; dense 4 relu; {end}"));
        let activations = |of: &Network| of.layers.iter().map(|layer| layer.activation.to_string()).collect::<Vec<_>>();
        let last = activations(&network).pop().unwrap();
        assert_eq!(activations(&Variant::Linear.of(&network)), ["linear", &last], "{end}");
        let found = part(&format!("input X [4, 3]; dense 4 relu; {end}"), Part::Influence, Options::default());
        let text = unwrapped(&page(&found, Format::Text));
        let remark = format!("The last activation stays, since the loss takes only predictions {taken}.");
        assert_eq!(text.matches(&remark).count(), 1, "{end}: {text}");
        // It is said of the linear model, which is the first.
        assert!(text.find(&remark) < text.find(": with activations"), "{end}: {text}");
    }
    // A linear output is left as it is.
    let found = part("input X [4, 3]; dense 4 relu; dense 3; loss cce", Part::Influence, Options::default());
    assert!(!page(&found, Format::Text).contains("The last activation stays"));
}

#[test]
fn models_that_are_the_same_are_one() {
    let count = |text: &str| {
        let found = part(text, Part::Influence, Options::default()).influence.unwrap();
        found.iter().map(|(_, found)| found.variants.len()).collect::<Vec<_>>()
    };
    assert_eq!(count("input X [6, 4]; dense 3; dense 2 nobias; loss half_mse"), [2, 1]);
    assert_eq!(count("input X [6, 4]; dense 3 relu nobias; dense 2 nobias; loss half_mse"), [1, 2]);
    assert_eq!(count("input X [6, 4]; dense 3 nobias; dense 2 sigmoid nobias; loss bce"), [3]);
    assert_eq!(count("input X [6, 4]; dense 3 relu; dense 2; loss half_mse"), [1, 1, 1]);
    // And is called what it has.
    let names = |text: &str| {
        let found = part(text, Part::Influence, Options::default()).influence.unwrap();
        found.iter().map(|(_, found)| found.name()).collect::<Vec<_>>()
    };
    assert_eq!(
        names("input X [6, 4]; dense 3 relu nobias; dense 2 nobias; loss half_mse"),
        ["linear", "with activations"]
    );
    assert_eq!(names("input X [6, 4]; dense 3; dense 2; loss half_mse"), ["linear", "with biases"]);
}

/// The softmax of one unit is 1: what is after it depends on nothing before it, and E = (Ŷ − Y)/n with Ŷ = 1 W₃ + b₃ on
/// these two alone.
#[test]
fn a_softmax_of_one_unit_hands_nothing_on() {
    let text = "input X [5, 2]; dense 3 tanh; dense 1 softmax; dense 2; loss mse";
    let found = part(text, Part::Influence, Options::default());
    for (model, influence) in found.influence.as_ref().unwrap() {
        let reader = Reader::new(model);
        let parameters = model.parameters(&[0, 1, 2]);
        let reading = reader.read(parameters.iter().find(|of| of.key == "W3").unwrap().symbol).unwrap();
        if !influence.variants.contains(&Variant::Linear) {
            let before = parameters.iter().filter(|of| of.layer < 2);
            assert!(before.clone().all(|of| reading.through(of.symbol).is_empty()), "{reading:?}");
            assert!(reading.through(model.product.forward.input()).is_empty(), "{reading:?}");
        }
    }
    let text = unwrapped(&page(&found, Format::Text));
    assert!(text.contains("showed no measured influence"), "{text}");
}

#[test]
fn a_thousand_layers_show_their_ends() {
    let text = "input X [2, 3]; repeat 1000 { dense 3 tanh }; dense 2; loss half_mse";
    let found = part(text, Part::Influence, Options::default()).influence.unwrap();
    for (_, found) in &found {
        assert_eq!((found.layers.len(), found.gradients.len()), (influence::LAYERS, influence::GRADIENTS));
        assert!(found.cells().all(|(_, cell)| !cell.contradicts()));
        let first = &found.gradients[0].reading.direct;
        assert_eq!(first.iter().filter(|factor| matches!(factor, Factor::Weight(_))).count(), 1000);
    }
    let text = unwrapped(&page(&part(text, Part::Influence, Options::default()), Format::Text));
    assert!(text.contains("\nlayers 6 to 996 ") && text.contains("Of 2,002 gradients"), "{text}");
}

pub const NETWORKS: [(&str, &str); 4] = [
    ("relu", "input X [8, 4]; dense 5 relu; dense 3 relu; dense 2; loss half_mse"),
    ("mixed", "input X [8, 4]; dense 5 tanh; dense 3 softmax; dense 4 sigmoid; dense 3 softmax; loss cce"),
    ("sign", "input X [8, 4]; dense 5; dense 2; loss mae"),
    ("deep", "input X [4, 6]; repeat 30 { dense 6 relu nobias }; dense 2 nobias; loss half_mse"),
];

#[test]
fn printed() {
    for (name, text) in NETWORKS {
        for format in ["text", "latex", "ascii"] {
            let run = chainrule(&["insight", "-e", text, "--only", "influence", "--format", format]);
            assert_eq!((run.status, &*run.stderr), (0, ""));
            assert!(format != "ascii" || run.stdout.is_ascii(), "{}", run.stdout);
            assert!(format == "latex" || run.stdout.lines().all(|line| line.chars().count() <= 100), "{}", run.stdout);
            if format != "ascii" {
                snapshot("insight", &format!("influence_{name}_{format}"), &run.stdout);
            }
        }
    }
}

/// 12 layers with biases have 24 gradients and without 12, so the tables leave out others; a column that only some of them
/// show would be blank in the rest, which says that nothing enters.
#[test]
fn the_picture_of_a_deep_network_shows_what_every_table_shows() {
    let text = "input X [4, 3]; repeat 11 { dense 3 tanh }; dense 2; loss half_mse";
    let found = part(text, Part::Influence, Options::default());
    let svg = plot::svg(pictures(&found)[0].as_ref().unwrap());
    let headings = |key: &str| svg.matches(&format!(">∂J/∂{key}</text>")).count();
    for layer in 1..=12 {
        let shown = if [1, 2, 11, 12].contains(&layer) { 3 } else { 0 };
        for letter in ["W", "b"] {
            assert_eq!(headings(&format!("{letter}{layer}")), shown, "{letter}{layer}");
        }
    }
    let rows = |name: &str| svg.matches(&format!(">{name}</text>")).count();
    // The rows have the tables' letters: the derivative gate of tanh is not the forward gate.
    assert_eq!(["D1", "G1", "S1", "W5", "W6", "b8"].map(rows), [1, 1, 0, 1, 0, 1]);
    assert!(svg.contains("2 of 12 layers and 16 of 24 gradients between the first and the last are left out"), "{svg}");
}

/// 5 layers have all their rows, and 10 gradients of which 8 have a column; a legend has what a cell has.
#[test]
fn the_picture_says_what_is_there_and_what_is_not() {
    let svg = |text: &str| plot::svg(pictures(&part(text, Part::Influence, Options::default()))[0].as_ref().unwrap());
    let smooth = svg("input X [4, 3]; repeat 4 { dense 3 tanh }; dense 2; loss half_mse");
    assert!(smooth.contains(">2 of 10 gradients between the first and the last are left out"), "{smooth}");
    let indirect = |svg: &str| svg.contains(">only through Ŷ, gates or activations</text>");
    let jumps = |svg: &str| svg.contains("only through Ŷ, gates or activations, and only where they jump");
    assert!(indirect(&smooth) && !jumps(&smooth));
    let sign = svg("input X [4, 3]; dense 3; dense 2; loss mae");
    assert!(jumps(&sign) && !indirect(&sign) && !sign.contains("left out"));
}
