//! Messages → the same for a page, with places in its units.

use super::{
    api::{Change, Diagnostic, Label},
    text::Text,
};
use crate::source::{self, Severity};

/// A message about the text.
pub fn of(message: &source::Diagnostic, text: &Text) -> Diagnostic {
    let label = |label: &source::Label| {
        let [from, to] = text.units(label.span);
        Label { from, to, text: label.text.clone(), fault: label.primary }
    };
    let change = |edit: &source::Edit| {
        let [from, to] = text.units(edit.span);
        Change { from, to, text: edit.text.clone() }
    };
    Diagnostic {
        severity: if message.severity == Severity::Error { "error" } else { "warning" },
        kind: message.kind.word(),
        title: message.title.clone(),
        help: message.help.clone(),
        notes: message.notes.clone(),
        labels: message.labels.iter().map(label).collect(),
        repairs: message.repair.iter().map(change).collect(),
    }
}
