//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use chainrule::{
    pipeline::insight,
    report::{self, json},
};

use super::{
    Outcome, args::insight::Insight, data, error::Failure, idle, output::Output, plots, progress::Progress, source,
};

/// Prints the parts that are asked for.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Insight, output: &mut Output) -> Result<Outcome, Failure> {
    output.messages(&idle::warnings(arguments), &source::Source::default())?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let memory = arguments.memory.limit;
    let paths = [arguments.params.as_deref(), arguments.data.as_deref()];
    let arrays = data::read(paths, &arguments.table, memory, &network, &source, output)?;
    let mut progress = Progress::on_terminal();
    let found = insight::insight(&network, arrays, &arguments.into(), &mut |working| progress.at(working));
    drop(progress);
    let found = found.map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, &source)?;
    if let Some(folder) = &arguments.plot {
        plots::write(folder, &report::insight::pictures::pictures(&found), output)?;
    }
    let json = |out: &mut _| json::insight(&found, &source.text, out);
    output.page(&arguments.page, || report::insight(&found), json)?;
    Ok(Outcome::Done)
}
