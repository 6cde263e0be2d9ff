//! What an editor completes is what the language takes, and every template is a spec.

use std::collections::BTreeSet;

use chainrule::{explore::language::language, network, spec};
use serde_json::{Value, json};

use super::asked;

fn words(language: &Value, list: &str) -> BTreeSet<String> {
    let words = language[list].as_array().expect("a list").iter();
    words.map(|word| word["word"].as_str().expect("a word").to_owned()).collect()
}

fn told() -> Value {
    serde_json::to_value(language(None, false)).unwrap()
}

#[test]
fn every_word_is_one_of_the_language() {
    let language = told();
    let is_spec = |text: &str| {
        let found = spec::parse(text).map(|spec| network::resolve(&spec, &[]));
        assert!(found.as_ref().is_ok_and(|found| found.network.is_some()), "{text}: {found:?}");
    };
    for word in words(&language, "activations") {
        is_spec(&format!("input X [n, 3]; dense 4 {word}; dense 2; loss mse"));
    }
    for word in words(&language, "losses") {
        let (last, loss) = if word == "nll" { ("log_softmax", word.clone()) } else { ("sigmoid", word.clone()) };
        is_spec(&format!("input X [n, 3]; dense 2 {last}; loss {loss}"));
    }
    // Each sentence ends with an example behind a colon.
    for word in language["kinds"].as_array().unwrap() {
        let said = word["said"].as_str().unwrap();
        let example = said.rsplit_once(": ").map(|(_, example)| example.trim_end_matches('.')).expect("an example");
        assert!(example.starts_with(word["word"].as_str().unwrap()), "{said}");
        assert!(spec::parse(&format!("input X [n, f0]\n{example}\nloss mse")).is_ok(), "{example}");
    }
    let keywords: BTreeSet<String> = spec::KEYWORDS.iter().map(ToString::to_string).collect();
    assert!(words(&language, "statements").is_superset(&keywords));
    for list in ["statements", "kinds", "activations", "losses", "options"] {
        for word in language[list].as_array().unwrap() {
            let said = word["said"].as_str().unwrap();
            assert!(said.ends_with('.') && said.starts_with(char::is_uppercase), "{said}");
        }
    }
}

#[test]
fn nothing_of_the_catalog_is_left_out() {
    use chainrule::catalog::{activation, layer};
    let language = told();
    let kinds: BTreeSet<String> = layer::TABLE.iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(words(&language, "kinds"), kinds);
    let found = activation::TABLE.iter().filter_map(|entry| activation::find(entry.name, None));
    let activations: BTreeSet<String> = found.map(|found| found.to_string()).collect();
    assert_eq!(words(&language, "activations"), activations);
    // Counted by hand in the table of losses that `names` prints, and the gradient that comes in, which is no word.
    assert_eq!(words(&language, "losses").len(), 11);
}

#[test]
fn every_template_is_a_spec_of_its_kind() {
    let language = told();
    let templates = language["templates"].as_array().unwrap();
    let names: Vec<&str> = templates.iter().map(|template| template["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["three-layer", "digits", "residual", "autoencoder", "glu", "two-heads"]);
    for template in templates {
        let answer = asked(json!({ "spec": template["spec"], "want": ["formula", "graph", "steps", "verify"] }));
        assert_eq!(answer["diagnostics"], json!([]), "{template}");
        assert_eq!(answer["refused"], json!([]), "{template}");
        assert_eq!(answer["verify"]["holds"], json!(true), "{template}");
    }
    let spec = |name: usize| templates[name]["spec"].as_str().unwrap();
    assert!(spec(2).contains("residual {") && spec(4).contains("glu "));
    assert_eq!(spec(5).lines().filter(|line| line.starts_with("loss ")).count(), 2);
}
