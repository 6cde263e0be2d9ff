//! Definitions → the abstract chain rule: which derivative each factor is, in the order of the result.

use std::collections::HashMap;

use super::super::{GradientError, adjoint::sweep};
use crate::{
    expr::{Definition, Op, Role, SymbolId},
    network::forward::Forward,
};

/// ∂of/∂by, where `of` is J if it is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Factor {
    /// What is differentiated: a name, or J.
    pub of: Option<SymbolId>,
    /// By what.
    pub by: SymbolId,
}

/// The factors of ∂J/∂`variable`: ∂J/∂A_L · ∂A_L/∂Z_L ⋯ down to the variable. The last derivative stands first if it
/// enters the product on the left (as A_{l−1}ᵀ does for W_l), which the sweep of its definition shows.
///
/// # Errors
/// A defect of the derivation.
pub fn chain(forward: &mut Forward, variable: SymbolId) -> Result<Vec<Factor>, GradientError> {
    let users = users(forward);
    let mut path = vec![variable];
    let mut left = false;
    while let Some(definition) = path.last().and_then(|name| users.get(name)).copied() {
        if path.len() == 1 {
            left = enters_left(forward, definition, variable)?;
        }
        path.push(definition.symbol);
    }
    let error = path.last().map(|by| Factor { of: None, by: *by });
    let mut factors: Vec<Factor> = error.into_iter().collect();
    let local = path.windows(2).rev().map(|step| Factor { of: Some(step[1]), by: step[0] });
    factors.extend(local);
    if left && let Some(last) = factors.pop() {
        factors.insert(0, last);
    }
    Ok(factors)
}

/// For each name the definition that uses it.
fn users(forward: &Forward) -> HashMap<SymbolId, Definition> {
    let mut users = HashMap::new();
    for definition in &forward.definitions {
        for id in forward.arena.reachable(&[definition.value]) {
            if let Some(symbol) = forward.arena.as_symbol(id) {
                users.insert(symbol, *definition);
            }
        }
    }
    users
}

/// Whether the incoming adjoint stands on the right in what `definition` contributes to `variable`.
fn enters_left(forward: &mut Forward, definition: Definition, variable: SymbolId) -> Result<bool, GradientError> {
    let arena = &mut forward.arena;
    let seed = arena.named(definition.symbol)?;
    let found = sweep(arena, definition.value, seed, &|symbol, _| symbol == variable)?;
    let adjoint = found.first().map(|(_, adjoint)| *adjoint);
    Ok(adjoint.is_some_and(|adjoint| matches!(arena.op(adjoint), Op::Multiply([_, right]) if *right == seed)))
}

/// Whether a role's ∂J/∂v can be asked for.
#[must_use]
pub fn is_variable(role: Role) -> bool {
    matches!(role, Role::Input | Role::Weight | Role::Bias | Role::PreActivation | Role::Activation | Role::Prediction)
}
