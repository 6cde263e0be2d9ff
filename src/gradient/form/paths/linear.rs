//! Sums and products of the matrices by which adjoints are handed on, where none stands for I; and how long formulas become.

use std::collections::HashMap;

use crate::{
    expr::{Arena, ExprId, Op},
    gradient::{GradientError, adjoint},
};

/// More factors and terms than this, in one formula as it is printed, are refused.
const MAX_TERMS: u64 = 200_000;

/// a b, where none stands for I.
pub(super) fn times(arena: &mut Arena, a: Option<ExprId>, b: Option<ExprId>) -> Result<Option<ExprId>, GradientError> {
    let scaled = |arena: &Arena, id: ExprId| {
        let Op::Scale([s, a]) = *arena.op(id) else { return None };
        matches!(arena.op(a), Op::Identity(_)).then_some(s)
    };
    Ok(match (a, b) {
        (Some(a), Some(b)) if arena.facts(a).zero || arena.facts(b).zero => {
            let (rows, _) = arena.dims(a)?;
            let (_, columns) = arena.dims(b)?;
            Some(arena.add(Op::Zero(rows, columns))?)
        }
        (Some(a), Some(b)) => Some(match (scaled(arena, a), scaled(arena, b)) {
            (Some(s), _) => arena.scale(s, b)?,
            (_, Some(s)) => arena.scale(s, a)?,
            (None, None) => arena.multiply(a, b)?,
        }),
        (a, b) => a.or(b),
    })
}

/// a + b, where none stands for the I as wide as `like`.
pub(super) fn plus(
    arena: &mut Arena,
    a: Option<ExprId>,
    b: Option<ExprId>,
    like: ExprId,
) -> Result<ExprId, GradientError> {
    let mut matrix = |part: Option<ExprId>| part.map_or_else(|| identity(arena, like), Ok);
    let (a, b) = (matrix(a)?, matrix(b)?);
    adjoint::plus(arena, a, b)
}

pub(super) fn identity(arena: &mut Arena, like: ExprId) -> Result<ExprId, GradientError> {
    let (_, columns) = arena.dims(like)?;
    Ok(arena.add(Op::Identity(columns))?)
}

/// Refuses formulas that are written with more parts than a page can hold.
pub(super) fn check_length(arena: &Arena, roots: impl Iterator<Item = ExprId> + Clone) -> Result<(), GradientError> {
    let roots: Vec<ExprId> = roots.collect();
    let mut lengths: HashMap<ExprId, u64> = HashMap::new();
    for id in arena.reachable(&roots) {
        let children = arena.op(id).children().iter().map(|child| lengths[child]);
        lengths.insert(id, children.fold(1, u64::saturating_add));
    }
    if roots.iter().any(|root| lengths[root] > MAX_TERMS) {
        return Err(GradientError::CrossedPaths { limit: usize::try_from(MAX_TERMS).unwrap_or(usize::MAX) });
    }
    Ok(())
}
