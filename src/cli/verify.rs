//! `verify`: a spec, and arrays or a seed → whether the derived formulas equal the concrete backprop.

use std::io::Write;

use chainrule::{
    evaluate::bindings,
    network::graph::Network,
    pipeline::{self, Options},
    render::glyphs::seven_bits,
};

use super::{
    Outcome,
    args::{ReportFormat, Verify},
    data,
    error::Failure,
    output::Output,
    source::{self, Source},
};

/// Prints what was compared, and what holds.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Verify, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    let options = Options { seed: arguments.seed, trials: arguments.trials.into(), memory: arguments.memory.limit };
    let paths = [arguments.params.as_deref(), arguments.data.as_deref()];
    let arrays = data::read(paths, &arguments.table, options.memory, &network, &source, output)?;
    verify(&network, &source, arrays, options, arguments.format, output)
}

/// Verifies on the arrays of `[parameters, data]`; what they do not hold is drawn.
///
/// # Errors
/// Arrays that do not fit, a limit.
pub fn verify(
    network: &Network,
    source: &Source,
    [parameters, data]: [Option<bindings::Source>; 2],
    options: Options,
    format: ReportFormat,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let found = pipeline::verify(network, parameters, data, options).map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, source)?;
    output.differs = !found.holds();
    match format {
        ReportFormat::Text => writeln!(output.out, "{found}")?,
        ReportFormat::Ascii => writeln!(output.out, "{}", seven_bits(&found.to_string()))?,
        ReportFormat::Json => found.write_json(&source.text, &mut output.out)?,
    }
    Ok(if found.holds() { Outcome::Done } else { Outcome::Differs })
}
