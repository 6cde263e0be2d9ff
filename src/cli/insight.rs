//! `insight`: a spec, and arrays or an initialisation → what influences the gradients, printed.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use chainrule::{
    evaluate::files::holds_arrays,
    insight::summary::Judged,
    network::graph::Network,
    pipeline::{
        self,
        insight::{self, Insight, Part},
    },
    render::Style,
    report::{self, insight::Showing, json},
};

use super::{
    Outcome,
    args::{SpecText, insight::Insight as Arguments},
    check, data,
    error::Failure,
    files,
    output::Output,
    plots,
    progress::Progress,
    source::{self, Source},
    unused_options,
};

/// Prints the parts that are asked for.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    check::distinct(&arguments.check, &arguments.spec.text)?;
    output.messages(&unused_options::warnings(arguments), &Source::default())?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let found = measured(&network, &source, arguments, output)?;
    let other =
        arguments.compare.as_deref().map(|name| compared(name, &network, &source, arguments, output)).transpose()?;
    if let Some(folder) = &arguments.plot {
        plots::write(folder, &report::insight::pictures::pictures(&found), output)?;
    }
    let other = other.as_ref().map(|(found, name)| (found, &**name));
    let numbers = arguments.numbers.then(|| pipeline::numbers_at(&found.subject)).transpose();
    let numbers = numbers.map_err(|errors| source.failure(errors))?;
    let showing = Showing { explain: arguments.explain, power: arguments.power };
    let print = |style: Option<Style>, mut out: &mut dyn Write| {
        let Some(style) = style else {
            return json::insight(&found, other, numbers.as_ref(), &source.text, &mut out);
        };
        let mut page = report::insight(&found, showing);
        if let Some((other, name)) = &other {
            page.blocks.extend(report::insight::compared(&found, other, name).blocks);
        }
        page.blocks.extend(numbers.iter().flat_map(|numbers| report::numbers(numbers, true).blocks));
        style.write(&page, out)
    };
    let fails = |judged: &Judged| arguments.fail_on.iter().any(|failing| failing.is_in(judged));
    let fails = found.summary.as_ref().is_some_and(|summary| fails(&summary.judged));
    output.differs = fails;
    let outcome = check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)?;
    Ok(if fails { Outcome::Differs } else { outcome })
}

/// The parts of one run.
fn measured(
    network: &Network,
    source: &Source,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Insight, Failure> {
    let arrays = data::read(&arguments.arrays, arguments.memory.limit, network, source, output)?;
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
        other.arrays.params = Some(path);
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
