//! Moves → a proof for readers: what they would not see is left out, what only changes the order is one step with its
//! neighbour, and no line comes twice.

use super::{Proof, Reason, Step, Subject, Values, key::key};
use crate::{
    document::{marked::Place, notation::Notation, typeset::Typesetter},
    expr::{Arena, ExprId, Substitution},
    gradient::GradientError,
    simplify::{Move, is_bookkeeping},
};

/// A proof while it grows.
#[derive(Clone, Debug)]
pub struct ProofBuilder {
    proof: Proof,
    /// Each line in no order.
    keys: Vec<String>,
}

impl ProofBuilder {
    /// Begins with what the sweep produces.
    #[must_use]
    pub fn new(arena: &Arena, subject: Subject, first: ExprId, values: Values) -> Self {
        Self { proof: Proof { subject, first, values, steps: Vec::new() }, keys: vec![key(arena, first)] }
    }

    /// Goes on by a substitution outside of the laws, if the reader sees one.
    pub fn named(&mut self, arena: &Arena, reason: Reason, places: Vec<Place>, to: ExprId, values: Values) {
        if to == self.proof.last() {
            return;
        }
        self.keys.push(key(arena, to));
        self.proof.steps.push(Step { reason, places, rearranged: false, to, values });
    }

    /// Goes on by laws. Each line is shown as `shown` writes it.
    ///
    /// # Errors
    /// A defect: a substitution that does not fit.
    pub fn by_laws(
        &mut self,
        arena: &mut Arena,
        moves: &[Move],
        shown: &mut Substitution,
        values: Values,
    ) -> Result<(), GradientError> {
        for Move { law, forward, place, to } in moves {
            let to = shown.apply(arena, *to)?;
            self.add(arena, Reason::Law(law, *forward), place.clone(), to, values);
        }
        Ok(())
    }

    fn add(&mut self, arena: &Arena, reason: Reason, place: Place, to: ExprId, values: Values) {
        let key = key(arena, to);
        // What was put in by name is not taken back.
        let fixed =
            self.proof.steps.iter().rposition(|step| !matches!(step.reason, Reason::Law(..) | Reason::Rearranged));
        let fixed = fixed.map_or(0, |place| place + 1);
        if let Some(line) = (fixed..self.keys.len()).find(|line| self.keys[*line] == key) {
            self.proof.steps.truncate(line);
            self.keys.truncate(line + 1);
            self.reorder(arena, to, values);
            return;
        }
        let bookkeeping = matches!(reason, Reason::Law(name, _) if is_bookkeeping(name));
        let seen = formula(arena, self.proof.last()) != formula(arena, to);
        if !seen || bookkeeping {
            self.reorder(arena, to, values);
            if let Some(last) = self.keys.last_mut() {
                *last = key;
            }
            return;
        }
        self.keys.push(key);
        self.proof.steps.push(Step { reason, places: vec![place], rearranged: false, to, values });
    }

    /// The last line becomes `to`.
    fn reorder(&mut self, arena: &Arena, to: ExprId, values: Values) {
        let before = self.proof.last();
        let seen = formula(arena, before) != formula(arena, to);
        match self.proof.steps.last_mut() {
            Some(step) if matches!(step.reason, Reason::Law(..) | Reason::Rearranged) => {
                step.rearranged |= seen;
                step.to = to;
            }
            Some(step) if !seen => step.to = to,
            None if !seen => self.proof.first = to,
            Some(_) | None => {
                let (reason, rearranged) = (Reason::Rearranged, false);
                let key = self.keys.last().cloned().unwrap_or_default();
                self.keys.push(key);
                self.proof.steps.push(Step { reason, places: Vec::new(), rearranged, to, values });
            }
        }
    }

    /// The proof, whose last line is `last`.
    #[must_use]
    pub fn end(self) -> Proof {
        self.proof
    }
}

/// What a reader sees of a line.
pub(super) fn formula(arena: &Arena, id: ExprId) -> Notation {
    Typesetter::new(arena).formula(id)
}

/// The places in `root` where one of `parts` stands.
#[must_use]
pub fn places(arena: &Arena, root: ExprId, parts: &[ExprId]) -> Vec<Place> {
    let (mut todo, mut found) = (vec![(root, Place::new())], Vec::new());
    while let Some((id, place)) = todo.pop() {
        if parts.contains(&id) {
            found.push(place);
            continue;
        }
        for (i, child) in arena.op(id).children().iter().enumerate() {
            todo.push((*child, [&place[..], &[i]].concat()));
        }
    }
    found.sort();
    found
}
