//! [`Network`] → its layered gradients, and what each definition hands back, simplified.

use super::{
    PipelineError, Request,
    derive::{Prepared, derive_prepared, prepare, substituted},
};
use crate::{
    expr::{ExprId, Op},
    gradient::{
        Derivation, Derived, Form, GradientError,
        form::graph::{Trace, trace},
        layout::transposed_with,
    },
    network::graph::{Layout, Network},
    simplify::{Group, simplify},
};

/// The gradients in the layered form, and the edges of their backward pass.
///
/// # Errors
/// A limit that was reached, or a defect of the derivation.
pub fn graph(network: &Network) -> Result<(Derivation, Trace), PipelineError> {
    let rows = Network { layout: Layout::Rows, ..network.clone() };
    graph_prepared(network, &prepare(&rows)?)
}

/// The same of a network that is prepared, its samples rows.
///
/// # Errors
/// As [`graph`].
pub fn graph_prepared(network: &Network, prepared: &Prepared) -> Result<(Derivation, Trace), PipelineError> {
    let rows = Network { layout: Layout::Rows, ..network.clone() };
    let request = Request::new(Form::Layered);
    let mut derivation = derive_prepared(&rows, prepared, &request)?;
    let Derived::Gradient(layered) = derivation.derived.clone() else { return Ok((derivation, Trace::default())) };
    let mut found = trace(&mut derivation.forward, &layered)?;
    let arena = &mut derivation.forward.arena;
    let roots: Vec<ExprId> = found.handed.iter().map(|handed| handed.value).collect();
    let simplified = simplify(arena, &roots, Group::Body, request.limits);
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
