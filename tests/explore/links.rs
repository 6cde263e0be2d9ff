//! Factors, steps and places of the graph belong together: what is named is there, and as many as there are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::asked;
use crate::common;

/// The specs of the tests, and those that the page offers.
fn specs() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["tests/specs/valid", "src/explore/templates"] {
        for entry in std::fs::read_dir(common::path(folder)).unwrap() {
            let path = entry.unwrap().path();
            found.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

/// The values of an attribute in a fragment, in order.
fn attributes(fragment: &str, name: &str) -> Vec<String> {
    let start = format!("{name}=\"");
    fragment.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

#[test]
fn every_factor_has_its_number_and_its_places() {
    for (name, spec) in specs() {
        for form in ["product", "layered", "per-sample", "chain", "intuitive"] {
            for width in [1280, 390] {
                let answer = asked(json!({ "spec": spec, "form": form, "width": width }));
                if name == "inner-softmax.net" && answer["formula"].is_null() {
                    continue;
                }
                let (formula, graph) = (&answer["formula"], &answer["graph"]);
                assert_eq!(answer["refused"], json!([]), "{name} {form}");
                let numbers = attributes(text(&formula["mathml"]), "data-factor");
                let factors = list(&formula["factors"]);
                let expected: Vec<String> = (0..factors.len()).map(|place| place.to_string()).collect();
                assert_eq!(numbers, expected, "{name} {form}");
                assert_eq!(graph["narrow"], json!(width == 390));
                let places: BTreeSet<String> = attributes(text(&graph["svg"]), "data-place").into_iter().collect();
                for factor in factors {
                    assert!(!text(&factor["said"]).is_empty(), "{name} {form}: {factor}");
                    for place in list(&factor["places"]) {
                        assert!(places.contains(text(place)), "{name} {form} {width}: no {place} in {places:?}");
                    }
                }
            }
        }
    }
}

/// Every matrix of a product form but a constant is somewhere in the graph.
#[test]
fn every_factor_of_a_chain_is_in_its_graph() {
    for (name, spec) in specs() {
        let answer = asked(json!({ "spec": spec, "unfold": true }));
        if list(&answer["variables"]).iter().any(|variable| text(&variable["kind"]) == "norm") {
            continue;
        }
        for factor in list(&answer["formula"]["factors"]) {
            let is_identity = text(&factor["text"]) == "I";
            assert!(is_identity || !list(&factor["places"]).is_empty(), "{name}: {factor}");
        }
    }
}

/// In a product of a chain a step is a factor and a frame, and after all of them nothing is left.
#[test]
fn a_step_lights_one_factor_and_one_frame() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    // The factors of ∂J/∂W₁ by hand: Xᵀ, the error, W₃ᵀ, S₂, W₂ᵀ, S₁.
    for (wrt, count) in [("W1", 6), ("W2", 4), ("W3", 2), ("X", 6), ("Z2", 3), ("b1", 6)] {
        let answer = asked(json!({ "spec": spec, "wrt": wrt, "want": ["formula", "graph", "steps"] }));
        let (steps, factors) = (list(&answer["steps"]), list(&answer["formula"]["factors"]));
        assert_eq!((steps.len(), factors.len()), (count, count), "{wrt}");
        let mut lit = BTreeSet::new();
        let mut frames = BTreeSet::new();
        for (k, step) in steps.iter().enumerate() {
            lit.extend(list(&step["adds"]).iter().map(|place| place.as_u64().unwrap()));
            let places = list(&step["places"]).iter().map(text);
            let is_frame = |place: &&str| place.starts_with("backward:") || place.starts_with("gradient:");
            frames.extend(places.filter(is_frame).map(str::to_owned));
            assert_eq!((lit.len(), frames.len()), (k + 1, k + 1), "{wrt}: {step}");
            assert!(!text(&step["said"]).is_empty() && step["mathml"].is_string(), "{step}");
        }
    }
}

/// With samples as columns the same steps come in the same order, and each factor of the formula is lit once.
#[test]
fn steps_of_columns_are_those_of_rows_turned() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let asked_in = |layout| asked(json!({ "spec": spec, "wrt": "W1", "layout": layout, "want": ["formula", "steps"] }));
    let columns = asked_in("columns");
    assert_eq!(columns["refused"], json!([]));
    let adds = |answer: &Value| -> Vec<u64> {
        list(&answer["steps"]).iter().flat_map(|step| list(&step["adds"])).map(|at| at.as_u64().unwrap()).collect()
    };
    // Rows: Xᵀ · error · W₃ᵀ · S₂ · W₂ᵀ · S₁, the error first and Xᵀ last; columns: S₁ · W₂ᵀ · S₂ · W₃ᵀ · error · Xᵀ.
    assert_eq!(adds(&asked_in("rows")), [1, 2, 3, 4, 5, 0]);
    assert_eq!(adds(&columns), [4, 3, 2, 1, 0, 5]);
    let shapes: Vec<&str> = list(&columns["steps"]).iter().map(|step| text(&step["shape"])).collect();
    assert_eq!(shapes, ["f3 × n", "f2 × n", "f2 × n", "f1 × n", "f1 × n", "f1 × f0"]);
}

/// ∂Z₁/∂W₁ · ∂J/∂Ŷ · ∂Ŷ/∂Z₃ · ∂Z₃/∂A₂ · ∂A₂/∂Z₂ · ∂Z₂/∂A₁ · ∂A₁/∂Z₁: each link lights the edge that it is.
#[test]
fn a_link_of_the_chain_rule_is_an_edge_of_the_backward_pass() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let answer = asked(json!({ "spec": spec, "wrt": "W1", "form": "chain" }));
    let edges: Vec<Vec<&str>> = list(&answer["formula"]["factors"])
        .iter()
        .map(|factor| list(&factor["places"]).iter().map(text).filter(|place| !place.starts_with("kept:")).collect())
        .collect();
    // The loss absorbs the last activation: what Ŷ hands on to Z₃ is handed on by J.
    let expected = [
        vec!["gradient:Z1:W1"],
        vec!["backward:J:0", "adjoint:J:Z3"],
        vec!["adjoint:J:Z3"],
        vec!["backward:Z3:0", "adjoint:Z3:A2"],
        vec!["backward:A2:0", "adjoint:A2:Z2"],
        vec!["backward:Z2:0", "adjoint:Z2:A1"],
        vec!["backward:A1:0", "adjoint:A1:Z1"],
    ];
    assert_eq!(edges, expected);
}

/// Read off the network by hand: the shapes of the running product from the loss down to W₁.
#[test]
fn the_shapes_of_the_running_product_are_those_of_the_network() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let answer = asked(json!({ "spec": spec, "wrt": "W1", "want": ["steps"] }));
    let shapes: Vec<&str> = list(&answer["steps"]).iter().map(|step| text(&step["shape"])).collect();
    assert_eq!(shapes, ["n × f3", "n × f2", "n × f2", "n × f1", "n × f1", "f0 × f1"]);
    let answer = asked(json!({ "spec": spec, "wrt": "W1", "form": "layered", "want": ["formula", "steps"] }));
    let lit: BTreeSet<u64> = list(&answer["steps"])
        .iter()
        .flat_map(|step| list(&step["adds"]))
        .map(|place| place.as_u64().unwrap())
        .collect();
    assert_eq!(lit.len(), list(&answer["formula"]["factors"]).len());
}

/// ∂J/∂W₂ of three layers: Δ₂ by W₃, the error Δ₃ and Z₂, and A₁, as the explanation draws it.
#[test]
fn the_path_of_a_gradient_is_lit_and_nothing_else() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let answer = asked(json!({ "spec": spec, "wrt": "W2" }));
    let svg = text(&answer["graph"]["svg"]);
    let strong = |line: &&str| line.contains("stroke-width=\"2.5\"") || line.contains("font-weight=\"bold\"");
    let lit: BTreeSet<String> = svg.lines().filter(strong).flat_map(|line| attributes(line, "data-place")).collect();
    let expected = [
        "parameter:Z3:W3",
        "edge:A1:Z2",
        "edge:Z2:A2",
        "backward:J:0",
        "adjoint:J:Z3",
        "backward:Z3:0",
        "adjoint:Z3:A2",
        "backward:A2:0",
        "adjoint:A2:Z2",
        "gradient:Z2:W2",
        "kept:Z3:0",
        "kept:A2:0",
        "kept:Z2:W2",
        "kept:J:0",
    ];
    assert_eq!(lit, expected.map(str::to_owned).into());
    // The factors of the formula light frames of this path only.
    for factor in list(&answer["formula"]["factors"]) {
        for place in list(&factor["places"]) {
            assert!(lit.contains(text(place)), "{factor}");
        }
    }
}

#[test]
fn forward_and_backward_frames_mirror_each_other() {
    for (name, spec) in specs() {
        let answer = asked(json!({ "spec": spec, "unfold": true, "want": ["graph"] }));
        let svg = text(&answer["graph"]["svg"]);
        let steps = |kind: &str| -> BTreeSet<String> {
            let places = svg.lines().filter(|line| line.contains(&format!("data-place=\"{kind}:")));
            places.flat_map(|line| attributes(line, "data-step")).collect()
        };
        let (forward, backward) = (steps("forward"), steps("backward"));
        assert!(!backward.is_empty() && backward.is_subset(&forward), "{name}: {forward:?} {backward:?}");
        let keys: BTreeSet<String> =
            list(&answer["graph"]["nodes"]).iter().map(|node| text(&node["key"]).to_owned()).collect();
        assert_eq!(forward, keys, "{name}");
    }
}

/// A softmax that the loss absorbs: the prediction still goes to the loss, and Z of the last layer does not.
#[test]
fn an_absorbed_softmax_stays_on_the_way() {
    let spec = "input X [n, 4]; dense 5 relu; dense 3 softmax; loss cce";
    let answer = asked(json!({ "spec": spec, "want": ["graph"] }));
    let places = attributes(text(&answer["graph"]["svg"]), "data-place");
    assert!(places.iter().any(|place| place == "edge:A2:J"));
    assert!(!places.iter().any(|place| place == "edge:Z2:J"));
}

#[test]
fn a_variable_has_one_colour_wherever_it_stands() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let mut known = std::collections::BTreeMap::new();
    let mut seen = 0;
    for wrt in ["W1", "W2", "b3", "X"] {
        for form in ["product", "layered", "per-sample", "chain"] {
            let answer = asked(json!({ "spec": spec, "wrt": wrt, "form": form, "want": ["formula", "all"] }));
            let fragments = [&answer["formula"]["mathml"], &answer["formula"]["notes"], &answer["all"]["html"]];
            for fragment in fragments.map(text) {
                // <msub class="v9"><mi>W</mi><mn>2</mn>
                for part in fragment.split("<msub class=\"v").chain(fragment.split("<msubsup class=\"v")).skip(1) {
                    let Some((color, rest)) = part.split_once("\"><mi>") else { continue };
                    let name = rest.split("</mn>").next().unwrap().replace("</mi><mn>", "");
                    if color.len() > 2 || name.len() > 3 || !name.is_ascii() {
                        continue;
                    }
                    seen += 1;
                    assert_eq!(known.entry(name.clone()).or_insert(color.to_owned()), color, "{name}");
                }
            }
        }
    }
    assert!(seen > 100 && known.len() >= 8, "{seen}: {known:?}");
}

#[test]
fn deep_networks_are_folded_and_stay_small() {
    let spec = "input X [n, 64]\nrepeat 300 { dense 64 relu }\nloss half_mse\n";
    let answer = asked(json!({ "spec": spec }));
    let graph = &answer["graph"];
    // Letters of a text that are set lower or higher are no elements that a reader sees.
    let svg = text(&graph["svg"]);
    let elements = ["<path", "<rect", "<text", "<circle"].iter().map(|tag| svg.matches(tag).count()).sum::<usize>();
    assert!(elements < 250, "{elements}");
    assert!(text(&graph["folded"][0]).contains("layers 3 to "), "{graph}");
    let unfolded = asked(json!({ "spec": spec, "unfold": true, "want": ["graph"] }));
    assert!(list(&unfolded["graph"]["nodes"]).len() > 600);
}
