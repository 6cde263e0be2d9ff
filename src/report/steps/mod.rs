//! The steps to the gradients of some variables → a page: the chain rule, each local derivative, the error, the running
//! product, the results.

mod plan;
mod product;
mod rules;
mod uses;
pub(super) mod words;

use plan::{END, LAYERS, Plan, SHOWN};

use super::gradients::Report;
use crate::{
    document::{Block, Document, Equation, Notation, Relation, Sentence, Typesetter, sentence},
    expr::{Arena, ExprId, SymbolId},
    gradient::{
        Derivation, Derived, Form, Gradient,
        form::layered::argument,
        steps::{Enters, Line, Rule, Steps},
    },
};

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

const TITLE: &str = "Step by step";

/// How the gradients by `variables` come about; nothing for a form without a value.
pub fn steps<'p>(derivation: &'p Derivation, steps: &'p Steps, variables: &'p [SymbolId]) -> Document<'p> {
    let Some(mut page) = StepsPage::new(derivation, steps, variables) else {
        return Document::titled(TITLE);
    };
    page.forward();
    if derivation.is_chain {
        page.chain();
    } else {
        page.uses();
    }
    page.local_derivatives();
    page.kept();
    page.error();
    page.gates();
    page.running_product();
    page.results();
    let lines = lines(steps);
    let mut remarks = page.report.remarks(variables, true, &lines);
    for block in &mut remarks {
        // Only the layered form has the name: a line of steps writes ∂J/∂Z.
        if let (Block::Notation(signs), true) = (block, page.gradient.form != Form::Layered) {
            signs.retain(|(sign, _)| *sign != Notation::letter("Δ"));
        }
    }
    page.page.blocks.extend(remarks);
    page.page
}

/// The lines between the forward pass and the result.
fn lines(steps: &Steps) -> Vec<ExprId> {
    let rules = steps.rules.iter().flat_map(|rule| {
        let gated = rule.gated.map(|gated| [gated.rows, gated.matrix]);
        [rule.value].into_iter().chain(gated.into_iter().flatten())
    });
    let errors = steps.errors.iter().flat_map(|error| {
        [&error.by_prediction, &error.by_pre_activation, &error.by_target].into_iter().flatten().map(|line| line.value)
    });
    rules.chain(errors).collect()
}

/// A step of the running product: what is done, and what there is by then.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// What is done.
    pub said: Sentence,
    /// What there is by then; nothing where steps are left out.
    pub equation: Option<Equation>,
}

/// The product as it grows, a factor a step, and the gradient by `variable` at its end.
#[allow(clippy::wildcard_enum_match_arm, reason = "no other block is a step")]
pub fn running(derivation: &Derivation, steps: &Steps, variable: SymbolId) -> Vec<Running> {
    let variables = [variable];
    let Some(mut page) = StepsPage::new(derivation, steps, &variables) else { return Vec::new() };
    page.running_product();
    page.results();
    let mut found: Vec<Running> = Vec::new();
    for block in page.page.blocks {
        match (block, found.last_mut()) {
            (Block::Paragraph(said), _) => found.push(Running { said, equation: None }),
            (Block::Equation(equation), Some(Running { equation: none @ None, .. })) => *none = Some(equation),
            (Block::Equation(equation), _) => {
                found.push(Running { said: Sentence::default(), equation: Some(equation) });
            }
            // Headings, and nothing else: a step is told in sentences and equations.
            (_, _) => {}
        }
    }
    found
}

impl<'p> StepsPage<'p> {
    fn new(derivation: &'p Derivation, steps: &'p Steps, variables: &'p [SymbolId]) -> Option<Self> {
        let Derived::Gradient(gradient) = &derivation.derived else { return None };
        let typesetter = Typesetter::new(&derivation.forward.arena)
            .with_adjoints(&steps.adjoints)
            .with_columns(derivation.forward.has_columns());
        let (report, plan) = (Report::new(derivation), Plan::new(derivation, steps, variables));
        let page = Document::titled(TITLE);
        Some(Self { page, steps, derivation, gradient, report, typesetter, variables, plan, sections: 0 })
    }
}

impl StepsPage<'_> {
    fn arena(&self) -> &Arena {
        &self.derivation.forward.arena
    }

    fn heading(&mut self, words: &'static str) {
        self.sections += 1;
        self.page.heading(format!("{}. {words}", self.sections));
    }

    /// What is differentiated.
    fn forward(&mut self) {
        self.heading("The forward pass");
        let (all, both) = (self.derivation.forward.definitions.len() + 1, [self.report.clone(), self.report.clone()]);
        let [first, last] = both;
        let ends = if self.plan.elided.is_some() { END } else { all };
        self.page.equations(move || first.forward_definitions().take(ends));
        if ends < all {
            self.page.paragraph("The layers between follow likewise. At the end:");
            self.page.equations(move || last.forward_definitions().skip(all - 1 - END));
        }
        self.terms();
        self.page.paragraphs(words::of_means(self.arena(), self.derivation.forward.loss));
    }

    /// The factors of each gradient, all of them where the network is not deep.
    fn chain(&mut self) {
        self.heading("The chain rule");
        let first = self.variables.iter().find(|variable| self.is_parameter(**variable));
        let columns = self.derivation.forward.has_columns();
        self.page.paragraphs(first.map(|first| words::of_order(self.typesetter.name(*first), columns)));
        if let Some(elided) = self.plan.elided {
            self.partials(elided.first, self.factors(elided.first));
            self.page.paragraph(sentence!("and so on, down to {}; from there:", self.report.by(elided.last)));
        }
        for variable in self.variables {
            let rule = self.plan.rule_of(*variable).filter(|_| self.plan.elided.is_some());
            match rule {
                None => self.partials(*variable, self.factors(*variable)),
                Some(rule) if self.plan.is_shown(rule) => self.partials(*variable, self.local(rule)),
                Some(_) => {}
            }
        }
    }

    /// ∂J/∂Ŷ · ∂Ŷ/∂Z_L ⋯ down to the variable, whose own factor comes first if it enters on the left; of samples as columns
    /// the other way round.
    fn factors(&self, variable: SymbolId) -> Vec<Notation> {
        let (mut factors, mut at) = (Vec::new(), variable);
        while let Some(rule) = self.plan.rule_of(at) {
            factors.push(self.partial(rule));
            at = rule.definition.symbol;
        }
        factors.push(self.report.by(at));
        factors.reverse();
        if self.plan.rule_of(variable).is_some_and(|rule| self.is_beyond(rule)) {
            factors.rotate_right(1);
        }
        self.report.in_order(factors)
    }

    /// ∂J/∂d · ∂d/∂v of a rule.
    fn local(&self, rule: &Rule) -> Vec<Notation> {
        let mut factors = vec![self.report.by(rule.definition.symbol), self.partial(rule)];
        if self.is_beyond(rule) {
            factors.reverse();
        }
        self.report.in_order(factors)
    }

    /// Whether the local derivative stands on the other side of what comes in than the way down to the input does.
    fn is_beyond(&self, rule: &Rule) -> bool {
        match rule.enters {
            Enters::Left(_) => !self.derivation.forward.has_columns(),
            Enters::Right(_) => self.derivation.forward.has_columns(),
            Enters::Transposed(_) | Enters::Summed(..) => true,
            Enters::Entrywise(_)
            | Enters::Unchanged
            | Enters::Scaled(_)
            | Enters::Mixed
            | Enters::Normalised(_)
            | Enters::Other => false,
        }
    }

    /// On which side the factor of a parameter enters, and the other.
    fn sides(&self) -> [&'static str; 2] {
        if self.derivation.forward.has_columns() { ["right", "left"] } else { ["left", "right"] }
    }

    fn partial(&self, rule: &Rule) -> Notation {
        Notation::partial(self.typesetter.name(rule.definition.symbol), self.typesetter.name(rule.variable))
    }

    fn partials(&mut self, variable: SymbolId, factors: Vec<Notation>) {
        self.total(variable, Notation::Product(factors));
    }

    /// ∂J/∂`variable` by other derivatives.
    fn total(&mut self, variable: SymbolId, right: Notation) {
        let shape = Some(self.report.shape(variable));
        let left = self.report.by(variable);
        self.page.equation(Equation { left, relation: Relation::Equal, right, shape });
    }

    /// Each definition on the way, and what becomes of a derivative that comes in through it.
    fn local_derivatives(&mut self) {
        if self.plan.rules.is_empty() {
            return;
        }
        self.heading("From the derivative of each value to those of its factors");
        self.page.paragraphs(words::of_products());
        let mut last = None;
        for rule in self.plan.shown() {
            if last.is_some_and(|last| self.plan.is_gap(last, rule)) {
                self.likewise();
            }
            self.page.paragraph(self.why(rule, last != Some(rule.definition.symbol)));
            last = Some(rule.definition.symbol);
            if matches!(rule.enters, Enters::Entrywise(_)) && rule.swept != rule.value {
                self.page.equation(self.gets(rule, rule.swept));
            }
            self.page.equation(self.gets(rule, rule.value));
        }
    }

    /// What is left out in the middle of a deep network.
    fn likewise(&mut self) {
        let Some(elided) = self.plan.elided else { return };
        if !self.derivation.is_chain {
            return self.page.paragraph(format!(
                "Of more than {SHOWN} values those in the middle are left out, and no option raises the limit. Then:"
            ));
        }
        let [first, last] = [elided.first, elided.last].map(|symbol| self.report.by(symbol));
        let times = elided.definitions.div_ceil(2).to_string();
        let of_more = format!("of more than {LAYERS} layers the middle is left out, and no option raises the limit");
        self.page.paragraph(sentence!(
            "From {} down to {} the same is done {} times more, once a layer; {}. Then:",
            first,
            last,
            times,
            of_more
        ));
    }

    /// What has to be kept of the forward pass, read off the results.
    fn kept(&mut self) {
        self.heading("What is kept from the forward pass");
        self.page.paragraph(self.needed());
    }

    /// ∂J/∂Ŷ of each loss, and on through the last activation, line by line.
    fn error(&mut self) {
        let (steps, outputs) = (self.steps, &self.derivation.forward.outputs);
        self.heading(match &outputs[..] {
            _ if self.derivation.is_chain => "The error: the loss and the last activation",
            [only] if only.is_upstream => "What comes in at the end",
            [_] => "The error of the loss",
            _ => "The error of each loss",
        });
        for (place, (output, error)) in outputs.iter().zip(&steps.errors).enumerate() {
            let prediction = output.prediction.symbol;
            if self.plan.names().contains(&prediction) {
                self.lines(place, prediction, self.by_term(place, prediction), &error.by_prediction);
            }
            let rule = self.plan.rules.iter().find(|rule| rule.definition.symbol == prediction).copied();
            let through = argument(self.arena(), output.prediction);
            if let Some(rule) = rule.filter(|rule| through == Some(rule.variable) && self.plan.is_shown(rule)) {
                self.lines(place, rule.variable, self.through(place, rule), &error.by_pre_activation);
                if !self.is_fused(place) {
                    let name = self.typesetter.name(prediction);
                    let words = "Nothing cancels, so the derivative of the activation stays a factor, and the chain goes through {}.";
                    self.page.paragraph(Sentence::filled(words, [name.into()]));
                }
            }
            if self.plan.names().contains(&output.target) {
                self.lines(place, output.target, self.by_term(place, output.target), &error.by_target);
            }
        }
        self.penalties();
    }

    /// Equal expressions, each with the reason for it; what is written alike is one.
    #[allow(clippy::needless_pass_by_value, reason = "it is the left side")]
    fn lines(&mut self, place: usize, variable: SymbolId, left: Notation, lines: &[Line]) {
        let mut last = None;
        for line in lines {
            let equation = Equation { left: left.clone(), ..self.by(variable, line.value) };
            if last.as_ref() != Some(&equation) {
                self.page.paragraph(self.reason(line.reason, place, variable));
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
        let is_own = self.gradient.form == Form::PerSample;
        self.heading(if is_own {
            "One sample at a time, with its own derivatives"
        } else {
            "One matrix of derivatives for all samples"
        });
        self.page.paragraph(self.gate_words());
        let mut last = None;
        for rule in shown {
            let Some(gated) = rule.gated else { continue };
            if last.is_some_and(|last| self.plan.is_gap(last, rule)) {
                self.likewise();
            }
            last = Some(rule.definition.symbol);
            if self.gradient.form == Form::Product {
                self.page.equation(self.gets(rule, gated.rows));
            }
            self.page.equation(self.gets(rule, gated.matrix));
        }
    }

    /// ∂J/∂v = `value`
    fn by(&self, variable: SymbolId, value: ExprId) -> Equation {
        let rows = self.report.shape(variable) != *self.arena().shape(value);
        let name = if rows { self.typesetter.row(variable) } else { self.typesetter.name(variable) };
        let right = self.typesetter.formula(value);
        Equation { right, ..self.report.equation(Notation::by_loss(name), self.report.relation(value), value) }
    }

    fn is_parameter(&self, symbol: SymbolId) -> bool {
        !self.arena().symbol(symbol).is_value()
    }

    /// Whether the loss at this place absorbs the last activation.
    fn is_fused(&self, place: usize) -> bool {
        self.derivation.output_errors[place].is_fused(self.arena())
    }
}
