//! Equations and what a reader must know of them → text. The one place where this layer prints formulas.

use std::fmt;

use crate::{
    expr::SymbolId,
    gradient::Derivation,
    render::{glyphs::UNICODE, notation::Equation, report::Report, text},
};

/// The width of a page.
const WIDTH: usize = 100;

/// How the sides of all equations are decided, said with every page.
const CONVENTION: &str = "samples are rows; a gradient has the shape of its variable";

/// The equation as lines, the last without a line end.
pub(super) fn equation(equation: &Equation) -> String {
    text::equation(equation, &UNICODE, WIDTH)
}

/// The left side of an equation.
pub(super) fn left(equation: &Equation) -> String {
    text::inline(&equation.left, &UNICODE)
}

/// Under which assumptions the equations hold, and what their letters stand for.
pub(super) fn notes(report: &Report, variables: &[SymbolId]) -> Vec<String> {
    report.notes(variables, &UNICODE)
}

/// The forward pass if it is wanted, the equations, the notes, the convention: what `chainrule derive` prints, the last
/// line without a line end.
pub(super) fn page(
    derivation: &Derivation,
    variables: &[SymbolId],
    forward: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let report = Report::new(derivation);
    let forward = forward.then(|| report.forward_definitions()).into_iter().flatten();
    let mut previous_is_tall = None;
    for printed in forward.chain(report.equations(variables)).map(|e| equation(&e)) {
        let is_tall = printed.contains('\n');
        if previous_is_tall.is_some_and(|previous| previous || is_tall) {
            writeln!(f)?;
        }
        writeln!(f, "{printed}")?;
        previous_is_tall = Some(is_tall);
    }
    writeln!(f)?;
    for note in notes(&report, variables) {
        writeln!(f, "{}", text::sentence(&note, WIDTH))?;
    }
    write!(f, "{}", text::sentence(CONVENTION, WIDTH))
}
