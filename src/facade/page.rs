//! Equations and what a reader must know of them → text. The one place where this layer prints formulas.

use std::{
    fmt,
    io::{self, Write},
};

use crate::{
    expr::SymbolId,
    gradient::Derivation,
    render::{Format, Style, notation::Equation, page::Page, report::Report},
};

fn style() -> Style {
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

/// The forward pass if it is wanted, the equations, the notes, the convention: what `chainrule derive` prints, the last
/// line without a line end.
pub(super) fn page(
    derivation: &Derivation,
    variables: &[SymbolId],
    forward: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut lines = Lines { f, ended: false };
    let print = |out: &mut Lines| -> io::Result<()> {
        let style = style();
        let mut page = Page::new(&style, out)?;
        page.report(&Report::new(derivation), variables, forward)?;
        page.end()
    };
    print(&mut lines).map_err(|_| fmt::Error)
}

/// Writes what it is given, but the last line end.
struct Lines<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    ended: bool,
}

impl Write for Lines<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(bytes).map_err(io::Error::other)?;
        let line = text.strip_suffix('\n');
        if self.ended && !text.is_empty() {
            self.f.write_str("\n").map_err(io::Error::other)?;
        }
        self.f.write_str(line.unwrap_or(text)).map_err(io::Error::other)?;
        self.ended = if text.is_empty() { self.ended } else { line.is_some() };
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
