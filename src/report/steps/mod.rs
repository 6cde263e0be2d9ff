//! The steps to the gradients of some variables → a page: the chain rule, each local derivative, the error, the running
//! product, the results.

mod plan;
mod product;
mod words;

use super::gradients::{Report, by_loss};
use crate::{
    document::{
        Document,
        notation::{Equation, Notation, Relation},
        sentence::Sentence,
        typeset::Typesetter,
    },
    expr::{Arena, ExprId, Role, SymbolId},
    gradient::{
        Derivation, Derived, Form, Gradient,
        form::chain::{Chain, Factor},
        steps::{Enters, Line, Rule, Steps},
    },
};
use plan::{END, LAYERS, Plan};

/// Writes the steps on a page, a numbered section a stage.
struct StepsPage<'p> {
    page: Document<'p>,
    steps: &'p Steps,
    derivation: &'p Derivation,
    gradient: &'p Gradient,
    report: Report<'p>,
    typesetter: Typesetter<'p>,
    variables: &'p [SymbolId],
    plan: Plan<'p>,
    sections: usize,
}

/// How the gradients by `variables` come about; nothing for a form without a value.
#[must_use]
pub fn steps<'p>(derivation: &'p Derivation, steps: &'p Steps, variables: &'p [SymbolId]) -> Document<'p> {
    let page = Document::default();
    let Derived::Gradient(gradient) = &derivation.derived else { return page };
    let typesetter = Typesetter::new(&derivation.forward.arena).with_adjoints(&steps.adjoints);
    let (report, plan) = (Report::new(derivation), Plan::new(derivation, steps, variables));
    let mut page = StepsPage { page, steps, derivation, gradient, report, typesetter, variables, plan, sections: 0 };
    page.forward();
    page.chain(&steps.chain);
    page.local_derivatives();
    page.kept();
    page.error();
    page.gates();
    page.running_product();
    page.results();
    page.page.blocks.extend(page.report.remarks(variables, true));
    page.page
}

impl StepsPage<'_> {
    fn arena(&self) -> &Arena {
        &self.derivation.forward.arena
    }

    fn heading(&mut self, words: &'static str) {
        self.sections += 1;
        self.page.heading(Sentence::default().words(format!("{}. {words}", self.sections)));
    }

    /// What is differentiated.
    fn forward(&mut self) {
        self.heading("The forward pass");
        let (all, both) = (self.derivation.forward.definitions.len() + 1, [self.report.clone(), self.report.clone()]);
        let [first, last] = both;
        let ends = if self.plan.elided.is_some() { END } else { all };
        self.page.equations(move || first.forward_definitions().take(ends));
        if ends < all {
            self.page.paragraph(Sentence::of("The layers between follow likewise. At the end:"));
            self.page.equations(move || last.forward_definitions().skip(all - 1 - END));
        }
        self.page.paragraphs(words::of_means(self.arena(), self.derivation.forward.loss));
    }

    /// The factors of each gradient, all of them where the network is not deep.
    fn chain(&mut self, chain: &Chain) {
        self.heading("The chain rule");
        let parameters = self.variables.iter().copied().filter(|variable| self.is_parameter(*variable));
        if let Some(first) = parameters.into_iter().next() {
            let sentence = words::of_order(self.typesetter.name(first));
            self.page.paragraph(sentence);
        }
        if let Some(elided) = self.plan.elided {
            let factors = chain.factors(elided.first);
            self.partials(elided.first, &factors);
            let sentence = Sentence::of("and so on, down to ").math(by_loss(self.typesetter.name(elided.last)));
            self.page.paragraph(sentence.words("; from there:"));
        }
        for variable in self.variables {
            let rule = self.plan.rule_of(*variable).filter(|_| self.plan.elided.is_some());
            match rule {
                None => self.partials(*variable, &chain.factors(*variable)),
                Some(rule) if self.plan.is_shown(rule) => {
                    let mut factors = [
                        Factor { of: None, by: rule.definition.symbol },
                        Factor { of: Some(rule.definition.symbol), by: *variable },
                    ];
                    if matches!(rule.enters, Enters::Left(_)) {
                        factors.reverse();
                    }
                    self.partials(*variable, &factors);
                }
                Some(_) => {}
            }
        }
    }

    fn partials(&mut self, variable: SymbolId, factors: &[Factor]) {
        let name = |symbol| self.typesetter.name(symbol);
        let partial = |factor: &Factor| {
            let of = factor.of.map_or(Notation::Loss, name);
            Notation::Partial(Box::new(of), Box::new(name(factor.by)))
        };
        let right = Notation::Product(factors.iter().map(partial).collect());
        let shape = Some(self.report.shape(variable));
        self.page.equation(Equation { left: by_loss(name(variable)), relation: Relation::Equal, right, shape });
    }

    /// Each definition on the way, and what becomes of a derivative that comes in through it.
    fn local_derivatives(&mut self) {
        if self.plan.rules.is_empty() {
            return;
        }
        self.heading("What each factor does to the derivative that comes in");
        self.page.paragraphs(words::of_products());
        let mut last = None;
        for rule in self.plan.shown() {
            if last.is_some_and(|last| self.plan.is_gap(last, rule)) {
                self.likewise();
            }
            let why = self.why(rule, last != Some(rule.definition.symbol));
            self.page.paragraph(why);
            last = Some(rule.definition.symbol);
            if matches!(rule.enters, Enters::Entrywise(_)) && rule.swept != rule.value {
                let swept = self.by(rule.variable, rule.swept);
                self.page.equation(swept);
            }
            let value = self.by(rule.variable, rule.value);
            self.page.equation(value);
        }
    }

    /// What is left out in the middle of a deep network.
    fn likewise(&mut self) {
        let Some(elided) = self.plan.elided else { return };
        let name = |symbol| self.typesetter.name(symbol);
        let sentence = Sentence::of("From ").math(by_loss(name(elided.first))).words(" down to ");
        let sentence = sentence.math(by_loss(name(elided.last)));
        let layers = elided.definitions.div_ceil(2);
        self.page.paragraph(sentence.words(format!(
            " the same is done {layers} times more, once a layer; of more than {LAYERS} layers the middle is left out, and \
             no option raises the limit. Then:"
        )));
    }

    /// What has to be kept of the forward pass, read off the results.
    fn kept(&mut self) {
        self.heading("What is kept from the forward pass");
        let sentence = self.needed();
        self.page.paragraph(sentence);
    }

    /// ∂J/∂Ŷ, and on through the last activation, line by line.
    fn error(&mut self) {
        self.heading("The error: the loss and the last activation");
        let prediction = self.derivation.forward.prediction().symbol;
        let steps = self.steps;
        self.lines(prediction, &steps.by_prediction);
        let Some(last) = steps.rules.first().filter(|rule| self.plan.is_shown(rule)) else { return };
        self.lines(last.variable, &steps.by_pre_activation);
        if !self.is_fused() {
            let name = self.typesetter.name(last.definition.symbol);
            let words =
                Sentence::of("Nothing cancels: the loss does not absorb the activation, and the chain goes through ");
            self.page.paragraph(words.math(name).words("."));
        }
    }

    /// Equal expressions, each with the reason for it; what is written alike is one.
    fn lines(&mut self, variable: SymbolId, lines: &[Line]) {
        let mut last = None;
        for line in lines {
            let equation = self.by(variable, line.value);
            if last.as_ref() != Some(&equation) {
                let why = self.reason(line.reason);
                self.page.paragraph(why);
                self.page.equation(equation.clone());
            }
            last = Some(equation);
        }
    }

    /// How σ' becomes a factor of the product.
    fn gates(&mut self) {
        let shown: Vec<&Rule> = self.plan.shown().filter(|rule| rule.gated.is_some()).collect();
        if shown.is_empty() {
            return;
        }
        if self.gradient.form == Form::PerSample {
            self.heading("One sample at a time, with its own gates");
        } else {
            self.heading("One gate for all samples");
        }
        let words = self.gate_words();
        self.page.paragraph(words);
        let mut last = None;
        for rule in shown {
            let Some(gated) = rule.gated else { continue };
            if last.is_some_and(|last| self.plan.is_gap(last, rule)) {
                self.likewise();
            }
            last = Some(rule.definition.symbol);
            let (rows, matrix) = (self.by(rule.variable, gated.rows), self.by(rule.variable, gated.matrix));
            if self.gradient.form == Form::Product {
                self.page.equation(rows);
            }
            self.page.equation(matrix);
        }
    }

    /// ∂J/∂v = `value`
    fn by(&self, variable: SymbolId, value: ExprId) -> Equation {
        let rows = self.report.shape(variable) != *self.arena().shape(value);
        let name = if rows { self.typesetter.row(variable) } else { self.typesetter.name(variable) };
        Equation {
            left: by_loss(name),
            relation: self.report.relation(value),
            right: self.typesetter.formula(value),
            shape: Some(self.arena().shape(value).clone()),
        }
    }

    fn is_parameter(&self, symbol: SymbolId) -> bool {
        matches!(self.arena().symbol(symbol).role, Role::Weight | Role::Bias)
    }

    fn is_fused(&self) -> bool {
        self.derivation.head().is_fused(self.arena())
    }
}
