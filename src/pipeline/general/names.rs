//! Names and what they stand for, moved from layer to layer, to one gate and to one sample.

use crate::{
    expr::{Arena, Definition, ExprId, Index, SymbolId, index::Renumbering},
    gradient::{
        Derivative, Gradient, GradientError,
        form::{gate::Gate, per_sample},
        general::{induction, iterated::IteratedOperations},
    },
    pipeline::derive::Stages,
};

/// The expression of another layer.
pub(super) fn moved(arena: &mut Arena, by: Renumbering, value: ExprId) -> Result<ExprId, GradientError> {
    IteratedOperations::default().renumbered(arena, value, by)
}

/// The name of another layer.
pub(super) fn moved_symbol(arena: &mut Arena, by: Renumbering, symbol: SymbolId) -> SymbolId {
    let symbol = by.symbol(arena.symbol(symbol));
    arena.intern(symbol)
}

/// The definition of another layer.
pub(super) fn moved_definition(
    arena: &mut Arena,
    by: Renumbering,
    definition: Definition,
) -> Result<Definition, GradientError> {
    let symbol = moved_symbol(arena, by, definition.symbol);
    Ok(Definition { symbol, value: moved(arena, by, definition.value)? })
}

/// The expression with one gate for all samples.
pub(super) fn shared(arena: &mut Arena, gates: &[Gate], value: ExprId) -> Result<ExprId, GradientError> {
    let mut rows = Vec::new();
    for gate in gates {
        rows.push((gate.source, gate.rows(arena)?));
    }
    induction::with(arena, value, &rows)
}

/// S_l and S_L in the order of the gates, S_{k−1}, S_k and S_j: what they are.
pub(super) fn gate_names(arena: &mut Arena, gates: &[Gate]) -> Result<Vec<Definition>, GradientError> {
    let mut names = Vec::new();
    for to in [Index::LAYER, Index::FACTOR.plus(-1), Index::FACTOR, Index::TERM] {
        for gate in gates {
            let definition = Definition { symbol: gate.matrix, value: gate.value };
            let definition = moved_definition(arena, Renumbering { from: Index::LAYER, to }, definition)?;
            if !names.contains(&definition) {
                names.push(definition);
            }
        }
    }
    Ok(names)
}

/// The bodies of ∏ and Σ among the derivatives, to be simplified with them.
pub(super) fn with_bodies(iterations: &IteratedOperations, mut gradient: Gradient) -> Gradient {
    gradient
        .derivatives
        .extend(iterations.iter().map(|(variable, iterated)| Derivative { variable, value: iterated.body }));
    gradient
}

/// One sample in the place of the batch, in products and sums too.
pub(super) fn opened(
    arena: &mut Arena,
    iterations: &mut IteratedOperations,
    product: &Gradient,
) -> Result<Gradient, GradientError> {
    let mut gradient = per_sample::per_sample(arena, product)?;
    for Derivative { variable, .. } in &mut gradient.derivatives {
        if iterations.get(*variable).is_some() {
            *variable = per_sample::sample_symbol(arena, *variable);
        }
    }
    *iterations = iterations.renamed(|symbol, iterated| (per_sample::sample_symbol(arena, symbol), iterated.body));
    Ok(gradient)
}

/// Simplifies the formulas and the bodies, and puts each where it belongs.
pub(super) fn closed(
    stages: &mut Stages,
    iterations: &mut IteratedOperations,
    gradient: Gradient,
) -> Result<Gradient, GradientError> {
    let mut gradient = stages.body(gradient)?;
    let (bodies, mut results): (Vec<_>, Vec<_>) =
        gradient.derivatives.into_iter().partition(|derivative| iterations.get(derivative.variable).is_some());
    let body = |symbol| bodies.iter().find(|body| body.variable == symbol).map(|body| body.value);
    *iterations = iterations.renamed(|symbol, iterated| (symbol, body(symbol).unwrap_or(iterated.body)));
    results.sort_by_key(|derivative| derivative.variable);
    gradient.derivatives = results;
    Ok(gradient)
}
