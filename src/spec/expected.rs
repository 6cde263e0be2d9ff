//! What was expected and what was found → the words for it.

use std::fmt;

use super::lexical::{KEYWORDS, OPENINGS, STATEMENTS};
use crate::{catalog::layer, source::Span};

/// What stands where something else was expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// As written; a line feed at the end of a line, nothing at the end of the text.
    pub(super) lexeme: String,
    pub(super) span: Span,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lexeme.as_str() {
            "" => write!(f, "the end of the text"),
            "\n" => write!(f, "the end of the line"),
            lexeme => write!(f, "`{}`", Shown(lexeme)),
        }
    }
}

/// A piece of the text, cut where it gets too long for a sentence.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 40;
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What was expected, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Statement,
    StatementEnd,
    LayerKind,
    Argument,
    Parameter,
    TensorShape,
    ExpectShape,
    Dimension,
    BindingName,
    BindingSign,
    BindingValue,
    BindingEnd,
    Count,
    Block,
    LossName,
    OptionSign,
    OptionValue,
    List,
    LossEnd,
}

impl Expected {
    /// What was expected, and the repair.
    #[rustfmt::skip]
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Statement => ("a statement", ""),
            Self::StatementEnd => ("the end of the statement", "begin a new line, or write `;` in between"),
            Self::LayerKind => ("a kind of layer after the name", "write a kind of layer behind the name, `dense` with its width or another one"),
            Self::Argument => ("an argument of the layer, or its end", "write widths, `->` and words, with blanks in between: `dense f0 -> f1 relu`"),
            Self::Parameter => ("a number in the parentheses", "write a decimal number, as in `leaky_relu(0.1)` or `huber(1)`"),
            Self::TensorShape => ("a shape in brackets", "write a name, if any, and a shape: `X [n, f0]`"),
            Self::ExpectShape => ("a shape in brackets", "write it as in `expect [n, 10]`"),
            Self::Dimension => ("a dimension", "write a name, a whole number, or sums and products of them: `4*d + 1`"),
            Self::BindingName => ("the name of a dimension", "write it as in `let n = 64`"),
            Self::BindingSign => ("`=` after the name", "write it as in `let n = 64`"),
            Self::BindingValue => ("a whole number after `=`", "write it as in `let n = 64`"),
            Self::BindingEnd => ("`,` or the end of the statement", "write `,` between two bindings: `let n = 64, f0 = 784`"),
            Self::Count => ("a count after `repeat`", "write how often, a number or a name, between `repeat` and `{`"),
            Self::Block => ("`{` after the count", "write the layers in braces behind the count, on the same line"),
            Self::LossName => ("the name of a loss", "write one that `chainrule names` lists, as in `loss half_mse`"),
            Self::OptionSign => ("`=` after the option", "write an option with its value behind the loss, as in `reduce=elements`"),
            Self::OptionValue => ("a word or a number after `=`", "write its value behind it, as in `reduce=elements`, `smoothing=0.1` or `weights=[1, 2]`"),
            Self::LossEnd => ("the end of the loss", "write one value behind `from`, then one target behind `against`, options before or behind both: `loss mse from a against T`; a second target has a loss of its own"),
            Self::List => ("the end of the statement", "write the numbers in brackets: `weights=[1, 2]`"),
        }
    }

    pub(super) fn what(self) -> &'static str {
        self.words().0
    }

    /// The repair for a common slip, else the general one.
    pub(super) fn repair(self, lexeme: &str) -> String {
        let slip = match (self, lexeme) {
            (Self::StatementEnd | Self::BindingEnd | Self::Argument | Self::LossEnd, word)
                if KEYWORDS.contains(&word) =>
            {
                return format!("begin a new line, or write `;` before `{word}`");
            }
            (Self::Statement | Self::Argument, "{") => {
                return format!("a block stands behind one of {}", quoted(&owners()));
            }
            (Self::Statement, ":") => "write the layer's name before `:`",
            (Self::Statement, "-") => "begin a comment with `#`",
            (Self::LayerKind, word) if KEYWORDS.contains(&word) => "only layers have names: leave the name and `:` out",
            (Self::Argument | Self::StatementEnd, ",") => "leave the comma out",
            (Self::Argument, "[") => "write the width without brackets",
            (Self::Argument | Self::Dimension, "-") => "there is no subtraction: give the difference a name of its own",
            (Self::Dimension, "*") => "write a power as a product: `d*d`",
            (Self::Dimension, "," | "]") => "write two dimensions, samples and features: `[n, f0]`",
            (Self::Parameter, ")") => "write a number, or leave the parentheses out",
            (Self::BindingName, "\n" | "") => "write a name and its number: `let n = 64, f0 = 784`",
            (Self::BindingEnd, "*" | "+") => "write the result as one number",
            (Self::StatementEnd, "+") => {
                "a penalty is a statement of its own, as in `penalty l2 0.01`; so is a second loss, as in `loss mse from a`"
            }
            (Self::StatementEnd, "=") => "write the name of the loss before its options",
            (Self::Statement, _) => {
                let words: Vec<&str> = KEYWORDS.into_iter().chain(OPENINGS).chain(STATEMENTS).collect();
                let kinds: Vec<&str> = layer::TABLE.iter().map(|entry| entry.name).collect();
                return format!("begin with {}, or a kind of layer: {}", quoted(&words), quoted(&kinds));
            }
            _ => self.words().1,
        };
        slip.to_owned()
    }

    /// Whether a name may stand here, so that a keyword here was meant as one.
    pub(super) fn takes_name(self) -> bool {
        matches!(
            self,
            Self::TensorShape
                | Self::ExpectShape
                | Self::Dimension
                | Self::BindingName
                | Self::Count
                | Self::LossName
                | Self::OptionValue
        )
    }
}

/// The words behind which a block stands.
pub(super) fn owners() -> Vec<&'static str> {
    let branches = layer::TABLE.iter().filter(|entry| entry.kind.has_branches()).map(|entry| entry.name);
    std::iter::once("repeat").chain(OPENINGS).chain(branches).collect()
}

/// `` `a`, `b`, `c` ``
pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
