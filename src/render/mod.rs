//! What was found → text for a reader. `typeset` decides what is written of a formula, `layout` where it may be broken,
//! each format only how a sign is written.
//!
//! ```text
//! Derivation ── report ──▶ Equation, Sentence ── page ──▶ a page
//!      Expr ── typeset ──▶ Notation ── layout ──▶ pieces ── text, latex, typst, mathml, html (dialect) ──▶ String
//! ```

pub mod color;
mod diagnostic;
pub mod dialect;
mod elements;
pub mod fragment;
pub mod glyphs;
pub mod graph;
mod html;
mod latex;
pub mod layout;
mod markup;
mod mathml;
pub mod page;
pub mod plot;
mod rows;
mod table;
mod text;
mod typst;
mod words;

pub use diagnostic::diagnostic;

use crate::document::{
    notation::{Equation, Letter, Notation},
    sentence::Sentence,
};
use color::Palette;
use dialect::Dialect;
use latex::Latex;
use mathml::Mathml;
use text::Text;
use typst::Typst;

/// A format of formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Unicode, as in a textbook.
    Text,
    /// The same in seven bits.
    Ascii,
    /// LaTeX with amsmath, to be included in a document.
    Latex,
    /// Typst, to be included in a document or compiled by itself.
    Typst,
    /// MathML Core, to be embedded in a page.
    Mathml,
    /// A page of its own around the same MathML.
    Html,
}

impl Format {
    /// The columns of a line, as text, where nothing else is said. A line of LaTeX's `article` takes fewer than others.
    #[must_use]
    pub fn columns(self) -> usize {
        match self {
            Self::Latex => 70,
            Self::Text | Self::Ascii | Self::Typst | Self::Mathml | Self::Html => 100,
        }
    }

    /// Whether it is characters in columns, as on a terminal.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Text | Self::Ascii)
    }
}

/// Where shapes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapePlace {
    /// Under each factor.
    Under,
    /// Nowhere.
    None,
    /// After the formula: each factor's shape in its place, and what comes of them.
    After,
}

/// How formulas are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The format.
    pub format: Format,
    /// Where shapes are written.
    pub shapes: ShapePlace,
    /// The columns after which lines are broken where they can be; a markup's lines are measured as text.
    pub width: usize,
    /// Whether text has one colour a variable, for terminals.
    pub colored: bool,
}

impl Style {
    /// A format at its own columns, shapes under the factors, without colour.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, shapes: ShapePlace::Under, width: format.columns(), colored: false }
    }

    /// With shapes in another place.
    #[must_use]
    pub fn shapes(self, place: ShapePlace) -> Self {
        Self { shapes: place, ..self }
    }

    /// With lines broken at this column, where they can be.
    #[must_use]
    pub fn width(self, columns: usize) -> Self {
        Self { width: columns, ..self }
    }

    /// What writes the format.
    #[must_use]
    pub fn dialect(&self) -> Box<dyn Dialect> {
        self.dialect_with(Palette::default())
    }

    /// The same in these colours, where the format has any.
    fn dialect_with(&self, palette: Palette) -> Box<dyn Dialect> {
        match (self.format, self.colored) {
            (Format::Text, false) => Box::new(Text::new(&glyphs::UNICODE)),
            (Format::Text, true) => Box::new(Text::colored(&glyphs::UNICODE, palette)),
            (Format::Ascii, false) => Box::new(Text::new(&glyphs::ASCII)),
            (Format::Ascii, true) => Box::new(Text::colored(&glyphs::ASCII, palette)),
            (Format::Latex, _) => Box::new(Latex { macros: false }),
            (Format::Typst, _) => Box::new(Typst),
            (Format::Mathml, _) => Box::new(Mathml::embedded()),
            (Format::Html, _) => Box::new(Mathml::page(palette)),
        }
    }

    /// The same, with the macros that a page of LaTeX defines where it begins.
    fn dialect_of_pages(&self, letters: &[Letter]) -> Box<dyn Dialect> {
        match self.format {
            Format::Latex => Box::new(Latex { macros: true }),
            Format::Text | Format::Ascii | Format::Typst | Format::Mathml | Format::Html => {
                self.dialect_with(Palette::of(letters))
            }
        }
    }

    /// The equation alone, without a line end.
    #[must_use]
    pub fn equation(&self, equation: &Equation) -> String {
        self.dialect().equation(equation, self).trim_end().to_string()
    }

    /// The formula on one line, without shapes.
    #[must_use]
    pub fn inline(&self, notation: &Notation) -> String {
        dialect::inline(&*self.dialect(), notation)
    }

    /// Both sides of the equation on one line, without shapes.
    #[must_use]
    pub fn inline_equation(&self, equation: &Equation) -> String {
        let bare = |side: &Notation| self.inline(&side.clone().without_shapes());
        let relation = self.dialect().relation(equation.relation).to_string();
        format!("{} {relation} {}", bare(&equation.left), bare(&equation.right))
    }

    /// The remark on one line.
    #[must_use]
    pub fn sentence(&self, sentence: &Sentence) -> String {
        dialect::sentence(&*self.dialect(), sentence)
    }
}
