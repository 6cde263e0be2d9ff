//! `shapes`: a spec → the table of its layers up to the first error.

use std::io::Write;

use chainrule::{
    render::Style,
    report::{self, json},
};

use super::{Outcome, args::Shapes, check, error::Failure, output::Output, source::Source};

/// Prints the table, or what differs from a stored one, and what is wrong.
///
/// # Errors
/// A faulty spec, once the table is printed.
pub fn run(arguments: &Shapes, output: &mut Output) -> Result<Outcome, Failure> {
    check::distinct(&arguments.check, &arguments.spec.text)?;
    let source = Source::read(&arguments.spec.text)?;
    let mut resolution = source.resolve(&arguments.spec.bindings)?;
    resolution.layout = arguments.spec.layout.unwrap_or(resolution.layout);
    let print = |style: Option<Style>, mut out: &mut dyn Write| match style {
        Some(style) => style.write(&report::shapes(&resolution), &mut out),
        None => json::shapes(&source.text, &resolution, &mut out),
    };
    // A table that ends at an error is shown, but neither compared nor stored.
    if resolution.network.is_none() && arguments.check.file.is_some() {
        return Err(source.failure(resolution.diagnostics));
    }
    let outcome = check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)?;
    if resolution.network.is_none() {
        return Err(source.failure(resolution.diagnostics));
    }
    output.messages(&resolution.diagnostics, &source)?;
    source.say_aliases(output)?;
    Ok(outcome)
}
