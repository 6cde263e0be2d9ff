//! What a format has to say: how each sign is written, and the frame of a page. What is written is decided before.

use super::{
    Style,
    layout::{Mark, Piece, Quotient, Token, pieces},
};
use crate::{
    document::{
        Graph,
        notation::{Bounds, Equation, Exponent, Function, Letter, Notation, Relation},
        plot::Plot,
        sentence::{Part, Sentence},
        table::Table,
    },
    shape::{Dim, Shape},
};

/// A format, as text for one reader or program.
pub trait Dialect {
    /// A sign, with the blanks around it.
    fn mark(&self, mark: Mark) -> &str;
    /// The sign between two sides.
    fn relation(&self, relation: Relation) -> &str;
    /// A letter with its decorations.
    fn letter(&self, letter: &Letter) -> String;
    /// ∏ or Σ with its limits, before a bracket.
    fn big(&self, bounds: &Bounds) -> String;
    /// A function's name, before its argument.
    fn function(&self, function: &Function) -> String;
    /// A number, in digits.
    fn number(&self, digits: &str) -> String {
        digits.to_string()
    }
    /// A dimension.
    fn dim(&self, dim: &Dim) -> String;
    /// A shape, in the small writing under a factor.
    fn shape(&self, shape: &Shape) -> String;
    /// A shape as a factor.
    fn shape_as_factor(&self, shape: &Shape) -> String {
        self.shape(shape)
    }
    /// A quotient.
    fn fraction(&self, top: &str, bottom: &str) -> String;
    /// A power of what is one letter, or in brackets.
    fn power(&self, base: &str, exponent: Exponent) -> String;
    /// A transpose of what is one letter, or in brackets.
    fn transposed(&self, inner: &str) -> String;
    /// ∂a/∂b
    fn partial(&self, of: &str, by: &str) -> String;
    /// The part of a vector that belongs to a variable.
    fn component(&self, of: &str, by: &str) -> String;
    /// A square root.
    fn root(&self, inner: &str) -> String;
    /// How quotients of scalars are set.
    fn quotient(&self) -> Quotient {
        Quotient::Fraction
    }

    /// What a page of this title begins with.
    fn begin(&self, _: &str) -> String {
        String::new()
    }
    /// The spec that the page is of, where a page is read alone.
    fn source(&self, _: &str) -> String {
        String::new()
    }
    /// What stands before the first equation of a run, whose equations have labels or not.
    fn open(&self, _: bool) -> String {
        String::new()
    }
    /// An equation with the label by which it can be referred to.
    fn labelled(&self, equation: String, _: &str) -> String {
        equation
    }
    /// An equation.
    fn equation(&self, equation: &Equation, style: &Style) -> String;
    /// What stands between two equations.
    fn between(&self, previous: &str, next: &str) -> String;
    /// What stands after the last equation of a run.
    fn close(&self, _: bool) -> String {
        String::new()
    }
    /// A matrix of numbers, of what is on its left, with a line end.
    fn matrix(&self, left: &str, rows: &[Vec<String>]) -> String;
    /// Signs and what each means, with a line end.
    fn notation(&self, signs: &[(String, String)], style: &Style) -> String;
    /// Words as words.
    fn words(&self, words: &str) -> String;
    /// Words for who types commands.
    fn typed(&self, _: &str) -> String {
        String::new()
    }
    /// A word of the command line.
    fn code(&self, code: &str) -> String;
    /// A formula among words.
    fn math(&self, formula: &str) -> String {
        formula.to_string()
    }
    /// A title with a line end.
    fn heading(&self, text: &str) -> String {
        format!("{text}\n\n")
    }
    /// A sentence with a line end, from its parts as they are written.
    fn sentence(&self, text: &str, style: &Style) -> String;
    /// Lines as they are, with a line end.
    fn verbatim(&self, text: &str) -> String;
    /// A table, with a line end.
    fn table(&self, table: &Table, style: &Style) -> String;
    /// A picture; nothing in a format that holds none.
    fn plot(&self, _: &Plot) -> String {
        String::new()
    }
    /// A computation graph as a picture; none in a format that holds none.
    fn graph(&self, _: &Graph) -> Option<String> {
        None
    }
    /// What sets lines as they are off from what stands above and below.
    fn gap(&self) -> &'static str {
        ""
    }
    /// What the page ends with.
    fn end(&self) -> String {
        String::new()
    }
}

/// The formula on one line, without shapes.
#[must_use]
pub fn inline(dialect: &dyn Dialect, notation: &Notation) -> String {
    with(dialect, notation, dialect.quotient())
}

fn with(dialect: &dyn Dialect, notation: &Notation, quotient: Quotient) -> String {
    pieces(notation, quotient).iter().map(|piece| token(dialect, piece)).collect()
}

/// What is written of a piece, but its shape.
#[must_use]
pub fn token(dialect: &dyn Dialect, piece: &Piece) -> String {
    match piece.token {
        Token::Mark(mark) => dialect.mark(mark).to_string(),
        Token::Letter(letter) => dialect.letter(letter),
        Token::Number(number) => dialect.number(&number.to_string()),
        Token::Real(number) => dialect.number(&digits(number)),
        Token::Dim(dim) => dialect.dim(dim),
        Token::Big(bounds) => dialect.big(bounds),
        Token::Function(function) => dialect.function(function),
        Token::Fraction(top, bottom) => dialect.fraction(&inline(dialect, top), &inline(dialect, bottom)),
        Token::Power(base, exponent) => dialect.power(&inline(dialect, base), exponent),
        Token::Transposed(inner) => dialect.transposed(&inline(dialect, inner)),
        Token::Partial(of, by) => dialect.partial(&inline(dialect, of), &inline(dialect, by)),
        Token::Component(of, by) => dialect.component(&inline(dialect, of), &inline(dialect, by)),
        Token::Root(inner) => dialect.root(&inline(dialect, inner)),
        Token::Shape(shape) => dialect.shape_as_factor(shape),
        Token::Whole(inner, quotient) => with(dialect, inner, quotient),
    }
}

/// All digits of a number, in few characters.
fn digits(value: f64) -> String {
    if value == 0.0 || (1e-12..1e15).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

/// A sentence in one line; parts of mathematics that follow one another are one formula.
#[must_use]
pub fn sentence(dialect: &dyn Dialect, sentence: &Sentence) -> String {
    let formula = |part: &Part| match part {
        Part::Math(formula) => Some(inline(dialect, formula)),
        Part::Relation(relation) => Some(dialect.relation(*relation).to_string()),
        Part::Words(_) | Part::Code(_) | Part::Typed(_) => None,
    };
    let run = |parts: &[Part]| match parts {
        [Part::Words(words)] => dialect.words(words),
        [Part::Code(code)] => dialect.code(code),
        [Part::Typed(words)] => dialect.typed(words),
        parts => dialect.math(&parts.iter().filter_map(formula).collect::<Vec<_>>().join(" ")),
    };
    let is_formula = |part: &Part| matches!(part, Part::Math(_) | Part::Relation(_));
    sentence.0.chunk_by(|one, next| is_formula(one) && is_formula(next)).map(run).collect()
}
