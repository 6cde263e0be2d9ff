//! What can be wrong with a spec → [`Diagnostic`]: expected, found, repair.

use super::{
    expected::{Expected, Found, Shown},
    foreign::{Character, is_native, repair_of},
    lexical::{KEYWORDS, MAX_NUMBER},
};
use crate::source::{Diagnostic, Kind, Span, suggestion::nearest};

/// The kinds of layer a misspelt keyword may have been meant for.
pub(super) const LAYERS: [&str; 2] = ["dense", "activation"];

/// Why a text is not a sentence of the language.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum SpecError {
    #[error("expected {}, found {found}", .expected.what())]
    Expected { expected: Expected, found: Found },
    #[error("unknown keyword `{}`", Shown(word))]
    UnknownKeyword { word: String, span: Span, found: Found },
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
    MoreDimensions { span: Span, features: String },
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
            Self::UnknownKeyword { span, .. }
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
            Self::UnknownKeyword { word, found, .. } => unknown_keyword(word, found),
            Self::Reserved { word, .. } => ("reserved".into(), format!("choose another name: `{word}_1`")),
            Self::NotInBlock { .. } => {
                let repair = "move it out of the block, which holds layers, `repeat` and `expect`";
                ("not in a block".into(), repair.into())
            }
            Self::StrayBrace { .. } => ("no `{` before it is open".into(), "remove it".into()),
            Self::UnclosedBlock { .. } => ("opened here".into(), "write `}` where the block ends".into()),
            Self::Unclosed { closing, .. } => (format!("expected `{closing}`"), format!("write `{closing}` here")),
            Self::OneDimension { .. } => {
                ("expected `,`".into(), "a shape has two dimensions, samples and features: `[n, f0]`".into())
            }
            Self::MoreDimensions { features, .. } => {
                let repair = format!("a sample is a row: join its features into one product, `[…, {features}]`");
                ("expected `]`".into(), repair)
            }
            Self::Negative { found } => {
                let number = Shown(found.lexeme.trim_start_matches('-'));
                ("negative".into(), format!("numbers have no sign: write `{number}`, or a name for a difference"))
            }
            Self::NotWhole { lexeme, .. } => ("not a whole number".into(), whole(lexeme)),
            Self::OutOfRange { lexeme, .. } if lexeme.bytes().all(|digit| digit == b'0') => {
                ("too small".into(), "write `1` or more".into())
            }
            Self::OutOfRange { .. } => ("too large".into(), format!("write at most {MAX_NUMBER} (2³¹ − 1)")),
            Self::NotFinite { .. } => {
                ("too large for a 64-bit float".into(), "write a number below 1.8e308 in size".into())
            }
            Self::LayerCall { kind, .. } => {
                ("no parentheses here".into(), format!("write the arguments with blanks: `{} 128 relu`", Shown(kind)))
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

impl From<SpecError> for Diagnostic {
    fn from(error: SpecError) -> Self {
        let kind = if matches!(error, SpecError::LongName { .. } | SpecError::Nesting { .. }) {
            Kind::Limit
        } else {
            Kind::Spec
        };
        let (label, repair) = error.remarks();
        let mut diagnostic = Diagnostic::error(kind, error.to_string()).at(error.span(), label).help(repair);
        if let SpecError::Unclosed { opening, .. } = error {
            diagnostic = diagnostic.because(opening, "opened here");
        }
        diagnostic
    }
}

/// `inptu X [n, f0]`: the nearest keyword; `n = 64`: the two statements that begin with a name.
fn unknown_keyword(word: &str, found: &Found) -> (String, String) {
    let label = "neither a keyword nor a kind of layer".to_owned();
    let repair = match nearest(word, KEYWORDS.into_iter().chain(LAYERS)) {
        Some(known) => format!("write `{known}`"),
        None if found.lexeme == "(" => "begin with the kind of layer: `dense 128`, `activation leaky_relu(0.1)`".into(),
        None if found.lexeme == "=" => format!("bind a number with `let {} = …`", Shown(word)),
        None => Expected::Statement.repair(word),
    };
    (label, repair)
}

/// `64.0`, `1e3`, `1_000`: the number meant; `2d`: the two that may be meant.
fn whole(lexeme: &str) -> String {
    let plain = lexeme.replace('_', "");
    match plain.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && (1.0..1e10).contains(&value) => format!("write `{value}`"),
        Ok(_) => format!("only a parameter may be a fraction; it stands right behind its name: `leaky_relu({lexeme})`"),
        Err(_) => {
            let (number, rest) = lexeme.split_at(lexeme.find(|c: char| !c.is_ascii_digit()).unwrap_or(lexeme.len()));
            format!("write `{number}*{rest}` for a product, `{number} {rest}` for two arguments")
        }
    }
}
