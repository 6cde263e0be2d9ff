//! The format-neutral tree of a formula: what is written, with all brackets decided, but no characters yet.
#![allow(clippy::wildcard_enum_match_arm, reason = "most kinds have no parts")]

use std::sync::Arc;

pub use super::exponent::Exponent;
use crate::{
    expr::{ExprId, SymbolId},
    shape::{Dim, Shape},
};

/// A formula or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Notation {
    /// A letter with its decorations.
    Letter(Letter),
    /// A whole number; a fraction is [`Notation::Over`].
    Number(i64),
    /// A function's parameter.
    Real(f64),
    /// ½
    Half,
    /// A dimension.
    Dim(Dim),
    /// The loss J.
    Loss,
    /// A function of an argument, `relu'(Z₂)`.
    Apply(Function, Box<Notation>),
    /// Factors joined by · in the order in which they stand.
    Product(Vec<Notation>),
    /// Numbers and dimensions written side by side: `2n`, `n·f₃`.
    Scalars(Vec<Notation>),
    /// A coefficient before what it multiplies: `2(Ŷ − Y)`.
    Coefficient(Box<Notation>, Box<Notation>),
    /// Factors joined by ⊙, or by ⊘ where the flag says so.
    Hadamard(Vec<(Entrywise, Notation)>),
    /// Terms joined by + and −.
    Sum(Vec<(Sign, Notation)>),
    /// A power of each entry, `(Ŷ − Y)²`, of a scalar or of a matrix, as [`Exponent`] says.
    Power(Box<Notation>, Exponent),
    /// ‖a‖, the square root of the sum of all squares.
    Norm(Box<Notation>),
    /// A quotient of scalars below what they divide.
    Over(Box<Notation>, Box<Notation>),
    /// A transpose.
    Transposed(Box<Notation>),
    /// Σᵢ over the samples.
    SumSamples(Box<Notation>),
    /// Σ over all entries.
    Total(Box<Notation>),
    /// ∏ or Σ over layers, of what stands in brackets behind it if it is not spoken of alone.
    Big(Bounds, Option<Box<Notation>>),
    /// ∂a/∂b
    Partial(Box<Notation>, Box<Notation>),
    /// (H · v)_W, the part of a vector that belongs to a variable.
    Component(Box<Notation>, Box<Notation>),
    /// Brackets.
    Group(Box<Notation>),
    /// Arguments.
    List(Vec<Notation>),
    /// A shape in the place of what has it.
    Shape(Shape),
    /// A factor, the shape that belongs under it if it has one, and what it was set from.
    Shaped(Box<Notation>, Option<Shape>, Origin),
    /// A part that the reader is pointed to, in brackets of its own.
    Marked(Box<Notation>),
}

/// What a factor was set from, if that is known. Says nothing of how it is written: all are equal.
#[derive(Clone, Copy, Debug, Default)]
pub enum Origin {
    /// That is not known.
    #[default]
    Unknown,
    /// An expression.
    Expression(ExprId),
    /// A name.
    Name(SymbolId),
    /// The derivative of a value, or of J, with respect to a name.
    Derivative(Option<SymbolId>, SymbolId),
    /// I where a sketch leaves the place of the variable itself.
    Place,
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A letter: `Ŷ`, `W₂`, `S₂⁽ⁱ⁾`, `aᵢ`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The letter, or the user's name.
    pub base: Arc<str>,
    /// A hat above the first character.
    pub hat: bool,
    /// A dot above it: how fast it changes.
    pub dot: bool,
    /// The layer.
    pub subscript: Option<Arc<str>>,
    /// Whether it belongs to sample i.
    pub sample: Sample,
}

/// How a letter says that it belongs to sample i.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// It does not.
    None,
    /// A row of a batch: aₗ,ᵢ.
    Row,
    /// A matrix of its own: S⁽ⁱ⁾.
    Own,
}

/// Over which layers ∏ or Σ runs: `k=L…l+1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// ∏, not Σ.
    pub is_product: bool,
    /// The index: k.
    pub index: Arc<str>,
    /// Its first value: L.
    pub from: Arc<str>,
    /// Its last value: l+1.
    pub to: Arc<str>,
}

/// The index expression in a letter's subscript, `l-1` in `[l-1]`; a layer's number or name is none.
pub fn index_expression(subscript: &str) -> Option<&str> {
    subscript.strip_prefix('[')?.strip_suffix(']')
}

/// A function's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// `relu`, `diag`
    pub name: &'static str,
    /// 0, or which derivative it is.
    pub order: u8,
    /// Its parameter.
    pub parameter: Option<f64>,
}

/// What joins a factor of an entrywise product to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrywise {
    /// ⊙
    Times,
    /// ⊘
    Over,
    /// ⊗, of Kronecker: it binds as the others do.
    Kronecker,
}

/// What joins a term to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// +
    Plus,
    /// −
    Minus,
}

/// How a result relates to the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`: exact.
    Equal,
    /// `≈`: exact under an assumption only.
    Approximate,
    /// `~`: a sketch.
    Sketch,
    /// `:=`: a name.
    Definition,
    /// `→`: shapes and the one that comes of them.
    Gives,
    /// `×`, between the sides of a shape.
    Times,
    /// `<`
    Less,
    /// `≤`
    AtMost,
    /// `>`
    Greater,
}

/// A line: left side, relation, right side, and the shape of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// What is defined or derived.
    pub left: Notation,
    /// How the sides relate.
    pub relation: Relation,
    /// The formula.
    pub right: Notation,
    /// The shape of both sides; none of a sketch.
    pub shape: Option<Shape>,
}

impl Equation {
    /// A word for what the equation is of: `W1` of ∂J/∂W₁, `Delta2` of Δ₂.
    pub fn key(&self) -> String {
        self.left.key()
    }

    /// What the shapes say of the right side, where that is more than the shape of both sides.
    #[must_use]
    pub fn shapes(&self) -> Option<Notation> {
        Some(self.right.shapes()).filter(|shapes| self.right.has_shapes() && !matches!(shapes, Notation::Shape(_)))
    }
}

impl Notation {
    fn key(&self) -> String {
        if let Self::Partial(_, by) | Self::Component(_, by) = self {
            return by.key();
        }
        let Self::Letter(letter) = self else { return if *self == Self::Loss { "J" } else { "equation" }.into() };
        let base = match &*letter.base {
            "Δ" => "Delta",
            "Γ" => "Gamma",
            "α" => "alpha",
            "ω" => "omega",
            "μ" => "mu",
            base => base,
        };
        let label = letter.subscript.as_deref().unwrap_or_default();
        format!(
            "{base}{}{}{}",
            if letter.hat { "hat" } else { "" },
            if letter.dot { "dot" } else { "" },
            index_expression(label).unwrap_or(label)
        )
    }

    /// A letter without decorations.
    pub fn letter(base: &str) -> Self {
        Self::indexed(base, "")
    }

    /// A letter with an index: an expression in square brackets, a label, or nothing.
    pub fn indexed(base: &str, index: &str) -> Self {
        let subscript = (!index.is_empty()).then(|| index.into());
        Self::Letter(Letter { base: base.into(), hat: false, dot: false, subscript, sample: Sample::None })
    }

    /// ∂a/∂b
    pub fn partial(of: Self, by: Self) -> Self {
        Self::Partial(Box::new(of), Box::new(by))
    }

    /// ∂J/∂v
    pub fn by_loss(variable: Self) -> Self {
        Self::partial(Self::Loss, variable)
    }

    /// a/b
    pub fn over(top: Self, bottom: Self) -> Self {
        Self::Over(Box::new(top), Box::new(bottom))
    }

    /// A function of an argument.
    pub fn apply(name: &'static str, order: impl Into<u8>, parameter: Option<f64>, argument: Self) -> Self {
        Self::Apply(Function { name, order: order.into(), parameter }, Box::new(argument))
    }

    /// aᵀ
    pub fn transposed(self) -> Self {
        Self::Transposed(Box::new(self))
    }

    /// `(Ŷ − Y)²`: the square of each entry, in brackets always, since Z² alone would be read as Z · Z.
    pub fn squared(self) -> Self {
        let base = if matches!(self, Self::Group(_)) { self } else { Self::Group(Box::new(self)) };
        Self::Power(Box::new(base), Exponent::Number(2, 1))
    }

    /// The same of other parts. Scalars, and what is differentiated by what, are no parts.
    pub fn map(self, to: &mut dyn FnMut(Self) -> Self) -> Self {
        let mut inside = |part: Box<Self>| Box::new(to(*part));
        match self {
            Self::Apply(function, argument) => Self::Apply(function, inside(argument)),
            Self::Coefficient(factor, body) => Self::Coefficient(factor, inside(body)),
            Self::Over(top, bottom) => Self::Over(inside(top), bottom),
            Self::Power(base, exponent) => Self::Power(inside(base), exponent),
            Self::Transposed(inner) => Self::Transposed(inside(inner)),
            Self::SumSamples(inner) => Self::SumSamples(inside(inner)),
            Self::Total(inner) => Self::Total(inside(inner)),
            Self::Norm(inner) => Self::Norm(inside(inner)),
            Self::Big(bounds, body) => Self::Big(bounds, body.map(inside)),
            Self::Partial(of, by) => Self::Partial(inside(of), inside(by)),
            Self::Component(of, by) => Self::Component(inside(of), inside(by)),
            Self::Group(inner) => Self::Group(inside(inner)),
            Self::Marked(inner) => Self::Marked(inside(inner)),
            Self::Shaped(inner, shape, origin) => Self::Shaped(inside(inner), shape, origin),
            Self::Product(factors) => Self::Product(factors.into_iter().map(to).collect()),
            Self::List(parts) => Self::List(parts.into_iter().map(to).collect()),
            Self::Hadamard(factors) => {
                Self::Hadamard(factors.into_iter().map(|(joint, factor)| (joint, to(factor))).collect())
            }
            Self::Sum(terms) => Self::Sum(terms.into_iter().map(|(sign, term)| (sign, to(term))).collect()),
            leaf => leaf,
        }
    }

    /// The same with other letters where these stand alone, without an index: `to` knows them, and names of functions.
    pub fn with_letters(self, to: &dyn Fn(&str) -> Option<&'static str>) -> Self {
        match self {
            Self::Letter(letter)
                if letter.subscript.is_none() && letter.sample == Sample::None && !letter.hat && !letter.dot =>
            {
                Self::letter(to(&letter.base).unwrap_or(&letter.base))
            }
            Self::Apply(function, argument) => {
                let name = to(function.name).unwrap_or(function.name);
                Self::Apply(Function { name, ..function }, Box::new(argument.with_letters(to)))
            }
            Self::Scalars(parts) => Self::Scalars(parts.into_iter().map(|part| part.with_letters(to)).collect()),
            Self::Coefficient(factor, body) => {
                Self::Coefficient(Box::new(factor.with_letters(to)), Box::new(body.with_letters(to)))
            }
            Self::Over(top, bottom) => Self::Over(Box::new(top.with_letters(to)), Box::new(bottom.with_letters(to))),
            other => other.map(&mut |part| part.with_letters(to)),
        }
    }

    /// In brackets, unless it is one factor already.
    pub fn bracketed(self) -> Self {
        let open =
            matches!(self, Self::Product(_) | Self::Hadamard(_) | Self::Sum(_) | Self::SumSamples(_) | Self::Total(_));
        if open { Self::Group(Box::new(self)) } else { self }
    }

    /// In brackets, unless a sign behind it is read as meant for all of it: `(Y/n)ᵀ`.
    pub fn atom(self) -> Self {
        let open = matches!(
            self,
            Self::Over(..) | Self::Coefficient(..) | Self::Scalars(_) | Self::Transposed(_) | Self::Power(..)
        );
        if open { Self::Group(Box::new(self)) } else { self.bracketed() }
    }

    /// Whether some part carries a shape.
    pub fn has_shapes(&self) -> bool {
        match self {
            Self::Shaped(_, shape, _) => shape.is_some(),
            Self::Product(factors) => factors.iter().any(Self::has_shapes),
            Self::Hadamard(factors) => factors.iter().any(|(_, factor)| factor.has_shapes()),
            Self::Sum(terms) => terms.iter().any(|(_, term)| term.has_shapes()),
            Self::Group(inner)
            | Self::Marked(inner)
            | Self::SumSamples(inner)
            | Self::Total(inner)
            | Self::Over(inner, _)
            | Self::Coefficient(_, inner) => inner.has_shapes(),
            _ => false,
        }
    }

    /// What the shapes say of it: each factor's shape in its place, `(n×f3 · f3×f2) ⊙ n×f2`. Coefficients and divisors of
    /// scalars do not change a shape; a sum of one shape is that shape.
    pub fn shapes(&self) -> Self {
        match self {
            Self::Shaped(_, Some(shape), _) => Self::Shape(shape.clone()),
            Self::Hadamard(factors) => one_of_all(factors).unwrap_or_else(|| {
                Self::Hadamard(factors.iter().map(|(_, factor)| (Entrywise::Times, factor.shapes())).collect())
            }),
            Self::Sum(terms) => one_of_all(terms)
                .unwrap_or_else(|| Self::Sum(terms.iter().map(|(_, term)| (Sign::Plus, term.shapes())).collect())),
            Self::Group(inner) => match inner.shapes() {
                shape @ Self::Shape(_) => shape,
                inner => Self::Group(Box::new(inner)),
            },
            Self::Over(inner, _) | Self::Coefficient(_, inner) | Self::Marked(inner) | Self::Shaped(inner, None, _) => {
                inner.shapes()
            }
            Self::Product(_) | Self::SumSamples(_) | Self::Total(_) => self.clone().map(&mut |part| part.shapes()),
            _ => self.clone(),
        }
    }

    /// The same without shapes.
    pub fn without_shapes(self) -> Self {
        match self {
            Self::Shaped(inner, ..) => inner.without_shapes(),
            other => other.map(&mut Self::without_shapes),
        }
    }
}

/// The shape that all parts have, if it is one; a number, as in 1 ⊘ a, has any.
fn one_of_all<J>(parts: &[(J, Notation)]) -> Option<Notation> {
    let mut shapes = parts.iter().map(|(_, part)| part.shapes()).filter(|part| !matches!(part, Notation::Number(_)));
    let first = shapes.next().filter(|first| matches!(first, Notation::Shape(_)))?;
    shapes.all(|other| other == first).then_some(first)
}
