//! A source text and a place in it → what nom's combinators read.

use std::{
    cell::RefCell,
    str::{CharIndices, Chars},
};

use nom::{Compare, CompareResult, IResult, Input, Needed, Offset, Parser, error::ErrorKind, error::ParseError};

use super::{
    error::SpecError,
    expected::{Expected, Found},
    lexical::{found, is_word, skip_blanks},
    syntax::Name,
};
use crate::source::{MAX_MESSAGES, Span, Spanned};

/// A text, and the errors found in it so far: a faulty statement is noted here, and parsing goes on behind it.
pub(super) struct Source<'a> {
    text: &'a str,
    errors: RefCell<Vec<SpecError>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, errors: RefCell::new(Vec::new()) }
    }

    /// The whole text, to be read.
    pub(super) fn all(&'a self) -> Text<'a> {
        Text { rest: self.text, start: 0, source: self }
    }

    /// The errors in order of their places, and whether there were more. What seems to stand in a block that is never
    /// closed may well stand behind it, and is not reported.
    pub(super) fn into_errors(self) -> (Vec<SpecError>, bool) {
        let mut errors = self.errors.into_inner();
        let more = errors.len() > MAX_MESSAGES;
        errors.truncate(MAX_MESSAGES);
        errors.sort_by_key(|error| error.span().start);
        let unclosed = errors.iter().find(|error| matches!(error, SpecError::UnclosedBlock { .. }));
        if let Some(opening) = unclosed.map(|error| error.span().start) {
            errors.retain(|error| !matches!(error, SpecError::NotInBlock { span, .. } if span.start > opening));
        }
        (errors, more)
    }
}

/// A part of the source: for the parser, what is still to be read.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) rest: &'a str,
    start: usize,
    source: &'a Source<'a>,
}

impl<'a> Text<'a> {
    /// From here to where `end` begins.
    pub(super) fn to(self, end: Self) -> Span {
        Span::new(self.start, end.start)
    }

    /// The next `length` bytes.
    pub(super) fn span(self, length: usize) -> Span {
        Span::new(self.start, self.start + length)
    }

    /// The text as a name.
    pub(super) fn name(self) -> Name {
        Spanned::new(self.rest.to_owned(), self.span(self.rest.len()))
    }

    /// Keeps an error and lets parsing go on.
    pub(super) fn note(self, error: SpecError) {
        let mut errors = self.source.errors.borrow_mut();
        if errors.len() <= MAX_MESSAGES {
            errors.push(error);
        }
    }

    fn part(self, rest: &'a str, skipped: usize) -> Self {
        Self { rest, start: self.start + skipped, ..self }
    }
}

impl<'a> Input for Text<'a> {
    type Item = char;
    type Iter = Chars<'a>;
    type IterIndices = CharIndices<'a>;

    fn input_len(&self) -> usize {
        self.rest.len()
    }

    fn take(&self, index: usize) -> Self {
        self.part(&self.rest[..index], 0)
    }

    fn take_from(&self, index: usize) -> Self {
        self.part(&self.rest[index..], index)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(char) -> bool>(&self, predicate: P) -> Option<usize> {
        self.rest.find(predicate)
    }

    fn iter_elements(&self) -> Chars<'a> {
        self.rest.chars()
    }

    fn iter_indices(&self) -> CharIndices<'a> {
        self.rest.char_indices()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        self.rest.slice_index(count)
    }
}

impl Offset for Text<'_> {
    fn offset(&self, second: &Self) -> usize {
        second.start - self.start
    }
}

impl Compare<&str> for Text<'_> {
    fn compare(&self, other: &str) -> CompareResult {
        self.rest.compare(other)
    }

    fn compare_no_case(&self, other: &str) -> CompareResult {
        self.rest.compare_no_case(other)
    }
}

/// Why a parser stopped: it does not apply here (`None`: another may), or the text is at fault.
pub(super) struct Fault(pub(super) Option<Box<SpecError>>);

impl ParseError<Text<'_>> for Fault {
    fn from_error_kind(_: Text<'_>, _: ErrorKind) -> Self {
        Self(None)
    }

    fn append(_: Text<'_>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// What a parser returns: the rest of the text and what was read.
pub(super) type Parsed<'a, T> = IResult<Text<'a>, T, Fault>;

/// Ends the statement with an error.
pub(super) fn fail<'a, T>(error: SpecError) -> Parsed<'a, T> {
    Err(nom::Err::Failure(Fault(Some(Box::new(error)))))
}

/// A parser that reads a `T`.
pub(super) trait Rule<'a, T>: Parser<Text<'a>, Output = T, Error = Fault> {}

impl<'a, T, P: Parser<Text<'a>, Output = T, Error = Fault>> Rule<'a, T> for P {}

/// What `rule` reads, joined to its place. Blanks before it do not belong to it.
pub(super) fn spanned<'a, T>(mut rule: impl Rule<'a, T>) -> impl Rule<'a, Spanned<T>> {
    move |text: Text<'a>| {
        let text = skip_blanks(text);
        let (rest, value) = rule.parse(text)?;
        Ok((rest, Spanned::new(value, text.to(rest))))
    }
}

/// What `rule` reads; where it does not apply, the error that `explain` makes of what stands there.
pub(super) fn demand<'a, T>(mut rule: impl Rule<'a, T>, explain: impl Fn(Found) -> SpecError) -> impl Rule<'a, T> {
    move |text: Text<'a>| match rule.parse(text) {
        Err(nom::Err::Error(_)) => fail(SpecError::at(found(text), &explain)),
        result => result,
    }
}

/// What `rule` reads; where it does not apply, the error that says what was expected.
pub(super) fn expect<'a, T>(expected: Expected, rule: impl Rule<'a, T>) -> impl Rule<'a, T> {
    demand(rule, move |found| SpecError::expected(expected, found))
}

/// What `rule` reads, which no word and no `(` may follow without a blank: `2(a + b)` is neither a product nor two
/// dimensions.
pub(super) fn apart<'a, T>(mut rule: impl Rule<'a, T>) -> impl Rule<'a, T> {
    move |text: Text<'a>| {
        let (rest, value) = rule.parse(text)?;
        if rest.rest.starts_with(|c| is_word(c) || c == '(') {
            return fail(SpecError::Adjoined { found: found(rest) });
        }
        Ok((rest, value))
    }
}
