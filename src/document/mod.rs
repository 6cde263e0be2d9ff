//! What is told, before it is written: a [`Document`] of headings, sentences, equations and tables, in no format yet.
//!
//! `report` makes documents of results, `render` writes them. Formulas are set here (`typeset`), since proofs ask what a
//! reader sees of one.

pub mod formula;
pub mod marked;
pub mod notation;
pub mod plot;
pub mod sentence;
pub mod table;
pub mod typeset;

use std::fmt;

use notation::{Equation, Notation};
use plot::Plot;
use sentence::Sentence;
use table::Table;

/// A page in its order.
#[derive(Debug, Default)]
pub struct Document<'a> {
    /// The parts.
    pub blocks: Vec<Block<'a>>,
    /// What the labels of equations begin with, in formats that have labels; none if there shall be none.
    pub label: Option<String>,
}

/// How much is said beside the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notes {
    /// All: what the results rest on, and what each sign means.
    Full,
    /// What the results rest on.
    Short,
    /// Nothing.
    None,
}

/// A part of a page.
pub enum Block<'a> {
    /// The spec that the page is of, for formats that are read alone.
    Source(String),
    /// The title of what follows.
    Heading(Sentence),
    /// Words.
    Paragraph(Sentence),
    /// What the results rest on.
    Assumption(Sentence),
    /// What else there is to know of them.
    Remark(Sentence),
    /// Signs and what each means.
    Notation(Vec<(Notation, Sentence)>),
    /// A matrix of numbers, and what it is.
    Matrix(Notation, Vec<Vec<String>>),
    /// A formula; those that follow one another are one run.
    Equation(Equation),
    /// Formulas that are made one at a time as they are written: a page of thousands of layers is never held as a whole.
    Equations(Box<dyn Fn() -> Box<dyn Iterator<Item = Equation> + 'a> + 'a>),
    /// Rows of words and figures.
    Table(Table),
    /// Lines as they are.
    Verbatim(String),
    /// A picture, in formats that can hold one.
    Plot(Plot),
}

impl<'a> Document<'a> {
    /// Adds the spec that the page is of.
    pub fn source(&mut self, text: &str) {
        self.blocks.push(Block::Source(text.into()));
    }

    /// Begins a part.
    pub fn heading(&mut self, title: Sentence) {
        self.blocks.push(Block::Heading(title));
    }

    /// Adds words.
    pub fn paragraph(&mut self, sentence: Sentence) {
        self.blocks.push(Block::Paragraph(sentence));
    }

    /// Adds some paragraphs.
    pub fn paragraphs(&mut self, sentences: impl IntoIterator<Item = Sentence>) {
        sentences.into_iter().for_each(|sentence| self.paragraph(sentence));
    }

    /// Leaves out what is more than these notes.
    #[must_use]
    pub fn with_notes(mut self, notes: Notes) -> Self {
        self.blocks.retain(|block| match block {
            Block::Assumption(_) => notes != Notes::None,
            Block::Remark(_) | Block::Notation(_) => notes == Notes::Full,
            Block::Source(_)
            | Block::Heading(_)
            | Block::Paragraph(_)
            | Block::Matrix(..)
            | Block::Equation(_)
            | Block::Equations(_)
            | Block::Table(_)
            | Block::Plot(_)
            | Block::Verbatim(_) => true,
        });
        self
    }

    /// Adds a formula.
    pub fn equation(&mut self, equation: Equation) {
        self.blocks.push(Block::Equation(equation));
    }

    /// Adds formulas that are made as they are written.
    pub fn equations<I: Iterator<Item = Equation> + 'a>(&mut self, equations: impl Fn() -> I + 'a) {
        self.blocks.push(Block::Equations(Box::new(move || Box::new(equations()))));
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Adds lines as they are.
    pub fn verbatim(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Verbatim(text.into()));
    }
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(text) => f.debug_tuple("Source").field(text).finish(),
            Self::Heading(title) => f.debug_tuple("Heading").field(title).finish(),
            Self::Paragraph(sentence) => f.debug_tuple("Paragraph").field(sentence).finish(),
            Self::Assumption(sentence) => f.debug_tuple("Assumption").field(sentence).finish(),
            Self::Remark(sentence) => f.debug_tuple("Remark").field(sentence).finish(),
            Self::Notation(signs) => f.debug_tuple("Notation").field(signs).finish(),
            Self::Matrix(name, rows) => f.debug_tuple("Matrix").field(name).field(rows).finish(),
            Self::Equation(equation) => f.debug_tuple("Equation").field(equation).finish(),
            Self::Equations(_) => f.write_str("Equations"),
            Self::Table(table) => f.debug_tuple("Table").field(table).finish(),
            Self::Verbatim(text) => f.debug_tuple("Verbatim").field(text).finish(),
            Self::Plot(plot) => f.debug_tuple("Plot").field(plot).finish(),
        }
    }
}
