//! A remark on a formula: words, and mathematics among them.

use std::borrow::Cow;

use crate::document::{Notation, Relation};

/// A remark; its parts bring their own blanks.
#[must_use]
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
    pub fn of(words: impl Into<Cow<'static, str>>) -> Self {
        Self::default().words(words)
    }

    /// The words of `template` with a part in the place of each `{}`; ` = ` between two parts is the sign of equations.
    /// [`sentence!`](crate::document::sentence) writes the parts behind the template.
    pub fn filled<const N: usize>(template: &'static str, parts: [Self; N]) -> Self {
        let mut parts = parts.into_iter();
        let mut sentence = Self::default();
        for (i, words) in template.split("{}").enumerate() {
            sentence = if i > 0 { sentence.then(parts.next().unwrap_or_default()) } else { sentence };
            sentence = match words {
                "" => sentence,
                " = " => sentence.relation(Relation::Equal),
                words => sentence.words(words),
            };
        }
        sentence
    }

    /// The same with other letters in its formulas.
    pub fn with_letters(mut self, to: &dyn Fn(&str) -> Option<&'static str>) -> Self {
        for part in &mut self.0 {
            if let Part::Math(formula) = part {
                *formula = std::mem::replace(formula, Notation::Number(0)).with_letters(to);
            }
        }
        self
    }

    /// Goes on with another.
    pub fn then(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// Goes on with words.
    pub fn words(mut self, words: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// Goes on with a word of the command line.
    pub fn code(mut self, code: &'static str) -> Self {
        self.0.push(Part::Code(code));
        self
    }

    /// Goes on with words for who types commands.
    pub fn typed(mut self, words: &'static str) -> Self {
        self.0.push(Part::Typed(words));
        self
    }

    /// Goes on with a formula.
    pub fn math(mut self, formula: Notation) -> Self {
        self.0.push(Part::Math(formula));
        self
    }

    /// Goes on with what the formula before it is.
    pub fn equals(self, value: Notation) -> Self {
        self.relation(Relation::Equal).math(value)
    }

    /// Goes on with the sign between two sides.
    pub fn relation(mut self, relation: Relation) -> Self {
        self.0.push(Part::Relation(relation));
        self
    }
}

impl From<Notation> for Sentence {
    fn from(formula: Notation) -> Self {
        Self::default().math(formula)
    }
}

impl From<Relation> for Sentence {
    fn from(relation: Relation) -> Self {
        Self::default().relation(relation)
    }
}

impl From<String> for Sentence {
    fn from(words: String) -> Self {
        Self::of(words)
    }
}

impl From<&'static str> for Sentence {
    fn from(words: &'static str) -> Self {
        Self::of(words)
    }
}

/// A sentence with formulas, sentences and words in it: `sentence!("{} is {} for {} = {}.", a, x, l, one)`.
macro_rules! sentence {
    ($template:literal, $($part:expr),+ $(,)?) => {
        $crate::document::sentence::Sentence::filled($template, [$($crate::document::sentence::Sentence::from($part)),+])
    };
}
pub(crate) use sentence;
