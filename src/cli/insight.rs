//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use std::path::Path;

use chainrule::{
    pipeline::insight,
    render::{self, Style, page::Page},
};

use super::{
    Outcome,
    args::insight::{Format, Insight},
    error::Failure,
    files,
    output::{self, Output},
    source,
};

/// Prints the parts that are asked for.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Insight, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    let memory = arguments.memory.limit;
    let read = |path: &Option<_>| path.as_deref().map(|path: &Path| files::arrays(path, memory)).transpose();
    let files = [read(&arguments.params)?, read(&arguments.data)?];
    let found = insight::insight(&network, files, &arguments.into(), &mut |_| {});
    let found = found.map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, &source)?;
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
