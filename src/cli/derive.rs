//! `derive`: a spec → its gradients, printed or compared with a stored output.

use std::io;

use chainrule::{
    document::{Document, Notes},
    gradient::{Derivation, Form, steps::Steps},
    network::graph::Network,
    pipeline::{self, PipelineError, Request, variables},
    render::{Format, Style},
    report::{self, json},
};

use super::{
    Outcome,
    args::Derive,
    check,
    error::{CliError, Failure},
    excluded, general,
    output::{self, Output, WIDTH},
    source,
};

/// Prints the gradients, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a limit, or a file that cannot be read.
pub fn run(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    refuse_what_does_not_fit(arguments)?;
    let (network, source) = source::network(&arguments.spec, output)?;
    let request = Request { expand: arguments.expand, ..Request::new(arguments.form) };
    let (derivation, steps) = if arguments.general {
        (general::derive(&network, &request, &source)?, None)
    } else if arguments.steps {
        explain(&network, &request)?
    } else {
        (pipeline::derive_finished(&network, &request)?, None)
    };
    let variables = if arguments.general {
        general::select(&derivation, &arguments.wrt, &source)?
    } else {
        variables::select(&derivation.forward, &arguments.wrt)?
    };
    let costs = arguments.cost.then(|| pipeline::cost(&derivation, &arguments.wrt, &variables)).transpose()?;
    let proved = |derivation| pipeline::why::prove(&network, derivation, &variables, arguments.expand);
    let why = arguments.why.then(|| proved(derivation.clone())).transpose()?;
    let print = |style: Option<Style>, out: &mut dyn io::Write| -> io::Result<()> {
        let Some(style) = style else {
            let (derivation, variables) = (&derivation, &variables[..]);
            let subject = json::Subject { spec: &source.text, network: &network, derivation, variables };
            return json::gradients(subject, &mut { out });
        };
        let mut page = Document { label: arguments.label.clone(), ..Document::default() };
        page.source(&source.text);
        // LaTeX goes where the spec is not, and in the layered form with --expand the activations are what is written out.
        let told = style.format == Format::Latex || (arguments.expand && arguments.form == Form::Layered);
        let forward = arguments.forward || (told && costs.is_none() && why.is_none());
        if forward && (costs.is_some() || why.is_some()) {
            page.blocks.extend(report::forward(&derivation).blocks);
        }
        let part = if let Some(costs) = &costs {
            report::cost(costs, &derivation)
        } else if let Some(steps) = &steps {
            report::steps(&derivation, steps, &variables)
        } else if let Some(why) = &why {
            report::why(why, &variables)
        } else {
            report::gradients(&derivation, &variables, forward)
        };
        page.blocks.extend(part.blocks);
        style.write(&page.with_notes(arguments.notes.unwrap_or(Notes::Full)), out)
    };
    let Some(stored) = &arguments.check else {
        print(arguments.page.style(output::width(), output.is_colored())?, &mut output.out)?;
        return Ok(Outcome::Done);
    };
    let mut derived = Vec::new();
    print(arguments.page.style(WIDTH, false)?, &mut derived)?;
    check::run(stored, &String::from_utf8_lossy(&derived), arguments.update, output)
}

/// What does not go together, before any work.
fn refuse_what_does_not_fit(arguments: &Derive) -> Result<(), CliError> {
    excluded::check(arguments)?;
    arguments.page.style(WIDTH, false)?;
    arguments.check.as_ref().map_or(Ok(()), |stored| check::distinct(stored, &arguments.spec.text))
}

/// The gradients with the steps that lead to them.
fn explain(network: &Network, request: &Request) -> Result<(Derivation, Option<Steps>), PipelineError> {
    let (derivation, steps) = pipeline::explain(network, request)?;
    Ok((pipeline::finished(derivation)?, Some(steps)))
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
        let error = pipeline::derive_finished(&network, &Request { limits, ..Request::new(gradient::Form::Layered) })
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the simplification reached its limit of 1 rounds of rewriting before it was finished"
        );
        assert_eq!(error.diagnostic().kind, Kind::Limit);
    }
}
