//! The sweep: an expression and the adjoint of its value → the adjoints of the names in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{GradientError, local::contributions};
use crate::expr::{Arena, ExprId, Symbol, SymbolId};

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
        Some(so_far) => arena.plus(*so_far, contribution)?,
    };
    adjoints.insert(key, sum);
    Ok(())
}
