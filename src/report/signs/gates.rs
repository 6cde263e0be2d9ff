//! The gates on a page → what S, D, G and N stand for.

use std::collections::BTreeSet;

use super::{LETTERS, Meaning, Shown, equals};
use crate::{
    document::{Notation, Sentence, sentence},
    expr::{Definition, ExprId, Op, Role, Symbol, SymbolId},
    gradient::Derived,
    report::gradients::Report,
};

impl Shown<'_> {
    /// xᵢ
    pub(super) fn row(&self) -> Option<Meaning> {
        let place = |symbol: &&Symbol| LETTERS.iter().position(|(role, _)| *role == symbol.role);
        let rows = self.named().filter(|symbol| symbol.sample && place(symbol).is_some());
        let symbol = rows.min_by_key(place)?;
        let [i, of] = [Notation::letter("i"), self.whole(symbol)?];
        let meaning = sentence!("is the {} of sample {} of {}, and so on.", self.report.side(), i, of);
        Some((self.report.typesetter.name(self.arena.find(symbol)?), meaning))
    }

    /// a, m: rows of values on a diagonal.
    pub(super) fn diagonals(&self) -> Vec<Meaning> {
        let values =
            self.named().filter(|symbol| symbol.role == Role::ValueGate && !matches!(&*symbol.name, "h" | "q"));
        let letters: BTreeSet<&str> = values.map(|symbol| &*symbol.name).collect();
        let meaning = |letter: &str| {
            let of = Notation::letter(&letter.to_uppercase());
            let is_row = |symbol: &Symbol| symbol.role == Role::ValueGate && &*symbol.name == letter;
            let column =
                if self.report.derivation.forward.has_columns() { "column of {}." } else { "row of {} as a column." };
            (self.of_kind(letter, is_row), Sentence::of("is a ").then(Sentence::filled(column, [of.into()])))
        };
        letters.into_iter().map(meaning).collect()
    }

    /// What the gates stand for, one line a letter.
    pub(super) fn gates(&self) -> Vec<Meaning> {
        let Derived::Gradient(gradient) = &self.report.derivation.derived else { return Vec::new() };
        let mut lines = Vec::new();
        let shown = || gradient.definitions.iter().filter(|definition| self.names[definition.symbol.index()]);
        let own = |definition: &Definition| {
            let symbol = self.arena.symbol(definition.symbol);
            (symbol.role, of_own_layer(symbol.label.as_deref().unwrap_or_default()))
        };
        let is_own = |definition: &Definition| {
            self.arena.symbol(definition.symbol).label.as_deref().unwrap_or_default() == own(definition).1
        };
        // Of any layer k the same is said as of layer l.
        let is_said = |definition: &&Definition| {
            !is_own(definition) && shown().any(|other| is_own(other) && own(other) == own(definition))
        };
        for definition in shown().filter(|definition| !is_said(definition)) {
            let line = self.gate(*definition);
            lines.extend(line.filter(|line| !lines.contains(line)));
        }
        lines
    }

    /// What the gate stands for; names that are no gates need no word.
    fn gate(&self, definition: Definition) -> Option<Meaning> {
        let role = self.arena.symbol(definition.symbol).role;
        let is_sum = matches!(self.arena.op(definition.value), Op::Add(_));
        if role == Role::NormMatrix || is_sum && role == Role::GateMatrix {
            return matrix(self.report, definition);
        }
        let [z, f] = ["z", "f"].map(Notation::letter);
        let diagonal = |entries| equals(Notation::apply("diag", false, None, entries), "");
        let slopes = diagonal(Notation::apply("f", true, None, z.clone()));
        let ratio = Notation::over(Notation::apply("f", false, None, z.clone()), z.clone());
        let (letter, meaning) = if role == Role::GateMatrix {
            ("S", sentence!("{}, the derivatives of the activation {} of the layer on a diagonal.", slopes, f))
        } else if role == Role::DerivativeGateMatrix {
            let stated = "{}, the derivatives of the activation {} of the layer, where they are not {}.";
            ("D", Sentence::filled(stated, [slopes, f.into(), ratio.into()]))
        } else if role == Role::ForwardGateMatrix {
            ("G", sentence!("{}, with which the activation {} of the layer multiplies {}.", diagonal(ratio), f, z))
        } else {
            return None;
        };
        let sign = self.of_kind(letter, |symbol| symbol.role == role);
        self.told_apart(vec![(sign, meaning)]).pop()
    }
}

/// The label of layer l for that of layer k.
fn of_own_layer(label: &str) -> String {
    label.replacen("[k", "[l", 1)
}

/// The names of a role in an expression.
fn names_in(report: &Report, value: ExprId, role: Role) -> Vec<SymbolId> {
    let symbols = report.arena.reachable(&[value]).into_iter().filter_map(|id| report.arena.as_symbol(id));
    symbols.filter(|symbol| report.arena.symbol(*symbol).role == role).collect()
}

/// The matrix of a norm or of a softmax: what it is, and what the columns in it are.
fn matrix(report: &Report, Definition { symbol, value }: Definition) -> Option<Meaning> {
    let (name, label) = (report.typesetter.name(symbol), report.arena.symbol(symbol).label.clone().unwrap_or_default());
    let equal = equals(report.typesetter.formula(value).without_shapes(), "");
    if report.arena.symbol(symbol).role == Role::NormMatrix {
        let columns = names_in(report, value, Role::ValueGate);
        let column = |letter| columns.iter().find(|column| &*report.arena.symbol(**column).name == letter);
        let [h, q] = ["h", "q"].map(|letter| column(letter).map(|column| report.typesetter.name(*column)));
        let own = of_own_layer(&label);
        let is_own = |symbol: &Symbol| symbol.role == Role::Normalised && symbol.label.as_deref() == Some(&*own);
        let normal = if report.arena.symbols().iter().any(is_own) { "H" } else { "A" };
        let [normal, r] = [normal, "r"].map(|letter| Notation::indexed(letter, &label));
        let words = match report.side() {
            "row" => {
                "{}, the derivatives of a norm, with the row of {} of one sample as the column {}, and {} a column \
                with that sample's entry of {} in each place."
            }
            _ => {
                "{}, the derivatives of a norm, with one column {} of {}, and {} a column with that sample's entry of \
                {} in each place."
            }
        };
        let (first, second) = if report.side() == "row" { (normal, h?) } else { (h?, normal) };
        return Some((name, Sentence::filled(words, [equal, first.into(), second.into(), q?.into(), r.into()])));
    }
    let p = *names_in(report, value, Role::Probabilities).first()?;
    let p = report.typesetter.name(p);
    let is_output = |definition: &&Definition| {
        let of = report.arena.symbol(definition.symbol);
        of.role != Role::PreActivation && of.label.as_deref() == Some(&*label)
    };
    let output = report.derivation.forward.definitions.iter().find(is_output);
    let is_softmax = output.is_none_or(|output| matches!(report.arena.op(output.value), Op::Softmax(_)));
    let of = match is_softmax {
        true => Sentence::of("softmax's output"),
        false => Notation::apply("softmax", false, None, Notation::indexed("Z", &label)).into(),
    };
    let meaning = match report.side() {
        "row" => sentence!("{}, with {} one row of {} as a column.", equal, p, of),
        _ => sentence!("{}, with {} one column of {}.", equal, p, of),
    };
    Some((name, meaning))
}
