//! The operators and functions on a page → what each does.

use std::collections::BTreeSet;

use super::{Is, KNOWN, Meaning, Shown};
use crate::{
    document::{Entrywise, Exponent, Notation, Relation, Sentence, formula},
    expr::{Arena, ExprId, Function, Op},
};

impl Shown<'_> {
    /// ⊙, ᵀ, 1 and the others that are used.
    pub(super) fn operators(&self) -> Vec<Meaning> {
        let u = Notation::letter("U");
        let is_column = |op: &Op<ExprId>| matches!(op, Op::Ones(m, k) if m.is_one() != k.is_one());
        let ones = match (self.ones_in_sum, self.has(is_column)) {
            (true, true) => "is a column of ones; in a sum with a matrix it is a matrix of them.",
            (true, false) => "is a matrix of ones.",
            (false, _) => "is a column of ones.",
        };
        let side = self.report.side();
        let softmax = &*format!("divides exp of each entry by the sum of these over its {side}.");
        let logsumexp = &*format!("is, for each {side}, ln of the sum of exp of its entries.");
        let ends = [
            (is(|op| matches!(op, Op::Softmax(_))), applied("softmax", &u), softmax),
            (is(|op| matches!(op, Op::LogSumExp(_))), applied("logsumexp", &u), logsumexp),
        ];
        let ones = (is(|op| matches!(op, Op::Ones(..))), Notation::letter("1"), ones);
        let table = [ones].into_iter().chain(of_any()).chain(ends);
        let is_identity = |sign: &Notation| self.identity && *sign == Notation::letter("I");
        let used = table.filter(|(is, sign, _)| self.has(is) || is_identity(sign));
        let used = used.map(|(_, sign, meaning)| (sign, Sentence::of(meaning.to_owned())));
        let means = [("rowmean", "row"), ("colmean", "column")].into_iter().zip(self.means).filter(|(_, used)| *used);
        let mean = |((name, line), _)| {
            let meaning = format!("puts the mean of each {line} in the place of its entries.");
            (applied(name, &u), Sentence::of(meaning))
        };
        used.chain(means.map(mean)).collect()
    }
}

fn is(is: Is) -> Is {
    is
}

fn applied(name: &'static str, argument: &Notation) -> Notation {
    Notation::apply(name, false, None, argument.clone())
}

/// U and V joined by an entrywise sign.
fn joined(joint: Entrywise) -> Notation {
    let [u, v] = ["U", "V"].map(Notation::letter);
    Notation::Hadamard(vec![(Entrywise::Times, u), (joint, v)])
}

/// What means the same on every page.
pub(super) fn of_any() -> [(Is, Notation, &'static str); 9] {
    let [u, v, small] = ["U", "V", "u"].map(Notation::letter);
    let product = Notation::Product(vec![u.clone(), v]);
    let (total, summed) = (Notation::Total(Box::new(u.clone())), Notation::SumSamples(Box::new(small.clone())));
    let diagonal = "is the diagonal matrix with the entries of the column.";
    [
        (|op| matches!(op, Op::Identity(_)), Notation::letter("I"), "is the identity."),
        (|op| matches!(op, Op::Multiply(_)), product, "is the matrix product."),
        (|op| matches!(op, Op::Hadamard(_)), joined(Entrywise::Times), "multiplies entry by entry."),
        (|op| matches!(op, Op::Reciprocal(_)), joined(Entrywise::Over), "divides entry by entry."),
        (|op| matches!(op, Op::Map(Function::Square, 0, _)), u.clone().squared(), "squares each entry."),
        (|op| matches!(op, Op::Transpose(_)), u.transposed(), "is the transpose."),
        (|op| matches!(op, Op::Total(_)), total, "sums all entries."),
        (|op| matches!(op, Op::SumSamples(_)), summed, "sums over the samples."),
        (|op| matches!(op, Op::Diagonal(_)), applied("diag", &small), diagonal),
    ]
}

/// What only expressions of no network are made of.
pub(super) fn of_expressions() -> [(Is, Notation, &'static str); 5] {
    let u = Notation::letter("U");
    let raised = |exponent| Notation::Power(Box::new(u.clone()), exponent);
    let permutation = "is the permutation matrix that takes vec(U) to the vec of the transpose.";
    [
        (|op| matches!(op, Op::Ones(..)), Notation::letter("1"), "is a row, a column or a matrix of ones."),
        (|op| matches!(op, Op::Inverse(_)), raised(Exponent::Number(-1, 1)), "is the inverse."),
        (|op| matches!(op, Op::Kronecker(_)), joined(Entrywise::Kronecker), "is the Kronecker product."),
        (|op| matches!(op, Op::Vec(_)), applied("vec", &u), "stacks the columns below each other."),
        (|op| matches!(op, Op::Commutation(..)), Notation::letter("K"), permutation),
    ]
}

/// The derivatives of the activations, and functions that few readers know, with their formulas.
pub(super) fn functions(used: impl Iterator<Item = (Function, u8)>) -> Vec<Meaning> {
    let told = |(function, order): &(Function, u8)| {
        !matches!(function, Function::Linear | Function::Square) && (*order > 0 || !KNOWN.contains(function))
    };
    let used: BTreeSet<(Function, u8)> = used.filter(told).collect();
    let meaning = |(function, order)| {
        let equals = Sentence::default().relation(Relation::Equal).then(formula::meaning(function, order));
        (formula::applied(function, order), equals.words("."))
    };
    used.into_iter().map(meaning).collect()
}

/// Whether a matrix of ones is a term of it.
pub(super) fn has_ones(arena: &Arena, id: ExprId) -> bool {
    let is_block = |id: ExprId| matches!(arena.op(id), Op::Ones(m, k) if !m.is_one() && !k.is_one());
    let is_term = |id: ExprId| is_block(id) || matches!(arena.op(id), Op::Scale([_, a]) if is_block(*a));
    matches!(arena.op(id), Op::Add(terms) if terms.iter().any(|term| is_term(*term)))
}

/// Of entries of a matrix, and none below them: that is a division.
pub(super) fn is_power_of_entries(arena: &Arena, id: ExprId) -> bool {
    let Op::Power([a, p]) = *arena.op(id) else { return false };
    let is_below = arena.facts(p).scalar.as_ref().is_some_and(|p| p.negated().is_one());
    arena.dims(a).is_ok() && !is_below
}
