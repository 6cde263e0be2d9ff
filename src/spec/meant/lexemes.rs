//! A statement of any tool → its words, numbers and signs.

use crate::spec::lexical::{KEYWORDS, is_word};

/// Words with the points inside them, numbers with their sign, `->`, and every other character by itself. Blanks and
/// quotes are left out. The `x` of `784x128` and `n x 784` is a sign: `×`.
pub(super) fn lexemes(text: &str) -> Vec<&str> {
    let (mut rest, mut found) = (text, Vec::<&str>::new());
    while let Some(c) = rest.chars().next() {
        let length = length(rest, c);
        let (lexeme, behind) = rest.split_at(length);
        rest = behind;
        if !c.is_whitespace() && !"\"'`“”‘’".contains(c) {
            let is_times = lexeme == "x" && found.last().is_some_and(|last| is_operand(last));
            found.push(if is_times { "×" } else { lexeme });
        }
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        if c.is_ascii_digit() && rest.strip_prefix(['x', 'X']).is_some_and(digits) {
            found.push("×");
            rest = &rest[1..];
        }
    }
    found
}

/// Whether `×` may stand behind it.
fn is_operand(lexeme: &str) -> bool {
    lexeme.ends_with(is_word) && !KEYWORDS.contains(&lexeme)
}

/// The bytes of the lexeme that begins with `first`.
fn length(text: &str, first: char) -> usize {
    let run = |is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    let signed = text.len() > 1 && first == '-' && text[1..].starts_with(|c: char| c.is_ascii_digit());
    if text.starts_with("->") || text.starts_with("=>") {
        2
    } else if first.is_ascii_digit() || signed {
        1 + number_length(&text[1..])
    } else if is_word(first) {
        text[..run(|c| is_word(c) || c == '.')].trim_end_matches('.').len()
    } else {
        first.len_utf8()
    }
}

/// The bytes of digits, points, `_` and an exponent.
fn number_length(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let exponent = text[end..].strip_prefix(['e', 'E']).map_or("", |rest| rest.trim_start_matches(['-', '+']));
    let digits = exponent.find(|c: char| !c.is_ascii_digit()).unwrap_or(exponent.len());
    if digits == 0 { end } else { text.len() - exponent.len() + digits }
}
