//! `derive`: a spec → its gradients, printed or compared with a stored output.

use std::io;

use chainrule::{
    document::{Document, Notes},
    expr::SymbolId,
    gradient::{Derivation, Form, steps::Steps},
    network::{Resolution, graph::Network},
    pipeline::{self, Numbers, PipelineError, Request, variables},
    render::{Format, Style},
    report::{self, json},
    source::{Diagnostic, Kind},
};

use super::{
    Outcome,
    args::Derive,
    check, conflicts, data,
    error::{CliError, Failure},
    general,
    output::{Output, WIDTH},
    second,
    source::{self, Source},
};

/// Prints the gradients, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a limit, or a file that cannot be read.
pub fn run(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    refuse_what_does_not_fit(arguments)?;
    if let Some(kind) = second::kind(arguments) {
        return second::run(arguments, kind, output);
    }
    if arguments.second.kfac {
        return second::kfac(arguments, output);
    }
    gradients(arguments, output)
}

fn gradients(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    conflicts::check_cost(arguments, &network).map_err(CliError::from)?;
    let form = form(arguments, &network);
    let Derive { expand, paths, jacobian, .. } = *arguments;
    let request = Request { expand, paths, jacobian, ..Request::new(form) };
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
        variables::of(&derivation, &arguments.wrt)?
    };
    output.say(&long(arguments, form, &derivation, &variables), &source);
    let costs = arguments.cost.then(|| pipeline::cost(&derivation, &arguments.wrt, &variables)).transpose()?;
    let proved = |derivation| pipeline::why::prove(&network, derivation, &variables, arguments.expand);
    let why = arguments.why.then(|| proved(derivation.clone())).transpose()?;
    let numbers = arguments.numbers.then(|| in_numbers(arguments, &network, &source, output)).transpose()?;
    let print = |style: Option<Style>, out: &mut dyn io::Write| -> io::Result<()> {
        let out = &mut { out };
        // LaTeX goes where the spec is not, and in the layered form with --expand the activations are what is written out.
        let is_latex = style.is_some_and(|style| style.format == Format::Latex);
        let explains = costs.is_some() || why.is_some();
        let forward = arguments.forward || (!explains && (is_latex || (arguments.expand && form == Form::Layered)));
        let part = match (&costs, &steps, &why) {
            (Some(costs), ..) if style.is_none() => {
                return json::cost(costs, &derivation.forward.arena, &source.text, out);
            }
            (Some(costs), ..) => report::cost(costs, &derivation),
            (_, Some(steps), _) => report::steps(&derivation, steps, &variables),
            (.., Some(why)) => report::why(why),
            (None, None, None) if style.is_none() => {
                let (derivation, variables) = (&derivation, &variables[..]);
                let subject = json::Subject { spec: &source.text, network: &network, derivation, variables };
                return json::gradients(subject, out);
            }
            (None, None, None) => report::gradients(&derivation, &variables, forward),
        };
        let (label, letters) = (arguments.label.clone(), report::letters(&derivation.forward, &network));
        let mut page = Document { label, letters, ..Document::default() };
        page.source(&source.text);
        if forward && explains {
            page.blocks.extend(report::forward(&derivation).blocks);
        }
        page.blocks.extend(part.blocks);
        page.blocks.extend(numbers.iter().flat_map(|numbers| report::numbers(numbers, false).blocks));
        let page = page.with_notes(arguments.notes.unwrap_or(Notes::Full));
        match style {
            Some(style) => style.write(&page, out),
            None => json::page(&page, &source.text, out),
        }
    };
    check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)
}

/// Formulas of more letters fill several megabytes.
const LONG: u64 = 200_000;
/// With its shape and what joins it to others, a letter takes about so many bytes of text.
const BYTES: u64 = 24;

/// A warning before very long formulas.
fn long(arguments: &Derive, form: Form, derivation: &Derivation, variables: &[SymbolId]) -> Vec<Diagnostic> {
    let length = derivation.length(variables);
    if length <= LONG || arguments.cost || arguments.steps || arguments.why {
        return Vec::new();
    }
    let one = "`--wrt` names the gradients that are wanted";
    let help = match (form, variables.len()) {
        (Form::Layered, _) => one.to_owned(),
        (_, 1) => "`--form layered` writes each layer once".to_owned(),
        _ => format!("{one}, and `--form layered` writes each layer once"),
    };
    let megabytes = (length * BYTES).div_ceil(1_000_000);
    let title = format!("the formulas have {length} letters, about {megabytes} MB");
    vec![Diagnostic::warning(Kind::Limit, title).help(help)]
}

/// The form that is asked for, else the one that is usual for the network: of one sample's paths there is none where norms
/// take their means over the batch.
fn form(arguments: &Derive, network: &Network) -> Form {
    match arguments.form {
        _ if arguments.jacobian => Form::PerSample,
        None if network.mixes_samples() && !arguments.paths => Form::Layered,
        form => form.unwrap_or(Form::Product),
    }
}

/// What does not go together, before any work.
fn refuse_what_does_not_fit(arguments: &Derive) -> Result<(), CliError> {
    conflicts::check(arguments)?;
    arguments.page.style(WIDTH, false)?;
    check::distinct(&arguments.check, &arguments.spec.text)
}

/// The gradients with the steps that lead to them.
fn explain(network: &Network, request: &Request) -> Result<(Derivation, Option<Steps>), PipelineError> {
    pipeline::check_letters(network, request.form)?;
    let (derivation, steps) = pipeline::explain(network, request)?;
    Ok((pipeline::finished(derivation)?, Some(steps)))
}

/// The values of all steps; names that neither `--let` nor a file gives a number are 2 and 3 in turn.
fn in_numbers(arguments: &Derive, network: &Network, source: &Source, output: &mut Output) -> Result<Numbers, Failure> {
    /// More than the arrays of a small network take.
    const MEMORY: u64 = 1 << 30;
    let arrays = data::read(&arguments.arrays, MEMORY, network, source, output)?;
    let mut bindings = arguments.spec.bindings.clone();
    if arrays.iter().all(Option::is_none) {
        bindings.extend(pipeline::small_dimensions(network));
    }
    let Resolution { network, diagnostics, .. } = source.resolve(&bindings)?;
    let Some(network) = network else { return Err(source.failure(diagnostics)) };
    pipeline::numbers(&network, arrays).map_err(|errors| source.failure(errors))
}

#[cfg(test)]
mod tests {
    use chainrule::{gradient, network, simplify::Limits, spec};

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
