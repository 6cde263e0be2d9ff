//! What a file lacks, or has under several names → what to do.

use super::list;
use crate::{
    evaluate::arrays::{Role, Slot},
    network::is_label,
    source::Diagnostic,
};

/// The message about arrays that a file lacks, of which some may be there under another name.
pub(super) fn missing(
    diagnostic: Diagnostic,
    slots: &[Slot],
    near: &[(String, String)],
    layers: &[String],
) -> Diagnostic {
    let diagnostic = match slots.first() {
        None => diagnostic,
        Some(slot) => diagnostic.at(slot.span, format!("{} is {slot}", slot.name)),
    };
    if !near.is_empty() {
        let mut first: Vec<&(String, String)> = near.iter().collect();
        first.dedup_by_key(|(missing, _)| missing);
        let first: Vec<String> = first.iter().map(|(missing, found)| format!("`{found}` to `{missing}`")).collect();
        let note = |(missing, found): &(String, String)| format!("`{missing}` may be its `{found}`");
        let diagnostic = near.iter().map(note).fold(diagnostic, Diagnostic::note);
        return diagnostic.help(format!("rename {}", first.join(", ")));
    }
    if !layers.is_empty() {
        return diagnostic.help(named_after(layers, ""));
    }
    if slots.iter().all(|slot| matches!(slot.role, Role::Gain | Role::Shift)) {
        let names: Vec<String> = slots.iter().take(4).map(|slot| format!("`{}`", slot.name)).collect();
        return diagnostic.help(format!(
            "write `plain` behind a norm that has neither gain nor shift; of one that has one of them, save the other \
             too: gains of 1, or shifts of 0 ({})",
            names.join(", ")
        ));
    }
    if slots.iter().all(|slot| matches!(slot.role, Role::Bias)) {
        return diagnostic
            .help("write `nobias` at the end of the lines of layers without a bias, as in `dense 64 relu nobias`");
    }
    // The one Greek letter that Python takes for itself.
    let pair = |slot: &Slot| match &*slot.name {
        "lambda" => "**{'lambda': …}".to_owned(),
        name => format!("{name}=…"),
    };
    let names: Vec<String> = slots.iter().take(4).map(pair).collect();
    diagnostic.help(format!("save them under these names: `numpy.savez(file, {})`", names.join(", ")))
}

/// Layers called after the weights of a file, or what to do where no names can be had from them.
pub(super) fn named_after(labels: &[String], else_: &str) -> String {
    if labels.is_empty() {
        return else_.to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|label| format!("{label}:")).collect();
    format!(
        "give the layers of the spec the names of those that are meant: write {}, each before its own `dense`",
        list(labels.iter().map(String::as_str))
    )
}

/// Which of several networks is meant.
pub(super) fn several(sets: &[Vec<String>]) -> String {
    if sets.iter().flatten().any(|label| !is_label(label)) {
        return "save those that are meant in a file of their own".to_owned();
    }
    let sets: Vec<String> = sets.iter().map(|labels| list(labels.iter().map(String::as_str))).collect();
    format!("call the layers of the spec after those that are meant: {}", sets.join("; or "))
}
