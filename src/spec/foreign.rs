//! A character outside the language → what to write in its place.

use std::fmt;

use crate::source::subscript_digit;

/// A character as a message shows it: with its number where it is not plain to see.
pub(super) struct Character(pub(super) char);

impl fmt::Display for Character {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u32::from(self.0);
        match self.0 {
            c if c.is_ascii_graphic() => write!(f, "`{c}`"),
            c if is_visible(c) => write!(f, "`{c}` (U+{number:04X})"),
            _ => write!(f, "U+{number:04X}"),
        }
    }
}

/// Whether the character has an ink of its own. Letters and signs of most scripts have; spaces, controls and marks
/// of direction have none.
fn is_visible(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c).is_some_and(|width| width > 0) && !c.is_whitespace() && !c.is_control()
}

/// Whether `c` occurs in the language outside comments.
pub(super) fn is_native(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_ \t\n[](){},:;=+*->#.".contains(c)
}

/// The repair.
pub(super) fn repair_of(c: char) -> String {
    if let Some(native) = lookalike(c) {
        return format!("write `{native}`");
    }
    match c {
        '/' => "comments begin with `#`; there is no division".into(),
        '^' | '²' | '³' => "write a power as a product: `d*d`".into(),
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' => "write names without quotes".into(),
        '\r' => "end lines with a line feed, alone or behind a carriage return".into(),
        c if c.is_whitespace() => "write a plain blank".into(),
        c if c.is_alphabetic() => "write names with the letters A to Z, a to z, digits and `_`".into(),
        _ => "remove it".into(),
    }
}

/// The sign of the language that `c` looks like, or stands for in print.
pub(super) fn lookalike(c: char) -> Option<String> {
    let native = match c {
        '×' | '·' | '⋅' | '∗' | '∙' | '＊' => "*",
        '→' | '⟶' | '⇒' | '➔' => "->",
        '−' | '–' | '—' | '‐' => "-",
        '＋' => "+",
        '＝' => "=",
        '，' | '、' => ",",
        '；' => ";",
        '：' => ":",
        '（' => "(",
        '）' => ")",
        '［' | '【' => "[",
        '］' | '】' => "]",
        '｛' => "{",
        '｝' => "}",
        '＃' => "#",
        c => return subscript_digit(c).map(String::from),
    };
    Some(native.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_name_what_they_look_like() {
        assert_eq!(repair_of('×'), "write `*`");
        assert_eq!(repair_of('→'), "write `->`");
        assert_eq!(repair_of('₃'), "write `3`");
    }

    #[test]
    fn invisible_characters_are_shown_by_number() {
        assert_eq!(Character('\u{a0}').to_string(), "U+00A0");
        assert_eq!(Character('\0').to_string(), "U+0000");
        assert_eq!(Character('é').to_string(), "`é` (U+00E9)");
        assert_eq!(Character('@').to_string(), "`@`");
    }
}
