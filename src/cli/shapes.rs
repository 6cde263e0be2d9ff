//! `shapes`: a spec → the table of its layers up to the first error.

use std::io::Write;

use chainrule::render::{json, table};

use super::{
    Outcome,
    args::{ReportFormat, Shapes},
    error::Failure,
    output::Output,
    source::Source,
};

/// Prints the table, and what is wrong.
///
/// # Errors
/// A faulty spec, once the table is printed.
pub fn run(arguments: &Shapes, output: &mut Output) -> Result<Outcome, Failure> {
    let source = Source::read(&arguments.spec.text)?;
    let resolution = source.resolve(&arguments.spec.bindings)?;
    match arguments.format {
        ReportFormat::Json => json::shapes(&source.text, &resolution, &mut output.out)?,
        ReportFormat::Text if resolution.input.is_some() => writeln!(output.out, "{}", table::shapes(&resolution))?,
        ReportFormat::Text => {}
    }
    if resolution.network.is_none() {
        return Err(source.failure(resolution.diagnostics));
    }
    output.messages(&resolution.diagnostics, &source)?;
    Ok(Outcome::Done)
}
