//! The error: from what the sweep makes of the loss and the last activation to Δ_L, and to ∂J/∂Ŷ.

use super::{
    Proof, Reason, Subject, Values,
    draft::{Draft, places},
    limits, moves,
};
use crate::{
    expr::{Arena, ExprId, Function, Op, Substitution, SymbolId},
    gradient::{
        Derivation, Derived, Form, GradientError,
        form::layered::{self, Head, raw_head},
    },
    pipeline::{
        PipelineError,
        derive::{compared, substituted},
    },
    simplify::{Group, explain},
};

/// The proofs of what the gradients by `variables` begin with.
pub fn proofs(derivation: &mut Derivation, variables: &[SymbolId]) -> Result<Vec<Proof>, PipelineError> {
    let by_layer = matches!(&derivation.derived, Derived::Gradient(gradient) if gradient.form == Form::Layered);
    let fused = by_layer || derivation.head().is_fused(&derivation.forward.arena);
    let prediction = derivation.forward.prediction().symbol;
    let by_prediction = variables.contains(&prediction);
    let further = variables.iter().any(|variable| *variable != prediction);
    let loss = Loss::new(derivation)?;
    let mut proofs = Vec::new();
    if by_prediction || (further && !fused) {
        proofs.push(loss.by_prediction(derivation)?);
    }
    if further && fused {
        proofs.push(loss.fused(derivation)?);
    }
    Ok(proofs)
}

/// What the sweep finds, for the target of which as much is known as the derivation assumes.
struct Loss {
    raw: Head,
    /// Y, and Y as it is assumed.
    target: (ExprId, ExprId),
}

impl Loss {
    fn new(derivation: &mut Derivation) -> Result<Self, GradientError> {
        let assumes = derivation.assumes_distributions;
        let forward = &mut derivation.forward;
        let output = forward.outputs[0];
        let arena = &mut forward.arena;
        let (plain, known) = compared(arena, &output, assumes)?;
        let loss = substituted(arena, &[(plain, known)], &[output.loss])?[0];
        Ok(Self { raw: raw_head(arena, &output, loss)?, target: (plain, known) })
    }

    fn by_prediction(&self, derivation: &mut Derivation) -> Result<Proof, PipelineError> {
        let (plain, known) = self.target;
        let (found, arena) = (derivation.head().by_prediction, &mut derivation.forward.arena);
        let target = substituted(arena, &[(plain, known)], &[found])?[0];
        let moves = moves(explain(arena, self.raw.by_prediction, target, Group::Head, limits()))?;
        let mut shown = replacing(&[(known, plain)]);
        let first = shown.apply(arena, self.raw.by_prediction).map_err(GradientError::from)?;
        let mut draft = Draft::new(arena, Subject::ByPrediction, first, Values::Batch);
        draft.by_laws(arena, &moves, &mut shown, Values::Batch)?;
        Ok(draft.end())
    }

    /// Through the last activation. After the first line Ŷ is written for it.
    fn fused(&self, derivation: &mut Derivation) -> Result<Proof, PipelineError> {
        let (plain, known) = self.target;
        let prediction = derivation.forward.prediction();
        let found = derivation.head().by_pre_activation;
        let arena = &mut derivation.forward.arena;
        let named = arena.named(prediction.symbol).map_err(GradientError::from)?;
        let target = substituted(arena, &[(plain, known), (named, prediction.value)], &[found])?[0];
        let moves = moves(explain(arena, self.raw.by_pre_activation, target, Group::Head, limits()))?;
        let first = substituted(arena, &[(known, plain)], &[self.raw.by_pre_activation])?[0];
        let subject = Subject::Error(delta(arena, prediction.value, prediction.symbol));
        let mut draft = Draft::new(arena, subject, first, Values::Batch);
        let marked = places(arena, first, &[prediction.value]);
        let mut shown = replacing(&[(known, plain), (prediction.value, named)]);
        if let Op::Map(Function::Linear, 0, [z]) = *arena.op(prediction.value) {
            let slope = arena.map(Function::Linear, 1, z).map_err(GradientError::from)?;
            shown.replace(slope, slope);
            shown.replace(z, named);
        }
        let folded = shown.apply(arena, self.raw.by_pre_activation).map_err(GradientError::from)?;
        draft.named(arena, Reason::Prediction, marked, folded, Values::Batch);
        draft.by_laws(arena, &moves, &mut shown, Values::Batch)?;
        Ok(draft.end())
    }
}

fn replacing(pairs: &[(ExprId, ExprId)]) -> Substitution {
    let mut substitution = Substitution::new();
    for (from, to) in pairs {
        substitution.replace(*from, *to);
    }
    substitution
}

/// The name of ∂J/∂Z_L.
fn delta(arena: &mut Arena, value: ExprId, prediction: SymbolId) -> SymbolId {
    let z = arena.op(value).children().iter().find_map(|z| arena.as_symbol(*z)).unwrap_or(prediction);
    layered::delta(arena, z)
}
