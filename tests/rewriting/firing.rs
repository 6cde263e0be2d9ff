//! Each law compiled alone: it joins its two sides where its conditions hold, and never where one of them does not.

use std::collections::BTreeMap;

use chainrule::{
    expr::{Arena, ExprId, Op, Range, Role, Scalar, Structure, Symbol},
    shape::Dim,
    simplify::{
        Limits,
        law::{Condition, Law, Rule, Size, Term, Variable},
        rules, simplify_by,
    },
};

use crate::oracles::networks::dim;

fn size(size: &Size) -> Dim {
    match size {
        Size::One => Dim::one(),
        Size::Named(name) => dim(name),
    }
}

/// An expression of which the conditions hold, and nothing else.
fn stand_in(arena: &mut Arena, variable: &Variable, kinds: &[Condition]) -> ExprId {
    let is = |condition| kinds.contains(&condition);
    let (rows, columns) = (size(&variable.size.0), size(&variable.size.1));
    let mut symbol = Symbol::new(Role::Input, &variable.name, None, rows.clone(), columns.clone());
    symbol.rows_sum_to_one = is(Condition::RowsSumToOne);
    if is(Condition::Nonzero) {
        symbol.range = Range::POSITIVE;
    }
    if is(Condition::Skew) {
        symbol.structure = Structure::Skew;
    }
    if is(Condition::Orthogonal) {
        symbol.structure = Structure::Orthogonal;
    }
    if is(Condition::Scalar) {
        let entry = arena.intern(Symbol { rows: Dim::one(), columns: Dim::one(), ..symbol });
        let entry = arena.named(entry).unwrap();
        return arena.total(entry).unwrap();
    }
    if is(Condition::Constant) {
        // A number of its own for each name.
        let letter = i64::from(variable.name.as_bytes()[0]);
        let kappa = Scalar::ratio(letter, if is(Condition::Whole) { 1 } else { 7 });
        return arena.scalar(if is(Condition::Negative) { kappa.negated() } else { kappa }).unwrap();
    }
    if is(Condition::Symmetric) {
        let entries = arena.intern(Symbol { columns: Dim::one(), ..symbol });
        let entries = arena.named(entries).unwrap();
        return arena.diagonal(entries).unwrap();
    }
    let symbol = arena.intern(symbol);
    let named = arena.named(symbol).unwrap();
    match () {
        () if is(Condition::Identity) => arena.add(Op::Identity(rows)).unwrap(),
        () if is(Condition::Zero) => arena.add(Op::Zero(rows, columns)).unwrap(),
        () if is(Condition::Divides) => arena.reciprocal(named).unwrap(),
        () => named,
    }
}

fn scalar(term: &Term, arena: &Arena, variables: &[ExprId]) -> Scalar {
    let part = |term| scalar(term, arena, variables);
    match term {
        Term::Variable(i) => arena.facts(variables[*i]).scalar.clone().unwrap(),
        Term::Number(number) => number.clone(),
        Term::Product([a, b]) => part(a).times(&part(b)).unwrap(),
        Term::Sum([a, b]) => part(a).plus(&part(b)).unwrap(),
        Term::Negated(a) => part(a).negated(),
        other => panic!("{other:?} is no scalar"),
    }
}

fn build(arena: &mut Arena, term: &Term, variables: &[ExprId]) -> ExprId {
    let op = match term {
        Term::Variable(i) => return variables[*i],
        Term::Ones(rows, columns) => Op::Ones(size(rows), size(columns)),
        Term::Zero(rows, columns) => Op::Zero(size(rows), size(columns)),
        Term::Identity(dim) => Op::Identity(size(dim)),
        Term::Dimension(dim) => Op::Scalar(Scalar::dimension(&size(dim))),
        Term::Number(_) | Term::Product(_) | Term::Sum(_) | Term::Negated(_) => {
            Op::Scalar(scalar(term, arena, variables))
        }
        Term::Node(op) => {
            let mut operands = Vec::new();
            for operand in op.children() {
                operands.push(build(arena, operand, variables));
            }
            let mut operands = operands.into_iter();
            op.map(|_| operands.next().unwrap())
        }
    };
    arena.add(op).unwrap()
}

/// Whether the law joins its sides when the variables are as `kinds` says.
fn joins(law: &Law, rule: &Rule, kinds: &[Vec<Condition>]) -> bool {
    let mut arena = Arena::default();
    let variables: Vec<ExprId> =
        rule.variables.iter().zip(kinds).map(|(variable, kinds)| stand_in(&mut arena, variable, kinds)).collect();
    let sides = [build(&mut arena, &rule.left, &variables), build(&mut arena, &rule.right, &variables)];
    assert_ne!(sides[0], sides[1], "{} says nothing", law.name);
    let found = simplify_by(&mut arena, &sides, &[*law], Limits { iterations: 2, nodes: None }).unwrap();
    found.roots[0] == found.roots[1]
}

#[test]
fn a_law_joins_its_sides_where_its_conditions_hold() {
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for law in &rules::all().collect::<Vec<_>>() {
        let rule = law.parse().unwrap();
        let mut kinds: Vec<Vec<Condition>> = rule.variables.iter().map(|variable| variable.kinds.clone()).collect();
        assert!(joins(law, &rule, &kinds), "{} does not fire", law.name);
        for place in 0..kinds.len() {
            for condition in rule.variables[place].kinds.clone() {
                // A constant is a sort of its own, and a different variable is another one here.
                if matches!(condition, Condition::Constant | Condition::Scalar | Condition::Differs) {
                    continue;
                }
                kinds[place].retain(|kind| *kind != condition);
                assert!(!joins(law, &rule, &kinds), "{} fires without {condition:?}", law.name);
                kinds[place].push(condition);
                *refused.entry(law.name).or_default() += 1;
            }
        }
    }
    assert!(refused.values().sum::<usize>() >= 11, "{refused:?}");
}

#[test]
fn a_law_of_one_does_not_take_a_longer_dimension() {
    let law = |name, variables, left, right| Law { name, groups: &[], variables, left, right };
    let narrow = law("row", "a:m,k s:k,1", "(had a (* (ones m 1) (T s)))", "(* a (diag s))");
    let wide = law("row", "a:m,k s:k,j", "(had a (* (ones m j) (T s)))", "a");
    let (narrow, wide_rule) = (narrow, wide.parse().unwrap());
    let mut arena = Arena::default();
    let variables: Vec<ExprId> =
        wide_rule.variables.iter().map(|variable| stand_in(&mut arena, variable, &[])).collect();
    let left = build(&mut arena, &wide_rule.left, &variables);
    let found = simplify_by(&mut arena, &[left], &[narrow], Limits::default()).unwrap();
    assert_eq!(found.roots, [left]);
}

#[test]
fn a_faulty_law_is_refused() {
    let law = Law { name: "unbound", groups: &[], variables: "a:m,k b:m,k", left: "(T (T a))", right: "b" };
    let error = simplify_by(&mut Arena::default(), &[], &[law], Limits::default()).unwrap_err();
    assert_eq!(error, "law unbound: b is not on the left side, in the line `unbound | a:m,k b:m,k | (T (T a)) | b`");
}
