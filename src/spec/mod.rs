//! Spec text → [`Spec`]: names and numbers with their places. The only user of nom.

mod alias;
mod dimension;
mod document;
mod error;
mod expected;
mod foreign;
mod grammar;
mod input;
mod layer;
mod lexical;
mod limit;
pub mod meant;
mod print;
pub mod syntax;

use crate::source::Diagnostic;
use syntax::Spec;

pub(crate) use error::{near_statement, unknown_statement, unknown_title};
pub use lexical::{KEYWORDS, MAX_NUMBER, is_name};
pub use limit::{MAX_BYTES, decode};

/// The syntax tree of a text.
///
/// ```
/// let spec = chainrule::spec::parse("input [n, 3]; dense 2*k relu; loss mse").unwrap();
/// assert_eq!(spec.statements.len(), 3);
/// assert_eq!(spec.to_string(), "input [n, 3]\ndense 2*k relu\nloss mse\n");
/// ```
///
/// # Errors
/// All faulty statements, in order, at most 20 of them. Blocks or parentheses nested deeper than 128 are refused
/// before anything else is looked at.
pub fn parse(text: &str) -> Result<Spec, Vec<Diagnostic>> {
    if let Some(error) = limit::too_deep(text) {
        return Err(vec![error.into()]);
    }
    let source = input::Source::new(text);
    let spec = grammar::parse_spec(source.all()).map(|(_, spec)| spec).ok();
    let (errors, more) = source.into_errors();
    match spec {
        Some(spec) if errors.is_empty() => Ok(spec),
        _ => Err(document::foreign(text).map_or_else(|| reported(errors, more), |error| vec![error])),
    }
}

/// The names of other tools that a spec uses for activations and losses, each with its name here.
#[must_use]
pub fn aliases(spec: &syntax::Spec) -> Vec<(String, String)> {
    alias::all(spec)
}

fn reported(errors: Vec<error::SpecError>, more: bool) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = errors.into_iter().map(Diagnostic::from).collect();
    if let Some(last) = diagnostics.last_mut().filter(|_| more) {
        last.more_follow();
    }
    diagnostics
}
