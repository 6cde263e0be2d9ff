//! What a reader must know of formulas for any depth: how ∏ is read, where it is empty, what l, L and f_k are.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    document::{
        notation::{Bounds, Letter, Notation, Sample, Sign},
        sentence::Sentence,
        typeset::{Typesetter, bounds},
    },
    expr::{Index, Role, Symbol, SymbolId, index::layer_of_width},
    gradient::{
        Derived, Form, Gradient,
        form::intuitive::{Factor, Sketch},
        general::{
            General,
            big::{Big, Operation},
        },
    },
    report::{
        gradients::{Report, by_loss},
        words::letter,
    },
};

/// The remarks on the formulas by `variables`.
pub fn notes(report: &Report, general: &General, variables: &[SymbolId]) -> Vec<Sentence> {
    let (typesetter, arena) = (Typesetter::new(report.arena), report.arena);
    let symbol = |id: &SymbolId| arena.symbol(*id);
    let Derived::Gradient(gradient) = &report.derivation.derived else {
        let rising = matches!(report.derivation.derived, Derived::Intuitive(_));
        let limits = if rising { ["l+1", "L"] } else { ["L", "l+1"] };
        let [from, to] = [Index::LAYER.plus(1), Index::DEPTH];
        let [from, to] = if rising { [from, to] } else { [to, from] };
        let empty =
            Sentence::of("It is empty for ").math(formula(Index::LAYER)).equals(formula(Index::DEPTH)).words(".");
        let mut notes = vec![depth(typesetter, None), order(over(limits, None), [Index::FACTOR, from, to]), empty];
        if rising {
            let x = typesetter.name(report.derivation.forward.input());
            let note = Sentence::default().math(letter("A", "[l-1]")).words(" is ").math(x).words(" for ");
            notes.push(note.math(formula(Index::LAYER)).equals(Notation::Number(1)).words("."));
        }
        return notes;
    };
    let shown: Vec<_> =
        variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value).collect();
    let symbols: BTreeSet<SymbolId> = report.symbols(&shown).collect();
    let mut runs: Vec<&Big> = symbols.iter().filter_map(|symbol| general.bigs.get(*symbol)).collect();
    runs.sort_by_key(|run| (run.operation == Operation::Sum, Reverse(run.to), run.from));
    let before = symbols.iter().find(|id| is_activation_before(symbol(id)));
    let mut notes = vec![depth(typesetter, Some(gradient))];
    let activation = variables.iter().find(|variable| symbol(variable).role == Role::Activation);
    notes.extend(activation.map(|activation| {
        let note = Sentence::default().math(by_loss(typesetter.name(*activation))).words(" holds for ");
        let note = note.math(formula(Index::LAYER)).words(" from 1 to ");
        note.math(formula(Index::DEPTH.plus(-1))).words(".")
    }));
    notes.extend(runs.first().map(|run| order(alone(run), [run.index, run.from, run.to])));
    notes.extend(empty(&runs));
    notes.extend(before.map(|before| {
        let x = report.derivation.forward.input();
        let x = if symbol(before).sample { typesetter.row(x) } else { typesetter.name(x) };
        let note = Sentence::default().math(typesetter.name(*before)).words(" is ").math(x).words(" for ");
        note.math(formula(Index::LAYER)).equals(Notation::Number(1)).words(".")
    }));
    notes.extend(general.bias_of_last.map(bias_of_last));
    notes.extend(symbols.iter().any(|id| layer_of_width(&symbol(id).columns).is_some()).then(widths));
    notes
}

/// ∏ over layers of what is given, between these limits.
fn over([from, to]: [&str; 2], body: Option<Vec<Notation>>) -> Notation {
    let bounds = Bounds { is_product: true, index: "k".into(), from: from.into(), to: to.into() };
    Notation::Big(bounds, body.map(|factors| Box::new(Notation::Product(factors))))
}

/// The chain rule from J down to `variable`, whose own factor stands first where the product form begins with it.
pub fn chain(report: &Report, variable: SymbolId) -> Vec<Notation> {
    let by = |of: Notation, by: Notation| Notation::Partial(Box::new(of), Box::new(by));
    let (z, a) = (|index: &str| letter("Z", index), |index: &str| letter("A", index));
    let name = |symbol| report.typesetter.name(symbol);
    let own = name(variable);
    let prediction = report.derivation.forward.prediction().symbol;
    let down = |to: &str| {
        let body = vec![by(z("[k]"), a("[k-1]")), by(a("[k-1]"), z("[k-1]"))];
        vec![by(Notation::Loss, name(prediction)), by(name(prediction), z("[L]")), over(["L", to], Some(body))]
    };
    let symbol = report.arena.symbol(variable);
    let of_last = symbol.label == Some(Index::DEPTH.label());
    if symbol.role == Role::Input {
        [down("2"), vec![by(z("1"), own)]].concat()
    } else if symbol.role == Role::Activation {
        [down("l+2"), vec![by(z("[l+1]"), own)]].concat()
    } else if symbol.role == Role::PreActivation {
        down("l+1")
    } else if of_last {
        [vec![by(z("[L]"), own)], down("l+1")[..2].to_vec()].concat()
    } else {
        [vec![by(z("[l]"), own)], down("l+1")].concat()
    }
}

/// The sketch of any depth: what comes before the layer, and from its activation up to the error.
pub fn sketch(report: &Report, sketch: &Sketch, variable: SymbolId) -> Vec<Notation> {
    let ([hidden, last], biased) = sketch.ends();
    let gate = |index: &str| hidden.map(|_| letter("S", index));
    let error = sketch.factors(report.derivation.forward.target()).into_iter().find_map(|factor| match factor {
        Factor::Error(error) => Some(report.typesetter.bare_factor(error)),
        Factor::Named(_) | Factor::Identity => None,
    });
    let up = |from: &str| {
        let body = gate("[k-1]").into_iter().chain([letter("W", "[k]")]).collect();
        let end = last.map(|_| letter("S", "[L]")).into_iter().chain(error.clone());
        [over([from, "L"], Some(body))].into_iter().chain(end).collect::<Vec<_>>()
    };
    let input = report.typesetter.name(report.derivation.forward.input());
    let symbol = report.arena.symbol(variable);
    let of_last = symbol.label == Some(Index::DEPTH.label());
    let is = |role| symbol.role == role;
    let before = if is(Role::Input) {
        vec![letter("W", "1")]
    } else if is(Role::Activation) {
        vec![letter("W", "[l+1]")]
    } else if is(Role::Weight) && biased {
        vec![letter("A", "[l-1]"), letter("I", "")]
    } else if is(Role::Weight) {
        let body = [letter("W", "[k]")].into_iter().chain(gate("[k]")).collect();
        vec![input, over(["1", "l-1"], Some(body)), letter("I", "")]
    } else {
        Vec::new()
    };
    let rest = match (is(Role::Input), is(Role::Activation), of_last) {
        (true, ..) => up("2"),
        (_, true, _) => up("l+2"),
        (.., true) => up("l+1")[1..].to_vec(),
        (.., false) => up("l+1"),
    };
    [before, rest].concat()
}

/// For which l and L the formulas hold.
fn depth(typesetter: Typesetter, gradient: Option<&Gradient>) -> Sentence {
    let (l, end) = (Index::LAYER, Index::DEPTH);
    let note = Sentence::of("This holds for every depth ").math(formula(end)).words(" and every layer ");
    let note = note.math(formula(l)).words(" from 1 to ").math(formula(end));
    let Some(gradient) = gradient else { return note.words(".") };
    let recurrence = gradient.definitions.last().filter(|_| gradient.form == Form::Layered);
    let Some(recurrence) = recurrence else { return note.words("; it is proved by induction over the layers.") };
    let note = note.words("; ").math(typesetter.name(recurrence.symbol)).words(" is computed from ").math(formula(l));
    note.equals(formula(end.plus(-1))).words(" down to 1.")
}

/// In which order the factors stand.
fn order(run: Notation, [index, from, to]: [Index; 3]) -> Sentence {
    let note = Sentence::default().math(run).words(" writes its factors in this order: ");
    let note = note.math(formula(index)).equals(formula(from)).words(" first, ");
    note.math(formula(index)).equals(formula(to)).words(" last.")
}

/// Where products and sums have no parts.
fn empty(runs: &[&Big]) -> Option<Sentence> {
    let is_sum = |run: &&&Big| run.operation == Operation::Sum;
    let mut note = Sentence::of("An empty product is ").math(constant("I"));
    if runs.iter().any(|run| is_sum(&run)) {
        note = note.words(", an empty sum ").math(constant("0"));
    }
    let empty: Vec<_> = runs.iter().filter_map(|run| empty_for(run).map(|value| (run, value))).collect();
    for (i, (run, (index, value))) in empty.iter().enumerate() {
        note = note.words(if i == 0 { ": " } else { ", " }).math(alone(run));
        note = note.words(" for ").math(formula(*index)).equals(formula(*value));
    }
    (!empty.is_empty()).then(|| note.words("."))
}

/// ∏ or Σ with its limits.
fn alone(run: &Big) -> Notation {
    Notation::Big(bounds(run), None)
}

/// The value of l or j, or of L, for which nothing is left of the run.
fn empty_for(run: &Big) -> Option<(Index, Index)> {
    let (l, end, j, one) = (Index::LAYER, Index::DEPTH, Index::TERM, Index::number(1));
    let is = |from, to| (run.from, run.to) == (from, to);
    match run.operation {
        Operation::Product if is(end, l.plus(1)) => Some((l, end)),
        Operation::Product if is(end, l.plus(2)) => Some((l, end.plus(-1))),
        Operation::Product if is(l.plus(-1), one) => Some((l, one)),
        Operation::Product if is(l.plus(-1), j.plus(1)) => Some((j, l.plus(-1))),
        Operation::Product if is(end, Index::number(2)) => Some((end, one)),
        Operation::Sum if is(one, l.plus(-1)) => Some((l, one)),
        Operation::Product | Operation::Sum => None,
    }
}

fn is_activation_before(symbol: &Symbol) -> bool {
    symbol.role == Role::Activation && symbol.label.as_deref() == Some(&*Index::LAYER.plus(-1).label())
}

fn bias_of_last(has: bool) -> Sentence {
    let note = Sentence::of("The last layer, ").math(formula(Index::DEPTH));
    note.words(if has { ", is the only one with a bias." } else { ", has no bias." })
}

/// What f_k is.
fn widths() -> Sentence {
    let width = |label: &str| {
        Notation::Letter(Letter { base: "f".into(), hat: false, subscript: Some(label.into()), sample: Sample::None })
    };
    let note = Sentence::default().math(width(&Index::FACTOR.label())).words(" is the width of layer ");
    note.math(formula(Index::FACTOR)).words(", ").math(width("[0]")).words(" that of the input.")
}

/// `l − 1`
fn formula(index: Index) -> Notation {
    let text = index.to_string();
    let split = text.find(['+', '-']).unwrap_or(text.len());
    let (letter, offset) = text.split_at(split);
    let sign = if offset.starts_with('-') { Sign::Minus } else { Sign::Plus };
    match (letter.parse(), offset.trim_start_matches(['+', '-']).parse()) {
        (Ok(number), _) => Notation::Number(number),
        (Err(_), Ok(offset)) => Notation::Sum(vec![(Sign::Plus, constant(letter)), (sign, Notation::Number(offset))]),
        (Err(_), Err(_)) => constant(letter),
    }
}

fn constant(base: &str) -> Notation {
    Typesetter::constant(base)
}
