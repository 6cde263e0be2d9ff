//! The product as it grows, a factor a step, and the gradients that branch off.

use super::StepsPage;
use crate::{
    document::{Block, Sentence, sentence},
    gradient::{Form, steps::Rule},
};

impl StepsPage<'_> {
    /// ∂J/∂Z_L, ∂J/∂A_{L−1}, … as far down as they are wanted, each with its shape.
    pub(super) fn running_product(&mut self) {
        if !self.derivation.is_chain {
            return self.running_sums();
        }
        let trunk: Vec<&Rule> = self.plan.shown().filter(|rule| !self.is_parameter(rule.variable)).collect();
        if trunk.is_empty() {
            return;
        }
        self.heading("From the loss down, a factor at a time");
        let mut last = None;
        for (i, rule) in trunk.into_iter().enumerate() {
            if last.is_some_and(|last| self.plan.is_gap(last, rule)) {
                self.likewise();
            }
            if i == 0 && !self.is_fused(0) {
                self.page.paragraph("Start with the error:");
                self.running(self.derivation.forward.prediction().symbol);
            }
            self.page.paragraph(self.factor_words(rule, i == 0));
            last = Some(rule.definition.symbol);
            if self.is_local(rule) {
                self.page.equation(self.by(rule.variable, rule.gated.map_or(rule.value, |gated| gated.matrix)));
            } else {
                self.running(rule.variable);
            }
        }
    }

    /// The branch to each variable, and the gradient as `derive` prints it.
    pub(super) fn results(&mut self) {
        self.heading("The result");
        let (mut left_out, mut branched) = (false, false);
        for variable in self.variables {
            if !self.plan.is_reached(*variable) {
                left_out = true;
                continue;
            }
            let rule = self.plan.rule_of(*variable);
            let is_sum = self.is_sum(*variable);
            if is_sum && self.is_parameter(*variable) {
                let name = self.typesetter.name(*variable);
                self.page.paragraph(sentence!("To {}: the sum of what its uses give:", name));
            } else if let Some(rule) = rule.filter(|rule| self.is_parameter(rule.variable)) {
                let words = self.branch_words(rule, !std::mem::replace(&mut branched, true));
                self.page.paragraph(words);
            }
            let equation = match rule.filter(|rule| self.is_local(rule) && !self.plan.is_deepest(rule)) {
                Some(_) if is_sum => {
                    self.total(*variable, self.sum(*variable));
                    continue;
                }
                Some(rule) => Some(self.by(rule.variable, rule.value)),
                None => self.report.gradient(*variable),
            };
            self.page.blocks.extend(equation.map(Block::Equation));
        }
        let words = Sentence::of("The gradients of the layers between follow likewise");
        if left_out {
            self.page.paragraph(words.typed("; without --steps all of them are printed").words("."));
        }
    }

    /// Whether a derivative is written by what comes in: a product of hundreds of factors is written once, as the result.
    pub(super) fn is_local(&self, rule: &Rule) -> bool {
        self.gradient.form != Form::Layered && self.plan.is_below_gap(rule)
    }
}
