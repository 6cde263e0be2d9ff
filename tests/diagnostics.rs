//! Each faulty spec of `tests/specs/parse_error` with the messages it gets: a gallery to read.

use std::fs;

use chainrule::{
    render,
    source::{Diagnostic, Kind, Span},
    spec,
};
use proptest::prelude::*;

use crate::common::{self, places::without_places};

/// The names of the files with this extension, without it, in order.
fn names(folder: &str, extension: &str) -> Vec<String> {
    let paths = fs::read_dir(common::path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_faulty_spec_is_explained() {
    let specs = names("tests/specs/parse_error", "net");
    for name in &specs {
        let source = common::read(format!("tests/specs/parse_error/{name}.net"));
        let diagnostics = spec::parse(&source).expect_err(name);
        let messages = common::rendered(&diagnostics, &source, &format!("{name}.net"));
        common::snapshot("parse_error", name, &format!("{}\n\n{messages}", source.trim_end()));
    }
    assert_eq!(names("snapshots/parse_error", "snap"), specs, "a snapshot without its spec");
    assert!(specs.len() >= 25);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let cases: [(&[u8], &str); 3] = [
        (b"dense 3\ndense \xff\n", "the spec is not UTF-8: byte 0xFF at offset 14, line 2"),
        (b"\xff\xfed\x00", "the spec is not UTF-8: byte 0xFF at offset 0, line 1"),
        (b"dense \xe2\x82", "the spec is not UTF-8: byte 0xE2 at offset 6, line 1"),
    ];
    for (bytes, title) in cases {
        let error = spec::decode(bytes).unwrap_err();
        assert_eq!((error.title.as_str(), error.kind), (title, Kind::Spec));
        assert!(common::rendered(&[error], "", "net.spec").starts_with("error[spec]: the spec is not UTF-8"));
    }
}

#[test]
fn places_that_the_text_does_not_have_are_shown_at_the_nearest() {
    for source in ["", "\n", "\u{feff}", "dense 3", "dense 3\n", "dense 3\r\n\r\n", "é\né"] {
        for start in 0..12 {
            for end in [0, start, start + 1, start + 5, usize::MAX] {
                let span = Span::new(start, end);
                let diagnostic = Diagnostic::error(Kind::Spec, "title").at(span, "here").because(Span::new(1, 2), "");
                let text = render::diagnostic(&diagnostic, source, "net.spec", false, 80);
                assert!(text.starts_with("error[spec]: title\n") && text.contains("here"), "{text}");
            }
        }
    }
}

#[test]
fn a_warning_without_places_is_its_title_and_its_help() {
    let warning = Diagnostic::warning(Kind::Shape, "tanh with bce").help("write `sigmoid`").note("ln of a negative");
    let text = render::diagnostic(&warning, "dense 3", "net.spec", false, 80);
    let expected = "warning[shape]: tanh with bce\n |\n = help: write `sigmoid`\n = note: ln of a negative";
    assert_eq!(text, expected);
}

#[test]
fn a_shape_error_looks_as_promised() {
    let source = "input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss mse\n";
    let diagnostic = Diagnostic::error(Kind::Shape, "dense layer 2 expects 3 features, its input has f1")
        .because(Span::new(22, 24), "this layer puts out n × f1")
        .at(Span::new(36, 37), "expected f1")
        .help("write `dense f1 -> 4`, or bind it: `let f1 = 3`");
    let expected = "\
error[shape]: dense layer 2 expects 3 features, its input has f1
 --> net.spec:3:7
  |
2 | dense f1 relu
  |       -- this layer puts out n × f1
3 | dense 3 -> 4
  |       ^ expected f1
  |
  = help: write `dense f1 -> 4`, or bind it: `let f1 = 3`";
    assert_eq!(common::rendered(&[diagnostic], source, "net.spec"), expected);
}

#[test]
fn colour_is_added_and_nothing_else() {
    let diagnostic = Diagnostic::error(Kind::Spec, "title").at(Span::new(0, 5), "here").help("write `input`");
    let plain = render::diagnostic(&diagnostic, "inptu X", "net.spec", false, 80);
    let styled = render::diagnostic(&diagnostic, "inptu X", "net.spec", true, 80);
    let bare: String = styled.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, text)| text)).collect();
    assert!(styled.contains('\u{1b}') && !plain.contains('\u{1b}'));
    assert_eq!(bare, plain);
}

/// Whatever the text: it parses and prints to itself, or every error says what, where and how to mend it.
fn holds(text: &str) {
    match spec::parse(text) {
        Ok(tree) => {
            let printed = tree.to_string();
            assert_eq!(spec::parse(&printed).map(without_places), Ok(without_places(tree)), "{text:?}");
        }
        Err(errors) => {
            assert!((1..=20).contains(&errors.len()));
            for error in &errors {
                let is_placed = error.labels.iter().any(|label| label.primary) || error.title.ends_with("not a spec");
                assert!(error.help.is_some() && is_placed, "{error:?}");
                assert!(error.labels.iter().all(|label| label.span.end <= text.len()), "{error:?}");
                assert!(error.repair.is_empty() || error.repaired(text).is_some(), "{error:?}");
            }
            assert!(errors.windows(2).all(|pair| place(&pair[0]) <= place(&pair[1])), "{errors:?}");
            common::rendered(&errors, text, "net.spec");
        }
    }
}

fn place(diagnostic: &Diagnostic) -> Option<usize> {
    diagnostic.labels.iter().find(|label| label.primary).map(|label| label.span.start)
}

/// Pieces of the language and of what is often taken for it.
const TOKENS: [&str; 60] = [
    "input",
    "let",
    "repeat",
    "expect",
    "target",
    "loss",
    "dense",
    "activation",
    "X",
    "n",
    "f1",
    "relu",
    "mse",
    "leaky_relu(0.1)",
    "elu(",
    "reduce=sum",
    "reduce",
    "nobias",
    "inptu",
    "0",
    "1",
    "7",
    "2147483647",
    "2147483648",
    "99999999999999999999",
    "3.5",
    "1e999",
    "-3",
    "1_000",
    "2d",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ",",
    ":",
    ";",
    "=",
    "+",
    "*",
    "->",
    "-",
    "#",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    " ",
    "\t",
    "\u{feff}",
    "×",
    "→",
    "é",
    "\0",
    "/",
    "\"",
    "😀",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_bytes_are_parsed_or_refused(
        bytes in prop::collection::vec(prop_oneof![30 => 0..0x80_u8, 1 => any::<u8>()], 0..60)
    ) {
        match spec::decode(&bytes) {
            Ok(text) => holds(text),
            Err(error) => prop_assert!(error.title.contains("not UTF-8") || error.title.ends_with("not a spec")),
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,80}") {
        holds(&text);
    }

    #[test]
    fn any_pieces_of_the_language_are_parsed_or_refused(
        pieces in prop::collection::vec((prop::sample::select(TOKENS.to_vec()), prop::bool::ANY), 0..40)
    ) {
        let text: String =
            pieces.iter().map(|(token, blank)| if *blank { format!("{token} ") } else { (*token).to_owned() }).collect();
        holds(&text);
    }

    #[test]
    fn places_count_from_a_byte_order_mark(text in "[a-z\\[\\]({};\n 0-9]{0,60}") {
        let marked = format!("\u{feff}{text}");
        let places = |text: &str| -> Vec<Option<usize>> {
            spec::parse(text).err().into_iter().flatten().map(|error| place(&error)).collect()
        };
        let moved: Vec<_> = places(&text).into_iter().map(|place| place.map(|place| place + 3)).collect();
        prop_assert_eq!(places(&marked), moved);
    }
}
