//! The letters and signs of the formulas that are shown → what each means, so that a page can be read alone.

use std::collections::BTreeSet;

use super::{gradients::Report, words::joined};
use crate::{
    document::{Entrywise, Notation, Relation, Sentence, formula, sentence},
    expr::{Arena, Definition, ExprId, Function, Op, Role, SymbolId},
    gradient::{
        Derived, Form, Gradient,
        form::{intuitive::Factor, per_sample::of_sample},
    },
};

/// A sign, and what it is: a sentence without its subject.
type Meaning = (Notation, Sentence);

/// Whether an operator is one that a sign stands for.
type Is = fn(&Op<ExprId>) -> bool;

/// What the letters of a network stand for.
const LETTERS: [(Role, &str); 7] = [
    (Role::Input, "the input"),
    (Role::Weight, "the weights"),
    (Role::Bias, "the biases"),
    (Role::PreActivation, "the pre-activations"),
    (Role::Activation, "the activations"),
    (Role::Prediction, "the prediction"),
    (Role::Target, "the target"),
];

/// Functions that every reader knows.
const KNOWN: [Function; 6] =
    [Function::Linear, Function::Square, Function::Exp, Function::Log, Function::Sin, Function::Tanh];

/// What the equations by `variables` are made of, each thing once; with the forward pass where that is on the page.
pub fn signs(report: &Report, variables: &[SymbolId], forward: bool) -> Vec<Meaning> {
    let shown = Shown::new(report, variables, forward);
    let mut meanings: Vec<Meaning> = shown.letters(forward).into_iter().collect();
    if !forward {
        let loss = report.typesetter.formula(report.derivation.forward.loss).without_shapes();
        meanings.push((Notation::Loss, equals(loss, ", the loss.")));
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
        let meaning = Sentence::of(format!("{verb} {}.", joined(&words)));
        (!words.is_empty()).then_some((Notation::List(letters), meaning))
    }

    fn letter(&self, role: Role) -> Notation {
        let forward = &self.report.derivation.forward;
        let own = [
            (Role::Input, forward.input),
            (Role::Target, forward.target),
            (Role::Prediction, forward.prediction.symbol),
        ];
        let bases = [(Role::Weight, "W"), (Role::Bias, "b"), (Role::PreActivation, "Z")];
        match own.iter().find(|(other, _)| *other == role) {
            Some((_, symbol)) => self.report.typesetter.name(*symbol),
            None => Notation::letter(bases.iter().find(|(other, _)| *other == role).map_or("A", |(_, base)| base)),
        }
    }

    fn adjoint(&self) -> Option<Meaning> {
        let used = self.names.iter().any(|name| self.arena.symbol(*name).role == Role::Adjoint);
        let by_z = Notation::by_loss(Notation::letter("Z"));
        let meaning = equals(by_z, ", the gradient with respect to the pre-activations of a layer.");
        used.then(|| (Notation::letter("Δ"), meaning))
    }

    /// xᵢ
    fn row(&self) -> Option<Meaning> {
        let rows = self.names.iter().filter(|name| self.arena.symbol(**name).sample);
        let place = |name: &&SymbolId| LETTERS.iter().position(|(role, _)| *role == self.arena.symbol(**name).role);
        let name = rows.filter(|name| place(name).is_some()).min_by_key(place)?;
        let role = self.arena.symbol(*name).role;
        let [i, of] = [Notation::letter("i"), self.letter(role)];
        let meaning = sentence!("is the row of sample {} of {}, and so on.", i, of);
        Some((self.report.typesetter.name(*name), meaning))
    }

    /// ⊙, ᵀ, 1 and the others that are used.
    fn operators(&self) -> Vec<Meaning> {
        let [u, v, small] = ["U", "V", "u"].map(Notation::letter);
        let entrywise = |joint| Notation::Hadamard(vec![(Entrywise::Times, u.clone()), (joint, v.clone())]);
        let applied = |name, argument: &Notation| Notation::apply(name, false, None, argument.clone());
        let product = Notation::Product(vec![u.clone(), v.clone()]);
        let (total, summed) = (Notation::Total(Box::new(u.clone())), Notation::SumSamples(Box::new(small.clone())));
        let ones = |op: &Op<ExprId>, block: bool| matches!(op, Op::Ones(m, k) if if block { !m.is_one() && !k.is_one() } else { m.is_one() != k.is_one() });
        let ones = match (self.has(|op| ones(op, true)), self.has(|op| ones(op, false))) {
            (true, true) => "is a matrix or a column of ones.",
            (true, false) => "is a matrix of ones.",
            (false, _) => "is a column of ones.",
        };
        let diagonal = "is the diagonal matrix with the entries of the column.";
        let softmax = "divides exp of each entry by the sum of these over its row.";
        let logsumexp = "is, for each row, ln of the sum of exp of its entries.";
        let table: [(Is, Notation, &str); 12] = [
            (|op| matches!(op, Op::Ones(..)), Notation::letter("1"), ones),
            (|op| matches!(op, Op::Identity(_)), Notation::letter("I"), "is the identity."),
            (|op| matches!(op, Op::Multiply(_)), product, "is the matrix product."),
            (|op| matches!(op, Op::Hadamard(_)), entrywise(Entrywise::Times), "multiplies entry by entry."),
            (|op| matches!(op, Op::Reciprocal(_)), entrywise(Entrywise::Over), "divides entry by entry."),
            (|op| matches!(op, Op::Map(Function::Square, 0, _)), u.clone().squared(), "squares each entry."),
            (|op| matches!(op, Op::Transpose(_)), u.clone().transposed(), "is the transpose."),
            (|op| matches!(op, Op::Total(_)), total, "sums all entries."),
            (|op| matches!(op, Op::SumSamples(_)), summed, "sums over the samples."),
            (|op| matches!(op, Op::Diagonal(_)), applied("diag", &small), diagonal),
            (|op| matches!(op, Op::Softmax(_)), applied("softmax", &u), softmax),
            (|op| matches!(op, Op::LogSumExp(_)), applied("logsumexp", &u), logsumexp),
        ];
        let used = table.into_iter().filter(|(is, ..)| self.has(is));
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
            let equals = Sentence::default().relation(Relation::Equal).then(formula::meaning(function, prime));
            (formula::applied(function, prime), equals.words("."))
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
    let [z, f] = ["z", "f"].map(Notation::letter);
    if matches!(report.arena.op(definition.value), Op::Add(_)) && role == Role::GateMatrix {
        let value = equals(report.typesetter.formula(definition.value).without_shapes(), "");
        let meaning = sentence!("{}, with {} one row of softmax's output as a column.", value, Notation::letter("p"));
        return Some((report.typesetter.name(definition.symbol), meaning));
    }
    let diagonal = |entries| equals(Notation::apply("diag", false, None, entries), "");
    let slopes = diagonal(Notation::apply("f", true, None, z.clone()));
    let ratio = Notation::over(Notation::apply("f", false, None, z.clone()), z.clone());
    let (letter, meaning) = if role == Role::GateMatrix {
        ("S", sentence!("{}, the derivatives of the activation {} of the layer on a diagonal.", slopes, f))
    } else if role == Role::DerivativeGateMatrix {
        let stated = "{}, the derivatives of the activation {} of the layer, where they are not {}.";
        ("D", Sentence::filled(stated, [slopes, f.into(), ratio.into()]))
    } else if role == Role::ForwardGateMatrix {
        ("G", sentence!("{}, by which the activation {} of the layer changes {}.", diagonal(ratio), f, z))
    } else {
        return None;
    };
    Some((Notation::letter(letter), meaning))
}

/// `= value`, and more words.
fn equals(value: Notation, words: &'static str) -> Sentence {
    let equals = Sentence::default().equals(value);
    if words.is_empty() { equals } else { equals.words(words) }
}
