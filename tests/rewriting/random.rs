//! Random expressions keep their values under every group of laws, and what is known of each part is true.

use std::collections::BTreeMap;

use chainrule::{
    expr::{Arena, ExprId, Facts, Function, Op, Range, Role, Scalar, Symbol, SymbolId, range::Bound},
    shape::{Dim, Shape},
    simplify::{Group, Limits, simplify},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::oracles::{
    algebra::{Matrix, Value, expression},
    networks::dim,
};

/// Draws expressions of a wanted shape over symbols of all kinds.
struct Draw<'a> {
    arena: &'a mut Arena,
    rng: ChaCha8Rng,
}

const SIZES: [(&str, usize); 4] = [("1", 1), ("n", 2), ("k", 3), ("m", 4)];

fn size(dim: &Dim) -> usize {
    let found = SIZES.iter().find(|(name, _)| *dim == self::dim(name));
    found.unwrap_or_else(|| panic!("{dim} is not drawn")).1
}

impl Draw<'_> {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.rng.random_range(0..of.len())]
    }

    fn dim(&mut self) -> Dim {
        dim(self.pick(&SIZES).0)
    }

    fn leaf(&mut self, rows: &Dim, columns: &Dim) -> ExprId {
        let name = self.pick(&["A", "B", "P", "U", "R"]);
        let range = match name {
            "P" => Range::POSITIVE,
            "U" => Range::new(Bound::Open(0), Bound::Open(1)),
            _ => Range::ALL,
        };
        let symbol = Symbol::new(Role::Input, name, None, rows.clone(), columns.clone());
        let symbol = Symbol { range, rows_sum_to_one: name == "R", ..symbol };
        let op = match self.rng.random_range(0..6) {
            0 => Op::Ones(rows.clone(), columns.clone()),
            1 if self.rng.random_bool(0.2) => Op::Zero(rows.clone(), columns.clone()),
            2 if rows == columns => Op::Identity(rows.clone()),
            _ => Op::Symbol(self.arena.intern(symbol)),
        };
        self.arena.add(op).unwrap()
    }

    fn scalar(&mut self) -> ExprId {
        let number = Scalar::ratio(self.pick(&[-2, -1, 1, 1, 2, 3]), self.pick(&[1, 1, 2]));
        let scalar = if self.rng.random() { number } else { number.times(&Scalar::one_over(&dim("n"))).unwrap() };
        self.arena.scalar(scalar).unwrap()
    }

    fn function(&mut self) -> (Function, u8) {
        let functions =
            ["linear", "relu", "sigmoid", "tanh", "softplus", "exp", "abs", "sin", "square", "sign", "softsign"];
        let function = Function::of_name(self.pick(&functions), 1.0).unwrap();
        (function, u8::from(function != Function::Sign && self.rng.random_bool(0.4)))
    }

    fn expression(&mut self, rows: &Dim, columns: &Dim, depth: u32) -> ExprId {
        if depth == 0 {
            return self.leaf(rows, columns);
        }
        let same = |draw: &mut Self| draw.expression(rows, columns, depth - 1);
        let op = match self.rng.random_range(0..12) {
            0 | 1 => Op::Add([same(self), same(self)]),
            2 => Op::Scale([self.scalar(), same(self)]),
            3 | 4 => {
                let inner = self.dim();
                Op::Multiply([self.expression(rows, &inner, depth - 1), self.expression(&inner, columns, depth - 1)])
            }
            5 | 6 => Op::Hadamard([same(self), same(self)]),
            7 => Op::Transpose([self.expression(columns, rows, depth - 1)]),
            8 => Op::Reciprocal([same(self)]),
            9 => {
                let (function, order) = self.function();
                Op::Map(function, order, [same(self)])
            }
            10 => Op::Softmax([same(self)]),
            _ if rows == columns => Op::Diagonal([self.expression(rows, &Dim::one(), depth - 1)]),
            _ if columns.is_one() => {
                let wide = self.dim();
                Op::LogSumExp([self.expression(rows, &wide, depth - 1)])
            }
            // x/x, x − x, 1 sᵀ: what laws look for, too rare by chance.
            _ => return self.likely(rows, columns, depth - 1),
        };
        self.arena.add(op).unwrap()
    }

    fn likely(&mut self, rows: &Dim, columns: &Dim, depth: u32) -> ExprId {
        let (a, x) = (self.expression(rows, columns, depth), self.expression(rows, columns, depth));
        let arena = &mut *self.arena;
        match self.rng.random_range(0..4) {
            0 => {
                let reciprocal = arena.reciprocal(a).unwrap();
                let quotient = arena.hadamard(x, reciprocal).unwrap();
                arena.hadamard(quotient, a).unwrap()
            }
            1 => {
                let sum = arena.plus(x, a).unwrap();
                arena.minus(sum, a).unwrap()
            }
            2 => {
                let ones = arena.ones(rows, &Dim::one()).unwrap();
                let gate = self.expression(columns, &Dim::one(), depth);
                let row = self.arena.transpose(gate).unwrap();
                let rows = self.arena.multiply(ones, row).unwrap();
                self.arena.hadamard(x, rows).unwrap()
            }
            _ => {
                let ones = arena.ones(columns, &Dim::one()).unwrap();
                let sums = arena.multiply(a, ones).unwrap();
                let across = arena.ones(&Dim::one(), columns).unwrap();
                arena.multiply(sums, across).unwrap()
            }
        }
    }
}

/// Numbers as the symbol's facts say.
fn entries(symbol: &Symbol, rng: &mut ChaCha8Rng) -> Matrix<f64> {
    let (rows, columns) = (size(&symbol.rows), size(&symbol.columns));
    let mut matrix = Matrix::from_fn(rows, columns, |_, _| {
        Some(match &*symbol.name {
            "P" => rng.random_range(0.3..2.0),
            "U" => rng.random_range(0.1..0.9),
            _ if rng.random_bool(0.1) => 0.0,
            _ => rng.random_range(-1.5..1.5),
        })
    });
    if symbol.rows_sum_to_one {
        for row in &mut matrix.entries {
            row[0] = Some(1.0 - row[1..].iter().flatten().sum::<f64>());
        }
    }
    matrix
}

/// What the facts say of a value, as a sentence if it is not so.
fn contradiction(facts: &Facts, value: &Value<f64>) -> Option<String> {
    let Value::Matrix(matrix) = value else { return None };
    let all = || matrix.entries.iter().flatten().flatten();
    let defined = matrix.entries.iter().flatten().all(Option::is_some);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
    let equals = |other: Matrix<f64>| all().zip(other.entries.iter().flatten().flatten()).all(|(a, b)| near(*a, *b));
    let above = |x: f64| match facts.range.low {
        Bound::Unbounded => true,
        Bound::Open(low) => x > f64::from(low) || near(x, f64::from(low)) && low != 0,
        Bound::Closed(low) => x >= f64::from(low) - 1e-9,
    };
    let below = |x: f64| match facts.range.high {
        Bound::Unbounded => true,
        Bound::Open(high) => x < f64::from(high) || near(x, f64::from(high)) && high != 0,
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
        ("rows sum to one", facts.rows_sum_to_one, sums_to_one),
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
        let mut draw = Draw { arena: &mut arena, rng: ChaCha8Rng::seed_from_u64(seed) };
        let (rows, columns) = (draw.dim(), draw.dim());
        let depth = draw.pick(&[2, 3, 4]);
        let root = draw.expression(&rows, &columns, depth);
        let mut roots = vec![root];
        for group in [Group::Body, Group::Head, Group::Loss] {
            roots.extend(simplify(&mut arena, &[root], group, limits).roots);
        }
        let (values, largest) = values(&arena, &roots, seed);
        for (id, value) in &values {
            if let Some(found) = contradiction(arena.facts(*id), value) {
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
