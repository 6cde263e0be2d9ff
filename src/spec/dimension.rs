//! Text → dimensions and shapes.

use nom::{
    Parser,
    branch::alt,
    combinator::map,
    multi::many0,
    sequence::{pair, preceded},
};

use super::{
    error::SpecError,
    expected::Expected,
    input::{Parsed, Rule, Text, apart, demand, expect, spanned},
    lexical::{is_word, parse_integer, parse_name, skip_blanks, symbol},
    syntax::{DimSyntax, ShapeSyntax},
};
use crate::source::Spanned;

/// `shape ::= "[" dimension "," dimension "]"`
pub(super) fn parse_shape(text: Text<'_>) -> Parsed<'_, ShapeSyntax> {
    let start = skip_blanks(text);
    let (text, _) = symbol("[").parse(start)?;
    let opening = start.to(text);
    let (text, rows) = required_dimension().parse(text)?;
    let (text, _) = demand(symbol(","), |found| match found.lexeme.as_str() {
        "]" => SpecError::OneDimension { found },
        _ => SpecError::Unclosed { opening, closing: ',', found },
    })
    .parse(text)?;
    let features = skip_blanks(text);
    let (text, columns) = required_dimension().parse(text)?;
    let (text, _) = demand(symbol("]"), |found| match found.lexeme.as_str() {
        "," => {
            let length = features.rest.find([']', '\n', ';', '#']).unwrap_or(features.rest.len());
            let joined = joined(&features.rest[..length]);
            SpecError::MoreDimensions { span: found.span, features: features.span(length), joined }
        }
        _ => SpecError::Unclosed { opening, closing: ']', found },
    })
    .parse(text)?;
    Ok((text, ShapeSyntax { span: start.to(text), rows, columns }))
}

/// `dimension ::= product ("+" product)*`
pub(super) fn parse_dimension(text: Text<'_>) -> Parsed<'_, DimSyntax> {
    chain("+", parse_product, DimSyntax::Sum).parse(text)
}

/// `product ::= factor ("*" factor)*`
pub(super) fn parse_product(text: Text<'_>) -> Parsed<'_, DimSyntax> {
    chain("*", parse_factor, DimSyntax::Product).parse(text)
}

/// `factor ::= integer | name | "(" dimension ")"`
pub(super) fn parse_factor(text: Text<'_>) -> Parsed<'_, DimSyntax> {
    let number = map(parse_integer, DimSyntax::Number);
    let name = map(parse_name, |name| DimSyntax::Name(name.rest.to_owned()));
    apart(alt((number, name, parenthesised))).parse(text)
}

fn parenthesised(text: Text<'_>) -> Parsed<'_, DimSyntax> {
    let start = skip_blanks(text);
    let (text, _) = symbol("(").parse(start)?;
    let opening = start.to(text);
    let (text, dimension) = required_dimension().parse(text)?;
    let (text, _) = demand(symbol(")"), |found| SpecError::Unclosed { opening, closing: ')', found }).parse(text)?;
    Ok((text, dimension.value))
}

fn required_dimension<'a>() -> impl Rule<'a, Spanned<DimSyntax>> {
    expect(Expected::Dimension, spanned(parse_dimension))
}

/// `operand (sign operand)*`; an operand alone stays what it is.
fn chain<'a>(
    sign: &'static str,
    operand: fn(Text<'a>) -> Parsed<'a, DimSyntax>,
    join: fn(Vec<Spanned<DimSyntax>>) -> DimSyntax,
) -> impl Rule<'a, DimSyntax> {
    let more = many0(preceded(symbol(sign), expect(Expected::Dimension, spanned(operand))));
    map(pair(spanned(operand), more), move |(first, mut more)| {
        if more.is_empty() {
            return first.value;
        }
        more.insert(0, first);
        join(more)
    })
}

/// The features of a shape with too many dimensions as one product: `28, 28` → `28*28`. `None` where they are no plain names
/// and numbers.
fn joined(features: &str) -> Option<String> {
    let parts: Vec<&str> = features.split(',').map(str::trim).collect();
    let plain = |part: &&str| !part.is_empty() && part.chars().all(is_word);
    (features.len() <= 40 && parts.iter().all(plain)).then(|| parts.join("*"))
}
