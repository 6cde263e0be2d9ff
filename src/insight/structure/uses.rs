//! A derivation → the terms of each gradient, one a use, as expressions.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Serialize;

use crate::{
    expr::{Arena, ExprId, Role, SymbolId},
    gradient::{
        Derivation, Derived, GradientError,
        form::layered::{Norms, of_penalty},
    },
    network::graph::{Layer, Network, Operation},
};

/// A use of a value or a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Through {
    /// The sum or the concatenation of this name takes the value in as it is.
    Skip(String),
    /// A layer.
    Layer(String),
    /// The loss against this target.
    Loss(String),
    /// The penalties.
    Penalty,
}

/// What a use gives to the gradient.
#[derive(Clone, Debug)]
pub struct Term {
    /// The use.
    pub through: Through,
    /// In terms of the names of the layered form.
    pub value: ExprId,
}

/// The terms of the gradients by values and parameters.
pub type Uses = IndexMap<SymbolId, Vec<Term>>;

/// The derivation with the terms in its arena, and which they are: each definition hands its own adjoint on.
///
/// # Errors
/// A defect of the derivation.
pub fn uses(derivation: &Derivation, network: &Network) -> Result<(Derivation, Uses), GradientError> {
    let mut derivation = derivation.clone();
    let mut found = Uses::new();
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok((derivation, found)) };
    let forward = &mut derivation.forward;
    let mut add = |variable, through, value| found.entry(variable).or_default().push(Term { through, value });
    let is_join = |layer: &&Layer| matches!(layer.operation, Operation::Sum(_) | Operation::Concat);
    let joins: HashSet<&str> = network.layers.iter().filter(is_join).map(|layer| &*layer.label).collect();
    let mut norms = Norms::new(forward)?;
    for definition in forward.definitions.clone() {
        let arena = &mut forward.arena;
        let Some(adjoint) = gradient.by(definition.symbol).map(|derivative| derivative.value) else { continue };
        for (operand, term) in norms.handed_on(arena, definition, adjoint)? {
            let label = arena.symbol(definition.symbol).label.as_deref().unwrap_or_default();
            let is_skip = joins.contains(label) && arena.symbol(operand).is_value();
            let through = if is_skip { Through::Skip } else { Through::Layer };
            add(operand, through(label.to_owned()), term);
        }
    }
    for (output, head) in forward.outputs.iter().zip(&derivation.output_errors) {
        let target = || Through::Loss(forward.arena.symbol(output.target).key());
        add(output.prediction.symbol, target(), head.by_prediction);
        if let Some(by_target) = head.by_target {
            add(output.target, target(), by_target);
        }
    }
    if let Some(penalty) = forward.penalty {
        for (operand, term) in of_penalty(&mut forward.arena, penalty)? {
            add(operand, Through::Penalty, term);
        }
    }
    // What a loss gives to a Z it gives through its activation.
    let arena = &forward.arena;
    found.retain(|symbol, _| !matches!(arena.symbol(*symbol).role, Role::PreActivation | Role::Normalised));
    Ok((derivation, found))
}

/// The term that the layer of this label gives to the value that comes in.
pub fn of_layer<'a>(uses: &'a Uses, arena: &Arena, label: &str) -> Option<&'a Term> {
    let is_layer = |term: &&Term| matches!(&term.through, Through::Layer(layer) if layer == label);
    let values = uses.iter().filter(|(symbol, _)| arena.symbol(**symbol).is_value());
    values.flat_map(|(_, terms)| terms).find(is_layer)
}
