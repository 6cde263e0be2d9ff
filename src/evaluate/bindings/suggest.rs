//! Missing names and the arrays left over in the file → which may be meant.

use crate::{
    evaluate::arrays::{Arrays, Role, Slot},
    source::suggestion::nearest,
};

/// An array of the file that may be the missing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The missing name.
    pub missing: String,
    /// The name in the file.
    pub found: String,
    /// Whether it has the transposed shape.
    pub transposed: bool,
}

/// For each missing array one with the same letters and digits (`w1`, `W_1`), else the nearest name, else the one in
/// the same position among weights or biases, if there are as many (`fc1.weight`).
pub(super) fn suggestions(missing: &[Slot], extra: &Arrays) -> Vec<Suggestion> {
    let suggestion = |slot: &Slot| {
        let names = || extra.keys().map(String::as_str);
        let found = names()
            .find(|name| letters(name) == letters(&slot.name))
            .or_else(|| nearest(&slot.name, names()))
            .or_else(|| by_position(slot, missing, extra))?;
        let (rows, columns) = extra[found].dim();
        let transposed = slot.size() == Some((columns, rows)) && rows != columns;
        Some(Suggestion { missing: slot.name.clone(), found: found.to_owned(), transposed })
    };
    missing.iter().filter_map(suggestion).collect()
}

/// Letters and digits in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn by_position<'a>(slot: &Slot, missing: &[Slot], extra: &'a Arrays) -> Option<&'a str> {
    let words: &[&str] = match slot.role {
        Role::Weight => &["weight", "kernel"],
        Role::Bias => &["bias"],
        Role::Input | Role::Target => return None,
    };
    let alike: Vec<&str> =
        extra.keys().map(String::as_str).filter(|name| words.iter().any(|word| name.contains(word))).collect();
    let mut wanted = missing.iter().filter(|other| other.role == slot.role);
    if wanted.clone().count() != alike.len() {
        return None;
    }
    let position = wanted.position(|other| other.name == slot.name)?;
    alike.get(position).copied()
}
