//! The gradients of a network that branches: gates in each use by name, and what comes in taken out of sums over uses.
#![allow(clippy::wildcard_enum_match_arm, reason = "all other forms are of the batch")]

use super::{
    MAX_NODES, Proof, Reason, Step, Subject, Values,
    body::Body,
    limits, moves,
    proof_builder::{ProofBuilder, places},
};
use crate::{
    document::marked::Place,
    expr::{Arena, Definition, ExprId, Role, Substitution, SymbolId},
    gradient::{
        Derivation, Form, GradientError,
        form::{paths, product::through_activation},
    },
    pipeline::{PipelineError, derive::substituted},
    simplify::{Group, explain},
};

impl Body<'_> {
    /// The product of a network that branches, and what its Δ stand for, as they are swept and with gates.
    pub(super) fn of_paths(&mut self) -> Result<(), GradientError> {
        let Derivation { forward, output_errors, .. } = &mut *self.derivation;
        let open = paths::opened(forward, output_errors, self.expand)?;
        self.gated = paths::product(&mut forward.arena, open.clone(), forward.penalty)?;
        if self.expand {
            let (open, _) = paths::expanded(forward, open)?;
            self.written_out = Some(paths::product(&mut forward.arena, open, forward.penalty)?);
        }
        let arena = &mut forward.arena;
        // In the error a value is no gate; what is no error but goes through the activation has its gate.
        for head in output_errors.iter() {
            let fused = Some(head.by_pre_activation).filter(|_| head.is_fused(arena));
            for error in [Some(head.by_prediction), fused, head.by_target].into_iter().flatten() {
                self.gates.replace(error, error);
            }
        }
        for gate in &self.gated.gates {
            let rows = gate.rows(arena)?;
            self.gates.replace(gate.source, rows);
        }
        // What the loss does not absorb is a use like any other.
        for (head, output) in output_errors.iter().zip(&forward.outputs) {
            if !head.is_fused(arena) {
                let through = through_activation(arena, output.prediction, head.by_prediction)?;
                self.inline.replace(head.by_pre_activation, through);
                let gated = self.gates.apply(arena, through)?;
                self.gates.replace(head.by_pre_activation, gated);
            }
        }
        for Definition { symbol, value } in &self.swept.definitions {
            let (named, gated) = (arena.named(*symbol)?, self.gates.apply(arena, *value)?);
            let (value, gated) = (self.inline.apply(arena, *value)?, self.with_gates.apply(arena, gated)?);
            self.inline.replace(named, value);
            self.with_gates.replace(named, gated);
        }
        Ok(())
    }

    /// What a value or parameter gets, with gates but for the Δ by name. A parameter gets it from the values that it makes,
    /// and only in what these get a value is a gate.
    fn with_gates_at(&mut self, variable: SymbolId, swept: ExprId) -> Result<ExprId, GradientError> {
        let Derivation { forward, .. } = &mut *self.derivation;
        let arena = &mut forward.arena;
        if arena.symbol(variable).is_value() {
            return Ok(self.gates.apply(arena, swept)?);
        }
        let mut of_values = Substitution::new();
        for Definition { symbol, value } in &forward.definitions {
            let makes = arena.reachable(&[*value]).into_iter().any(|id| arena.as_symbol(id) == Some(variable));
            if let Some(found) = self.swept.by(*symbol).filter(|_| makes) {
                let gated = self.gates.apply(arena, found.value)?;
                of_values.replace(found.value, gated);
            }
        }
        Ok(of_values.apply(arena, swept)?)
    }

    /// Of a network that branches: the batch, the samples, the gates, what is taken out of sums, the laws. What is too long
    /// is compared with its first line alone.
    pub(super) fn of_uses(
        &mut self,
        variable: SymbolId,
        [swept, first, taken_out]: [ExprId; 3],
        printed: ExprId,
    ) -> Result<Proof, PipelineError> {
        let local = self.with_gates_at(variable, swept)?;
        let arena = &mut self.derivation.forward.arena;
        let gated = self.with_gates.apply(arena, local).map_err(GradientError::from)?;
        let (mut lines, mut values) =
            (vec![(Reason::SharedGates, gated), (Reason::Factors, taken_out)], Values::SharedGates);
        let written_out = self.written_out.as_ref().and_then(|all| all.by(variable)).map(|written| written.value);
        lines.extend(written_out.map(|written_out| (Reason::WrittenOut, written_out)));
        if self.printed.form == Form::PerSample {
            let opened = lines.iter().map(|(reason, line)| {
                let reason = if *reason == Reason::SharedGates { Reason::OwnGates } else { *reason };
                Ok((reason, self.open(variable, *line)?))
            });
            let opened = opened.collect::<Result<Vec<_>, GradientError>>()?;
            lines = [vec![(Reason::Samples, self.open(variable, first)?)], opened].concat();
            values = Values::Sample;
        }
        // What is written out has gates as rows, which the laws put on diagonals: names come after that.
        let names: Vec<(ExprId, ExprId)> = if written_out.is_some() { self.diagonals()? } else { Vec::new() };
        let unfolded: Vec<(ExprId, ExprId)> = names.iter().map(|(value, name)| (*name, *value)).collect();
        let mut target = printed;
        if let Some((Reason::WrittenOut, line)) = lines.last_mut() {
            let both = substituted(self.arena(), &unfolded, &[*line, printed])?;
            (*line, target) = (both[0], both[1]);
        }
        let written = lines.iter().map(|(_, line)| *line).chain([first, printed]);
        if written.collect::<Vec<_>>().into_iter().any(|line| self.size(line) > MAX_NODES) {
            let step = Step { reason: Reason::Factors, places: Vec::new(), rearranged: false, to: printed, values };
            let subject = Subject::ByInduction(variable, swept);
            return Ok(Proof { subject, first, values: Values::Batch, steps: vec![step] });
        }
        let sources = self.gate_sources()?;
        let arena = self.arena();
        let mut builder = ProofBuilder::new(arena, Subject::Derivative(variable), first, Values::Batch);
        let mut before = first;
        for (reason, line) in &lines {
            let is_gated = matches!(reason, Reason::SharedGates | Reason::OwnGates);
            let marked = if is_gated { replaced(arena, before, *line, &sources) } else { Vec::new() };
            builder.named(arena, *reason, marked, *line, values);
            before = *line;
        }
        let last = lines[lines.len() - 1].1;
        let moves = moves(explain(arena, last, target, Group::Body, limits()))?;
        builder.by_laws(arena, &moves, &mut Substitution::new(), values)?;
        let diagonals: Vec<ExprId> = names.iter().map(|(value, _)| *value).collect();
        let marked = places(arena, target, &diagonals);
        builder.named(arena, Reason::Gates, marked, printed, values);
        Ok(builder.end())
    }

    /// What gates stand for, of one sample in the form of samples.
    fn gate_sources(&mut self) -> Result<Vec<ExprId>, GradientError> {
        let all = self.gated.gates.clone();
        match self.printed.form {
            Form::PerSample => all.iter().map(|gate| self.open(gate.activation, gate.source)).collect(),
            _ => Ok(all.iter().map(|gate| gate.source).collect()),
        }
    }

    /// What S, D and G are, and their names; a norm's N keeps its name.
    fn diagonals(&mut self) -> Result<Vec<(ExprId, ExprId)>, GradientError> {
        let arena = &mut self.derivation.forward.arena;
        let is_gate = |arena: &Arena, symbol: SymbolId| arena.symbol(symbol).role != Role::NormMatrix;
        let gates = self.printed.definitions.iter().filter(|definition| is_gate(arena, definition.symbol));
        let gates: Vec<Definition> = gates.copied().collect();
        gates.into_iter().map(|gate| Ok((gate.value, arena.named(gate.symbol)?))).collect()
    }
}

/// The places in `from` where one of `parts` stands, and in `to` something else.
fn replaced(arena: &Arena, from: ExprId, to: ExprId, parts: &[ExprId]) -> Vec<Place> {
    let (mut todo, mut found) = (vec![(from, to, Place::new())], Vec::new());
    while let Some((from, to, place)) = todo.pop() {
        if from == to {
            continue;
        }
        if parts.contains(&from) {
            found.push(place);
            continue;
        }
        let children = arena.op(from).children().iter().zip(arena.op(to).children());
        todo.extend(children.enumerate().map(|(i, (from, to))| (*from, *to, [&place[..], &[i]].concat())));
    }
    found.sort();
    found
}
