//! Proofs with samples as rows → the same with samples as columns: each line is the transpose, in the names of the transposes.
//!
//! Where a step only takes transposes down to the names, the lines before and after it are the same, and it is left out.

use super::{Proof, Step, Subject, proof_builder::formula};
use crate::gradient::{GradientError, layout::Turn};

pub(super) fn proofs(turn: &mut Turn<'_>, proofs: Vec<Proof>) -> Result<Vec<Proof>, GradientError> {
    proofs.into_iter().map(|proof| transposed(turn, proof)).collect()
}

fn transposed(turn: &mut Turn<'_>, proof: Proof) -> Result<Proof, GradientError> {
    let Proof { subject, first, values, steps } = proof;
    let mut turned = Proof { subject: of(turn, subject)?, first: turn.over(first)?, values, steps: Vec::new() };
    let mut before = first;
    for step in steps {
        let to = turn.over(step.to)?;
        let is_seen = formula(turn.arena(), turned.last()) != formula(turn.arena(), to);
        let places = step.places.iter().map(|place| turn.place(before, place)).collect();
        before = step.to;
        if is_seen || step.values != turned.lines().last().map_or(values, |(_, values)| values) {
            turned.steps.push(Step { places, to, ..step });
        } else {
            match turned.steps.last_mut() {
                Some(last) => last.to = to,
                None => turned.first = to,
            }
        }
    }
    Ok(turned)
}

fn of(turn: &mut Turn<'_>, subject: Subject) -> Result<Subject, GradientError> {
    Ok(match subject {
        Subject::ByPrediction => Subject::ByPrediction,
        Subject::Loss(place, value) => Subject::Loss(place, turn.symbol(value)),
        Subject::Error(symbol) => Subject::Error(turn.symbol(symbol)),
        Subject::Layer(symbol, count) => Subject::Layer(turn.symbol(symbol), count),
        Subject::Derivative(symbol) => Subject::Derivative(turn.symbol(symbol)),
        Subject::ByInduction(symbol, swept) => Subject::ByInduction(turn.symbol(symbol), turn.over(swept)?),
    })
}
