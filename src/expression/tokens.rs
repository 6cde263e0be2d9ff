//! Text → words, numbers and signs. Blanks stand between them as they like.

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::{digit1, satisfy},
    combinator::{map, opt, recognize},
    sequence::{pair, preceded},
};

use super::error::ExpressionError;
use crate::source::{Span, subscript_digit};

/// What is read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name of a variable, a function or a constant; Greek letters by their names.
    Word(String),
    /// Digits, with a point in them or not.
    Number(String),
    /// A sign of the language.
    Sign(&'static str),
    /// `ᵀ`, or a power in small digits.
    Raised(&'static str),
    /// A power in small digits: its sign and its digits.
    Small(String),
}

/// A token, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub token: Token,
    pub span: Span,
}

/// Longer signs first: each as it is written, and as it is meant. Other writings of papers and of LaTeX mean the same.
const SIGNS: [(&str, &str); 61] = [
    (".*", ".*"),
    ("./", "./"),
    (".^", ".^"),
    (".'", "'"),
    ("||", "‖"),
    ("**", "^"),
    ("\\left", ""),
    ("\\right", ""),
    ("\\,", ""),
    ("\\;", ""),
    ("\\!", ""),
    ("\\ ", ""),
    ("\\quad", ""),
    ("\\lVert", "‖"),
    ("\\rVert", "‖"),
    ("\\Vert", "‖"),
    ("\\|", "‖"),
    ("\\cdot", "*"),
    ("\\times", "*"),
    ("\\odot", ".*"),
    ("\\circ", ".*"),
    ("\\oslash", "./"),
    ("\\otimes", "@"),
    ("\\top", "⊤"),
    ("\\intercal", "⊤"),
    ("\\prime", "'"),
    ("\\tfrac", "\\frac"),
    ("\\dfrac", "\\frac"),
    ("\\frac", "\\frac"),
    ("\\operatorname", "\\word"),
    ("\\mathrm", "\\word"),
    ("\\mathbf", "\\word"),
    ("\\boldsymbol", "\\word"),
    ("\\bm", "\\word"),
    ("\\mathit", "\\word"),
    ("\\text", "\\word"),
    ("½", "½"),
    ("+", "+"),
    ("-", "-"),
    ("−", "-"),
    ("–", "-"),
    ("*", "*"),
    ("·", "*"),
    ("×", "*"),
    ("⊙", ".*"),
    ("∘", ".*"),
    ("⊘", "./"),
    ("/", "/"),
    ("^", "^"),
    ("_", "_"),
    ("'", "'"),
    ("′", "'"),
    ("⊤", "⊤"),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    ("{", "{"),
    ("}", "}"),
    (",", ","),
    ("‖", "‖"),
];

/// Signs of which the second list has no room.
const MORE: [(&str, &str); 6] = [("@", "@"), ("⊗", "@"), ("Σ", "sum"), ("∑", "sum"), ("\\sum", "sum"), ("√", "sqrt")];

/// Greek letters as words; a capital Σ is a sum where something to sum stands behind it.
const GREEK: [(char, &str); 23] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('η', "eta"),
    ('θ', "theta"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('φ', "phi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Λ', "Lambda"),
    ('Φ', "Phi"),
    ('Ω', "Omega"),
    ('Θ', "Theta"),
    ('Σ', "Sigma"),
];

/// Whether the word is the name of a small Greek letter, with an index or without: a scalar, as papers write them.
pub(super) fn is_small_greek(word: &str) -> bool {
    let word = word.split('_').next().unwrap_or(word).trim_end_matches(|c: char| c.is_ascii_digit());
    GREEK.iter().any(|(_, name)| *name == word && name.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// The letter of this name.
pub(super) fn greek_letter(word: &str) -> Option<char> {
    GREEK.iter().find(|(_, name)| *name == word).map(|(letter, _)| *letter)
}

/// A name as tokens have it: `λ` is lambda, `x₁` is x1.
pub fn plain(name: &str) -> String {
    let one = |c: char| match (GREEK.iter().find(|(letter, _)| *letter == c), subscript_digit(c)) {
        (Some((_, word)), _) => (*word).to_owned(),
        (None, Some(digit)) => digit.to_string(),
        (None, None) => c.to_string(),
    };
    name.chars().map(one).collect()
}

type Read<'a, T> = IResult<&'a str, T>;

/// `word ::= [A-Za-z] [A-Za-z0-9]* ("_" [A-Za-z0-9]+)*`
fn word(text: &str) -> Read<'_, Token> {
    let initial = satisfy(|c| c.is_ascii_alphabetic());
    let rest = take_while(|c: char| c.is_ascii_alphanumeric());
    let more = |text| recognize(preceded(tag("_"), take_while1(|c: char| c.is_ascii_alphanumeric()))).parse(text);
    let whole = recognize((initial, rest, nom::multi::many0(more)));
    map(whole, |word: &str| Token::Word(word.into())).parse(text)
}

/// `number ::= [0-9]+ ("." [0-9]+)? ([eE] [+-]? [0-9]+)?`; a point before a sign is the sign's.
fn number(text: &str) -> Read<'_, Token> {
    let fraction = pair(tag("."), digit1);
    let exponent = (satisfy(|c| matches!(c, 'e' | 'E')), opt(satisfy(|c| matches!(c, '+' | '-' | '−'))), digit1);
    map(recognize((digit1, opt(fraction), opt(exponent))), |digits: &str| Token::Number(digits.replace('−', "-")))
        .parse(text)
}

fn greek(text: &str) -> Read<'_, Token> {
    let letter = satisfy(|c| GREEK.iter().any(|(letter, _)| *letter == c));
    let command = preceded(tag("\\"), take_while1(|c: char| c.is_ascii_alphabetic()));
    let name = |letter: char| GREEK.iter().find(|(known, _)| *known == letter).map_or("", |(_, name)| name);
    alt((
        map(letter, move |letter| Token::Word(name(letter).into())),
        map(command, |word: &str| Token::Word(word.into())),
    ))
    .parse(text)
}

fn sign(text: &str) -> Read<'_, Token> {
    for (written, meant) in SIGNS.iter().chain(&MORE) {
        if let Some(rest) = text.strip_prefix(written) {
            let is_command = written.starts_with('\\') && written.ends_with(|c: char| c.is_ascii_alphabetic());
            if is_command && rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let is_word = meant.len() > 1 && meant.starts_with(|c: char| c.is_ascii_alphabetic());
            let token = if is_word { Token::Word((*meant).into()) } else { Token::Sign(meant) };
            return Ok((rest, token));
        }
    }
    tag("a sign")(text).map(|(rest, _)| (rest, Token::Sign("")))
}

/// `ᵀ`, `⁻ᵀ`, `²`, `⁻¹`
fn raised(text: &str) -> Read<'_, Token> {
    const DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let transposed = map(tag("ᵀ"), |_| Token::Raised("T"));
    let inverse = map(tag("⁻ᵀ"), |_| Token::Raised("-T"));
    let digits = recognize(pair(opt(tag("⁻")), take_while1(|c| DIGITS.contains(c))));
    let small = map(digits, |digits: &str| {
        let plain = digits.chars().map(|c| DIGITS.chars().position(|digit| digit == c).map_or('-', digit));
        Token::Small(plain.collect())
    });
    alt((inverse, transposed, small)).parse(text)
}

fn digit(value: usize) -> char {
    char::from_digit(u32::try_from(value).unwrap_or(0), 10).unwrap_or('0')
}

/// All tokens of the text.
///
/// # Errors
/// A character that is no sign of the language.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(found);
        }
        let start = text.len() - rest.len();
        let Ok((after, token)) = alt((raised, number, sign, word, greek)).parse(rest) else {
            let character = rest.chars().next().unwrap_or(' ');
            let span = Span::new(start, start + character.len_utf8());
            return Err(ExpressionError::UnknownCharacter { character, span });
        };
        let (after, token) = if let Token::Word(word) = token {
            let behind = after.trim_start_matches(|c| subscript_digit(c).is_some());
            (behind, Token::Word(word + &plain(&after[..after.len() - behind.len()])))
        } else {
            (after, token)
        };
        let span = Span::new(start, text.len() - after.len());
        // Σ is a sum of what stands behind it, else a name.
        let is_sigma = token == Token::Word("sum".into()) && text[start..].starts_with('Σ');
        let token = if is_sigma && !begins_operand(after) { Token::Word("Sigma".into()) } else { token };
        if token != Token::Sign("") {
            found.push(Placed { token, span });
        }
        rest = after;
    }
}

/// Whether what can be summed stands at the beginning: a name, a number or a bracket.
fn begins_operand(text: &str) -> bool {
    let next = text.trim_start();
    next.starts_with(|c: char| c.is_alphanumeric() && c != 'ᵀ' && !"²³¹".contains(c) || "([{‖|\\√".contains(c))
}
