//! Text → elements of MathML, as text.

use crate::{document::notation::index_expression, source::steers};

/// What a formula on lines of its own begins with.
pub const BLOCK: &str = "<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\">";

/// How far down a factor reaches before its shape, so that the shapes of a row, all of one height, stand in one line; and
/// in a row with a fraction.
pub const DEPTH: &str = "depth=\"0.4em\"";
const DEPTH_OF_FRACTIONS: &str = "depth=\"1em\"";

/// A letter in italics, a word upright.
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("<mi>{}</mi>", escaped(name))
}

/// A number in digits; `1.8·10⁻¹⁶` for `1.8e-16`.
#[must_use]
pub fn figure(digits: &str) -> String {
    if let Some((factor, power)) = digits.split_once('e') {
        let power = format!("<msup><mn>10</mn>{}</msup>", figure(power));
        return if factor == "1" { power } else { format!("{}<mo>·</mo>{power}", figure(factor)) };
    }
    match digits.strip_prefix('-') {
        Some(digits) => format!("<mrow><mo form=\"prefix\">−</mo><mn>{digits}</mn></mrow>"),
        None => format!("<mn>{digits}</mn>"),
    }
}

/// An expression of indices as mathematics: `l-1`, `k=L`.
#[must_use]
pub fn index(expression: &str) -> String {
    let digit = |c: char| c.is_ascii_digit();
    let element = |part: &[char]| {
        let part: String = part.iter().collect();
        match part.as_str() {
            "l" => "<mi>ℓ</mi>".into(),
            "-" => "<mo>−</mo>".into(),
            "+" | "=" => format!("<mo>{part}</mo>"),
            _ if part.starts_with(digit) => format!("<mn>{part}</mn>"),
            _ => identifier(&part),
        }
    };
    let signs: Vec<char> = expression.chars().collect();
    one(&signs.chunk_by(|a, b| digit(*a) && digit(*b)).map(element).collect::<String>())
}

/// A label: an expression of indices, or a number or a name, which is no variable.
#[must_use]
pub fn upright(label: &str) -> String {
    if let Some(expression) = index_expression(label) {
        return index(expression);
    }
    match label {
        _ if label.bytes().all(|byte| byte.is_ascii_digit()) => format!("<mn>{label}</mn>"),
        _ if label.len() == 1 => format!("<mi mathvariant=\"normal\">{}</mi>", escaped(label)),
        _ => identifier(label),
    }
}

/// A superscript, above the index of what has one.
#[must_use]
pub fn raised(inner: &str, script: &str) -> String {
    let indexed = inner.strip_prefix("<msub").filter(|rest| rest.starts_with([' ', '>']));
    match indexed.and_then(|rest| rest.strip_suffix("</msub>")) {
        Some(rest) => format!("<msubsup{rest}{script}</msubsup>"),
        None => format!("<msup>{}{script}</msup>", one(inner)),
    }
}

/// Elements as one.
#[must_use]
pub fn one(elements: &str) -> String {
    let (mut depth, mut count) = (0, 0);
    for tag in elements.split('<').skip(1) {
        count += u32::from(depth == 0);
        depth += if tag.starts_with('/') { -1 } else { i32::from(!tag.contains("/>")) };
    }
    if count == 1 { elements.into() } else { format!("<mrow>{elements}</mrow>") }
}

/// Lines of which each closes what it opens: brackets that go over a line are two rows.
#[must_use]
pub fn balanced(lines: &[String]) -> Vec<String> {
    let mut open = 0;
    let line = |line: &String| {
        let opened = "<mrow>".repeat(open);
        open = open + line.matches("<mrow").count() - line.matches("</mrow>").count();
        format!("{opened}{line}{}", "</mrow>".repeat(open))
    };
    lines.iter().map(line).collect()
}

/// Set in, as what goes on from the row before.
#[must_use]
pub fn indented(line: &str) -> String {
    format!("<mspace width=\"2em\"/>{line}")
}

/// A row of the table.
#[must_use]
pub fn row(attributes: &str, left: &str, relation: &str, right: &str) -> String {
    let cells: String = [left, relation, right].map(|content| format!("<mtd>{content}</mtd>\n")).concat();
    let cells = if cells.contains("<mfrac>") { cells.replace(DEPTH, DEPTH_OF_FRACTIONS) } else { cells };
    format!("<mtr{attributes}>\n{cells}</mtr>\n")
}

/// Text that is no markup, and steers nothing.
#[must_use]
pub fn escaped(text: &str) -> String {
    let text = text.replace(|c: char| steers(c) && !matches!(c, '\n' | '\r' | '\t'), "\u{fffd}");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_over_two_lines_are_two_rows() {
        let lines = ["<mrow><mo>(</mo><mi>a</mi>".to_string(), "<mi>b</mi><mo>)</mo></mrow><mi>c</mi>".into()];
        assert_eq!(
            balanced(&lines),
            ["<mrow><mo>(</mo><mi>a</mi></mrow>", "<mrow><mi>b</mi><mo>)</mo></mrow><mi>c</mi>"]
        );
    }

    #[test]
    fn an_index_is_mathematics() {
        assert_eq!(upright("[l-10]"), "<mrow><mi>ℓ</mi><mo>−</mo><mn>10</mn></mrow>");
        assert_eq!([upright("[L]"), upright("10"), index("1")], ["<mi>L</mi>", "<mn>10</mn>", "<mn>1</mn>"]);
    }

    #[test]
    fn elements_are_one_if_they_are_not() {
        for single in ["<mi>a</mi>", "<mspace width=\"1em\"/>", "<msub><mi>a</mi><mn>1</mn></msub>"] {
            assert_eq!(one(single), single);
            assert_eq!(one(&single.repeat(2)), format!("<mrow>{single}{single}</mrow>"));
        }
    }

    #[test]
    fn the_shapes_of_a_row_with_a_fraction_stand_below_it() {
        let shaped = format!("<munder><mpadded {DEPTH}>");
        assert!(row("", "", "", &shaped).contains("0.4em"));
        assert!(!row("", "<mfrac>", "", &shaped).contains("0.4em"));
    }
}
