//! What is said between the equations of the steps: each sentence is made from the rule or the line that it explains.

use std::{collections::BTreeSet, io::Write};

use super::StepsPage;
use crate::{
    expr::{ExprId, Op, Role, Symbol, SymbolId},
    gradient::{
        Form,
        form::gate::Gate,
        steps::{Enters, Reason, Rule},
    },
    render::{notation::Notation, sentence::Sentence, typeset::Typesetter},
};

/// Of more names than this only the ends are listed.
const LISTED: usize = 8;

impl<W: Write> StepsPage<'_, '_, W> {
    fn math(&self, id: ExprId) -> Notation {
        self.typesetter.formula(id).without_shapes()
    }

    /// The other factor of the product that a definition has: Wᵀ enters because W stands there.
    fn other(&self, factor: ExprId) -> Notation {
        if let Op::Transpose([other]) = self.arena().op(factor) { self.math(*other) } else { self.math(factor) }
    }

    /// Why the local derivative enters as it does.
    pub(super) fn why(&self, rule: &Rule) -> Sentence {
        let (from, to) = (self.typesetter.name(rule.definition.symbol), self.typesetter.name(rule.variable));
        let begin = Sentence::default().math(to);
        match rule.enters {
            Enters::Right(factor) => {
                let begin = begin.words(" stands left of ").math(self.other(factor)).words(", so ");
                begin.math(self.math(factor)).words(" enters on the right:")
            }
            Enters::Left(factor) => {
                let begin = begin.words(" stands right of ").math(self.other(factor)).words(", so ");
                begin.math(self.math(factor)).words(" enters on the left:")
            }
            Enters::Entrywise(_) if rule.swept != rule.value => {
                begin.words(" passes through a linear function, whose derivative is 1 everywhere:")
            }
            Enters::Entrywise(factor) => begin
                .words(" passes through a function of each entry alone, so ")
                .math(self.math(factor))
                .words(" enters entry by entry:"),
            Enters::Unchanged => from_is(from, begin),
            Enters::Mixed => begin
                .words(" is mixed within each row by softmax, whose outputs sum to 1: from what comes in, its mean over the \
                        row is taken away, weighted by ")
                .math(from)
                .words(", and the rest is weighted by it:"),
        }
    }

    /// What a line of the error rests on.
    pub(super) fn reason(&self, reason: Reason) -> Sentence {
        let prediction = self.typesetter.name(self.derivation.forward.prediction.symbol);
        match reason {
            Reason::Swept => Sentence::of("The loss of each entry is differentiated by ").math(prediction).words(":"),
            Reason::PutIn => Sentence::of("This comes in at the last activation, ").math(prediction).words(":"),
            Reason::Functions => {
                Sentence::of("The derivative of the activation is written by ").math(prediction).words(" itself:")
            }
            Reason::Divisors => Sentence::of("Multiplied out, the divisors cancel:"),
            Reason::Simplified => Sentence::of("Simplified:"),
            Reason::Distributions => {
                let target = self.typesetter.name(self.derivation.forward.target);
                Sentence::of("Assumed: each row of ").math(target).words(" sums to 1. Then:")
            }
        }
    }

    /// What one gate, or one for each sample, means.
    pub(super) fn gate_words(&self) -> Sentence {
        if self.gradient.form == Form::PerSample {
            return Sentence::of(
                "For one sample, a row, entrywise multiplication by its own derivatives is a product with a square matrix: \
                 nothing is assumed.",
            );
        }
        let one = self.derivation.forward.arena.symbol(self.derivation.forward.input).rows.as_number() == Some(1);
        if one {
            return Sentence::of("The batch is one sample, so its gate is one row s: a product with a square matrix.");
        }
        Sentence::of(
            "Each sample has its own derivatives of an activation. Assumed: one row s of them serves all samples. Then \
             entrywise multiplication by equal rows is a product with a square matrix.",
        )
    }

    /// What the next factor of the running product is.
    pub(super) fn factor_words(&self, rule: &Rule, first: bool) -> Sentence {
        let from = self.typesetter.name(rule.definition.symbol);
        if first && self.is_fused() {
            return Sentence::of("Start with the error, which holds the last activation:");
        }
        match rule.enters {
            Enters::Right(factor) => Sentence::of("Times ").math(self.math(factor)).words(":"),
            Enters::Left(factor) => Sentence::default().math(self.math(factor)).words(" on the left:"),
            Enters::Entrywise(_) | Enters::Mixed => Sentence::of("Through the activation ").math(from).words(":"),
            Enters::Unchanged => from_is(from, Sentence::default().math(self.typesetter.name(rule.variable))),
        }
    }

    /// How a parameter's gradient leaves the running product, and where the sum over the samples is.
    pub(super) fn branch_words(&self, rule: &Rule) -> Sentence {
        let begin = Sentence::of("To ").math(self.typesetter.name(rule.variable)).words(": ");
        let Enters::Left(factor) = rule.enters else { return begin };
        let words = begin.math(self.math(factor)).words(" on the left of ");
        let words = words.math(super::by_loss(self.typesetter.name(rule.definition.symbol)));
        let batch = self.arena().dims(factor).is_ok_and(|(_, inner)| inner.is_batch());
        match (batch, self.mean()) {
            (false, _) => words.words(":"),
            (true, None) => words.words(" sums over the samples:"),
            (true, Some(samples)) => {
                let words = words.words(" sums over the samples; the error is divided by ").math(samples);
                words.words(", so this is a mean:")
            }
        }
    }

    /// The number of samples, if the loss is divided by it.
    fn mean(&self) -> Option<Notation> {
        let Op::Scale([s, _]) = self.arena().op(self.derivation.forward.loss) else { return None };
        let Op::Scalar(scalar) = self.arena().op(*s) else { return None };
        let found = scalar.powers().find(|(dim, power)| dim.is_batch() && *power == -1);
        found.map(|(dim, _)| Notation::Dim(dim.clone()))
    }

    /// The names in the results, those inside gates too.
    pub(super) fn needed(&self) -> Sentence {
        let mut values: Vec<ExprId> =
            self.variables.iter().filter_map(|v| self.gradient.by(*v)).map(|derivative| derivative.value).collect();
        if self.gradient.form == Form::Layered {
            values.extend(self.report.used(self.gradient, self.variables).iter().map(|definition| definition.value));
        }
        let mut symbols: BTreeSet<SymbolId> = self.report.symbols(&values).collect();
        let used = |gate: &&Gate| symbols.contains(&gate.matrix) || symbols.contains(&gate.entries);
        let sources: Vec<ExprId> = self.gradient.gates.iter().filter(used).map(|gate| gate.source).collect();
        symbols.extend(self.report.symbols(&sources));
        let of = |roles: &[Role]| -> Vec<Notation> {
            let mut found: Vec<SymbolId> =
                symbols.iter().copied().filter(|symbol| roles.contains(&self.arena().symbol(*symbol).role)).collect();
            let order = |symbol: &SymbolId| {
                let Symbol { role, label, .. } = self.arena().symbol(*symbol);
                self.derivation.forward.definitions.iter().position(|definition| {
                    let other = self.arena().symbol(definition.symbol);
                    other.role == *role && other.label == *label
                })
            };
            found.sort_by_cached_key(order);
            found.into_iter().map(|symbol| self.typesetter.name(symbol)).collect()
        };
        let values = of(&[Role::Input, Role::PreActivation, Role::Activation, Role::Prediction]);
        let weights = of(&[Role::Weight]);
        let mut sentence =
            if values.is_empty() { Sentence::of("Nothing") } else { listed(Sentence::default(), &values) };
        sentence = sentence.words(". Besides these the result needs ");
        if !weights.is_empty() {
            sentence = listed(sentence, &weights).words(" and ");
        }
        let target = Typesetter::new(self.arena()).name(self.derivation.forward.target);
        sentence.words("the target ").math(target).words(".")
    }
}

/// Z is A itself.
fn from_is(from: Notation, begin: Sentence) -> Sentence {
    begin.words(" goes on unchanged as ").math(from).words(":")
}

fn listed(sentence: Sentence, names: &[Notation]) -> Sentence {
    let long = names.len() > LISTED;
    let shown = if long { &names[..3] } else { names };
    let joined = shown.iter().enumerate().fold(sentence, |sentence, (i, name)| {
        let sentence = if i > 0 { sentence.words(", ") } else { sentence };
        sentence.math(name.clone())
    });
    match names.last().filter(|_| long) {
        Some(last) => joined.words(" and so on to ").math(last.clone()),
        None => joined,
    }
}
