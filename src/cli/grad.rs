//! `grad`: a spec and the user's arrays → the gradients' values in a file.

use std::path::Path;

use chainrule::{
    evaluate::{bindings::bind, files::Format, memory},
    pipeline,
    report::{self, json},
};

use super::{Outcome, args::Grad, data, error::Failure, files, output::Output, source};

/// Evaluates the derived gradients, writes them, and says what was written.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Grad, output: &mut Output) -> Result<Outcome, Failure> {
    let limit = arguments.memory.limit;
    let target = arguments.output.as_deref().map(|path| target(path, arguments)).transpose()?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let [parameters, data] = data::read(&arguments.arrays, limit, &network, &source, output)?;
    let bound = bind(&network, parameters, data, None).map_err(|errors| source.failure(errors))?;
    memory::check(&bound.network, limit).map_err(|error| error.diagnostic())?;
    output.messages(&bound.warnings, &source)?;
    let found = pipeline::evaluate(bound)?;
    output.messages(&found.warnings, &source)?;
    if let Some((path, name, format)) = &target {
        let bytes = format.encode(&found.gradients).map_err(|error| error.diagnostic(name))?;
        files::replace(path, &bytes)?;
    }
    let json = |out: &mut _| json::evaluation(&found, &source.text, out);
    output.page(&arguments.page, || report::evaluation(&found, arguments.print), json)?;
    if let Some((_, name, _)) = &target {
        output.remark(&format!("written to {name}"))?;
    }
    Ok(Outcome::Done)
}

/// Where the gradients go, how messages call it, and what its name says that is written there.
fn target<'a>(path: &'a Path, arguments: &Grad) -> Result<(&'a Path, String, Format), Failure> {
    let inputs = [arguments.arrays.params.as_ref(), arguments.arrays.data.as_ref(), arguments.spec.text.path.as_ref()];
    files::distinct(path, inputs)?;
    let name = files::name(path);
    let format = files::array_format(path)?;
    Ok((path, name, format))
}
