//! Letters and functions in MathML, by themselves.

use super::*;

fn embedded(base: &str, hat: bool, subscript: Option<&str>, sample: Sample) -> String {
    Mathml::embedded().letter(&Letter {
        base: base.into(),
        hat,
        dot: false,
        subscript: subscript.map(Into::into),
        sample,
    })
}

#[test]
fn names_are_one_identifier_as_typed() {
    let name = |name| Mathml::embedded().name(Name::of(name));
    for typed in ["f", "alpha", "f_1", "lt", "amp", "hidden_units", "_", "__a", "a_"] {
        assert_eq!(name(typed), format!("<mi>{typed}</mi>"));
    }
    assert_eq!(name("f1"), "<msub><mi>f</mi><mn>1</mn></msub>");
    assert_eq!(name("d_model"), "<msub><mi>d</mi><mi>model</mi></msub>");
    assert_eq!(name("d_k"), "<msub><mi>d</mi><mi mathvariant=\"normal\">k</mi></msub>");
}

#[test]
fn letters_have_their_scripts_at_one_base() {
    let i = "<mrow><mo stretchy=\"false\">(</mo><mi>i</mi><mo stretchy=\"false\">)</mo></mrow>";
    let (none, row, own) = (Sample::None, Sample::Row, Sample::Own);
    assert_eq!(
        embedded("Y", true, None, none),
        "<mover accent=\"true\"><mi>Y</mi><mo stretchy=\"false\">ˆ</mo></mover>"
    );
    assert_eq!(embedded("W", false, Some("hidden_1"), none), "<msub><mi>W</mi><mi>hidden_1</mi></msub>");
    assert_eq!(
        embedded("a", false, Some("1"), row),
        "<msub><mi>a</mi><mrow><mn>1</mn><mo rspace=\"0em\">,</mo><mi>i</mi></mrow></msub>"
    );
    assert_eq!(embedded("S", false, Some("2"), own), format!("<msubsup><mi>S</mi><mn>2</mn>{i}</msubsup>"));
    assert_eq!(embedded("S", false, None, own), format!("<msup><mi>S</mi>{i}</msup>"));
    assert_eq!(embedded("1", false, None, none), "<mn>𝟏</mn>");
}

#[test]
fn a_transpose_stands_above_the_index() {
    let transposed = |inner: &str| Mathml::embedded().transposed(inner);
    assert_eq!(transposed("<mi>X</mi>"), "<msup><mi>X</mi><mi>⊤</mi></msup>");
    assert_eq!(
        transposed("<msub class=\"v1\"><mi>W</mi><mn>3</mn></msub>"),
        "<msubsup class=\"v1\"><mi>W</mi><mn>3</mn><mi>⊤</mi></msubsup>"
    );
    assert_eq!(
        transposed("<msubsup><mi>S</mi><mn>2</mn><mi>i</mi></msubsup>"),
        "<msup><msubsup><mi>S</mi><mn>2</mn><mi>i</mi></msubsup><mi>⊤</mi></msup>"
    );
    assert_eq!(
        transposed("<mi>tanh</mi><mrow><mi>z</mi></mrow>"),
        "<msup><mrow><mi>tanh</mi><mrow><mi>z</mi></mrow></mrow><mi>⊤</mi></msup>"
    );
}

#[test]
fn words_are_no_markup() {
    let mathml = Mathml::embedded();
    assert_eq!(mathml.words("aa < bb & \"cc\""), "aa &lt; bb &amp; &quot;cc&quot;");
    assert_eq!(mathml.verbatim("<script>\n"), "<pre>&lt;script&gt;</pre>\n");
    assert_eq!(mathml.source("dense a"), "");
    assert_eq!(
        Mathml::page(Palette::default()).source("dense a -> b\n"),
        "<pre class=\"spec\" tabindex=\"0\" role=\"group\" aria-label=\"Spec\">dense a -&gt; b</pre>\n"
    );
}

#[test]
fn a_page_of_its_own_has_one_color_a_variable() {
    let page = Mathml::page(Palette::default());
    let letter = |base: &str, hat| {
        page.letter(&Letter { base: base.into(), hat, dot: false, subscript: None, sample: Sample::None })
    };
    assert_eq!(letter("X", false), "<mi class=\"v0\">X</mi>");
    assert!(letter("Y", true).starts_with("<mover class=\"v1\" accent"));
    assert_eq!(letter("Y", false), "<mi class=\"v2\">Y</mi>");
    assert_eq!(letter("X", false), "<mi class=\"v0\">X</mi>");
    assert_eq!(letter("I", false), "<mi>I</mi>");
}
