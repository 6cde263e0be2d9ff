//! Equations and what a reader must know of them → text. The one place where this layer prints formulas.

use crate::{
    document::notation::Equation,
    expr::SymbolId,
    render::{Format, Style},
    report::gradients::Report,
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
