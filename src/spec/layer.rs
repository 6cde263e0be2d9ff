//! Text → layers, losses and penalties: words with arguments, whose meaning the catalog knows.

use nom::{
    Parser,
    branch::alt,
    combinator::{map, opt, recognize, verify},
    multi::many0,
    sequence::{preceded, terminated},
};

use super::{
    dimension::parse_dimension,
    error::SpecError,
    expected::Expected,
    grammar::parse_block,
    input::{Parsed, Text, apart, demand, expect, fail, spanned},
    lexical::{keyword, named, parse_blanks, parse_name, parse_number, parse_opening, skip_blanks, symbol},
    syntax::{
        Argument, Call, DefinitionSyntax, LayerSyntax, LossSyntax, Name, OptionSyntax, PenaltySyntax, StatementKind,
    },
};
use crate::{catalog::layer, source::Spanned};

/// `layer ::= label? name argument* block* source?`
///
/// Only the kinds that the catalog says so have blocks, and numbers among their arguments.
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
    let known = layer::find(&kind.value).map(|entry| entry.kind);
    let argument = if known.is_some_and(layer::Kind::takes_numbers) { parse_numeric } else { parse_argument };
    let (text, arguments) = many0(unless_source(argument)).parse(text)?;
    let (text, branches) =
        if known.is_some_and(layer::Kind::has_branches) { many0(parse_block).parse(text)? } else { (text, Vec::new()) };
    let (text, sources) = opt(parse_source).parse(text)?;
    let sources = sources.unwrap_or_default();
    Ok((text, StatementKind::Layer(LayerSyntax { name, kind, arguments, branches, sources })))
}

/// An argument with its place, where no `from` and a name stand.
fn unless_source<'a>(
    argument: fn(Text<'a>) -> Parsed<'a, Argument>,
) -> impl FnMut(Text<'a>) -> Parsed<'a, Spanned<Argument>> {
    move |text| match parse_word_and_name(text, "from") {
        Ok(_) => Err(nom::Err::Error(super::input::Fault(None))),
        Err(_) => spanned(argument).parse(text),
    }
}

/// `source ::= "from" name ("," name)*`
pub(super) fn parse_source(text: Text<'_>) -> Parsed<'_, Vec<Name>> {
    let (text, first) = parse_word_and_name(text, "from")?;
    let (text, mut names) = many0(preceded(symbol(","), named)).parse(text)?;
    names.insert(0, first);
    Ok((text, names))
}

/// A word and the name behind it, as `from x`.
fn parse_word_and_name<'a>(text: Text<'a>, word: &'static str) -> Parsed<'a, Name> {
    let (text, _) = verify(named, |name: &Name| name.value == word).parse(text)?;
    named(text)
}

/// `definition ::= ("block" | "shared") name name* block`
pub(super) fn parse_definition(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, word) = verify(named, |name: &Name| matches!(name.value.as_str(), "block" | "shared")).parse(text)?;
    let (text, name) = named(text)?;
    let (text, parameters) = many0(named).parse(text)?;
    let (text, body) = parse_block(text)?;
    let shared = word.value == "shared";
    Ok((text, StatementKind::Definition(DefinitionSyntax { shared, name, parameters, body })))
}

/// `penalty ::= "penalty" name argument*`
pub(super) fn parse_penalty(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, kind) = parse_word_and_name(text, "penalty")?;
    let (text, arguments) = many0(spanned(parse_numeric)).parse(text)?;
    Ok((text, StatementKind::Penalty(PenaltySyntax { kind, arguments })))
}

/// `layout ::= "layout" name`
pub(super) fn parse_layout(text: Text<'_>) -> Parsed<'_, StatementKind> {
    map(|text| parse_word_and_name(text, "layout"), StatementKind::Layout).parse(text)
}

/// `label ::= name ":"`
pub(super) fn parse_label(text: Text<'_>) -> Parsed<'_, Name> {
    map(terminated(parse_name, symbol(":")), Text::name).parse(text)
}

/// `argument ::= "->" | call | setting | dimension`
pub(super) fn parse_argument(text: Text<'_>) -> Parsed<'_, Argument> {
    let arrow = map(symbol("->"), |_| Argument::Arrow);
    let setting = map(parse_setting, Argument::Option);
    alt((arrow, map(parse_call, Argument::Call), setting, map(parse_dimension, Argument::Dim))).parse(text)
}

/// `numeric ::= setting | number | name`
pub(super) fn parse_numeric(text: Text<'_>) -> Parsed<'_, Argument> {
    let number = map(apart(preceded(parse_blanks, parse_number)), Argument::Number);
    alt((map(parse_setting, Argument::Option), number, map(parse_dimension, Argument::Dim))).parse(text)
}

/// `setting ::= name "=" (name | number)`
pub(super) fn parse_setting(text: Text<'_>) -> Parsed<'_, OptionSyntax> {
    let (text, key) = named(text)?;
    let (text, _) = symbol("=").parse(text)?;
    let number = map(recognize(parse_number), Text::name);
    let (text, value) = expect(Expected::OptionValue, alt((named, preceded(parse_blanks, number)))).parse(text)?;
    Ok((text, OptionSyntax { key, value }))
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

/// `loss ::= "loss" function (option | number | "from" name | "against" name)*`
pub(super) fn parse_loss(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, _) = keyword("loss").parse(text)?;
    let (mut text, call) = expect(Expected::LossName, preceded(parse_blanks, parse_function)).parse(text)?;
    let mut loss = LossSyntax { call, options: Vec::new(), weight: None, from: None, against: None };
    loop {
        let start = skip_blanks(text);
        if let (None, Ok((rest, name))) = (&loss.from, parse_word_and_name(text, "from")) {
            (text, loss.from) = (rest, Some(name));
        } else if let (None, Ok((rest, name))) = (&loss.against, parse_word_and_name(text, "against")) {
            (text, loss.against) = (rest, Some(name));
        } else if loss.weight.is_none() && start.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            let (rest, weight) = apart(spanned(preceded(parse_blanks, parse_number))).parse(text)?;
            (text, loss.weight) = (rest, Some(weight));
        } else {
            let (rest, option) = opt(parse_option).parse(text)?;
            let Some(option) = option else { return Ok((text, StatementKind::Loss(loss))) };
            text = rest;
            loss.options.push(option);
        }
    }
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
