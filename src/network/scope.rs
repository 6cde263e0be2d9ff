//! `let` and `--let` → the values of dimension names, each with the place it comes from.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::names;
use crate::{
    shape::{Dim, DimError, Extent, MAX_DIM},
    source::{Diagnostic, Kind, MAX_MESSAGES, Span, Spanned, suggestion},
    spec::syntax::{Binding, Name},
};

/// So many unused names are reported at most, one more than are shown: each is compared with every name in use.
const MAX_UNUSED: usize = MAX_MESSAGES + 1;

/// The values of the names, and which names occur.
pub(super) struct Scope {
    values: BTreeMap<Arc<str>, Value>,
    lets: Vec<Name>,
    overrides: Vec<String>,
    /// Each name's first occurrence in a shape, a width or a count.
    uses: HashMap<String, Span>,
}

/// A number and where it comes from.
struct Value {
    /// `None`: it was out of range, which has been reported.
    number: Option<u64>,
    /// `None`: `--let`.
    place: Option<Span>,
}

/// A binding that cannot be.
#[derive(Debug, thiserror::Error)]
enum ScopeError {
    #[error("`{name}` is bound twice")]
    Twice { name: String, first: Span, second: Span },
    #[error("`{name}` is bound after its use")]
    Late { name: String, binding: Span, used: Span },
    #[error("`{name}` is bound, but no dimension of the spec is called so")]
    Unused { name: String, binding: Span, near: Option<String> },
    #[error("`{name} = {value}`: a dimension lies between 1 and {MAX_DIM}")]
    Range { name: String, value: u64, span: Span },
    #[error("`--let {name}` is given twice")]
    OverrideTwice { name: String },
    #[error("`--let {name}`: no dimension of the spec is called so")]
    OverrideUnused { name: String, near: Option<String> },
    #[error("`--let {name}={value}`: a dimension lies between 1 and {MAX_DIM}")]
    OverrideRange { name: String, value: u64 },
    #[error("the count `{name}` has no value")]
    Unbound { name: String, span: Span },
}

impl From<ScopeError> for Diagnostic {
    fn from(error: ScopeError) -> Self {
        let title = error.to_string();
        let diagnostic = Self::error(Kind::Spec, &title);
        match error {
            ScopeError::Twice { first, second, .. } => {
                diagnostic.at(second, "").because(first, "this is the first").help("remove one of the two")
            }
            ScopeError::Late { name, binding, used } => diagnostic
                .at(binding, "")
                .because(used, format!("`{name}` is used here"))
                .help("move the `let` up, before this use or to the top"),
            ScopeError::Unused { binding, near: Some(near), .. } => {
                diagnostic.at(binding, "").help(format!("did you mean `{near}`?")).edit(binding, near)
            }
            ScopeError::Unused { binding, near: None, .. } => diagnostic.at(binding, "").help("remove the binding"),
            ScopeError::Range { span, .. } => diagnostic.at(span, ""),
            ScopeError::Unbound { name, span } => {
                diagnostic.at(span, "").help(format!("write a number, or bind it above: `let {name} = 3`"))
            }
            ScopeError::OverrideTwice { .. } | ScopeError::OverrideRange { .. } => Self::error(Kind::Usage, title),
            ScopeError::OverrideUnused { near, .. } => {
                let help = near.map_or("leave it out".into(), |near| format!("did you mean `{near}`?"));
                Self::error(Kind::Usage, title).help(help)
            }
        }
    }
}

impl Scope {
    /// The values that the bindings give, with those of the command line above them. `misplaced` ones have
    /// been reported: they bind, and that is all.
    pub(super) fn new(
        bindings: &[&Binding],
        misplaced: &[&Binding],
        overrides: &[(String, u64)],
        report: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut scope = Self { values: BTreeMap::new(), lets: Vec::new(), overrides: Vec::new(), uses: HashMap::new() };
        for binding in bindings {
            let free = names::check_free(&binding.name, "dimension", report);
            if scope.bind(binding, report) && free {
                scope.lets.push(binding.name.clone());
            }
        }
        for binding in misplaced {
            scope.bind(binding, report);
        }
        for (name, number) in overrides {
            scope.bind_override(name, *number, report);
        }
        scope
    }

    /// Whether this is the name's first binding.
    fn bind(&mut self, binding: &Binding, report: &mut Vec<Diagnostic>) -> bool {
        let Spanned { value: name, span } = &binding.name;
        let (value, number) = (binding.value.value, in_range(binding.value.value));
        if let Some(Value { place: Some(first), .. }) = self.values.get(name.as_str()) {
            report.push(ScopeError::Twice { name: name.clone(), first: *first, second: *span }.into());
            return false;
        }
        if number.is_none() {
            report.push(ScopeError::Range { name: name.clone(), value, span: binding.value.span }.into());
        }
        self.values.insert(name.as_str().into(), Value { number, place: Some(*span) });
        true
    }

    fn bind_override(&mut self, name: &str, value: u64, report: &mut Vec<Diagnostic>) {
        let number = in_range(value);
        if self.overrides.iter().any(|other| other == name) {
            report.push(ScopeError::OverrideTwice { name: name.into() }.into());
        } else if number.is_none() {
            report.push(ScopeError::OverrideRange { name: name.into(), value }.into());
        }
        self.overrides.push(name.into());
        self.values.insert(name.into(), Value { number, place: None });
    }

    /// The value of a name that counts the passes of a block.
    pub(super) fn count(&mut self, name: &str, span: Span, report: &mut Vec<Diagnostic>) -> Option<u64> {
        self.note_use(name, span);
        let value = self.values.get(name);
        if value.is_none() {
            report.push(ScopeError::Unbound { name: name.into(), span }.into());
        }
        value?.number
    }

    /// Notes where a name occurs. Returns whether it is the first time.
    pub(super) fn note_use(&mut self, name: &str, span: Span) -> bool {
        match self.uses.get_mut(name) {
            Some(first) => {
                *first = span.min(*first);
                false
            }
            None => self.uses.insert(name.into(), span).is_none(),
        }
    }

    /// Where each name first occurs, in the order of the places.
    pub(super) fn uses(&self) -> Vec<(&str, Span)> {
        let mut uses: Vec<(&str, Span)> = self.uses.iter().map(|(name, span)| (name.as_str(), *span)).collect();
        uses.sort_unstable_by_key(|(_, span)| *span);
        uses
    }

    /// A dimension with the values put in.
    pub(super) fn extent(&self, written: Dim) -> Result<Extent, DimError> {
        let value = written.bound(&|name| self.values.get(name)?.number)?;
        Ok(Extent { written, value })
    }

    /// Whether `--let` gave the value of this name.
    pub(super) fn is_overridden(&self, name: &str) -> bool {
        self.overrides.iter().any(|other| other == name)
    }

    /// All values, in order of the names.
    pub(super) fn bindings(&self) -> Vec<(Arc<str>, u64)> {
        self.values.iter().filter_map(|(name, value)| Some((name.clone(), value.number?))).collect()
    }

    /// Says where the values of these names come from.
    pub(super) fn explain<'a>(&self, names: impl Iterator<Item = &'a str>, mut diagnostic: Diagnostic) -> Diagnostic {
        for name in names {
            diagnostic = match self.values.get(name) {
                Some(Value { number: Some(number), place: Some(span) }) => {
                    diagnostic.because(*span, format!("`{name}` is {number}"))
                }
                Some(Value { number: Some(number), place: None }) => {
                    diagnostic.note(format!("`{name}` is {number} by `--let`"))
                }
                Some(Value { number: None, .. }) | None => diagnostic,
            };
        }
        diagnostic
    }

    /// Reports the bindings without a use, and those that come after one. To be called when all uses are noted.
    pub(super) fn check_uses(&self, report: &mut Vec<Diagnostic>) {
        let used = self.uses();
        let near = |name: &str| suggestion::nearest(name, used.iter().map(|(name, _)| *name)).map(String::from);
        let mut unused = Vec::new();
        for Spanned { value: name, span } in &self.lets {
            match self.uses.get(name) {
                None => unused.push((name, Some(*span))),
                Some(used) if used.start < span.start => {
                    report.push(ScopeError::Late { name: name.clone(), binding: *span, used: *used }.into());
                }
                Some(_) => {}
            }
        }
        let bound = |name: &String| self.lets.iter().any(|bound| bound.value == *name);
        let overrides = self.overrides.iter().filter(|name| !self.uses.contains_key(*name) && !bound(name));
        unused.extend(overrides.map(|name| (name, None)));
        for (name, place) in unused.into_iter().take(MAX_UNUSED) {
            let (name, near) = (name.clone(), near(name));
            report.push(match place {
                Some(binding) => ScopeError::Unused { name, binding, near }.into(),
                None => ScopeError::OverrideUnused { name, near }.into(),
            });
        }
    }
}

/// `value`, if a dimension can have it.
fn in_range(value: u64) -> Option<u64> {
    Dim::number(value).is_ok().then_some(value)
}
