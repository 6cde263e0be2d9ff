//! `derive --hvp` and `derive --gauss-newton`: a spec → products with second derivatives, printed.

use std::io;

use chainrule::{
    document::{Document, Notes},
    gradient::SecondKind,
    pipeline::{self, variables},
    render::{Format, Style},
    report::{self, json},
};

use super::{Outcome, args::Derive, check, error::Failure, output::Output, source};

/// Which matrix is asked for.
pub fn kind(arguments: &Derive) -> Option<SecondKind> {
    match (arguments.hvp, arguments.gauss_newton) {
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
    let derivation = pipeline::derive_second(&network, kind, &arguments.along)?;
    let variables = variables::of(&derivation, &arguments.wrt)?;
    let print = |style: Option<Style>, out: &mut dyn io::Write| -> io::Result<()> {
        let out = &mut { out };
        let Some(style) = style else {
            let (derivation, variables) = (&derivation, &variables[..]);
            return json::gradients(json::Subject { spec: &source.text, network: &network, derivation, variables }, out);
        };
        let forward = arguments.forward || style.format == Format::Latex;
        let (label, letters) = (arguments.label.clone(), report::letters(&derivation.forward, &network));
        let mut page = Document { label, letters, ..Document::default() };
        page.source(&source.text);
        page.blocks.extend(report::gradients(&derivation, &variables, forward).blocks);
        style.write(&page.with_notes(arguments.notes.unwrap_or(Notes::Full)), out)
    };
    check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)
}
