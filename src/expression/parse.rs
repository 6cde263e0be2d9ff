//! Tokens → a tree, by precedence: sums, then products of all kinds from the left, then signs, then powers and transposes.
#![allow(clippy::wildcard_enum_match_arm, reason = "most tokens begin nothing")]

mod primary;

use super::{
    MAX_BYTES, MAX_DEPTH, MAX_TOKENS,
    error::ExpressionError,
    functions::Function,
    given::Given,
    syntax::{Binary, Part, Syntax, Tree},
    tokens::{Placed, Token, tokens},
};
use crate::{expr::Scalar, source::Span};

type Parsed<T> = Result<T, ExpressionError>;

/// The tree of the text; and the words that are read as products of their letters, `Xw` as X w, since no such name is
/// given.
///
/// # Errors
/// A text that is too long or too deep, or no sentence of the language.
pub fn parse(text: &str, given: &Given) -> Parsed<(Tree, Vec<String>)> {
    if text.len() > MAX_BYTES {
        return Err(ExpressionError::TooLong { bytes: text.len() });
    }
    let (tokens, apart) = letters(tokens(text)?, given);
    if tokens.len() > MAX_TOKENS {
        return Err(ExpressionError::TooMany { found: tokens.len() });
    }
    let end = Span::new(text.len(), text.len());
    let mut parser = Parser { tokens: &tokens, given, at: 0, end, depth: 0, in_norm: false, tree: Tree::default() };
    parser.sum()?;
    match parser.peek() {
        None => shallow(&parser.tree).map(|()| (parser.tree, apart)),
        Some(_) => Err(parser.unexpected("an operator or the end")),
    }
}

/// Whether no part stands in too many others of another kind. Sums in sums and products in products are one level.
fn shallow(tree: &Tree) -> Parsed<()> {
    let level = |syntax: &Syntax| match syntax {
        Syntax::Binary(Binary::Plus | Binary::Minus, _) => Some(0),
        Syntax::Binary(Binary::Times, _) => Some(1),
        Syntax::Binary(Binary::Hadamard, _) => Some(2),
        _ => None,
    };
    let mut depths: Vec<usize> = Vec::with_capacity(tree.0.len());
    for node in &tree.0 {
        let of = |part: &Part| {
            let own = level(&node.syntax);
            let is_one = own.is_some() && own == level(&tree.at(*part).syntax);
            depths[part.0] + usize::from(!is_one)
        };
        let depth = node.syntax.parts().iter().map(of).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(ExpressionError::TooDeep { span: node.span });
        }
        depths.push(depth);
    }
    Ok(())
}

/// Words as papers write products: up to six capital letters and a small one, if no such name is known.
fn letters(tokens: Vec<Placed>, given: &Given) -> (Vec<Placed>, Vec<String>) {
    let (mut found, mut apart) = (Vec::new(), Vec::new());
    for placed in tokens {
        let is_product = |word: &str| {
            let capitals = word.bytes().take_while(u8::is_ascii_uppercase).count();
            let small = &word[capitals..];
            let shape = (1..=6).contains(&capitals) && word.len() > 1 && small.len() <= 1;
            shape && small.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        match &placed.token {
            Token::Word(word) if is_product(word) && given.of(word).is_none() && Function::of_name(word).is_none() => {
                apart.push(word.clone());
                for (i, letter) in word.chars().enumerate() {
                    let start = placed.span.start + i;
                    found.push(Placed { token: Token::Word(letter.into()), span: Span::new(start, start + 1) });
                }
            }
            _ => found.push(placed),
        }
    }
    apart.dedup();
    (found, apart)
}

struct Parser<'a> {
    tokens: &'a [Placed],
    given: &'a Given,
    at: usize,
    end: Span,
    depth: usize,
    /// Whether a ‖ ends a norm that is open.
    in_norm: bool,
    tree: Tree,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(self.end, |placed| placed.span)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn skip(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn unexpected(&self, expected: &'static str) -> ExpressionError {
        ExpressionError::Unexpected { expected, span: self.span() }
    }

    fn expect(&mut self, sign: &str, expected: &'static str) -> Parsed<()> {
        if self.skip(sign) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// One more level, in which a ‖ ends a norm or begins one.
    fn inside<T>(&mut self, in_norm: bool, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let outside = std::mem::replace(&mut self.in_norm, in_norm);
        let read = self.deeper(read);
        self.in_norm = outside;
        read
    }

    /// One more level, which ends with the call.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExpressionError::TooDeep { span: self.span() });
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// `sum ::= product (("+" | "-") product)*`
    fn sum(&mut self) -> Parsed<Part> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("+")) => Binary::Plus,
                Some(Token::Sign("-")) => Binary::Minus,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.product()?;
            left = self.binary(operator, left, right);
        }
    }

    /// `product ::= signed (("*" | "/") signed | (".*" | "./" | "@") juxtaposed | power)*`: what stands side by side is multiplied,
    /// behind an entrywise sign before that sign, as papers mean y ⊙ X w.
    fn product(&mut self) -> Parsed<Part> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("*")) => Binary::Times,
                Some(Token::Sign("/")) => Binary::Over,
                Some(Token::Sign(".*")) => Binary::Hadamard,
                Some(Token::Sign("./")) => Binary::Divide,
                Some(Token::Sign("@")) => Binary::Kronecker,
                _ if self.is_juxtaposed() => {
                    let right = self.power()?;
                    left = self.binary(Binary::Times, left, right);
                    continue;
                }
                _ => return Ok(left),
            };
            self.at += 1;
            let binds = matches!(operator, Binary::Hadamard | Binary::Divide | Binary::Kronecker);
            let right = if binds { self.juxtaposed()? } else { self.signed()? };
            left = self.binary(operator, left, right);
        }
    }

    /// `juxtaposed ::= signed power*`
    fn juxtaposed(&mut self) -> Parsed<Part> {
        let mut left = self.signed()?;
        while self.is_juxtaposed() {
            let right = self.power()?;
            left = self.binary(Binary::Times, left, right);
        }
        Ok(left)
    }

    /// Whether a factor begins here without a sign before it.
    fn is_juxtaposed(&self) -> bool {
        match self.peek() {
            Some(Token::Word(_) | Token::Number(_) | Token::Sign("(" | "[" | "½" | "\\frac" | "\\word")) => true,
            Some(Token::Sign("‖")) => !self.in_norm,
            _ => false,
        }
    }

    /// `signed ::= ("-" | "+")* power`
    fn signed(&mut self) -> Parsed<Part> {
        let start = self.span();
        if self.skip("-") {
            let of = self.deeper(Self::signed)?;
            let span = start.to(self.tree.at(of).span);
            return Ok(self.tree.add(Syntax::Negative(of), span));
        }
        if self.skip("+") { self.deeper(Self::signed) } else { self.power() }
    }

    /// `power ::= primary ("'" | "ᵀ" | "^" exponent | ".^" exponent)*`
    fn power(&mut self) -> Parsed<Part> {
        let mut base = self.primary()?;
        loop {
            let exponent = match self.peek() {
                Some(Token::Sign("'") | Token::Raised("T")) => Exponent::Transpose,
                Some(Token::Raised(_)) => Exponent::InverseTranspose,
                Some(Token::Small(digits)) => Exponent::Number(self.whole(digits)?),
                Some(Token::Sign("^")) => {
                    self.at += 1;
                    let exponent = self.exponent()?;
                    base = self.raised(base, exponent);
                    continue;
                }
                Some(Token::Sign(".^")) => {
                    self.at += 1;
                    let Exponent::Number(power) = self.exponent()? else {
                        return Err(self.unexpected("a number as the power of each entry"));
                    };
                    base = self.around(base, Syntax::EntrywisePower(base, power));
                    continue;
                }
                _ => return Ok(base),
            };
            self.at += 1;
            base = self.raised(base, exponent);
        }
    }

    fn span_before(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(self.end, |placed| placed.span)
    }

    fn whole(&self, digits: &str) -> Parsed<Scalar> {
        digits.parse().map(Scalar::integer).map_err(|_| ExpressionError::Number { span: self.span() })
    }

    /// `exponent ::= "T" | "-"? number | "(" "-"? ("T" | number ("/" number)?) ")"`
    fn exponent(&mut self) -> Parsed<Exponent> {
        let close = if self.skip("(") {
            Some(")")
        } else if self.skip("{") {
            Some("}")
        } else {
            None
        };
        let negative = self.skip("-");
        let exponent = match self.next() {
            Some(Token::Word(word)) if word == "T" && negative => Exponent::InverseTranspose,
            Some(Token::Word(word)) if word == "T" => Exponent::Transpose,
            Some(Token::Sign("⊤")) if negative => Exponent::InverseTranspose,
            Some(Token::Sign("⊤" | "'")) => Exponent::Transpose,
            Some(Token::Sign("½")) => Exponent::Number(signed(Scalar::ratio(1, 2), negative)),
            Some(Token::Number(digits)) => {
                let mut number = decimal(digits, self.span_before())?;
                if close.is_some() && self.skip("/") {
                    let Some(Token::Number(below)) = self.next() else {
                        self.at = self.at.saturating_sub(1);
                        return Err(self.unexpected("a number below the line"));
                    };
                    let below = decimal(below, self.span_before())?;
                    let inverse = below.to_the(&Scalar::integer(-1));
                    let quotient = inverse.and_then(|inverse| number.times(&inverse));
                    number = quotient.ok_or(ExpressionError::Number { span: self.span_before() })?;
                }
                Exponent::Number(signed(number, negative))
            }
            _ => {
                self.at = self.at.saturating_sub(usize::from(self.at < self.tokens.len() || self.at > 0));
                return Err(ExpressionError::Exponent { span: self.span() });
            }
        };
        if let Some(close) = close {
            self.expect(close, "the end of the exponent")?;
        }
        Ok(exponent)
    }

    /// A part made of `base` and what was read since.
    fn around(&mut self, base: Part, syntax: Syntax) -> Part {
        let span = self.tree.at(base).span.to(self.span_before());
        self.tree.add(syntax, span)
    }

    fn raised(&mut self, base: Part, exponent: Exponent) -> Part {
        match exponent {
            Exponent::Transpose => self.around(base, Syntax::Transpose(base)),
            Exponent::InverseTranspose => {
                let inverse = self.around(base, Syntax::Power(base, Scalar::integer(-1)));
                self.around(base, Syntax::Transpose(inverse))
            }
            Exponent::Number(power) => self.around(base, Syntax::Power(base, power)),
        }
    }

    fn binary(&mut self, operator: Binary, left: Part, right: Part) -> Part {
        let span = self.tree.at(left).span.to(self.tree.at(right).span);
        self.tree.add(Syntax::Binary(operator, [left, right]), span)
    }
}

/// What stands above a base.
enum Exponent {
    Transpose,
    InverseTranspose,
    Number(Scalar),
}

fn signed(number: Scalar, negative: bool) -> Scalar {
    if negative { number.negated() } else { number }
}

fn decimal(digits: &str, span: Span) -> Parsed<Scalar> {
    let faulty = || ExpressionError::Number { span };
    let (digits, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent: i32 = exponent.parse().map_err(|_| faulty())?;
    let places =
        i32::try_from(fraction.len()).ok().and_then(|places| exponent.checked_sub(places)).ok_or_else(faulty)?;
    let power =
        Some(places.unsigned_abs()).filter(|power| *power <= 15).map(|power| 10_i64.pow(power)).ok_or_else(faulty)?;
    let number: i64 = format!("{whole}{fraction}").parse().map_err(|_| faulty())?;
    if places < 0 {
        return Ok(Scalar::ratio(number, power));
    }
    number.checked_mul(power).map(Scalar::integer).ok_or_else(faulty)
}
