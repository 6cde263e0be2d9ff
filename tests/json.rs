//! The JSON of every network: well-formed, complete, and the same as the text. `consumers` evaluates it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, ErrorKind, Write},
};

use chainrule::{
    catalog::activation::{self, Activation},
    document::notation::Equation,
    expr::{Function, SymbolId},
    gradient::{Derivation, Form},
    network::graph::Network,
    pipeline::{Request, derive},
    render::{Format, Style},
    report::{gradients::Report, json},
    shape::Dim,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cli::{SMALL, SPEC, chainrule, path},
    common::{self, snapshot},
    gallery::{FORMS, networks, parameters_and_input, resolved},
};

/// The document as text.
pub fn document(spec: &str, network: &Network, derivation: &Derivation, variables: &[SymbolId]) -> String {
    let mut out = Vec::new();
    json::gradients(json::Subject { spec, network, derivation, variables }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no array"))
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

/// A dimension as the spec language writes it.
fn dimension(value: &Value) -> String {
    match value {
        Value::Array(parts) => {
            let joint = if parts[0] == "sum" { " + " } else { "*" };
            parts[1..].iter().map(dimension).collect::<Vec<_>>().join(joint)
        }
        Value::String(name) => name.clone(),
        number => number.to_string(),
    }
}

fn shape(value: &Value) -> Vec<String> {
    array(value).iter().map(dimension).collect()
}

/// All names in an expression.
fn symbols(expression: &Value, found: &mut BTreeSet<String>) {
    let parts = array(expression);
    if parts[0] == "symbol" {
        found.insert(string(&parts[1]).to_owned());
    }
    parts[1..].iter().filter(|part| part.is_array()).for_each(|part| symbols(part, found));
}

/// The shape of ∂J/∂v, from the layers.
fn expected_shape(network: &Network, variable: &str, form: Form) -> Vec<String> {
    let shape = |rows: &Dim, columns: &Dim| vec![rows.to_string(), columns.to_string()];
    let input = &network.input();
    if variable == &*input.name {
        return if form == Form::PerSample {
            shape(&Dim::one(), &input.features)
        } else {
            shape(&input.samples, &input.features)
        };
    }
    let (letter, label) = variable.split_at(1);
    let layer = network.layers.iter().find(|layer| *layer.label == *label.trim_start_matches('_')).expect(variable);
    if letter == "W" { shape(layer.input(), &layer.output) } else { shape(&Dim::one(), &layer.output) }
}

/// The equation without blanks: in print they align shapes.
fn printed(equation: Equation) -> String {
    let style = Style { width: usize::MAX, ..Style::new(Format::Text) };
    let left = style.equation(&Equation { shape: None, ..equation });
    left.lines().next().unwrap().replace(' ', "")
}

/// What must be true of a gradient that has a value.
fn check_value(gradient: &Value, known: &BTreeSet<String>) {
    let mut used = BTreeSet::new();
    symbols(&gradient["expression"], &mut used);
    assert!(used.is_subset(known), "{used:?} are not all among {known:?}");
    let mut sides = shape(&gradient["shape"]);
    let factors = array(&gradient["factors"]);
    let shapes: Vec<_> = factors.iter().map(|factor| shape(&factor["shape"])).collect();
    for pair in shapes.windows(2) {
        assert_eq!(pair[0][1], pair[1][0], "{gradient}");
    }
    assert_eq!([shapes[0][0].as_str(), shapes[shapes.len() - 1][1].as_str()], [&*sides.remove(0), &*sides.remove(0)]);
    let texts: Vec<_> = factors.iter().map(|factor| string(&factor["text"])).collect();
    let text = string(&gradient["text"]);
    assert!(text.ends_with(&texts.join(" · ")), "{texts:?} are not {text}");
    let expression = array(&gradient["expression"]);
    if factors.len() == 1 {
        assert!(factors[0]["expression"] == gradient["expression"] || expression[0] == "sum_samples", "{gradient}");
    } else if expression[0] == "multiply" {
        let factors: Vec<_> = factors.iter().map(|factor| &factor["expression"]).collect();
        assert_eq!(expression[1..].iter().collect::<Vec<_>>(), factors);
    }
}

fn check(network: &Network, derivation: &Derivation, source: &str, form: Form) {
    let variables = parameters_and_input(derivation);
    let document: Value = serde_json::from_str(&document(source, network, derivation, &variables)).unwrap();
    assert_eq!((&document["schema"], &document["spec"]), (&"chainrule.gradients/1".into(), &source.into()));
    let mut known: BTreeSet<String> =
        array(&document["inputs"]).iter().map(|input| string(&input["name"]).to_owned()).collect();
    for definition in array(&document["forward"]).iter().chain(array(&document["definitions"])) {
        let mut used = BTreeSet::new();
        symbols(&definition["expression"], &mut used);
        assert!(used.is_subset(&known), "{definition} uses what is not known");
        known.insert(string(&definition["name"]).to_owned());
    }
    let gradients = array(&document["gradients"]);
    let valued = !matches!(form, Form::Chain | Form::Intuitive);
    for gradient in gradients {
        assert_eq!(gradient["expression"].is_null(), !valued);
        assert_eq!(gradient["no_value"].is_string(), !valued);
        assert_eq!(gradient["exact"].as_bool().unwrap(), string(&gradient["text"]).contains(" = "));
        if form != Form::Intuitive {
            assert_eq!(shape(&gradient["shape"]), expected_shape(network, string(&gradient["variable"]), form));
        }
        if valued {
            check_value(gradient, &known);
        }
    }
    let report = Report::new(derivation);
    let texts = |part: &str| -> Vec<String> {
        array(&document[part]).iter().map(|entry| string(&entry["text"]).replace(' ', "")).collect()
    };
    let definitions = if form == Form::Layered { texts("definitions") } else { Vec::new() };
    let written: Vec<String> = report.equations(&variables).map(printed).collect();
    assert_eq!([definitions, texts("gradients")].concat(), written);
    // J last: as text by what it is, in the document as it is computed, without a logarithm of what rounds to 0.
    let mut forward: Vec<String> = report.forward_definitions().map(printed).collect();
    assert!(forward.pop().is_some_and(|loss| loss.starts_with("J=")));
    assert_eq!(texts("forward")[..forward.len()], forward);
}

#[test]
fn documents_say_what_the_text_says() {
    for (name, source) in networks() {
        let network = resolved(&source);
        for (_, form, expand) in FORMS {
            let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
            assert_eq!(derivation.limit, None, "{name}");
            check(&network, &derivation, &source, form);
        }
    }
}

#[test]
fn transcripts() {
    let worked = ["derive", "tests/specs/valid/three-layer-nobias.net", "--wrt", "W1,X", "--format", "json"];
    for (name, options) in [("product", &[][..]), ("layered", &["--form", "layered"]), ("chain", &["--form", "chain"])]
    {
        let run = chainrule(&[&worked[..], options].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        snapshot("json", name, &run.stdout);
    }
    let softmax = ["derive", "tests/specs/valid/inner-softmax.net", "--format", "json", "--expand", "--wrt", "W3"];
    snapshot("json", "product-expanded", &chainrule(&softmax).stdout);
    snapshot("json", "per-sample", &chainrule(&[&softmax[..], &["--form", "per-sample"]].concat()).stdout);
    let general =
        ["derive", "-e", "input X [n, f0]; dense f1 tanh; dense f2; loss half_mse", "--general", "--wrt", "W,X"];
    let general = [&general[..], &["--expand", "--format", "json"]].concat();
    snapshot("json", "general", &chainrule(&general).stdout);
    snapshot("json", "shapes", &chainrule(&["shapes", "tests/specs/valid/sums.net", "--format", "json"]).stdout);
}

/// A gate of prelu is no softmax: σ'(z) = relu'(z) + α min0'(z), of one sample.
#[test]
fn the_gate_of_a_prelu_is_its_derivative() {
    let gate = |layout: &str| {
        let spec = format!("input X [n, 5]; dense 4 prelu; dense 4; loss mse{layout}");
        let document: Value =
            serde_json::from_str(&chainrule(&["derive", "-e", &spec, "--format", "json"]).stdout).unwrap();
        let definitions = array(&document["definitions"]).clone();
        let found = definitions.into_iter().find(|definition| definition["name"] == "s1").unwrap();
        string(&found["text"]).to_owned()
    };
    assert_eq!(gate(""), "s₁ = (relu'(z₁,ᵢ) + (α₁ · 1ᵀ) ⊙ min0'(z₁,ᵢ))ᵀ");
    assert_eq!(gate("; layout columns"), "s₁ = relu'(z₁,ᵢ) + (1 · α₁) ⊙ min0'(z₁,ᵢ)");
}

#[test]
fn constants_have_their_entries() {
    let spec = "input X [n, 5]; concat { dense 2 } { dense 3 tanh } {}; dense 2 softmax; loss cce weights=[1, 2.5]";
    let document: Value = serde_json::from_str(&chainrule(&["derive", "-e", spec, "--format", "json"]).stdout).unwrap();
    let constants = array(&document["inputs"]).iter().filter(|input| input["role"] == "constant");
    let found: BTreeMap<&str, &Value> = constants.map(|input| (string(&input["name"]), &input["entries"])).collect();
    let place = |columns: Option<u64>| json!({ "identity_after": columns });
    let expected = [
        ("E3_1", place(None)),
        ("E3_2", place(Some(2))),
        ("E3_3", place(Some(5))),
        ("omega", json!({ "column": [1.0, 2.5] })),
    ];
    assert_eq!(found, expected.iter().map(|(name, entries)| (*name, entries)).collect());
    assert!(
        array(&document["inputs"])
            .iter()
            .filter(|input| input["role"] != "constant")
            .all(|input| input["entries"].is_null())
    );
}

/// Of blocks, no two arrays and no two values have one name and index, and each definition uses what is there before it.
#[test]
fn parts_of_blocks_have_names_of_their_own() {
    for spec in [
        "input X [n, d]; repeat 3 { residual { norm layer; dense d relu } }; loss mse",
        "input X [n, 3]; repeat 3 { residual { dense 5 relu; dense 3 } }; dense 2; loss mse",
    ] {
        let run = chainrule(&["derive", "-e", spec, "--general", "--format", "json"]);
        let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        let key = |part: &Value| (string(&part["name"]).to_owned(), part["index"].to_string());
        for part in ["inputs", "forward", "definitions"] {
            let keys: Vec<_> = array(&document[part]).iter().map(key).collect();
            let distinct: BTreeSet<_> = keys.iter().collect();
            assert_eq!(keys.len(), distinct.len(), "{part}: {keys:?}");
        }
        let shapes: Vec<_> = array(&document["inputs"]).iter().filter(|input| input["role"] == "weight").collect();
        assert!(shapes.iter().all(|weight| string(&weight["name"]).starts_with('W')), "{shapes:?}");
        let mut known: BTreeSet<String> =
            array(&document["inputs"]).iter().map(|input| string(&input["name"]).to_owned()).collect();
        known.insert("A".into());
        for definition in array(&document["forward"]) {
            let mut used = BTreeSet::new();
            symbols(&definition["expression"], &mut used);
            assert!(used.is_subset(&known), "{spec}: {} uses {used:?} of {known:?}", definition["text"]);
            known.insert(string(&definition["name"]).to_owned());
        }
    }
}

#[test]
fn assumptions_have_codes() {
    let codes = |options: &[&str]| -> Vec<String> {
        let run = chainrule(&[&["derive", "--wrt", "W1", "--format", "json", "-e"], options].concat());
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let assumptions = array(&document["gradients"][0]["assumptions"]);
        assumptions.iter().map(|assumption| string(&assumption["code"]).to_owned()).collect()
    };
    let classifier = "input X [n, 4]; dense 3 relu; dense 2 softmax; loss cce";
    assert_eq!(codes(&[classifier]), ["one-gate-for-the-batch", "rows-of-target-sum-to-1"]);
    assert_eq!(codes(&[classifier, "--form", "layered"]), ["rows-of-target-sum-to-1"]);
    assert_eq!(codes(&[classifier, "--form", "chain"]), [""; 0]);
    assert_eq!(codes(&[SMALL]), ["one-gate-for-the-batch"]);
    assert_eq!(codes(&[SMALL, "--let", "n=1"]), [""; 0]);
}

#[test]
fn any_spec_is_escaped() {
    let source = "# \"quoted\" \\ \\n \t tab, é ∂ 🙂 \u{2028} </script>\r\ninput X [n, 3]; dense 2; loss mse # end";
    for command in ["derive", "shapes", "verify"] {
        let run = chainrule(&[command, "-e", source, "--format", "json"]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{command}");
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["spec"], source);
    }
}

#[test]
fn a_stored_document_is_compared() {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored.json");
    assert_eq!(chainrule(&["derive", SPEC, "--format", "json", "--check", &name, "--update"]).status, 0);
    let derived = fs::read_to_string(&file).unwrap();
    let mut document: Value = serde_json::from_str(&derived).unwrap();
    let command = document.as_object_mut().unwrap().remove("command");
    assert_eq!(command, Some("chainrule derive --format json".into()));
    let printed = chainrule(&["derive", SPEC, "--format", "json"]).stdout;
    assert_eq!(document, serde_json::from_str::<Value>(&printed).unwrap());
    let check = ["derive", SPEC, "--check", &name];
    let same = chainrule(&check);
    assert_eq!((same.status, same.stdout.as_str()), (0, ""));
    fs::write(&file, derived.replacen("Xᵀ", "X", 1)).unwrap();
    let differs = chainrule(&check);
    assert_eq!(differs.status, 1);
    let changed = differs.stdout.lines().filter(|line| line.starts_with("+ ") || line.starts_with("- "));
    assert_eq!(changed.count(), 2, "{}", differs.stdout);
}

#[test]
fn what_is_no_number_is_null() {
    let run = chainrule(&["verify", "-e", "input X [40, 3]; dense 8 tanh; loss bce", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &document["verdict"], &document["loss"]), (1, &"not-checked".into(), &Value::Null));
    let run = chainrule(&["verify", SPEC, "--format", "json", "--seed", "3"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &document["verdict"], &document["seed"]), (0, &"equal".into(), &3.into()));
    for array in array(&document["arrays"]) {
        assert!(array["verdict"] == "equal" && array["layered"].as_f64().unwrap() <= 1e-12, "{array}");
    }
}

/// What `derive` prints of a small network with these options.
fn derived(options: &[&str]) -> Value {
    let small = "input X [n, 3]; dense 2 relu nobias; dense 5 nobias; loss half_mse";
    let run = chainrule(&[&["derive", "-e", small, "--format", "json"], options].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    serde_json::from_str(&run.stdout).unwrap()
}

/// Counted by hand, of Xᵀ (3 × 4), the error (4 × 5), W₂ᵀ (5 × 2), S₁ (2 × 2, a diagonal) and A₁ᵀ (2 × 4).
#[test]
fn costs_are_those_counted_by_hand() {
    let costs = derived(&["--cost", "--let", "n=4"]);
    let count = |products: u64, scalings: u64| json!({"products": products, "scalings": scalings});
    assert_eq!(costs["schema"], "chainrule.cost/1");
    // 3·4·5 + 3·5·2, then 3·2 entries; 4·5·2 + 3·4·2 and 4·2 entries, which 3·2 do as well. Beyond 30 samples
    // 15n + 30 < 16n; with scalings 15n + 36 < 18n.
    let first = json!({
        "variable": "W1",
        "printed": count(90, 6),
        "backpropagation": count(64, 8),
        "cheapest": count(64, 6),
        "first_pays_from": [31, 13]
    });
    let second = json!({
        "variable": "W2",
        "printed": count(40, 0),
        "backpropagation": count(40, 0),
        "cheapest": count(40, 0),
        "first_pays_from": null
    });
    assert_eq!(costs["gradients"], json!([first, second]));
    let together = &costs["together"];
    assert_eq!([&together["backpropagation"], &together["separate"]], [&count(104, 8), &count(104, 6)]);
    assert_eq!([&together["gradients"], &together["parameters"]], [2, 2]);
}

/// The matrices of a page, as they are called there.
pub fn matrices(blocks: &Value) -> BTreeMap<String, Vec<Vec<f64>>> {
    let entry = |text: &Value| string(text).replace('−', "-").parse().unwrap();
    let rows = |rows: &Value| array(rows).iter().map(|row| array(row).iter().map(entry).collect()).collect();
    let matrices = array(blocks).iter().filter(|block| block["kind"] == "matrix");
    matrices.map(|block| (string(&block["name"]["text"]).to_owned(), rows(&block["rows"]))).collect()
}

/// The numbers beside the steps, computed again by sums over indices.
#[test]
fn steps_are_a_page_whose_numbers_are_right() {
    let page = derived(&["--steps", "--numbers", "--let", "n=2"]);
    assert_eq!(page["schema"], "chainrule.page/1");
    let blocks = array(&page["blocks"]);
    assert!(blocks.iter().any(|block| block["kind"] == "heading") && !page.to_string().contains('\u{1b}'));
    let of = matrices(&page["blocks"]);
    let [x, w1, w2, y] = ["X", "W₁", "W₂", "Y"].map(|name| &of[name]);
    let (mut by_w1, mut by_w2) = (vec![vec![0.0; 2]; 3], vec![vec![0.0; 5]; 2]);
    for i in 0..2 {
        let z = |u: usize| (0..3).map(|d| x[i][d] * w1[d][u]).sum::<f64>();
        let error = |o: usize| ((0..2).map(|u| z(u).max(0.0) * w2[u][o]).sum::<f64>() - y[i][o]) / 2.0;
        for u in 0..2 {
            let slope = f64::from(z(u) > 0.0);
            let back: f64 = (0..5).map(|o| error(o) * w2[u][o]).sum();
            (0..3).for_each(|d| by_w1[d][u] += x[i][d] * slope * back);
            (0..5).for_each(|o| by_w2[u][o] += z(u).max(0.0) * error(o));
        }
    }
    for (name, expected) in [("∂J/∂W₁", by_w1), ("∂J/∂W₂", by_w2)] {
        let entries = of[name].iter().flatten().zip(expected.iter().flatten());
        entries.for_each(|(x, y)| assert!((x - y).abs() <= 2e-2 * y.abs(), "{name}: {x}, not {y}"));
    }
}

#[test]
fn a_proof_is_a_page_that_ends_in_the_formula() {
    let gradients = derived(&["--wrt", "W1"]);
    let formula = string(&gradients["gradients"][0]["text"]);
    let page = derived(&["--wrt", "W1", "--why"]);
    assert_eq!(page["schema"], "chainrule.page/1");
    let lines = array(&page["blocks"]).iter().filter_map(|block| block["text"].as_str());
    let right = formula.split(" ≈ ").last().unwrap();
    assert!(lines.clone().any(|line| line.contains(right)), "{right} is not in {page:#}");
    assert!(lines.clone().any(|line| line.ends_with('.')), "{page:#}");
}

#[test]
fn an_error_of_the_spec_ends_the_table() {
    let run = chainrule(&["shapes", "-e", "input X [n, f0]\ndense f1\ndense 3 -> 4\nloss mse", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(run.status == 3 && run.stderr.starts_with("error[shape]"), "{}", run.stderr);
    assert_eq!((&document["complete"], array(&document["layers"]).len()), (&false.into(), 1));
}

/// Takes a number of bytes, then says that the reader is gone; counts, and keeps the longest piece.
struct Reader {
    left: usize,
    read: usize,
    longest: usize,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left < bytes.len() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.left -= bytes.len();
        self.read += bytes.len();
        self.longest = self.longest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn deep_networks_are_written_piece_by_piece() {
    let read = |depth: usize, left: usize| {
        let source = format!("input X [n, 8]; repeat {depth} {{ dense 8 relu }}; loss mse");
        let network = resolved(&source);
        let derivation = derive(&network, &Request::new(Form::Layered)).unwrap();
        let variables = parameters_and_input(&derivation);
        let subject =
            json::Subject { spec: &source, network: &network, derivation: &derivation, variables: &variables };
        let mut reader = Reader { left, read: 0, longest: 0 };
        (json::gradients(subject, &mut reader).map_err(|error| error.kind()), reader)
    };
    let (_, half) = read(500, usize::MAX);
    let (result, whole) = read(1000, usize::MAX);
    assert_eq!(result, Ok(()));
    assert!(whole.read > 1_000_000 && whole.read < half.read * 21 / 10, "{} and {} bytes", half.read, whole.read);
    assert!(whole.longest < 1000, "a piece of {} bytes", whole.longest);
    assert_eq!(read(100, 10_000).0, Err(ErrorKind::BrokenPipe));
}

/// The words of an enumeration.
fn words(schema: &Value) -> BTreeSet<String> {
    array(&schema["enum"]).iter().map(|word| string(word).to_owned()).collect()
}

#[test]
fn every_operator_and_function_is_documented() {
    let schema: Value = serde_json::from_str(&common::read("grammar/gradients.schema.json")).unwrap();
    let arrays = array(&schema["$defs"]["expression"]["oneOf"]);
    let operators: BTreeSet<String> = arrays.iter().flat_map(|array| words(&array["prefixItems"][0])).collect();
    let page = common::read("grammar/README.md");
    let table = page.split("## Expressions").nth(1).unwrap().split("## Samples").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(rows.map(|(operator, _)| operator.to_owned()).collect::<BTreeSet<_>>(), operators);
    let mapped = arrays.iter().find(|array| words(&array["prefixItems"][0]).contains("map")).unwrap();
    let functions = words(&mapped["prefixItems"][1]);
    for function in &functions {
        assert!(Function::of_name(function, 1.0).is_some(), "{function}");
    }
    for entry in activation::TABLE {
        if let Some(Activation::Entrywise(function)) = activation::find(entry.name, None) {
            assert!(functions.contains(function.name()), "{}", entry.name);
        }
    }
    for code in ["one-gate-for-the-batch", "rows-of-target-sum-to-1"] {
        assert!(page.contains(&format!("| `{code}` |")) && schema.to_string().contains(code), "{code}");
    }
}
