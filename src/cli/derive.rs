//! `derive`: a spec → its gradients, printed or compared with a stored output.

use std::io::{self, Write};

use chainrule::{
    expr::SymbolId,
    gradient::Derivation,
    network::graph::Network,
    pipeline::{self, Request},
    render::{
        glyphs::{ASCII, Glyphs, UNICODE},
        notation::Equation,
        report::Report,
        text,
    },
};

use super::{
    Outcome,
    args::{Derive, Form, Format},
    check,
    error::{CliError, Failure},
    output::{self, Output, WIDTH},
    source, variables,
};

/// How the sides of all equations are decided, said with every result.
const CONVENTION: &str = "samples are rows; a gradient has the shape of its variable";

/// How formulas are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The characters.
    pub glyphs: &'static Glyphs,
    /// Where lines are broken.
    pub width: usize,
}

/// Prints the gradients, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a limit, or a file that cannot be read.
pub fn run(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    let without_formula = match arguments.form {
        Form::Chain => Some("chain"),
        Form::Intuitive => Some("intuitive"),
        Form::Layered | Form::PerSample | Form::Product => None,
    };
    if let Some(form) = without_formula.filter(|_| arguments.expand) {
        return Err(CliError::Expand { form }.into());
    }
    if let Some(stored) = &arguments.check {
        check::distinct(stored, &arguments.spec.text)?;
    }
    let (network, _) = source::network(&arguments.spec, output)?;
    let derivation = derive(&network, &Request { expand: arguments.expand, ..Request::new(arguments.form.into()) })?;
    let variables = variables::select(&derivation.forward, &arguments.wrt)?;
    let glyphs = match arguments.format {
        Format::Text => &UNICODE,
        Format::Ascii => &ASCII,
    };
    // In the other forms the activations themselves are written out.
    let forward = arguments.expand && arguments.form == Form::Layered;
    let stated = arguments.width.map(usize::from);
    let Some(stored) = &arguments.check else {
        let page = Page { glyphs, width: stated.unwrap_or_else(output::width) };
        print(&derivation, &variables, forward, page, &mut output.out)?;
        return Ok(Outcome::Done);
    };
    let page = Page { glyphs, width: stated.unwrap_or(WIDTH) };
    let mut derived = Vec::new();
    print(&derivation, &variables, forward, page, &mut derived)?;
    check::run(stored, &String::from_utf8_lossy(&derived), arguments.update, output)
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

/// The forward pass if it is wanted, the equations one by one, then what a reader must know of them, then the convention.
///
/// # Errors
/// What `out` says.
pub fn print(
    derivation: &Derivation,
    variables: &[SymbolId],
    forward: bool,
    page: Page,
    out: &mut impl Write,
) -> io::Result<()> {
    let report = Report::new(derivation);
    let forward = forward.then(|| report.forward_definitions()).into_iter().flatten();
    equations(forward.chain(report.equations(variables)), page, out)?;
    writeln!(out)?;
    for note in report.notes(variables, page.glyphs) {
        writeln!(out, "{}", text::sentence(&note, page.width))?;
    }
    writeln!(out, "{}", text::sentence(CONVENTION, page.width))
}

/// Each as it comes, so that memory does not grow with their number. A blank line sets off what is taller than a line.
fn equations(equations: impl Iterator<Item = Equation>, page: Page, out: &mut impl Write) -> io::Result<()> {
    let mut previous_is_tall = None;
    for equation in equations {
        let text = text::equation(&equation, page.glyphs, page.width);
        let is_tall = text.contains('\n');
        if previous_is_tall.is_some_and(|previous| previous || is_tall) {
            writeln!(out)?;
        }
        writeln!(out, "{text}")?;
        previous_is_tall = Some(is_tall);
    }
    Ok(())
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
