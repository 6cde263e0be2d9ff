//! No command: the main job on a built-in spec, from its text to verified gradients.

use chainrule::{
    document::{Document, sentence::Sentence},
    gradient::Form,
    network::Resolution,
    pipeline::{self, Options, Request},
    report,
};

use super::{
    Outcome,
    args::FormulaArguments,
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
pub fn run(arguments: &FormulaArguments, output: &mut Output) -> Result<Outcome, Failure> {
    let style = arguments.style(output::width(), output.is_colored())?.ok_or(CliError::NoDocument)?;
    let source = Source { origin: "built-in".into(), text: SPEC.into() };
    let Resolution { network, diagnostics, .. } = source.resolve(&[])?;
    let Some(network) = network else { return Err(source.failure(diagnostics)) };
    let derivation = pipeline::derive_finished(&network, &Request::new(Form::Product))?;
    let mut variables = derivation.forward.parameters.clone();
    variables.push(derivation.forward.input());
    let found = pipeline::verify(&network, None, None, Options::default()).map_err(|errors| source.failure(errors))?;
    let mut page = Document::default();
    page.verbatim(SPEC);
    page.blocks.extend(report::gradients(&derivation, &variables, false).blocks);
    page.heading(Sentence::of("Verification"));
    page.blocks.extend(report::verification(&found).blocks);
    output.differs = !found.holds();
    style.write(&page, &mut output.out)?;
    output.messages(&found.warnings, &source)?;
    Ok(if found.holds() { Outcome::Done } else { Outcome::Differs })
}
