//! What can be wrong between a network and the arrays given for it, and the [`Diagnostic`]s that say so.

use std::collections::BTreeSet;

use super::Suggestion;
use crate::{
    catalog::loss::Loss,
    evaluate::arrays::{Arrays, Role, Slot},
    shape::{Dim, MAX_DIM},
    source::{Diagnostic, Kind},
};

/// Why arrays cannot be bound to a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BindError {
    /// A file that must be given is not.
    #[error("{} must come from a file", list(wanted.iter().map(|slot| slot.name.as_str())))]
    NotGiven {
        /// The arrays that it would hold.
        wanted: Vec<Slot>,
        /// The option that names it.
        option: &'static str,
    },
    /// A file lacks arrays.
    #[error("`{origin}` lacks {}", list(slots.iter().map(|slot| slot.name.as_str())))]
    Missing {
        /// The file.
        origin: String,
        /// The arrays.
        slots: Vec<Slot>,
        /// Which may be meant.
        suggestions: Vec<Suggestion>,
    },
    /// An array has another shape than the network asks for.
    #[error("`{}` in `{origin}` is {} × {}, expected {}", slot.name, found.0, found.1, expectation(slot, expected))]
    Misfit {
        /// The file.
        origin: String,
        /// Its place.
        slot: Box<Slot>,
        /// Rows and columns.
        found: (usize, usize),
        /// Its place with the numbers that other arrays give.
        expected: Box<Slot>,
        /// Where these numbers come from.
        reasons: Vec<String>,
    },
    /// No single array determines these names.
    #[error("no array determines the value of {}", list(names.iter().map(String::as_str)))]
    Undetermined {
        /// The names.
        names: BTreeSet<String>,
    },
    /// A dimension that is too large with the numbers found.
    #[error("the dimension {dim} comes to more than {MAX_DIM}")]
    OutOfRange {
        /// The dimension as written.
        dim: Dim,
    },
}

impl BindError {
    /// The message to the user.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |kind| Diagnostic::error(kind, self.to_string());
        match self {
            Self::NotGiven { option, .. } => error(Kind::Usage).help(format!("name the file: `{option} FILE`")),
            Self::Missing { slots, suggestions, .. } => missing(error(Kind::Data), slots, suggestions),
            Self::Misfit { slot, found, expected, reasons, .. } => {
                let place =
                    if matches!(slot.role, Role::Input | Role::Target) { "declared" } else { "this layer asks for" };
                let diagnostic = error(Kind::Shape).at(slot.span, format!("{place} {}: {slot}", slot.name));
                let diagnostic = reasons.iter().fold(diagnostic, Diagnostic::note);
                diagnostic.help(repair(slot, *found, expected))
            }
            Self::Undetermined { names } => {
                let bindings: Vec<String> = names.iter().take(4).map(|name| format!("--let {name}=…")).collect();
                error(Kind::Shape).help(format!("state it: `{}`", bindings.join(" ")))
            }
            Self::OutOfRange { .. } => error(Kind::Shape).help("state smaller numbers with `--let`"),
        }
    }
}

/// The warning about arrays that the network does not use.
pub(super) fn unused(origin: &str, arrays: &Arrays) -> Diagnostic {
    let names = list(arrays.keys().map(String::as_str));
    Diagnostic::warning(Kind::Data, format!("`{origin}` also holds {names}, which the network does not use"))
}

/// The warning about a target whose entry at a row and a column, from 0, is the first that the loss is not made for.
pub(super) fn outside(
    origin: &str,
    name: &str,
    ((row, column), entry): ((usize, usize), &f64),
    loss: Loss,
) -> Diagnostic {
    let (word, targets) = (loss.name(), loss.targets());
    let title =
        format!("`{name}` in `{origin}` has {entry} at [{row}, {column}], and `{word}` is for targets in {targets}");
    let help =
        "check the targets, or take a loss for numbers, as `loss mse`; gradients are those of the formula all the same";
    Diagnostic::warning(Kind::Data, title).help(help)
}

fn missing(diagnostic: Diagnostic, slots: &[Slot], suggestions: &[Suggestion]) -> Diagnostic {
    let diagnostic = match slots.first() {
        None => diagnostic,
        Some(slot) => diagnostic.at(slot.span, format!("{} is {slot}", slot.name)),
    };
    let Some(first) = suggestions.first() else {
        return diagnostic.help("save them under these names");
    };
    let transpose = if suggestions.iter().any(|suggestion| suggestion.transposed) { " and transpose it" } else { "" };
    suggestions
        .iter()
        .take(8)
        .fold(diagnostic, |diagnostic, Suggestion { missing, found, transposed }| {
            let shape = if *transposed { ", which is transposed: PyTorch keeps out × in" } else { "" };
            diagnostic.note(format!("`{missing}` may be its `{found}`{shape}"))
        })
        .help(format!("rename `{}` to `{}`{transpose}", first.found, first.missing))
}

/// `f1 × f2 = 64 × 32`, or just the numbers.
fn expectation(slot: &Slot, expected: &Slot) -> String {
    if slot == expected { slot.to_string() } else { format!("{slot} = {expected}") }
}

fn repair(slot: &Slot, found: (usize, usize), expected: &Slot) -> String {
    let name = &slot.name;
    match expected.size() {
        Some((rows, columns)) if (columns, rows) == found => format!("transpose it: save `{name}.T`"),
        Some((rows, columns)) if rows * columns == found.0 * found.1 => {
            format!("reshape it: save `{name}.reshape({rows}, {columns})`")
        }
        _ => format!("save `{name}` as {expected}, or change the spec to the file's {} × {}", found.0, found.1),
    }
}

/// At most four names in quotes, and how many more there are.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
