//! `grad`: a spec and the user's arrays → the gradients' values in a file.

use super::{Outcome, args::Grad, data, error::Failure, files, output::Output, source};
use chainrule::{
    evaluate::{bindings::bind, files::encode_npz, memory},
    pipeline,
    report::{self, json},
};

/// Evaluates the derived gradients, writes them, and says what was written.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Grad, output: &mut Output) -> Result<Outcome, Failure> {
    let (path, limit) = (&arguments.output, arguments.memory.limit);
    files::distinct(path, [&arguments.params, &arguments.data])?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let parameters = files::arrays(&arguments.params, limit)?;
    let data = data::read(&arguments.data, &arguments.table, limit, &network, output)?;
    let bound = bind(&network, Some(parameters), Some(data), None).map_err(|errors| source.failure(errors))?;
    memory::check(&bound.network, limit).map_err(|error| error.diagnostic())?;
    output.messages(&bound.warnings, &source)?;
    let found = pipeline::evaluate(bound)?;
    output.messages(&found.warnings, &source)?;
    let name = files::name(path);
    let bytes = encode_npz(&found.gradients).map_err(|error| error.diagnostic(&name))?;
    files::replace(path, &bytes)?;
    output.page(&arguments.page, || report::evaluation(&found), |out| json::evaluation(&found, &source.text, out))?;
    output.remark(&format!("written to {name}"))?;
    Ok(Outcome::Done)
}
