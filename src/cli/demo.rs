//! No command: the main job on a built-in spec, from its text to verified gradients.

use chainrule::{
    gradient::Form,
    network::Resolution,
    pipeline::{self, Options, Request},
    render::{page::Page, report::Report},
};

use super::{
    Outcome,
    args::PageArguments,
    error::{CliError, Failure},
    output::{self, Output},
    source::Source,
};

/// The worked example.
const SPEC: &str = "\
# The three-layer network of the worked example, without biases.
input X [n, f0]
dense f1 relu nobias
dense f2 relu nobias
dense f3 nobias
loss half_mse
";

/// Prints the spec, every gradient, and how far each form is from the concrete backprop.
///
/// # Errors
/// Standard output cannot be written, or the format is none for readers.
pub fn run(arguments: &PageArguments, output: &mut Output) -> Result<Outcome, Failure> {
    let style = arguments.style(output::width(), output.is_colored())?.ok_or(CliError::NoDocument)?;
    let source = Source { origin: "built-in".into(), text: SPEC.into() };
    let Resolution { network, diagnostics, .. } = source.resolve(&[])?;
    let Some(network) = network else { return Err(source.failure(diagnostics)) };
    let derivation = pipeline::derive_finished(&network, &Request::new(Form::Product))?;
    let mut variables = derivation.forward.parameters.clone();
    variables.push(derivation.forward.input);
    let mut page = Page::new(&style, &mut output.out)?;
    page.verbatim(SPEC)?;
    page.report(&Report::new(&derivation), &variables, false)?;
    let found = pipeline::verify(&network, None, None, Options::default()).map_err(|errors| source.failure(errors))?;
    output.differs = !found.holds();
    page.verbatim(&found.to_string())?;
    page.end()?;
    output.messages(&found.warnings, &source)?;
    Ok(if found.holds() { Outcome::Done } else { Outcome::Differs })
}
