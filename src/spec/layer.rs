//! Text → layers and losses: words with arguments, whose meaning the catalog knows.

use nom::{
    Parser,
    branch::alt,
    combinator::{map, opt},
    multi::many0,
    sequence::{preceded, terminated},
};

use super::{
    dimension::parse_dimension,
    error::SpecError,
    expected::Expected,
    input::{Parsed, Text, apart, demand, expect, fail, spanned},
    lexical::{keyword, named, parse_blanks, parse_name, parse_number, parse_opening, symbol},
    syntax::{Argument, Call, LayerSyntax, LossSyntax, Name, OptionSyntax, StatementKind},
};
use crate::catalog::layer;

/// `layer ::= label? name argument*`
pub(super) fn parse_layer(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, name) = opt(parse_label).parse(text)?;
    let (text, kind) = match name {
        None => named(text)?,
        Some(_) => expect(Expected::LayerKind, named).parse(text)?,
    };
    if text.rest.starts_with('(') {
        let Name { value: word, span } = kind;
        return fail(if layer::find(&word).is_some() {
            SpecError::LayerCall { kind: word, span: text.span(1) }
        } else {
            SpecError::UnknownStatement { word, span }
        });
    }
    let (text, arguments) = many0(spanned(parse_argument)).parse(text)?;
    Ok((text, StatementKind::Layer(LayerSyntax { name, kind, arguments })))
}

/// `label ::= name ":"`
pub(super) fn parse_label(text: Text<'_>) -> Parsed<'_, Name> {
    map(terminated(parse_name, symbol(":")), Text::name).parse(text)
}

/// `argument ::= "->" | call | dimension`
pub(super) fn parse_argument(text: Text<'_>) -> Parsed<'_, Argument> {
    let arrow = map(symbol("->"), |_| Argument::Arrow);
    alt((arrow, map(parse_call, Argument::Call), map(parse_dimension, Argument::Dim))).parse(text)
}

/// `call ::= opening number ")"`
pub(super) fn parse_call(text: Text<'_>) -> Parsed<'_, Call> {
    let (inside, name) = parse_opening(text)?;
    let opening = text.to(inside);
    let (text, parameter) = expect(Expected::Parameter, spanned(parse_number)).parse(inside)?;
    let closing = demand(symbol(")"), |found| SpecError::Unclosed { opening, closing: ')', found });
    let (text, _) = apart(closing).parse(text)?;
    Ok((text, Call { name: name.name(), parameter: Some(parameter) }))
}

/// `loss ::= "loss" function option*`
pub(super) fn parse_loss(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, _) = keyword("loss").parse(text)?;
    let (text, call) = expect(Expected::LossName, preceded(parse_blanks, parse_function)).parse(text)?;
    let (text, options) = many0(parse_option).parse(text)?;
    Ok((text, StatementKind::Loss(LossSyntax { call, options })))
}

/// `function ::= call | name`
pub(super) fn parse_function(text: Text<'_>) -> Parsed<'_, Call> {
    alt((parse_call, map(named, |name| Call { name, parameter: None }))).parse(text)
}

/// `option ::= name "=" name`
pub(super) fn parse_option(text: Text<'_>) -> Parsed<'_, OptionSyntax> {
    let (text, key) = named(text)?;
    let (text, _) = expect(Expected::OptionSign, symbol("=")).parse(text)?;
    let (text, value) = expect(Expected::OptionValue, named).parse(text)?;
    Ok((text, OptionSyntax { key, value }))
}
