//! Formulas, sentences and pages → fragments for a page that brings the styles: one colour a variable, whatever fragment it
//! stands in, and numbers at the factors of formulas.

use super::{
    Format, Style,
    color::Palette,
    dialect::{self, Dialect},
    html,
    layout::{Token, pieces},
    mathml::Mathml,
    page, plot,
};
use crate::{
    document::{
        Document,
        notation::{Equation, Notation, Origin},
        sentence::Sentence,
    },
    shape::Shape,
};

/// What writes fragments.
#[derive(Clone, Debug)]
pub struct Fragments {
    mathml: Mathml,
    style: Style,
}

/// A factor of a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// How it is written.
    pub notation: Notation,
    /// Its shape, if it has one.
    pub shape: Option<Shape>,
    /// What it was set from.
    pub origin: Origin,
}

impl Fragments {
    /// In these colours, with formulas in lines of so many characters.
    pub fn new(palette: Palette, columns: usize) -> Self {
        Self { mathml: Mathml::fragment(palette), style: Style::new(Format::Mathml).width(columns) }
    }

    /// A formula among words.
    pub fn inline(&self, notation: &Notation) -> String {
        self.mathml.math(&dialect::inline(&self.mathml, notation))
    }

    /// Words, and formulas among them.
    pub fn sentence(&self, sentence: &Sentence) -> String {
        dialect::sentence(&self.mathml, sentence)
    }

    /// A page without its frame.
    pub fn page(&self, document: &Document) -> String {
        page::written(document, &self.mathml, &self.style)
    }

    /// Equations in a table.
    pub fn plain(&self, equations: &[Equation]) -> String {
        let rows: String = equations.iter().map(|equation| self.mathml.equation(equation, &self.style)).collect();
        self.mathml.open(false) + &rows + &self.mathml.close(false)
    }

    /// Equations in a table, each factor of their right sides with its number: its place in [`Fragments::factors`].
    pub fn numbered(&self, equations: &[Equation]) -> String {
        self.mathml.number_from(Some(0));
        let table = self.plain(equations);
        self.mathml.number_from(None);
        table
    }

    /// The factors of the right sides, in the order in which they are written.
    pub fn factors<'e>(&self, equations: &'e [Equation]) -> impl Iterator<Item = Factor> + use<'e> {
        let quotient = self.mathml.quotient();
        equations.iter().flat_map(move |equation| {
            pieces(&equation.right, quotient).into_iter().filter_map(|piece| {
                let Token::Whole(notation, _) = piece.token else { return None };
                Some(Factor { notation: notation.clone(), shape: piece.shape.cloned(), origin: piece.origin })
            })
        })
    }
}

/// The classes that fragments have, and the dark colours of pictures.
pub fn styles() -> String {
    let pictures = plot::style_with_letters().replace("<style>\n", "").replace("</style>\n", "");
    format!("{}{}{pictures}", html::PALETTE, html::CLASSES)
}
