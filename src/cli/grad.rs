//! `grad`: a spec and the user's arrays → the gradients' values in a file.

use std::io::Write;

use chainrule::{
    evaluate::{arrays::Arrays, bindings::bind, files::encode_npz, memory},
    pipeline::{self, Evaluation},
};
use ndarray::Array2;

use super::{Outcome, args::Grad, data, error::Failure, files, output::Output, source};

/// Evaluates the derived gradients, writes them, and says what was written.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Grad, output: &mut Output) -> Result<Outcome, Failure> {
    let (path, limit) = (&arguments.output, arguments.memory.limit);
    files::distinct(path, [&arguments.params, &arguments.data])?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let parameters = files::arrays(&arguments.params, limit)?;
    let data = data::read(&arguments.data, &arguments.table, limit, &network, output)?;
    let bound = bind(&network, Some(parameters), Some(data), None).map_err(|errors| source.failure(errors))?;
    memory::check(&bound.network, limit).map_err(|error| error.diagnostic())?;
    output.messages(&bound.warnings, &source)?;
    let Evaluation { loss, gradients, warnings } = pipeline::evaluate(bound)?;
    output.messages(&warnings, &source)?;
    let name = files::name(path);
    let bytes = encode_npz(&gradients).map_err(|error| error.diagnostic(&name))?;
    files::replace(path, &bytes)?;
    summary(loss, &gradients, output)?;
    writeln!(output.out, "\nwritten to {name}")?;
    Ok(Outcome::Done)
}

/// The loss, and a line an array.
fn summary(loss: f64, gradients: &Arrays, output: &mut Output) -> Result<(), Failure> {
    let size = |array: &Array2<f64>| format!("{} × {}", array.nrows(), array.ncols());
    let largest = |array: &Array2<f64>| array.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    let names = gradients.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let sizes = gradients.values().map(|array| size(array).chars().count()).max().unwrap_or(0).max(5);
    writeln!(output.out, "J = {loss}\n\n{:names$}  {:>sizes$}  largest entry", "array", "shape")?;
    for (name, array) in gradients {
        writeln!(output.out, "{name:names$}  {:>sizes$}  {:>13}", size(array), format!("{:.4e}", largest(array)))?;
    }
    Ok(())
}
