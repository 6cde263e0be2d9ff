//! Text → statements. A faulty statement is noted and skipped: parsing never stops at the first error.

use nom::{
    Input, Parser,
    branch::alt,
    combinator::{map, opt},
    multi::{many0_count, separated_list1},
    sequence::{pair, preceded},
};

use super::{
    dimension::parse_shape,
    error::SpecError,
    expected::{Expected, Found},
    input::{Fault, Parsed, Text, expect, fail, spanned},
    layer::{parse_definition, parse_layer, parse_layout, parse_loss, parse_penalty},
    lexical::{
        KEYWORDS, at_end, found, is_word, keyword, named, parse_blanks, parse_byte_order_mark, parse_comment,
        parse_integer, parse_name, parse_separator, skip_blanks, symbol,
    },
    meant::{meant, opening, owner},
    syntax::{Binding, Count, Repeat, Spec, Statement, StatementKind, TensorDeclaration},
};
use crate::{catalog::layer, source::Spanned};

/// What reads one kind of statement.
type StatementRule<'a> = fn(Text<'a>) -> Parsed<'a, StatementKind>;

/// `spec ::= byte_order_mark? statements comment?`
pub(super) fn parse_spec(text: Text<'_>) -> Parsed<'_, Spec> {
    let comment = preceded(parse_blanks, opt(parse_comment));
    map((opt(parse_byte_order_mark), parse_statements, comment), |(_, statements, _)| Spec { statements }).parse(text)
}

/// `statements ::= (separator | repeat | definition | label? combiner argument* block+ | statement separator)* statement?`
pub(super) fn parse_statements(text: Text<'_>) -> Parsed<'_, Vec<Statement>> {
    let (mut text, mut statements) = sequence(text, parse_statement)?;
    while let Ok((behind, brace)) = symbol("}").parse(text) {
        text.note(SpecError::StrayBrace { span: brace.to(behind) });
        let (rest, more) = sequence(behind, parse_statement)?;
        statements.extend(more);
        text = rest;
    }
    Ok((text, statements))
}

/// `statement ::= input | target | let | loss | definition | penalty | layout | step`
pub(super) fn parse_statement(text: Text<'_>) -> Parsed<'_, StatementKind> {
    alt((parse_definition, parse_penalty, parse_layout, parse_step, parse_let, parse_input, parse_target, parse_loss))
        .parse(text)
}

/// `step ::= expect | layer`
pub(super) fn parse_step(text: Text<'_>) -> Parsed<'_, StatementKind> {
    alt((parse_layer, parse_expect)).parse(text)
}

/// `block ::= "{" (separator | repeat | label? combiner argument* block+ | step separator)* step? "}"`
pub(super) fn parse_block(text: Text<'_>) -> Parsed<'_, Vec<Statement>> {
    let start = skip_blanks(text);
    let (text, _) = symbol("{").parse(start)?;
    let opening = start.to(text);
    let (text, body) = sequence(text, parse_step)?;
    if let Ok((rest, _)) = symbol("}").parse(text) {
        return Ok((rest, body));
    }
    text.note(SpecError::UnclosedBlock { opening });
    Ok((text, body))
}

/// `repeat ::= "repeat" count block`
pub(super) fn parse_repeat(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, _) = keyword("repeat").parse(text)?;
    let (text, count) = expect(Expected::Count, spanned(parse_count)).parse(text)?;
    let (text, body) = expect(Expected::Block, parse_block).parse(text)?;
    Ok((text, StatementKind::Repeat(Repeat { count, body })))
}

/// `count ::= integer | name`
pub(super) fn parse_count(text: Text<'_>) -> Parsed<'_, Count> {
    alt((map(parse_integer, Count::Number), map(parse_name, |name| Count::Name(name.rest.to_owned())))).parse(text)
}

/// `input ::= "input" tensor`
pub(super) fn parse_input(text: Text<'_>) -> Parsed<'_, StatementKind> {
    map(preceded(keyword("input"), parse_tensor), StatementKind::Input).parse(text)
}

/// `target ::= "target" (tensor | name)`
pub(super) fn parse_target(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let (text, _) = keyword("target").parse(text)?;
    if let Ok((rest, name)) = named(text)
        && at_end(rest)
    {
        return Ok((rest, StatementKind::TargetValue(name)));
    }
    map(parse_tensor, StatementKind::Target).parse(text)
}

/// `tensor ::= name? shape`
pub(super) fn parse_tensor(text: Text<'_>) -> Parsed<'_, TensorDeclaration> {
    let name = opt(named);
    map(pair(name, expect(Expected::TensorShape, parse_shape)), |(name, shape)| TensorDeclaration { name, shape })
        .parse(text)
}

/// `expect ::= "expect" shape`
pub(super) fn parse_expect(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let shape = expect(Expected::ExpectShape, parse_shape);
    map(preceded(keyword("expect"), shape), StatementKind::Expect).parse(text)
}

/// `let ::= "let" binding ("," binding)*`
pub(super) fn parse_let(text: Text<'_>) -> Parsed<'_, StatementKind> {
    let bindings = separated_list1(symbol(","), parse_binding);
    map(preceded(keyword("let"), bindings), StatementKind::Let).parse(text)
}

/// `binding ::= name "=" integer`
pub(super) fn parse_binding(text: Text<'_>) -> Parsed<'_, Binding> {
    let (text, name) = expect(Expected::BindingName, named).parse(text)?;
    let (text, _) = expect(Expected::BindingSign, symbol("=")).parse(text)?;
    let (text, value) = expect(Expected::BindingValue, spanned(parse_integer)).parse(text)?;
    Ok((text, Binding { name, value }))
}

/// Statements up to a `}` or the end of the text: each a `repeat`, or a `simple` one and its end.
fn sequence<'a>(mut text: Text<'a>, simple: StatementRule<'a>) -> Parsed<'a, Vec<Statement>> {
    let mut statements = Vec::new();
    loop {
        (text, _) = many0_count(preceded(parse_blanks, parse_separator)).parse(text)?;
        if at_end(text) {
            return Ok((text, statements));
        }
        text = match ended(text, simple) {
            Ok((rest, statement)) => {
                statements.push(statement);
                rest
            }
            Err(fault) => {
                text.note(mended(error_of(fault, text), text));
                skip_statement(text)
            }
        };
    }
}

/// A statement; behind all but one that ends with a block, its end must stand.
fn ended<'a>(text: Text<'a>, simple: StatementRule<'a>) -> Parsed<'a, Statement> {
    let (rest, Spanned { value: kind, span }) = spanned(alt((parse_repeat, simple))).parse(text)?;
    let ends_with_block = match &kind {
        StatementKind::Repeat(_) | StatementKind::Definition(_) => true,
        StatementKind::Layer(layer) => !layer.branches.is_empty() && layer.sources.is_empty(),
        StatementKind::Input(_)
        | StatementKind::Target(_)
        | StatementKind::TargetValue(_)
        | StatementKind::Expect(_)
        | StatementKind::Let(_)
        | StatementKind::Layout(_)
        | StatementKind::Loss(_)
        | StatementKind::Penalty(_) => false,
    };
    if ends_with_block || at_end(rest) {
        return Ok((rest, Statement { span, kind }));
    }
    fail(SpecError::at(found(rest), |next| unended(&kind, next)))
}

/// The error of a statement that goes on where it should end. A layer of an unknown kind may be a misspelt statement.
fn unended(kind: &StatementKind, next: Found) -> SpecError {
    match kind {
        StatementKind::Layer(layer) if layer::find(&layer.kind.value).is_none() => {
            SpecError::UnknownStatement { word: layer.kind.value.clone(), span: layer.kind.span }
        }
        StatementKind::Layer(_) => SpecError::expected(Expected::Argument, next),
        StatementKind::Let(_) => SpecError::expected(Expected::BindingEnd, next),
        StatementKind::Loss(loss)
            if next.lexeme == "," && loss.options.last().is_some_and(|option| option.key.value == "weights") =>
        {
            SpecError::expected(Expected::List, next)
        }
        StatementKind::Loss(loss) if loss.from.is_some() || loss.against.is_some() => {
            SpecError::expected(Expected::LossEnd, next)
        }
        StatementKind::Input(_)
        | StatementKind::Target(_)
        | StatementKind::Expect(_)
        | StatementKind::TargetValue(_)
        | StatementKind::Repeat(_)
        | StatementKind::Definition(_)
        | StatementKind::Layout(_)
        | StatementKind::Penalty(_)
        | StatementKind::Loss(_) => SpecError::expected(Expected::StatementEnd, next),
    }
}

/// The error that ended a statement; where no kind of statement applied, what stood there instead of one.
fn error_of(fault: nom::Err<Fault>, text: Text<'_>) -> SpecError {
    match fault {
        nom::Err::Failure(Fault(Some(error))) | nom::Err::Error(Fault(Some(error))) => *error,
        nom::Err::Failure(Fault(None)) | nom::Err::Error(Fault(None)) | nom::Err::Incomplete(_) => {
            let found = found(text);
            if KEYWORDS.contains(&found.lexeme.as_str()) {
                return SpecError::NotInBlock { word: found.lexeme, span: found.span };
            }
            SpecError::expected(Expected::Statement, found)
        }
    }
}

/// The error of a faulty statement, with what the statement was meant to be if that is clear.
fn mended(error: SpecError, text: Text<'_>) -> SpecError {
    let text = skip_blanks(text);
    let statement = text.rest[..statement_length(text)].trim_end();
    let is_head = matches!(error, SpecError::UnknownStatement { span, .. } if span.start == text.span(0).start);
    let error = if is_head { unknown_head(statement, text) } else { error };
    let is_opening = text.rest[statement.len()..].trim_start_matches([' ', '\t']).starts_with('{');
    let found = if matches!(error, SpecError::NotInBlock { .. }) {
        // What cannot stand in a block is well said, and is moved as it is.
        None
    } else if let SpecError::UnknownStatement { word, .. } = &error
        && is_opening
    {
        opening(statement).or_else(|| owner(word))
    } else {
        let opening = if is_opening { opening(statement) } else { None };
        opening.or_else(|| meant(statement))
    };
    match found {
        Some(meant) => SpecError::Mended { error: Box::new(error), statement: text.span(statement.len()), meant },
        None => error,
    }
}

/// The error of an unknown first word, with the points and hyphens in it: `nn.Linear`, `hidden-1`.
fn unknown_head(statement: &str, text: Text<'_>) -> SpecError {
    let end = statement.find(|c| !is_word(c) && !matches!(c, '.' | '-')).unwrap_or(statement.len());
    let word = statement[..end].trim_end_matches(['.', '-']);
    SpecError::UnknownStatement { word: word.to_owned(), span: text.span(word.len()) }
}

fn statement_length(text: Text<'_>) -> usize {
    text.rest.find(['\n', ';', '{', '}', '#']).unwrap_or(text.rest.len())
}

/// The text behind a faulty statement. Blocks in it are read for their errors.
fn skip_statement(text: Text<'_>) -> Text<'_> {
    let mut end = text.take_from(statement_length(text));
    while let Ok((behind, _)) = parse_block(end) {
        end = behind;
    }
    end
}
