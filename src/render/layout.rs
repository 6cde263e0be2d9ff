//! [`Notation`] → pieces that are never broken, in lines of a width: where a formula may be broken, decided once for all
//! formats.

use std::ops::Range;

use crate::{
    document::notation::{Bounds, Entrywise, Exponent, Function, Letter, Notation, Origin, Sign},
    shape::{Dim, Shape},
};

/// A fraction's numerator is at most so many characters long; a longer one stands in brackets before a slash.
const NUMERATOR: usize = 24;

/// What a format writes as one sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Between the factors of a product.
    Dot,
    /// Between scalars.
    ScalarDot,
    /// Between a number and what it multiplies, where nothing is seen.
    Juxtaposition,
    /// ⊙
    Hadamard,
    /// ⊘
    Divided,
    /// A binary +.
    Plus,
    /// A binary −.
    Minus,
    /// A sign.
    Negative,
    /// A quotient of scalars.
    Slash,
    /// Between arguments.
    Comma,
    /// (
    Open,
    /// )
    Close,
    /// Σᵢ
    SumSamples,
    /// Σ
    Total,
    /// ⊗
    Kronecker,
    /// ‖, before and after
    Norm,
    /// The loss.
    Loss,
    /// ½
    Half,
    /// ⟦, before a part that is pointed to.
    OpenMarked,
    /// ⟧
    CloseMarked,
}

/// What is written without a break.
#[derive(Clone, Copy, Debug)]
pub enum Token<'n> {
    /// A sign.
    Mark(Mark),
    /// A letter with its decorations.
    Letter(&'n Letter),
    /// A whole number.
    Number(i64),
    /// A number.
    Real(f64),
    /// A dimension.
    Dim(&'n Dim),
    /// A function's name.
    Function(&'n Function),
    /// A numerator above a denominator.
    Fraction(&'n Notation, &'n Notation),
    /// A transpose.
    Transposed(&'n Notation),
    /// A power.
    Power(&'n Notation, Exponent),
    /// ∏ or Σ with its limits, before a bracket.
    Big(&'n Bounds),
    /// ∂a/∂b
    Partial(&'n Notation, &'n Notation),
    /// The part of a vector that belongs to a variable.
    Component(&'n Notation, &'n Notation),
    /// A square root.
    Root(&'n Notation),
    /// The shape itself.
    Shape(&'n Shape),
    /// A whole factor on one line.
    Whole(&'n Notation, Quotient),
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'n> {
    /// What is written.
    pub token: Token<'n>,
    /// The shape that belongs under it.
    pub shape: Option<&'n Shape>,
    /// What a whole factor was set from.
    pub origin: Origin,
    /// How many brackets and sums it is inside of, if a line may begin with it.
    pub level: Option<u16>,
}

/// Whether quotients of scalars are set as fractions, or on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotient {
    /// One above the other.
    Fraction,
    /// With a slash.
    Slash,
}

/// The formula from left to right.
#[must_use]
pub fn pieces(notation: &Notation, quotient: Quotient) -> Vec<Piece<'_>> {
    let mut walk = Walk { quotient, level: 0, opens: false, pieces: Vec::new() };
    walk.write(notation);
    walk.pieces
}

/// The same with what products over layers multiply in pieces of its own, for lines that are shorter than such a factor.
#[must_use]
pub fn opened(notation: &Notation, quotient: Quotient) -> Vec<Piece<'_>> {
    let mut walk = Walk { quotient, level: 0, opens: true, pieces: Vec::new() };
    walk.write(notation);
    walk.pieces
}

/// Places in `pieces` of lines that fill at most `room` columns where a break allows it, each piece having its `width`. A
/// line is broken at the outermost joint that leaves it a third full, else at the last joint that fits.
#[must_use]
pub fn lines(pieces: &[Piece], widths: &[usize], room: usize) -> Vec<Range<usize>> {
    let (mut lines, mut start) = (Vec::new(), 0);
    while start < pieces.len() {
        let end = line_end(pieces, widths, start, room);
        lines.push(start..end);
        start = end;
    }
    lines
}

fn line_end(pieces: &[Piece], widths: &[usize], start: usize, room: usize) -> usize {
    // The last joint of each level that fits: its level, its place, what stands before it.
    let mut joints: Vec<(u16, usize, usize)> = Vec::new();
    let mut used = widths[start];
    for place in start + 1..pieces.len() {
        if let Some(level) = pieces[place].level {
            if used > room {
                return joint(&joints, room).unwrap_or(place);
            }
            joints.retain(|(other, ..)| *other != level);
            joints.push((level, place, used));
        }
        used += widths[place];
    }
    if used <= room { pieces.len() } else { joint(&joints, room).unwrap_or(pieces.len()) }
}

fn joint(joints: &[(u16, usize, usize)], room: usize) -> Option<usize> {
    let full = joints.iter().filter(|(_, _, used)| used * 3 >= room).min();
    full.or_else(|| joints.last()).map(|(_, place, _)| *place)
}

struct Walk<'n> {
    quotient: Quotient,
    level: u16,
    opens: bool,
    pieces: Vec<Piece<'n>>,
}

impl<'n> Walk<'n> {
    fn push(&mut self, token: Token<'n>) {
        self.pieces.push(Piece { token, shape: None, origin: Origin::default(), level: None });
    }

    fn mark(&mut self, mark: Mark) {
        self.push(Token::Mark(mark));
    }

    /// A mark with which a line may begin.
    fn joint(&mut self, mark: Mark) {
        let (token, origin) = (Token::Mark(mark), Origin::default());
        self.pieces.push(Piece { token, shape: None, origin, level: Some(self.level) });
    }

    fn write(&mut self, notation: &'n Notation) {
        match notation {
            Notation::Letter(letter) => self.push(Token::Letter(letter)),
            Notation::Number(number) => self.push(Token::Number(*number)),
            Notation::Real(number) => self.push(Token::Real(*number)),
            Notation::Dim(dim) => self.push(Token::Dim(dim)),
            Notation::Shape(shape) => self.push(Token::Shape(shape)),
            Notation::Loss => self.mark(Mark::Loss),
            Notation::Half => self.mark(Mark::Half),
            Notation::Power(base, exponent) => self.push(Token::Power(base, *exponent)),
            Notation::Transposed(inner) => self.push(Token::Transposed(inner)),
            Notation::Partial(of, by) => self.push(Token::Partial(of, by)),
            Notation::Component(of, by) => self.push(Token::Component(of, by)),
            Notation::Shaped(inner, shape, origin) if self.opens && matches!(**inner, Notation::Big(..)) => {
                let first = self.pieces.len();
                self.write(inner);
                if let Some(piece) = self.pieces.get_mut(first) {
                    (piece.shape, piece.origin) = (shape.as_ref(), *origin);
                }
            }
            Notation::Shaped(inner, shape, origin) => {
                // Under a fraction, the shape would be read as part of its denominator.
                let quotient = if shape.is_some() { Quotient::Slash } else { self.quotient };
                let (token, shape) = (Token::Whole(inner, quotient), shape.as_ref());
                self.pieces.push(Piece { token, shape, origin: *origin, level: None });
            }
            Notation::Apply(function, argument) if function.name == "sqrt" => self.push(Token::Root(argument)),
            Notation::Apply(function, argument) => {
                self.push(Token::Function(function));
                self.bracketed(argument);
            }
            Notation::Big(bounds, body) => {
                self.push(Token::Big(bounds));
                if let Some(body) = body {
                    self.bracketed(body);
                }
            }
            Notation::Group(inner) => self.bracketed(inner),
            Notation::Norm(inner) => self.between(Mark::Norm, inner, Mark::Norm),
            Notation::Marked(inner) => self.between(Mark::OpenMarked, inner, Mark::CloseMarked),
            Notation::Product(factors) => self.joined(factors.iter().map(|factor| (Mark::Dot, factor))),
            Notation::Hadamard(factors) => self.joined(factors.iter().map(|(joint, factor)| (mark(*joint), factor))),
            Notation::List(parts) => self.joined(parts.iter().map(|part| (Mark::Comma, part))),
            Notation::Sum(terms) => self.sum(terms),
            Notation::Scalars(factors) => self.scalars(factors),
            Notation::Coefficient(factor, body) => self.coefficient(factor, body),
            Notation::Over(top, bottom) => self.over(top, bottom),
            Notation::SumSamples(inner) => self.sum_over(Mark::SumSamples, inner),
            Notation::Total(inner) => self.sum_over(Mark::Total, inner),
        }
    }

    /// Brackets are as high as a letter, and so is what is in them.
    fn bracketed(&mut self, inner: &'n Notation) {
        self.between(Mark::Open, inner, Mark::Close);
    }

    fn between(&mut self, open: Mark, inner: &'n Notation, close: Mark) {
        self.mark(open);
        self.level += 1;
        let outside = std::mem::replace(&mut self.quotient, Quotient::Slash);
        self.write(inner);
        self.quotient = outside;
        self.level -= 1;
        self.mark(close);
    }

    fn joined(&mut self, parts: impl Iterator<Item = (Mark, &'n Notation)>) {
        for (i, (joint, part)) in parts.enumerate() {
            if i > 0 {
                self.joint(joint);
            }
            self.write(part);
        }
    }

    fn sum(&mut self, terms: &'n [(Sign, Notation)]) {
        for (i, (sign, term)) in terms.iter().enumerate() {
            match (i, sign) {
                (0, Sign::Plus) => {}
                (0, Sign::Minus) => self.mark(Mark::Negative),
                (_, Sign::Plus) => self.joint(Mark::Plus),
                (_, Sign::Minus) => self.joint(Mark::Minus),
            }
            self.level += 1;
            self.write(term);
            self.level -= 1;
        }
    }

    fn sum_over(&mut self, mark: Mark, inner: &'n Notation) {
        self.mark(mark);
        self.write(inner);
    }

    fn scalars(&mut self, factors: &'n [Notation]) {
        for (i, factor) in factors.iter().enumerate() {
            if i > 0 {
                self.mark(Mark::ScalarDot);
            }
            let sum = matches!(factor, Notation::Dim(dim) if dim.is_sum());
            if sum { self.bracketed(factor) } else { self.write(factor) }
        }
    }

    fn coefficient(&mut self, factor: &'n Notation, body: &'n Notation) {
        self.write(factor);
        if *factor != Notation::Half {
            self.mark(if is_read_as_one(factor, body) { Mark::Juxtaposition } else { Mark::ScalarDot });
        }
        self.write(body);
    }

    fn over(&mut self, top: &'n Notation, bottom: &'n Notation) {
        let scalars = matches!(bottom, Notation::Scalars(_));
        if self.quotient == Quotient::Fraction && scalars && !top.has_shapes() && size(top) <= NUMERATOR {
            let top = if let Notation::Group(inner) = top { inner } else { top };
            // The bar is bracket enough.
            let bottom = only(bottom);
            self.push(Token::Fraction(top, bottom));
            return;
        }
        self.write(top);
        self.mark(Mark::Slash);
        if is_product(bottom) { self.bracketed(bottom) } else { self.write(bottom) }
    }
}

/// What stands in brackets alone, without them.
fn only(scalars: &Notation) -> &Notation {
    let Notation::Scalars(factors) = scalars else { return scalars };
    if let [Notation::Group(inner)] = &factors[..] { inner } else { scalars }
}

fn mark(joint: Entrywise) -> Mark {
    match joint {
        Entrywise::Times => Mark::Hadamard,
        Entrywise::Over => Mark::Divided,
        Entrywise::Kronecker => Mark::Kronecker,
    }
}

/// About how many characters wide.
fn size(notation: &Notation) -> usize {
    let of = |token: Token| match token {
        Token::Mark(
            Mark::Open
            | Mark::Close
            | Mark::Norm
            | Mark::Negative
            | Mark::Slash
            | Mark::ScalarDot
            | Mark::Loss
            | Mark::Half,
        ) => 1,
        Token::Mark(Mark::Juxtaposition) => 0,
        Token::Mark(_) => 3,
        Token::Letter(letter) => letter.base.len() + letter.subscript.as_ref().map_or(0, |label| label.len()),
        Token::Function(function) => function.name.len(),
        Token::Number(_) | Token::Real(_) | Token::Dim(_) | Token::Shape(_) => 2,
        Token::Big(bounds) => 4 + bounds.from.len() + bounds.to.len(),
        Token::Transposed(inner) | Token::Power(inner, _) | Token::Root(inner) | Token::Whole(inner, _) => {
            1 + size(inner)
        }
        Token::Fraction(a, b) | Token::Partial(a, b) | Token::Component(a, b) => size(a) + size(b) + 2,
    };
    pieces(notation, Quotient::Slash).iter().map(|piece| of(piece.token)).sum()
}

/// Whether a number stands right before what it multiplies: `2(Ŷ − Y)`, `2Y`, but `2·1`, `n·Y`.
fn is_read_as_one(factor: &Notation, body: &Notation) -> bool {
    let number = matches!(factor, Notation::Scalars(factors) if matches!(factors[..], [Notation::Number(_)]));
    let letter = matches!(body, Notation::Letter(letter) if !letter.base.starts_with(|c: char| c.is_ascii_digit()));
    number && (letter || matches!(body, Notation::Group(_)))
}

/// Whether there is more than one factor to read; sums are bracketed on their own.
fn is_product(scalars: &Notation) -> bool {
    let Notation::Scalars(factors) = scalars else { return false };
    match &factors[..] {
        [Notation::Dim(dim)] => dim.as_number().is_none() && dim.as_name().is_none() && !dim.is_sum(),
        factors => factors.len() > 1,
    }
}
