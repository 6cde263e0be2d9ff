//! A remark on a formula: words, and mathematics among them.

use crate::document::notation::{Notation, Relation};

use std::borrow::Cow;

/// A remark; its parts bring their own blanks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence(pub Vec<Part>);

/// A part of a remark.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words.
    Words(Cow<'static, str>),
    /// A word of the command line.
    Code(&'static str),
    /// Words for who types commands: left out where the page is read elsewhere.
    Typed(&'static str),
    /// A formula.
    Math(Notation),
    /// A sign that stands between the sides of an equation.
    Relation(Relation),
}

impl Sentence {
    /// Words alone.
    #[must_use]
    pub fn of(words: &'static str) -> Self {
        Self::default().words(words)
    }

    /// Goes on with words.
    #[must_use]
    pub fn words(mut self, words: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// Goes on with a word of the command line.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.0.push(Part::Code(code));
        self
    }

    /// Goes on with words for who types commands.
    #[must_use]
    pub fn typed(mut self, words: &'static str) -> Self {
        self.0.push(Part::Typed(words));
        self
    }

    /// Goes on with a formula.
    #[must_use]
    pub fn math(mut self, formula: Notation) -> Self {
        self.0.push(Part::Math(formula));
        self
    }

    /// Goes on with what the formula before it is.
    #[must_use]
    pub fn equals(self, value: Notation) -> Self {
        self.relation(Relation::Equal).math(value)
    }

    /// Goes on with the sign between two sides.
    #[must_use]
    pub fn relation(mut self, relation: Relation) -> Self {
        self.0.push(Part::Relation(relation));
        self
    }
}
