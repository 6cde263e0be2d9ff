//! Text → layers, losses and penalties: words with arguments, whose meaning the catalog knows.

use nom::{
    Parser,
    branch::alt,
    combinator::{map, not, opt, recognize, verify},
    multi::{many0, separated_list1},
    sequence::{delimited, preceded, terminated},
};

use super::{
    dimension::parse_dimension,
    error::SpecError,
    expected::Expected,
    grammar::parse_block,
    input::{Parsed, Text, apart, demand, expect, fail, spanned},
    lexical::{OPENINGS, keyword, named, parse_blanks, parse_name, parse_number, parse_opening, skip_blanks, symbol},
    syntax::{
        Argument, Call, DefinitionSyntax, DimSyntax, LayerSyntax, LossSyntax, Name, OptionSyntax, PenaltySyntax,
        StatementKind,
    },
};
use crate::{catalog::layer, source::Spanned};

/// `layer ::= label? (combiner argument* block* source? | modifier numeric* source? | name argument* source?)`
pub(super) fn parse_layer(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, name) = opt(parse_label).parse(text)?;
    if let Ok((text, kind)) = parse_combiner(text) {
        let (text, arguments) = many0(unless_source(parse_argument)).parse(text)?;
        let (text, branches) = many0(parse_block).parse(text)?;
        return sourced(text, LayerSyntax { name, kind, arguments, branches, sources: Vec::new() });
    }
    if let Ok((text, kind)) = parse_modifier(text) {
        let (text, arguments) = many0(unless_source(parse_numeric)).parse(text)?;
        return sourced(text, LayerSyntax { name, kind, arguments, branches: Vec::new(), sources: Vec::new() });
    }
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
    let (text, arguments) = many0(unless_source(parse_argument)).parse(text)?;
    sourced(text, LayerSyntax { name, kind, arguments, branches: Vec::new(), sources: Vec::new() })
}

/// `combiner ::= "residual" | "add" | "subtract" | "multiply" | "concat"`
pub(super) fn parse_combiner(text: Text<'_>) -> Parsed<'_, Name> {
    word_of(text, layer::Kind::has_branches)
}

/// `modifier ::= "norm" | "dropout"`
pub(super) fn parse_modifier(text: Text<'_>) -> Parsed<'_, Name> {
    word_of(text, layer::Kind::takes_numbers)
}

/// The name of a kind of layer; no `(` behind it, which is a lesson of its own.
fn word_of(text: Text<'_>, is_one: fn(layer::Kind) -> bool) -> Parsed<'_, Name> {
    let (rest, kind) =
        verify(named, |name: &Name| layer::find(&name.value).is_some_and(|entry| is_one(entry.kind))).parse(text)?;
    if rest.rest.starts_with('(') { Err(nom::Err::Error(super::input::Fault(None))) } else { Ok((rest, kind)) }
}

/// The layer with what stands behind `from`.
fn sourced(text: Text<'_>, layer: LayerSyntax) -> Parsed<'_, StatementKind> {
    let (text, sources) = opt(parse_source).parse(text)?;
    Ok((text, StatementKind::Layer(LayerSyntax { sources: sources.unwrap_or_default(), ..layer })))
}

/// An argument with its place, where no `from` and a name stand.
fn unless_source<'a>(
    argument: fn(Text<'a>) -> Parsed<'a, Argument>,
) -> impl FnMut(Text<'a>) -> Parsed<'a, Spanned<Argument>> {
    move |text| match word_then_name(text, "from") {
        Ok(_) => Err(nom::Err::Error(super::input::Fault(None))),
        Err(_) => spanned(argument).parse(text),
    }
}

/// `source ::= "from" name ("," name)*`
pub(super) fn parse_source(text: Text<'_>) -> Parsed<'_, Vec<Name>> {
    let (text, first) = word_then_name(text, "from")?;
    let (text, mut names) = many0(preceded(symbol(","), named)).parse(text)?;
    names.insert(0, first);
    Ok((text, names))
}

/// A word and the name behind it, as `from x`.
fn word_then_name<'a>(text: Text<'a>, word: &'static str) -> Parsed<'a, Name> {
    let (text, _) = verify(named, |name: &Name| name.value == word).parse(text)?;
    named(text)
}

/// `definition ::= ("block" | "shared") name name* block`
pub(super) fn parse_definition(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, word) = verify(named, |name: &Name| OPENINGS.contains(&name.value.as_str())).parse(text)?;
    let (text, name) = named(text)?;
    let (text, parameters) = many0(named).parse(text)?;
    let (text, body) = parse_block(text)?;
    let shared = word.value == "shared";
    Ok((text, StatementKind::Definition(DefinitionSyntax { shared, name, parameters, body })))
}

/// `penalty ::= "penalty" name numeric*`
pub(super) fn parse_penalty(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, kind) = word_then_name(text, "penalty")?;
    let (text, arguments) = many0(spanned(parse_numeric)).parse(text)?;
    Ok((text, StatementKind::Penalty(PenaltySyntax { kind, arguments })))
}

/// `layout ::= "layout" name`
pub(super) fn parse_layout(text: Text<'_>) -> Parsed<'_, StatementKind> {
    map(|text| word_then_name(text, "layout"), StatementKind::Layout).parse(text)
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
    let name = map(named, |name| Argument::Dim(DimSyntax::Name(name.value)));
    alt((map(parse_setting, Argument::Option), number, name)).parse(text)
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

/// `loss ::= "loss" function number? option* ("from" name)? ("against" name)? option*`
pub(super) fn parse_loss(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, _) = keyword("loss").parse(text)?;
    let (text, call) = expect(Expected::LossName, preceded(parse_blanks, parse_function)).parse(text)?;
    let starts_number =
        skip_blanks(text).rest.trim_start_matches(['.', '+', '-']).starts_with(|c: char| c.is_ascii_digit());
    let (text, weight) = if starts_number {
        map(apart(preceded(parse_blanks, spanned(parse_number))), Some).parse(text)?
    } else {
        (text, None)
    };
    let other = |text| alt((|text| word_then_name(text, "from"), |text| word_then_name(text, "against"))).parse(text);
    let (text, mut options) = many0(preceded(not(other), parse_option)).parse(text)?;
    let (text, from) = opt(|text| word_then_name(text, "from")).parse(text)?;
    let (text, against) = opt(|text| word_then_name(text, "against")).parse(text)?;
    let named_before = from.is_some() || against.is_some();
    let (text, more) = many0(preceded(not(other), |text| late_option(text, named_before))).parse(text)?;
    options.extend(more);
    Ok((text, StatementKind::Loss(LossSyntax { call, options, weight, from, against })))
}

/// An option; behind `from` or `against` a word without `=` is none, but what should not stand there.
fn late_option(text: Text<'_>, named_before: bool) -> Parsed<'_, OptionSyntax> {
    if named_before {
        terminated(named, symbol("=")).parse(text)?;
    }
    parse_option(text)
}

/// `function ::= call | name`
pub(super) fn parse_function(text: Text<'_>) -> Parsed<'_, Call> {
    alt((parse_call, map(named, |name| Call { name, parameter: None }))).parse(text)
}

/// `option ::= name "=" (name | number | numbers)`
pub(super) fn parse_option(text: Text<'_>) -> Parsed<'_, OptionSyntax> {
    let (text, key) = named(text)?;
    let (text, _) = expect(Expected::OptionSign, symbol("=")).parse(text)?;
    let number = map(recognize(parse_number), Text::name);
    let value = alt((named, apart(preceded(parse_blanks, number)), preceded(parse_blanks, parse_numbers)));
    let (text, value) = expect(Expected::OptionValue, value).parse(text)?;
    Ok((text, OptionSyntax { key, value }))
}

/// `numbers ::= "[" number ("," number)* "]"`
pub(super) fn parse_numbers(text: Text<'_>) -> Parsed<'_, Name> {
    let number = preceded(parse_blanks, parse_number);
    let list = delimited(symbol("["), separated_list1(symbol(","), number), symbol("]"));
    map(recognize(list), Text::name).parse(text)
}
