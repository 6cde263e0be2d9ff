//! `names`: the names of the language, with their formulas.

use chainrule::{
    pipeline::{self, PipelineError},
    report::{self, json},
};

use super::{Outcome, args::Names, error::Failure, output::Output};

/// Prints the tables.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(arguments: &Names, output: &mut Output) -> Result<Outcome, Failure> {
    let (losses, absorbed) = (pipeline::losses(), pipeline::absorbed());
    let (losses, absorbed) = (losses.map_err(PipelineError::from)?, absorbed.map_err(PipelineError::from)?);
    let page = || report::names(&losses, &absorbed);
    output.page(&arguments.page, page, |out| json::page(&page(), "", out))?;
    Ok(Outcome::Done)
}
