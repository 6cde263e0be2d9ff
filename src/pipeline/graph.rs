//! [`Network`] → its layered gradients, and what each definition hands back, simplified.

use super::{
    PipelineError,
    derive::{Prepared, finished, prepare, substituted},
};
use crate::{
    expr::{ExprId, Op},
    gradient::{
        Derivation, Derived, Form, GradientError,
        form::graph::{Trace, trace},
        layout::transposed_with,
    },
    network::graph::{Layout, Network},
    simplify::{Group, Limits, simplify},
};

/// The gradients in the layered form, and the edges of their backward pass.
///
/// # Errors
/// A limit that was reached, or a defect of the derivation.
pub fn graph(network: &Network) -> Result<(Derivation, Trace), PipelineError> {
    graph_prepared(network, &prepare(network)?)
}

/// The same of a network that is prepared.
///
/// # Errors
/// As [`graph`].
pub fn graph_prepared(network: &Network, prepared: &Prepared) -> Result<(Derivation, Trace), PipelineError> {
    // What is handed back is found with samples as rows, and turned with the rest.
    let mut derivation = finished(prepared.clone().form(Form::Layered)?)?;
    let Derived::Gradient(layered) = derivation.derived.clone() else { return Ok((derivation, Trace::default())) };
    let mut found = trace(&mut derivation.forward, &layered)?;
    let arena = &mut derivation.forward.arena;
    let roots: Vec<ExprId> = found.handed.iter().map(|handed| handed.value).collect();
    let simplified = simplify(arena, &roots, Group::Body, Limits::default());
    if let Some(limit) = simplified.limit {
        return Err(PipelineError::Limit { limit });
    }
    let softmax = derivation.forward.definitions.iter().filter(|d| matches!(arena.op(d.value), Op::Softmax(_)));
    let mut names = Vec::new();
    for definition in softmax.copied().collect::<Vec<_>>() {
        names.push((definition.value, arena.named(definition.symbol).map_err(GradientError::from)?));
    }
    for (handed, value) in found.handed.iter_mut().zip(substituted(arena, &names, &simplified.roots)?) {
        handed.value = value;
    }
    match network.layout {
        Layout::Rows => Ok((derivation, found)),
        Layout::Columns => Ok(transposed_with(derivation, |turn| turn.trace(found))?),
    }
}
