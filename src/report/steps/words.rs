//! What is said between the equations of the steps: each sentence is made from the rule or the line that it explains.
#![allow(clippy::wildcard_enum_match_arm, reason = "all other rules are said in one sentence")]

use std::collections::HashSet;

use super::StepsPage;
use crate::{
    document::{Letter, Notation, Sample, Sentence, Sign, sentence},
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
    pub(super) fn math(&self, id: ExprId) -> Notation {
        self.typesetter.formula(id).without_shapes()
    }

    /// What a line of the error of the loss at this place rests on.
    pub(super) fn reason(&self, reason: Reason, place: usize, variable: SymbolId) -> Sentence {
        let output = &self.derivation.forward.outputs[place];
        let [prediction, target, by] =
            [output.prediction.symbol, output.target, variable].map(|symbol| self.typesetter.name(symbol));
        match reason {
            Reason::Swept if self.derivation.is_chain => {
                sentence!("The loss of each entry is differentiated with respect to {}:", by)
            }
            Reason::Swept => sentence!("{} is differentiated with respect to {}:", self.term(place), by),
            Reason::Given => sentence!("There is no loss: the gradient that comes in at {} is given, {}:", by, target),
            Reason::PutIn => sentence!("Through the last activation, {}, it becomes:", prediction),
            Reason::Functions => sentence!("The derivative of the activation is written by {} itself:", prediction),
            Reason::Divisors => Sentence::of("Multiplied out, divisors cancel:"),
            Reason::Simplified => Sentence::of("Simplified:"),
            Reason::Distributions => sentence!("Assumed: each {} of {} sums to 1. Then:", self.report.side(), target),
        }
    }

    /// What one gate, or one for each sample, means.
    pub(super) fn gate_words(&self) -> String {
        let side = self.report.side();
        let is_one = self.arena().symbol(self.derivation.forward.input()).rows.as_number() == Some(1);
        if !self.derivation.is_chain {
            if self.gradient.form == Form::PerSample {
                format!(
                    "For one sample, a {side}, each rule that multiplies entry by entry is a product with a square matrix: \
                     nothing is assumed."
                )
            } else if is_one {
                format!(
                    "The batch is one sample, one {side}: multiplication entry by entry is a product with a square matrix."
                )
            } else {
                format!(
                    "Where a rule multiplies entry by entry, each sample has a {side} of its own. This form assumes that one {side} \
                     serves all samples; then the rule is a product with a square matrix."
                )
            }
        } else if self.gradient.form == Form::PerSample {
            format!(
                "For one sample, a {side}, entrywise multiplication by its own derivatives is a product with a square matrix: \
                 nothing is assumed."
            )
        } else if is_one {
            format!("The batch is one sample, so its gate is one {side}: a product with a square matrix.")
        } else {
            format!(
                "Each sample has its own derivatives of an activation. This form assumes that one {side} of them serves all \
                 samples; multiplying entry by entry by equal {side}s is then a product with a diagonal matrix."
            )
        }
    }

    /// What the next factor of the running product is.
    pub(super) fn factor_words(&self, rule: &Rule, first: bool) -> Sentence {
        let (from, to) = (self.typesetter.name(rule.definition.symbol), self.typesetter.name(rule.variable));
        match rule.enters {
            _ if first && self.is_fused(0) => {
                Sentence::of("Start with the error, in which the last activation is taken into account already:")
            }
            Enters::Right(factor) => sentence!("Times {}:", self.math(factor)),
            Enters::Left(factor) => sentence!("{} on the left:", self.math(factor)),
            Enters::Transposed(factor) | Enters::Summed(factor, _) => {
                sentence!("{} on the {}:", self.math(factor), self.sides()[0])
            }
            Enters::Entrywise(_) if self.arena().as_symbol(rule.value).is_some() => {
                sentence!("The linear activation {} changes nothing:", from)
            }
            Enters::Entrywise(by) if !self.is_activation(rule) => sentence!("Times {} entry by entry:", self.math(by)),
            Enters::Entrywise(_) | Enters::Mixed => sentence!("Through the activation, from {} back to {}:", from, to),
            Enters::Scaled(by) => match self.math(by) {
                Notation::Number(-1) => Sentence::of("With the sign changed:"),
                by => sentence!("Times {}:", by),
            },
            Enters::Unchanged if self.is_term(rule) => {
                sentence!("{} is a sum, which passes what comes in unchanged to {}:", from, to)
            }
            Enters::Unchanged => sentence!("{} goes on unchanged as {}:", to, from),
            Enters::Normalised(_) => sentence!("Through the norm {}:", from),
            Enters::Other => sentence!("Through {}:", from),
        }
    }

    /// How a parameter's gradient leaves the running product, and where the sum over the samples is.
    pub(super) fn branch_words(&self, rule: &Rule, is_first: bool) -> Sentence {
        let begin = sentence!("To {}: ", self.typesetter.name(rule.variable));
        let by = Notation::by_loss(self.typesetter.name(rule.definition.symbol));
        let [side, _] = self.sides();
        let factor = match rule.enters {
            Enters::Left(factor) if side == "left" => factor,
            Enters::Right(factor) if side == "right" => factor,
            Enters::Transposed(factor) => {
                return sentence!("{}{} on the {} of {}, transposed:", begin, self.math(factor), side, by);
            }
            Enters::Summed(ones, with) => {
                let (with, ones) = (self.math(with), self.math(ones));
                return sentence!(
                    "{}{} times {} entry by entry; {} on the {} of both sums over the samples:",
                    begin,
                    by,
                    with,
                    ones,
                    side
                );
            }
            _ => return begin,
        };
        let words = sentence!("{}{} on the {} of {}", begin, self.math(factor), side, by);
        let batch = self.arena().dims(factor).is_ok_and(|(rows, columns)| {
            let (_, inner) = self.derivation.forward.layout.sides(rows, columns);
            inner.is_batch()
        });
        match (batch && is_first, self.mean().filter(|_| self.derivation.is_chain)) {
            (false, _) => words.words(":"),
            (true, None) => words.words(" sums over the samples:"),
            (true, Some(samples)) => {
                sentence!("{} sums over the samples; the error is divided by {}, so this is a mean:", words, samples)
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
        let passed: Vec<SymbolId> =
            forward.inputs.iter().copied().chain(defined).chain(forward.masks.clone()).collect();
        let of = |all: &[SymbolId], used: &HashSet<SymbolId>| -> Vec<Notation> {
            all.iter()
                .filter(|symbol| self.is_among(**symbol, used))
                .map(|symbol| self.typesetter.name(*symbol))
                .collect()
        };
        let mut sentence =
            listed(Sentence::of("The backward pass uses these values of the forward pass: "), &of(&passed, &result));
        if !inside.is_empty() {
            sentence = listed(sentence.words("; for the activation derivatives "), &of(&passed, &inside));
        }
        let weights = of(&forward.parameters, &result);
        let mut targets = of(&forward.targets, &result);
        if self.derivation.is_chain {
            targets = vec![self.typesetter.name(forward.target())];
        }
        if weights.is_empty() && targets.is_empty() {
            return sentence.words(".");
        }
        sentence = listed(sentence.words(". It also needs "), &weights);
        if targets.is_empty() {
            return sentence.words(".");
        }
        let and = if weights.is_empty() { "" } else { " and " };
        let what = match &forward.outputs[..] {
            [only] if only.is_upstream => "what comes in, ",
            _ if targets.len() > 1 => "the targets ",
            _ => "the target ",
        };
        listed(sentence.words(format!("{and}{what}")), &targets).words(".")
    }

    /// Whether the name, or its row of one sample, is used.
    fn is_among(&self, symbol: SymbolId, used: &HashSet<SymbolId>) -> bool {
        let row = self.arena().find(&of_sample(self.arena().symbol(symbol)));
        used.contains(&symbol) || row.is_some_and(|row| used.contains(&row))
    }
}

/// Why the last factor stands first.
pub(super) fn of_order(variable: Notation, has_columns: bool) -> Sentence {
    let begin = sentence!(
        "The chain rule goes from the loss down to {}, a factor at each step{}.",
        variable.clone(),
        if has_columns { ", each written left of the one before" } else { "" }
    );
    let [factor, end, side] = if has_columns { ["", "at the right end", "right"] } else { ["last ", "first", "left"] };
    begin.then(sentence!(
        " The {}factor, that of {} itself, is written {}: in the result it is a matrix that multiplies from the {}, and \
         matrix products may not be reordered.",
        factor,
        variable,
        end,
        side
    ))
}

/// Why derivatives are sums, and in which order factors stand.
pub(super) fn of_uses(
    has_sums: bool,
    parameter: Option<Notation>,
    side: &'static str,
) -> impl Iterator<Item = Sentence> {
    let sums = Sentence::of(if has_sums {
        "From the loss down. What is used more than once has an influence on J through each use, and its derivative is the sum \
         over them. The lines put into one another give a product for each path, and their sum."
    } else {
        "From the loss down: each name below has an influence on J through one use. The lines put into one another give one \
         product for each name."
    });
    let place = if side == "left" { "first" } else { "last" };
    let order = move |parameter| {
        sentence!(
            "The factor of a parameter such as {} is written {}: in the result it is a matrix that multiplies from the {}, \
             and matrix products may not be reordered.",
            parameter,
            place,
            side
        )
    };
    [sums].into_iter().chain(parameter.map(order))
}

/// What is told apart by the names of terms.
pub(super) fn of_terms(term: Notation, value: Notation) -> Sentence {
    let all = Notation::by_loss(value.clone());
    sentence!(
        "A derivative of {} is that of its own formula, in which all other values stay; {} counts every influence of {} on J.",
        term,
        all,
        value
    )
}

/// Names with commas and an "and".
pub(in crate::report) fn joined(sentence: Sentence, names: &[Notation]) -> Sentence {
    names.iter().enumerate().fold(sentence, |sentence, (i, name)| {
        let joint = match i {
            0 => "",
            _ if i + 1 == names.len() => " and ",
            _ => ", ",
        };
        sentence.words(joint).math(name.clone())
    })
}

/// Which losses textbooks call the mean squared error, if the loss is a square.
pub(super) fn of_means(arena: &Arena, loss: ExprId) -> Option<Sentence> {
    let is_square =
        |op: &Op<ExprId>| matches!(op, Op::Map(Function::Square, 0, [error]) if matches!(arena.op(*error), Op::Add(_)));
    let hatted =
        Notation::Letter(Letter { base: "Y".into(), hat: true, dot: false, subscript: None, sample: Sample::None });
    let square = Notation::Sum(vec![(Sign::Plus, hatted), (Sign::Minus, Notation::letter("Y"))]).squared();
    let half = Notation::Coefficient(Box::new(Notation::Half), Box::new(square.clone()));
    let [half_mse, mse] = ["half_mse", "mse"].map(|name| Sentence::default().code(name));
    let sentence = sentence!(
        "Textbooks call both {} (here {}) and {} (here {}) the squared error; the half cancels the 2 of the derivative.",
        half,
        half_mse,
        square,
        mse
    );
    arena.reachable(&[loss]).into_iter().any(|part| is_square(arena.op(part))).then_some(sentence)
}

/// The rule of products, said once, and shown on matrices of two rows and columns.
pub(super) fn of_products() -> [Sentence; 2] {
    let product = |a, b| Notation::Product(vec![a, b]);
    let [u, v, g, p] = ["U", "V", "G", "P"].map(Notation::letter);
    let [to_u, to_v] = [product(g.clone(), v.clone().transposed()), product(u.clone().transposed(), g.clone())];
    let uv = product(u.clone(), v.clone());
    let rule = sentence!(
        "Each entry of a product {} sums over the inner index. So from the derivative {} of J with respect to the product, {} \
         receives {} and {} receives {}.",
        uv.clone(),
        g,
        u,
        to_u.clone(),
        v,
        to_v
    );
    let entry = |name: &str| words::letter(&name[..1], &name[1..]);
    // u11 v11 + u12 v21
    let sum = |[a, b]: [[&str; 2]; 2]| {
        let times = |pair: [&str; 2]| (Sign::Plus, Notation::Scalars(pair.map(entry).to_vec()));
        Notation::Sum(vec![times(a), times(b)])
    };
    let shown = sentence!(
        "For two rows and two columns: {} enters {} = {} twice, in {} = {} and in {} = {}, so the derivative with respect \
         to it is {}, an entry of {}.",
        entry("u11"),
        p,
        uv,
        entry("p11"),
        sum([["u11", "v11"], ["u12", "v21"]]),
        entry("p12"),
        sum([["u11", "v12"], ["u12", "v22"]]),
        sum([["g11", "v11"], ["g12", "v12"]]),
        to_u
    );
    [rule, shown]
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
