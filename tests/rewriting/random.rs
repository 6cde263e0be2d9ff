//! Random expressions keep their values under every group of laws, and what is known of each part is true.

use std::collections::BTreeMap;

use chainrule::{
    expr::{Arena, ExprId, Facts, SymbolId, range::Bound},
    shape::Shape,
    simplify::{Group, Limits, simplify},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    common::draw::{Draw, entries, size},
    oracles::algebra::{Matrix, Value, expression},
};

/// What the facts say of a value, as a sentence if it is not so. `strictly` says that no number is so large that rounding
/// reaches an end that is excluded.
fn contradiction(facts: &Facts, value: &Value<f64>, strictly: bool) -> Option<String> {
    let Value::Matrix(matrix) = value else { return None };
    let all = || matrix.entries.iter().flatten().flatten();
    let defined = matrix.entries.iter().flatten().all(Option::is_some);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
    let equals = |other: Matrix<f64>| all().zip(other.entries.iter().flatten().flatten()).all(|(a, b)| near(*a, *b));
    let above = |x: f64| match facts.range.low {
        Bound::Unbounded => true,
        Bound::Open(low) => x > f64::from(low) || !strictly && near(x, f64::from(low)),
        Bound::Closed(low) => x >= f64::from(low) - 1e-9,
    };
    let below = |x: f64| match facts.range.high {
        Bound::Unbounded => true,
        Bound::Open(high) => x < f64::from(high) || !strictly && near(x, f64::from(high)),
        Bound::Closed(high) => x <= f64::from(high) + 1e-9,
    };
    if let Some(outside) = all().find(|x| !above(**x) || !below(**x)) {
        return Some(format!("{outside} is not in {}", facts.range));
    }
    if !defined {
        return None;
    }
    let (m, k) = (matrix.rows, matrix.columns);
    let sums_to_one = matrix.entries.iter().all(|row| near(row.iter().flatten().sum(), 1.0));
    let claims = [
        ("zero", facts.zero, equals(Matrix::constant(m, k, 0))),
        ("ones", facts.ones, equals(Matrix::constant(m, k, 1))),
        ("identity", facts.identity, m == k && equals(Matrix::identity(m))),
        ("symmetric", facts.symmetric, m == k && equals(Matrix::from_fn(m, k, |i, j| matrix.at(j, i)))),
        ("rows sum to one", facts.rows_sum_to_one(), sums_to_one),
    ];
    claims.iter().find(|(_, claimed, holds)| *claimed && !holds).map(|(what, ..)| format!("not {what}: {matrix:?}"))
}

/// Evaluates every part of the roots; the largest entry of any of them is what rounding is relative to.
fn values(arena: &Arena, roots: &[ExprId], seed: u64) -> (BTreeMap<ExprId, Value<f64>>, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let symbols: Vec<Matrix<f64>> = arena.symbols().iter().map(|symbol| entries(symbol, &mut rng)).collect();
    let of = |symbol: SymbolId| symbols[symbol.index()].clone();
    let mut values = BTreeMap::new();
    for id in arena.reachable(roots) {
        values.insert(id, expression(arena, id, &of, &size).unwrap());
    }
    let largest = values.values().flat_map(|value| match value {
        Value::Scalar(scalar) => vec![scalar.abs()],
        Value::Matrix(matrix) => matrix.entries.iter().flatten().flatten().map(|x| x.abs()).collect(),
    });
    let largest = largest.fold(1.0, f64::max);
    (values, largest)
}

/// Every entry that had a value has the same one.
fn keeps(before: &Value<f64>, after: &Value<f64>, tolerance: f64) -> bool {
    let (Value::Matrix(before), Value::Matrix(after)) = (before, after) else { return false };
    let pairs = before.entries.iter().flatten().zip(after.entries.iter().flatten());
    (before.rows, before.columns) == (after.rows, after.columns)
        && pairs.filter(|(before, _)| before.is_some()).all(|(before, after)| {
            after.is_some_and(|after| before.is_some_and(|before| (before - after).abs() <= tolerance))
        })
}

#[test]
fn random_expressions_keep_their_values_and_facts() {
    let limits = Limits { iterations: 6, nodes: Some(2000) };
    let (mut compared, mut changed) = (0, 0);
    for seed in 0..1500 {
        let mut arena = Arena::default();
        let mut draw = Draw::new(&mut arena, seed);
        let (rows, columns) = (draw.dim(), draw.dim());
        let depth = draw.pick(&[2, 3, 4]);
        let root = draw.expression(&rows, &columns, depth);
        let mut roots = vec![root];
        for group in [Group::Body, Group::OutputError, Group::Loss] {
            roots.extend(simplify(&mut arena, &[root], group, limits).roots);
        }
        let (values, largest) = values(&arena, &roots, seed);
        for (id, value) in &values {
            if let Some(found) = contradiction(arena.facts(*id), value, largest < 10.0) {
                panic!("seed {seed}: {:?}: {found}", arena.op(*id));
            }
        }
        if largest > 1e6 {
            continue;
        }
        for (simplified, group) in roots[1..].iter().zip(["body", "head", "loss"]) {
            let same = keeps(&values[&root], &values[simplified], 1e-11 * largest * largest);
            assert!(same, "seed {seed}: {group} changes\n{:?}\nto\n{:?}", values[&root], values[simplified]);
            assert_eq!(arena.shape(*simplified), &Shape::Matrix(rows.clone(), columns.clone()));
            compared += 1;
            changed += usize::from(*simplified != root);
        }
    }
    assert!(compared >= 3000 && changed >= 1000, "{compared} compared, {changed} of them changed");
}
