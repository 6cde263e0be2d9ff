//! [`Equation`] → the written parts of its rows: what the markup languages share.

use super::{
    ShapePlace, Style,
    dialect::{Dialect, inline, token},
    layout::{Mark, Token, lines, pieces},
    text,
};
use crate::{
    document::notation::{Equation, Exponent, Notation, Relation},
    shape::{Dim, Shape},
};

/// A language that can write a shape under a factor.
pub trait Markup: Dialect {
    /// A factor with what stands under it.
    fn under(&self, factor: &str, shape: &str) -> String;
    /// A factor of a formula, with its shape under it if it has one.
    fn factor(&self, factor: &str, shape: Option<&str>) -> String {
        shape.map_or_else(|| factor.to_owned(), |shape| self.under(factor, shape))
    }
    /// A name, as typed or as a letter with an index.
    fn name(&self, name: Name) -> String;
}

/// An equation in rows.
#[derive(Debug)]
pub struct Rows {
    /// The left side.
    pub left: String,
    /// The relation.
    pub relation: String,
    /// The right side.
    pub right: Vec<String>,
    /// The shapes after it, if they are wanted there.
    pub shapes: Vec<String>,
}

/// Writes the parts of an equation.
#[must_use]
pub fn rows(markup: &dyn Markup, equation: &Equation, style: &Style) -> Rows {
    let left = inline(markup, &equation.left);
    let shape = equation.shape.as_ref();
    let under = shape.filter(|_| style.shapes == ShapePlace::Under);
    let left = under.map_or(left.clone(), |shape| markup.under(&left, &markup.shape(shape)));
    let plain = (style.shapes != ShapePlace::Under).then(|| equation.right.clone().without_shapes());
    let right = broken(markup, plain.as_ref().unwrap_or(&equation.right), style);
    let after = shape.filter(|_| style.shapes == ShapePlace::After).map(|shape| {
        let Some(shapes) = equation.shapes() else { return vec![markup.shape(shape)] };
        let mut rows = broken(markup, &shapes, style);
        if let Some(last) = rows.last_mut() {
            *last = format!("{last} {} {}", markup.relation(Relation::Gives), markup.shape(shape));
        }
        rows
    });
    let relation = markup.relation(equation.relation).to_string();
    Rows { left, relation, right, shapes: after.unwrap_or_default() }
}

/// The formula in lines.
fn broken(markup: &dyn Markup, formula: &Notation, style: &Style) -> Vec<String> {
    /// What the left side and the relation take.
    const INDENT: usize = 9;
    let pieces = pieces(formula, markup.quotient());
    // As text, but a shape that is a factor stands in brackets here, with blanks.
    let bracketed = |(piece, width)| if let Token::Shape(_) = piece { width + 4 } else { width };
    let tokens = pieces.iter().map(|piece| piece.token);
    let widths: Vec<usize> = tokens.zip(text::widths(&pieces)).map(bracketed).collect();
    let lines = lines(&pieces, &widths, style.width.saturating_sub(INDENT));
    let written = |line: std::ops::Range<usize>| {
        let piece = |piece: &super::layout::Piece| {
            let (text, shape) = (token(markup, piece), piece.shape.map(|shape| markup.shape(shape)));
            if let Token::Whole(..) = piece.token { markup.factor(&text, shape.as_deref()) } else { text }
        };
        pieces[line].iter().map(piece).collect::<String>()
    };
    lines.into_iter().map(written).collect()
}

/// How a name is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// `f1`, `d_model`, `f[l-1]`: a letter with an index, which is a number, a word or an index expression.
    Indexed(&'a str, &'a str),
    /// All else, as it was typed: `hidden`, `f_1`, `alpha`.
    Typed(&'a str),
}

impl<'a> Name<'a> {
    /// No two names are read as the same: `f1` is f with the index 1, therefore `f_1` stays as it is.
    #[must_use]
    pub fn of(name: &'a str) -> Self {
        if let Some((letter, index)) = name.find('[').map(|at| name.split_at(at)) {
            return Self::Indexed(letter, index);
        }
        let mut letters = name.chars();
        let letter = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
        let rest = letters.as_str();
        let digits = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        let word =
            rest.strip_prefix('_').filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic()));
        match (letter, digits, word) {
            (true, true, _) => Self::Indexed(&name[..1], rest),
            (true, false, Some(word)) => Self::Indexed(&name[..1], word),
            _ => Self::Typed(name),
        }
    }
}

/// A dimension: `n`, `2 f_1 + 3`, where a number stands right before a name and `times` between names.
#[must_use]
pub fn dim(markup: &dyn Markup, dim: &Dim, times: &str) -> String {
    let term = |(names, coefficient): (Vec<(&str, u32)>, u64)| {
        let powers = names.iter().map(|(name, power)| {
            let base = markup.name(Name::of(name));
            if *power == 1 { base } else { markup.power(&base, Exponent::Number((*power).into(), 1)) }
        });
        let powers = powers.collect::<Vec<_>>().join(times);
        match (coefficient, names.is_empty()) {
            (number, true) => markup.number(&number.to_string()),
            (1, false) => powers,
            (number, false) => {
                format!("{}{} {powers}", markup.number(&number.to_string()), markup.mark(Mark::Juxtaposition))
            }
        }
    };
    let terms: Vec<String> = dim.terms().into_iter().map(term).collect();
    terms.join(markup.mark(Mark::Plus))
}

/// A shape, `times` between its sides.
#[must_use]
pub fn shape(markup: &dyn Markup, shape: &Shape, scalar: &str, times: &str) -> String {
    let side = |dim: &Dim| {
        let text = markup.dim(dim);
        let single = dim.as_number().is_some() || dim.as_name().is_some();
        if single { text } else { format!("{}{text}{}", markup.mark(Mark::Open), markup.mark(Mark::Close)) }
    };
    let dims = shape.dims().map(|(rows, columns)| format!("{}{times}{}", side(rows), side(columns)));
    dims.unwrap_or_else(|| scalar.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_one_thing_only() {
        assert_eq!(Name::of("f1"), Name::Indexed("f", "1"));
        assert_eq!(Name::of("d_model"), Name::Indexed("d", "model"));
        for typed in ["f", "f_1", "f_1a", "alpha", "alpha_1", "_", "_f", "_1", "hidden_units", "f_", "f_a_b", "a__b"] {
            assert_eq!(Name::of(typed), Name::Typed(typed));
        }
    }
}
