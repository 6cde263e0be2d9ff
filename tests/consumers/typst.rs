//! Typst, compiled by its own compiler, and its formulas read back.

use std::process::Command;

use chainrule::{
    document::{Document, sentence::Sentence},
    render::{Format, Style},
};

use super::{Printed, folder, given_to, last_line, pages, pages_in, script, written};

#[test]
#[ignore = "needs Typst: .ci/install"]
fn typst_compiles_every_page_and_reads_what_the_text_says() {
    let (mut pages, mut text) =
        (pages(Format::Typst), pages_in(Format::Ascii, |style| Style { width: usize::MAX, ..style }));
    pages.push(words(Format::Typst));
    text.push(words(Format::Ascii));
    let mut python = Command::new(folder().join("venv/bin/python"));
    python.arg(script("typst_check.py")).arg(written("txt", &text));
    let said = last_line(&given_to(&mut python, "typ", &pages));
    let equations: usize = pages.iter().map(|page| page.equations).sum();
    assert_eq!(said, format!("{} pages, {equations} equations", pages.len()));
}

/// What would mean something among words, and in lines as they are.
fn words(format: Format) -> Printed {
    let style = Style { width: usize::MAX, ..Style::new(format) };
    let mut page = Document::default();
    for begins in ["", "= ", "+ ", "- ", "/ a: ", "1. ", "// ", "https://a.b "] {
        let words = format!("{begins}#let *a* _b_ $c$ @d <e> `f` g~h i--j k-?l /* m [n] \\o \"p\" {{q}} q's");
        page.paragraph(Sentence::default().words(words));
    }
    page.verbatim("# `a` ```` $b$ \\ */ \"c\" #let `");
    Printed { name: "words".into(), page: style.page(&page), equations: 0 }
}

/// All that is written of a page's formulas without quotes.
const WORDS: [&str; 24] = [
    "Delta", "alpha", "approx", "bold", "cos", "dot.op", "exp", "frac", "hat", "italic", "limits", "ln", "max", "min",
    "op", "pi", "quad", "sin", "sqrt", "sum", "tanh", "tilde.op", "times", "top",
];

#[test]
fn every_word_of_a_formula_is_a_sign_or_in_quotes() {
    for page in pages(Format::Typst) {
        let (mut formulas, mut rest) = (0, page.page.as_str());
        while let Some((_, formula)) = rest.split_once('$') {
            let (formula, behind) = formula.split_once('$').expect("a closed formula");
            read(formula).unwrap_or_else(|fault| panic!("{}: {fault} in\n{formula}", page.name));
            (formulas, rest) = (formulas + 1, behind);
        }
        assert!(formulas > 0, "{}", page.name);
    }
}

/// Whether a formula's quotes and brackets are closed, and which bare words it has.
fn read(formula: &str) -> Result<(), String> {
    let (mut open, mut outside) = (0_i32, String::new());
    for (i, part) in formula.split('"').enumerate() {
        let quoted = i % 2 == 1;
        if quoted && !part.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            return Err(format!("the name {part}"));
        }
        outside.push_str(if quoted { "\u{0}" } else { part });
    }
    if formula.matches('"').count() % 2 == 1 {
        return Err("an open quote".into());
    }
    for c in outside.replace("\\(", "").replace("\\)", "").chars() {
        open += i32::from(c == '(') - i32::from(c == ')');
        if open < 0 {
            return Err("a closed bracket that was not open".into());
        }
    }
    let is_word = |c: char| c.is_ascii_alphabetic() || c == '.';
    let unknown = outside.split(|c| !is_word(c)).find(|word| {
        let bare = word.trim_matches('.');
        bare.len() > 1 && !WORDS.contains(&bare)
    });
    match (open, unknown) {
        (0, None) => Ok(()),
        (0, Some(word)) => Err(format!("the bare word {word}")),
        _ => Err("an open bracket".into()),
    }
}
