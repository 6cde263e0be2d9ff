//! `derive`: a spec → its gradients, printed or compared with a stored output.

use std::io;

use chainrule::{
    gradient::Derivation,
    network::graph::Network,
    pipeline::{self, Request, variables},
    render::{Style, json, page::Page, report::Report},
};

use super::{
    Outcome,
    args::{Derive, Form, Format, ShapePlace},
    check,
    error::{CliError, Failure},
    output::{self, Output, WIDTH},
    source,
};

/// Prints the gradients, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a limit, or a file that cannot be read.
pub fn run(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    refuse_what_does_not_fit(arguments)?;
    if let Some(stored) = &arguments.check {
        check::distinct(stored, &arguments.spec.text)?;
    }
    let (network, source) = source::network(&arguments.spec, output)?;
    let derivation = derive(&network, &Request { expand: arguments.expand, ..Request::new(arguments.form.into()) })?;
    let variables = variables::select(&derivation.forward, &arguments.wrt)?;
    let proved = |derivation| pipeline::why::prove(&network, derivation, &variables, arguments.expand);
    let why = arguments.why.then(|| proved(derivation.clone())).transpose()?;
    let print = |width: usize, colored: bool, out: &mut dyn io::Write| -> io::Result<()> {
        let Some(format) = arguments.format.for_readers() else {
            let (derivation, variables) = (&derivation, &variables[..]);
            let subject = json::Subject { spec: &source.text, network: &network, derivation, variables };
            return json::gradients(subject, &mut { out });
        };
        let shapes = arguments.shapes.unwrap_or(ShapePlace::Under).into();
        let style = Style { format, shapes, width: arguments.width.map_or(width, usize::from), colored };
        let mut page = Page::new(&style, out)?;
        if let Some(why) = &why {
            pipeline::why::write(&mut page, why, &variables)?;
            return page.end();
        }
        // In the other forms the activations themselves are written out.
        let forward = arguments.expand && arguments.form == Form::Layered;
        page.report(&Report::new(&derivation), &variables, forward)?;
        page.end()
    };
    let Some(stored) = &arguments.check else {
        print(output::width(), output.is_colored(), &mut output.out)?;
        return Ok(Outcome::Done);
    };
    let mut derived = Vec::new();
    print(WIDTH, false, &mut derived)?;
    check::run(stored, &String::from_utf8_lossy(&derived), arguments.update, output)
}

/// Options that say nothing of the form or the format.
fn refuse_what_does_not_fit(arguments: &Derive) -> Result<(), CliError> {
    let without_formula = match arguments.form {
        Form::Chain => Some("chain"),
        Form::Intuitive => Some("intuitive"),
        Form::Layered | Form::PerSample | Form::Product => None,
    };
    if let Some(form) = without_formula.filter(|_| arguments.expand) {
        return Err(CliError::Expand { form });
    }
    if let Some(form) = without_formula.filter(|_| arguments.why) {
        return Err(CliError::Why { form });
    }
    if arguments.why && arguments.format == Format::Json {
        return Err(CliError::WhyForReaders);
    }
    let options = [("--shapes", arguments.shapes.is_some()), ("--width", arguments.width.is_some())];
    let given = options.into_iter().find(|(_, given)| *given && arguments.format == Format::Json);
    given.map_or(Ok(()), |(option, _)| Err(CliError::NotLaidOut { option, format: "json" }))
}

/// Derives and simplifies to the end.
///
/// # Errors
/// A limit that was reached, or a defect.
pub fn derive(network: &Network, request: &Request) -> Result<Derivation, CliError> {
    let derivation = pipeline::derive(network, request).map_err(|error| CliError::of_derivation(&error))?;
    match derivation.limit {
        Some(limit) => Err(CliError::Unsaturated { limit }),
        None => Ok(derivation),
    }
}

#[cfg(test)]
mod tests {
    use chainrule::{gradient, network, simplify::Limits, source::Kind, spec};

    use super::*;

    #[test]
    fn formulas_that_are_not_simplified_to_the_end_are_not_printed() {
        let spec = spec::parse("input X [n, 3]; dense 2 softmax; loss cce").unwrap();
        let network = network::resolve(&spec, &[]).network.unwrap();
        let limits = Limits { iterations: 1, nodes: None };
        let error = derive(&network, &Request { limits, ..Request::new(gradient::Form::Layered) }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the simplification reached its limit of 1 rounds of rewriting before it was finished"
        );
        assert_eq!(error.diagnostic().kind, Kind::Limit);
    }
}
