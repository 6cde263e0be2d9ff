//! Values of names → the spec that says them.

use super::error::Error;
use crate::{
    source::{Diagnostic, Kind, Span},
    spec::{
        self,
        syntax::{Spec, StatementKind},
    },
};

/// The text with these values in its `let` statements; those that it does not bind yet in a new one, at the top.
pub(super) fn with_bindings(text: &str, spec: &Spec, bindings: &[(String, u64)]) -> Result<String, Error> {
    let wrong = |title: String, help: &str| Err(Error::alone(Diagnostic::error(Kind::Usage, title).help(help)));
    let mut bound: Vec<(&str, Span)> = Vec::new();
    for statement in &spec.statements {
        if let StatementKind::Let(old) = &statement.kind {
            bound.extend(old.iter().map(|binding| (binding.name.value.as_str(), binding.value.span)));
        }
    }
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for (i, (name, value)) in bindings.iter().enumerate() {
        if !spec::is_name(name) {
            let title = format!("`{}` is no name, so it cannot be bound", name.escape_debug());
            return wrong(title, "give a name of the spec, as in `bind([(\"n\", 64)])`");
        }
        if bindings[..i].iter().any(|(other, _)| other == name) {
            return wrong(format!("`{name}` is given two values"), "leave one of them");
        }
        match bound.iter().find(|(old, _)| old == name) {
            Some((_, span)) => changed.push((*span, *value)),
            None => added.push(format!("{name} = {value}")),
        }
    }
    let mut text = text.to_owned();
    changed.sort_unstable();
    for (span, value) in changed.into_iter().rev() {
        text.replace_range(span.range(), &value.to_string());
    }
    if added.is_empty() {
        return Ok(text);
    }
    Ok(format!("let {}\n{}", added.join(", "), text.trim_start_matches('\u{feff}')))
}
