//! `grad`: a spec and the user's arrays → the gradients' values in a file.

use std::io::Write;

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::{Bound, bind},
        eval::EvaluationError,
        files::encode_npz,
        gradients::Pass,
        memory,
    },
    gradient::{Derivation, Derived, Form},
    pipeline::{Request, are_distributions},
    source::{Diagnostic, Kind},
};
use ndarray::Array2;

use super::{
    Outcome,
    args::Grad,
    derive::derive,
    error::{CliError, Failure},
    files,
    output::Output,
    source::{self, Source},
};

/// Evaluates the derived gradients, writes them, and says what was written.
///
/// # Errors
/// A faulty spec, files that cannot be read or do not fit, a limit, a file that cannot be written.
pub fn run(arguments: &Grad, output: &mut Output) -> Result<Outcome, Failure> {
    let (path, limit) = (&arguments.output, arguments.memory.limit);
    files::distinct(path, [&arguments.params, &arguments.data])?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let (parameters, data) = (files::arrays(&arguments.params, limit)?, files::arrays(&arguments.data, limit)?);
    let bound = bind(&network, Some(parameters), Some(data), None).map_err(|errors| source.failure(errors))?;
    memory::check(&bound.network, limit).map_err(|error| error.diagnostic())?;
    output.messages(&bound.warnings, &source)?;
    let derivation = layered(&bound, &source, output)?;
    let (loss, gradients) =
        evaluate(&derivation, bound).map_err(|error| CliError::Defect { reason: error.to_string() })?;
    output.messages(&not_finite(&gradients), &source)?;
    let name = files::name(path);
    let bytes = encode_npz(&gradients).map_err(|error| error.diagnostic(&name))?;
    files::replace(path, &bytes)?;
    summary(loss, &gradients, output)?;
    writeln!(output.out, "\nwritten to {name}")?;
    Ok(Outcome::Done)
}

/// The layered form for these arrays: for targets that are no distributions without that assumption.
fn layered(bound: &Bound, source: &Source, output: &mut Output) -> Result<Derivation, Failure> {
    let request = Request::new(Form::Layered);
    let derivation = derive(&bound.network, &request)?;
    if !derivation.assumes_distributions || are_distributions(&bound.network, &bound.arrays) {
        return Ok(derivation);
    }
    let target = &bound.network.target.name;
    let title = format!("the rows of `{target}` do not all sum to 1, so the general gradient is evaluated");
    output.messages(&[Diagnostic::warning(Kind::Data, title)], source)?;
    Ok(derive(&bound.network, &Request { distributions: false, ..request })?)
}

/// J, and the gradients by all parameters and the input under the names of these.
fn evaluate(derivation: &Derivation, bound: Bound) -> Result<(f64, Arrays), EvaluationError> {
    let forward = &derivation.forward;
    let pass = Pass::new(forward, &bound.dims, bound.arrays)?;
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok((f64::NAN, Arrays::new())) };
    let variables: Vec<_> = forward.parameters.iter().copied().chain([forward.input]).collect();
    let named = |(variable, value)| (forward.arena.symbol(variable).key(), value);
    Ok((pass.scalar(derivation.loss)?, pass.whole(gradient, &variables)?.into_iter().map(named).collect()))
}

/// A warning for each array with entries that are no numbers.
fn not_finite(gradients: &Arrays) -> Vec<Diagnostic> {
    let warning = |(name, array): (&String, &Array2<f64>)| {
        let ((row, column), value) = array.indexed_iter().find(|(_, value)| !value.is_finite())?;
        let title = format!("the gradient by `{name}` has {value} at [{row}, {column}]");
        Some(Diagnostic::warning(Kind::Data, title))
    };
    gradients.iter().filter_map(warning).collect()
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
