//! Definitions and the layered form → what each definition hands back to what it is made of: the edges of the backward pass.

use std::collections::HashMap;

use super::{
    super::{Gradient, GradientError, steps::incoming},
    layered::{Norms, of_penalty},
};
use crate::{
    expr::{ExprId, Role, SymbolId},
    network::forward::Forward,
};

/// What a use of a name adds to its derivative.
#[derive(Clone, Copy, Debug)]
pub struct Handed {
    /// The definition that uses it; none of the penalties.
    pub from: Option<SymbolId>,
    /// The name.
    pub to: SymbolId,
    /// In terms of ∂J/∂from by its name.
    pub value: ExprId,
}

/// The backward pass.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// One a use, in the order of the network.
    pub handed: Vec<Handed>,
    /// The name of each ∂J/∂v: a Δ of the layered form where it is one.
    pub names: HashMap<SymbolId, SymbolId>,
    /// Which derivatives the names are that are no Δ.
    pub adjoints: HashMap<SymbolId, SymbolId>,
}

/// Sweeps through each definition alone. A norm is one step.
///
/// # Errors
/// An operator without a derivative.
pub fn trace(forward: &mut Forward, layered: &Gradient) -> Result<Trace, GradientError> {
    let mut norms = Norms::new(forward)?;
    let Forward { arena, definitions, inputs, penalty, .. } = forward;
    let mut trace = Trace::default();
    for symbol in inputs.iter().copied().chain(definitions.iter().map(|definition| definition.symbol)) {
        let value = layered.by(symbol).and_then(|derivative| arena.as_symbol(derivative.value));
        let delta = value.filter(|name| arena.symbol(*name).role == Role::Adjoint);
        let name = delta.unwrap_or_else(|| incoming(arena, symbol));
        if delta.is_none() {
            trace.adjoints.insert(name, symbol);
        }
        trace.names.insert(symbol, name);
    }
    for definition in definitions.iter() {
        let seed = arena.named(trace.names[&definition.symbol])?;
        let handed = norms.handed_on(arena, *definition, seed)?.into_iter();
        trace.handed.extend(handed.map(|(to, value)| Handed { from: Some(definition.symbol), to, value }));
    }
    if let Some(penalty) = *penalty {
        let of_penalty = of_penalty(arena, penalty)?.into_iter();
        trace.handed.extend(of_penalty.map(|(to, value)| Handed { from: None, to, value }));
    }
    Ok(trace)
}
