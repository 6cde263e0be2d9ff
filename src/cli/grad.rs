//! `grad`: a spec and the user's arrays → the gradients' values in a file.

use std::io::Write;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::bind,
        files::{Format, shown},
        memory,
    },
    insight::Magnitude,
    pipeline::{self, Evaluation},
    render::table::figures,
    source::{Diagnostic, Kind},
};
use ndarray::Array2;

use super::{
    Outcome,
    args::Grad,
    data,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// The most rows and columns of an array that is printed.
const PRINTED: usize = 12;

/// Evaluates the derived gradients, writes them, and says what was written.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Grad, output: &mut Output) -> Result<Outcome, Failure> {
    let (path, limit) = (&arguments.output, arguments.memory.limit);
    let inputs = [Some(&arguments.params), Some(&arguments.data), arguments.spec.text.path.as_ref()];
    files::distinct(path, inputs)?;
    let name = files::name(path);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = Format::of_extension(extension).ok_or_else(|| CliError::Extension { path: name.clone() })?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let paths = [Some(arguments.params.as_path()), Some(arguments.data.as_path())];
    let [parameters, data] = data::read(paths, &arguments.table, limit, &network, &source, output)?;
    let bound = bind(&network, parameters, data, None).map_err(|errors| source.failure(errors))?;
    memory::check(&bound.network, limit).map_err(|error| error.diagnostic())?;
    output.messages(&bound.warnings, &source)?;
    let Evaluation { loss, gradients, warnings } = pipeline::evaluate(bound)?;
    if !loss.is_finite() {
        let title = format!("J is {loss}: a value of the forward pass is too large for a float64, or is not defined");
        let help = "scale the inputs or the weights down; the gradients may not be numbers either";
        output.messages(&[Diagnostic::warning(Kind::Data, title).help(help)], &source)?;
    }
    output.messages(&warnings, &source)?;
    let bytes = format.encode(&gradients).map_err(|error| error.diagnostic(&name))?;
    files::replace(path, &bytes)?;
    summary(loss, &gradients, output)?;
    if arguments.print {
        matrices(&gradients, output)?;
    }
    writeln!(output.out, "\nwritten to {name}")?;
    Ok(Outcome::Done)
}

/// The loss, and a line an array.
fn summary(loss: f64, gradients: &Arrays, output: &mut Output) -> Result<(), Failure> {
    let row = |(name, array): (&String, &Array2<f64>)| {
        vec![shown(name), format!("{} × {}", array.nrows(), array.ncols()), figure(largest(array))]
    };
    let rows: Vec<Vec<String>> = gradients.iter().map(row).collect();
    writeln!(output.out, "J = {loss}\n\n{}", figures(&["array", "shape", "largest entry"], &rows, 1))?;
    Ok(())
}

/// The largest |entry|; NaN where there is one.
fn largest(array: &Array2<f64>) -> f64 {
    let larger = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) };
    array.iter().fold(0.0, |largest, entry| larger(largest, entry.abs()))
}

/// Three digits; what is no number by its name.
fn figure(entry: f64) -> String {
    let sign = if entry < 0.0 { "-" } else { "" };
    if entry.is_finite() { format!("{sign}{}", Magnitude::of(entry)) } else { entry.to_string() }
}

/// The entries of small gradients.
fn matrices(gradients: &Arrays, output: &mut Output) -> Result<(), Failure> {
    for (name, array) in gradients {
        let (rows, columns) = array.dim();
        if rows > PRINTED || columns > PRINTED {
            writeln!(output.out, "\n∂J/∂{name}: not printed, it has more than {PRINTED} × {PRINTED} entries")?;
            continue;
        }
        writeln!(output.out, "\n∂J/∂{name}")?;
        let entries: Vec<Vec<String>> =
            array.rows().into_iter().map(|row| row.iter().map(|entry| figure(*entry)).collect()).collect();
        let width = entries.iter().flatten().map(|entry| entry.chars().count()).max().unwrap_or(0);
        for row in entries {
            let row: Vec<String> = row.into_iter().map(|entry| format!("{entry:>width$}")).collect();
            writeln!(output.out, "{}", row.join("  "))?;
        }
    }
    Ok(())
}
