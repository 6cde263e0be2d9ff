//! A line of the rule table → a rewrite of egg with its side conditions, and the terms that tests evaluate.
//!
//! A line holds: a name, variables `a:m,k,kinds`, left side, right side. Operators are written in prefix form: `*` matrix
//! product, `had` element-wise product, `.` scaling, `^` power, `T` transpose, `inv`, `tr`, `det`, `logdet`, `total`, `kron`, `vec`,
//! `recip`, `diag`, `softmax`, `lse`, `relu`, `relu'`, …; `s*`, `s+` and `s-` compute scalars on the right side.

use std::{collections::HashMap, fmt};

use crate::{
    expr::{Function, Invariant, Op, Scalar},
    shape::Dim,
};

/// Laws that are used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// From the loss to Z_L: small graphs, all laws that let divisors cancel.
    OutputError,
    /// All layers at once: few laws, one-way.
    Body,
    /// From one layer to the next, with products over layers as names: all of [`Group::Body`], and what regroups products.
    Induction,
    /// The value of the loss.
    Loss,
    /// Derivatives of expressions that are no network's: small graphs, sums and products in any grouping.
    Expression,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 5] = [Self::OutputError, Self::Body, Self::Induction, Self::Loss, Self::Expression];
}

/// A law as written, one line of the table. It is used in one direction only: the left side is matched, and becomes the
/// right side.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// Kebab-case, saying the law.
    pub name: &'static str,
    /// Where it is used.
    pub groups: &'static [Group],
    /// `a:m,k b:k,q,n`: name, rows, columns, kinds.
    pub variables: &'static str,
    /// What is matched.
    pub left: &'static str,
    /// What it equals.
    pub right: &'static str,
}

/// A side condition on a variable. The last three steer the search; the law holds without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `S`: equal to its transpose.
    Symmetric,
    /// `K`: equal to minus its transpose.
    Skew,
    /// `O`: its transpose is its inverse.
    Orthogonal,
    /// `s`: a scalar, constant or not.
    Scalar,
    /// `E`: the identity.
    Identity,
    /// `Z`: all entries 0.
    Zero,
    /// `n`: no entry is 0.
    Nonzero,
    /// `R`: each row sums to 1.
    RowsSumToOne,
    /// `c`: a constant scalar.
    Constant,
    /// `i`: a whole number, as every exponent may be that is below or above a product.
    Whole,
    /// `r`: contains a divisor.
    Divides,
    /// `!`: not the variable before it.
    Differs,
    /// `q`: negative, but not −1.
    Negative,
}

/// A dimension in a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Size {
    /// 1
    One,
    /// Any, the same throughout the law.
    Named(String),
}

/// A variable of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its rows and columns; irrelevant for a scalar.
    pub size: (Size, Size),
    /// Its side conditions.
    pub kinds: Vec<Condition>,
}

/// A side of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The variable at this place of the law's list.
    Variable(usize),
    /// All entries 1.
    Ones(Size, Size),
    /// All entries 0.
    Zero(Size, Size),
    /// The identity.
    Identity(Size),
    /// A number.
    Number(Scalar),
    /// As many as a dimension.
    Dimension(Size),
    /// The product of two constants, computed.
    Product([Box<Term>; 2]),
    /// The sum of two constants, computed.
    Sum([Box<Term>; 2]),
    /// −c of a constant, computed.
    Negated(Box<Term>),
    /// An operator over terms.
    Node(Box<Op<Term>>),
}

/// A law, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The law's name.
    pub name: &'static str,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// What is matched.
    pub left: Term,
    /// What it equals.
    pub right: Term,
}

impl fmt::Display for Law {
    /// The line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {} | {}", self.name, self.variables, self.left, self.right)
    }
}

impl Law {
    /// Parses the line.
    ///
    /// # Errors
    /// A sentence that names the law: an unknown operator, kind or variable, brackets that do not close, or a right side
    /// that uses what the left side does not bind.
    pub fn parse(&self) -> Result<Rule, String> {
        self.parsed().map_err(|error| format!("law {}: {error}, in the line `{self}`", self.name))
    }

    fn parsed(&self) -> Result<Rule, String> {
        let variables = self.variables.split_whitespace().map(variable).collect::<Result<Vec<_>, _>>()?;
        let term = |text: &str| {
            let mut reader = Reader { tokens: tokens(text), variables: &variables };
            let term = reader.term()?;
            if reader.tokens.is_empty() { Ok(term) } else { Err("more than one term".to_string()) }
        };
        let side = |text| term(text).map_err(|error| format!("{error} in {text}"));
        let (left, right) = (side(self.left)?, side(self.right)?);
        let rule = Rule { name: self.name, variables, left, right };
        rule.check_bound().map(|()| rule)
    }
}

impl Rule {
    /// A match of the left side must fix every variable and every dimension.
    fn check_bound(&self) -> Result<(), String> {
        let (left, right) = (self.left.parts(), self.right.parts());
        if left
            .iter()
            .any(|part| matches!(part, Term::Dimension(_) | Term::Product(_) | Term::Sum(_) | Term::Negated(_)))
        {
            return Err("the left side computes".to_string());
        }
        let mut sizes = vec![&Size::One];
        for (i, variable) in self.variables.iter().enumerate() {
            if !left.iter().any(|part| **part == Term::Variable(i)) {
                return Err(format!("{} is not on the left side", variable.name));
            }
            sizes.extend([&variable.size.0, &variable.size.1]);
        }
        sizes.extend(left.iter().flat_map(|part| part.sizes()));
        match right.iter().flat_map(|part| part.sizes()).find(|size| !sizes.contains(size)) {
            Some(Size::Named(name)) => Err(format!("the dimension {name} is not on the left side")),
            Some(Size::One) | None => Ok(()),
        }
    }
}

impl Term {
    /// The term and all terms in it.
    fn parts(&self) -> Vec<&Self> {
        let inner: Vec<&Self> = match self {
            Self::Variable(_)
            | Self::Ones(..)
            | Self::Zero(..)
            | Self::Identity(_)
            | Self::Number(_)
            | Self::Dimension(_) => Vec::new(),
            Self::Product([a, b]) | Self::Sum([a, b]) => vec![a, b],
            Self::Negated(a) => vec![a],
            Self::Node(op) => op.children().iter().collect(),
        };
        [self].into_iter().chain(inner.into_iter().flat_map(Self::parts)).collect()
    }

    /// The dimensions of a constant.
    fn sizes(&self) -> Vec<&Size> {
        match self {
            Self::Ones(rows, columns) | Self::Zero(rows, columns) => vec![rows, columns],
            Self::Identity(size) | Self::Dimension(size) => vec![size],
            Self::Variable(_)
            | Self::Number(_)
            | Self::Product(_)
            | Self::Sum(_)
            | Self::Negated(_)
            | Self::Node(_) => Vec::new(),
        }
    }
}

fn variable(text: &str) -> Result<Variable, String> {
    let (name, rest) = text.split_once(':').ok_or(format!("{text} has no shape"))?;
    let mut parts = rest.split(',');
    let mut size = || parts.next().map(size_of).ok_or(format!("{text} has no two dimensions"));
    let size = (size()?, size()?);
    let kinds = parts.map(|part| kind(part).ok_or(format!("{part} is no kind"))).collect::<Result<_, _>>()?;
    Ok(Variable { name: name.to_string(), size, kinds })
}

fn size_of(text: &str) -> Size {
    if text == "1" { Size::One } else { Size::Named(text.to_string()) }
}

fn kind(text: &str) -> Option<Condition> {
    Some(match text {
        "S" => Condition::Symmetric,
        "K" => Condition::Skew,
        "O" => Condition::Orthogonal,
        "s" => Condition::Scalar,
        "E" => Condition::Identity,
        "Z" => Condition::Zero,
        "n" => Condition::Nonzero,
        "R" => Condition::RowsSumToOne,
        "c" => Condition::Constant,
        "i" => Condition::Whole,
        "r" => Condition::Divides,
        "!" => Condition::Differs,
        "q" => Condition::Negative,
        _ => return None,
    })
}

fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().rev().map(str::to_string).collect()
}

/// Reads terms; tokens are kept in reverse.
struct Reader<'a> {
    tokens: Vec<String>,
    variables: &'a [Variable],
}

impl Reader<'_> {
    fn next(&mut self) -> Result<String, String> {
        self.tokens.pop().ok_or_else(|| "the term ends too early".to_string())
    }

    fn term(&mut self) -> Result<Term, String> {
        let token = self.next()?;
        if token != "(" {
            return match number(&token) {
                Some(number) => Ok(Term::Number(number)),
                None => self.place(&token).map(Term::Variable),
            };
        }
        let operator = self.next()?;
        let term = self.application(&operator)?;
        if self.next()? == ")" { Ok(term) } else { Err(format!("{operator} has too many operands")) }
    }

    fn place(&self, name: &str) -> Result<usize, String> {
        self.variables.iter().position(|v| v.name == name).ok_or_else(|| format!("{name} is no variable"))
    }

    fn size(&mut self) -> Result<Size, String> {
        self.next().map(|token| size_of(&token))
    }

    fn application(&mut self, operator: &str) -> Result<Term, String> {
        let op = match operator {
            "ones" => return Ok(Term::Ones(self.size()?, self.size()?)),
            "zero" => return Ok(Term::Zero(self.size()?, self.size()?)),
            "eye" => return Ok(Term::Identity(self.size()?)),
            "#" => return Ok(Term::Dimension(self.size()?)),
            "s+" => return Ok(Term::Sum([Box::new(self.term()?), Box::new(self.term()?)])),
            "s*" => return Ok(Term::Product([Box::new(self.term()?), Box::new(self.term()?)])),
            "s-" => return Ok(Term::Negated(Box::new(self.term()?))),
            "+" => Op::Add([self.term()?, self.term()?]),
            "." => Op::Scale([self.term()?, self.term()?]),
            "*" => Op::Multiply([self.term()?, self.term()?]),
            "had" => Op::Hadamard([self.term()?, self.term()?]),
            "T" => Op::Transpose([self.term()?]),
            "^" => Op::Power([self.term()?, self.term()?]),
            "inv" => Op::Inverse([self.term()?]),
            "kron" => Op::Kronecker([self.term()?, self.term()?]),
            "vec" => Op::Vec([self.term()?]),
            "total" => Op::Total([self.term()?]),
            "recip" => Op::Reciprocal([self.term()?]),
            "softmax" => Op::Softmax([self.term()?]),
            "lse" => Op::LogSumExp([self.term()?]),
            "diag" => Op::Diagonal([self.term()?]),
            name => {
                if let Some(invariant) = Invariant::ALL.into_iter().find(|invariant| invariant.name() == name) {
                    return Ok(Term::Node(Box::new(Op::Invariant(invariant, [self.term()?]))));
                }
                let plain = name.trim_end_matches('\'');
                let function = Function::of_name(plain, 1.0).ok_or_else(|| format!("{name} is no operator"))?;
                Op::Map(function, u8::from(plain != name), [self.term()?])
            }
        };
        Ok(Term::Node(Box::new(op)))
    }
}

fn number(token: &str) -> Option<Scalar> {
    let (numerator, denominator) = token.split_once('/').unwrap_or((token, "1"));
    Some(Scalar::ratio(numerator.parse().ok()?, denominator.parse().ok().filter(|d| *d != 0)?))
}

/// The dimensions that a match has fixed.
pub type Sizes = HashMap<String, Dim>;

impl Size {
    /// Whether `dim` fits, fixing a name that has no dimension yet.
    pub fn admits(&self, dim: &Dim, sizes: &mut Sizes) -> bool {
        match self {
            Self::One => dim.is_one(),
            Self::Named(name) => sizes.entry(name.clone()).or_insert_with(|| dim.clone()) == dim,
        }
    }

    /// The dimension, if its name is fixed.
    #[must_use]
    pub fn dim(&self, sizes: &Sizes) -> Option<Dim> {
        match self {
            Self::One => Some(Dim::one()),
            Self::Named(name) => sizes.get(name).cloned(),
        }
    }
}
