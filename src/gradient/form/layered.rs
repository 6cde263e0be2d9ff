//! The sweep over all definitions → the layered form: Δ_l by Δ_{l+1}, gradients by Δ_l.

use std::collections::BTreeMap;

use super::super::{
    Derivative, Form, Gradient, GradientError,
    adjoint::{accumulate, sweep},
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Scalar, Substitution, Symbol, SymbolId},
    network::forward::Forward,
};

/// The error as it enters the last layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// E = ∂J/∂A_L in terms of Ŷ and Y.
    pub by_prediction: ExprId,
    /// Δ_L = ∂J/∂Z_L.
    pub by_pre_activation: ExprId,
}

impl Head {
    /// Whether the loss absorbs the last activation: Δ_L has no more divisors than E, and with as many no more nodes.
    #[must_use]
    pub fn is_fused(&self, arena: &Arena) -> bool {
        let complexity = |root| {
            let parts = arena.reachable(&[root]);
            (parts.iter().filter(|id| matches!(arena.op(**id), Op::Reciprocal(_))).count(), parts.len())
        };
        complexity(self.by_pre_activation) <= complexity(self.by_prediction)
    }

    /// The mean prediction error that a product form begins with: Δ_L where it is fused, else E.
    #[must_use]
    pub fn error(&self, arena: &Arena) -> ExprId {
        if self.is_fused(arena) { self.by_pre_activation } else { self.by_prediction }
    }
}

/// ∂J/∂A_L, and ∂J/∂Z_L through the last activation, as the sweep produces them.
///
/// # Errors
/// An operator without a derivative, or a prediction of several names.
pub fn raw_head(arena: &mut Arena, prediction: Definition, loss: ExprId) -> Result<Head, GradientError> {
    let named = arena.named(prediction.symbol)?;
    let mut through_activation = Substitution::new();
    through_activation.replace(named, prediction.value);
    let inlined = through_activation.apply(arena, loss)?;
    let argument = argument(arena, prediction)?;
    Ok(Head {
        by_prediction: derivative(arena, loss, prediction.symbol)?,
        by_pre_activation: derivative(arena, inlined, argument)?,
    })
}

/// Z_L, of which alone Ŷ is a function: what the fused error belongs to.
fn argument(arena: &Arena, prediction: Definition) -> Result<SymbolId, GradientError> {
    let parts = arena.reachable(&[prediction.value]);
    let symbols: Vec<SymbolId> = parts.into_iter().filter_map(|part| arena.as_symbol(part)).collect();
    if let [only] = symbols[..] {
        return Ok(only);
    }
    Err(GradientError::Prediction { names: symbols.into_iter().map(|symbol| arena.symbol(symbol).key()).collect() })
}

/// ∂root/∂by of a scalar; zero where it does not occur.
fn derivative(arena: &mut Arena, root: ExprId, by: SymbolId) -> Result<ExprId, GradientError> {
    let seed = arena.scalar(Scalar::integer(1))?;
    if let Some((_, adjoint)) = sweep(arena, root, seed, &|symbol, _| symbol == by)?.first() {
        return Ok(*adjoint);
    }
    let Symbol { rows, columns, .. } = arena.symbol(by).clone();
    Ok(arena.add(Op::Zero(rows, columns))?)
}

/// All adjoints, with a name Δ_l for each ∂J/∂Z_l: every expression is of the size of one layer.
///
/// # Errors
/// An operator without a derivative, or a prediction of several names.
pub fn layered(forward: &mut Forward, head: &Head) -> Result<Gradient, GradientError> {
    let Forward { arena, definitions, prediction, .. } = forward;
    argument(arena, *prediction)?;
    let mut adjoints = BTreeMap::from([(prediction.symbol, head.by_prediction)]);
    let mut gradient = Gradient::new(Form::Layered);
    for Definition { symbol, value } in definitions.iter().rev() {
        let Some(adjoint) = adjoints.get(symbol).copied() else { continue };
        let mut seed = adjoint;
        if arena.symbol(*symbol).role == Role::PreActivation {
            let delta = delta(arena, *symbol);
            gradient.definitions.push(Definition { symbol: delta, value: adjoint });
            seed = arena.named(delta)?;
            adjoints.insert(*symbol, seed);
        }
        for (operand, contribution) in sweep(arena, *value, seed, &|_, symbol| symbol.role != Role::Target)? {
            let contribution = if *symbol == prediction.symbol { head.by_pre_activation } else { contribution };
            accumulate(arena, &mut adjoints, operand, contribution)?;
        }
    }
    gradient.derivatives = adjoints.into_iter().map(|(variable, value)| Derivative { variable, value }).collect();
    Ok(gradient)
}

/// The name Δ_l = ∂J/∂Z_l.
pub fn delta(arena: &mut Arena, z: SymbolId) -> SymbolId {
    let Symbol { label, rows, columns, .. } = arena.symbol(z).clone();
    arena.intern(Symbol::new(Role::Adjoint, "Δ", label.as_ref(), rows, columns))
}
