//! The sweep: an expression and the adjoint of its value → the adjoints of the names in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{GradientError, local::contributions};
use crate::{
    expr::{Arena, ExprId, Op, Scalar, Symbol, SymbolId},
    shape::Shape,
};

/// ∂J/∂v for every name v in `active` that occurs in `root`, where `seed` = ∂J/∂root.
///
/// Reverse accumulation: nodes are visited from the root down, each once, when all its contributions are in
/// (operands have smaller places than what is made of them). Costs as much as `root` has nodes, however large the
/// arena is.
///
/// # Errors
/// An operator without a derivative.
pub fn sweep(
    arena: &mut Arena,
    root: ExprId,
    seed: ExprId,
    active: &dyn Fn(SymbolId, &Symbol) -> bool,
) -> Result<Vec<(SymbolId, ExprId)>, GradientError> {
    let active = depending(arena, root, active);
    let mut adjoints = BTreeMap::from([(root, seed)]);
    let mut found = Vec::new();
    while let Some((id, adjoint)) = adjoints.pop_last() {
        if let Some(symbol) = arena.as_symbol(id) {
            found.push((symbol, adjoint));
        }
        for (operand, contribution) in contributions(arena, id, adjoint)? {
            if active.contains(&operand) {
                accumulate(arena, &mut adjoints, operand, contribution)?;
            }
        }
    }
    found.reverse();
    Ok(found)
}

/// All parts of `root` in which an active name occurs.
fn depending(arena: &Arena, root: ExprId, active: &dyn Fn(SymbolId, &Symbol) -> bool) -> BTreeSet<ExprId> {
    let mut depending = BTreeSet::new();
    for id in arena.reachable(&[root]) {
        let itself = arena.as_symbol(id).is_some_and(|symbol| active(symbol, arena.symbol(symbol)));
        if itself || arena.op(id).children().iter().any(|child| depending.contains(child)) {
            depending.insert(id);
        }
    }
    depending
}

/// Adds a contribution to what has come in so far.
pub(in crate::gradient) fn accumulate<K: Ord>(
    arena: &mut Arena,
    adjoints: &mut BTreeMap<K, ExprId>,
    key: K,
    contribution: ExprId,
) -> Result<(), GradientError> {
    let sum = match adjoints.get(&key) {
        None => contribution,
        Some(so_far) => plus(arena, *so_far, contribution)?,
    };
    adjoints.insert(key, sum);
    Ok(())
}

/// a + b without the terms of both that cancel.
///
/// # Errors
/// Shapes that differ.
pub(in crate::gradient) fn plus(arena: &mut Arena, a: ExprId, b: ExprId) -> Result<ExprId, GradientError> {
    let (mut terms, mut todo) = (Vec::new(), vec![b, a]);
    while let Some(id) = todo.pop() {
        #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is a sum")]
        match *arena.op(id) {
            Op::Add([a, b]) => todo.extend([b, a]),
            _ => terms.push(id),
        }
    }
    let kept = without_cancelled(arena, terms.clone());
    let Some((first, rest)) = kept.split_first() else { return zero(arena, a) };
    if kept.len() == terms.len() {
        return Ok(arena.plus(a, b)?);
    }
    Ok(rest.iter().try_fold(*first, |sum, term| arena.plus(sum, *term))?)
}

/// 0 of the shape of `like`.
///
/// # Errors
/// None of its own.
pub(in crate::gradient) fn zero(arena: &mut Arena, like: ExprId) -> Result<ExprId, GradientError> {
    Ok(match arena.facts(like).shape.clone() {
        Shape::Matrix(rows, columns) => arena.add(Op::Zero(rows, columns))?,
        Shape::Scalar => arena.scalar(Scalar::integer(0))?,
    })
}

/// The scalar of a product, and its factors.
type Signed = Option<(Scalar, Vec<ExprId>)>;

/// The terms without those that cancel, each in its place: a product and its negative, however scalars stand in them.
pub(in crate::gradient) fn without_cancelled(arena: &Arena, terms: Vec<ExprId>) -> Vec<ExprId> {
    let mut kept: Vec<(ExprId, Signed)> = Vec::with_capacity(terms.len());
    for term in terms {
        let own = signed(arena, term);
        if own.as_ref().is_some_and(|(_, factors)| factors.iter().any(|factor| arena.facts(*factor).zero)) {
            continue;
        }
        let is_opposite = |other: &(ExprId, Signed)| match (&own, &other.1) {
            (Some((scalar, factors)), Some((other, others))) => *scalar == other.negated() && factors == others,
            (None, _) | (_, None) => false,
        };
        match kept.iter().position(is_opposite) {
            Some(place) => {
                kept.remove(place);
            }
            None => kept.push((term, own)),
        }
    }
    kept.into_iter().map(|(term, _)| term).collect()
}

/// The scalar of a product and its other factors, without identities; none of a scalar that is no number.
#[allow(clippy::wildcard_enum_match_arm, reason = "all others are factors")]
fn signed(arena: &Arena, term: ExprId) -> Signed {
    let (mut scalar, mut factors, mut todo) = (Scalar::integer(1), Vec::new(), vec![term]);
    while let Some(id) = todo.pop() {
        match *arena.op(id) {
            Op::Scale([s, a]) => {
                scalar = scalar.times(arena.facts(s).scalar.as_ref()?)?;
                todo.push(a);
            }
            Op::Multiply([a, b]) => todo.extend([b, a]),
            Op::Identity(_) => {}
            _ => factors.push(id),
        }
    }
    Some((scalar, factors))
}
