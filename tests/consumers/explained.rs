//! What `--steps`, `--why`, `--general` and `--cost` print, read by KaTeX, Typst and an XML parser.

use std::process::Command;

use super::{Printed, folder, given_to, last_line, python, script, written};

const SPEC: &str = "input X [n, f0]; dense f1 relu; dense f2 relu; dense f3 softmax; loss cce";

/// The options of a page each.
const EXPLAINED: [&[&str]; 13] = [
    &["--steps"],
    &["--steps", "--form", "layered"],
    &["--steps", "--form", "per-sample"],
    &["--why"],
    &["--why", "--form", "per-sample"],
    &["--general"],
    &["--general", "--form", "layered"],
    &["--general", "--form", "per-sample"],
    &["--general", "--expand"],
    &["--general", "--form", "chain"],
    &["--general", "--form", "intuitive"],
    &["--steps", "--numbers", "--forward"],
    &["--cost", "--let", "n=100,f0=784,f1=128,f2=64,f3=10"],
];

fn pages(format: &str) -> Vec<Printed> {
    let page = |options: &[&str], shapes: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
        command.args(["derive", "-e", SPEC, "--format", format, "--shapes", shapes]).args(options);
        let output = command.output().expect("chainrule runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let page = String::from_utf8(output.stdout).expect("UTF-8");
        Printed { name: format!("explained{}-{shapes}", options[..].concat()), page, equations: 0 }
    };
    EXPLAINED.iter().flat_map(|options| ["under", "none", "after"].map(|shapes| page(options, shapes))).collect()
}

/// How many pages the program read.
fn read(command: &mut Command, kind: &str, format: &str) -> String {
    let said = last_line(&given_to(command, &format!("explained.{kind}"), &pages(format)));
    said.split(", ").next().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "needs KaTeX: .ci/install"]
fn katex_reads_every_explanation() {
    let mut node = Command::new("node");
    node.arg(script("katex.mjs")).env("NODE_PATH", folder().join("node_modules"));
    assert_eq!(read(&mut node, "tex", "latex"), "39 pages");
}

/// Pages of insight: tables in mathematics, and the words of every part.
#[test]
#[ignore = "needs KaTeX: .ci/install"]
fn katex_reads_insights() {
    let ones = "input X [1, 3]; repeat 5 { dense 3 nobias }; loss half_mse";
    let mixed = "input X [8, 4]; up_1: dense 6 gelu; gate: dense 6 softmax; dense 3 relu; dense 3 exp; loss poisson";
    let pages =
        [("ones", ones, "ones"), ("mixed", mixed, "glorot"), ("sign", "input X [3, 2]; dense 2; loss mae", "he-in")];
    let page = |(name, spec, init): (&str, &str, &str)| {
        let arguments = ["insight", "-e", spec, "--init", init, "--off", "1:1", "--seeds", "2", "--format", "latex"];
        let output = Command::new(env!("CARGO_BIN_EXE_chainrule")).args(arguments).output().expect("chainrule runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Printed {
            name: format!("insight-{name}"),
            page: String::from_utf8(output.stdout).expect("UTF-8"),
            equations: 0,
        }
    };
    let mut node = Command::new("node");
    node.arg(script("katex.mjs")).env("NODE_PATH", folder().join("node_modules"));
    let said = last_line(&given_to(&mut node, "insight.tex", &pages.map(page)));
    assert!(said.starts_with("3 pages, "), "{said}");
}

#[test]
#[ignore = "needs Typst: .ci/install"]
fn typst_compiles_every_explanation() {
    let program = "import sys, typst, pathlib\nfor page in pathlib.Path(sys.argv[1]).iterdir(): typst.compile(page)";
    let pages = written("explained.typ", &pages("typst"));
    let output = Command::new(python()).args(["-c", program]).arg(pages).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs Python: .ci/install"]
fn every_explanation_in_mathml_and_html_is_xml() {
    for format in ["mathml", "html"] {
        let mut python = Command::new(python());
        assert_eq!(read(python.arg(script("page.py")), format, format), "39 pages");
    }
}
