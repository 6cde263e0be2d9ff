//! No command: the main job on a built-in spec, from its text to verified gradients.

use std::io::Write;

use chainrule::{
    gradient::Form,
    network::Resolution,
    pipeline::{Options, Request},
    render::{Format, Style, page::Page, report::Report},
};

use super::{
    Outcome,
    args::ReportFormat,
    derive::derive,
    error::Failure,
    output::{self, Output},
    source::Source,
    verify::verify,
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
/// Standard output cannot be written.
pub fn run(output: &mut Output) -> Result<Outcome, Failure> {
    let source = Source { origin: "built-in".into(), text: SPEC.into() };
    let Resolution { network, diagnostics, .. } = source.resolve(&[])?;
    let Some(network) = network else { return Err(source.failure(diagnostics)) };
    let derivation = derive(&network, &Request::new(Form::Product))?;
    let mut variables = derivation.forward.parameters.clone();
    variables.push(derivation.forward.input);
    let style = Style { width: output::width(), colored: output.is_colored(), ..Style::new(Format::Text) };
    let mut page = Page::new(&style, &mut output.out)?;
    page.verbatim(SPEC)?;
    page.report(&Report::new(&derivation), &variables, false)?;
    page.end()?;
    writeln!(output.out)?;
    verify(&network, &source, [None, None], Options::default(), ReportFormat::Text, output)
}
