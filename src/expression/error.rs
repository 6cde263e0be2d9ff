//! What is wrong with an expression or with what is given → a message: what was expected, what was found, one repair.
#![allow(clippy::wildcard_enum_match_arm, reason = "most faults have a place and no more")]

use super::{MAX_BYTES, MAX_DEPTH, MAX_POWER, MAX_TOKENS, functions::Function};
use crate::{
    expr::ShapeError,
    source::{
        Diagnostic, Kind, Span,
        suggestion::{nearest, unmistakable},
    },
};

/// What to write for functions of other languages.
const OTHERWISE: [(&str, &str); 15] = [
    ("sigma", "write `sigmoid(x)` for the function, `sigma * (…)` for a product"),
    ("expm", "there is no exponential of a matrix as a whole here; `exp(X)` is that of each entry"),
    ("hadamard", "write `x .* y`"),
    ("max", "write `relu(x)` for max(x, 0)"),
    ("maximum", "write `relu(x)` for max(x, 0)"),
    ("min", "write `-relu(-x)` for min(x, 0)"),
    ("cos", "write `sin'(x)`, the derivative of sin"),
    ("dot", "write `x^T*y`"),
    ("inner", "write `x^T*y`, or `tr(X^T*Y)` of matrices"),
    ("outer", "write `x*y^T`"),
    ("transpose", "write `X^T`"),
    ("kron", "write `A @ B`"),
    ("eye", "write `I(n)`"),
    ("pow", "write `x.^2` for a power of each entry, `X^2` for a product of matrices"),
    ("norm", "write `norm2(x)` of a vector, `normF(X)` of a matrix"),
];

/// Letters that before a bracket are functions to every reader: σ(z), φ(z), f(z).
pub(super) const FUNCTION_LETTERS: [&str; 6] = ["sigma", "phi", "psi", "f", "g", "h"];

/// An operand as it is shown: its shape, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// `m × n`, `a scalar`, `a matrix` whose sides nothing fixes; `?` for one such side.
    pub shape: String,
    /// Where it stands.
    pub span: Span,
}

/// Why there is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// A text beyond the limit.
    #[error("the expression has {bytes} bytes, and more than {MAX_BYTES} (64 KiB) are not read")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// More names and signs than the limit.
    #[error("the expression has {found} names and signs, and more than {MAX_TOKENS} are not read")]
    TooMany {
        /// How many it has.
        found: usize,
    },
    /// Brackets beyond the limit.
    #[error("brackets, powers and signs are nested more than {MAX_DEPTH} deep")]
    TooDeep {
        /// The first that is too deep.
        span: Span,
    },
    /// A dimension beyond the limit.
    #[error("a side of this has more than 2³¹ − 1 entries")]
    TooLarge {
        /// Of what.
        span: Span,
    },
    /// A character of no token.
    #[error("`{character}` is no sign of an expression")]
    UnknownCharacter {
        /// The character.
        character: char,
        /// Where it stands.
        span: Span,
    },
    /// Something else was expected.
    #[error("expected {expected}")]
    Unexpected {
        /// What.
        expected: &'static str,
        /// Where.
        span: Span,
    },
    /// A bracket that does not close.
    #[error("the bracket is not closed")]
    NotClosed {
        /// The bracket.
        opened: Span,
        /// Where its end was expected.
        span: Span,
    },
    /// A number that is too long.
    #[error("the number has too many digits")]
    Number {
        /// Where it stands.
        span: Span,
    },
    /// An exponent that is no number.
    #[error("a power is a number or T: `x^2`, `X^T`, `X^-1`, `s^(1/2)`")]
    Exponent {
        /// Where it stands.
        span: Span,
    },
    /// A derivative of what is no function of an entry.
    #[error("`{name}` is no function of one number, so `{name}'` is nothing")]
    NoPrime {
        /// The function.
        name: &'static str,
        /// Where it stands.
        span: Span,
    },
    /// A comma, as between operands of a function.
    #[error("a function has one operand, and a comma begins another")]
    Operands {
        /// The comma.
        span: Span,
    },
    /// More than one property of a name.
    #[error("`{name}` is given as {} and as {}, and only one of them can be used", words[0], words[1])]
    Properties {
        /// The name.
        name: String,
        /// Both.
        words: [&'static str; 2],
        /// The declaration.
        span: Span,
    },
    /// A word before a bracket that is no function.
    #[error("no function `{name}` is known")]
    UnknownFunction {
        /// The word.
        name: String,
        /// Where it stands.
        span: Span,
    },
    /// Too many dimensions of a constant, or too few.
    #[error("`{constant}` has {most} dimension{} in brackets", if *most == 1 { "" } else { "s" })]
    Dimensions {
        /// The constant.
        constant: &'static str,
        /// How many at most.
        most: usize,
        /// Where it stands.
        span: Span,
    },
    /// What is no declaration.
    #[error("`{text}` is no declaration: expected `x [n]`, `A [m, n]`, `S [n, n] symmetric` or `c scalar`")]
    Declaration {
        /// The text.
        text: String,
        /// Where it stands among the declarations.
        span: Span,
    },
    /// A name that is declared twice.
    #[error("`{name}` is declared twice")]
    DeclaredTwice {
        /// The name.
        name: String,
        /// The second declaration.
        span: Span,
    },
    /// An unknown property.
    #[error("`{word}` is no property: expected symmetric, skew, diagonal, orthogonal, posdef or pos")]
    UnknownProperty {
        /// The word.
        word: String,
        /// Where the declaration stands.
        span: Span,
    },
    /// A property of square matrices said of another.
    #[error("`{name}` is not square, so it cannot be {property}")]
    NotSquareProperty {
        /// The name.
        name: String,
        /// The property.
        property: String,
        /// Where the declaration stands.
        span: Span,
    },
    /// A name that is declared and not used.
    #[error("`{name}` is declared and does not occur in the expression")]
    Unused {
        /// The name.
        name: String,
        /// Where the declaration stands.
        span: Span,
    },
    /// Two names that would be printed alike.
    #[error("`{first}` and `{second}` would be printed alike")]
    Alike {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// Where the second stands.
        span: Span,
    },
    /// Operands whose shapes do not fit.
    #[error("the shapes on both sides of `{sign}` do not fit: {} and {}", operands[0].shape, operands[1].shape)]
    Misfit {
        /// The operator.
        sign: &'static str,
        /// Both.
        operands: Box<[Operand; 2]>,
        /// The one that would fit if it were transposed.
        repair: Option<Operand>,
    },
    /// A matrix as a divisor.
    #[error("a matrix is no divisor: this is {}", operand.shape)]
    DividedByMatrix {
        /// The divisor.
        operand: Operand,
    },
    /// What is of square matrices only.
    #[error("{what} is of square matrices, and this is {}", operand.shape)]
    NotSquare {
        /// What was to be done.
        what: &'static str,
        /// Of what.
        operand: Operand,
    },
    /// What is of vectors and matrices only.
    #[error("`{name}` is of vectors and matrices, and this is a scalar")]
    OfScalar {
        /// The function.
        name: &'static str,
        /// Its operand.
        operand: Operand,
    },
    /// A norm of vectors said of a matrix.
    #[error("`{name}` is of vectors, and this is {}", operand.shape)]
    NormOfMatrix {
        /// The function.
        name: &'static str,
        /// Its operand.
        operand: Operand,
    },
    /// A power of a matrix that is no product.
    #[error("a power of a matrix is a whole number from −{MAX_POWER} to {MAX_POWER}, and not 0")]
    MatrixPower {
        /// The matrix.
        base: Operand,
        /// Where the whole stands.
        span: Span,
    },
    /// A variable that does not occur.
    #[error("{}", no_variable(name, known))]
    NoVariable {
        /// The name.
        name: String,
        /// Those that occur.
        known: Vec<String>,
    },
    /// A defect of the program: operands that do not fit after all.
    #[error("the expression cannot be written: {0}")]
    Shape(#[from] ShapeError),
}

/// Of a name that is none, or of none.
fn no_variable(name: &str, known: &[String]) -> String {
    match (name, known) {
        (_, []) => "the expression has no names, so its derivative is 0".into(),
        ("", _) => format!("the expression has several names, {}", known.join(", ")),
        _ => format!("there is no `{name}` in the expression"),
    }
}

impl ExpressionError {
    /// Which promise was broken.
    fn kind(&self) -> Kind {
        match self {
            Self::TooLong { .. } | Self::TooMany { .. } | Self::TooDeep { .. } | Self::TooLarge { .. } => Kind::Limit,
            Self::Misfit { .. }
            | Self::DividedByMatrix { .. }
            | Self::NotSquare { .. }
            | Self::OfScalar { .. }
            | Self::NormOfMatrix { .. }
            | Self::MatrixPower { .. }
            | Self::Shape(_) => Kind::Shape,
            Self::NoVariable { .. } => Kind::Usage,
            _ => Kind::Spec,
        }
    }

    /// The message, with its places in the expression; `text` is the expression.
    #[must_use]
    pub fn diagnostic(&self, text: &str) -> Diagnostic {
        let message = Diagnostic::error(self.kind(), self.to_string());
        let word = |span: Span| text.get(span.range()).unwrap_or_default();
        match self {
            Self::Misfit { operands, repair, .. } => {
                let [a, b] = &**operands;
                let message = message.because(a.span, a.shape.clone()).at(b.span, b.shape.clone());
                match repair {
                    Some(Operand { span, .. }) => {
                        let operand = word(*span);
                        let is_name = operand.chars().all(|c| c.is_alphanumeric() || c == '_');
                        let [open, close] = if is_name { ["", "^T"] } else { ["(", ")^T"] };
                        let message = message.help(format!("write `{open}{operand}{close}`"));
                        let message =
                            if is_name { message } else { message.edit(Span::new(span.start, span.start), open) };
                        message.edit(Span::new(span.end, span.end), close)
                    }
                    None => message,
                }
            }
            Self::DividedByMatrix { .. }
            | Self::NotSquare { .. }
            | Self::OfScalar { .. }
            | Self::NormOfMatrix { .. }
            | Self::MatrixPower { .. } => self.of_operand(message),
            Self::NotClosed { opened, span } => {
                message.because(*opened, "it opens here").at(*span, "its end was expected here")
            }
            Self::Unexpected { span, .. } => {
                let found = word(*span);
                let label =
                    if found.is_empty() { "the expression ends here".into() } else { format!("found `{found}`") };
                message.at(*span, label)
            }
            Self::TooDeep { span }
            | Self::TooLarge { span }
            | Self::UnknownCharacter { span, .. }
            | Self::Number { span }
            | Self::Exponent { span }
            | Self::NoPrime { span, .. }
            | Self::Operands { span }
            | Self::Dimensions { span, .. }
            | Self::Alike { span, .. } => message.at(*span, String::new()),
            Self::UnknownFunction { name, span } => message.at(*span, String::new()).help(instead_of(name)),
            Self::NoVariable { name, known } => {
                let likely = nearest(name, known.iter().map(String::as_str));
                let likely = likely.or_else(|| known.first().map(String::as_str)).unwrap_or_default();
                if known.is_empty() { message } else { message.help(format!("take `--wrt {likely}`")) }
            }
            Self::TooLong { .. }
            | Self::TooMany { .. }
            | Self::Declaration { .. }
            | Self::DeclaredTwice { .. }
            | Self::UnknownProperty { .. }
            | Self::NotSquareProperty { .. }
            | Self::Unused { .. }
            | Self::Shape(_) => message,
            Self::Properties { words, .. } => message.help(format!("leave `{}` out, or `{}`", words[0], words[1])),
        }
    }

    /// What is wrong with one operand.
    fn of_operand(&self, message: Diagnostic) -> Diagnostic {
        match self {
            Self::DividedByMatrix { operand } => message
                .at(operand.span, operand.shape.clone())
                .help("write `./` to divide entry by entry, and `inv(…)` with `*` for the inverse"),
            Self::NotSquare { operand, .. } | Self::OfScalar { operand, .. } => {
                message.at(operand.span, operand.shape.clone())
            }
            Self::NormOfMatrix { operand, .. } => message
                .at(operand.span, operand.shape.clone())
                .help("write `normF(…)` for the root of the sum of all squares"),
            Self::MatrixPower { base, span } => message
                .because(base.span, base.shape.clone())
                .at(*span, String::new())
                .help("write `.^` to raise each entry"),
            _ => message,
        }
    }

    /// Whether its place is in the declarations, not in the expression.
    #[must_use]
    pub fn is_of_given(&self) -> bool {
        matches!(
            self,
            Self::Declaration { .. }
                | Self::DeclaredTwice { .. }
                | Self::UnknownProperty { .. }
                | Self::NotSquareProperty { .. }
                | Self::Properties { .. }
                | Self::Unused { .. }
        )
    }
}

/// What to write for a word that is no function.
fn instead_of(name: &str) -> String {
    let known = OTHERWISE.iter().find(|(word, _)| *word == name);
    let likely = || unmistakable(name, Function::names()).map(|likely| format!("write `{likely}(…)`"));
    let function = FUNCTION_LETTERS.contains(&name);
    let function =
        || function.then(|| format!("write the function itself, as `tanh(x)`; `{name} * (…)` for a product"));
    let product = || format!("write `{name} * (…)` for a product; `chainrule diff --help` lists the functions");
    known.map(|(_, help)| (*help).into()).or_else(function).or_else(likely).unwrap_or_else(product)
}
