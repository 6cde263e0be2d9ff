//! Letters → colours: one a variable, the same wherever it stands.

use std::{cell::RefCell, sync::Arc};

use indexmap::IndexSet;
use unicode_width::UnicodeWidthStr;

use super::notation::Letter;

/// What tells variables apart: xᵢ is X, but Ŷ is not Y.
type Variable = (String, bool, Option<Arc<str>>);

/// Colours in the order in which variables come up; after the last the first is used again.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    seen: RefCell<IndexSet<Variable>>,
}

/// The SGR codes that are read on dark and light backgrounds.
const CODES: [u8; 10] = [34, 31, 32, 35, 36, 33, 94, 91, 92, 95];

impl Palette {
    /// The place of the letter's colour among `count`; none of a constant such as 1 or I.
    #[must_use]
    pub fn place(&self, letter: &Letter, count: usize) -> Option<usize> {
        if letter.subscript.is_none() && matches!(&*letter.base, "I" | "0" | "1" | "f" | "z" | "p") {
            return None;
        }
        let variable = (letter.base.to_lowercase(), letter.hat, letter.subscript.clone());
        Some(self.seen.borrow_mut().insert_full(variable).0 % count)
    }

    /// The text of the letter in its terminal colour.
    #[must_use]
    pub fn paint(&self, letter: &Letter, text: &str) -> String {
        match self.place(letter, CODES.len()) {
            Some(place) => format!("\u{1b}[{}m{text}\u{1b}[0m", CODES[place]),
            None => text.to_string(),
        }
    }
}

/// The columns of a terminal that the text takes; colours take none.
#[must_use]
pub fn columns(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.map(|part| part.split_once('m').map_or(0, |(_, shown)| shown.width())).sum::<usize>()
}
