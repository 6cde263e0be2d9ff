//! Equations and what a reader must know of them → text. The one place where this layer prints formulas.

use std::io;

use crate::{
    expr::SymbolId,
    gradient::Derivation,
    render::{Format, Style, notation::Equation, page::Page, report::Report},
};

/// How types print that are not asked for another format.
pub(super) fn style() -> Style {
    Style::new(Format::Text)
}

/// The equation as lines, the last without a line end.
pub(super) fn equation(equation: &Equation) -> String {
    style().equation(equation)
}

/// The left side of an equation.
pub(super) fn left(equation: &Equation) -> String {
    style().inline(&equation.left)
}

/// Under which assumptions the equations hold, and what their letters stand for.
pub(super) fn notes(report: &Report, variables: &[SymbolId]) -> Vec<String> {
    report.notes(variables).iter().map(|note| style().sentence(note)).collect()
}

/// The forward pass if it is wanted, the equations, the notes, the convention: what `chainrule derive` prints.
pub(super) fn page(
    derivation: &Derivation,
    variables: &[SymbolId],
    forward: bool,
    style: &Style,
) -> io::Result<String> {
    written(style, |page| page.report(&Report::new(derivation), variables, forward))
}

/// A page of what `body` writes.
pub(super) fn written(
    style: &Style,
    body: impl FnOnce(&mut Page<&mut Vec<u8>>) -> io::Result<()>,
) -> io::Result<String> {
    let mut text = Vec::new();
    let mut page = Page::new(style, &mut text)?;
    body(&mut page)?;
    page.end()?;
    String::from_utf8(text).map_err(io::Error::other)
}
