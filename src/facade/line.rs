//! One statement that a builder writes, of pieces that the caller gives as text.
//!
//! Each must be the one thing that it was given for: `f1 relu` for a width is an error, never a width and an activation.

use std::ops::Range;

use crate::source::{Diagnostic, Kind, Span};

/// What a piece of text was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A name of a layer or tensor.
    Name,
    /// A dimension.
    Dimension,
    /// An activation.
    Activation,
    /// A loss.
    Loss,
    /// What follows `reduce=`.
    Reduction,
}

impl Role {
    fn noun(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Dimension => "dimension",
            Self::Activation => "activation",
            Self::Loss => "loss",
            Self::Reduction => "reduction",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Name => "give one word of letters, digits and underscores, as in `hidden`",
            Self::Dimension => "give a name, a whole number, or a sum or product of them, as in `4*d`",
            Self::Activation => "give its name, with a parameter in brackets if it takes one, as in `leaky_relu(0.1)`",
            Self::Loss => "give its name, with a parameter in brackets if it takes one, as in `huber(1)`",
            Self::Reduction => "give `samples`, `elements` or `sum`",
        }
    }

    /// Whether `piece` is one of these by its characters; the parser says whether there is such a one.
    fn is_one(self, piece: &str) -> bool {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        let word = |text: &str| !text.is_empty() && text.chars().all(is_letter);
        match self {
            Self::Name | Self::Reduction => word(piece),
            Self::Activation | Self::Loss => match piece.strip_suffix(')').and_then(|call| call.split_once('(')) {
                Some((name, parameter)) => word(name) && parameter.chars().all(|c| is_letter(c) || " +-.".contains(c)),
                None => word(piece),
            },
            Self::Dimension => {
                let mut operands = piece.split(['+', '*', '(', ')']).map(|part| part.trim_matches(' '));
                let tight: Vec<char> = piece.chars().filter(|c| *c != ' ').collect();
                // An operator stands between an operand and a bracket that opens, and behind one that closes.
                let mut pairs = tight.windows(2).map(|pair| (pair[0], pair[1]));
                operands.all(|part| part.is_empty() || word(part))
                    && !pairs.any(|(a, b)| (a == ')' && (is_letter(b) || b == '(')) || (is_letter(a) && b == '('))
                    && !piece.is_empty()
            }
        }
    }
}

/// A statement as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    text: String,
    /// The first piece that is not what it was given for.
    refused: Option<(Role, Range<usize>)>,
}

impl Line {
    /// Begins inside of so many blocks.
    pub(super) fn new(depth: usize) -> Self {
        Self { text: "  ".repeat(depth), refused: None }
    }

    /// Adds words and signs of the language.
    pub(super) fn sign(mut self, sign: &str) -> Self {
        self.text.push_str(sign);
        self
    }

    /// Adds a piece.
    pub(super) fn piece(mut self, role: Role, piece: &str) -> Self {
        let (piece, start) = (piece.trim(), self.text.len());
        self.text.push_str(piece);
        if !role.is_one(piece) {
            self.refused.get_or_insert((role, start..self.text.len()));
        }
        self
    }

    /// Adds `[rows, columns]`.
    pub(super) fn shape(self, rows: &str, columns: &str) -> Self {
        let rows = self.sign("[").piece(Role::Dimension, rows);
        rows.sign(", ").piece(Role::Dimension, columns).sign("]")
    }

    /// The statement.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with the first piece that is not what it was given for; the line stands at `offset` of the text.
    pub(super) fn refused(&self, offset: usize) -> Option<Diagnostic> {
        let (role, range) = self.refused.as_ref()?;
        let shown: String = self.text[range.clone()].escape_debug().take(80).collect();
        let error = Diagnostic::error(Kind::Spec, format!("`{shown}` is not one {}", role.noun())).help(role.help());
        Some(error.at(Span::new(offset + range.start, offset + range.end), ""))
    }
}
