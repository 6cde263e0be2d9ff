//! Typst, compiled by its own compiler, and its formulas read back.

use std::process::Command;

use chainrule::render::{Format, Style};

use super::{folder, given_to, last_line, pages, pages_in, script, written};

#[test]
#[ignore = "needs Typst: .ci/install"]
fn typst_compiles_every_page_and_reads_what_the_text_says() {
    let pages = pages(Format::Typst);
    let text = pages_in(Format::Ascii, |style| Style { width: usize::MAX, ..style });
    let mut python = Command::new(folder().join("venv/bin/python"));
    python.arg(script("typst_check.py")).arg(written("txt", &text));
    let said = last_line(&given_to(&mut python, "typ", &pages));
    let equations: usize = pages.iter().map(|page| page.equations).sum();
    assert_eq!(said, format!("{} pages, {equations} equations", pages.len()));
}
