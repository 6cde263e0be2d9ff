//! The letters and signs of the formulas that are shown → what each means, so that a page can be read alone.

use std::{
    collections::{HashMap, HashSet},
    mem::{Discriminant, discriminant},
};

use super::{gradients::Report, words::joined};
use crate::{
    document::{Exponent, Notation, Sentence, mean::mean},
    expr::{Arena, ExprId, Function, Op, Role, Symbol, SymbolId, normal::Along},
    gradient::{
        Derivation, Derived, Form, Gradient,
        form::{intuitive::Factor, layered::pre_activation, per_sample::of_sample},
    },
    shape::Dim,
};

mod gates;
mod operators;

use operators::{functions, has_ones, is_power_of_entries, of_any, of_expressions};

/// A sign, and what it is: a sentence without its subject.
type Meaning = (Notation, Sentence);

/// Whether an operator is one that a sign stands for.
type Is = fn(&Op<ExprId>) -> bool;

/// What the letters of a network stand for.
const LETTERS: [(Role, &str); 16] = [
    (Role::Input, "the input"),
    (Role::Weight, "the weights"),
    (Role::Bias, "the biases"),
    (Role::Gain, "the gains of norms"),
    (Role::Slope, "the slopes of prelu below 0"),
    (Role::Mask, "the masks of dropout"),
    (Role::Mean, "the means that norms hold fixed"),
    (Role::Variance, "the variances that norms hold fixed"),
    (Role::Normalised, "what norms make of their inputs before gain and shift"),
    (Role::InverseRms, "one over the root of the mean squares of each row or column"),
    (Role::Piece, "the constants of 0 and 1 that put values side by side"),
    (Role::ClassWeights, "the weights of the classes"),
    (Role::PreActivation, "the pre-activations"),
    (Role::Activation, "the activations"),
    (Role::Prediction, "the prediction"),
    (Role::Target, "the target"),
];

/// The letters that only explain signs, each with others for where it is one of the network's.
const EXPLAINING: [(&str, [&str; 3]); 8] = [
    ("U", ["P", "B", "K"]),
    ("V", ["Q", "C", "R"]),
    ("u", ["w", "o", "e"]),
    ("f", ["g", "k", "t"]),
    ("z", ["t", "y", "x"]),
    ("c", ["e", "q", "k"]),
    ("d", ["j", "r", "o"]),
    ("v", ["m", "p", "x"]),
];

/// Functions that every reader knows.
const KNOWN: [Function; 6] =
    [Function::Linear, Function::Square, Function::Exp, Function::Log, Function::Sin, Function::Tanh];

/// What the equations by `variables` and other expressions are made of, each thing once; with the forward pass where that is on
/// the page.
pub fn signs(report: &Report, variables: &[SymbolId], forward: bool, others: &[ExprId]) -> Vec<Meaning> {
    let shown = Shown::new(report, variables, forward, others);
    let mut meanings: Vec<Meaning> = shown.letters(forward).into_iter().collect();
    if !forward && report.derivation.jacobian_of.is_none() {
        let loss = report.typesetter.formula(report.derivation.forward.loss).without_shapes();
        meanings.push((Notation::Loss, equals(loss, ", the loss.")));
    }
    if let Some(second) = &report.derivation.second {
        let is_shown = |symbol: SymbolId| shown.names[symbol.index()];
        meanings.extend(report.second_signs(second, &is_shown));
    }
    meanings.extend(shown.adjoint());
    meanings.extend(shown.gates());
    meanings.extend(shown.row());
    meanings.extend(shown.diagonals());
    meanings.extend(shown.told_apart(shown.operators()));
    meanings.extend(shown.told_apart(functions(shown.functions())));
    meanings
}

/// What the gates and functions are, that no textbook names.
pub fn legend(report: &Report, variables: &[SymbolId]) -> Vec<Meaning> {
    let shown = Shown::new(report, variables, false, &[]);
    if !matches!(report.derivation.derived, Derived::Gradient(_)) {
        return Vec::new();
    }
    let is_shown = |symbol: SymbolId| shown.names[symbol.index()];
    let second = report.derivation.second.iter().flat_map(|second| report.second_signs(second, &is_shown));
    second.chain(shown.gates()).chain(shown.told_apart(functions(shown.functions()))).collect()
}

/// What the signs of an expression of no network mean, in `roots` of its arena, whose names are `taken`.
pub fn of_expression(arena: &Arena, roots: &[ExprId], taken: &HashSet<&str>) -> Vec<Meaning> {
    let parts = arena.reachable(roots);
    // The sum of one entry is not written.
    let is_entry = |id: ExprId| arena.dims(id).is_ok_and(|(rows, columns)| rows.is_one() && columns.is_one());
    let is_written = |id: &&ExprId| !matches!(*arena.op(**id), Op::Total([of]) if is_entry(of));
    let has = |is: &Is| parts.iter().filter(is_written).any(|id| is(arena.op(*id)));
    let table = of_expressions().into_iter().chain(of_any()).filter(|(is, ..)| has(is));
    let mut meanings: Vec<Meaning> = table.map(|(_, sign, meaning)| (sign, Sentence::of(meaning))).collect();
    if parts.iter().any(|id| is_power_of_entries(arena, *id)) {
        let square = Notation::Power(Box::new(Notation::letter("U")), Exponent::Entrywise(2, 1));
        meanings.push((square, Sentence::of("raises each entry to the power.")));
    }
    let applied = parts.iter().filter_map(|id| kind(arena.op(*id)).1);
    told_apart(meanings.into_iter().chain(functions(applied)).collect(), &|letter| taken.contains(letter))
}

/// The same with other letters where the network, or the expression, has those that only explain.
fn told_apart(meanings: Vec<Meaning>, is_taken: &dyn Fn(&str) -> bool) -> Vec<Meaning> {
    let mut apart: HashMap<&str, &'static str> = HashMap::new();
    for (letter, others) in EXPLAINING.iter().filter(|(letter, _)| is_taken(letter)) {
        let is_free = |other: &&&str| !is_taken(other) && !apart.values().any(|used| used == *other);
        if let Some(other) = others.iter().find(is_free).copied() {
            apart.insert(letter, other);
        }
    }
    let to = |letter: &str| apart.get(letter).copied();
    let meaning = |(sign, words): Meaning| (sign.with_letters(&to), words.with_letters(&to));
    if apart.is_empty() { meanings } else { meanings.into_iter().map(meaning).collect() }
}

/// What tells the signs of operators apart: a function or its derivative, a column of ones or a matrix.
type Kind = (Discriminant<Op<ExprId>>, Option<(Function, u8)>, Option<[bool; 2]>);

fn kind(op: &Op<ExprId>) -> Kind {
    let function = if let Op::Map(function, order, _) = op { Some((*function, *order)) } else { None };
    let ones = if let Op::Ones(m, k) = op { Some([m.is_one(), k.is_one()]) } else { None };
    (discriminant(op), function, ones)
}

/// The names that the user gave to arrays and dimensions, and the letters of a direction.
fn taken(derivation: &Derivation) -> HashSet<&str> {
    let arena = &derivation.forward.arena;
    let mut taken = HashSet::new();
    for symbol in derivation.forward.given().map(|symbol| arena.symbol(symbol)) {
        taken.extend(symbol.label.is_none().then_some(&*symbol.name));
        taken.extend([&symbol.rows, &symbol.columns].into_iter().flat_map(Dim::names));
    }
    if let Some(second) = &derivation.second {
        taken.extend([second.vector, second.matrix]);
        let letters = second.directions.iter().map(|direction| arena.symbol(direction.symbol));
        taken.extend(letters.filter(|symbol| !symbol.tangent).map(|symbol| &*symbol.name));
    }
    taken
}

/// All that the formulas on a page are made of.
struct Shown<'r> {
    report: &'r Report<'r>,
    arena: &'r Arena,
    /// One operator of each kind.
    kinds: HashMap<Kind, &'r Op<ExprId>>,
    /// Whether a name is shown, at its place in the arena's table.
    names: Vec<bool>,
    /// Whether a matrix of ones is a term of a sum, where it is written as 1.
    ones_in_sum: bool,
    /// Whether a sketch has an I in the place of a factor.
    identity: bool,
    /// Over which entries means are taken: of rows, of columns.
    means: [bool; 2],
    /// The names that the user gave to arrays and dimensions.
    taken: HashSet<&'r str>,
}

impl<'r> Shown<'r> {
    fn new(report: &'r Report<'r>, variables: &[SymbolId], forward: bool, others: &[ExprId]) -> Self {
        let (derivation, arena) = (report.derivation, report.arena);
        let names = vec![false; arena.symbols().len()];
        let mut shown = Self {
            report,
            arena,
            kinds: HashMap::new(),
            names,
            ones_in_sum: false,
            identity: false,
            means: [false; 2],
            taken: taken(derivation),
        };
        shown.name(variables.iter().copied());
        let about_loss = derivation.jacobian_of.is_none();
        let mut values: Vec<ExprId> = about_loss.then_some(derivation.forward.loss).into_iter().collect();
        values.extend(others);
        match &derivation.derived {
            Derived::Gradient(gradient) => {
                values.extend(variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value));
                if gradient.form == Form::Layered {
                    values.extend(report.used(gradient, variables).iter().map(|definition| definition.value));
                }
            }
            Derived::Chain(chain) => {
                let factors = variables.iter().flat_map(|variable| chain.paths(*variable)).flatten();
                shown.name(factors.flat_map(|factor| factor.of.into_iter().chain([factor.by])));
            }
            Derived::Intuitive(sketch) => {
                let mut factors: Vec<Factor> =
                    variables.iter().flat_map(|variable| sketch.factors(arena, *variable)).collect();
                while let Some(factor) = factors.pop() {
                    match factor {
                        Factor::Named(symbol) => shown.name([symbol]),
                        Factor::Formula(formula) => values.push(formula),
                        Factor::Identity => shown.identity = true,
                        Factor::Sum(branches) => factors.extend(branches.into_iter().flat_map(|(_, branch)| branch)),
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
        for part in parts {
            self.kinds.insert(kind(arena.op(part)), arena.op(part));
            self.ones_in_sum |= has_ones(arena, part);
            if let Some(mean) = mean(arena, part) {
                self.means[usize::from(mean.along == Along::Columns)] = true;
            }
        }
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

    /// Whether it is the r of a norm that holds its variance fixed.
    fn is_of_variance(&self, root: &Symbol) -> bool {
        let is_own = |symbol: &Symbol| symbol.role == Role::Variance && symbol.label == root.label;
        self.report.derivation.forward.statistics.iter().any(|symbol| is_own(self.arena.symbol(*symbol)))
    }

    fn has(&self, wanted: impl Fn(&Op<ExprId>) -> bool) -> bool {
        self.kinds.values().any(|op| wanted(op))
    }

    /// X, W and so on, in one line; what the forward pass defines on the page needs no word.
    fn letters(&self, forward: bool) -> Option<Meaning> {
        let defined = [Role::PreActivation, Role::Activation, Role::Prediction];
        let (mut letters, mut words): (Vec<Notation>, Vec<String>) = (Vec::new(), Vec::new());
        for (role, word) in LETTERS.iter().filter(|(role, _)| !(forward && defined.contains(role))) {
            let upstream = *role == Role::Target && self.report.derivation.forward.outputs[0].is_upstream;
            let all = matches!(role, Role::Input | Role::Target | Role::Prediction);
            let own: Vec<&Symbol> = self.named().filter(|symbol| symbol.role == *role).collect();
            let of_variances = *role == Role::InverseRms && own.iter().all(|symbol| self.is_of_variance(symbol));
            let word = if of_variances { &"one over the root of the variances" } else { word };
            let mut names: Vec<Notation> = Vec::new();
            for name in own.into_iter().filter_map(|symbol| self.whole(symbol)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            if self.named().any(|symbol| symbol.role == *role) {
                if all && names.len() > 1 {
                    words.push(format!("{word}s"));
                    letters.extend(names);
                } else {
                    letters.push(self.letter(*role));
                    words.push(if upstream {
                        "the gradient that comes in at the prediction".into()
                    } else {
                        (*word).to_owned()
                    });
                }
            }
        }
        let verb = if letters.len() == 1 && !words[0].ends_with('s') { "is" } else { "are" };
        let meaning =
            Sentence::of(format!("{verb} {}.", joined(&words.iter().map(String::as_str).collect::<Vec<_>>())));
        (!words.is_empty()).then_some((Notation::List(letters), meaning))
    }

    /// Whether the user gave the name, so that it stands in formulas without an index.
    fn is_taken(&self, letter: &str) -> bool {
        self.taken.contains(letter)
    }

    /// Letters that only explain signs, and are not those of the network.
    fn told_apart(&self, meanings: Vec<Meaning>) -> Vec<Meaning> {
        told_apart(meanings, &|letter| self.is_taken(letter))
    }

    /// The functions that are applied, and their derivatives.
    fn functions(&self) -> impl Iterator<Item = (Function, u8)> {
        self.kinds.keys().filter_map(|kind| kind.1)
    }

    /// The letter for all of a kind, or the name of one of them if the letter alone is something else.
    fn of_kind(&self, base: &str, of: impl Fn(&Symbol) -> bool) -> Notation {
        let one = if self.is_taken(base) { self.named().find(|symbol| of(symbol)) } else { None };
        match one.and_then(|symbol| self.arena.find(symbol)) {
            Some(one) => self.report.typesetter.name(one),
            None => Notation::letter(base),
        }
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
            (Role::Slope, "α"),
            (Role::ClassWeights, "ω"),
            (Role::Mask, "M"),
            (Role::Mean, "μ"),
            (Role::Variance, "v"),
            (Role::Normalised, "H"),
            (Role::InverseRms, "r"),
            (Role::Piece, "E"),
        ];
        match own.iter().find(|(other, _)| *other == role) {
            Some((_, symbol)) => self.report.typesetter.name(*symbol),
            None => {
                let base = bases.iter().find(|(other, _)| *other == role).map_or("A", |(_, base)| base);
                self.of_kind(base, |symbol| symbol.role == role)
            }
        }
    }

    fn adjoint(&self) -> Option<Meaning> {
        let used = self.named().any(|symbol| symbol.role == Role::Adjoint && !symbol.tangent && &*symbol.name == "Δ");
        let by_z = Notation::by_loss(Notation::letter("Z"));
        let meaning = equals(by_z, ", the gradient with respect to the pre-activations of a layer");
        let forward = &self.report.derivation.forward;
        let has_values = !forward.definitions.iter().all(|definition| {
            pre_activation(self.arena, *definition).is_some()
                || self.arena.symbol(definition.symbol).role == Role::PreActivation
        });
        let meaning =
            if has_values { meaning.words(", or to what a layer without them puts out.") } else { meaning.words(".") };
        used.then(|| (Notation::letter("Δ"), meaning))
    }

    /// The name of what the symbol is, or is a row of.
    fn whole(&self, symbol: &Symbol) -> Option<Notation> {
        let same = |other: &&Symbol| {
            !other.sample && (&other.role, &other.name, &other.label) == (&symbol.role, &symbol.name, &symbol.label)
        };
        let whole = self.arena.symbols().iter().find(same)?;
        Some(self.report.typesetter.name(self.arena.find(whole)?))
    }
}

/// `= value`, and more words.
fn equals(value: Notation, words: &'static str) -> Sentence {
    let equals = Sentence::default().equals(value);
    if words.is_empty() { equals } else { equals.words(words) }
}
