//! The error: from what the sweep makes of the loss and the last activation to Δ_L, and to ∂J/∂Ŷ.

use std::collections::HashSet;

use super::{
    Proof, Reason, Subject, Values, limits, moves,
    proof_builder::{ProofBuilder, places},
};
use crate::{
    expr::{Definition, ExprId, Function, Op, Substitution, SymbolId},
    gradient::{
        Derivation, Derived, Form, GradientError,
        form::layered::{OutputError, argument, delta, raw_head},
    },
    network::forward::{Forward, Output},
    pipeline::{
        PipelineError,
        derive::{compared, substituted},
    },
    simplify::{Group, explain},
};

/// The proofs of what the gradients by `variables` begin with.
pub fn proofs(derivation: &mut Derivation, variables: &[SymbolId]) -> Result<Vec<Proof>, PipelineError> {
    let by_layer = matches!(&derivation.derived, Derived::Gradient(gradient) if gradient.form == Form::Layered);
    let reached = reached(&derivation.forward, variables);
    let mut proofs = Vec::new();
    for place in 0..derivation.output_errors.len() {
        let Output { prediction, target, .. } = derivation.forward.outputs[place];
        let fused = by_layer || derivation.output_errors[place].is_fused(&derivation.forward.arena);
        let through = argument(&derivation.forward.arena, prediction);
        let by_prediction = variables.contains(&prediction.symbol);
        let further = match through {
            Some(z) => reached.contains(&z),
            None => reached.contains(&prediction.symbol) && !by_prediction,
        };
        let loss = Loss::new(derivation, place)?;
        let OutputError { by_prediction: found, by_target, .. } = derivation.output_errors[place];
        if by_prediction || (further && (!fused || through.is_none())) {
            let subject =
                if derivation.is_chain { Subject::ByPrediction } else { Subject::Loss(place, prediction.symbol) };
            proofs.push(loss.direct(derivation, subject, loss.raw.by_prediction, found)?);
        }
        if further && fused && through.is_some() {
            proofs.push(loss.fused(derivation)?);
        }
        if let Some((raw, found)) = loss.raw.by_target.zip(by_target).filter(|_| reached.contains(&target)) {
            proofs.push(loss.direct(derivation, Subject::Loss(place, target), raw, found)?);
        }
    }
    Ok(proofs)
}

/// All values that the variables have an influence on, and these themselves.
fn reached(forward: &Forward, variables: &[SymbolId]) -> HashSet<SymbolId> {
    let mut reached: HashSet<SymbolId> = variables.iter().copied().collect();
    let arena = &forward.arena;
    for Definition { symbol, value } in &forward.definitions {
        if arena
            .reachable(&[*value])
            .into_iter()
            .filter_map(|id| arena.as_symbol(id))
            .any(|used| reached.contains(&used))
        {
            reached.insert(*symbol);
        }
    }
    reached
}

/// What the sweep finds, for the target of which as much is known as the derivation assumes.
struct Loss {
    place: usize,
    raw: OutputError,
    /// Y, and Y as it is assumed.
    target: (ExprId, ExprId),
}

impl Loss {
    fn new(derivation: &mut Derivation, place: usize) -> Result<Self, GradientError> {
        let assumes = derivation.assumes_distributions;
        let forward = &mut derivation.forward;
        let output = forward.outputs[place];
        let arena = &mut forward.arena;
        let (plain, known) = compared(arena, &output, assumes)?;
        let loss = substituted(arena, &[(plain, known)], &[output.loss])?[0];
        Ok(Self { place, raw: raw_head(arena, &output, loss)?, target: (plain, known) })
    }

    /// With respect to a value that stands in the loss.
    fn direct(
        &self,
        derivation: &mut Derivation,
        subject: Subject,
        raw: ExprId,
        found: ExprId,
    ) -> Result<Proof, PipelineError> {
        let (plain, known) = self.target;
        let arena = &mut derivation.forward.arena;
        let target = substituted(arena, &[(plain, known)], &[found])?[0];
        let moves = moves(explain(arena, raw, target, Group::OutputError, limits()))?;
        let mut shown = replacing(&[(known, plain)]);
        let first = shown.apply(arena, raw).map_err(GradientError::from)?;
        let mut builder = ProofBuilder::new(arena, subject, first, Values::Batch);
        builder.by_laws(arena, &moves, &mut shown, Values::Batch)?;
        Ok(builder.end())
    }

    /// Through the last activation. After the first line Ŷ is written for it.
    fn fused(&self, derivation: &mut Derivation) -> Result<Proof, PipelineError> {
        let (plain, known) = self.target;
        let prediction = derivation.forward.outputs[self.place].prediction;
        let found = derivation.output_errors[self.place].by_pre_activation;
        let is_chain = derivation.is_chain;
        let arena = &mut derivation.forward.arena;
        let named = arena.named(prediction.symbol).map_err(GradientError::from)?;
        let target = substituted(arena, &[(plain, known), (named, prediction.value)], &[found])?[0];
        let moves = moves(explain(arena, self.raw.by_pre_activation, target, Group::OutputError, limits()))?;
        let first = substituted(arena, &[(known, plain)], &[self.raw.by_pre_activation])?[0];
        let z = argument(arena, prediction).unwrap_or(prediction.symbol);
        let subject = if is_chain { Subject::Error(delta(arena, z)) } else { Subject::Loss(self.place, z) };
        let mut builder = ProofBuilder::new(arena, subject, first, Values::Batch);
        let marked = places(arena, first, &[prediction.value]);
        let mut shown = replacing(&[(known, plain), (prediction.value, named)]);
        if let Op::Map(Function::Linear, 0, [z]) = *arena.op(prediction.value) {
            let slope = arena.map(Function::Linear, 1, z).map_err(GradientError::from)?;
            shown.replace(slope, slope);
            shown.replace(z, named);
        }
        let folded = shown.apply(arena, self.raw.by_pre_activation).map_err(GradientError::from)?;
        builder.named(arena, Reason::Prediction, marked, folded, Values::Batch);
        builder.by_laws(arena, &moves, &mut shown, Values::Batch)?;
        Ok(builder.end())
    }
}

fn replacing(pairs: &[(ExprId, ExprId)]) -> Substitution {
    let mut substitution = Substitution::new();
    for (from, to) in pairs {
        substitution.replace(*from, *to);
    }
    substitution
}
