//! What is said between the equations of the steps: each sentence is made from the rule or the line that it explains.

use std::collections::HashSet;

use super::StepsPage;
use crate::{
    document::{
        notation::{Letter, Notation, Relation, Sample, Sign},
        sentence::Sentence,
        typeset::Typesetter,
    },
    expr::{Arena, ExprId, Function, Op, SymbolId},
    gradient::{
        Form,
        form::per_sample::of_sample,
        steps::{Enters, Reason, Rule},
    },
    report::words,
};

/// Of more names than this only the ends are listed.
const LISTED: usize = 8;

impl StepsPage<'_> {
    fn math(&self, id: ExprId) -> Notation {
        self.typesetter.formula(id).without_shapes()
    }

    /// The other factor of the product that a definition has: Wᵀ enters because W stands there.
    fn other(&self, factor: ExprId) -> Notation {
        if let Op::Transpose([other]) = self.arena().op(factor) { self.math(*other) } else { self.math(factor) }
    }

    /// Why the local derivative enters as it does, behind the definition where that is new.
    pub(super) fn why(&self, rule: &Rule, is_new: bool) -> Sentence {
        let (from, to) = (self.typesetter.name(rule.definition.symbol), self.typesetter.name(rule.variable));
        let begin = if is_new {
            let equals = Sentence::default().math(from.clone()).words(" ").relation(Relation::Equal).words(" ");
            equals.math(self.math(rule.definition.value)).words(": ").math(to)
        } else {
            Sentence::default().math(to)
        };
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
        let prediction = self.typesetter.name(self.derivation.forward.prediction().symbol);
        match reason {
            Reason::Swept => {
                Sentence::of("The loss of each entry is differentiated with respect to ").math(prediction).words(":")
            }
            Reason::PutIn => Sentence::of("This comes in at ").math(prediction).words(", the last activation:"),
            Reason::Functions => {
                Sentence::of("The derivative of the activation is written by ").math(prediction).words(" itself:")
            }
            Reason::Divisors => Sentence::of("Multiplied out, divisors cancel:"),
            Reason::Simplified => Sentence::of("Simplified:"),
            Reason::Distributions => {
                let target = self.typesetter.name(self.derivation.forward.target());
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
        let one = self.derivation.forward.arena.symbol(self.derivation.forward.input()).rows.as_number() == Some(1);
        if one {
            return Sentence::of("The batch is one sample, so its gate is one row: a product with a square matrix.");
        }
        Sentence::of(
            "Each sample has its own derivatives of an activation. Assumed: one row of them serves all samples. Then \
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
            Enters::Entrywise(_) if self.arena().as_symbol(rule.value).is_some() => {
                Sentence::of("The linear activation ").math(from).words(" changes nothing:")
            }
            Enters::Entrywise(_) | Enters::Mixed => Sentence::of("Through the activation ").math(from).words(":"),
            Enters::Unchanged => from_is(from, Sentence::default().math(self.typesetter.name(rule.variable))),
        }
    }

    /// How a parameter's gradient leaves the running product, and where the sum over the samples is.
    pub(super) fn branch_words(&self, rule: &Rule, is_first: bool) -> Sentence {
        let begin = Sentence::of("To ").math(self.typesetter.name(rule.variable)).words(": ");
        let Enters::Left(factor) = rule.enters else { return begin };
        let words = begin.math(self.math(factor)).words(" on the left of ");
        let words = words.math(super::by_loss(self.typesetter.name(rule.definition.symbol)));
        let batch = self.arena().dims(factor).is_ok_and(|(_, inner)| inner.is_batch());
        match (batch && is_first, self.mean()) {
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
        let result: HashSet<SymbolId> = self.report.symbols(&values).collect();
        let gates = self.gradient.gates.iter().filter(|gate| self.is_among(gate.matrix, &result));
        let sources: Vec<ExprId> = gates.map(|gate| gate.source).collect();
        let inside: HashSet<SymbolId> = self.report.symbols(&sources).collect();
        let forward = &self.derivation.forward;
        let defined = forward.definitions.iter().map(|definition| definition.symbol);
        let passed: Vec<SymbolId> = [forward.input()].into_iter().chain(defined).collect();
        let of = |all: &[SymbolId], used: &HashSet<SymbolId>| -> Vec<Notation> {
            all.iter()
                .filter(|symbol| self.is_among(**symbol, used))
                .map(|symbol| self.typesetter.name(*symbol))
                .collect()
        };
        let mut sentence = listed(Sentence::of("Kept: "), &of(&passed, &result));
        if !inside.is_empty() {
            sentence = listed(sentence.words("; for the gates "), &of(&passed, &inside));
        }
        sentence = sentence.words(". The result also needs ");
        let weights = of(&forward.parameters, &result);
        if !weights.is_empty() {
            sentence = listed(sentence, &weights).words(" and ");
        }
        sentence.words("the target ").math(self.typesetter.name(forward.target())).words(".")
    }

    /// Whether the name, or its row of one sample, is used.
    fn is_among(&self, symbol: SymbolId, used: &HashSet<SymbolId>) -> bool {
        let row = self.arena().find(&of_sample(self.arena().symbol(symbol)));
        used.contains(&symbol) || row.is_some_and(|row| used.contains(&row))
    }
}

/// Why the last factor stands first.
pub(super) fn of_order(variable: Notation) -> Sentence {
    let sentence = Sentence::of("From the loss down, a factor a step. The last factor, that of ").math(variable);
    sentence.words(
        " itself, is written first: in the result it is a matrix that multiplies from the left, and matrix products may not \
         be reordered.",
    )
}

/// Which losses textbooks call the mean squared error, if the loss is a square.
pub(super) fn of_means(arena: &Arena, loss: ExprId) -> Option<Sentence> {
    let is_square =
        |op: &Op<ExprId>| matches!(op, Op::Map(Function::Square, 0, [error]) if matches!(arena.op(*error), Op::Add(_)));
    let squared = |base| Notation::Power(Box::new(Notation::Group(Box::new(base))), 2);
    let error = || {
        let letters = [(Sign::Plus, hatted("Y")), (Sign::Minus, Typesetter::constant("Y"))];
        Notation::Sum(letters.into())
    };
    let half = Notation::Coefficient(Box::new(Notation::Half), Box::new(squared(error())));
    let sentence = Sentence::of("Textbooks call both ")
        .math(half)
        .words(" (here ")
        .code("half_mse")
        .words(") and ")
        .math(squared(error()));
    let sentence =
        sentence.words(" (here ").code("mse").words(") the squared error; the half cancels the 2 of the derivative.");
    arena.reachable(&[loss]).into_iter().any(|part| is_square(arena.op(part))).then_some(sentence)
}

fn hatted(base: &str) -> Notation {
    Notation::Letter(Letter { base: base.into(), hat: true, subscript: None, sample: Sample::None })
}

/// The rule of products, said once, and shown on matrices of two rows and columns.
pub(super) fn of_products() -> [Sentence; 2] {
    let letter = Typesetter::constant;
    let product = |a, b| Notation::Product(vec![a, b]);
    let transposed = |base| Notation::Transposed(Box::new(letter(base)));
    let rule = Sentence::of("Each entry of a product ")
        .math(product(letter("U"), letter("V")))
        .words(" sums over the inner index. So what comes in, ")
        .math(letter("G"))
        .words(", goes on to ")
        .math(letter("U"))
        .words(" as ")
        .math(product(letter("G"), transposed("V")))
        .words(" and to ")
        .math(letter("V"))
        .words(" as ")
        .math(product(transposed("U"), letter("G")))
        .words(".");
    let entry = |base: &str, index: &str| words::letter(base, index);
    let times = |a, b| Notation::Scalars(vec![a, b]);
    let sum = |a, b| Notation::Sum(vec![(Sign::Plus, a), (Sign::Plus, b)]);
    let shown = Sentence::of("For two rows and two columns: ")
        .math(entry("u", "11"))
        .words(" enters ")
        .math(letter("P"))
        .equals(product(letter("U"), letter("V")))
        .words(" twice, in ")
        .math(entry("p", "11"))
        .equals(sum(times(entry("u", "11"), entry("v", "11")), times(entry("u", "12"), entry("v", "21"))))
        .words(" and in ")
        .math(entry("p", "12"))
        .equals(sum(times(entry("u", "11"), entry("v", "12")), times(entry("u", "12"), entry("v", "22"))))
        .words(", so the derivative with respect to it is ")
        .math(sum(times(entry("g", "11"), entry("v", "11")), times(entry("g", "12"), entry("v", "12"))))
        .words(", an entry of ")
        .math(product(letter("G"), transposed("V")))
        .words(".");
    [rule, shown]
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
