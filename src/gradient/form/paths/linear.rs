//! Sums and products of the matrices by which adjoints are handed on, where none stands for I; and how long formulas become.

use std::collections::HashMap;

use crate::{
    expr::{Arena, ExprId, Op, Scalar},
    gradient::GradientError,
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
        (Some(a), Some(b)) if is_zero(arena, a) || is_zero(arena, b) => {
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

fn is_zero(arena: &Arena, id: ExprId) -> bool {
    matches!(arena.op(id), Op::Zero(..))
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
    if without_cancelled(arena, vec![a, b]).is_empty() {
        let (rows, columns) = arena.dims(a)?;
        return Ok(arena.add(Op::Zero(rows, columns))?);
    }
    Ok(arena.plus(a, b)?)
}

pub(super) fn identity(arena: &mut Arena, like: ExprId) -> Result<ExprId, GradientError> {
    let (_, columns) = arena.dims(like)?;
    Ok(arena.add(Op::Identity(columns))?)
}

/// The scalar of a product, and its factors.
type Signed = Option<(Scalar, Vec<ExprId>)>;

/// The terms without those that cancel, each in its place: a product and its negative, however scalars stand in them.
pub(super) fn without_cancelled(arena: &Arena, terms: Vec<ExprId>) -> Vec<ExprId> {
    let mut kept: Vec<(ExprId, Signed)> = Vec::with_capacity(terms.len());
    for term in terms {
        let own = signed(arena, term);
        if own.as_ref().is_some_and(|(_, factors)| factors.iter().any(|factor| is_zero(arena, *factor))) {
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
