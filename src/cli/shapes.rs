//! `shapes`: a spec → the table of its layers up to the first error.

use chainrule::report::{self, json};

use super::{Outcome, args::Shapes, error::Failure, output::Output, source::Source};

/// Prints the table, and what is wrong.
///
/// # Errors
/// A faulty spec, once the table is printed.
pub fn run(arguments: &Shapes, output: &mut Output) -> Result<Outcome, Failure> {
    let source = Source::read(&arguments.spec.text)?;
    let resolution = source.resolve(&arguments.spec.bindings)?;
    let json = |out: &mut _| json::shapes(&source.text, &resolution, out);
    output.page(&arguments.page, || report::shapes(&resolution), json)?;
    if resolution.network.is_none() {
        return Err(source.failure(resolution.diagnostics));
    }
    output.messages(&resolution.diagnostics, &source)?;
    Ok(Outcome::Done)
}
