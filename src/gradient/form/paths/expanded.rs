//! The open product form → the same with the values in it written out down to the inputs.
//!
//! A value stands beside its adjoint, as A in ∂J/∂W = Aᵀ Δ. It is written out where it enters as a factor, not within a
//! function nor in the errors.

use std::collections::{BTreeMap, HashSet};

use super::Open;
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Substitution, SymbolId},
    gradient::{
        GradientError,
        form::{
            expand::{self, Stop},
            gate::{Gate, agree},
        },
    },
    network::forward::Forward,
};

/// Of what [`super::opened`] found with gates told apart: the values written out, and where that stops.
///
/// # Errors
/// [`GradientError::TooLong`] where there are too many terms.
pub fn expanded(forward: &mut Forward, open: Open) -> Result<(Open, Vec<Stop>), GradientError> {
    let Forward { arena, definitions, .. } = forward;
    let (mut gates, mut matrices) = (open.gates, open.matrices);
    let mut rows = BTreeMap::new();
    for definition in definitions.iter() {
        let own =
            gates.iter().find(|gate| gate.activation == definition.symbol && is_of_activation(arena, gate)).copied();
        let (Some(own), None) = (own, expand::stop_of(arena, *definition)) else { continue };
        let is_function = matches!(arena.op(definition.value), Op::Map(..));
        let gate = if is_function && !agree(arena, *definition) {
            let ahead = Gate::forward(arena, *definition)?;
            matrices.push(Definition { symbol: ahead.matrix, value: ahead.value });
            gates.push(ahead);
            ahead
        } else {
            own
        };
        rows.insert(definition.symbol, gate.rows(arena)?);
    }
    let mut written = BTreeMap::new();
    let stops = expand::values(arena, definitions, rows, &mut written)?;
    let mut inline = Substitution::new();
    let roots: Vec<ExprId> = open.results.values().copied().collect();
    for id in arena.reachable(&roots) {
        if matches!(arena.op(id), Op::Map(..) | Op::Softmax(_) | Op::LogSumExp(_) | Op::Reciprocal(_)) {
            inline.replace(id, id);
        }
    }
    for (value, terms) in written {
        inline.replace(arena.named(value)?, terms);
    }
    let mut results = BTreeMap::new();
    for (variable, value) in open.results {
        results.insert(variable, inline.apply(arena, value)?);
    }
    let roots: Vec<ExprId> = results.values().copied().collect();
    let left: HashSet<SymbolId> = arena.reachable(&roots).into_iter().filter_map(|id| arena.as_symbol(id)).collect();
    let stops = stops.into_iter().filter(|stop| left.contains(&stop.activation)).collect();
    Ok((Open { results, gates, matrices, errors: open.errors }, stops))
}

/// Whether it is that of an activation, not a value's row on a diagonal.
fn is_of_activation(arena: &Arena, gate: &Gate) -> bool {
    arena.symbol(gate.entries).role == Role::DerivativeGate
}
