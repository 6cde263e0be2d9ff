//! Of a network that branches: each derivative as the sum over the uses of its name.

use super::{StepsPage, words};
use crate::{
    document::{Block, Equation, Notation, Relation, Sentence, Sign, sentence},
    expr::{ExprId, SymbolId},
    gradient::{Form, form::layered::argument, steps::Rule},
};

impl StepsPage<'_> {
    /// The terms of J that take the name by itself, by their places; the penalty is the last.
    fn terms_of(&self, name: SymbolId) -> Vec<usize> {
        let outputs = &self.derivation.forward.outputs;
        let takes = |place: &usize| [outputs[*place].prediction.symbol, outputs[*place].target].contains(&name);
        let penalised = self.steps.penalties.iter().any(|penalty| penalty.variable == name);
        (0..outputs.len()).filter(takes).chain(penalised.then_some(outputs.len())).collect()
    }

    /// Whether its derivative is a sum.
    pub(super) fn is_sum(&self, name: SymbolId) -> bool {
        self.plan.rules_of(name).len() + self.terms_of(name).len() > 1
    }

    /// Whether the terms of J have names: there are several, or one takes a value that others use too.
    fn has_terms(&self) -> bool {
        let outputs = &self.derivation.forward.outputs;
        let several = outputs.len() > 1 || !self.steps.penalties.is_empty();
        several || outputs.iter().any(|output| self.is_sum(output.prediction.symbol) || self.is_sum(output.target))
    }

    /// J₁ of the first loss, R of the penalty; J itself where there is but one.
    pub(super) fn term(&self, place: usize) -> Notation {
        match self.has_terms() {
            false => Notation::Loss,
            true if place == self.derivation.forward.outputs.len() => Notation::letter("R"),
            true => Notation::indexed("J", &(place + 1).to_string()),
        }
    }

    /// What each term of J is.
    pub(super) fn terms(&mut self) {
        if !self.has_terms() {
            return;
        }
        let forward = &self.derivation.forward;
        let terms: Vec<ExprId> = forward.outputs.iter().map(|output| output.loss).chain(forward.penalty).collect();
        self.page.paragraph(match terms.len() {
            1 => "The formula of the loss by itself:",
            _ => "The terms of J, each by itself:",
        });
        for (place, term) in terms.into_iter().enumerate() {
            let (left, right) = (self.term(place), self.typesetter.formula(term));
            self.page.equation(Equation { left, relation: Relation::Definition, right, shape: None });
        }
    }

    /// The uses of each name, a line a name.
    pub(super) fn uses(&mut self) {
        self.heading("The chain rule");
        let parameter = self.variables.iter().find(|variable| self.is_parameter(**variable));
        let has_sums = self.plan.names().iter().any(|name| self.is_sum(*name));
        self.page.paragraphs(words::of_uses(
            has_sums,
            parameter.map(|first| self.typesetter.name(*first)),
            self.sides()[0],
        ));
        if self.has_terms() {
            let first = self.derivation.forward.prediction().symbol;
            self.page.paragraph(words::of_terms(self.term(0), self.typesetter.name(first)));
        }
        self.each_name(|page, name| {
            if page.has_terms() || !page.plan.rules_of(name).is_empty() {
                page.total(name, page.sum(name));
            }
        });
    }

    /// Does something for each name from the loss down; what is left out in the middle is said.
    fn each_name(&mut self, mut write: impl FnMut(&mut Self, SymbolId)) {
        let mut is_gap = false;
        for name in self.plan.names().to_vec() {
            if !self.plan.is_reached(name) {
                is_gap = true;
                continue;
            }
            if std::mem::take(&mut is_gap) && !self.is_parameter(name) {
                self.likewise();
            }
            write(self, name);
        }
    }

    /// ∂J/∂d · ∂d/∂v for each use, and ∂J₁/∂v for each term of J that takes v.
    pub(super) fn sum(&self, name: SymbolId) -> Notation {
        let uses = self.plan.rules_of(name).iter().map(|rule| Notation::Product(self.local(rule)));
        let terms = self.terms_of(name).into_iter().map(|place| self.by_term(place, name));
        let mut all: Vec<Notation> = uses.chain(terms).collect();
        match all.pop() {
            Some(only) if all.is_empty() => only,
            last => Notation::Sum(all.into_iter().chain(last).map(|one| (Sign::Plus, one)).collect()),
        }
    }

    /// ∂J₁/∂v; ∂J/∂v where that is all.
    pub(super) fn by_term(&self, place: usize, name: SymbolId) -> Notation {
        Notation::partial(self.term(place), self.typesetter.name(name))
    }

    /// What the loss gives to Z through Ŷ: all that Z gets, where nothing else takes Ŷ.
    pub(super) fn through(&self, place: usize, rule: &Rule) -> Notation {
        let prediction = rule.definition.symbol;
        if self.start(prediction).is_some() && !self.is_sum(rule.variable) {
            return self.report.by(rule.variable);
        }
        Notation::Product(self.report.in_order(vec![self.by_term(place, prediction), self.partial(rule)]))
    }

    /// What a use gives to its name.
    pub(super) fn gets(&self, rule: &Rule, value: ExprId) -> Equation {
        let equation = self.by(rule.variable, value);
        if !self.is_sum(rule.variable) {
            return equation;
        }
        let rows = self.report.shape(rule.variable) != *self.arena().shape(value);
        let name = |symbol| if rows { self.typesetter.row(symbol) } else { self.typesetter.name(symbol) };
        let (of, by) = (name(rule.definition.symbol), name(rule.variable));
        let mut factors = vec![Notation::by_loss(of.clone()), Notation::partial(of, by)];
        if self.is_beyond(rule) {
            factors.reverse();
        }
        Equation { left: Notation::Product(self.report.in_order(factors)), ..equation }
    }

    /// What the penalty gives.
    pub(super) fn penalties(&mut self) {
        let place = self.derivation.forward.outputs.len();
        let steps = self.steps;
        let wanted = steps.penalties.iter().filter(|penalty| self.variables.contains(&penalty.variable));
        for (i, penalty) in wanted.enumerate() {
            if i == 0 {
                let words = "{} is differentiated with respect to each weight that it holds:";
                self.page.paragraph(Sentence::filled(words, [self.term(place).into()]));
            }
            let equation = self.by(penalty.variable, penalty.value);
            self.page.equation(Equation { left: self.by_term(place, penalty.variable), ..equation });
        }
    }

    /// ∂J/∂v of each value in the wanted form, from the loss down.
    pub(super) fn running_sums(&mut self) {
        if self.plan.names().iter().all(|name| self.is_parameter(*name)) {
            return;
        }
        self.heading("From the loss down, a value at a time");
        self.each_name(|page, name| {
            if page.is_parameter(name) || page.is_absorbed(name) {
                return;
            }
            let words = page.running_words(name);
            page.page.paragraph(words);
            let is_local = page.plan.rules_of(name).iter().any(|rule| page.is_local(rule));
            if is_local { page.total(name, page.sum(name)) } else { page.running(name) }
        });
    }

    /// Whether it is a Ŷ that one loss alone takes, and absorbs.
    fn is_absorbed(&self, name: SymbolId) -> bool {
        let Some(place) = self.start(name) else { return false };
        let rule = self.plan.rules.iter().find(|rule| rule.definition.symbol == name);
        let through = argument(self.arena(), self.derivation.forward.outputs[place].prediction);
        self.is_fused(place)
            && rule.is_some_and(|rule| through == Some(rule.variable))
            && !self.variables.contains(&name)
    }

    /// The loss that alone takes the name.
    fn start(&self, name: SymbolId) -> Option<usize> {
        let outputs = &self.derivation.forward.outputs;
        let place = self.terms_of(name).first().copied().filter(|_| !self.is_sum(name))?;
        outputs.get(place).filter(|output| output.prediction.symbol == name).map(|_| place)
    }

    fn start_words(&self, place: usize) -> Sentence {
        match self.derivation.forward.outputs[place].is_upstream {
            true => Sentence::of("Start with what comes in"),
            false if self.has_terms() => sentence!("Start with the error of {}", self.term(place)),
            false => Sentence::of("Start with the error"),
        }
    }

    /// Where the derivative of a value comes from.
    fn running_words(&self, name: SymbolId) -> Sentence {
        let rules = self.plan.rules_of(name);
        let terms = self.terms_of(name);
        match (rules, &terms[..]) {
            ([], [place]) => self.start_words(*place).words(":"),
            ([rule], []) => match self
                .start(rule.definition.symbol)
                .filter(|_| self.is_absorbed(rule.definition.symbol))
            {
                Some(place) if self.derivation.forward.outputs[place].is_upstream => self.start_words(place).words(":"),
                Some(place) => {
                    self.start_words(place).words(", in which the last activation is taken into account already:")
                }
                None => self.factor_words(rule, false),
            },
            _ => {
                let users = rules.iter().map(|rule| self.typesetter.name(rule.definition.symbol));
                let users: Vec<Notation> = users.chain(terms.into_iter().map(|place| self.term(place))).collect();
                let begin = sentence!("{} is used in ", self.typesetter.name(name));
                words::joined(begin, &users).words(", and what they give is added:")
            }
        }
    }

    /// The gradient of each value so far: Δ by its definition where it has one of its own, all else as the form has it.
    pub(super) fn running(&mut self, variable: SymbolId) {
        let value = self.gradient.by(variable).map(|derivative| derivative.value);
        let label = &self.arena().symbol(variable).label;
        let delta = value.and_then(|value| self.arena().as_symbol(value));
        let is_own = |delta: &SymbolId| self.derivation.is_chain || self.arena().symbol(*delta).label == *label;
        let delta = delta.filter(is_own);
        let definition = delta.and_then(|delta| self.gradient.definitions.iter().find(|d| d.symbol == delta));
        let equation = match definition {
            Some(definition) if self.gradient.form == Form::Layered => Some(self.report.definition(*definition)),
            Some(_) | None => self.report.gradient(variable),
        };
        self.page.blocks.extend(equation.map(Block::Equation));
    }
}
