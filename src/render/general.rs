//! What a reader must know of formulas for any depth: how ∏ is read, where it is empty, what l, L and f_k are.

use std::collections::BTreeSet;

use super::{
    notation::{Letter, Notation, Sample, Sign},
    sentence::Sentence,
    typeset::Typesetter,
};
use crate::{
    expr::{Arena, Index, Op, Role, Symbol, SymbolId, index::layer_of_width},
    gradient::{
        Derivation, Form, Gradient,
        general::{
            General,
            big::{Big, Operation},
        },
    },
};

/// The remarks on the formulas in which `symbols` stand.
pub fn notes(
    derivation: &Derivation,
    general: &General,
    gradient: &Gradient,
    symbols: &BTreeSet<SymbolId>,
) -> Vec<Sentence> {
    let arena = &derivation.forward.arena;
    let mut notes = vec![depth(derivation, gradient)];
    let mut runs: Vec<&Big> = Vec::new();
    for big in symbols.iter().filter_map(|symbol| general.bigs.get(*symbol)) {
        if !runs.iter().any(|run| (run.operation, run.from, run.to) == (big.operation, big.from, big.to)) {
            runs.push(big);
        }
    }
    notes.extend(order(&runs));
    notes.extend(runs.iter().map(|run| empty(run)));
    let shown = symbols.iter().map(|symbol| arena.symbol(*symbol));
    notes.extend(shown.clone().any(|symbol| is_activation_before(symbol)).then(|| input(derivation)));
    notes.extend(general.bias_of_last.map(bias_of_last));
    let any_width = shown.clone().any(|symbol| layer_of_width(&symbol.columns).is_some());
    notes.extend(any_width.then(widths));
    notes
}

/// For which l and L the formulas hold.
fn depth(derivation: &Derivation, gradient: &Gradient) -> Sentence {
    let (l, end) = (Index::LAYER, Index::DEPTH);
    let recurrence = gradient.form == Form::Layered;
    let note = Sentence::of("for every depth ").math(formula(end)).words(" and every layer ").math(formula(l)).words(" = 1, …, ");
    let note = note.math(formula(end));
    if recurrence {
        let adjoint = gradient.definitions.last().map(|last| Typesetter::new(&derivation.forward.arena).name(last.symbol));
        let note = note.words("; ").math(adjoint.unwrap_or(Notation::Loss)).words(" by the one after it for ");
        return note.math(formula(l)).words(" = ").math(formula(end.plus(-1))).words(", …, 1");
    }
    note.words(": proved by induction, one layer at a time")
}

/// In which order the factors stand.
fn order(runs: &[&Big]) -> Option<Sentence> {
    let product = runs.iter().find(|run| run.operation == Operation::Product)?;
    let note = Sentence::of("the factors of a product stand in this order: ").math(formula(product.index)).words(" = ");
    let note = note.math(formula(product.from)).words(" first, then one less each time, ");
    Some(note.math(formula(product.index)).words(" = ").math(formula(product.to)).words(" last"))
}

/// Where a product or sum has no parts.
fn empty(run: &Big) -> Sentence {
    let (what, value) = match run.operation {
        Operation::Product => ("the product from ", "I"),
        Operation::Sum => ("the sum from ", "0"),
    };
    let note = Sentence::of(what).math(formula(run.index)).words(" = ").math(formula(run.from)).words(" to ");
    let note = note.math(formula(run.to)).words(" is ").math(constant(value)).words(" where it is empty");
    match at_layer(run) {
        Some((index, value)) => note.words(": for ").math(formula(index)).words(" = ").math(formula(value)),
        None => note,
    }
}

/// The value of l or j, or of L, for which nothing is left of the run.
fn at_layer(run: &Big) -> Option<(Index, Index)> {
    let (l, end, j) = (Index::LAYER, Index::DEPTH, Index::TERM);
    let one = Index::number(1);
    let ends = |from, to| (run.from, run.to) == (from, to);
    match run.operation {
        Operation::Product if ends(end, l.plus(1)) => Some((l, end)),
        Operation::Product if ends(l.plus(-1), one) => Some((l, one)),
        Operation::Product if ends(l.plus(-1), j.plus(1)) => Some((j, l.plus(-1))),
        Operation::Product if ends(end, Index::number(2)) => Some((end, one)),
        Operation::Sum if ends(one, l.plus(-1)) => Some((l, one)),
        Operation::Product | Operation::Sum => None,
    }
}

fn is_activation_before(symbol: &Symbol) -> bool {
    symbol.role == Role::Activation && symbol.label.as_deref() == Some(&*Index::LAYER.plus(-1).label())
}

/// A₀ = X
fn input(derivation: &Derivation) -> Sentence {
    let arena: &Arena = &derivation.forward.arena;
    let x = arena.symbol(derivation.forward.input);
    let sample = arena.symbols().iter().any(|symbol| symbol.sample && symbol.role == Role::Activation);
    let sample = if sample { Sample::Row } else { Sample::None };
    let base = if sample == Sample::Row { "a".into() } else { "A".into() };
    let single = x.name.chars().count() == 1;
    let name = if sample == Sample::Row && single { x.name.to_lowercase().into() } else { x.name.clone() };
    let zero = Letter { base, hat: false, subscript: Some("0".into()), sample };
    let x = Letter { base: name, hat: false, subscript: None, sample };
    Sentence::default().math(Notation::Letter(zero)).words(" = ").math(Notation::Letter(x)).words(", the input")
}

fn bias_of_last(has: bool) -> Sentence {
    let note = Sentence::of("the last layer, ").math(formula(Index::DEPTH));
    note.words(if has { ", is the only one with a bias" } else { ", has no bias" })
}

/// What f_k is.
fn widths() -> Sentence {
    let width = |label: &str| {
        Notation::Letter(Letter { base: "f".into(), hat: false, subscript: Some(label.into()), sample: Sample::None })
    };
    let note = Sentence::default().math(width(&Index::FACTOR.label())).words(" is the width of layer ");
    note.math(formula(Index::FACTOR)).words(", ").math(width("0")).words(" that of the input")
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
