//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use chainrule::{
    pipeline::insight,
    render::{self, Style, page::Page},
};

use super::{
    Outcome,
    args::insight::{Format, Insight},
    data,
    error::Failure,
    idle,
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
    let paths = [arguments.params.as_deref(), arguments.data.as_deref()];
    let arrays = data::read(paths, &arguments.table, memory, &network, &source, output)?;
    let mut progress = Progress::on_terminal();
    let found = insight::insight(&network, arrays, &arguments.into(), &mut |working| progress.at(working));
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
