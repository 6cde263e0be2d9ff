//! The rule table, line by line: every law holds on random matrices, and the checker rejects what looks like a law.

use std::collections::{BTreeMap, BTreeSet};

use chainrule::{
    expr::{Arena, Invariant, Op},
    simplify::{
        Group, Limits,
        law::{Condition, Law, Rule, Size, Term},
        rules, simplify_by,
    },
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::oracles::{
    algebra::{Evaluated, Fault, Fraction, Matrix, Number, Value, apply, difference},
    square,
};

/// Every law of both tables.
fn laws() -> Vec<Law> {
    rules::all().collect()
}

/// Whether an operator occurs on one of the sides.
fn occurs(rule: &Rule, is: &dyn Fn(&Op<Term>) -> bool) -> bool {
    fn within(term: &Term, is: &dyn Fn(&Op<Term>) -> bool) -> bool {
        matches!(term, Term::Node(op) if is(op) || op.children().iter().any(|part| within(part, is)))
    }
    within(&rule.left, is) || within(&rule.right, is)
}

/// Whether the variable is the exponent of a power.
fn is_exponent(rule: &Rule, place: usize) -> bool {
    occurs(rule, &|op| matches!(op, Op::Power([_, Term::Variable(exponent)]) if *exponent == place))
}

/// Instances that have a value, and dimensions above 1 that are all distinct, which a law must pass.
const INSTANCES: usize = 1000;

/// What a law has passed.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    /// Instances that count: with a value, and with dimensions above 1 that are all distinct.
    distinct: usize,
    /// Instances with a value beside them: some dimension is 1, or two are equal.
    special: usize,
}

type Sizes = BTreeMap<String, usize>;

fn size(size: &Size, sizes: &Sizes) -> usize {
    match size {
        Size::One => 1,
        Size::Named(name) => sizes[name],
    }
}

/// The names of the sides of all matrices of ones and zeros.
fn constants(term: &Term, names: &mut BTreeSet<String>) {
    let mut add = |size: &Size| names.extend(if let Size::Named(name) = size { Some(name.clone()) } else { None });
    match term {
        Term::Ones(rows, columns) | Term::Zero(rows, columns) => [rows, columns].into_iter().for_each(&mut add),
        Term::Node(op) => op.children().iter().for_each(|part| constants(part, names)),
        _ => {}
    }
}

/// All names distinct and above 1 as a rule; one of them 1, as a batch may be; now and then any small numbers.
fn draw_sizes(rule: &Rule, rng: &mut ChaCha8Rng) -> Sizes {
    let mut names = BTreeSet::new();
    constants(&rule.left, &mut names);
    for variable in &rule.variables {
        for size in [&variable.size.0, &variable.size.1] {
            names.extend(if let Size::Named(name) = size { Some(name.clone()) } else { None });
        }
    }
    // Determinants are expanded, and are small fractions where matrices are.
    let is_square = |op: &Op<Term>| matches!(op, Op::Inverse(_) | Op::Invariant(..));
    let mut numbers =
        if occurs(rule, &is_square) || has_orthogonal(rule) { vec![2, 3] } else { vec![2, 3, 4, 5, 6, 7] };
    numbers.shuffle(rng);
    let case = rng.random_range(0..10);
    let one = rng.random_range(0..names.len().max(1));
    let number = |(i, name)| match case {
        0 => (name, rng.random_range(1..=3)),
        1 if i == one => (name, 1),
        _ => (name, numbers[i % numbers.len()]),
    };
    names.into_iter().enumerate().map(number).collect()
}

/// A number of moderate size, now and then 0 unless that is excluded.
fn draw<N: Number>(rng: &mut ChaCha8Rng, nonzero: bool) -> N {
    let numerator = rng.random_range(i64::from(nonzero)..=12);
    let sign = if rng.random() { 1 } else { -1 };
    N::fraction(sign * numerator, [2, 3, 4, 5, 7][rng.random_range(0..5)])
}

fn draw_variable<N: Number>(rule: &Rule, place: usize, sizes: &Sizes, rng: &mut ChaCha8Rng) -> Option<Value<N>> {
    let variable = &rule.variables[place];
    let is = |condition| variable.kinds.contains(&condition);
    if is_exponent(rule, place) && is(Condition::Constant) {
        return Some(Value::Scalar(N::fraction(rng.random_range(-3..=3), 1)));
    }
    // A law of powers holds where its left side has a value.
    let nonzero = is(Condition::Nonzero) || occurs(rule, &|op| matches!(op, Op::Power(_)));
    if is(Condition::Scalar) {
        return Some(Value::Scalar(draw(rng, nonzero)));
    }
    if is(Condition::Constant) {
        let value: N = draw(rng, nonzero);
        let negative = is(Condition::Negative) && value.float() > 0.0;
        return Some(Value::Scalar(if negative { value * N::fraction(-1, 1) } else { value }));
    }
    let (rows, columns) = (size(&variable.size.0, sizes), size(&variable.size.1, sizes));
    let mut matrix = Matrix::from_fn(rows, columns, |_, _| Some(draw::<N>(rng, nonzero)));
    if is(Condition::Zero) {
        matrix = Matrix::constant(rows, columns, 0);
    } else if is(Condition::Identity) {
        matrix = Matrix::identity(rows);
    } else if is(Condition::Symmetric) {
        matrix = Matrix::from_fn(rows, columns, |i, j| matrix.at(i.min(j), i.max(j)));
    } else if is(Condition::Skew) {
        matrix = skew(&matrix);
    } else if is(Condition::Orthogonal) {
        matrix = cayley(&skew(&matrix))?;
    } else if is(Condition::RowsSumToOne) {
        for row in &mut matrix.entries {
            let but_last = row[1..].iter().flatten().fold(N::fraction(0, 1), |sum, entry| sum + *entry);
            row[0] = Some(N::fraction(1, 1) + but_last * N::fraction(-1, 1));
        }
    }
    Some(Value::Matrix(matrix))
}

fn has_orthogonal(rule: &Rule) -> bool {
    rule.variables.iter().any(|variable| variable.kinds.contains(&Condition::Orthogonal))
}

/// a − aᵀ
fn skew<N: Number>(a: &Matrix<N>) -> Matrix<N> {
    let negative = |entry: Option<N>| entry.map(|entry| entry * N::fraction(-1, 1));
    Matrix::from_fn(a.rows, a.columns, |i, j| Some(a.at(i, j)? + negative(a.at(j, i))?))
}

/// (I − s)(I + s)⁻¹ of a skew s is orthogonal.
fn cayley<N: Number>(s: &Matrix<N>) -> Option<Matrix<N>> {
    let sum = |sign: i64| {
        Matrix::from_fn(s.rows, s.rows, |i, j| {
            Some(N::fraction(i64::from(i == j), 1) + s.at(i, j)? * N::fraction(sign, 1))
        })
    };
    let inverse = square::inverse(&sum(1)).ok()?;
    let product = apply(&Op::Multiply([Value::Matrix(sum(-1)), Value::Matrix(inverse)])).ok()?;
    product.matrix().ok().cloned()
}

/// The value of a side; rows and columns of its constants from the law's sizes.
fn term<N: Number>(term: &Term, variables: &[Value<N>], sizes: &Sizes) -> Evaluated<N> {
    let part = |part: &Term| self::term(part, variables, sizes);
    let constant = |rows, columns, value| Matrix::constant(size(rows, sizes), size(columns, sizes), value);
    let scalar = |term: &Term| match part(term)? {
        Value::Scalar(scalar) => Ok(scalar),
        Value::Matrix(_) => Err(Fault::Shape("a matrix for a scalar".into())),
    };
    match term {
        Term::Variable(i) => Ok(variables[*i].clone()),
        Term::Ones(rows, columns) => Ok(Value::Matrix(constant(rows, columns, 1))),
        Term::Zero(rows, columns) => Ok(Value::Matrix(constant(rows, columns, 0))),
        Term::Number(number) => {
            assert_eq!(number.powers().count(), 0, "a law has plain numbers");
            let value = number.coefficient();
            Ok(Value::Scalar(N::fraction(*value.numer(), *value.denom())))
        }
        Term::Dimension(dim) => {
            Ok(Value::Scalar(N::fraction(i64::try_from(size(dim, sizes)).expect("a small size"), 1)))
        }
        Term::Identity(dim) => Ok(Value::Matrix(Matrix::identity(size(dim, sizes)))),
        Term::Product([a, b]) => Ok(Value::Scalar(scalar(a)? * scalar(b)?)),
        Term::Sum([a, b]) => Ok(Value::Scalar(scalar(a)? + scalar(b)?)),
        Term::Negated(a) => Ok(Value::Scalar(scalar(a)? * N::fraction(-1, 1))),
        Term::Node(op) => {
            let mut operands = op.children().iter().map(part).collect::<Result<Vec<_>, _>>()?.into_iter();
            apply(&op.map(|_| operands.next().expect("as many as there are operands")))
        }
    }
}

/// Whether any entry has a value.
fn is_evidence<N>(value: &Value<N>) -> bool {
    match value {
        Value::Scalar(_) => true,
        Value::Matrix(matrix) => matrix.entries.iter().flatten().any(Option::is_some),
    }
}

fn are_distinct(sizes: &Sizes) -> bool {
    let different: BTreeSet<usize> = sizes.values().copied().collect();
    different.len() == sizes.len() && !different.contains(&1)
}

/// Both sides on random instances in numbers of one kind.
fn instances<N: Number>(rule: &Rule, tolerance: f64) -> Result<Evidence, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut evidence = Evidence::default();
    for instance in 0..4 * INSTANCES {
        if evidence.distinct == INSTANCES {
            break;
        }
        let sizes = draw_sizes(rule, &mut rng);
        let places = 0..rule.variables.len();
        let drawn: Option<Vec<Value<N>>> = places.map(|place| draw_variable(rule, place, &sizes, &mut rng)).collect();
        let Some(variables) = drawn else { continue };
        let side = |side| term(side, &variables, &sizes);
        let (left, right) = match (side(&rule.left), side(&rule.right)) {
            (Err(Fault::Transcendental), _) | (_, Err(Fault::Transcendental)) => continue,
            (Err(Fault::Shape(shapes)), _) | (_, Err(Fault::Shape(shapes))) => return Err(format!("shapes {shapes}")),
            (Ok(left), Ok(right)) => (left, right),
        };
        if let Some(found) = difference(&left, &right, tolerance) {
            return Err(format!("instance {instance} with {sizes:?}: {found}"));
        }
        let count = if are_distinct(&sizes) { &mut evidence.distinct } else { &mut evidence.special };
        *count += usize::from(is_evidence(&left));
    }
    Ok(evidence)
}

/// Checks a law in floats and, where its functions allow, in exact fractions.
fn check(law: &Law) -> Result<[Evidence; 2], String> {
    let rule = law.parse()?;
    // An inverse is as exact as its matrix is far from a singular one.
    let tolerance = if occurs(&rule, &|op| matches!(op, Op::Inverse(_))) { 1e-8 } else { 1e-12 };
    Ok([instances::<f64>(&rule, tolerance)?, instances::<Fraction>(&rule, 0.0)?])
}

/// Whether a function without exact values occurs.
fn is_transcendental(rule: &Rule) -> bool {
    fn occurs(term: &Term) -> bool {
        let Term::Node(op) = term else { return false };
        let itself = match &**op {
            Op::Softmax(_) | Op::LogSumExp(_) | Op::Invariant(Invariant::LogDeterminant, _) => true,
            Op::Map(function, order, _) => Fraction::from(1).function(*function, *order).is_err(),
            _ => false,
        };
        itself || op.children().iter().any(occurs)
    }
    occurs(&rule.left) || occurs(&rule.right)
}

#[test]
fn every_law_holds() {
    let mut exact = 0;
    for law in &laws() {
        let evidence = check(law).unwrap_or_else(|found| panic!("law {}: {found}\n{law:?}", law.name));
        let transcendental = is_transcendental(&law.parse().unwrap());
        for found in &evidence[..if transcendental { 1 } else { 2 }] {
            assert_eq!(found.distinct, INSTANCES, "law {}: {evidence:?}", law.name);
            let has_sides = !draw_sizes(&law.parse().unwrap(), &mut ChaCha8Rng::seed_from_u64(0)).is_empty();
            assert!(!has_sides || found.special >= INSTANCES / 10, "law {}: {evidence:?}", law.name);
        }
        exact += usize::from(!transcendental);
    }
    assert!(exact >= 35, "only {exact} of {} laws were checked exactly", laws().len());
}

const fn wrong(name: &'static str, variables: &'static str, left: &'static str, right: &'static str) -> Law {
    Law { name, groups: &[], variables, left, right }
}

/// What looks like a law. The kernel has no vec, trace or Kronecker product: wrong laws of these cannot be written, but for a
/// trace as a sum over I.
#[rustfmt::skip]
const WRONG: [Law; 51] = [
    // A transpose or an order is missing.
    wrong("transpose-product-unswapped", "a:m,m b:m,m",      "(T (* a b))",     "(* (T a) (T b))"),
    wrong("transpose-product-shape",   "a:m,k b:k,q",        "(T (* a b))",     "(* (T a) (T b))"),
    wrong("transpose-lost",            "a:m,m",              "(T (T (T a)))",   "a"),
    wrong("transpose-sum-half",        "a:m,m b:m,m",        "(T (+ a b))",     "(+ (T a) b)"),
    wrong("product-commutes",          "a:m,m b:m,m",        "(* a b)",         "(* b a)"),
    wrong("diagonal-commutes",         "s:m,1 a:m,m",        "(* (diag s) a)",  "(* a (diag s))"),
    wrong("hadamard-of-product",       "a:m,k b:m,k c:k,q",  "(* (had a b) c)", "(had (* a c) (* b c))"),
    wrong("row-sums-of-hadamard",      "a:m,k b:m,k",        "(* (had a b) (ones k 1))", "(had (* a (ones k 1)) (* b (ones k 1)))"),
    wrong("hadamard-row-left",         "a:m,m s:m,1",        "(had a (* (ones m 1) (T s)))", "(* (diag s) a)"),
    wrong("hadamard-row-left-shape",   "a:m,k s:k,1",        "(had a (* (ones m 1) (T s)))", "(* (diag s) a)"),
    wrong("hadamard-row-batch",        "a:m,k v:m,k",        "(had a v)",       "(* a (diag (T v)))"),
    wrong("hadamard-column-right",     "a:m,m s:m,1",        "(had a (* s (ones 1 m)))", "(* a (diag s))"),
    wrong("softmax-rows-no-diagonal",  "a:m,k p:k,1",        "(had (* (ones m 1) (T p)) (+ a (. -1 (* (* (had a (* (ones m 1) (T p))) (ones k 1)) (ones 1 k)))))",
                                                             "(* a (* p (T p)))"),
    wrong("softmax-rows-sign",         "a:m,k p:k,1",        "(had (* (ones m 1) (T p)) (+ a (. -1 (* (* (had a (* (ones m 1) (T p))) (ones k 1)) (ones 1 k)))))",
                                                             "(* a (+ (diag p) (* p (T p))))"),
    wrong("difference-commutes",       "a:m,k b:m,k",        "(+ a (. -1 b))",  "(+ b (. -1 a))"),
    wrong("trace-of-three",            "a:m,m b:m,m c:m,m i:m,m,E", "(* (* (ones 1 m) (had i (* a (* b c)))) (ones m 1))",
                                                             "(* (* (ones 1 m) (had i (* b (* a c)))) (ones m 1))"),
    wrong("softmax-jacobian-no-diagonal", "p:k,1 v:k,1",     "(* (+ (diag p) (. -1 (* p (T p)))) v)", "(+ v (. -1 (* p (* (T p) v))))"),
    wrong("one-by-one-product",        "c:1,1 a:m,k",        "(* c a)",         "a"),
    // A condition is missing.
    wrong("transpose-any",             "a:m,m",              "(T a)",           "a"),
    wrong("identity-any",              "i:m,m,S a:m,k",      "(* i a)",         "a"),
    wrong("zero-any",                  "z:m,k,n a:m,k",      "(+ a z)",         "a"),
    wrong("recip-cancel-any",          "a:m,k",              "(had a (recip a))", "(ones m k)"),
    wrong("recip-cancel-zero",         "a:m,k,Z",            "(had a (recip a))", "(ones m k)"),
    wrong("recip-cancel-2-any",        "x:m,k a:m,k",        "(had (had x (recip a)) a)", "x"),
    wrong("recip-cancel-2-zero",       "x:m,k a:m,k,Z",      "(had (had x (recip a)) a)", "x"),
    wrong("recip-recip-any",           "a:m,k",              "(recip (recip a))", "a"),
    wrong("rows-sum-to-one-any",       "y:m,k",              "(* y (ones k 1))", "(ones m 1)"),
    wrong("columns-sum-to-one",        "y:m,k,R",            "(* (ones 1 m) y)", "(ones 1 k)"),
    wrong("scale-collect-different",   "c:1,1,c d:1,1,c a:m,k b:m,k", "(+ (. c a) (. d b))", "(. (s* c d) (+ a b))"),
    // A shape is wrong.
    wrong("zero-product-shape",        "z:m,k,Z a:k,q",      "(* z a)",         "(zero m k)"),
    wrong("rows-sum-shape",            "y:m,k,R",            "(* y (ones k 1))", "(ones k 1)"),
    wrong("linear-derivative-shape",   "z:m,k",              "(linear' z)",     "(ones k m)"),
    wrong("product-with-ones",         "a:m,k",              "(* a (* (ones k 1) (ones 1 k)))", "a"),
    wrong("log-softmax-not-spread",    "z:m,k",              "(ln (softmax z))", "(+ z (. -1 (lse z)))"),
    // A sign or a coefficient is wrong.
    wrong("add-self-once",             "a:m,k",              "(+ a a)",         "a"),
    wrong("add-cancel-3-sign",         "x:m,k y:m,k a:m,k",  "(+ (+ x a) (+ y a))", "(+ x y)"),
    wrong("scale-half-of-sum",         "c:1,1,c a:m,k b:m,k", "(. c (+ a b))",  "(+ (. c a) b)"),
    wrong("scale-scale-lost",          "c:1,1,c d:1,1,c a:m,k", "(. c (. d a))", "(. (s* c c) a)"),
    wrong("scale-split-sign",          "c:1,1,c a:m,k",      "(. c a)",         "(. (s- c) a)"),
    wrong("negative-sum",              "a:m,k b:m,k",        "(. -1 (+ a b))",  "(+ (. -1 a) b)"),
    wrong("recip-negative-lost",       "a:m,k,n",            "(recip (. -1 a))", "(recip a)"),
    wrong("recip-of-sum",              "a:m,k,n b:m,k,n",    "(recip (+ a b))", "(+ (recip a) (recip b))"),
    wrong("distribute-once",           "a:k,q b:k,q c:q,r",  "(* (+ a b) c)",   "(+ (* a c) b)"),
    // A function is wrong.
    wrong("sigmoid-derivative-of-z",   "z:m,k", "(sigmoid' z)",  "(had (sigmoid z) (+ (ones m k) (. -1 z)))"),
    wrong("sigmoid-derivative-sign",   "z:m,k", "(sigmoid' z)",  "(had (sigmoid z) (+ (ones m k) (sigmoid z)))"),
    wrong("tanh-derivative-linear",    "z:m,k", "(tanh' z)",     "(+ (ones m k) (. -1 (tanh z)))"),
    wrong("tanh-gate",                 "z:m,k", "(tanh z)",      "(had z (tanh' z))"),
    wrong("square-derivative-half",    "z:m,k", "(square' z)",   "z"),
    wrong("log-sigmoid-sign",          "z:m,k", "(ln (sigmoid z))", "(. -1 (softplus z))"),
    wrong("log-softplus-linear",       "z:m,k", "(ln (softplus z))", "z"),
    wrong("softplus-reflect-sign",     "z:m,k", "(softplus (. -1 z))", "(+ (softplus z) z)"),
];

#[test]
fn what_looks_like_a_law_is_rejected() {
    for law in WRONG {
        law.parse().unwrap_or_else(|error| panic!("{error}"));
        assert!(check(&law).is_err(), "{} passed", law.name);
    }
}

#[test]
fn a_law_without_one_of_its_conditions_is_rejected() {
    // 1 ⊘ (a ⊙ b) and (1 ⊘ a) ⊙ (1 ⊘ b) have no value at the same entries.
    let steers_only = ["recip-hadamard"];
    let needed = [
        Condition::Symmetric,
        Condition::Skew,
        Condition::Orthogonal,
        Condition::Identity,
        Condition::Zero,
        Condition::Nonzero,
        Condition::RowsSumToOne,
        Condition::Constant,
    ];
    let mut dropped = 0;
    for law in laws() {
        let rule = law.parse().unwrap();
        for place in 0..rule.variables.len() {
            for condition in rule.variables[place].kinds.iter().filter(|condition| needed.contains(condition)) {
                let mut weaker = rule.clone();
                weaker.variables[place].kinds.retain(|kind| kind != condition);
                let passes = instances::<f64>(&weaker, 1e-12).is_ok();
                assert_eq!(passes, steers_only.contains(&law.name), "{} without {condition:?}", law.name);
                dropped += 1;
            }
        }
    }
    assert!(dropped >= 15, "{dropped}");
}

#[test]
fn each_law_stands_once_with_its_groups() {
    simplify_by(&mut Arena::default(), &[], &laws(), Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for law in laws() {
        assert!(law.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", law.name);
        let said = format!("{} | {} | {}", law.variables, law.left, law.right);
        assert_eq!(known.insert(said, law.name), None, "{} says what another law says", law.name);
        let groups = Group::ALL.into_iter().filter(|group| law.groups.contains(group)).count();
        assert!(groups > 0 && groups == law.groups.len(), "{}: {:?}", law.name, law.groups);
        // What the induction has anyway is not said again.
        assert!(!(law.groups.contains(&Group::Body) && law.groups.contains(&Group::Induction)), "{}", law.name);
    }
}

#[test]
fn a_faulty_line_is_named() {
    let faulty = [
        wrong("unknown-operator", "a:m,k", "(transpose a)", "a"),
        wrong("unknown-variable", "a:m,k", "(T a)", "b"),
        wrong("unbound-variable", "a:m,k b:m,k", "(T (T a))", "b"),
        wrong("unbound-dimension", "a:m,k", "(T a)", "(ones k q)"),
        wrong("unknown-kind", "a:m,k,X", "(T a)", "a"),
        wrong("no-shape", "a", "(T a)", "a"),
        wrong("one-dimension", "a:m", "(T a)", "a"),
        wrong("bracket-missing", "a:m,k", "(T (T a)", "a"),
        wrong("bracket-too-many", "a:m,k", "(T (T a)))", "a"),
        wrong("operand-missing", "a:m,k", "(+ a)", "a"),
        wrong("operand-too-many", "a:m,k", "(T a a)", "a"),
        wrong("two-terms", "a:m,k", "(T a)", "a a"),
        wrong("empty-side", "a:m,k", "(T a)", ""),
        wrong("left-computes", "c:1,1,c a:m,k", "(. (s- c) a)", "a"),
    ];
    for law in faulty {
        let error = law.parse().expect_err(law.name);
        assert!(error.starts_with(&format!("law {}: ", law.name)), "{}: {error}", law.name);
        assert!(error.ends_with(&format!("in the line `{law}`")), "{error}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused_with_both_lines() {
    let twice = [wrong("twice", "a:m,k", "(T (T a))", "a"), wrong("twice", "a:m,k", "(. 1 a)", "a")];
    let error = simplify_by(&mut Arena::default(), &[], &twice, Limits::default()).unwrap_err();
    assert!(twice.iter().all(|law| error.contains(&law.to_string())), "{error}");
}
