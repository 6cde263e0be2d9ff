//! A derivative of an expression → why what the sweep produces equals what is printed, law by law, each line evaluated.

use super::{
    Derivative, DiffError, Stage,
    check::{Draws, TOLERANCE},
};
use crate::{
    expr::{ExprId, Substitution},
    pipeline::why::{Proof, ProofBuilder, Subject, Values},
    simplify::{Explained, Group, Limits, explain, simplify},
};

/// The proofs of all that was simplified, in the order of [`Derivative::stages`], and at how many random points all their lines
/// have one value.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    /// None of a stage that is no simplification, or that changes nothing.
    pub of_stages: Vec<Option<Proof>>,
    /// How many lines were evaluated.
    pub lines: usize,
    /// At how many random points.
    pub points: usize,
}

/// The proofs.
///
/// # Errors
/// Laws that do not lead from one form to the other within the limits, and a line of another value: a defect.
pub fn prove(derivative: &mut Derivative) -> Result<Proofs, DiffError> {
    let mut found = Proofs::default();
    for stage in derivative.stages.clone() {
        let proof = match stage {
            Stage::Simplified { from, to } if from != to => Some(proof(derivative, from, to)?),
            Stage::Simplified { .. }
            | Stage::Swept { .. }
            | Stage::WrittenOut { .. }
            | Stage::Constrained { .. }
            | Stage::Transposed { .. }
            | Stage::TakenApart { .. } => None,
        };
        found.of_stages.push(proof);
    }
    let draws = Draws::new(derivative);
    for proof in found.of_stages.iter().flatten() {
        let lines: Vec<ExprId> = proof.lines().map(|(line, _)| line).collect();
        let (points, error) = draws.compared(derivative, &lines);
        if error > TOLERANCE {
            return Err(DiffError::Refuted { error });
        }
        found.points = if found.lines == 0 { points } else { found.points.min(points) };
        found.lines += lines.len();
    }
    Ok(found)
}

fn proof(derivative: &mut Derivative, from: ExprId, to: ExprId) -> Result<Proof, DiffError> {
    let variable = derivative.variable();
    let arena = &mut derivative.arena;
    let nodes = 10_000.max(3 * arena.reachable(&[from, to]).len());
    let limits = Limits { nodes: Some(nodes), ..Limits::default() };
    let mut builder = ProofBuilder::new(arena, Subject::Derivative(variable), from, Values::Batch);
    // Transposes and factors of 1 are dealt with first: of few laws the ways are short.
    let between = simplify(arena, &[from], Group::Body, limits).roots[0];
    for (from, to, group) in [(from, between, Group::Body), (between, to, Group::Expression)] {
        let moves = match explain(arena, from, to, group, limits) {
            Explained::Moves(moves) => moves,
            Explained::Unknown { limit } => return Err(DiffError::Unproved { limit }),
        };
        builder.by_laws(arena, &moves, &mut Substitution::new(), Values::Batch)?;
    }
    Ok(builder.end())
}
