//! Proofs: every formula has one, from what the sweep produces to what is printed; a wrong law is caught on numbers.

use std::collections::BTreeSet;

use chainrule::{
    expr::{Arena, ExprId, Substitution, Symbol, SymbolId},
    gradient::{
        Derivation, Derived, Form, Gradient,
        form::{
            layered::{layered, raw_head},
            per_sample::per_sample,
            product::product,
        },
    },
    pipeline::{
        PipelineError, Request, derive,
        why::{Proof, ProofBuilder, Reason, Subject, Values, Why, check, prove},
    },
    render::{Format, Style},
    report,
    simplify::{Explained, Group, Limits, explain, explain_by, law::Law, rules, simplify, simplify_by},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    cli::chainrule as run,
    common,
    concrete::LOSSES,
    gallery::{networks, page, parameters_and_input, resolved},
    graphs::NETWORKS,
};

fn proved(source: &str, form: Form, expand: bool, variables: &[&str]) -> (Why, Vec<SymbolId>) {
    let network = resolved(source);
    let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
    let words: Vec<String> = variables.iter().map(ToString::to_string).collect();
    let mut variables = parameters_and_input(&derivation);
    if !words.is_empty() {
        variables = chainrule::pipeline::variables::select(&derivation.forward, &words).unwrap();
    }
    let why = prove(&network, derivation, &variables, expand).unwrap_or_else(|error| panic!("{source}: {error}"));
    let variables = why.variables.clone();
    (why, variables)
}

fn text(why: &Why, format: Format) -> String {
    Style::new(format).page(&report::why(why))
}

fn gradient(derivation: &Derivation) -> &Gradient {
    let Derived::Gradient(gradient) = &derivation.derived else { panic!("a form without a value") };
    gradient
}

/// What the sweep finds for ∂J/∂Z_L, found once more.
fn raw_error(why: &Why) -> ExprId {
    let mut forward = why.derivation.forward.clone();
    raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap().by_pre_activation
}

fn every_network(form: Form, expand: bool) {
    for (name, source) in networks() {
        let forward = derive(&resolved(&source), &Request::new(Form::Layered)).unwrap();
        let words: Vec<String> =
            parameters_and_input(&forward).into_iter().map(|v| forward.forward.arena.symbol(v).key()).collect();
        for words in words.chunks(20) {
            every_proof(name.as_ref(), &source, form, expand, &words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

fn every_proof(name: &str, source: &str, form: Form, expand: bool, variables: &[&str]) {
    let (why, variables) = proved(source, form, expand, variables);
    assert_eq!(why.checked.points, 3, "{name}");
    let printed = gradient(&why.derivation);
    for variable in &variables {
        let of = |proof: &&Proof| matches!(proof.subject, Subject::Derivative(of) | Subject::ByInduction(of, _) if of == *variable);
        let proof = why.proofs.iter().find(of).unwrap_or_else(|| panic!("{name}: no proof"));
        assert_eq!(proof.last(), printed.by(*variable).unwrap().value, "{name}");
        let arena = &why.derivation.forward.arena;
        let first = arena.reachable(&[proof.first]);
        let gates = printed.gates.iter().flat_map(|gate| [gate.entries, gate.matrix]);
        let gates: BTreeSet<SymbolId> = gates.collect();
        assert!(!first.iter().filter_map(|id| arena.as_symbol(*id)).any(|symbol| gates.contains(&symbol)), "{name}");
    }
    if let Some(head) = why.proofs.iter().find(|proof| matches!(proof.subject, Subject::Error(_))) {
        assert_eq!(head.first, raw_error(&why), "{name}");
    }
    let (proof, derived) = (text(&why, Format::Text), page(&why.derivation, &variables, Format::Text));
    let mut equations = derived.split("\n\n").filter(|part| part.starts_with("∂J") || part.starts_with('Δ'));
    let missing = equations.find(|equation| !proof.contains(equation));
    assert_eq!(missing, None, "{name}");
}

#[test]
fn every_product_form_is_proved() {
    every_network(Form::Product, false);
}

#[test]
fn every_expanded_form_is_proved() {
    every_network(Form::Product, true);
}

#[test]
fn every_layered_form_is_proved() {
    every_network(Form::Layered, false);
}

#[test]
fn every_per_sample_form_is_proved() {
    every_network(Form::PerSample, false);
}

/// Every gradient of every graph, in every form that there is: each line has been evaluated, and the last is what is printed.
#[test]
fn every_form_of_graphs_is_proved() {
    for (name, source) in NETWORKS {
        every_form_is_proved(name, source);
    }
}

/// The same with samples as columns, and of chains.
#[test]
fn every_form_of_columns_is_proved() {
    for (name, source) in NETWORKS {
        every_form_is_proved(name, &format!("layout columns\n{source}"));
    }
    for (name, source) in networks().into_iter().take(8) {
        every_form_is_proved(name.as_ref(), &format!("layout columns\n{source}"));
    }
}

fn every_form_is_proved(name: &str, source: &str) {
    for form in [Form::Layered, Form::Product, Form::PerSample] {
        if name == "batch-norm" && form != Form::Layered {
            continue;
        }
        let network = resolved(source);
        let derivation = derive(&network, &Request::new(form)).unwrap();
        let all: Vec<SymbolId> = gradient(&derivation).derivatives.iter().map(|d| d.variable).collect();
        for some in all.chunks(20) {
            let why =
                prove(&network, derivation.clone(), some, false).unwrap_or_else(|error| panic!("{source}: {error}"));
            let variables = why.variables.clone();
            assert_eq!(variables.len(), some.len(), "{name} {form:?}");
            assert_eq!((why.checked.points, &why.checked.untold), (3, &vec![]), "{name} {form:?}");
            let printed = gradient(&why.derivation);
            for variable in &variables {
                let is_of = |proof: &&Proof| match proof.subject {
                    Subject::Derivative(of) | Subject::ByInduction(of, _) => of == *variable,
                    _ => false,
                };
                let proof = why.proofs.iter().find(is_of).unwrap_or_else(|| panic!("{name} {form:?}: no proof"));
                assert_eq!(proof.last(), printed.by(*variable).unwrap().value, "{name} {form:?}");
            }
            let (proof, derived) = (text(&why, Format::Text), page(&why.derivation, &variables, Format::Text));
            let mut equations = derived.split("\n\n").filter(|part| part.starts_with("∂J") || part.starts_with('Δ'));
            assert_eq!(equations.find(|equation| !proof.contains(equation)), None, "{name} {form:?}");
        }
    }
}

#[test]
fn a_wrong_product_of_a_graph_is_caught() {
    let network = resolved("input X [n, d]; residual { dense d tanh }; dense 2; loss mse");
    let mut derivation = derive(&network, &Request::new(Form::Product)).unwrap();
    let input = derivation.forward.input();
    let Derived::Gradient(gradient) = &mut derivation.derived else { panic!("a product") };
    let place = gradient.derivatives.iter().position(|d| d.variable == input).unwrap();
    // E W₂ᵀ alone, without what the branch gives.
    let values = derivation.forward.definitions.iter().map(|d| d.symbol).collect::<Vec<_>>();
    let skip = gradient.by(values[2]).unwrap().value;
    assert_ne!(gradient.derivatives[place].value, skip);
    gradient.derivatives[place].value = skip;
    let found = prove(&network, derivation, &[input], false);
    assert!(matches!(found, Err(PipelineError::Unproved | PipelineError::Refuted { .. })), "{found:?}");
}

#[test]
fn proofs_of_graphs_to_read() {
    let pages = [
        ("residual", Form::Layered, ""),
        ("two-heads", Form::Layered, ""),
        ("layer-norm", Form::Layered, "W3,s5,W6"),
        ("residual", Form::Product, "X"),
        ("rms-norm", Form::PerSample, "W1"),
        ("gated", Form::Product, "W2"),
    ];
    for (name, form, wrt) in pages {
        let source = NETWORKS.iter().find(|(known, _)| *known == name).unwrap().1;
        let words: Vec<&str> = wrt.split(',').filter(|word| !word.is_empty()).collect();
        let words = if words.is_empty() { vec!["W"] } else { words };
        let (why, _) = proved(source, form, false, &words);
        let file = format!("graph-{name}-{form}");
        common::snapshot("why", &file, &format!("{source}\n\n{}", text(&why, Format::Text)));
    }
}

#[test]
fn proofs_to_read() {
    for (activation, loss) in [("linear", "half_mse"), ("sigmoid", "bce"), ("softmax", "cce"), ("exp", "poisson")] {
        let source = format!("input X [n, f0]; dense f1 {activation} nobias; loss {loss}");
        let (why, _) = proved(&source, Form::Layered, false, &["Z1"]);
        common::snapshot("why", &format!("{activation}-{loss}"), &text(&why, Format::Text));
    }
    let source = common::read("tests/specs/valid/three-layer.net");
    let forms = [("product", Form::Product), ("layered", Form::Layered), ("per-sample", Form::PerSample)];
    for (name, form) in forms {
        let (why, _) = proved(&source, form, false, &["W1"]);
        common::snapshot("why", &format!("three-layer-{name}"), &text(&why, Format::Text));
        if form == Form::Product {
            common::snapshot("why", "three-layer-product.ascii", &text(&why, Format::Ascii));
            common::snapshot("why", "three-layer-product.latex", &text(&why, Format::Latex));
        }
    }
    let deep = "input X [n, d]; repeat 40 { dense d relu }; dense k softmax; loss cce";
    let (why, _) = proved(deep, Form::Product, false, &["W1"]);
    common::snapshot("why", "deep", &text(&why, Format::Text));
}

#[test]
fn the_error_of_every_pair_is_proved() {
    for activation in crate::common::activations() {
        for loss in LOSSES {
            let source = format!("input X [n, f0]; dense f1 {}; loss {loss}", activation.name);
            let (why, _) = proved(&source, Form::Layered, false, &["Z1"]);
            assert!(why.proofs.iter().all(|proof| proof.steps.len() <= 20), "{source}");
        }
    }
}

#[test]
fn a_wrong_law_is_caught() {
    let network = resolved("input X [n, f0]; dense f1 sigmoid; loss half_mse");
    let mut derivation = derive(&network, &Request::new(Form::Layered)).unwrap();
    let forward = &mut derivation.forward;
    let first = raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap().by_pre_activation;
    let laws = |right| {
        let derivative =
            Law { name: "sigmoid-derivative", groups: &[], variables: "z:m,k", left: "(sigmoid' z)", right };
        let square =
            Law { name: "square-derivative", groups: &[], variables: "z:m,k", left: "(square' z)", right: "(. 2 z)" };
        [square, derivative]
    };
    let right = laws("(had (sigmoid z) (+ (ones m k) (. -1 (sigmoid z))))");
    let wrong = laws("(sigmoid z)");
    for (laws, holds) in [(right, true), (wrong, false)] {
        let prediction = derivation.forward.prediction();
        let error = derivation.head().by_pre_activation;
        let arena = &mut derivation.forward.arena;
        let delta = replaced(arena, prediction.symbol, prediction.value, error);
        let target =
            if holds { delta } else { simplify_by(arena, &[first], &laws, Limits::default()).unwrap().roots[0] };
        let mut draft = ProofBuilder::new(arena, Subject::ByPrediction, first, Values::Batch);
        let laws = if holds { Group::OutputError.laws() } else { laws.to_vec() };
        let Explained::Moves(moves) = explain_by(arena, first, target, &laws, Limits::default()).unwrap() else {
            panic!("the laws lead to their result");
        };
        draft.by_laws(arena, &moves, &mut Substitution::new(), Values::Batch).unwrap();
        let found = check(&network, &mut derivation, &[draft.end()]);
        match (holds, found) {
            (true, Ok(checked)) => assert_eq!(checked.points, 3),
            (false, Err(PipelineError::Refuted { reason, .. })) => assert_eq!(reason, "sigmoid-derivative"),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn beyond_the_bound_one_layer_of_a_kind_stands_for_all() {
    let source =
        |layers| format!("input X [n, d]; repeat {layers} {{ dense d relu; dense d tanh }}; dense k; loss mse");
    for form in [Form::Product, Form::PerSample, Form::Layered] {
        let sizes = [30, 100].map(|layers| {
            let (why, _) = proved(&source(layers), form, false, &["W1"]);
            let kinds = why.proofs.iter().filter(|proof| matches!(proof.subject, Subject::Layer(..))).count();
            // The linear head's inputs are the outputs of tanh; below it relu and tanh take turns.
            assert_eq!(kinds, 2, "{form:?}");
            why.proofs.iter().map(|proof| proof.steps.len()).sum::<usize>()
        });
        assert_eq!(sizes[0], sizes[1], "{form:?}");
        assert!(sizes[0] <= 16);
    }
}

/// Networks too long to be proved line by line, in every form: softmax doubles what is written with each layer.
fn long_proofs() -> Vec<(String, Form, bool, &'static str)> {
    let mut long = Vec::new();
    for form in [Form::Product, Form::PerSample, Form::Layered] {
        for layers in [8, 13, 29, 31] {
            let source = format!("input X [n, f0]; repeat {layers} {{ dense f1 softmax }}; dense f2; loss mse");
            long.push((source, form, false, "W1"));
        }
        let source = "input X [n, f0]; repeat 50 { dense f1 tanh }; dense f2 tanh; loss mse";
        long.extend(["W1", "W50", "W51"].map(|variable| (source.to_string(), form, false, variable)));
        let mixed = "input X [n, f0]; repeat 20 { dense f1 relu; dense f1 tanh; dense f1 tanh }; dense f2; loss mse";
        long.push((mixed.to_string(), form, false, "W2"));
    }
    for layers in [8, 20, 29] {
        let source = format!("input X [n, f0]; repeat {layers} {{ dense f1 tanh }}; dense f2; loss mse");
        long.extend(["W6", "W8"].map(|variable| (source.clone(), Form::Product, true, variable)));
    }
    long
}

#[test]
fn a_long_proof_is_short() {
    for (source, form, expand, variable) in long_proofs() {
        let (why, _) = proved(&source, form, expand, &[variable]);
        let lines: usize = why.proofs.iter().map(|proof| proof.lines().count()).sum();
        assert!(lines <= 120, "{source} {form:?} {variable}: {lines}");
    }
}

#[test]
fn every_error_that_a_proof_uses_is_introduced() {
    for (source, form, expand, variable) in long_proofs() {
        let (why, _) = proved(&source, form, expand, &[variable]);
        let text = text(&why, Format::Text).replace("\n   ", " ");
        // Below, the page says what the letter stands for wherever it is.
        let text = &text[..text.find("\nwhere ").unwrap_or(text.len())];
        let digit = |c: char| ('₀'..='₉').contains(&c);
        for (i, _) in text.match_indices('Δ') {
            let name: String =
                text[i..].chars().enumerate().take_while(|(i, c)| *i == 0 || digit(*c)).map(|(_, c)| c).collect();
            let z = name.replace('Δ', "Z");
            let introduced =
                [format!("{name} = ∂J/∂{z}"), format!("{name} as the sweep produces it"), format!("\n{name} = ")];
            assert!(introduced.iter().any(|said| text.contains(said)), "{source} {form:?} {variable}: {name}\n{text}");
        }
    }
}

fn proof_text(source: &str, form: Form, expand: bool, variable: &str) -> String {
    let (why, _) = proved(source, form, expand, &[variable]);
    text(&why, Format::Text).replace("\n   ", " ")
}

#[test]
fn beside_gates_stands_what_they_are() {
    let network = "input X [n, f0]; dense f1 softmax; dense f2 tanh; dense f3; loss mse";
    let product = proof_text(network, Form::Product, false, "W1");
    assert!(product.contains("gates: S₁ = diag(p₁) − p₁ · p₁ᵀ, S₂ = diag(s₂)\n"), "{product}");
    assert!(product.contains("to be one row sᵀ or pᵀ, so it is 1 · sᵀ or 1 · pᵀ\n"), "{product}");
    let own = proof_text(network, Form::PerSample, false, "W1");
    assert!(own.contains("S₁⁽ⁱ⁾ = diag(p₁⁽ⁱ⁾) − p₁⁽ⁱ⁾ · p₁⁽ⁱ⁾ᵀ"), "{own}");
    assert!(own.contains("⟦softmax(z₁,ᵢ)⟧") && own.contains("⟦tanh'(z₂,ᵢ)⟧"), "{own}");
    let expanded = proof_text("input X [n, f0]; dense f1 tanh nobias; dense f2; loss mse", Form::Product, true, "W2");
    assert!(expanded.contains("= ⟦A₁⟧ᵀ") && expanded.contains("the gates are rows gᵀ, spread to 1 · gᵀ"), "{expanded}");
    assert!(expanded.contains("gates: G₁ = diag(g₁)\n"), "{expanded}");
    for text in [product, own, expanded] {
        assert!(!text.contains("S = diag(s)"), "{text}");
    }
}

#[test]
fn closed_units_are_opened_to_be_checked() {
    for loss in ["bce", "cce", "poisson"] {
        let source = format!("input X [n, f0]; dense f1 relu; dense f2 relu; loss {loss}");
        for (form, expand) in [(Form::Product, false), (Form::PerSample, false), (Form::Product, true)] {
            let (why, _) = proved(&source, form, expand, &[]);
            assert_eq!((why.checked.points, why.checked.untold), (3, vec![]), "{source} {form:?}");
        }
    }
}

#[test]
fn of_many_gradients_the_first_and_the_last_are_proved() {
    let source = |layers| format!("input X [n, f0]; repeat {layers} {{ dense f1 relu }}; dense f2; loss mse");
    for form in [Form::Product, Form::Layered] {
        for (layers, expected) in [(10, 23), (12, 6), (200, 6)] {
            let (why, variables) = proved(&source(layers), form, false, &[]);
            let of = |proof: &&Proof| matches!(proof.subject, Subject::Derivative(_) | Subject::ByInduction(..));
            assert_eq!(why.proofs.iter().filter(of).count(), expected);
            assert_eq!(why.shortened, (variables.len() > 24).then_some(variables.len()));
            let said = text(&why, Format::Text).replace("\n   ", " ");
            let sentence = format!("of the {} gradients the first and the last 3 are proved", variables.len());
            assert_eq!(said.contains(&sentence), expected == 6, "{said}");
        }
    }
}

/// A network, its derivation, and what each group of laws is used on.
type Work = (String, Derivation, Vec<(Group, Vec<ExprId>)>);

/// What the laws are used on: errors of all pairs of activation and loss and of the gallery, for any targets and for
/// distributions; its bodies, whole and of one sample; its losses.
fn workload() -> Vec<Work> {
    // One output, for in its softmax the sum over the outputs vanishes.
    let pairs = crate::common::activations().flat_map(|activation| {
        let source = move |width, loss| format!("input X [n, f0]; dense {width} {}; loss {loss}", activation.name);
        LOSSES.into_iter().flat_map(move |loss| ["f1", "1"].map(|width| source(width, loss)))
    });
    // A slope of prelu is handed on entry by entry, here from ones.
    let of_slope = "input X [n, f0]; dense f1 prelu; loss total".to_owned();
    // Rows of ones that meet a column of ones.
    let of_ones = "input X [1, 3]; dense 2 log_softmax; loss mean".to_owned();
    let sources = networks().into_iter().map(|(_, source)| source).chain(pairs).chain([of_slope, of_ones]);
    let work = |source: String| {
        let mut derivation = derive(&resolved(&source), &Request::new(Form::Product)).unwrap();
        let (head, forward) = (derivation.head(), &mut derivation.forward);
        let (output, loss) = (forward.outputs[0], forward.loss);
        let swept = layered(forward, &[head]).unwrap();
        let gated = product(forward, &head, &swept, true).unwrap();
        let arena = &mut forward.arena;
        let opened = per_sample(arena, &gated).unwrap();
        let results = [&swept, &gated, &opened].map(|gradient| gradient.derivatives.iter().map(|d| d.value));
        let body = swept.definitions.iter().map(|d| d.value).chain(results.into_iter().flatten()).collect();
        let target = arena.symbol(output.target).clone();
        let distribution = arena.intern(Symbol { rows_sum_to_one: true, ..target });
        let distribution = arena.named(distribution).unwrap();
        let of_distribution = replaced(arena, output.target, distribution, loss);
        let errors = [loss, of_distribution].map(|loss| raw_head(arena, &output, loss).unwrap());
        let errors = errors.iter().flat_map(|head| [head.by_prediction, head.by_pre_activation]).collect();
        let loss = replaced(arena, output.prediction.symbol, output.prediction.value, loss);
        (source, derivation, vec![(Group::OutputError, errors), (Group::Body, body), (Group::Loss, vec![loss])])
    };
    sources.map(work).collect()
}

/// The expression with a value for a name.
fn replaced(arena: &mut Arena, from: SymbolId, to: ExprId, root: ExprId) -> ExprId {
    let from = arena.named(from).unwrap();
    let mut replacement = Substitution::new();
    replacement.replace(from, to);
    replacement.apply(arena, root).unwrap()
}

#[test]
fn the_order_of_the_table_changes_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for (source, mut derivation, work) in workload() {
        for (group, roots) in work {
            let arena = &mut derivation.forward.arena;
            let expected = simplify(arena, &roots, group, Limits::default()).roots;
            let mut laws = group.laws();
            laws.shuffle(&mut rng);
            let found = simplify_by(arena, &roots, &laws, Limits::default()).unwrap().roots;
            assert_eq!(found, expected, "{source} {group:?}");
        }
    }
    let mut derivation =
        derive(&resolved("input X [n, 2]; dense 3 sigmoid; loss bce"), &Request::new(Form::Layered)).unwrap();
    let forward = &mut derivation.forward;
    let from = raw_head(&mut forward.arena, &forward.outputs[0], forward.loss).unwrap().by_pre_activation;
    let to = simplify(&mut forward.arena, &[from], Group::OutputError, Limits::default()).roots[0];
    let expected = explain(&mut forward.arena, from, to, Group::OutputError, Limits::default());
    assert!(matches!(expected, Explained::Moves(_)));
    for _ in 0..3 {
        let mut laws = Group::OutputError.laws();
        laws.shuffle(&mut rng);
        assert_eq!(explain_by(&mut forward.arena, from, to, &laws, Limits::default()).unwrap(), expected);
    }
}

/// What only the induction has is exercised there.
#[test]
fn every_law_fires_in_each_of_its_groups_on_some_network() {
    let groups = [Group::OutputError, Group::Body, Group::Loss];
    let mut silent: BTreeSet<String> = groups
        .iter()
        .flat_map(|group| group.laws().into_iter().map(move |law| format!("{group:?} {}", law.name)))
        .collect();
    for (_, mut derivation, work) in workload() {
        for (group, roots) in work {
            for law in simplify(&mut derivation.forward.arena, &roots, group, Limits::default()).fired {
                silent.remove(&format!("{group:?} {law}"));
            }
        }
    }
    assert!(silent.is_empty(), "to be exercised by a network, or removed from the group: {silent:?}");
}

#[test]
fn every_law_has_a_statement() {
    for law in rules::all() {
        let statement = law.statement(&mut Arena::default());
        assert!(statement.is_ok(), "{law}: {statement:?}");
        assert_eq!(rules::law_of_name(law.name).map(|law| law.name), Some(law.name));
    }
    assert_eq!(Reason::Law("add-self", true).name(), "add-self");
}

#[test]
fn what_is_rewritten_is_bold_where_colour_is() {
    let words =
        ["derive", "-e", "input X [n, f0]; dense f1 exp; loss poisson", "--form", "layered", "--why", "--color"];
    for format in ["text", "ascii"] {
        let printed = |color| run(&[&words[..], &[color, "--format", format]].concat()).stdout;
        let (plain, colored) = (printed("never"), printed("always"));
        let (open, close) = if format == "text" { ("⟦", "⟧") } else { ("[[", "]]") };
        assert!(plain.contains(open) && !plain.contains('\u{1b}'));
        let count = |text: &str, part: &str| text.matches(part).count();
        assert_eq!(count(&colored, &format!("\u{1b}[1m{open}")), count(&plain, open));
        assert_eq!(count(&colored, &format!("{close}\u{1b}[22m")), count(&plain, close));
        // Without the codes it is the same text; within a part nothing ends its weight.
        let text: String = colored
            .split('\u{1b}')
            .enumerate()
            .map(|(i, part)| if i == 0 { part } else { part.split_once('m').expect("a code").1 })
            .collect();
        assert_eq!(text, plain);
        assert!(!colored.contains("\u{1b}[0m"));
    }
}

/// What the sweep produces is said once of each derivative: where a form goes on from the error, its lines go on.
#[test]
fn no_derivative_is_introduced_twice() {
    for (name, source) in networks() {
        for form in [Form::Layered, Form::Product, Form::PerSample] {
            let all = derive(&resolved(&source), &Request::new(form)).unwrap();
            let last = all.forward.definitions.iter().rev().take(4);
            let words: Vec<String> = last.map(|definition| all.forward.arena.symbol(definition.symbol).key()).collect();
            let (why, _) = proved(&source, form, false, &words.iter().map(String::as_str).collect::<Vec<_>>());
            let page = text(&why, Format::Text);
            let said: Vec<&str> =
                page.lines().filter_map(|line| Some(line.split_once(" as the sweep produces it")?.0)).collect();
            assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{name} {form:?}\n{page}");
        }
    }
}

/// Seven bits, and no letter that only a browser knows, in the forms of one sample too.
#[test]
fn rows_of_errors_are_written_in_every_format() {
    let sources = [
        "input X [n, 3]; dense 3 softmax; dense 3 softmax; dense 2 softmax; dense 2 silu; dense 2 softmax; loss bce",
        "input X [n, 4]; repeat 6 { dense 4 softmax }; dense 2 sigmoid; loss bce",
        "input X [n, 4]; repeat 12 { hid: dense 4 gelu }; dense 2; loss huber",
    ];
    let mut rows = 0;
    for source in sources {
        for form in [Form::PerSample, Form::Product, Form::Layered] {
            let (why, _) = proved(source, form, false, &["W"]);
            let ascii = text(&why, Format::Ascii);
            assert!(ascii.is_ascii(), "{}", ascii.lines().find(|line| !line.is_ascii()).unwrap_or_default());
            rows += ascii.matches("Delta").count();
            for format in [Format::Latex, Format::Typst, Format::Text, Format::Mathml, Format::Html] {
                let page = text(&why, format);
                assert!(!page.contains('δ'), "{format:?}: {page}");
                let greek = |line: &&str| line.contains('Δ') && matches!(format, Format::Latex | Format::Typst);
                assert_eq!(page.lines().find(greek), None);
            }
        }
    }
    assert!(rows > 0, "some proof is by rows of Δ");
}
