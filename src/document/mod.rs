//! What is told, before it is written: a [`Document`] of headings, sentences, equations and tables, in no format yet.
//!
//! `report` makes documents of results, `render` writes them. Formulas are set here (`typeset`), since proofs ask what a
//! reader sees of one.

mod exponent;
pub mod formula;
pub mod graph;
pub mod marked;
pub mod mean;
pub mod notation;
pub mod plot;
pub mod sentence;
pub mod table;
pub mod typeset;

use std::{borrow::Cow, fmt};

pub(crate) use sentence::sentence;
pub use {
    graph::{Graph, Passes},
    notation::{Bounds, Entrywise, Equation, Exponent, Letter, Notation, Relation, Sample, Sign},
    plot::Plot,
    sentence::Sentence,
    table::Table,
    typeset::Typesetter,
};

/// A page in its order.
#[derive(Debug, Default)]
pub struct Document<'a> {
    /// What stands above a page of its own; gradients if nothing is said.
    pub title: Option<Cow<'static, str>>,
    /// The parts.
    pub blocks: Vec<Block<'a>>,
    /// What the labels of equations begin with, in formats that have labels; none if there shall be none.
    pub label: Option<String>,
    /// The variables that have colours by their places, on whatever page they stand; others follow as they come up.
    pub letters: Vec<Letter>,
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
#[derive(Debug)]
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
    Equations(Equations<'a>),
    /// Rows of words and figures.
    Table(Table),
    /// Lines as they are.
    Verbatim(String),
    /// A picture, in formats that can hold one.
    Plot(Plot),
    /// A computation graph: a picture, or tables in formats that cannot hold one.
    Graph(Box<Graph>),
}

impl<'a> Document<'a> {
    /// An empty page with what stands above it.
    #[must_use]
    pub fn titled(title: impl Into<Cow<'static, str>>) -> Self {
        Self { title: Some(title.into()), ..Self::default() }
    }

    /// Adds the spec that the page is of.
    pub fn source(&mut self, text: &str) {
        self.blocks.push(Block::Source(text.into()));
    }

    /// Begins a part.
    pub fn heading(&mut self, title: impl Into<Sentence>) {
        self.blocks.push(Block::Heading(title.into()));
    }

    /// Adds words.
    pub fn paragraph(&mut self, sentence: impl Into<Sentence>) {
        self.blocks.push(Block::Paragraph(sentence.into()));
    }

    /// Adds some paragraphs.
    pub fn paragraphs(&mut self, sentences: impl IntoIterator<Item: Into<Sentence>>) {
        sentences.into_iter().for_each(|sentence| self.paragraph(sentence));
    }

    /// Leaves out what is more than these notes.
    pub fn with_notes(mut self, notes: Notes) -> Self {
        self.blocks.retain(|block| {
            let is_of_full = matches!(block, Block::Remark(_) | Block::Notation(_));
            let is_of_short = matches!(block, Block::Assumption(_));
            (!is_of_full || notes == Notes::Full) && (!is_of_short || notes != Notes::None)
        });
        self
    }

    /// Adds a formula.
    pub fn equation(&mut self, equation: Equation) {
        self.blocks.push(Block::Equation(equation));
    }

    /// Adds formulas that are made as they are written.
    pub fn equations<I: Iterator<Item = Equation> + 'a>(&mut self, equations: impl Fn() -> I + 'a) {
        self.blocks.push(Block::Equations(Equations(Box::new(move || Box::new(equations())))));
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

/// What makes formulas.
pub struct Equations<'a>(Box<dyn Fn() -> Box<dyn Iterator<Item = Equation> + 'a> + 'a>);

impl<'a> Equations<'a> {
    /// Makes them anew.
    pub fn each(&self) -> impl Iterator<Item = Equation> + 'a {
        (self.0)()
    }
}

impl fmt::Debug for Equations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
