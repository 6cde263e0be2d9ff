//! [`Network`] → its gradients, and the steps that lead to them, each line of them simplified by the laws it names.

use super::{
    Request, derive,
    derive::{check_chain, check_rows},
};
use crate::{
    expr::{Definition, ExprId, Op, Substitution},
    gradient::{
        Derivation, Derived, GradientError,
        form::layered::raw_head,
        steps::{Gated, Line, Reason, Steps, incoming, local_rules, through_gates},
    },
    network::graph::Network,
    simplify::{Group, Limits, law::Law, simplify, simplify_by, unfold::written_out},
};

/// Derives gradients by all variables, with the steps.
///
/// # Errors
/// A defect of the derivation; a checked network has none.
pub fn explain(network: &Network, request: &Request) -> Result<(Derivation, Steps), GradientError> {
    check_chain(network, "the page of all steps")?;
    check_rows(network.layout, "the page of all steps")?;
    let mut derivation = derive(network, request)?;
    let steps = local_rules(&mut derivation.forward)?;
    let mut work = Work { derivation, steps, limits: request.limits };
    work.rules()?;
    work.gates()?;
    work.by_prediction()?;
    work.by_pre_activation()?;
    Ok((work.derivation, work.steps))
}

/// The steps while they are worked out.
struct Work {
    derivation: Derivation,
    steps: Steps,
    limits: Limits,
}

impl Work {
    /// Simplifies all rules at once, and writes A for softmax(Z).
    fn rules(&mut self) -> Result<(), GradientError> {
        let swept: Vec<ExprId> = self.steps.rules.iter().map(|rule| rule.swept).collect();
        let simplified = self.simplify(&swept, Group::Body);
        let mut folded = Substitution::new();
        self.fold(&mut folded, &self.derivation.forward.definitions.clone())?;
        for (rule, value) in self.steps.rules.iter_mut().zip(simplified) {
            rule.value = folded.apply(&mut self.derivation.forward.arena, value)?;
        }
        Ok(())
    }

    /// The rules through gates, in the wanted form.
    fn gates(&mut self) -> Result<(), GradientError> {
        let Derived::Gradient(gradient) = &self.derivation.derived else { return Ok(()) };
        let names = gradient.definitions.clone();
        let rows = through_gates(&mut self.derivation.forward.arena, &self.steps, gradient)?;
        let roots: Vec<ExprId> = rows.iter().map(|(_, rows)| *rows).collect();
        let simplified = self.simplify(&roots, Group::Body);
        let mut folded = Substitution::new();
        self.fold(&mut folded, &names)?;
        for ((place, rows), value) in rows.into_iter().zip(simplified) {
            let matrix = folded.apply(&mut self.derivation.forward.arena, value)?;
            self.steps.rules[place].gated = Some(Gated { rows, matrix });
        }
        Ok(())
    }

    /// From now on names are written for their values.
    fn fold(&mut self, folded: &mut Substitution, definitions: &[Definition]) -> Result<(), GradientError> {
        let arena = &mut self.derivation.forward.arena;
        for Definition { symbol, value } in definitions {
            let name = arena.named(*symbol)?;
            if !matches!(arena.op(*value), Op::Symbol(_)) {
                folded.replace(*value, name);
            }
        }
        Ok(())
    }

    /// ∂J/∂Ŷ: as the sweep has it, and simplified.
    fn by_prediction(&mut self) -> Result<(), GradientError> {
        let forward = &mut self.derivation.forward;
        let output = forward.outputs[0];
        let swept = raw_head(&mut forward.arena, &output, output.loss)?.by_prediction;
        let simplified = self.derivation.head().by_prediction;
        let mut lines = vec![Line { value: swept, reason: Reason::Swept }];
        push(&mut lines, simplified, Reason::Simplified);
        self.steps.by_prediction = lines;
        Ok(())
    }

    /// ∂J/∂Z_L: ∂J/∂Ŷ put into the rule of the last activation, and on to the error as it is derived.
    fn by_pre_activation(&mut self) -> Result<(), GradientError> {
        let head = self.derivation.head();
        let Some(last) = self.steps.rules.first().cloned() else { return Ok(()) };
        let put_in = self.replaced(last.value, last.definition, head.by_prediction)?;
        let mut lines = vec![Line { value: put_in, reason: Reason::PutIn }];
        if head.is_fused(&self.derivation.forward.arena) {
            let written = self.inlined(put_in)?;
            let written = written_out(&mut self.derivation.forward.arena, written)?;
            let cancelled = self.simplify_head(written, &cancelling())?;
            let collected = self.simplify_head(written, &Group::Head.laws())?;
            let written = self.folded(written, &[])?;
            push(&mut lines, written, Reason::Functions);
            if lines.last().is_some_and(|last| self.divisors(cancelled) < self.divisors(last.value)) {
                push(&mut lines, cancelled, Reason::Divisors);
            }
            if self.derivation.assumes_distributions {
                push(&mut lines, collected, Reason::Simplified);
            }
        }
        let assumed = self.derivation.assumes_distributions;
        let reason = if assumed { Reason::Distributions } else { Reason::Simplified };
        push(&mut lines, head.by_pre_activation, reason);
        self.steps.by_pre_activation = lines;
        Ok(())
    }

    fn divisors(&self, value: ExprId) -> usize {
        let arena = &self.derivation.forward.arena;
        arena.reachable(&[value]).into_iter().filter(|id| matches!(arena.op(*id), Op::Reciprocal(_))).count()
    }

    /// A rule with `by` for what comes in.
    fn replaced(&mut self, rule: ExprId, definition: Definition, by: ExprId) -> Result<ExprId, GradientError> {
        let arena = &mut self.derivation.forward.arena;
        let symbol = incoming(arena, definition.symbol);
        let name = arena.named(symbol)?;
        let mut put_in = Substitution::new();
        put_in.replace(name, by);
        Ok(put_in.apply(arena, rule)?)
    }

    /// Ŷ written out.
    fn inlined(&mut self, value: ExprId) -> Result<ExprId, GradientError> {
        let prediction = self.derivation.forward.prediction();
        let arena = &mut self.derivation.forward.arena;
        let named = arena.named(prediction.symbol)?;
        let mut inlined = Substitution::new();
        inlined.replace(named, prediction.value);
        Ok(inlined.apply(arena, value)?)
    }

    /// Ŷ for its value, however that is written.
    fn folded(&mut self, value: ExprId, written: &[ExprId]) -> Result<ExprId, GradientError> {
        let prediction = self.derivation.forward.prediction();
        let arena = &mut self.derivation.forward.arena;
        let named = arena.named(prediction.symbol)?;
        let mut folded = Substitution::new();
        for written in [prediction.value].iter().chain(written) {
            folded.replace(*written, named);
        }
        Ok(folded.apply(arena, value)?)
    }

    fn simplify_head(&mut self, value: ExprId, laws: &[Law]) -> Result<ExprId, GradientError> {
        let forward = &mut self.derivation.forward;
        let roots = [value, forward.prediction().value];
        let found = simplify_by(&mut forward.arena, &roots, laws, self.limits).map_or(roots.to_vec(), |s| s.roots);
        self.folded(found[0], &found[1..])
    }

    fn simplify(&mut self, roots: &[ExprId], group: Group) -> Vec<ExprId> {
        let simplified = simplify(&mut self.derivation.forward.arena, roots, group, self.limits);
        self.derivation.limit = self.derivation.limit.take().or(simplified.limit);
        simplified.roots
    }
}

/// The laws of the error but those by which terms of a sum meet: what is left cancels divisors.
fn cancelling() -> Vec<Law> {
    let meets = |law: &Law| law.name.starts_with("add-") || law.name == "hadamard-sum-ones";
    Group::Head.laws().into_iter().filter(|law| !meets(law)).collect()
}

/// A line, unless it says what the last one says.
fn push(lines: &mut Vec<Line>, value: ExprId, reason: Reason) {
    if lines.last().is_none_or(|last| last.value != value) {
        lines.push(Line { value, reason });
    }
}
