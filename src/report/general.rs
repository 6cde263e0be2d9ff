//! What a reader must know of formulas for any depth: how ∏ is read, where it is empty, what l, L and f_k are.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    document::{
        notation::{Letter, Notation, Sample, Sign},
        sentence::Sentence,
        typeset::{Typesetter, bounds},
    },
    expr::{Index, Role, Symbol, SymbolId, index::layer_of_width},
    gradient::{
        Derived, Form, Gradient,
        general::{
            General,
            big::{Big, Operation},
        },
    },
    report::gradients::{Report, by_loss},
};

/// The remarks on the formulas by `variables`.
pub fn notes(report: &Report, general: &General, variables: &[SymbolId]) -> Vec<Sentence> {
    let (typesetter, arena) = (Typesetter::new(report.arena), report.arena);
    let symbol = |id: &SymbolId| arena.symbol(*id);
    let Derived::Gradient(gradient) = &report.derivation.derived else { return vec![depth(typesetter, None)] };
    let shown: Vec<_> = variables.iter().filter_map(|variable| gradient.by(*variable)).map(|found| found.value).collect();
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
    notes.extend(runs.first().map(|run| order(run)));
    notes.extend(empty(&runs));
    notes.extend(before.map(|before| {
        let x = report.derivation.forward.input;
        let x = if symbol(before).sample { typesetter.row(x) } else { typesetter.name(x) };
        let note = Sentence::default().math(typesetter.name(*before)).words(" is ").math(x).words(" for ");
        note.math(formula(Index::LAYER)).equals(Notation::Number(1)).words(".")
    }));
    notes.extend(general.bias_of_last.map(bias_of_last));
    notes.extend(symbols.iter().any(|id| layer_of_width(&symbol(id).columns).is_some()).then(widths));
    notes
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
fn order(run: &Big) -> Sentence {
    let note = Sentence::default().math(alone(run)).words(" writes its factors in this order: ");
    let note = note.math(formula(run.index)).equals(formula(run.from)).words(" first, ");
    note.math(formula(run.index)).equals(formula(run.to)).words(" last.")
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
