//! Text → words, numbers and separators. Nothing stands between the parts of these productions.

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::{char, one_of, satisfy},
    combinator::{map, opt, recognize, verify},
    sequence::{pair, preceded, terminated},
};

use super::{
    error::SpecError,
    expected::Found,
    input::{Parsed, Rule, Text, fail},
    syntax::Name,
};

/// The largest number in a spec: 2³¹ − 1.
pub const MAX_NUMBER: u64 = (1 << 31) - 1;

/// The longest name in bytes.
const MAX_NAME: usize = 256;

/// The words that begin a statement; they are no names.
pub const KEYWORDS: [&str; 6] = ["input", "let", "repeat", "expect", "target", "loss"];

/// The words before the name of a block that is defined.
pub(super) const OPENINGS: [&str; 2] = ["block", "shared"];
/// Words that begin a statement where a name stands behind them.
pub(super) const STATEMENTS: [&str; 2] = ["penalty", "layout"];

/// `byte_order_mark ::= #xFEFF`
pub(super) fn parse_byte_order_mark(text: Text<'_>) -> Parsed<'_, char> {
    char('\u{feff}').parse(text)
}

/// `blanks ::= [#x20#x9]*`
pub(super) fn parse_blanks(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    take_while(is_blank).parse(text)
}

/// `comment ::= "#" [^#xA]*`
pub(super) fn parse_comment(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    recognize(pair(char('#'), take_while(|c| c != '\n'))).parse(text)
}

/// `line_end ::= comment? #xD? #xA`
pub(super) fn parse_line_end(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    recognize((opt(parse_comment), opt(char('\r')), char('\n'))).parse(text)
}

/// `separator ::= ";" | line_end`
pub(super) fn parse_separator(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    alt((tag(";"), parse_line_end)).parse(text)
}

/// `word ::= [A-Za-z_] [A-Za-z0-9_]*`
pub(super) fn parse_word(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    let (rest, word) = recognize(pair(satisfy(is_initial), take_while(is_word))).parse(text)?;
    if word.rest.len() > MAX_NAME {
        return fail(SpecError::LongName { span: text.to(rest), limit: MAX_NAME });
    }
    Ok((rest, word))
}

/// `keyword ::= "input" | "let" | "repeat" | "expect" | "target" | "loss"`
pub(super) fn parse_keyword(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    verify(parse_word, |word: &Text<'_>| KEYWORDS.contains(&word.rest)).parse(text)
}

/// `name ::= word - keyword`
pub(super) fn parse_name(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    verify(parse_word, |word: &Text<'_>| !KEYWORDS.contains(&word.rest)).parse(text)
}

/// `opening ::= name "("`
pub(super) fn parse_opening(text: Text<'_>) -> Parsed<'_, Text<'_>> {
    terminated(parse_name, char('(')).parse(text)
}

/// `integer ::= "0"* [1-9] [0-9]*`
pub(super) fn parse_integer(text: Text<'_>) -> Parsed<'_, u64> {
    let (rest, digits) = take_while1(|c: char| c.is_ascii_digit()).parse(text)?;
    let length = lexeme_length(text.rest);
    let lexeme = || text.rest[..length].to_owned();
    if length > digits.rest.len() {
        return fail(SpecError::NotWhole { span: text.span(length), lexeme: lexeme() });
    }
    match digits.rest.parse() {
        Ok(value) if (1..=MAX_NUMBER).contains(&value) => Ok((rest, value)),
        _ => fail(SpecError::OutOfRange { span: text.span(length), lexeme: lexeme() }),
    }
}

/// `number ::= [+-]? ([0-9]+ ("." [0-9]*)? | "." [0-9]+) ([eE] [+-]? [0-9]+)?`
pub(super) fn parse_number(text: Text<'_>) -> Parsed<'_, f64> {
    let digits = || take_while1(|c: char| c.is_ascii_digit());
    let whole = recognize(pair(digits(), opt(pair(char('.'), take_while(|c: char| c.is_ascii_digit())))));
    let fraction = recognize(pair(char('.'), digits()));
    let exponent = (one_of("eE"), opt(one_of("+-")), digits());
    let (rest, written) = recognize((opt(one_of("+-")), alt((whole, fraction)), opt(exponent))).parse(text)?;
    match written.rest.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((rest, value)),
        _ => fail(SpecError::NotFinite { span: text.to(rest), lexeme: written.rest.to_owned() }),
    }
}

/// A sign such as `[` or `->`, behind blanks.
pub(super) fn symbol<'a>(sign: &'static str) -> impl Rule<'a, Text<'a>> {
    preceded(parse_blanks, tag(sign))
}

/// The keyword at the beginning of a statement. A `:` behind it makes it the name of a layer, which it cannot be.
pub(super) fn keyword<'a>(word: &'static str) -> impl Rule<'a, Text<'a>> {
    move |text: Text<'a>| {
        let (rest, read) = verify(parse_keyword, |read: &Text<'_>| read.rest == word).parse(text)?;
        if skip_blanks(rest).rest.starts_with(':') {
            return fail(SpecError::Reserved { span: text.to(rest), word: word.to_owned() });
        }
        Ok((rest, read))
    }
}

/// A name, behind blanks, as the tree has it.
pub(super) fn named(text: Text<'_>) -> Parsed<'_, Name> {
    map(preceded(parse_blanks, parse_name), Text::name).parse(text)
}

/// Whether a statement may end here: before a separator, a `}` or the end of the text.
pub(super) fn at_end(text: Text<'_>) -> bool {
    let rest = skip_blanks(text).rest;
    rest.is_empty() || rest.starts_with(['\n', ';', '}', '#']) || rest.starts_with("\r\n")
}

/// The text behind blanks.
pub(super) fn skip_blanks(text: Text<'_>) -> Text<'_> {
    match parse_blanks(text) {
        Ok((rest, _)) => rest,
        Err(_) => text,
    }
}

/// What stands here: a word, a number or a sign. At the end of a line, the place is where the line's text ends.
pub(super) fn found(text: Text<'_>) -> Found {
    let next = skip_blanks(text);
    if next.rest.is_empty() {
        return Found { lexeme: String::new(), span: text.span(0) };
    }
    if next.rest.starts_with(['\n', '#']) || next.rest.starts_with("\r\n") {
        return Found { lexeme: "\n".to_owned(), span: text.span(0) };
    }
    let length = lexeme_length(next.rest);
    Found { lexeme: next.rest[..length].to_owned(), span: next.span(length) }
}

/// The bytes of the first lexeme: `->`, a run of word characters and points, a negative number, else one character.
fn lexeme_length(text: &str) -> usize {
    let run = |text: &str| text.find(|c| !is_word(c) && c != '.').unwrap_or(text.len());
    match text.strip_prefix('-') {
        Some(rest) if rest.starts_with('>') => 2,
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => 1 + run(rest),
        Some(_) => 1,
        None => run(text).max(text.chars().next().map_or(0, char::len_utf8)),
    }
}

/// Whether the text is one word of the language; a keyword is one too.
///
/// ```
/// use chainrule::spec::is_name;
/// assert!(is_name("f_1") && is_name("loss"));
/// assert!(!is_name("") && !is_name("1f") && !is_name("a b") && !is_name("ä"));
/// ```
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.starts_with(is_initial) && text.chars().all(is_word)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_initial(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
