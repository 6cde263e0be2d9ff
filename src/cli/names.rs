//! `names`: the names of the language, with their formulas.

use chainrule::{
    pipeline::{self, PipelineError},
    report,
};

use super::{
    Outcome,
    args::Names,
    error::{CliError, Failure},
    output::{self, Output},
};

/// Prints the tables.
///
/// # Errors
/// A format that is none for readers, or standard output cannot be written.
pub fn run(arguments: &Names, output: &mut Output) -> Result<Outcome, Failure> {
    let style = arguments.page.style(output::width(), output.is_colored())?.ok_or(CliError::NoNames)?;
    let (losses, absorbed) = (pipeline::losses(), pipeline::absorbed());
    let page = report::names(&losses.map_err(PipelineError::from)?, &absorbed.map_err(PipelineError::from)?);
    style.write(&page, &mut output.out)?;
    Ok(Outcome::Done)
}
