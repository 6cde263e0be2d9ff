//! Layered form → product form: one gate a layer for the whole batch, all names Δ inlined.
//!
//! σ'(Z_l) := 1 s_lᵀ is an assumption, exact for one sample or equal gates. Hadamard products with equal rows become
//! diagonal factors S_l = diag(s_l) in the simplification.

use super::{
    super::{Derivative, Form, Gradient, GradientError, adjoint::sweep},
    expand,
    gate::{self, Gate},
    layered::OutputError,
};
use crate::{
    expr::{Arena, Definition, ExprId, Role, Substitution, Symbol},
    network::forward::Forward,
};

/// Translates the layered form; the definitions say what each gate S is. With `expanded` the activations are written
/// out down to the input.
///
/// # Errors
/// A defect of the derivation.
pub fn product(
    forward: &mut Forward,
    head: &OutputError,
    layered: &Gradient,
    expanded: bool,
) -> Result<Gradient, GradientError> {
    let fused = head.is_fused(&forward.arena);
    let (backward, ahead) = gates(forward, fused, expanded)?;
    let prediction = forward.prediction();
    let Forward { arena, definitions, .. } = forward;
    let mut inline = Substitution::new();
    for gate in &backward {
        let rows = gate.rows(arena)?;
        inline.replace(gate.source, rows);
    }
    let mut stops = Vec::new();
    if expanded {
        stops = expand::inputs(arena, definitions, &[&ahead[..], &backward[..]].concat(), &mut inline)?;
    }
    for (i, delta) in layered.definitions.iter().enumerate() {
        let unfused = i == 0 && !fused;
        let value = if unfused { through_activation(arena, prediction, head.by_prediction)? } else { delta.value };
        let value = inline.apply(arena, value)?;
        let named = arena.named(delta.symbol)?;
        inline.replace(named, value);
    }
    let mut derivatives = Vec::new();
    for Derivative { variable, value } in &layered.derivatives {
        derivatives.push(Derivative { variable: *variable, value: inline.apply(arena, *value)? });
    }
    let gates = [backward, ahead].concat();
    let definitions = gates.iter().map(|gate| Definition { symbol: gate.matrix, value: gate.value }).collect();
    Ok(Gradient { form: Form::Product, definitions, derivatives, gates, stops })
}

/// The gates of the backward pass, and those forward gates that differ from them and are needed to expand inputs.
///
/// # Errors
/// A defect of the derivation.
pub fn gates(forward: &mut Forward, fused: bool, expanded: bool) -> Result<(Vec<Gate>, Vec<Gate>), GradientError> {
    let Forward { arena, definitions, .. } = forward;
    let (mut backward, mut ahead) = (Vec::new(), Vec::new());
    for definition in definitions {
        let role = arena.symbol(definition.symbol).role;
        let gated = role == Role::Activation || (role == Role::Prediction && !fused);
        if gated {
            let split = expanded && !gate::agree(arena, *definition);
            if split && role == Role::Activation && expand::stop(arena, *definition).is_none() {
                ahead.push(Gate::forward(arena, *definition)?);
            }
            backward.extend(Gate::backward(arena, *definition, split)?);
        }
    }
    Ok((backward, ahead))
}

/// Δ_L = E through the last activation, not fused. E is a name on the way, so that its κ stays with it.
///
/// # Errors
/// A defect of the derivation.
pub fn through_activation(arena: &mut Arena, prediction: Definition, error: ExprId) -> Result<ExprId, GradientError> {
    let Symbol { rows, columns, .. } = arena.symbol(prediction.symbol).clone();
    let name = arena.intern(Symbol::new(Role::Adjoint, "E", None, rows, columns));
    let seed = arena.named(name)?;
    let found = sweep(arena, prediction.value, seed, &|_, symbol| symbol.role != Role::Target)?;
    let mut inline = Substitution::new();
    inline.replace(seed, error);
    Ok(inline.apply(arena, found.first().map_or(seed, |(_, adjoint)| *adjoint))?)
}
