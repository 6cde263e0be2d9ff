//! A text that others wrote → the same without what steers a terminal.

use std::borrow::Cow;

/// The text with U+FFFD for every control character (C0, DEL and C1) and every mark of writing direction: a name out of a
/// spec or a file can then neither move the cursor, nor change colours, nor turn the order of what is read.
///
/// ```
/// use chainrule::source::printable;
/// assert_eq!(printable("a\u{9b}31m\u{202e}b"), "a\u{fffd}31m\u{fffd}b");
/// assert_eq!(printable("Größe × 2"), "Größe × 2");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(steers) { text.replace(steers, "\u{fffd}").into() } else { text.into() }
}

/// Whether a terminal obeys the character instead of showing it.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A message, which may have several lines, with nothing in it that steers a terminal.
pub(super) fn lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}
