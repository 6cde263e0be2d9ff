//! The letters and signs of the formulas that are shown → what each means, so that a page can be read alone.

use std::{
    collections::{BTreeSet, HashMap},
    mem::{Discriminant, discriminant},
};

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
    expr::{Arena, Definition, ExprId, Function, Op, Role, Symbol, SymbolId},
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

/// What tells the signs of operators apart: a function or its derivative, a column of ones or a matrix.
type Kind = (Discriminant<Op<ExprId>>, Option<(Function, bool)>, Option<[bool; 2]>);

fn kind(op: &Op<ExprId>) -> Kind {
    let function = if let Op::Map(function, order, _) = op { Some((*function, *order > 0)) } else { None };
    let ones = if let Op::Ones(m, k) = op { Some([m.is_one(), k.is_one()]) } else { None };
    (discriminant(op), function, ones)
}

/// All that the formulas on a page are made of.
struct Shown<'r> {
    report: &'r Report<'r>,
    arena: &'r Arena,
    /// One operator of each kind.
    kinds: HashMap<Kind, &'r Op<ExprId>>,
    /// Whether a name is shown, at its place in the arena's table.
    names: Vec<bool>,
    /// Whether a sketch has an I in the place of a factor.
    identity: bool,
}

impl<'r> Shown<'r> {
    fn new(report: &'r Report<'r>, variables: &[SymbolId], forward: bool) -> Self {
        let (derivation, arena) = (report.derivation, report.arena);
        let names = vec![false; arena.symbols().len()];
        let mut shown = Self { report, arena, kinds: HashMap::new(), names, identity: false };
        shown.name(variables.iter().copied());
        let mut values = vec![derivation.forward.loss];
        match &derivation.derived {
            Derived::Gradient(gradient) => {
                values.extend(variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value));
                if gradient.form == Form::Layered {
                    values.extend(report.used(gradient, variables).iter().map(|definition| definition.value));
                }
            }
            Derived::Chain(chain) => {
                let factors = variables.iter().flat_map(|variable| chain.factors(*variable));
                shown.name(factors.flat_map(|factor| factor.of.into_iter().chain([factor.by])));
            }
            Derived::Intuitive(sketch) => {
                for factor in variables.iter().flat_map(|variable| sketch.factors(*variable)) {
                    match factor {
                        Factor::Named(symbol) => shown.name([symbol]),
                        Factor::Error(error) => values.push(error),
                        Factor::Identity => shown.identity = true,
                    }
                }
            }
        }
        if forward {
            values.extend(derivation.forward.definitions.iter().map(|definition| definition.value));
        }
        shown.operate(&values);
        shown.name(report.symbols(&values));
        if let Derived::Gradient(gradient) = &derivation.derived {
            let gates = shown.gate_values(gradient);
            shown.operate(&gates);
        }
        shown
    }

    fn name(&mut self, names: impl IntoIterator<Item = SymbolId>) {
        names.into_iter().for_each(|name| self.names[name.index()] = true);
    }

    fn operate(&mut self, values: &[ExprId]) {
        let (arena, parts) = (self.arena, self.report.parts(values));
        self.kinds.extend(parts.map(|part| arena.op(part)).map(|op| (kind(op), op)));
    }

    /// What the gates that are shown stand for, and what their entries are of: derivatives of activations.
    fn gate_values(&self, gradient: &Gradient) -> Vec<ExprId> {
        let is_named = |name: SymbolId| self.names[name.index()];
        let definitions = gradient.definitions.iter().filter(|definition| is_named(definition.symbol));
        // Entries are names of their own.
        let any = self.report.derivation.general.is_some();
        let is_used = |matrix| {
            let own = self.arena.find(&of_sample(self.arena.symbol(matrix)));
            any || is_named(matrix) || own.is_some_and(is_named)
        };
        let sources = gradient.gates.iter().filter(|gate| is_used(gate.matrix)).map(|gate| gate.source);
        definitions.map(|definition| definition.value).chain(sources).collect()
    }

    fn named(&self) -> impl Iterator<Item = &'r Symbol> {
        self.arena.symbols().iter().zip(&self.names).filter(|(_, shown)| **shown).map(|(symbol, _)| symbol)
    }

    fn has(&self, wanted: impl Fn(&Op<ExprId>) -> bool) -> bool {
        self.kinds.values().any(|op| wanted(op))
    }

    /// X, W and so on, in one line; what the forward pass defines on the page needs no word.
    fn letters(&self, forward: bool) -> Option<Meaning> {
        let defined = [Role::PreActivation, Role::Activation, Role::Prediction];
        let (mut letters, mut words) = (Vec::new(), Vec::new());
        for (role, word) in LETTERS.iter().filter(|(role, _)| !(forward && defined.contains(role))) {
            if self.named().any(|symbol| symbol.role == *role) {
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
        let used = self.named().any(|symbol| symbol.role == Role::Adjoint);
        let meaning = Sentence::default().equals(by_loss(letter("Z")));
        let meaning = meaning.words(", the gradient with respect to the pre-activations of a layer.");
        used.then(|| (letter("Δ"), meaning))
    }

    /// xᵢ
    fn row(&self) -> Option<Meaning> {
        let place = |symbol: &&Symbol| LETTERS.iter().position(|(role, _)| *role == symbol.role);
        let rows = self.named().filter(|symbol| symbol.sample && place(symbol).is_some());
        let symbol = rows.min_by_key(place)?;
        let meaning =
            Sentence::of("is the row of sample ").math(letter("i")).words(" of ").math(self.letter(symbol.role));
        Some((self.report.typesetter.name(self.arena.find(symbol)?), meaning.words(", and so on.")))
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
            (self.identity || self.has(|op| matches!(op, Op::Identity(_))), letter("I"), "is the identity."),
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
        let told = |(function, prime): &(Function, bool)| {
            !matches!(function, Function::Linear | Function::Square) && (*prime || !KNOWN.contains(function))
        };
        let used: BTreeSet<(Function, bool)> = self.kinds.keys().filter_map(|kind| kind.1).filter(told).collect();
        let meaning = |(function, prime)| {
            let equals = Sentence::default().relation(Relation::Equal);
            let parts = equals.0.into_iter().chain(formula::meaning(function, prime).0).collect();
            (formula::applied(function, prime), Sentence(parts).words("."))
        };
        used.into_iter().map(meaning).collect()
    }
}

/// What the gates stand for, one line a letter.
fn gates(report: &Report, gradient: &Gradient, names: &[bool]) -> Vec<Meaning> {
    let mut lines = Vec::new();
    for definition in &gradient.definitions {
        let line = names[definition.symbol.index()].then(|| gate(report, *definition)).flatten();
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
        let sentence = stated(diagonal(ratio()), ", with which the activation ").words(" multiplies ");
        Some((letter("G"), sentence.math(letter("z")).words(".")))
    } else {
        None
    }
}
