//! What specs mean: facts about names, blocks, limits and messages.

use chainrule::{
    catalog::loss::Reduction,
    network::{
        self, Resolution,
        graph::{Layer, Network, Parameters},
    },
    render::{Format, Style},
    report,
    shape::{Dim, Reason},
    source::{Kind, Severity},
    spec,
};
use proptest::prelude::*;

/// What a text means, with values of `--let`.
fn resolve_with(source: &str, overrides: &[(&str, u64)]) -> Resolution {
    let spec = spec::parse(source).unwrap_or_else(|errors| panic!("{source}\n{errors:?}"));
    let overrides: Vec<_> = overrides.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    network::resolve(&spec, &overrides)
}

fn resolve(source: &str) -> Resolution {
    resolve_with(source, &[])
}

/// The network of a text that has one.
fn network_of(source: &str) -> Network {
    let resolution = resolve(source);
    resolution.network.unwrap_or_else(|| panic!("{source}\n{:?}", resolution.diagnostics))
}

/// The titles of what is said about a text.
fn titles(source: &str) -> Vec<String> {
    resolve(source).diagnostics.into_iter().map(|diagnostic| diagnostic.title).collect()
}

/// The layers as `label:input->output activation`, with `+b` for a bias, `-` for no parameters.
fn layers_of(body: &str) -> Vec<String> {
    let network = network_of(&format!("input X [n, f]\n{body}\nloss half_mse"));
    let parameters = |layer: &Layer| match layer.parameters {
        Parameters::None => "-",
        Parameters::Weight => "",
        Parameters::WeightAndBias => "+b",
        Parameters::GainAndShift => "+s",
    };
    let text = |layer: &Layer| {
        format!("{}:{}->{} {}{}", layer.label, layer.input(), layer.output, layer.activation, parameters(layer))
    };
    network.layers.iter().map(text).collect()
}

#[test]
fn a_layer_has_a_bias_unless_it_says_otherwise() {
    let layers = layers_of("dense a relu; dense b nobias relu; dense c relu nobias; dense d nobias");
    assert_eq!(layers, ["1:f->a relu+b", "2:a->b relu", "3:b->c relu", "4:c->d linear"]);
}

#[test]
fn an_activation_joins_a_bare_dense_layer_only() {
    assert_eq!(layers_of("dense a; activation gelu"), ["1:f->a gelu+b"]);
    assert_eq!(layers_of("dense a; expect [n, a]; activation gelu"), ["1:f->a gelu+b"]);
    assert_eq!(layers_of("dense a linear; activation gelu"), ["1:f->a linear+b", "2:a->a gelu-"]);
    assert_eq!(
        layers_of("dense a; activation relu; activation abs"),
        ["1:f->a relu+b", "2:a->a abs-"],
        "the first has made the layer complete"
    );
    assert_eq!(layers_of("dense a; last: activation relu"), ["1:f->a linear+b", "last:a->a relu-"]);
}

#[test]
fn an_activation_joins_in_the_order_of_the_opened_blocks() {
    let layers = layers_of("dense a; repeat 2 { activation tanh; dense a }");
    assert_eq!(layers, ["1:f->a tanh+b", "2:a->a tanh+b", "3:a->a linear+b"]);
    let layers = layers_of("repeat 2 { dense a }; activation exp");
    assert_eq!(layers, ["1:f->a linear+b", "2:a->a exp+b"]);
}

#[test]
fn names_in_blocks_count_on_and_numbers_count_every_layer() {
    let layers = layers_of("repeat 2 { repeat 2 { h: dense a relu }; dense a tanh }; out: dense c; activation abs");
    let labels: Vec<&str> = layers.iter().map(|layer| layer.split(':').next().unwrap()).collect();
    assert_eq!(labels, ["h_1", "h_2", "3", "h_3", "h_4", "6", "out"]);
}

#[test]
fn the_target_is_the_prediction_unless_it_is_declared() {
    let network = network_of("input [n, f]; dense c; loss half_mse");
    assert_eq!((&*network.input().name, &*network.target().name), ("X", "Y"));
    assert_eq!((&network.target().samples, &network.target().features), (&network.input().samples, &Dim::name("c")));
    assert!(network.target().samples.is_batch());
    let network = network_of("target labels [n, c]; input X [n, f]; dense c; loss half_mse");
    assert_eq!(&*network.target().name, "labels");
}

#[test]
fn losses_have_their_parameters_and_reductions() {
    let loss = |text: &str| {
        let network = network_of(&format!("input X [n, f]; dense c; loss {text}"));
        (network.term().loss.to_string(), network.term().reduction)
    };
    assert_eq!(loss("huber"), ("huber(1)".into(), Reduction::Samples));
    assert_eq!(loss("huber(0.5) reduce=elements"), ("huber(0.5)".into(), Reduction::Elements));
    assert_eq!(loss("mae reduce=sum"), ("mae".into(), Reduction::Sum));
}

#[test]
fn the_command_line_wins_over_let() {
    let source = "let n = 64, f = 3; input X [n, f]; dense f; loss half_mse";
    let network = resolve_with(source, &[("n", 8)]).network.unwrap();
    assert_eq!(network.input().samples.as_number(), Some(8));
    let bindings: Vec<_> = network.bindings.iter().map(|(name, value)| (&**name, *value)).collect();
    assert_eq!(bindings, [("f", 3), ("n", 8)]);
}

#[test]
fn a_wrong_value_on_the_command_line_is_wrong_usage() {
    let source = "input X [n, f0]; dense f1; loss half_mse";
    let said = |overrides: &[(&str, u64)]| {
        let said = resolve_with(source, overrides).diagnostics;
        assert!(said.iter().all(|diagnostic| diagnostic.kind == Kind::Usage));
        said.into_iter().map(|diagnostic| (diagnostic.title, diagnostic.help)).collect::<Vec<_>>()
    };
    let unused = "`--let f2`: no dimension of the spec is called so".into();
    assert_eq!(said(&[("f2", 3)]), [(unused, Some("did you mean `f0`?".into()))]);
    assert_eq!(said(&[("n", 3), ("n", 4)]), [("`--let n` is given twice".into(), None)]);
    assert_eq!(said(&[("n", 0)]), [("`--let n=0`: a dimension lies between 1 and 2147483647".into(), None)]);
}

#[test]
fn a_misfit_by_an_override_names_it() {
    let source = "let f1 = 3; input X [n, f0]; dense f1; dense 3 -> 4; loss half_mse";
    let said = &resolve_with(source, &[("f1", 5)]).diagnostics[0];
    assert_eq!(said.notes, ["`f1` is 5 by `--let`"]);
    assert_eq!(said.help.as_deref(), Some("write `dense f1 -> 4`, or change it: `--let f1=3`"));
}

#[test]
fn values_that_contradict_each_other_are_no_repair() {
    let help = |columns: &str| {
        let said = resolve(&format!("input X [n, f]; dense n + 1; expect [3, {columns}]; loss mse")).diagnostics;
        said.into_iter().next().unwrap().help.unwrap()
    };
    assert_eq!(help("4"), "write `expect [n, n + 1]`, or bind it: `let n = 3`");
    assert_eq!(help("5"), "write `expect [n, n + 1]`");
}

#[test]
fn what_precedes_an_error_is_kept_for_the_table() {
    let resolution = resolve("input X [n, f0]; dense f1; dense 3 -> 4; dense 5; loss half_mse");
    assert_eq!(resolution.layers.len(), 1);
    let table = Style::new(Format::Text).page(&report::shapes(&resolution));
    assert!(table.ends_with("Layers up to the first error: 1\nTotal parameters up to the first error: f0·f1 + f1\n"));
    assert!(resolve("dense f1; loss half_mse").layers.is_empty());
    assert!(resolve("input X [n, 65536*65536]; dense 3; dense 4; loss half_mse").layers.is_empty());
    for faulty in ["dense f2 rellu", "dense f2 -> 3", "foo f2", "dense 65536*65536", "activation rellu", "a: dense 2"] {
        let source = format!("input X [n, f0]; a: dense f1 relu; {faulty}; dense 3; loss half_mse");
        assert_eq!(resolve(&source).layers.len(), 1, "{faulty}");
    }
}

#[test]
fn a_stated_dimension_that_fits_by_its_value_has_its_reason() {
    let resolution = resolve("let d = 5; input X [n, 2*d]; dense 10 -> 4; expect [n, 4]; loss half_mse");
    let [equality] = &resolution.equalities[..] else { panic!("{:?}", resolution.equalities) };
    assert_eq!(equality.reason, Reason::Binding(vec!["d".into()]));
}

#[test]
fn faults_of_a_block_are_said_once_and_without_their_consequences() {
    let source = "input X [n, f]; repeat 50 { dense a rellu; dense b -> c; expect [n, b] }; target T [n, c]; loss mse";
    assert_eq!(
        titles(source),
        [
            "unknown activation `rellu`",
            "dense layer 2 expects b features, its input has a",
            "`expect` says n × b, the shape here is n × c"
        ]
    );
    assert_eq!(titles("input X [n, f]; foo 3; dense b -> c; expect [n, d]; target T [n, c]; loss mse").len(), 2);
}

#[test]
fn at_most_twenty_messages_are_kept() {
    let layers: Vec<String> = (0..200).map(|i| format!("dense a{i} -> b{i}")).collect();
    assert_eq!(titles(&format!("input X [n, f]\n{}\nloss mse", layers.join("\n"))).len(), 20);
}

#[test]
fn ten_thousand_layers_are_the_limit() {
    let spec = |body: &str| format!("input X [n, f]; {body}; loss mse");
    for body in [
        "repeat 10000 { dense f }",
        "repeat 10000 { dense f; activation relu }",
        "dense f; repeat 9999 { activation relu; repeat 1 { dense f } }",
        "repeat 100 { repeat 50 { dense f relu; activation abs } }",
    ] {
        assert_eq!(network_of(&spec(body)).layers.len(), 10_000, "{body}");
    }
    for body in [
        "repeat 10001 { dense f }",
        "repeat 10000 { dense f }; dense f",
        "dense f; repeat 10000 { activation relu; dense f }",
        "repeat 2147483647 { repeat 2147483647 { repeat 2147483647 { dense f } } }",
    ] {
        let said = resolve(&spec(body)).diagnostics;
        assert_eq!(said.iter().map(|said| said.kind).collect::<Vec<_>>(), [Kind::Limit], "{body}");
    }
}

#[test]
fn blocks_without_layers_run_once() {
    let source = "input X [n, f]; repeat 2000000000 { repeat 2000000000 { expect [n, f] } }; dense f
        repeat 9999 { dense f; repeat 1000000 { expect [n, f]; repeat 1000000 { } } }; loss mse";
    assert_eq!(network_of(source).layers.len(), 10_000);
    let expects = "expect [n, f];".repeat(1000);
    let source = format!("input X [n, f]; repeat 5000 {{ dense f; {expects} }}; loss mse");
    assert_eq!(resolve(&source).diagnostics[0].kind, Kind::Limit);
}

/// Statements of a body; `wild` ones may be faulty in themselves.
fn statement(wild: bool) -> impl Strategy<Value = String> {
    let pick = move |good: &[&'static str], bad: &[&'static str]| {
        prop::sample::select(if wild { [good, bad].concat() } else { good.to_vec() })
    };
    let dim = move || pick(&["f", "f", "g", "3", "2*f", "f + 3"], &["n*n*n", "2147483647", "relu", "(f + g)*f*f"]);
    let word = move || pick(&["", "relu", "softmax", "elu(2)"], &["nobias", "rellu", "relu(1)", "->", "f"]);
    let name = move || pick(&["", "", "", "", "a: ", "b: "], &["a_1: ", "tanh: "]);
    let layer = (name(), dim(), word()).prop_map(|(name, dim, word)| format!("{name}dense {dim} {word}"));
    let words = (dim(), word(), word()).prop_map(|(dim, a, b)| format!("dense {dim} {a} {b}"));
    prop_oneof![
        6 => layer,
        2 => words,
        1 => (dim(), dim()).prop_map(|(from, to)| format!("dense {from} -> {to} tanh nobias")),
        2 => (name(), pick(&["gelu", "softmax"], &["nobias", "", "3"])).prop_map(|(a, b)| format!("{a}activation {b}")),
        1 => dim().prop_map(|columns| format!("expect [n, {columns}]")),
        1 => Just(if wild { "conv 3 -> 4" } else { "" }.to_owned()),
    ]
}

/// Blocks of such statements.
fn body(wild: bool) -> impl Strategy<Value = String> {
    let count = prop::sample::select(if wild { vec!["2", "n", "f", "2147483647"] } else { vec!["1", "2", "3"] });
    let leaf = prop::collection::vec(statement(wild), 0..4).prop_map(|statements| statements.join("\n"));
    leaf.prop_recursive(3, 12, 3, move |inner| {
        (inner.clone(), count.clone(), inner)
            .prop_map(|(first, count, inside)| format!("{first}\nrepeat {count} {{\n{inside}\n}}"))
    })
}

/// Whole texts: of any statements in any order, or in the order of a spec.
fn soup() -> impl Strategy<Value = String> {
    let places = prop::sample::select(vec![
        "input X [n, f]",
        "input [n, 2*f]",
        "target Y [n, g]",
        "target X [n, 3]",
        "loss bce",
        "loss huber(0)",
        "loss cce reduce=sum",
        "let n = 3",
        "let f = 3, g = 2147483647",
        "let zz = 1",
    ]);
    let statement = prop_oneof![body(true), places.prop_map(String::from)];
    let wild = prop::collection::vec(statement, 0..9).prop_map(|statements| statements.join("\n"));
    let binding = prop::sample::select(vec!["", "let f = 3", "let g = 3, f = 3"]);
    let tame = (binding, body(false))
        .prop_map(|(binding, body)| format!("{binding}\ninput X [n, f]\n{body}\ndense g\nloss mse"));
    prop_oneof![wild, tame]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]
    #[test]
    fn no_spec_makes_it_panic(
        source in soup(),
        overrides in prop::collection::vec((prop::sample::select(vec!["n", "f", "g", "q"]), 0u64..5), 0..2),
    ) {
        let Ok(spec) = spec::parse(&source) else { return Ok(()) };
        let overrides: Vec<_> = overrides.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let resolution = network::resolve(&spec, &overrides);
        let errors = resolution.diagnostics.iter().any(|said| said.severity == Severity::Error);
        prop_assert_eq!(resolution.network.is_none(), errors);
        if let Some(network) = &resolution.network {
            prop_assert_eq!(&network.layers, &resolution.layers);
            prop_assert!(network.layers.windows(2).all(|pair| pair[0].output == *pair[1].input()));
        }
        for said in &resolution.diagnostics {
            prop_assert!(said.labels.iter().all(|label| source.get(label.span.start..label.span.end).is_some()));
        }
        let table = Style::new(Format::Text).page(&report::shapes(&resolution));
        prop_assert_eq!(table.is_empty(), resolution.input.is_none());
    }
}

#[test]
fn no_dimension_is_called_as_a_symbol_of_the_formulas() {
    // The name, where it stands for the batch, the width of the input, and that of a layer.
    let places = ["input X [*, 3]; dense 4", "input X [q, *]; dense 4", "input X [n, 3]; dense * tanh"];
    let rest = "; hidden: dense 5; dense 2; loss mse";
    let known = [
        "X", "Y", "Yhat", "J", "I", "E", "S", "D", "G", "W", "Z", "A", "Delta", "W1", "b1", "Z1", "A1", "S1", "D1",
        "G1", "Delta1",
    ];
    let of_layers = ["W_hidden", "b_hidden", "Z3", "A_hidden"];
    for name in known.iter().chain(&of_layers) {
        for place in places {
            let text = format!("{}{rest}", place.replace('*', name));
            let found = resolve(&text);
            assert!(found.network.is_none(), "{text}");
            let [error] = &found.diagnostics[..] else { panic!("{text}: {:?}", found.diagnostics) };
            assert!(error.title.starts_with(&format!("`{name}` is ")), "{}", error.title);
            // The repair, literally.
            let help = error.help.as_deref().unwrap_or_default();
            let [_, free, _, whole, _] = help.split('`').collect::<Vec<_>>()[..] else { panic!("{help}") };
            assert_eq!(whole, *name);
            let repaired = format!("{}{rest}", place.replace('*', free));
            assert!(resolve(&repaired).network.is_some(), "{repaired}");
        }
    }
    // Letters that stand with an index only, or of layers that there are not.
    for name in [
        "n", "d", "N", "H", "M", "R", "b", "a", "z", "s", "p", "r", "a1", "z1", "x", "y", "W4", "W_1", "i", "l", "L",
        "k", "j",
    ] {
        for place in places {
            let text = format!("{}{rest}", place.replace('*', name));
            assert!(resolve(&text).network.is_some(), "{text}\n{:?}", titles(&text));
        }
    }
    let other = "input batch [X, 3]; dense 4; target T [X, 4]; loss mse";
    assert!(resolve(other).network.is_some(), "X is no symbol where the input has another name");
}

/// Letters of matrices that only some networks have.
#[test]
fn no_dimension_is_called_as_a_matrix_that_the_network_has() {
    let cases = [("H", "norm layer"), ("N", "norm batch"), ("M", "dropout 0.5"), ("R", "penalty l2 0.1")];
    for (letter, has) in cases {
        for (layer, taken) in [(has, true), ("dense 4 tanh", false)] {
            let text = format!("input X [{letter}, 4]; dense 4; {layer}; dense 4; loss mse");
            assert_eq!(resolve(&text).network.is_none(), taken, "{text}");
        }
    }
}

/// Whether a capital stands by itself in a line, as a dimension does.
fn stands_alone(line: &str, letter: char) -> bool {
    let letters: Vec<char> = line.chars().collect();
    let is_end = |place: Option<usize>| {
        place.and_then(|place| letters.get(place)).is_none_or(|c| !c.is_alphanumeric() && !"_₀₁₂₃₄₅₆₇₈₉ᵀ⁽".contains(*c))
    };
    (0..letters.len()).any(|at| letters[at] == letter && is_end(at.checked_sub(1)) && is_end(Some(at + 1)))
}

/// Every capital that may name a dimension stands for nothing else in any formula.
#[test]
fn a_letter_that_may_name_a_dimension_is_no_matrix() {
    use chainrule::{
        gradient::Form,
        pipeline::{Request, derive_finished},
    };
    let rest = "; norm batch; dense 4 prelu; dropout 0.5; dense 3 tanh; dense 2 softmax; penalty l2 0.1; loss cce weights=[1, 2]";
    let network = |name: &str| resolve(&format!("input X [{name}, 5]; dense 4 relu{rest}")).network;
    let plain = network("q_0").expect("a network");
    let mut allowed = 0;
    for letter in 'A'..='Z' {
        if network(&letter.to_string()).is_none() {
            continue;
        }
        allowed += 1;
        for form in [Form::Layered, Form::PerSample, Form::Product, Form::Chain] {
            let Ok(derivation) = derive_finished(&plain, &Request::new(form)) else { continue };
            let variables: Vec<_> = derivation.forward.parameters.clone();
            let page = Style::new(Format::Text).page(&report::gradients(&derivation, &variables, true));
            let formulas = page.split("where ").next().unwrap_or_default();
            assert!(!formulas.lines().any(|line| stands_alone(line, letter)), "{letter}\n{formulas}");
        }
    }
    assert!(allowed >= 8, "{allowed}");
}

#[test]
fn no_tensor_is_called_as_a_row_of_an_activation() {
    for (name, taken) in [("a1", true), ("z1", true), ("a_hidden", true), ("delta1", true), ("a9", false), ("z", false)]
    {
        let text = format!("input {name} [n, 3]; dense 4 relu; hidden: dense 4; dense 2; loss mse");
        assert_eq!(resolve(&text).network.is_none(), taken, "{text}");
    }
}

#[test]
fn indices_of_a_form_are_not_dimensions() {
    use chainrule::{
        gradient::Form,
        pipeline::{GeneralError, PipelineError, Request, derive_finished, derive_general},
    };
    let named = |batch: &str, width: &str| {
        network_of(&format!("input X [{batch}, {width}]; dense 4 relu; dense 4 relu; dense 2; loss mse"))
    };
    for form in [Form::PerSample, Form::Layered, Form::Product] {
        let request = Request::new(form);
        for network in [named("i", "3"), named("n", "i")] {
            let refused = matches!(derive_finished(&network, &request), Err(PipelineError::SampleIndex));
            assert_eq!(refused, form == Form::PerSample);
        }
        for (batch, taken) in
            [("l", true), ("L", true), ("k", true), ("j", true), ("f1", true), ("f", true), ("n", false)]
        {
            let found = derive_general(&named(batch, "3"), &request);
            let refused = matches!(found, Err(GeneralError::Letter { .. }));
            assert_eq!(refused, taken, "{batch}: {:?}", found.err());
        }
        // Widths do not occur in formulas for any depth.
        assert!(derive_general(&named("n", "l"), &request).is_ok());
    }
}

#[test]
fn a_softmax_of_one_output_is_warned_of() {
    for (layers, warned) in [
        ("dense 1 softmax", true),
        ("dense 3 tanh; dense 1 softmax; dense 2", true),
        ("dense 2 softmax", false),
        ("dense k softmax", false),
        ("dense 1 sigmoid", false),
    ] {
        let found = resolve(&format!("input X [n, 3]; {layers}; loss half_mse"));
        assert!(found.network.is_some(), "{layers}");
        let said = found.diagnostics.iter().any(|found| found.title.ends_with("has one output, which is always 1"));
        assert_eq!(said, warned, "{layers}");
    }
}
