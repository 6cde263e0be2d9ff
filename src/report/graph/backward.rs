//! What each step hands back, and the gradients that come of it.

use std::collections::HashMap;

use super::steps::{Builder, Origin};
use crate::{
    document::{
        Entrywise, Notation,
        graph::{Adjoint, Backward, Gradient, Kept, Passes, Target},
    },
    expr::{ExprId, Op, Role, SymbolId},
    gradient::form::layered::argument,
};

impl Builder<'_> {
    /// From the end to the beginning: a step hands back what it receives.
    pub fn backward(&mut self) {
        let mut summands: HashMap<SymbolId, usize> = HashMap::new();
        for handed in &self.trace.handed {
            *summands.entry(handed.to).or_default() += 1;
        }
        let mut receives = vec![false; self.steps.len()];
        for step in (0..self.steps.len()).rev() {
            match self.origins[step] {
                Origin::Value(symbol) if receives[step] => {
                    let name = self.typesetter.name(self.trace.names[&symbol]);
                    self.steps[step].adjoint = Some(Adjoint { name, is_lit: false });
                    self.of_value(step, symbol);
                    self.gradients(step, Some(symbol), &summands);
                }
                Origin::Value(_) | Origin::Sum => {}
                Origin::Loss(loss) => self.of_loss(step, loss),
                Origin::Penalty => self.gradients(step, None, &summands),
            }
            let targets = self.steps[step].backward.iter().flat_map(|backward| &backward.to);
            targets.for_each(|target| receives[target.step] = true);
        }
    }

    /// To each operand, those that get the same in one; what goes to the step before comes first.
    fn of_value(&mut self, step: usize, symbol: SymbolId) {
        let mut operands: Vec<usize> = self.steps[step].operands.iter().map(|operand| operand.step).collect();
        operands.sort_unstable_by(|a, b| b.cmp(a));
        let mut found: Vec<Backward> = Vec::new();
        for to in operands {
            let Origin::Value(operand) = self.origins[to] else { continue };
            let Some(value) = self.handed.get(&(Some(symbol), operand)).copied() else { continue };
            let passes = self.passes(value, symbol, operand);
            let target = Target { step: to, is_lit: false };
            match found.iter_mut().find(|other| other.passes == passes) {
                Some(same) => same.to.push(target),
                None => found.push(Backward {
                    passes,
                    rule: self.formula(value),
                    to: vec![target],
                    spans: None,
                    kept: self.kept(step, value),
                    is_lit: false,
                }),
            }
        }
        self.steps[step].backward = found;
    }

    /// How what is received enters `value`.
    fn passes(&self, value: ExprId, symbol: SymbolId, operand: SymbolId) -> Passes {
        let arena = self.arena;
        let is_received = |id: &ExprId| arena.as_symbol(*id) == Some(self.trace.names[&symbol]);
        let product = |factors: &[ExprId]| match factors {
            [only] => self.typesetter.bare_factor(*only),
            several => Notation::Product(several.iter().map(|factor| self.typesetter.bare_factor(*factor)).collect()),
        };
        let [factors, entrywise] = [arena.factors(value), arena.entrywise_factors(value)];
        let jacobian =
            || Passes::Jacobian(Notation::partial(self.typesetter.name(symbol), self.typesetter.name(operand)));
        if is_received(&value) {
            return Passes::Unchanged("unchanged");
        }
        if let Op::Scale([factor, rest]) = arena.op(value) {
            let factor = Notation::Group(Box::new(self.formula(*factor)));
            return if is_received(rest) { Passes::Times(factor) } else { jacobian() };
        }
        if entrywise.len() > 1 && entrywise.iter().filter(|factor| is_received(factor)).count() == 1 {
            let others: Vec<ExprId> = entrywise.into_iter().filter(|factor| !is_received(factor)).collect();
            let is_free = others.iter().all(|other| !self.holds_adjoint(*other));
            let joined = |other: &ExprId| (Entrywise::Times, self.typesetter.bare_factor(*other));
            return match &others[..] {
                _ if !is_free => jacobian(),
                [only] => Passes::Entrywise(self.typesetter.bare_factor(*only)),
                several => Passes::Entrywise(Notation::Hadamard(several.iter().map(joined).collect())),
            };
        }
        match &factors[..] {
            [first, rest @ ..] if !rest.is_empty() && is_received(first) => Passes::Times(product(rest)),
            [rest @ .., last] if !rest.is_empty() && is_received(last) => Passes::After(product(rest)),
            _ => jacobian(),
        }
    }

    fn holds_adjoint(&self, value: ExprId) -> bool {
        let mut names = self.arena.reachable(&[value]).into_iter().filter_map(|id| self.arena.as_symbol(id));
        names.any(|name| self.arena.symbol(name).role == Role::Adjoint)
    }

    /// What an expression takes of the forward pass.
    fn kept(&self, step: usize, value: ExprId) -> Vec<Kept> {
        let of = &self.steps[step];
        let mut kept = Vec::new();
        for name in self.arena.reachable(&[value]).into_iter().filter_map(|id| self.arena.as_symbol(id)) {
            let symbol = self.arena.symbol(name);
            if symbol.role == Role::Adjoint {
                continue;
            }
            let key = symbol.key();
            let place = self.places.get(&name);
            let operand = of.operands.iter().position(|operand| Some(&operand.step) == place);
            let parameter = of.parameters.iter().position(|parameter| parameter.key == key);
            let found = operand.map(Kept::Operand).or(parameter.map(Kept::Parameter)).unwrap_or(Kept::Own);
            if !kept.contains(&found) {
                kept.push(found);
            }
        }
        kept
    }

    /// ∂J/∂W of all parameters of a step, of which others may add to it too.
    fn gradients(&mut self, step: usize, symbol: Option<SymbolId>, summands: &HashMap<SymbolId, usize>) {
        for place in 0..self.steps[step].parameters.len() {
            let key = self.steps[step].parameters[place].key.clone();
            let of = |to: &SymbolId| self.arena.symbol(*to).key() == key;
            let used = self.handed.iter().find(|((from, to), _)| *from == symbol && of(to));
            let Some(((_, to), value)) = used.map(|(names, value)| (*names, *value)) else { continue };
            let gradient = Gradient {
                name: Notation::by_loss(self.typesetter.name(to)),
                formula: self.formula(value),
                is_summand: summands.get(&to).is_some_and(|count| *count > 1),
                kept: self.kept(step, value),
                is_lit: false,
            };
            self.steps[step].parameters[place].gradient = Some(gradient);
        }
    }

    /// The error: through the last activation at once where the loss absorbs it and nothing else takes the prediction.
    fn of_loss(&mut self, step: usize, loss: usize) {
        let (output, head) = (self.derivation.forward.outputs[loss], self.derivation.output_errors[loss]);
        let Some(prediction) = self.places.get(&output.prediction.symbol).copied() else { return };
        let users =
            self.steps.iter().flat_map(|step| &step.operands).filter(|operand| operand.step == prediction).count();
        let through = argument(self.arena, output.prediction)
            .filter(|_| users == 1 && prediction + 1 == step && head.is_fused(self.arena))
            .filter(|_| self.wrt != Some(output.prediction.symbol))
            .and_then(|z| self.places.get(&z).copied())
            .filter(|z| *z < prediction);
        let mut errors = match through {
            Some(z) => vec![(z, head.by_pre_activation, Some(prediction))],
            None => vec![(prediction, head.by_prediction, None)],
        };
        let target = self.places.get(&output.target).copied();
        errors.extend(head.by_target.zip(target).map(|(value, target)| (target, value, None)));
        // What goes to the step before comes first.
        errors.sort_by_key(|(to, _, spans)| (spans.is_none(), std::cmp::Reverse(*to)));
        let backward = errors.into_iter().map(|(to, value, spans)| Backward {
            passes: Passes::Loss(self.formula(value)),
            rule: self.formula(value),
            to: vec![Target { step: to, is_lit: false }],
            spans,
            kept: self.kept(step, value),
            is_lit: false,
        });
        self.steps[step].backward = backward.collect();
    }
}
