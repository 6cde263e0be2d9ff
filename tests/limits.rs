//! Every limit that ends a command names its value, and the option that raises it or that none does.
//!
//! Limits without an error of their own: `why` proves one layer of each kind beyond 250 symbols, `steps` leaves out the middle of
//! more than 12, and `cost` says above its table what it did not look for.

use std::fs;

use chainrule::{
    evaluate::{files::decode, memory},
    gradient::Form,
    network,
    pipeline::{GeneralError, PipelineError, Request, derive_finished, why},
    simplify::Limits,
    source::{Diagnostic, Kind},
    spec,
};
use tempfile::TempDir;

use crate::{
    cli::{chainrule, path},
    common,
    gallery::resolved,
};

/// The message of a spec that is refused.
fn refused(text: &str) -> Diagnostic {
    let spec = match spec::parse(text) {
        Ok(spec) => spec,
        Err(errors) => return errors[0].clone(),
    };
    network::resolve(&spec, &[]).diagnostics.remove(0)
}

fn unfinished(text: &str, request: &Request) -> Diagnostic {
    derive_finished(&resolved(text), request).unwrap_err().diagnostic()
}

fn proof(text: &str) -> Diagnostic {
    let network = resolved(text);
    let derivation = derive_finished(&network, &Request::new(Form::Layered)).unwrap();
    let variables = derivation.forward.parameters.clone();
    why::prove(&network, derivation, &variables, false).unwrap_err().diagnostic()
}

#[test]
fn a_limit_names_its_value_and_what_raises_it() {
    const NONE: &str = "no option raises the limit";
    const MEMORY: &str = "--memory";
    let wide = "input X [2000000, 2000000]; dense 3; loss mse";
    let sum: Vec<String> = (0..257).map(|i| format!("a{i}")).collect();
    let rounds = Limits { iterations: 1, nodes: None };
    let nodes = Limits { iterations: 60, nodes: Some(5) };
    let within = |limits| Request { limits, ..Request::new(Form::Product) };
    let expanded = Request { expand: true, ..Request::new(Form::Product) };
    let deep = "input X [n, 3]; repeat 300 { dense 3 relu }; loss mse";
    let softmax = "input X [n, 3]; dense 2 softmax; loss cce";
    let unproved = GeneralError::Unproved { claim: "that", limit: Some("5000 nodes of the e-graph".into()) };
    let npz = fs::read(common::path("tests/data/arrays/types.npz")).unwrap();
    let nested =
        |depth| format!("input X [n, 3]; {}dense 3{}; loss mse", "repeat 1 {".repeat(depth), "}".repeat(depth));
    let many = "expect [n, f];".repeat(1000);
    let cases = [
        (spec::decode(&vec![b'#'; (1 << 20) + 1]).unwrap_err(), "1048576 bytes (1 MiB)", NONE),
        (refused(&nested(129)), "128", NONE),
        (refused(&format!("input X [n, {}]; dense 3; loss mse", "f".repeat(257))), "256", NONE),
        (refused(&format!("input X [n, {}]; dense 3; loss mse", sum.join(" + "))), "256 terms", NONE),
        (refused("input X [n, f]; repeat 10001 { dense f }; loss mse"), "10000 layers", NONE),
        (refused(&format!("input X [n, f]; repeat 5000 {{ dense f; {many} }}; loss mse")), "1000000 layers and", NONE),
        (memory::check(&resolved(wide), 1 << 30).unwrap_err().diagnostic(), "the limit is 1 GiB", MEMORY),
        (decode(&npz, 8).unwrap_err().diagnostic("types.npz"), "limit of 8 bytes", MEMORY),
        (unfinished(deep, &expanded), "20000 terms", NONE),
        (unfinished(softmax, &within(rounds)), "1 rounds of rewriting", NONE),
        (unfinished(softmax, &within(nodes)), "5 nodes of the e-graph", NONE),
        (proof(wide), "the limit is 1 GiB", NONE),
        (PipelineError::Limit { limit: "7 rounds".into() }.diagnostic(), "7 rounds", NONE),
        (unproved.diagnostic(), "within 5000 nodes", NONE),
    ];
    for (said, value, option) in cases {
        let help = said.help.as_deref().unwrap_or_default();
        let labels: Vec<&str> = said.labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!((said.kind, said.kind.status()), (Kind::Limit, 4), "{}", said.title);
        assert!(said.title.contains(value), "`{}` ({labels:?}) does not name {value}", said.title);
        assert!(help.contains(option), "`{}` does not name {option}: {help}", said.title);
    }
}

#[test]
fn a_limit_of_a_file_names_its_value_and_what_raises_it() {
    let folder = TempDir::new().unwrap();
    let (params, shown) = path(&folder, "large.npz");
    fs::write(params, vec![0; 2048]).unwrap();
    let (stored, large) = path(&folder, "large.gradients");
    fs::File::create(stored).unwrap().set_len((16 << 20) + 1).unwrap();
    let spec = "tests/specs/valid/three-layer.net";
    for (arguments, value, option) in [
        (["verify", spec, "--params", &shown, "--memory=1KiB"], "the limit is 1024", "--memory"),
        (["derive", spec, "--check", &large, "--expand"], "16 MiB", "no option raises the limit"),
    ] {
        let run = chainrule(&arguments);
        assert_eq!(run.status, 4, "{}", run.stderr);
        assert!(run.stderr.contains(value) && run.stderr.contains(option), "{}", run.stderr);
    }
}

#[test]
fn what_is_not_printed_is_counted() {
    let names = |count| {
        let names: Vec<String> = (0..count).map(|i| format!("let a{i} = 3\n")).collect();
        names.concat()
    };
    let more = "more follow: at most 20 messages are shown at once";
    let spec = |count| format!("{}input X [n, 3]; dense 2; loss mse", names(count));
    for (count, shown) in [(20, 20), (21, 20)] {
        let said = network::resolve(&spec::parse(&spec(count)).unwrap(), &[]).diagnostics;
        assert_eq!(said.len(), shown);
        assert_eq!(said[19].notes.iter().any(|note| note == more), count > 20);
    }
    let deep = |layers: usize| format!("input X [64, 8]; repeat {layers} {{ dense 8 relu nobias }}; loss mse");
    let listed = chainrule(&["derive", "--cost", "-e", &deep(13)]).stdout;
    let listed = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        listed.contains("the orders of 13 gradients are not listed, since they are more than 12: name some with"),
        "{listed}"
    );
    assert!(listed.contains("not proved to be the cheapest"), "{listed}");
    let proved = chainrule(&["derive", "--why", "-e", &deep(60)]).stdout;
    let proved = proved.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(proved.contains("more than 250 symbols is proved by induction"), "{proved}");
    assert!(
        proved.contains("of the 60 gradients the first and the last 3 are proved, as of any more than 24"),
        "{proved}"
    );
}

#[test]
fn costs_that_are_not_looked_for_are_named() {
    let relu = |layers| format!("input X [8, 3]; repeat {layers} {{ dense 3 relu }}; loss half_mse");
    // The one dimension that is 1 stands at the end, so that the cheapest order begins there: X (E (W (W ⋯))).
    let narrow =
        |layers| format!("input X [8, 3]; dense 1 nobias; repeat {layers} {{ dense 3 nobias }}; loss half_mse");
    for (spec, asked, said) in [
        (relu(160), "", "the products have more than 50,000 factors"),
        (relu(3200), "", "their products have more than 20,000,000 factors"),
        (narrow(51), "--wrt=W1", "fewest in products: brackets 51 deep, which are not written"),
    ] {
        let arguments = ["derive", "--cost", "-e", &spec, asked];
        let run = chainrule(&arguments[..5 - usize::from(asked.is_empty())]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let page = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(said) && page.contains("no option raises the limit"), "{page}");
    }
    let written = chainrule(&["derive", "--cost", "-e", &narrow(50), "--wrt", "W1"]).stdout;
    assert!(!written.contains("which are not written"), "{written}");
}
