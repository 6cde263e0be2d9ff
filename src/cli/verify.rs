//! `verify`: a spec, and arrays or a seed → whether the derived formulas equal the concrete backprop.

use chainrule::{
    pipeline::{self, Options},
    report::{self, json},
};

use super::{Outcome, args::Verify, data, error::Failure, output::Output, source};

/// Prints what was compared, and what holds.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit.
pub fn run(arguments: &Verify, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    let options =
        Options { seed: arguments.seed, trials: arguments.trials.into(), memory: arguments.memory.limit.into() };
    let [parameters, data] = data::read(&arguments.arrays, arguments.memory.limit, &network, &source, output)?;
    let found = pipeline::verify(&network, parameters, data, options).map_err(|errors| source.failure(errors))?;
    output.messages(&found.warnings, &source)?;
    output.differs = !found.holds();
    let json = |out: &mut _| json::verification(&found, &source.text, out);
    output.page(&arguments.page, || report::verification(&found), json)?;
    Ok(if found.holds() { Outcome::Done } else { Outcome::Differs })
}
