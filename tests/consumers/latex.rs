//! LaTeX, read by KaTeX.

use std::process::Command;

use chainrule::render::Format;

use super::{folder, given_to, last_line, pages, script};

#[test]
#[ignore = "needs KaTeX: .ci/install"]
fn katex_reads_every_page() {
    let pages = pages(Format::Latex);
    let mut node = Command::new("node");
    node.arg(script("katex.mjs")).env("NODE_PATH", folder().join("node_modules"));
    let said = last_line(&given_to(&mut node, "tex", &pages));
    let equations: usize = pages.iter().map(|page| page.equations).sum();
    assert_eq!(said, format!("{} pages, {equations} equations", pages.len()));
}
