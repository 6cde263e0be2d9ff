//! The tree of an expression as it is written, in a list: parts stand before what is made of them.

use crate::{expr::Scalar, shape::Dim, source::Span};

use super::functions::Function;

/// The place of a part in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(pub usize);

/// An expression: its parts, the whole last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(pub Vec<Node>);

/// A part of an expression, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub syntax: Syntax,
    /// Where it stands.
    pub span: Span,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A name: of a variable, or of a dimension.
    Name(String),
    /// A number.
    Number(Scalar),
    /// −a
    Negative(Part),
    /// Two operands with an operator between them.
    Binary(Binary, [Part; 2]),
    /// aᵀ
    Transpose(Part),
    /// a to a constant power: of a matrix, as a product with itself.
    Power(Part, Scalar),
    /// Each entry to a constant power.
    EntrywisePower(Part, Scalar),
    /// A function of one operand, or its derivative at every entry.
    Apply(Function, bool, Part),
    /// I(n), ones(m, n), zeros(m, n), K(m, n)
    Constant(Constant, Vec<Spelled>),
}

/// A dimension as it is written: a name or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// The name or the digits.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Spelled {
    /// The dimension; none of a number out of range.
    #[must_use]
    pub fn dim(&self) -> Option<Dim> {
        if self.is_number() {
            self.text.parse().ok().and_then(|number| Dim::number(number).ok())
        } else {
            Some(Dim::name(&self.text))
        }
    }

    /// Whether it is digits.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// a + b
    Plus,
    /// a − b
    Minus,
    /// a · b, of matrices or with a scalar
    Times,
    /// a / s
    Over,
    /// a ⊙ b
    Hadamard,
    /// a ⊘ b
    Divide,
    /// a ⊗ b
    Kronecker,
}

impl Binary {
    /// As the language writes it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Hadamard => ".*",
            Self::Divide => "./",
            Self::Kronecker => "@",
        }
    }
}

/// A constant matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// I
    Identity,
    /// All entries 1.
    Ones,
    /// All entries 0.
    Zeros,
    /// K vec(a) = vec(aᵀ) for an m × n matrix a.
    Commutation,
}

impl Constant {
    /// The constant of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "I" | "eye" => Self::Identity,
            "ones" => Self::Ones,
            "zeros" => Self::Zeros,
            "K" => Self::Commutation,
            _ => return None,
        })
    }

    /// As the language writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "I",
            Self::Ones => "ones",
            Self::Zeros => "zeros",
            Self::Commutation => "K",
        }
    }
}

impl Syntax {
    /// The parts of which it is made, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        match self {
            Self::Name(_) | Self::Number(_) | Self::Constant(..) => &[],
            Self::Negative(a)
            | Self::Transpose(a)
            | Self::Power(a, _)
            | Self::EntrywisePower(a, _)
            | Self::Apply(_, _, a) => std::slice::from_ref(a),
            Self::Binary(_, both) => both,
        }
    }
}

impl Tree {
    /// Adds a part that is made of earlier ones.
    pub fn add(&mut self, syntax: Syntax, span: Span) -> Part {
        self.0.push(Node { syntax, span });
        Part(self.0.len() - 1)
    }

    /// The part at this place.
    #[must_use]
    pub fn at(&self, part: Part) -> &Node {
        &self.0[part.0]
    }

    /// The place of the whole.
    #[must_use]
    pub fn root(&self) -> Part {
        Part(self.0.len().saturating_sub(1))
    }

    /// The names in it, in the order in which they stand first.
    #[must_use]
    pub fn names(&self) -> Vec<(&str, Span)> {
        let mut found: Vec<(&str, Span)> = Vec::new();
        for node in &self.0 {
            if let Syntax::Name(name) = &node.syntax
                && !found.iter().any(|(known, _)| known == name)
            {
                found.push((name, node.span));
            }
        }
        found.sort_by_key(|(_, span)| *span);
        found
    }
}
