//! Letters → colours: one a variable, the same wherever it stands.

use crate::document::notation::{Letter, index_expression};

use std::{cell::RefCell, sync::Arc};

use indexmap::IndexSet;
use unicode_width::UnicodeWidthStr;

/// What tells variables apart: xᵢ is X and W_k is W_l, but Ŷ is not Y and W₁ not W₂.
type Variable = (String, bool, Option<Arc<str>>);

/// Colours in the order in which variables come up; after the last the first is used again.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    seen: RefCell<IndexSet<Variable>>,
    /// How many of them the network calls so; others come up as they are written.
    given: usize,
}

/// The SGR codes that are read on dark and light backgrounds.
const CODES: [u8; 10] = [34, 31, 32, 35, 36, 33, 94, 91, 92, 95];

impl Palette {
    /// Gives these letters the first colours, in their order.
    #[must_use]
    pub fn of<'l>(letters: impl IntoIterator<Item = &'l Letter>) -> Self {
        let seen: IndexSet<Variable> = letters.into_iter().map(variable).collect();
        Self { given: seen.len(), seen: RefCell::new(seen) }
    }

    /// The place of the letter's colour among `count`; none of a constant such as 1 or I.
    #[must_use]
    pub fn place(&self, letter: &Letter, count: usize) -> Option<usize> {
        let variable = variable(letter);
        let mut seen = self.seen.borrow_mut();
        // A letter that explains signs is coloured where the network calls something so.
        if letter.subscript.is_none()
            && seen.get_index_of(&variable).is_none_or(|place| place >= self.given)
            && matches!(&*letter.base, "I" | "0" | "1" | "π" | "f" | "z" | "p" | "U" | "V" | "u" | "v")
        {
            return None;
        }
        Some(seen.insert_full(variable).0 % count)
    }

    /// The text of the letter in its terminal colour; what else is set, as bold, stays.
    #[must_use]
    pub fn paint(&self, letter: &Letter, text: &str) -> String {
        match self.place(letter, CODES.len()) {
            Some(place) => format!("\u{1b}[{}m{text}\u{1b}[39m", CODES[place]),
            None => text.to_string(),
        }
    }
}

/// What a letter is of: of any layer l it is the same.
fn variable(letter: &Letter) -> Variable {
    let label = letter.subscript.clone();
    let label = label.map(|label| if index_expression(&label).is_some() { "[]".into() } else { label });
    (letter.base.to_lowercase(), letter.hat, label)
}

/// The columns of a terminal that the text takes; colours take none.
#[must_use]
pub fn columns(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.map(|part| part.split_once('m').map_or(0, |(_, shown)| shown.width())).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::notation::Sample;

    #[test]
    fn a_letter_of_any_layer_has_one_colour() {
        let palette = Palette::default();
        let place = |base: &str, label: Option<&str>| {
            let subscript = label.map(Into::into);
            palette.place(&Letter { base: base.into(), hat: false, dot: false, subscript, sample: Sample::None }, 10)
        };
        assert_eq!(place("W", Some("[l]")), Some(0));
        assert_eq!(place("S", Some("[k-1]")), Some(1));
        assert_eq!(place("W", Some("[k]")), Some(0));
        assert_eq!(place("S", Some("[L]")), Some(1));
        assert_eq!(place("W", Some("1")), Some(2), "a layer by its number");
        assert_eq!(place("W", Some("k")), Some(3), "a layer by its name");
        assert_eq!(place("W", None), Some(4));
    }

    #[test]
    fn colours_take_no_columns_and_leave_bold_alone() {
        let letter = Letter { base: "X".into(), hat: false, dot: false, subscript: None, sample: Sample::None };
        let painted = Palette::default().paint(&letter, "X");
        assert_eq!((columns(&format!("\u{1b}[1m⟦{painted}⟧\u{1b}[22m")), painted.contains("[0m")), (3, false));
    }
}
