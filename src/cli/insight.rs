//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use std::path::Path;

use chainrule::{
    pipeline::insight,
    render::{self, Style, page::Page},
};

use super::{
    Outcome,
    args::insight::{Format, Insight},
    data,
    error::Failure,
    files, idle,
    output::{self, Output},
    plots,
    progress::Progress,
    source,
};

/// Prints the parts that are asked for.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Insight, output: &mut Output) -> Result<Outcome, Failure> {
    output.messages(&idle::warnings(arguments), &source::Source::default())?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let memory = arguments.memory.limit;
    let parameters = arguments.params.as_deref().map(|path: &Path| files::arrays(path, memory)).transpose()?;
    let read = |path: &Path| data::read(path, &arguments.table, memory, &network, output);
    let data = arguments.data.as_deref().map(read).transpose()?;
    let mut progress = Progress::on_terminal();
    let found = insight::insight(&network, [parameters, data], &arguments.into(), &mut |working| progress.at(working));
    drop(progress);
    let found = found.map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, &source)?;
    if let Some(folder) = &arguments.plot {
        plots::write(folder, &found.pictures(), output)?;
    }
    let format = match arguments.format {
        Format::Text => render::Format::Text,
        Format::Ascii => render::Format::Ascii,
        Format::Latex => render::Format::Latex,
        Format::Json => {
            found.write_json(&source.text, &mut output.out)?;
            return Ok(Outcome::Done);
        }
    };
    let width = if format.is_plain() { output::width() } else { format.columns() };
    let style = Style { format, shapes: render::Shapes::Under, width, colored: output.is_colored() };
    let mut page = Page::new(&style, &mut output.out)?;
    page.source(&source.text)?;
    found.print(&mut page)?;
    page.end()?;
    Ok(Outcome::Done)
}
