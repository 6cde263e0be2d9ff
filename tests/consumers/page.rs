//! MathML and HTML, read as XML and laid out by Chromium.

use std::process::Command;

use chainrule::render::Format;

use super::{Printed, folder, given_to, last_line, pages, python, script};

fn counted(pages: &[Printed]) -> String {
    let equations: usize = pages.iter().map(|page| page.equations).sum();
    format!("{} pages, {equations} equations", pages.len())
}

fn xml_reads_every_page(format: Format, kind: &str) {
    let pages = pages(format);
    let mut python = Command::new(python());
    let said = last_line(&given_to(python.arg(script("page.py")), &format!("{kind}.xml"), &pages));
    assert_eq!(said, counted(&pages));
}

fn chromium_lays_out_every_page(format: Format, kind: &str) {
    let pages = pages(format);
    let mut node = Command::new("node");
    node.arg(script("page.mjs")).env("NODE_PATH", folder().join("node_modules"));
    let said = last_line(&given_to(&mut node, kind, &pages));
    assert_eq!(said, counted(&pages));
}

#[test]
#[ignore = "needs Python: .ci/install"]
fn every_page_of_mathml_is_xml() {
    xml_reads_every_page(Format::Mathml, "mathml");
}

#[test]
#[ignore = "needs Python: .ci/install"]
fn every_page_of_html_is_xml() {
    xml_reads_every_page(Format::Html, "html");
}

#[test]
#[ignore = "needs Chromium: .ci/install"]
fn chromium_lays_out_every_page_of_mathml() {
    chromium_lays_out_every_page(Format::Mathml, "mathml");
}

#[test]
#[ignore = "needs Chromium: .ci/install"]
fn chromium_lays_out_every_page_of_html() {
    chromium_lays_out_every_page(Format::Html, "html");
}
