//! Networks with their tables, and faulty ones with the messages they get: two galleries to read.

use std::{fs, path::Path};

use chainrule::{
    network::{self, Resolution},
    render::{Format, Style},
    report,
    spec::{self, MAX_NUMBER},
};

use serde_json::json;

use crate::{
    cli::chainrule,
    common::{self, ebnf::Grammar},
};

/// The names of the files of a folder, without their extension, sorted.
fn names(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

/// What a text means, and the messages about it.
fn resolve(name: &str, source: &str) -> (Resolution, String) {
    let spec = spec::parse(source).unwrap_or_else(|errors| panic!("{}", common::rendered(&errors, source, name)));
    let resolution = network::resolve(&spec, &[]);
    let messages = common::rendered(&resolution.diagnostics, source, &format!("{name}.net"));
    (resolution, messages)
}

/// Compares what `show` makes of each spec in `tests/specs/<specs>` with `snapshots/<snapshots>`; returns how many.
fn gallery(specs: &str, snapshots: &str, show: fn(&str, Resolution, String) -> String) -> usize {
    let files = names(&common::path("tests/specs").join(specs));
    for name in &files {
        let source = common::read(format!("tests/specs/{specs}/{name}.net"));
        let (resolution, messages) = resolve(name, &source);
        let text = show(name, resolution, messages);
        common::snapshot(snapshots, name, &format!("{}\n\n{text}", source.trim_end()));
    }
    assert_eq!(names(&common::path("snapshots").join(snapshots)), files, "a snapshot without its spec");
    files.len()
}

#[test]
fn every_network_has_its_table() {
    let count = gallery("valid", "shapes", |_, resolution, messages| {
        assert!(messages.is_empty() && resolution.network.is_some(), "{messages}");
        Style::new(Format::Text).page(&report::shapes(&resolution))
    });
    assert!(count >= 14);
}

#[test]
fn every_misfit_is_explained() {
    let count = gallery("shape_error", "shape_error", |name, resolution, messages| {
        assert_eq!(resolution.network.is_some(), name.starts_with("warning"), "{messages}");
        messages
    });
    assert!(count >= 40);
}

#[test]
fn every_example_of_the_language_is_a_network() {
    let page = common::read("grammar/README.md");
    for example in page.split("```chainrule\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let (resolution, messages) = resolve("README", example);
        assert!(resolution.network.is_some(), "{example}\n{messages}");
    }
}

#[test]
fn sentences_of_the_grammar_have_a_network_or_an_error() {
    let grammar = Grammar::read(&common::read("grammar/spec.ebnf"), "spec");
    let allowed = |production: &str, text: &str| match production {
        "integer" => text.parse::<u64>().is_ok_and(|value| value <= MAX_NUMBER),
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    };
    for seed in 0..300 {
        let sentence = grammar.draw("spec", seed, &allowed).sentence;
        let (resolution, messages) = resolve("sentence", &sentence);
        assert!(resolution.network.is_some() || !messages.is_empty(), "seed {seed}: {sentence:?}\n{messages}");
    }
}

/// Shapes and sums by hand: W 4 × 5, b and the slope of prelu; the block is used twice and counted once.
#[test]
fn json_tells_of_every_array_what_the_table_tells() {
    let text =
        "input X [n, 4]; h: dense 5 prelu; shared b { norm layer; dense 5 relu }; b; residual { b }; dense 2; loss mse";
    let run = |options: &[&str]| chainrule(&[&["shapes", "-e", text], options].concat()).stdout;
    let document: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let layers = document["layers"].as_array().unwrap();
    let kinds: Vec<&str> = layers.iter().map(|layer| layer["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["dense", "norm", "dense", "norm", "dense", "residual", "dense"]);
    let array = |name: &str, rows: serde_json::Value, columns: u64| json!({"name": name, "shape": [rows, columns]});
    let parameters = [array("W_h", 4.into(), 5), array("b_h", 1.into(), 5), array("alpha_h", 1.into(), 1)];
    let values = ["Z_h", "A_h", "Δ_h"].map(|name| array(name, "n".into(), 5));
    assert_eq!(layers[0]["arrays"].as_array().unwrap()[..], [&parameters[..], &values].concat());
    assert_eq!(layers[0]["inputs"], json!([["n", 4]]));
    assert_eq!(layers[5]["inputs"], json!([["n", 5], ["n", 5]]));
    let count = |place: usize| layers[place]["parameters"].as_u64().unwrap();
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(count), [26, 10, 30, 0, 0, 0, 12]);
    assert_eq!(document["parameters"], 78);
    let table = run(&[]);
    for (place, said) in [(3, "norm layer shared b"), (4, "dense relu shared b"), (5, "residual")] {
        assert!(layers[place]["text"].as_str().unwrap().starts_with(said), "{}", layers[place]["text"]);
        assert!(table.contains(said), "{table}");
    }
}
