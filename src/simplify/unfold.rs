//! Derivatives of functions, written by the functions themselves: σ'(Z) → σ(Z) ⊙ (1 − σ(Z)).
//!
//! The laws are those of the rule table, used from left to right wherever they fit. In the e-graph both sides are equal
//! and the shorter one is read off, so that a reader would never see this step.

use super::{
    law::{Rule, Size, Term},
    rules::LAWS,
};
use crate::expr::{Arena, Built, ExprId, Op, Scalar, ShapeError, Substitution};

/// `root` with every derivative that a law of [`LAWS`] knows written out.
///
/// # Errors
/// A defect of a law: its right side does not fit.
pub fn written_out(arena: &mut Arena, root: ExprId) -> Built {
    let rules: Vec<Rule> = LAWS.iter().filter_map(|law| law.parse().ok()).collect();
    Substitution::new().apply_with(arena, root, |arena, _, op| {
        // The laws are of matrices.
        if let Op::Map(function, 1, [argument]) = op
            && arena.dims(argument).is_ok()
        {
            let left = Term::Node(Box::new(Op::Map(function, 1, [Term::Variable(0)])));
            if let Some(rule) = rules.iter().find(|rule| rule.left == left) {
                return build(arena, &rule.right, argument);
            }
        }
        arena.add(op)
    })
}

/// The right side of a law in one variable m × k.
fn build(arena: &mut Arena, term: &Term, argument: ExprId) -> Built {
    let (rows, columns) = arena.dims(argument)?;
    let dim = |size: &Size| match size {
        Size::Named(name) if name == "m" => rows.clone(),
        Size::Named(_) => columns.clone(),
        Size::One => crate::shape::Dim::one(),
    };
    match term {
        Term::Variable(_) => Ok(argument),
        Term::Ones(m, k) => arena.ones(&dim(m), &dim(k)),
        Term::Zero(m, k) => arena.add(Op::Zero(dim(m), dim(k))),
        Term::Number(number) => arena.scalar(number.clone()),
        Term::Dimension(size) => arena.scalar(Scalar::dimension(&dim(size))),
        Term::Node(op) => {
            let mut children = Vec::new();
            for child in op.children() {
                children.push(build(arena, child, argument)?);
            }
            let mut next = children.into_iter();
            let op = op.map(|_| next.next().unwrap_or(argument));
            arena.add(op)
        }
        Term::Identity(size) => arena.identity(&dim(size)),
        Term::Product(_) | Term::Sum(_) | Term::Negated(_) => Err(ShapeError {
            operator: "law of a function",
            left: arena.shape(argument).clone(),
            right: crate::shape::Shape::Scalar,
        }),
    }
}
