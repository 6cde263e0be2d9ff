//! `derive --hvp`, `--gauss-newton` and `--kfac`: a spec → products with second derivatives, and their factors, printed.

use std::io;

use chainrule::{
    document::{Document, Notes},
    gradient::{Derivation, SecondKind},
    network::graph::Network,
    pipeline::{self, variables},
    render::{Format, Style},
    report::{self, json},
};

use super::{Outcome, args::Derive, check, error::Failure, output::Output, source};

/// Which matrix is asked for.
pub fn kind(arguments: &Derive) -> Option<SecondKind> {
    match (arguments.second.hvp, arguments.second.gauss_newton) {
        (true, _) => Some(SecondKind::Hessian),
        (false, true) => Some(SecondKind::GaussNewton),
        (false, false) => None,
    }
}

/// Prints the product, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a limit, a formula that its check refutes, or a file that cannot be read.
pub fn run(arguments: &Derive, kind: SecondKind, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    let derivation = pipeline::derive_second(&network, kind, &arguments.second.along)?;
    let variables = variables::of(&derivation, &arguments.wrt)?;
    print(arguments, output, &|style, out| match style {
        None => {
            let (derivation, variables) = (&derivation, &variables[..]);
            json::gradients(json::Subject { spec: &source.text, network: &network, derivation, variables }, &mut {
                out
            })
        }
        Some(style) => {
            let part = report::gradients(&derivation, &variables, has_forward(arguments, style));
            page(arguments, (&source.text, &network), &derivation, part, style, out)
        }
    })
}

/// Prints the factors of the weights, or what differs from a stored output.
///
/// # Errors
/// A faulty spec, an unknown variable, a network without a Fisher matrix, a limit, or a file that cannot be read.
pub fn kfac(arguments: &Derive, output: &mut Output) -> Result<Outcome, Failure> {
    let (network, source) = source::network(&arguments.spec, output)?;
    let found = pipeline::kfac(&network)?;
    let variables = found.weights(&arguments.wrt)?;
    print(arguments, output, &|style, out| {
        let style = style.unwrap_or(Style::new(Format::Text));
        let part = report::kfac(&found, &variables, has_forward(arguments, style));
        page(arguments, (&source.text, &network), &found.derivation, part, style, out)
    })
}

/// LaTeX goes where the spec is not.
fn has_forward(arguments: &Derive, style: Style) -> bool {
    arguments.forward || style.format == Format::Latex
}

type Print<'a> = &'a dyn Fn(Option<Style>, &mut dyn io::Write) -> io::Result<()>;

fn print(arguments: &Derive, output: &mut Output, with: Print) -> Result<Outcome, Failure> {
    check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, with)
}

fn page(
    arguments: &Derive,
    (text, network): (&str, &Network),
    derivation: &Derivation,
    part: Document,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (label, letters) = (arguments.label.clone(), report::letters(&derivation.forward, network));
    let mut page = Document { label, letters, ..Document::default() };
    page.source(text);
    page.blocks.extend(part.blocks);
    style.write(&page.with_notes(arguments.notes.unwrap_or(Notes::Full)), &mut { out })
}
