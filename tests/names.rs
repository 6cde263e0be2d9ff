//! Names of arrays: each is one array's alone, or the spec is refused; and a name as it is printed is one that is understood.

use std::collections::HashSet;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use chainrule::{
    evaluate::arrays::slots,
    network::{Resolution, forward::forward, resolve},
    pipeline::{Request, derive, variables},
    source::{Diagnostic, Severity},
    spec,
};

use crate::{
    common,
    gallery::resolved,
    graphs::{self, NETWORKS},
};

fn resolution(text: &str) -> Resolution {
    resolve(&spec::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}")), &[])
}

fn errors(text: &str) -> Vec<Diagnostic> {
    resolution(text).diagnostics.into_iter().filter(|message| message.severity == Severity::Error).collect()
}

/// Specs with two arrays of one name: the name, and what the message asks to be called otherwise.
const TWICE: [(&str, &str, [&str; 2]); 11] = [
    (
        "input X [n,4]; input P [n,4]; a: dense 4 from X, P; a_P: dense 4; dense 2; loss mse",
        "two arrays are called `W_a_P`",
        ["a_P:", "c:"],
    ),
    (
        "input X [n,5]; shared s { dense 4 tanh; dense 4 tanh }; s; s_1: dense 4; dense 2; loss mse",
        "two arrays are called `W_s_1`",
        ["s_1:", "c:"],
    ),
    (
        "input X [n,5]; shared s { dense 4; dense 4 }; s; s_1: dense 7; dense 2; loss mse",
        "two arrays are called `W_s_1`",
        ["s_1:", "c:"],
    ),
    (
        "input X [n,4]; shared s { dense 4; dense 4 }; s; s_2: norm layer; dense 2; loss mse",
        "two arrays are called `b_s_2`",
        ["s_2:", "c:"],
    ),
    (
        "input X [n,4]; shared s { dense 4 }; s; s: dense 4; dense 2; loss mse",
        "two arrays are called `W_s`",
        ["; s: dense", "; c: dense"],
    ),
    (
        "input X [n,4]; input W1_X [n,4]; dense 4 from X, W1_X; dense 2; loss mse",
        "two arrays are called `W1_X`",
        ["W1_X", "V"],
    ),
    ("input X [n,4]; a: dense 4 from X, X; loss mse", "layer `a` takes in the same value twice", ["X, X", "X"]),
    (
        "input X [n,4]; dense 4 relu; dense 4; loss mse against W1",
        "`W1` is the symbol of an array of layer `1`",
        ["W1", "T"],
    ),
    ("input X [4,4]; dense 4; loss mse against b1", "`b1` is the symbol of an array of layer `1`", ["b1", "T"]),
    ("input X [n,4]; dense 4; loss mse against J", "`J` is a symbol of the formulas", [" J", " T"]),
    ("input X [n,4]; dense 4; loss mse against I", "`I` is a symbol of the formulas", [" I", " T"]),
];

#[test]
fn two_arrays_of_one_name_are_refused_and_one_of_them_may_be_renamed() {
    for (text, title, [from, to]) in TWICE {
        let messages = errors(text);
        assert_eq!(messages.len(), 1, "{text}: {messages:?}");
        assert!(messages[0].title.starts_with(title), "{text}: {}", messages[0].title);
        assert!(!messages[0].labels.is_empty() && messages[0].help.is_some(), "{text}");
        assert_eq!(errors(&text.replace(from, to)), [], "{text}");
    }
}

#[test]
fn a_target_that_a_loss_alone_names_is_checked_as_a_declared_one() {
    for (name, part) in [
        ("x", "but for the case"),
        ("relu", "an activation"),
        ("That", "symbol of the formulas"),
        ("S1", "symbol of the formulas"),
    ] {
        let messages = errors(&format!("input X [n,4]; dense 4; loss mse against {name}"));
        assert!(messages.iter().any(|message| message.title.contains(part)), "{name}: {messages:?}");
    }
    // The name of the default target is free where no loss uses it.
    assert_eq!(errors("input Y [n,4]; dense 4; loss mse against T"), []);
    let messages = errors("input X [n,4]; input x [n,4]; dense 4 from X, x; loss mse");
    assert!(messages[0].title.contains("one sample's row of both"), "{messages:?}");
}

#[test]
fn every_array_of_an_accepted_network_has_a_name_of_its_own() {
    let random = (0..200).map(|seed| (format!("seed {seed}"), graphs::random(&mut ChaCha8Rng::seed_from_u64(seed))));
    let all = NETWORKS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).chain(random);
    for (name, text) in all {
        let network = resolved(&text);
        let names: Vec<String> = slots(&network).into_iter().map(|slot| slot.name).collect();
        let forward = forward(&network).unwrap();
        let symbols: HashSet<_> = forward.given().collect();
        let distinct: HashSet<&String> = names.iter().collect();
        assert_eq!((names.len(), symbols.len()), (distinct.len(), distinct.len()), "{name}: {names:?}");
    }
}

#[test]
fn weights_of_a_block_that_a_use_names_have_the_name_of_the_use() {
    let network = resolved("input X [n,4]; input P [n,4]; block b { dense 4 from X, P }; u: b; dense 2; loss mse");
    let names: Vec<String> = slots(&network).into_iter().map(|slot| slot.name).collect();
    assert_eq!(names, ["X", "P", "W_u_X", "W_u_P", "b_u", "W2", "b2", "Y"]);
}

#[test]
fn variables_are_understood_as_formulas_print_them() {
    let network = resolved("input X [n,4]; input P [n,4]; dense 4 from X, P; dense 2; loss mse");
    let forward = derive(&network, &Request::new(chainrule::Form::Layered)).unwrap().forward;
    let key = |word: &str| {
        let found = variables::select(&forward, &[word.to_owned()]);
        found.map(|found| found.iter().map(|symbol| forward.arena.symbol(*symbol).key()).collect::<Vec<_>>().join(" "))
    };
    for (word, expected) in [("W_1_P", "W1_P"), ("W1_P", "W1_P"), ("W₂", "W2"), ("W_2", "W2"), ("b_1", "b1")] {
        assert_eq!(key(word).unwrap(), expected);
    }
    assert_eq!(key("W1").unwrap_err().help, "did you mean `W1_X` or `W1_P`?");
}

/// What is wrong, what the message says, what it advises, and the spec mended so.
const LESSONS: [(&str, &str, &str, &str); 17] = [
    (
        "input X [n,4]; a: dense 5 from b; b: dense 5 from a; loss mse",
        "`b` is made below this",
        "a network has no cycles",
        "input X [n,4]; a: dense 5; b: dense 5 from a; loss mse",
    ),
    (
        "input X [n,4]; a: dense 5; dense 5 from b; b: dense 5 from X; add a b; loss mse",
        "`b` is made below this",
        "move layer `b` up",
        "input X [n,4]; a: dense 5; b: dense 5 from X; c: dense 5 from b; add a c; loss mse",
    ),
    (
        "input X [n,4]; dense 4; loss mse; loss mae",
        "two losses are of the same prediction",
        "`from` and a layer, or `against` and a target",
        "input X [n,4]; dense 4; loss mse; loss mae against T",
    ),
    (
        "input X [n,4]; dense 4; loss mse against Y against Z",
        "expected the end of the loss, found `against`",
        "a second target has a loss of its own",
        "input X [n,4]; dense 4; loss mse against Y; loss mse against T",
    ),
    (
        "input X [n,4]; e: dense 4; f: dense 4; loss mse from e f",
        "expected the end of the loss, found `f`",
        "one value behind `from`",
        "input X [n,4]; e: dense 4; f: dense 4; loss mse from e; loss mse from f against T",
    ),
    (
        "input X [n,4]; a: dense 4; loss mse from a reduce=sum against T",
        "expected the end of the loss, found `against`",
        "options before or behind both",
        "input X [n,4]; a: dense 4; loss mse from a against T reduce=sum",
    ),
    (
        "input X [n,5]; shared s { dense 4 }; s; s; loss mse",
        "the uses of a shared block have one W of 5 × 4, and here one of 4 × 4 would be needed",
        "write `block` for `shared`",
        "input X [n,5]; block s { dense 4 }; s; s; loss mse",
    ),
    (
        "input X [n,5]; shared s { norm layer }; s; dense 4; s; loss mse",
        "the uses of a shared block have one gain of 1 × 5, and here one of 1 × 4 would be needed",
        "write `block` for `shared`",
        "input X [n,5]; block s { norm layer }; s; dense 4; s; loss mse",
    ),
    (
        "input X [n,5]; a: dense 4; dense 3 from X; loss mse",
        "nothing takes in what layer `a` puts out",
        "`from X, a`",
        "input X [n,5]; a: dense 4; dense 3 from X, a; loss mse",
    ),
    (
        "input X [n,5]; repeat 2 { input P [n,5] }; dense 4; loss mse",
        "`input` cannot stand in a block",
        "move it out of the block",
        "input X [n,5]; input P [n,5]; dense 4 from X, P; loss mse",
    ),
    (
        "input X [n,5]; dense 5; dropout 1.5; loss mse",
        "`dropout` drops a share from 0 to below 1",
        "write a number such as `0.5`",
        "input X [n,5]; dense 5; dropout 0.5; loss mse",
    ),
    (
        "input X [n,5]; dense 5; dropout 20; loss mse",
        "`dropout` drops a share from 0 to below 1",
        "write `0.2`",
        "input X [n,5]; dense 5; dropout 0.2; loss mse",
    ),
    (
        "input X [n,5]; dropout 0.5; dense 5 tied=1; loss mse",
        "there is no dense layer called `1`",
        "as in `encode: dense f1`, and write `tied=encode`",
        "input X [n,5]; encode: dense 5; dense 5 tied=encode; loss mse",
    ),
    (
        "input X [n,5]; dense 5; norm layer eps=1e-3 eps=1e-4; loss mse",
        "`norm` has `eps` already",
        "leave one of them",
        "input X [n,5]; dense 5; norm layer eps=1e-3; loss mse",
    ),
    (
        "input X [n,5]; norm layer; loss mse; penalty l2 0.1",
        "the network has no weight W",
        "leave the penalty out",
        "input X [n,5]; norm layer; loss mse",
    ),
    (
        "input X [n,5]; glu 5 nobias nobias; loss mse",
        "`glu` has `nobias` already",
        "leave one of them",
        "input X [n,5]; glu 5 nobias; loss mse",
    ),
    (
        "input X [n,5]; shared s { dense 4 tanh; activation prelu; activation prelu }; s; s_3: dense 4 prelu; loss mse",
        "two arrays are called `alpha_s_3`",
        "give layer `s_3` another name",
        "input X [n,5]; shared s { dense 4 tanh; activation prelu; activation prelu }; s; c: dense 4 prelu; loss mse",
    ),
];

#[test]
fn messages_say_what_is_wrong_and_their_advice_works() {
    for (text, title, help, mended) in LESSONS {
        let messages = match spec::parse(text) {
            Ok(_) => errors(text),
            Err(messages) => messages,
        };
        assert_eq!(messages.len(), 1, "{text}: {}", common::rendered(&messages, text, "net"));
        let said = &messages[0];
        assert!(said.title.starts_with(title), "{text}: {}", said.title);
        assert!(said.help.as_deref().is_some_and(|said| said.contains(help)), "{text}: {:?}", said.help);
        assert_eq!(errors(mended), [], "{mended}");
    }
}

#[test]
fn the_limit_of_statements_is_the_only_message() {
    let mut text = String::from("input X [n,5]; block b0 { dense 5 }\n");
    for i in 1..30 {
        text.extend([format!("block b{i} {{ b{}; b{} }}\n", i - 1, i - 1)]);
    }
    text.push_str("b29\nloss mse\n");
    let messages = resolution(&text).diagnostics;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0].kind, chainrule::source::Kind::Limit);
}

#[test]
fn a_block_that_is_never_used_is_warned_of() {
    for word in ["block", "shared"] {
        let found = resolution(&format!("input X [n,5]; {word} b {{ dense 5 }}; dense 4; loss mse"));
        assert!(found.network.is_some());
        let [only] = &found.diagnostics[..] else { panic!("{:?}", found.diagnostics) };
        assert_eq!((only.severity, only.title.as_str()), (Severity::Warning, "the block `b` is never used"));
    }
}
