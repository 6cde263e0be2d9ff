//! What can be wrong with a spec → [`Diagnostic`]: expected, found, repair.

use super::{
    expected::{Expected, Found, Shown},
    foreign::{Character, is_native, lookalike, repair_of},
    lexical::{KEYWORDS, MAX_NUMBER, OPENINGS, STATEMENTS, is_word},
    meant::{Meant, whole},
};
use crate::{
    catalog::{activation, foreign::find as foreign_name, foreign::folded, layer, loss},
    source::{Diagnostic, Kind, Span, suggestion::nearest},
};

/// Why a text is not a sentence of the language.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum SpecError {
    #[error("expected {}, found {found}", .expected.what())]
    Expected { expected: Expected, found: Found },
    #[error("{}", unknown_title(word))]
    UnknownStatement { word: String, span: Span },
    #[error("`{word}` is a keyword and cannot be a name")]
    Reserved { word: String, span: Span },
    #[error("`{word}` cannot stand in a block")]
    NotInBlock { word: String, span: Span },
    #[error("`}}` closes no block")]
    StrayBrace { span: Span },
    #[error("the block is never closed: expected `}}`, found the end of the text")]
    UnclosedBlock { opening: Span },
    #[error("expected `{closing}`, found {found}")]
    Unclosed { opening: Span, closing: char, found: Found },
    #[error("expected `,` and a second dimension, found {found}")]
    OneDimension { found: Found },
    #[error("expected two dimensions, found a third")]
    MoreDimensions { span: Span, features: Span, joined: Option<String> },
    #[error("expected a number of at least 1, found {found}")]
    Negative { found: Found },
    #[error("expected a whole number, found `{}`", Shown(lexeme))]
    NotWhole { lexeme: String, span: Span },
    #[error("expected a number from 1 to {MAX_NUMBER}, found `{}`", Shown(lexeme))]
    OutOfRange { lexeme: String, span: Span },
    #[error("expected a finite number, found `{}`", Shown(lexeme))]
    NotFinite { lexeme: String, span: Span },
    #[error("expected a blank between `{kind}` and its arguments, found `(`")]
    LayerCall { kind: String, span: Span },
    #[error("expected an operator or a blank, found {found}")]
    Adjoined { found: Found },
    #[error("unexpected character {}", Character(*character))]
    Foreign { character: char, span: Span },
    #[error("the name has {} bytes, more than {limit}", span.end - span.start)]
    LongName { span: Span, limit: usize },
    #[error("nested deeper than {limit}")]
    Nesting { span: Span, limit: usize },
    /// Any of the others, of a statement of which it is clear what it was meant to be.
    #[error("{error}")]
    Mended { error: Box<Self>, statement: Span, meant: Meant },
}

impl SpecError {
    /// What `explain` makes of what stands there. A character that the language does not have speaks for itself.
    pub(super) fn at(found: Found, explain: impl FnOnce(Found) -> Self) -> Self {
        match found.lexeme.chars().next() {
            Some(character) if !is_native(character) => {
                let span = Span::new(found.span.start, found.span.start + character.len_utf8());
                Self::Foreign { character, span }
            }
            _ => explain(found),
        }
    }

    /// The error at a place where `expected` should stand.
    pub(super) fn expected(expected: Expected, found: Found) -> Self {
        let lexeme = found.lexeme.as_str();
        let takes_number =
            matches!(expected, Expected::Dimension | Expected::Argument | Expected::BindingValue | Expected::Count);
        if takes_number && lexeme.starts_with('-') && !matches!(lexeme, "-" | "->") {
            return Self::Negative { found };
        }
        if expected.takes_name() && KEYWORDS.contains(&lexeme) {
            return Self::Reserved { word: found.lexeme, span: found.span };
        }
        Self::at(found, |found| Self::Expected { expected, found })
    }

    /// The faulty place.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Expected { found, .. }
            | Self::Unclosed { found, .. }
            | Self::OneDimension { found }
            | Self::Negative { found }
            | Self::Adjoined { found } => found.span,
            Self::UnclosedBlock { opening } => *opening,
            Self::Mended { error, .. } => error.span(),
            Self::UnknownStatement { span, .. }
            | Self::Reserved { span, .. }
            | Self::NotInBlock { span, .. }
            | Self::StrayBrace { span }
            | Self::MoreDimensions { span, .. }
            | Self::NotWhole { span, .. }
            | Self::OutOfRange { span, .. }
            | Self::NotFinite { span, .. }
            | Self::LayerCall { span, .. }
            | Self::Foreign { span, .. }
            | Self::LongName { span, .. }
            | Self::Nesting { span, .. } => *span,
        }
    }

    /// The remark at the place, and the repair.
    fn remarks(&self) -> (String, String) {
        match self {
            Self::Expected { expected, found } => {
                (format!("expected {}", expected.what()), expected.repair(&found.lexeme))
            }
            Self::Mended { error, .. } => error.remarks(),
            Self::UnknownStatement { word, .. } => unknown_statement(word),
            Self::Reserved { word, .. } => ("reserved".into(), format!("choose another name: `{word}_1`")),
            Self::NotInBlock { .. } => {
                let repair = "move it out of the block, which holds layers, `repeat` and `expect`";
                ("not in a block".into(), repair.into())
            }
            Self::StrayBrace { .. } => ("no `{` before it is open".into(), "remove it".into()),
            Self::UnclosedBlock { .. } => ("opened here".into(), "write `}` where the block ends".into()),
            Self::Unclosed { closing, found, .. } if found.lexeme == "," => (
                format!("expected `{closing}`"),
                "leave out the comma and what stands behind it: one number is enough".into(),
            ),
            Self::Unclosed { closing, .. } => (format!("expected `{closing}`"), format!("write `{closing}` here")),
            Self::OneDimension { .. } => {
                ("expected `,`".into(), "a shape has two dimensions, samples and features: `[n, f0]`".into())
            }
            Self::MoreDimensions { joined, .. } => {
                let features = joined.as_deref().unwrap_or("h*w");
                let repair = format!("a sample is a row: join its features into one product, `[…, {features}]`");
                ("expected `]`".into(), repair)
            }
            Self::Negative { .. } => ("negative".into(), "write a number from 1, or a name".into()),
            Self::NotWhole { lexeme, .. } => ("not a whole number".into(), not_whole(lexeme)),
            Self::OutOfRange { lexeme, .. } if lexeme.bytes().all(|digit| digit == b'0') => {
                ("too small".into(), "write `1` or more".into())
            }
            Self::OutOfRange { .. } => ("too large".into(), format!("write at most {MAX_NUMBER} (2³¹ − 1)")),
            Self::NotFinite { .. } => {
                ("too large for a 64-bit float".into(), "write a number below 1.8e308 in size".into())
            }
            Self::LayerCall { kind, .. } => {
                let example = layer::find(kind).map_or("dense 128 relu", |entry| entry.example);
                ("no parentheses here".into(), format!("write the arguments with blanks: `{example}`"))
            }
            Self::Adjoined { .. } => {
                let repair = "write `*` for a product, a blank between two arguments";
                ("expected an operator or a blank".into(), repair.into())
            }
            Self::Foreign { character, .. } => ("not in the language".into(), repair_of(*character)),
            Self::LongName { limit, .. } => {
                ("too long".into(), format!("no option raises the limit: choose a name of at most {limit} bytes"))
            }
            Self::Nesting { .. } => {
                ("one level too many".into(), "no option raises the limit: write the inner levels out".into())
            }
        }
    }
}

impl SpecError {
    /// The repair as a change of the text: its place, and what stands there then.
    fn edit(&self) -> Option<(Span, String)> {
        let before = |span: Span| Span::new(span.start, span.start);
        match self {
            Self::Expected { expected, found } => match (expected, found.lexeme.as_str()) {
                (Expected::StatementEnd | Expected::BindingEnd | Expected::Argument | Expected::LossEnd, word)
                    if KEYWORDS.contains(&word) =>
                {
                    Some((before(found.span), "; ".into()))
                }
                (Expected::Argument | Expected::StatementEnd, ",") => Some((found.span, String::new())),
                (Expected::Statement, "-") => Some((before(found.span), "# ".into())),
                _ => None,
            },
            Self::UnknownStatement { word, span } => near_statement(word).map(|known| (*span, known.into())),
            Self::Reserved { word, span } => Some((*span, format!("{word}_1"))),
            Self::StrayBrace { span } => Some((*span, String::new())),
            Self::Unclosed { closing, found, .. } if found.lexeme != "," => {
                let blank = if found.lexeme.starts_with(is_word) { " " } else { "" };
                Some((before(found.span), format!("{closing}{blank}")))
            }
            Self::MoreDimensions { features, joined, .. } => Some((*features, joined.clone()?)),
            Self::NotWhole { lexeme, span } => Some((*span, split(lexeme)?)),
            Self::Foreign { character, span } => Some((*span, lookalike(*character)?)),
            Self::Mended { .. }
            | Self::Unclosed { .. }
            | Self::NotInBlock { .. }
            | Self::UnclosedBlock { .. }
            | Self::OneDimension { .. }
            | Self::Negative { .. }
            | Self::OutOfRange { .. }
            | Self::NotFinite { .. }
            | Self::LayerCall { .. }
            | Self::Adjoined { .. }
            | Self::LongName { .. }
            | Self::Nesting { .. } => None,
        }
    }
}

impl From<SpecError> for Diagnostic {
    fn from(error: SpecError) -> Self {
        if let SpecError::Mended { error, statement, meant } = error {
            return meant.mend(Self::from(*error), statement);
        }
        let is_limit = matches!(error, SpecError::LongName { .. } | SpecError::Nesting { .. });
        let (label, repair) = error.remarks();
        let kind = if is_limit { Kind::Limit } else { Kind::Spec };
        let diagnostic = Self::error(kind, error.to_string()).at(error.span(), label).help(repair);
        let diagnostic = match error.edit() {
            Some((span, text)) => diagnostic.edit(span, text),
            None => diagnostic,
        };
        if let SpecError::Unclosed { opening, .. } = error {
            diagnostic.because(opening, "opened here")
        } else {
            diagnostic
        }
    }
}

/// What a word is that begins no statement.
pub(crate) fn unknown_title(word: &str) -> String {
    let shown = Shown(word);
    let is_path = || word.contains('.') && layer::find(&folded(word)).is_some();
    if activation::entry(word).is_some() {
        format!("`{shown}` is an activation, which begins no statement")
    } else if foreign_name(word).is_some() || is_path() {
        format!("`{shown}` is a name of another tool")
    } else if loss::entry(word).is_some() {
        format!("`{shown}` is a loss, which begins no statement")
    } else {
        format!("unknown statement `{shown}`")
    }
}

/// The remark at a word that begins no statement, and the repair: the nearest word that does.
pub(crate) fn unknown_statement(word: &str) -> (String, String) {
    let label = "neither a keyword nor a kind of layer".to_owned();
    (label, near_statement(word).map_or_else(|| Expected::Statement.repair(word), |known| format!("write `{known}`")))
}

/// The keyword or the kind of layer that is nearest to `word`.
pub(crate) fn near_statement(word: &str) -> Option<&'static str> {
    nearest(
        word,
        KEYWORDS.into_iter().chain(OPENINGS).chain(STATEMENTS).chain(layer::TABLE.iter().map(|entry| entry.name)),
    )
}

/// `64.0`, `1e3`, `1_000`: the number meant; `128relu`: the two arguments; `2d`: the product.
fn split(lexeme: &str) -> Option<String> {
    if let Some(number) = self::whole(lexeme) {
        return Some(number.to_string());
    }
    let (number, rest) = lexeme.split_at(lexeme.find(|c: char| !c.is_ascii_digit())?);
    let is_word = rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.contains('.');
    let sign = if activation::entry(rest).is_some() { ' ' } else { '*' };
    (is_word && lexeme.parse::<f64>().is_err()).then(|| format!("{number}{sign}{rest}"))
}

fn not_whole(lexeme: &str) -> String {
    match split(lexeme) {
        Some(meant) => format!("write `{meant}`"),
        None => format!("only a parameter may be a fraction; it stands right behind its name: `leaky_relu({lexeme})`"),
    }
}
