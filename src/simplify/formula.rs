//! A law of the table → its two sides as expressions, for readers, and what its side conditions ask for.

use super::law::{Condition, Law, Rule, Size, Term, Variable};
use crate::{
    expr::{Arena, ExprId, Op, Role, Scalar, ShapeError, Symbol},
    shape::Dim,
};

/// A law in an arena: matrices are capital letters, columns and scalars small ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What is matched.
    pub left: ExprId,
    /// What it equals.
    pub right: ExprId,
    /// What must hold of the letters.
    pub requirements: Vec<(ExprId, Requirement)>,
}

/// What a law asks of a letter, where the letter does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Equal to its transpose.
    Symmetric,
    /// Equal to minus its transpose.
    Skew,
    /// Its transpose is its inverse.
    Orthogonal,
    /// No entry is 0.
    Nonzero,
    /// Each row sums to 1.
    RowsSumToOne,
}

/// Why a law cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A faulty line of the table.
    #[error("{0}")]
    Law(String),
    /// Sides that do not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

impl Law {
    /// Writes the law in `arena`.
    ///
    /// # Errors
    /// A line that is no law: a test reads every line of the table.
    pub fn statement(&self, arena: &mut Arena) -> Result<Statement, StatementError> {
        let rule = self.parse().map_err(StatementError::Law)?;
        let letters =
            rule.variables.iter().map(|variable| letter(arena, variable)).collect::<Result<Vec<_>, ShapeError>>()?;
        let side = |arena: &mut Arena, term| Ok::<_, StatementError>(side(arena, &rule, &letters, term)?);
        let (left, right) = (side(arena, &rule.left)?, side(arena, &rule.right)?);
        let required = |(letter, variable): (&ExprId, &Variable)| {
            let of = *letter;
            let found: Vec<_> = variable.kinds.iter().filter_map(|kind| Some((of, requirement(*kind)?))).collect();
            found
        };
        let requirements = letters.iter().zip(&rule.variables).flat_map(required).collect();
        Ok(Statement { left, right, requirements })
    }
}

fn requirement(condition: Condition) -> Option<Requirement> {
    match condition {
        Condition::Symmetric => Some(Requirement::Symmetric),
        Condition::Nonzero => Some(Requirement::Nonzero),
        Condition::RowsSumToOne => Some(Requirement::RowsSumToOne),
        Condition::Skew => Some(Requirement::Skew),
        Condition::Orthogonal => Some(Requirement::Orthogonal),
        Condition::Identity
        | Condition::Scalar
        | Condition::Zero
        | Condition::Constant
        | Condition::Whole
        | Condition::Divides
        | Condition::Differs
        | Condition::Negative => None,
    }
}

/// An identity is I, a matrix of zeros 0, a constant scalar its small letter.
fn letter(arena: &mut Arena, variable: &Variable) -> Result<ExprId, ShapeError> {
    let is = |condition| variable.kinds.contains(&condition);
    let (rows, columns) = (dim(&variable.size.0), dim(&variable.size.1));
    if is(Condition::Constant) {
        return arena.scalar(Scalar::dimension(&Dim::name(&variable.name)));
    }
    if is(Condition::Scalar) {
        // A scalar that is no constant is the entry of a 1 × 1 matrix.
        let symbol = arena.intern(Symbol::new(Role::Variable, &variable.name, None, Dim::one(), Dim::one()));
        let entry = arena.named(symbol)?;
        return arena.total(entry);
    }
    if is(Condition::Identity) {
        return arena.add(Op::Identity(rows));
    }
    if is(Condition::Zero) {
        return arena.add(Op::Zero(rows, columns));
    }
    let column = variable.size.1 == Size::One;
    let name = if column { variable.name.clone() } else { variable.name.to_uppercase() };
    // What comes in stands before its divisor.
    let role = if variable.name == "x" { Role::Adjoint } else { Role::Input };
    let symbol = arena.intern(Symbol::new(role, &name, None, rows, columns));
    arena.named(symbol)
}

fn dim(size: &Size) -> Dim {
    match size {
        Size::One => Dim::one(),
        Size::Named(name) => Dim::name(name),
    }
}

fn side(arena: &mut Arena, rule: &Rule, letters: &[ExprId], term: &Term) -> Result<ExprId, ShapeError> {
    let op = match term {
        Term::Variable(i) => return Ok(letters[*i]),
        Term::Ones(rows, columns) => Op::Ones(dim(rows), dim(columns)),
        Term::Zero(rows, columns) => Op::Zero(dim(rows), dim(columns)),
        Term::Identity(size) => Op::Identity(dim(size)),
        Term::Number(_) | Term::Dimension(_) | Term::Product(_) | Term::Sum(_) | Term::Negated(_) => {
            Op::Scalar(scalar(rule, term))
        }
        Term::Node(op) => {
            let mut children = Vec::new();
            for child in op.children() {
                children.push(side(arena, rule, letters, child)?);
            }
            let mut places = 0..;
            op.map(|_| children[places.next().unwrap_or(0)])
        }
    };
    arena.add(op)
}

/// `c·d`, `−c` of letters that stand for numbers.
fn scalar(rule: &Rule, term: &Term) -> Scalar {
    let part = |term| scalar(rule, term);
    match term {
        Term::Number(number) => number.clone(),
        Term::Dimension(size) => Scalar::dimension(&dim(size)),
        Term::Product([a, b]) => part(a).times(&part(b)).unwrap_or_else(|| part(a)),
        // c + d is one letter: a scalar is a product.
        Term::Sum([a, b]) => part(a).plus(&part(b)).unwrap_or_else(|| {
            let names = [a, b].map(|part| part_name(rule, part));
            Scalar::dimension(&Dim::name(&names.join(" + ")))
        }),
        Term::Negated(a) => part(a).negated(),
        Term::Variable(i) => Scalar::dimension(&Dim::name(&rule.variables[*i].name)),
        Term::Ones(..) | Term::Zero(..) | Term::Identity(_) | Term::Node(_) => Scalar::integer(1),
    }
}

/// The letter or the number of a constant.
fn part_name(rule: &Rule, term: &Term) -> String {
    if let Term::Variable(i) = term { rule.variables[*i].name.clone() } else { scalar(rule, term).to_string() }
}
