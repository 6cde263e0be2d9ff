//! `report`: a spec, and arrays if there are any → one page with all that there is to say of the network.

use chainrule::explore::report::page;

use super::{
    Outcome,
    args::graph::Report,
    data,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// Writes the page.
///
/// # Errors
/// Another ending than HTML's, a faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Report, output: &mut Output) -> Result<Outcome, Failure> {
    let path = &arguments.output;
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if !matches!(ending.as_deref(), Some("html" | "htm")) {
        return Err(CliError::Page { path: files::name(path) }.into());
    }
    files::distinct(
        path,
        [arguments.arrays.params.as_ref(), arguments.arrays.data.as_ref(), arguments.spec.text.path.as_ref()],
    )?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let resolution = source.resolve(&arguments.spec.bindings)?;
    let limit = arguments.memory.limit;
    let arrays = data::read(&arguments.arrays, limit, &network, &source, output)?;
    let (page, verification) =
        page(&source.text, &network, &resolution, arrays, limit).map_err(|errors| source.failure(errors))?;
    output.messages(&verification.warnings, &source)?;
    files::replace(path, page.as_bytes())?;
    output.remark(&format!("written to {}", files::name(path)))?;
    output.differs = !verification.holds();
    Ok(if verification.holds() { Outcome::Done } else { Outcome::Differs })
}
