//! An expression in which x − u and u − x stand → the same with one of them, and the signs outside of products.

use std::collections::HashMap;

use crate::expr::{Arena, ExprId, Op, Scalar, ShapeError, Substitution};

/// −(x − u)(x − u)ᵀ rather than (x − u)(u − x)ᵀ. What was made first stays: what the user wrote.
///
/// # Errors
/// None of its own.
pub fn with_one_of_each(arena: &mut Arena, root: ExprId) -> Result<ExprId, ShapeError> {
    let mut found: HashMap<[ExprId; 2], ExprId> = HashMap::new();
    let mut turned = Vec::new();
    for id in arena.reachable(&[root]) {
        let Some([plus, minus]) = difference(arena, id) else { continue };
        match found.get(&[minus, plus]) {
            Some(other) => turned.push((id, *other)),
            None => drop(found.insert([plus, minus], id)),
        }
    }
    if turned.is_empty() {
        return Ok(root);
    }
    let mut replaced = Substitution::new();
    for (id, other) in turned {
        let negative = negated(arena, other)?;
        replaced.replace(id, negative);
    }
    replaced.apply_with(arena, root, |arena, _, op| with_sign_outside(arena, op))
}

/// x and u of x − u.
fn difference(arena: &Arena, id: ExprId) -> Option<[ExprId; 2]> {
    let Op::Add([a, b]) = *arena.op(id) else { return None };
    match (negative(arena, a), negative(arena, b)) {
        (None, Some(u)) => Some([a, u]),
        (Some(u), None) => Some([b, u]),
        _ => None,
    }
}

/// a of −a.
fn negative(arena: &Arena, id: ExprId) -> Option<ExprId> {
    let Op::Scale([s, a]) = *arena.op(id) else { return None };
    arena.facts(s).scalar.as_ref().is_some_and(|s| *s == Scalar::integer(-1)).then_some(a)
}

/// −a, of −a itself a.
fn negated(arena: &mut Arena, a: ExprId) -> Result<ExprId, ShapeError> {
    match negative(arena, a) {
        Some(positive) => Ok(positive),
        None => arena.scale_by(Scalar::integer(-1), a),
    }
}

/// The operator over operands without signs, and their sign before it, where it has none of its own to take.
#[allow(clippy::wildcard_enum_match_arm, reason = "a sign inside of all others is another function")]
fn with_sign_outside(arena: &mut Arena, op: Op<ExprId>) -> Result<ExprId, ShapeError> {
    let is_odd = matches!(
        op,
        Op::Transpose(_)
            | Op::Multiply(_)
            | Op::Hadamard(_)
            | Op::Kronecker(_)
            | Op::Diagonal(_)
            | Op::Total(_)
            | Op::Scale(_)
    );
    let signs = op.children().iter().filter(|part| negative(arena, **part).is_some()).count();
    if !is_odd || signs == 0 {
        return arena.add(op);
    }
    let inside = op.map(|part| negative(arena, *part).unwrap_or(*part));
    let built = arena.add(inside)?;
    if signs % 2 == 0 { Ok(built) } else { negated(arena, built) }
}
