//! [`Network`] → its gradients, and the steps that lead to them, each line of them simplified by the laws it names.

use super::{
    Request,
    derive::{Prepared, substituted},
};
use crate::{
    expr::{Definition, ExprId, Op, Substitution},
    gradient::{
        Derivation, Derived, GradientError,
        form::layered::{OutputError, argument, raw_head},
        layout::transposed_with,
        steps::{ErrorSteps, Gated, Line, Reason, Steps, incoming, local_rules, through_gates},
    },
    network::{
        forward::Output,
        graph::{Layout, Network},
    },
    simplify::{Group, Limits, law::Law, simplify, simplify_by, unfold::written_out},
};

/// Derives gradients by all variables, with the steps.
///
/// # Errors
/// A defect of the derivation; a checked network has none.
pub fn explain(network: &Network, request: &Request) -> Result<(Derivation, Steps), GradientError> {
    let mut derivation = Prepared::new(network, request)?.form(request.form)?;
    let steps = local_rules(&mut derivation.forward)?;
    let mut work = Work { derivation, steps, limits: request.limits };
    work.rules()?;
    work.gates()?;
    for (output, head) in work.derivation.forward.outputs.clone().into_iter().zip(work.derivation.output_errors.clone())
    {
        let error = work.error(output, head)?;
        work.steps.errors.push(error);
    }
    let Work { derivation, steps, .. } = work;
    match network.layout {
        Layout::Rows => Ok((derivation, steps)),
        Layout::Columns => transposed_with(derivation, |turn| turn.steps(steps)),
    }
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
        let penalties: Vec<ExprId> = self.steps.penalties.iter().map(|penalty| penalty.value).collect();
        let simplified = self.simplify(&[&swept[..], &penalties].concat(), Group::Body);
        let mut folded = Substitution::new();
        self.fold(&mut folded, &self.derivation.forward.definitions.clone())?;
        let (rules, penalties) = simplified.split_at(swept.len());
        for (rule, value) in self.steps.rules.iter_mut().zip(rules) {
            rule.value = folded.apply(&mut self.derivation.forward.arena, *value)?;
        }
        for (penalty, value) in self.steps.penalties.iter_mut().zip(penalties) {
            penalty.value = *value;
        }
        Ok(())
    }

    /// The rules through gates, in the wanted form.
    fn gates(&mut self) -> Result<(), GradientError> {
        let Derived::Gradient(gradient) = &self.derivation.derived else { return Ok(()) };
        let names = gradient.definitions.clone();
        let gated = through_gates(&mut self.derivation.forward.arena, &self.steps, gradient)?;
        let roots: Vec<ExprId> = gated.iter().map(|(_, gated)| gated.matrix).collect();
        let simplified = self.simplify(&roots, Group::Body);
        let mut folded = Substitution::new();
        self.fold(&mut folded, &names)?;
        for ((place, gated), value) in gated.into_iter().zip(simplified) {
            let matrix = folded.apply(&mut self.derivation.forward.arena, value)?;
            self.steps.rules[place].gated = Some(Gated { matrix, ..gated });
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

    /// ∂J/∂Ŷ, and ∂J/∂Y of a target within the network: as the sweep has it, and simplified.
    fn error(&mut self, output: Output, head: OutputError) -> Result<ErrorSteps, GradientError> {
        let swept = raw_head(&mut self.derivation.forward.arena, &output, output.loss)?;
        let reason = if output.is_upstream { Reason::Given } else { Reason::Swept };
        let lines = |swept, simplified| {
            let mut lines = vec![Line { value: swept, reason }];
            push(&mut lines, simplified, Reason::Simplified);
            lines
        };
        let target = swept.by_target.zip(head.by_target);
        Ok(ErrorSteps {
            by_prediction: lines(swept.by_prediction, head.by_prediction),
            by_pre_activation: self.by_pre_activation(output, head)?,
            by_target: target.map(|(swept, simplified)| lines(swept, simplified)).unwrap_or_default(),
        })
    }

    /// ∂J/∂Z_L: ∂J/∂Ŷ put into the rule of the last activation, and on to the error as it is derived.
    fn by_pre_activation(&mut self, output: Output, head: OutputError) -> Result<Vec<Line>, GradientError> {
        let prediction = output.prediction;
        let through = argument(&self.derivation.forward.arena, prediction);
        let last = self.steps.rules.iter().find(|rule| rule.definition.symbol == prediction.symbol);
        let Some(last) = last.filter(|_| through.is_some()) else { return Ok(Vec::new()) };
        let put_in = self.replaced(last.value, last.definition, head.by_prediction)?;
        let mut lines = vec![Line { value: put_in, reason: Reason::PutIn }];
        let assumed = self.derivation.assumes_distributions && output.distributions;
        if head.is_fused(&self.derivation.forward.arena) {
            let arena = &mut self.derivation.forward.arena;
            let named = arena.named(prediction.symbol)?;
            let written = substituted(arena, &[(named, prediction.value)], &[put_in])?[0];
            let written = written_out(arena, written)?;
            let cancelled = self.simplify_head(prediction, written, &cancelling())?;
            let collected = self.simplify_head(prediction, written, &Group::OutputError.laws())?;
            let written = substituted(&mut self.derivation.forward.arena, &[(prediction.value, named)], &[written])?[0];
            push(&mut lines, written, Reason::Functions);
            if lines.last().is_some_and(|last| self.divisors(cancelled) < self.divisors(last.value)) {
                push(&mut lines, cancelled, Reason::Divisors);
            }
            if assumed {
                push(&mut lines, collected, Reason::Simplified);
            }
        }
        let reason = if assumed { Reason::Distributions } else { Reason::Simplified };
        push(&mut lines, head.by_pre_activation, reason);
        Ok(lines)
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

    /// The value by these laws, with Ŷ for its value, however that is written.
    fn simplify_head(&mut self, prediction: Definition, value: ExprId, laws: &[Law]) -> Result<ExprId, GradientError> {
        let arena = &mut self.derivation.forward.arena;
        let roots = [value, prediction.value];
        let found = simplify_by(arena, &roots, laws, self.limits).map_or(roots.to_vec(), |s| s.roots);
        let named = arena.named(prediction.symbol)?;
        Ok(substituted(arena, &[(prediction.value, named), (found[1], named)], &found[..1])?[0])
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
    Group::OutputError.laws().into_iter().filter(|law| !meets(law)).collect()
}

/// A line, unless it says what the last one says.
fn push(lines: &mut Vec<Line>, value: ExprId, reason: Reason) {
    if lines.last().is_none_or(|last| last.value != value) {
        lines.push(Line { value, reason });
    }
}
