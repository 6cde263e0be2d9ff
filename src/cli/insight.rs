//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use std::path::{Path, PathBuf};

use chainrule::{
    evaluate::files::holds_arrays,
    network::graph::Network,
    pipeline::insight::{self, Insight, Part},
    report::{self, insight::Showing, json},
};

use super::{
    Outcome,
    args::{SpecText, insight::Insight as Arguments},
    data,
    error::Failure,
    files, idle,
    output::Output,
    plots,
    progress::Progress,
    source::{self, Source},
};

/// Prints the parts that are asked for.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    output.messages(&idle::warnings(arguments), &Source::default())?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let found = measured(&network, &source, arguments, output)?;
    let other =
        arguments.compare.as_deref().map(|name| compared(name, &network, &source, arguments, output)).transpose()?;
    if let Some(folder) = &arguments.plot {
        plots::write(folder, &report::insight::pictures::pictures(&found), output)?;
    }
    let other = other.as_ref().map(|(found, name)| (found, &**name));
    let json = |out: &mut _| json::insight(&found, other, &source.text, out);
    let showing = Showing { explain: arguments.explain, power: arguments.power };
    let page = || {
        let mut page = report::insight(&found, showing);
        if let Some((other, name)) = &other {
            page.blocks.extend(report::insight::compared(&found, other, name).blocks);
        }
        page
    };
    output.page(&arguments.page, page, json)?;
    let findings = found.summary.iter().flat_map(|summary| &summary.judged.findings);
    let fails = findings.into_iter().any(|finding| arguments.fail_on.iter().any(|failing| failing.is(finding)));
    Ok(if fails { Outcome::Differs } else { Outcome::Done })
}

/// The parts of one run.
fn measured(
    network: &Network,
    source: &Source,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Insight, Failure> {
    let paths = [arguments.params.as_deref(), arguments.data.as_deref()];
    let arrays = data::read(paths, &arguments.table, arguments.memory.limit, network, source, output)?;
    let mut progress = Progress::on_terminal();
    let found = insight::insight(network, arrays, &arguments.into(), &mut |working| progress.at(working));
    drop(progress);
    let found = found.map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, source)?;
    Ok(found)
}

/// The summary of the other run, and what it is called: arrays are parameters of the same network, all else is a spec.
fn compared(
    name: &str,
    network: &Network,
    source: &Source,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(Insight, String), Failure> {
    let path = PathBuf::from(name);
    let mut other = Arguments { only: vec![Part::Summary], all: false, plot: None, ..arguments.clone() };
    if path.exists() && holds_arrays(&files::bytes(&path, arguments.memory.limit)?) {
        other.params = Some(path);
        return Ok((measured(network, source, &other, output)?, files::name(Path::new(name))));
    }
    let is_text = !path.exists() && name.contains([' ', ';', '\n']);
    let text = name.to_owned();
    other.spec.text =
        if is_text { SpecText { path: None, text: Some(text) } } else { SpecText { path: Some(path), text: None } };
    let (network, source) = source::network(&other.spec, output)?;
    let found = measured(&network, &source, &other, output)?;
    Ok((found, if is_text { "the other spec".to_owned() } else { files::name(Path::new(name)) }))
}
