//! What influences gradients, in figures: against the concrete backprop, sums by hand, and printed pages.

mod approximation;
mod claims;
mod evaluator;
mod flow;
mod inactive;
mod influence;
mod over_networks;
mod structure;
mod summary;

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{
        arrays::{self, Arrays},
        bindings::Source,
        draw,
        evaluator::Inputs,
        initialise::Initialisation,
    },
    gradient::{Derivation, Form},
    network::{graph::Network, resolve},
    pipeline::{
        Request, derive,
        insight::{Insight, Options, Part, insight},
    },
    render::{Format, Style},
    report::{self, insight::Showing, json},
    spec,
};
use serde_json::json;

use crate::common::snapshot;

/// The network of a text without names.
pub fn parsed(text: &str) -> Network {
    resolve(&spec::parse(text).expect("parses"), &[]).network.expect("resolves")
}

/// All random, but what is given.
pub fn random(network: &Network, given: &Arrays, seed: u64) -> Arrays {
    draw::arrays(network, given, 1.0, &mut draw::generator(seed))
}

/// The parameters and the data among the arrays, as if files gave them.
fn files(network: &Network, arrays: &Arrays) -> [Option<Source>; 2] {
    let of = |slots: Vec<arrays::Slot>| {
        let arrays = slots.into_iter().map(|slot| (slot.name.clone(), arrays[&slot.name].clone())).collect();
        Some(Source { origin: "test".into(), arrays })
    };
    [of([arrays::parameters(network), arrays::statistics(network)].concat()), of(arrays::data(network))]
}

/// What the parts say of a network on arrays, as if files gave them.
pub fn on(network: &Network, arrays: &Arrays, parts: &[Part], options: Options) -> Insight {
    let options = Options { parts: parts.to_vec(), ..options };
    insight(network, files(network, arrays), &options, &mut |_| {}).expect("has an insight")
}

/// What the parts say of a network whose weights begin so.
pub fn begun(network: &Network, initialisation: Initialisation, parts: &[Part], options: Options) -> Insight {
    let options = Options { parts: parts.to_vec(), initialisation, ..options };
    insight(network, [None, None], &options, &mut |_| {}).expect("has an insight")
}

/// The page in a format.
pub fn page(insight: &Insight, format: Format) -> String {
    Style::new(format).page(&report::insight(insight, Showing { explain: true, power: None }))
}

/// What `--format json` prints.
pub fn document(insight: &Insight) -> serde_json::Value {
    let mut json = Vec::new();
    json::insight(insight, None, None, "spec", &mut json).expect("writes");
    serde_json::from_slice(&json).expect("is JSON")
}

/// With the lines of each sentence put together.
pub fn unwrapped(text: &str) -> String {
    text.replace("\n   ", " ")
}

pub fn layered(network: &Network, distributions: bool) -> Derivation {
    derive(network, &Request { distributions, ..Request::new(Form::Layered) }).expect("derives")
}

pub fn inputs(arrays: &Arrays) -> Inputs<f64> {
    arrays.iter().map(|(name, array)| (name.clone(), array.to_shared())).collect()
}

pub fn no_names() -> BTreeMap<String, u64> {
    BTreeMap::new()
}

/// One part for a spec without files.
pub fn part(text: &str, part: Part, options: Options) -> Insight {
    let options = Options { parts: vec![part], ..options };
    insight(&parsed(text), [None, None], &options, &mut |_| {}).expect("has an answer")
}

pub fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

const PARTS: [Part; 3] = [Part::Inactive, Part::Flow, Part::Approximation];

#[test]
fn pages() {
    let off = |layer: &str, unit| Options { off: Some((layer.into(), unit)), seeds: Some(3), ..Options::default() };
    let ones = parsed("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    let mixed = parsed(
        "input X [8, 4]; up: dense 6 gelu; gate: dense 6 softmax; activation tanh; dense 3 exp nobias; loss poisson",
    );
    let deep = parsed("input X [4, 3]; repeat 39 { dense 6 leaky_relu(0.1) }; dense 2 softmax; loss cce");
    let cases = vec![
        ("ones", begun(&ones, Initialisation::Ones, &PARTS, off("3", 2))),
        ("mixed", on(&mixed, &random(&mixed, &Arrays::new(), 1), &PARTS, off("up", 6))),
        ("deep", begun(&deep, Initialisation::HeIn, &PARTS, off("20", 1))),
    ];
    for (name, insight) in cases {
        for (format, ending) in [(Format::Text, "text"), (Format::Latex, "latex")] {
            let text = page(&insight, format);
            if format == Format::Text {
                assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
            }
            snapshot("insight", &format!("measured_{name}.{ending}"), &text);
        }
    }
}

#[test]
fn progress_names_every_part_and_counts_them() {
    let network = parsed("input X [3, 2]; dense 2 relu; dense 1; loss mse");
    let parts = vec![Part::Cost, Part::Flow, Part::Flow, Part::Claims];
    let options = Options { parts, seeds: Some(1), ..Options::default() };
    let mut heard = Vec::new();
    insight(&network, [None, None], &options, &mut |working| heard.push(working.to_string())).expect("has an insight");
    assert_eq!(heard, ["flow, 1 of 3", "claims, 2 of 3", "cost, 3 of 3"]);
}

/// A page says first what it rests on.
#[test]
fn a_page_says_where_its_arrays_come_from() {
    let first = |text: &str, initialisation| {
        let options = Options { parts: vec![Part::Cost], initialisation, seed: 7, ..Options::default() };
        let found = insight(&parsed(text), [None, None], &options, &mut |_| {}).expect("has an insight");
        unwrapped(&page(&found, Format::Text)).lines().next().unwrap_or_default().to_owned()
    };
    let mse = "input X [3, 2]; dense 2; loss mse";
    assert_eq!(
        first(mse, Initialisation::HeIn),
        "The figures are of W drawn by he-in (b = 0), before training, and of X and Y drawn at random, seed 7, on 3 samples."
    );
    assert_eq!(
        first(mse, Initialisation::Ones),
        "The figures are of W with every entry 1 (b = 0) and of X with every entry 1 and Y with every entry 0 on 3 samples."
    );
    assert_eq!(
        first("input A [1, 2]; target B [1, 2]; dense 2 softmax; loss cce", Initialisation::Identity),
        "The figures are of W = I, cut or filled up with 0 (b = 0) and of A with every entry 1 and B with the first class in each row on 1 sample."
    );
    let network = parsed(mse);
    let given = on(&network, &random(&network, &Arrays::new(), 1), &[Part::Cost], Options::default());
    assert!(
        page(&given, Format::Text)
            .starts_with("The figures are of the given parameters and of the given X and Y on 3 samples.\n")
    );
}

#[test]
fn json_holds_the_same_figures() {
    let network = parsed("input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse");
    let options = Options { off: Some(("3".into(), 2)), seeds: Some(2), ..Options::default() };
    let insight = begun(&network, Initialisation::Ones, &PARTS, options);
    let json = document(&insight);
    let effect = &json["inactive"]["off"]["effects"][2];
    assert_eq!(effect["name"], "W3");
    assert_eq!(effect["following"]["rest"]["median_least_greatest"][0], "2/3");
    assert_eq!(effect["following"]["own"][0]["column"], 2);
    let gain = json["flow"]["layers"][4]["log10_gain"].as_f64().expect("a number");
    assert!(near(gain, 3.0_f64.log10(), 1e-12), "{gain}");
    assert_eq!(json["approximation"]["gates"], false);
    assert!(json["flow"]["overflow"].is_null());
}

/// Beside constant weights X and Y that no file gives are constant too; a file's arrays have no initialisation.
#[test]
fn json_says_where_the_arrays_come_from() {
    let network = parsed("input X [3, 2]; dense 2; loss mse");
    let arrays = random(&network, &Arrays::new(), 1);
    let [parameters, data] = files(&network, &arrays);
    let he = Initialisation::HeIn;
    let cases = [
        ([None, None], he, ["drawn", "drawn"], Some("he-in")),
        ([None, None], Initialisation::Normal(0.5), ["drawn", "drawn"], Some("normal(0.5)")),
        ([None, None], Initialisation::Ones, ["constant", "constant"], Some("ones")),
        ([None, data.clone()], Initialisation::Identity, ["constant", "given"], Some("identity")),
        ([parameters.clone(), None], he, ["given", "drawn"], None),
        ([parameters, data], he, ["given", "given"], None),
    ];
    for (files, initialisation, [parameters, data], begun) in cases {
        let options = Options { parts: vec![Part::Cost], initialisation, seed: 7, ..Options::default() };
        let found = insight(&network, files, &options, &mut |_| {}).expect("has an insight");
        let expected = json!({"parameters": parameters, "data": data, "initialisation": begun, "seed": 7});
        assert_eq!(document(&found)["arrays"], expected);
    }
}
