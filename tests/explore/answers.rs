//! Answers beside what the command prints, and what is wrong with a spec at its place.

use std::process::Command;

use chainrule::{
    evaluate::{bindings::read_data, files::Archive},
    explore::Arrays,
    network, source, spec,
};
use serde_json::{Value, json};

use super::{asked, asked_with, strings, units};
use crate::common;

/// What the command prints.
fn printed(arguments: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_chainrule"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

fn files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(common::path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy())).collect();
    names.sort();
    names
}

#[test]
fn formulas_are_what_the_command_prints() {
    let mut compared = 0;
    for file in files("tests/specs/valid") {
        let spec = common::read(&file);
        for form in ["product", "layered", "chain"] {
            let answer = asked(json!({ "spec": spec, "form": form, "want": ["formula"] }));
            let chosen = answer["chosen"].as_str().unwrap();
            let run = |format| printed(&["derive", &file, "--wrt", chosen, "--form", form, "--format", format]);
            let latex = run("latex");
            assert_eq!(latex.is_none(), answer["formula"].is_null(), "{file} {form}");
            let Some(latex) = latex else { continue };
            assert_eq!(answer["formula"]["latex"], json!(latex), "{file} {form}");
            compared += 1;
            if form == "product" {
                assert_eq!(answer["formula"]["text"], json!(run("text").unwrap()), "{file}");
                assert_eq!(answer["formula"]["typst"], json!(run("typst").unwrap()), "{file}");
            }
        }
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn options_are_those_of_the_command() {
    let file = "tests/specs/valid/three-layer.net";
    let spec = common::read(file);
    let options: [(&[&str], Value); 4] = [
        (&["--expand"], json!({ "expand": true })),
        (&["--form", "layered", "--expand"], json!({ "form": "layered", "expand": true })),
        (&["--layout", "columns"], json!({ "layout": "columns" })),
        (&["--let", "n=7,f0=5"], json!({ "let": { "n": 7, "f0": 5 } })),
    ];
    for (words, mut question) in options {
        question["spec"] = json!(spec);
        question["wrt"] = json!("W1");
        question["want"] = json!(["formula"]);
        let expected = printed(&[&["derive", file, "--wrt", "W1", "--format", "latex"], words].concat());
        assert_eq!(asked(question)["formula"]["latex"], json!(expected.unwrap()), "{words:?}");
    }
}

/// The picture of the command, by its texts and their places, in both layouts.
#[test]
fn the_graph_is_that_of_the_command() {
    let spec = "tests/specs/valid/three-layer.net";
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    for layout in ["rows", "columns"] {
        let file = folder.join(format!("graph-of-{layout}.svg"));
        let arguments = ["graph", spec, "--layout", layout, "--wrt", "W2", "-o", file.to_str().unwrap()];
        assert!(printed(&arguments).is_some(), "{layout}");
        let drawn = std::fs::read_to_string(&file).unwrap();
        let answer = asked(json!({ "spec": common::read(spec), "layout": layout, "wrt": "W2", "want": ["graph"] }));
        // Of the page's picture all but what a page finds its elements by.
        let mut linked = String::new();
        for (i, part) in answer["graph"]["svg"].as_str().unwrap().split(" data-").enumerate() {
            linked += if i == 0 { part } else { part.splitn(3, '"').nth(2).unwrap() };
        }
        let (before, after) = (drawn.find("<style>").unwrap(), drawn.find("</style>\n").unwrap() + "</style>\n".len());
        assert_eq!(format!("{}{}", &drawn[..before], &drawn[after..]), linked, "{layout}");
        let shapes: Vec<&Value> =
            answer["graph"]["nodes"].as_array().unwrap().iter().map(|node| &node["shape"]).collect();
        assert_eq!(shapes[1], &json!(if layout == "rows" { "n × f1" } else { "f1 × n" }));
    }
}

#[test]
fn messages_stand_at_their_places_behind_any_text() {
    // A character of two bytes, one of three, and one of four bytes and two units.
    let spec = "# é × 𝐖\ninput X [n, 3]\ndense 4 -> 5 relu\nloss mse\n";
    let answer = asked(json!({ "spec": spec }));
    assert_eq!((&answer["accepted"], &answer["formula"]), (&json!(false), &Value::Null));
    let labels = answer["diagnostics"][0]["labels"].as_array().unwrap();
    let found: Vec<(String, bool)> = labels
        .iter()
        .map(|label| (units(spec, &label["from"], &label["to"]), label["fault"].as_bool().unwrap()))
        .collect();
    assert!(found.contains(&("4".into(), true)), "{found:?}");
    assert!(found.iter().any(|(text, fault)| !fault && text.contains('3')), "the cause: {found:?}");
    assert_eq!(answer["diagnostics"][0]["kind"], json!("shape"));
}

#[test]
fn the_lines_above_an_error_have_their_shapes() {
    for last in ["dense 4 -> 5 relu", "dense ->", "dense 7 relu }"] {
        let spec = format!("# é\ninput X [n, 3]\ndense 9 tanh\n{last}\nloss mse\n");
        let answer = asked(json!({ "spec": spec }));
        assert_eq!(answer["accepted"], json!(false), "{last}");
        let lines = answer["lines"].as_array().unwrap();
        let told: Vec<(u64, &str, String)> = lines
            .iter()
            .map(|line| {
                (
                    line["line"].as_u64().unwrap(),
                    line["shape"].as_str().unwrap(),
                    units(&spec, &line["from"], &line["to"]),
                )
            })
            .collect();
        assert_eq!(told[0], (2, "n × 3", "input X [n, 3]".into()), "{last}");
        assert_eq!(told[1], (3, "n × 9", "dense 9 tanh".into()), "{last}");
    }
}

#[test]
fn a_repair_makes_an_accepted_spec() {
    for spec in [
        "# é 𝐖\ninput X [n, 3]\ndense 4 rellu\nloss mse\n",
        "# ×\ninptu X [n, 3]; dense 4; loss mse",
        "input X [n, 3]\ndense 4 -> 5 relu # 𝐖\nloss mse",
    ] {
        let answer = asked(json!({ "spec": spec }));
        assert_eq!(answer["accepted"], json!(false), "{spec}");
        let repaired = applied(spec, &answer["diagnostics"][0]["repairs"]).expect("a repair");
        assert_eq!(asked(json!({ "spec": repaired }))["accepted"], json!(true), "{repaired}");
    }
}

/// The changes made as an editor makes them, from the last to the first.
fn applied(text: &str, changes: &Value) -> Option<String> {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let changes = changes.as_array().filter(|changes| !changes.is_empty())?;
    for change in changes.iter().rev() {
        let [from, to] = [&change["from"], &change["to"]].map(|at| usize::try_from(at.as_u64().unwrap()).unwrap());
        units.splice(from..to, change["text"].as_str().unwrap().encode_utf16());
    }
    Some(String::from_utf16(&units).expect("whole characters"))
}

#[test]
fn repairs_and_messages_are_those_of_the_engine() {
    let mut repaired = 0;
    for file in [files("tests/specs/parse_error"), files("tests/specs/shape_error")].concat() {
        let Ok(text) = std::fs::read_to_string(common::path(&file)) else { continue };
        let messages: Vec<source::Diagnostic> = match spec::parse(&text) {
            Ok(parsed) => network::resolve(&parsed, &[]).diagnostics,
            Err(messages) => messages,
        };
        let answer = asked(json!({ "spec": text }));
        let told = answer["diagnostics"].as_array().unwrap();
        assert_eq!(told.len(), messages.len(), "{file}");
        for (told, message) in told.iter().zip(&messages) {
            assert_eq!(told["title"], json!(message.title), "{file}");
            assert_eq!(told["help"], json!(message.help), "{file}");
            let expected = message.repaired(&text);
            assert_eq!(applied(&text, &told["repairs"]), expected, "{file}");
            repaired += usize::from(expected.is_some());
            for (told, label) in told["labels"].as_array().unwrap().iter().zip(&message.labels) {
                let at = |byte: usize| json!(text[..byte.min(text.len())].encode_utf16().count());
                assert_eq!((&told["from"], &told["to"]), (&at(label.span.start), &at(label.span.end)), "{file}");
            }
        }
    }
    assert!(repaired > 20, "{repaired}");
}

#[test]
fn fragments_hold_no_script_and_no_style() {
    let all = [
        "formula",
        "graph",
        "all",
        "steps",
        "why",
        "verify",
        "influence",
        "summary",
        "flow",
        "units",
        "general",
        "shapes",
    ];
    let spec = "input script [n, 4] # <script>alert(1)</script> \"'&\nonload: dense 5 relu\ndense 3 softmax\nloss cce";
    let answer = asked(json!({ "spec": spec, "want": all, "off": ["1:2"], "seed": 1 }));
    assert_eq!(answer["accepted"], json!(true), "{}", answer["diagnostics"]);
    let mut fragments = 0;
    for (field, text) in strings(&answer) {
        let is_fragment =
            ["html", "mathml", "svg", "symbol", "formula", "adjoint", "notes"].iter().any(|f| field.ends_with(f));
        // What is said in a step is a fragment, in a variable it is text.
        if !is_fragment && field != ".steps.said" {
            continue;
        }
        fragments += 1;
        for bad in ["<script", "<style", " style=", " on", "javascript:", "<iframe", "<img", "href=", "url("] {
            let tags =
                text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| format!("<{tag}"));
            let found = tags
                .into_iter()
                .find(|tag| tag.to_lowercase().contains(bad) && !tag.contains("data-") && !tag.contains("aria-label"));
            assert_eq!(found, None, "{field}: {bad}");
        }
    }
    assert!(fragments > 20, "{fragments}");
    // In a message the text of the spec is text.
    let answer = asked(json!({ "spec": "input X [n, 3]; dense <script>alert(1)</script>; loss mse" }));
    assert_eq!(answer["accepted"], json!(false));
    let parts =
        answer.as_object().unwrap().iter().filter(|(_, part)| part["html"].is_string() || part["mathml"].is_string());
    assert_eq!(parts.count(), 0);
}

/// A spec of so many layers has a folded graph and a formula, and the figures that it cannot have are refused.
fn deep(layers: usize) {
    let spec = format!("input X [n, 8]\n{}loss half_mse\n", "dense 8 relu\n".repeat(layers));
    let answer = asked(json!({ "spec": spec, "want": ["formula", "graph", "flow", "verify"] }));
    assert_eq!(answer["accepted"], json!(true));
    let folded = answer["graph"]["folded"][0].as_str();
    assert!(folded.is_some_and(|folded| folded.contains("layers 3 to ")), "{folded:?}");
    assert!(answer["formula"]["latex"].is_string(), "{}", answer["refused"]);
    let refused = answer["refused"].as_array().unwrap();
    let parts: Vec<&str> = refused.iter().map(|refused| refused["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["flow", "verify"], "{refused:?}");
    let size = serde_json::to_vec(&answer).unwrap().len();
    assert!(size < 8 << 20, "{size}");
    let long = asked(json!({ "spec": spec, "wrt": "W1", "want": ["formula"] }));
    let title = long["refused"][0]["message"]["title"].as_str();
    assert!(title.is_some_and(|title| title.contains("`W1`")), "{title:?}");
}

#[test]
fn a_deep_network_has_an_answer() {
    deep(1500);
}

#[test]
#[ignore = "takes half a minute"]
fn the_deepest_network_has_an_answer() {
    deep(10_000);
}

#[test]
fn a_text_of_any_size_has_an_answer() {
    for text in ["", "\u{feff}", "\r\n", "{".repeat(100_000).as_str(), "x".repeat(2 << 20).as_str(), "\u{0}\u{7}"] {
        let answer = asked(json!({ "spec": text }));
        assert_eq!(answer["accepted"], json!(false));
        assert!(!answer["diagnostics"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_cannot_be_had_is_told_with_a_repair() {
    let spec = common::read("tests/specs/valid/three-layer.net");
    let questions = [
        json!({ "want": ["steps"], "form": "chain" }),
        json!({ "want": ["steps"], "expand": true }),
        json!({ "want": ["flow"], "init": "frobnicate" }),
        json!({ "want": ["units"], "off": ["nonsense"] }),
        json!({ "want": ["units"], "off": ["9:1"] }),
        json!({ "want": ["units"], "off": ["1:0"] }),
        json!({ "want": ["general"], "spec": "input X [n, 3]; dense 4 relu; dense 5 tanh; dense 6 sigmoid; dense 2; loss mse" }),
    ];
    for mut question in questions {
        if question["spec"].is_null() {
            question["spec"] = json!(spec);
        }
        let answer = asked(question.clone());
        assert_eq!(answer["accepted"], json!(true), "{question}");
        let refused = answer["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 1, "{question}");
        assert_eq!(refused[0]["part"], question["want"][0]);
        assert!(refused[0]["message"]["help"].is_string(), "{question}: {refused:?}");
    }
    // A name that the network does not have any more is no error while one types.
    let answer = asked(json!({ "spec": spec, "wrt": "W9" }));
    assert_eq!((&answer["chosen"], &answer["refused"]), (&json!("W1"), &json!([])));
}

/// The figures of the explanation: five layers of ones, the second unit of the third layer is switched off.
#[test]
fn a_unit_that_is_off_attenuates_as_the_explanation_says() {
    let spec = "input X [4, 3]\nrepeat 5 { dense 3 relu nobias }\nloss half_mse\n";
    let answer = asked(json!({ "spec": spec, "want": ["units"], "init": "ones", "off": ["3:2"] }));
    let html = answer["units"]["html"].as_str().unwrap_or_else(|| panic!("{}", answer["refused"]));
    for figure in [">4/9<", ">2/3<", ">0<"] {
        assert!(html.contains(figure), "{figure}");
    }
    let layers = answer["units"]["layers"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[2]["units"]), (5, &json!(3)));
    let printed = printed(&["insight", "-e", spec, "--init", "ones", "--only", "inactive", "--off", "3:2"]).unwrap();
    assert!(printed.contains("4/9") && printed.contains("2/3"));
}

/// The root of the mean square of X, by a sum of its own.
#[test]
fn with_arrays_factors_have_sizes() {
    let spec = common::read("tests/data/digits/digits.net");
    let parsed = network::resolve(&spec::parse(&spec).unwrap(), &[]).network.unwrap();
    let bytes = std::fs::read(common::path("tests/data/digits/batch.npz")).unwrap();
    let mut archive = Archive::open(&bytes, 1 << 30).unwrap();
    let found = read_data(&parsed, "batch.npz".into(), &mut archive).unwrap();
    let x = found.source.arrays.get("X").unwrap().clone();
    let arrays = Arrays::new([None, Some(found.source)]);
    let answer = asked_with(json!({ "spec": spec, "wrt": "W1", "want": ["formula", "flow"] }), &arrays);
    let factors = answer["formula"]["factors"].as_array().unwrap();
    let of_x = factors.iter().find(|factor| factor["text"] == json!("Xᵀ")).expect("X");
    let mean: f64 = x.iter().map(|entry| entry * entry).sum::<f64>() / x.len() as f64;
    let rms: f64 = of_x["size"]["rms"].as_str().unwrap().parse().unwrap();
    assert!((rms / mean.sqrt() - 1.0).abs() < 0.01, "{rms} {}", mean.sqrt());
    assert_eq!(of_x["size"]["sides"], json!([x.nrows(), x.ncols()]));
    let weight = factors.iter().find(|factor| factor["text"] == json!("W₂ᵀ")).expect("W2");
    assert!(weight["size"]["largest"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    // Without arrays nothing is measured.
    let answer = asked(json!({ "spec": spec, "want": ["formula"] }));
    assert_eq!(answer["formula"]["factors"][0]["size"], Value::Null);
}

#[test]
fn equal_questions_have_equal_answers() {
    let spec = common::read("tests/data/residual/residual.net");
    let question = json!({ "spec": spec, "want": ["formula", "graph", "steps", "summary", "verify"], "seed": 3 });
    assert_eq!(asked(question.clone()), asked(question));
}

/// A question with nothing but a spec has the first frame of a page: the formula and the graph.
#[test]
fn the_first_frame_is_formula_and_graph() {
    let answer = asked(json!({ "spec": "input X [n, 3]; dense 2; loss mse" }));
    let there: Vec<&String> =
        answer.as_object().unwrap().iter().filter(|(_, part)| part.is_object()).map(|(name, _)| name).collect();
    assert_eq!(there, ["formula", "graph"]);
    assert_eq!(answer["schema"], json!("chainrule.explore/1"));
}
