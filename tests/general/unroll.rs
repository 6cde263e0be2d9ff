//! A formula for any depth with numbers put in for l and L: every product multiplied out, in another arena.

use std::collections::BTreeMap;

use chainrule::{
    expr::{Arena, ExprId, Index, Op, Role, Symbol},
    gradient::{Derivation, general::iterated::Operation},
    shape::Dim,
};

/// Numbers for l, L and the indices that run.
pub type Numbers = BTreeMap<char, i64>;

/// The number of a layer that the text `l-1` or `3` means.
fn number(index: &str, numbers: &Numbers) -> i64 {
    let letter = index.chars().next().unwrap();
    match numbers.get(&letter) {
        Some(number) => number + index[1..].parse().unwrap_or(0),
        None => index.parse().unwrap(),
    }
}

/// `f[l-1]` is the width that the specs of the tests call `f2`.
fn dim(dim: &Dim, numbers: &Numbers) -> Dim {
    let index = dim.as_name().and_then(|name| name.strip_prefix("f[")?.strip_suffix(']'));
    index.map_or_else(|| dim.clone(), |index| Dim::name(&format!("f{}", number(index, numbers))))
}

fn symbol(symbol: &Symbol, numbers: &Numbers, target: &Arena) -> Symbol {
    let index = symbol.label.as_deref().and_then(|label| label.strip_prefix('[')?.strip_suffix(']'));
    let label = index.map(|index| number(index, numbers).to_string());
    if symbol.role == Role::Activation && label.as_deref() == Some("0") {
        let sides = [dim(&symbol.rows, numbers), dim(&symbol.columns, numbers)];
        let is_input = |other: &&Symbol| {
            let same = [&other.rows, &other.columns] == [&sides[0], &sides[1]];
            other.role == Role::Input && other.sample == symbol.sample && same
        };
        let input = target.symbols().iter().find(is_input);
        return input.unwrap().clone();
    }
    let label = label.map(Into::into).or_else(|| symbol.label.clone());
    Symbol { label, rows: dim(&symbol.rows, numbers), columns: dim(&symbol.columns, numbers), ..symbol.clone() }
}

/// The expression `id` of `general`, built in `target`.
pub fn unroll(general: &Derivation, id: ExprId, numbers: &Numbers, target: &mut Arena) -> ExprId {
    let source = &general.forward.arena;
    let op = source.op(id);
    let op = match op {
        Op::Symbol(name) => {
            if general.general.as_ref().unwrap().iterations.get(*name).is_some() {
                return parts(general, id, numbers, target);
            }
            let symbol = symbol(source.symbol(*name), numbers, target);
            Op::Symbol(target.intern(symbol))
        }
        Op::Scalar(scalar) => Op::Scalar(scalar.with_dims(|size| dim(size, numbers))),
        Op::Identity(m) => Op::Identity(dim(m, numbers)),
        Op::Ones(m, k) => Op::Ones(dim(m, numbers), dim(k, numbers)),
        Op::Zero(m, k) => Op::Zero(dim(m, numbers), dim(k, numbers)),
        other => other.map(|child| unroll(general, *child, numbers, target)),
    };
    target.add(op).expect("fits for every l and L")
}

/// The parts of a product from high to low, of a rising one or a sum from low to high, joined from the left.
fn parts(general: &Derivation, id: ExprId, numbers: &Numbers, target: &mut Arena) -> ExprId {
    let source = &general.forward.arena;
    let iterated = general.general.as_ref().unwrap().iterations.get(source.as_symbol(id).unwrap()).unwrap();
    let at = |index: Index| number(&index.to_string(), numbers);
    let (from, to, letter) = (at(iterated.from), at(iterated.to), iterated.index.to_string().chars().next().unwrap());
    let range: Vec<i64> =
        if iterated.operation == Operation::Product { (to..=from).rev().collect() } else { (from..=to).collect() };
    let mut joined = None;
    for value in range {
        let mut inner = numbers.clone();
        inner.insert(letter, value);
        let part = unroll(general, iterated.body, &inner, target);
        joined = Some(match (joined, iterated.operation) {
            (None, _) => part,
            (Some(joined), Operation::Product | Operation::RisingProduct) => target.multiply(joined, part).unwrap(),
            (Some(joined), Operation::Sum) => target.plus(joined, part).unwrap(),
        });
    }
    let (rows, columns) = source.dims(id).unwrap();
    let (rows, columns) = (dim(&rows, numbers), dim(&columns, numbers));
    let empty = match iterated.operation {
        Operation::Product | Operation::RisingProduct => Op::Identity(rows),
        Operation::Sum => Op::Zero(rows, columns),
    };
    joined.unwrap_or_else(|| target.add(empty).unwrap())
}

/// A formula without regard to brackets: factors in order, sums of them, identities and zeros left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Factor {
    /// What is no product and no sum of products: the same node of the same arena.
    Node(ExprId),
    /// Terms in order.
    Sum(Vec<Vec<Factor>>),
    /// Σᵢ
    Samples(Vec<Factor>),
}

/// The factors of `id`; `None` if it is zero.
pub fn factors(arena: &Arena, id: ExprId) -> Option<Vec<Factor>> {
    match arena.op(id) {
        Op::Zero(..) => None,
        Op::Identity(_) => Some(Vec::new()),
        Op::Multiply([a, b]) => Some([factors(arena, *a)?, factors(arena, *b)?].concat()),
        Op::SumSamples([a]) => Some(vec![Factor::Samples(factors(arena, *a)?)]),
        Op::Add(_) => {
            let mut terms = terms(arena, id);
            Some(if terms.len() == 1 { terms.remove(0) } else { vec![Factor::Sum(terms)] })
        }
        _ => Some(vec![Factor::Node(id)]),
    }
}

fn terms(arena: &Arena, id: ExprId) -> Vec<Vec<Factor>> {
    match arena.op(id) {
        Op::Add([a, b]) => [terms(arena, *a), terms(arena, *b)].concat(),
        _ => match factors(arena, id) {
            Some(only) if matches!(only[..], [Factor::Sum(_)]) => {
                let Some(Factor::Sum(terms)) = only.into_iter().next() else { unreachable!() };
                terms
            }
            other => other.into_iter().collect(),
        },
    }
}
