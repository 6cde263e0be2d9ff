//! The letters and signs of the formulas that are shown → what each means, so that a page can be read alone.

use std::collections::BTreeSet;

use super::{
    gradients::{Report, by_loss, letter, of, over},
    words::joined,
};
use crate::{
    document::{
        formula,
        notation::{Entrywise, Notation, Relation},
        sentence::Sentence,
    },
    expr::{Arena, Definition, ExprId, Function, Op, Role, SymbolId},
    gradient::{
        Derived, Form, Gradient,
        form::{intuitive::Factor, per_sample::of_sample},
    },
};

/// A sign, and what it is: a sentence without its subject.
type Meaning = (Notation, Sentence);

/// What the letters of a network stand for.
const LETTERS: [(Role, &str); 11] = [
    (Role::Input, "the input"),
    (Role::Weight, "the weights"),
    (Role::Bias, "the biases"),
    (Role::Gain, "the gains of norms"),
    (Role::Mask, "the masks of dropout"),
    (Role::Normalised, "what norms make of their inputs before gain and shift"),
    (Role::InverseRms, "one over the root of the mean squares of each row or column"),
    (Role::PreActivation, "the pre-activations"),
    (Role::Activation, "the activations"),
    (Role::Prediction, "the prediction"),
    (Role::Target, "the target"),
];

/// Functions that every reader knows.
const KNOWN: [Function; 6] =
    [Function::Linear, Function::Square, Function::Exp, Function::Log, Function::Sin, Function::Tanh];

/// What the equations by `variables` are made of, each thing once; with the forward pass where that is on the page.
#[must_use]
pub fn signs(report: &Report, variables: &[SymbolId], forward: bool) -> Vec<Meaning> {
    let shown = Shown::new(report, variables, forward);
    let mut meanings: Vec<Meaning> = shown.letters(forward).into_iter().collect();
    if !forward {
        let loss = report.typesetter.formula(report.derivation.forward.loss).without_shapes();
        meanings.push((Notation::Loss, Sentence::default().equals(loss).words(", the loss.")));
    }
    meanings.extend(shown.adjoint());
    if let Derived::Gradient(gradient) = &report.derivation.derived {
        meanings.extend(gates(report, gradient, &shown.names));
    }
    meanings.extend(shown.row());
    meanings.extend(shown.operators());
    meanings.extend(shown.functions());
    meanings
}

/// What the gates and functions are, that no textbook names.
#[must_use]
pub fn legend(report: &Report, variables: &[SymbolId]) -> Vec<Meaning> {
    let shown = Shown::new(report, variables, false);
    let Derived::Gradient(gradient) = &report.derivation.derived else { return Vec::new() };
    gates(report, gradient, &shown.names).into_iter().chain(shown.functions()).collect()
}

/// All that the formulas on a page are made of.
struct Shown<'r> {
    report: &'r Report<'r>,
    arena: &'r Arena,
    parts: Vec<ExprId>,
    names: BTreeSet<SymbolId>,
}

impl<'r> Shown<'r> {
    fn new(report: &'r Report<'r>, variables: &[SymbolId], forward: bool) -> Self {
        let (derivation, arena) = (report.derivation, report.arena);
        let mut values = vec![derivation.forward.loss];
        let mut names = BTreeSet::new();
        match &derivation.derived {
            Derived::Gradient(gradient) => {
                values.extend(variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value));
                if gradient.form == Form::Layered {
                    values.extend(report.used(gradient, variables).iter().map(|definition| definition.value));
                }
            }
            Derived::Chain(chain) => {
                let factors = variables.iter().flat_map(|variable| chain.factors(*variable));
                names.extend(factors.flat_map(|factor| factor.of.into_iter().chain([factor.by])));
            }
            Derived::Intuitive(sketch) => {
                for factor in variables.iter().flat_map(|variable| sketch.factors(*variable)) {
                    match factor {
                        Factor::Named(symbol) => names.extend([symbol]),
                        Factor::Error(error) => values.push(error),
                        Factor::Identity => {}
                    }
                }
            }
        }
        if forward {
            values.extend(derivation.forward.definitions.iter().map(|definition| definition.value));
        }
        names.extend(report.symbols(&values));
        if let Derived::Gradient(gradient) = &derivation.derived {
            let gates = gradient.definitions.iter().filter(|definition| names.contains(&definition.symbol));
            values.extend(gates.map(|definition| definition.value));
            // Their entries are names of their own; what these are of, is a derivative of an activation.
            let any = derivation.general.is_some();
            let is_used = |matrix| {
                let own = arena.find(&of_sample(arena.symbol(matrix)));
                any || names.contains(&matrix) || own.is_some_and(|own| names.contains(&own))
            };
            let used = gradient.gates.iter().filter(|gate| is_used(gate.matrix));
            values.extend(used.map(|gate| gate.source));
        }
        Self { report, arena, parts: report.parts(&values), names }
    }

    fn has(&self, wanted: impl Fn(&Op<ExprId>) -> bool) -> bool {
        self.parts.iter().any(|part| wanted(self.arena.op(*part)))
    }

    /// X, W and so on, in one line; what the forward pass defines on the page needs no word.
    fn letters(&self, forward: bool) -> Option<Meaning> {
        let defined = [Role::PreActivation, Role::Activation, Role::Prediction];
        let (mut letters, mut words) = (Vec::new(), Vec::new());
        for (role, word) in LETTERS.iter().filter(|(role, _)| !(forward && defined.contains(role))) {
            let mut names = self.names.iter().map(|name| self.arena.symbol(*name));
            if names.any(|symbol| symbol.role == *role) {
                letters.push(self.letter(*role));
                words.push(*word);
            }
        }
        let verb = if words.len() == 1 && !words[0].ends_with('s') { "is" } else { "are" };
        let meaning = Sentence::default().words(format!("{verb} {}.", joined(&words)));
        (!words.is_empty()).then_some((Notation::List(letters), meaning))
    }

    fn letter(&self, role: Role) -> Notation {
        let forward = &self.report.derivation.forward;
        let own = [
            (Role::Input, forward.input()),
            (Role::Target, forward.target()),
            (Role::Prediction, forward.prediction().symbol),
        ];
        let bases = [
            (Role::Weight, "W"),
            (Role::Bias, "b"),
            (Role::PreActivation, "Z"),
            (Role::Gain, "s"),
            (Role::Mask, "M"),
            (Role::Normalised, "H"),
            (Role::InverseRms, "r"),
        ];
        match own.iter().find(|(other, _)| *other == role) {
            Some((_, symbol)) => self.report.typesetter.name(*symbol),
            None => letter(bases.iter().find(|(other, _)| *other == role).map_or("A", |(_, base)| base)),
        }
    }

    fn adjoint(&self) -> Option<Meaning> {
        let used = self.names.iter().any(|name| self.arena.symbol(*name).role == Role::Adjoint);
        let meaning = Sentence::default().equals(by_loss(letter("Z")));
        let meaning = meaning.words(", the gradient with respect to the pre-activations of a layer.");
        used.then(|| (letter("Δ"), meaning))
    }

    /// xᵢ
    fn row(&self) -> Option<Meaning> {
        let rows = self.names.iter().filter(|name| self.arena.symbol(**name).sample);
        let place = |name: &&SymbolId| LETTERS.iter().position(|(role, _)| *role == self.arena.symbol(**name).role);
        let name = rows.filter(|name| place(name).is_some()).min_by_key(place)?;
        let role = self.arena.symbol(*name).role;
        let meaning = Sentence::of("is the row of sample ").math(letter("i")).words(" of ").math(self.letter(role));
        Some((self.report.typesetter.name(*name), meaning.words(", and so on.")))
    }

    /// ⊙, ᵀ, 1 and the others that are used.
    fn operators(&self) -> Vec<Meaning> {
        let (u, v) = (|| letter("U"), || letter("V"));
        let entrywise = |joint| Notation::Hadamard(vec![(Entrywise::Times, u()), (joint, v())]);
        let boxed = |notation| Box::new(notation);
        let is_line = |op: &Op<ExprId>| matches!(op, Op::Ones(m, k) if m.is_one() != k.is_one());
        let is_block = |op: &Op<ExprId>| matches!(op, Op::Ones(m, k) if !m.is_one() && !k.is_one());
        let ones = if self.has(is_block) { "is a matrix of ones." } else { "is a column of ones." };
        let ones = if self.has(is_block) && self.has(is_line) { "is a matrix or a column of ones." } else { ones };
        let table = [
            (self.has(|op| matches!(op, Op::Ones(..))), letter("1"), ones),
            (self.has(|op| matches!(op, Op::Identity(_))), letter("I"), "is the identity."),
            (self.has(|op| matches!(op, Op::Multiply(_))), Notation::Product(vec![u(), v()]), "is the matrix product."),
            (self.has(|op| matches!(op, Op::Hadamard(_))), entrywise(Entrywise::Times), "multiplies entry by entry."),
            (self.has(|op| matches!(op, Op::Reciprocal(_))), entrywise(Entrywise::Over), "divides entry by entry."),
            (
                self.has(|op| matches!(op, Op::Map(Function::Square, 0, _))),
                Notation::Power(boxed(Notation::Group(boxed(u()))), 2),
                "squares each entry.",
            ),
            (self.has(|op| matches!(op, Op::Transpose(_))), Notation::Transposed(boxed(u())), "is the transpose."),
            (self.has(|op| matches!(op, Op::Total(_))), Notation::Total(boxed(u())), "sums all entries."),
            (
                self.has(|op| matches!(op, Op::SumSamples(_))),
                Notation::SumSamples(boxed(letter("u"))),
                "sums over the samples.",
            ),
            (
                self.has(|op| matches!(op, Op::Diagonal(_))),
                of("diag", false, None, letter("u")),
                "is the diagonal matrix with the entries of the column.",
            ),
            (
                self.has(|op| matches!(op, Op::Softmax(_))),
                of("softmax", false, None, u()),
                "divides exp of each entry by the sum of these over its row.",
            ),
            (
                self.has(|op| matches!(op, Op::LogSumExp(_))),
                of("logsumexp", false, None, u()),
                "is, for each row, ln of the sum of exp of its entries.",
            ),
        ];
        let used = table.into_iter().filter(|(used, ..)| *used);
        used.map(|(_, sign, meaning)| (sign, Sentence::of(meaning))).collect()
    }

    /// The derivatives of the activations, and functions that few readers know, with their formulas.
    fn functions(&self) -> Vec<Meaning> {
        let used: BTreeSet<(Function, bool)> = self
            .parts
            .iter()
            .filter_map(|part| {
                let Op::Map(function, order, _) = self.arena.op(*part) else { return None };
                let told = !matches!(function, Function::Linear | Function::Square);
                (told && (*order > 0 || !KNOWN.contains(function))).then_some((*function, *order > 0))
            })
            .collect();
        let meaning = |(function, prime)| {
            let equals = Sentence::default().relation(Relation::Equal);
            let parts = equals.0.into_iter().chain(formula::meaning(function, prime).0).collect();
            (formula::applied(function, prime), Sentence(parts).words("."))
        };
        used.into_iter().map(meaning).collect()
    }
}

/// What the gates stand for, one line a letter.
fn gates(report: &Report, gradient: &Gradient, names: &BTreeSet<SymbolId>) -> Vec<Meaning> {
    let mut lines = Vec::new();
    for definition in &gradient.definitions {
        let line = names.contains(&definition.symbol).then(|| gate(report, *definition)).flatten();
        lines.extend(line.filter(|line| !lines.contains(line)));
    }
    lines
}

/// What the gate stands for; names that are no gates need no word.
fn gate(report: &Report, definition: Definition) -> Option<Meaning> {
    let role = report.arena.symbol(definition.symbol).role;
    if role == Role::NormMatrix {
        let value = report.typesetter.formula(definition.value).without_shapes();
        let meaning = Sentence::default().equals(value);
        let words = ", the derivatives of a norm, with the rows of H and r of one sample as columns.";
        return Some((report.typesetter.name(definition.symbol), meaning.words(words)));
    }
    if matches!(report.arena.op(definition.value), Op::Add(_)) && role == Role::GateMatrix {
        let value = report.typesetter.formula(definition.value).without_shapes();
        let meaning = Sentence::default().equals(value).words(", with ").math(letter("p"));
        return Some((
            report.typesetter.name(definition.symbol),
            meaning.words(" one row of softmax's output as a column."),
        ));
    }
    let diagonal = |entries| Sentence::default().equals(of("diag", false, None, entries));
    let slopes = || diagonal(of("f", true, None, letter("z")));
    let ratio = || over(of("f", false, None, letter("z")), letter("z"));
    let stated = |sentence: Sentence, words| sentence.words(words).math(letter("f")).words(" of the layer");
    if role == Role::GateMatrix {
        Some((letter("S"), stated(slopes(), ", the derivatives of the activation ").words(" on a diagonal.")))
    } else if role == Role::DerivativeGateMatrix {
        let slopes = stated(slopes(), ", the derivatives of the activation ").words(", where they are not ");
        Some((letter("D"), slopes.math(ratio()).words(".")))
    } else if role == Role::ForwardGateMatrix {
        let sentence = stated(diagonal(ratio()), ", by which the activation ").words(" changes ");
        Some((letter("G"), sentence.math(letter("z")).words(".")))
    } else {
        None
    }
}
