//! Identities of the Matrix Cookbook and of practice: equal in value to the answer in the table, and no longer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use chainrule::{
    evaluate::expression::{Matrix, value},
    expression::{Given, Syntax, Tree, parse},
    pipeline::diff::{Course, Derivative, Stage, sample},
    render::{Format, Style},
    report,
    simplify::{Group, Limits, rules::ALGEBRA, simplify},
};

use super::{derived, operators};
use crate::common;

/// A row of the table.
pub struct Row {
    pub id: String,
    pub kind: String,
    pub declarations: String,
    pub expression: String,
    pub variable: String,
    answer: String,
}

pub fn rows() -> Vec<Row> {
    rows_of("identities")
}

fn rows_of(table: &str) -> Vec<Row> {
    let text = common::read(format!("tests/data/diff/{table}.tsv"));
    let row = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().expect("a cell");
        Row { id: next(), kind: next(), declarations: next(), expression: next(), variable: next(), answer: next() }
    };
    text.lines().skip(1).map(row).collect()
}

/// The operators of an answer as it is written.
fn counted(tree: &Tree) -> usize {
    let one = |syntax: &Syntax| match syntax {
        Syntax::Name(_) | Syntax::Number(_) | Syntax::Constant(..) => 0,
        _ => 1,
    };
    tree.0.iter().map(|node| one(&node.syntax)).sum()
}

/// The answer's value at the sample's arrays, by the definition of each operator.
fn expected(answer: &Tree, dims: &BTreeMap<String, u64>, arrays: &BTreeMap<String, Matrix<f64>>) -> Matrix<f64> {
    value(answer, arrays, &|name| usize::try_from(dims[name]).unwrap(), &|_| unreachable!("every I has its size"))
}

/// The largest difference, relative to the largest entry and 1.
fn difference(found: &Derivative, answer: &Tree, seed: u64) -> Option<f64> {
    let sample = sample(found, seed)?;
    let expected = expected(answer, &sample.dims, &sample.arrays);
    let value = sample.value;
    // A number times ones may be a scalar in the table.
    assert_eq!((value.nrows(), value.ncols()), (expected.rows, expected.columns));
    let largest = expected.entries.iter().fold(1.0_f64, |largest, entry| largest.max(entry.abs()));
    let differences = value.indexed_iter().map(|((i, j), entry)| (entry - expected.at(i, j)).abs() / largest);
    Some(differences.fold(0.0, f64::max))
}

#[test]
fn every_identity_is_found_in_a_form_that_is_no_longer() {
    let rows = rows();
    assert_eq!(rows.len(), 87);
    assert!(no_longer("identities", &rows) <= 1);
}

/// More of books, of statistics and of learning: answers as they are printed there.
#[test]
fn what_is_met_in_practice_is_found_in_a_form_that_is_no_longer() {
    let rows = rows_of("practice");
    assert!(rows.len() >= 130, "{}", rows.len());
    assert!(no_longer("practice", &rows) <= 5);
}

/// Compares with the answers; in how many rows rewriting came to a limit.
fn no_longer(table: &str, rows: &[Row]) -> usize {
    let style = Style::new(Format::Text);
    let (mut page, mut unsaturated) = (String::new(), 0);
    for row in rows {
        let found = derived(&row.expression, &row.declarations, &row.variable, &row.kind)
            .unwrap_or_else(|error| panic!("{}: {error}", row.id));
        let (answer, _) = parse(&row.answer, &Given::parse(&row.declarations).unwrap()).unwrap();
        let compared: Vec<f64> = (0..12).filter_map(|seed| difference(&found, &answer, seed)).collect();
        assert!(compared.len() >= 2, "{}: only {} draws have values", row.id, compared.len());
        let worst = compared.iter().fold(0.0_f64, |worst, found| worst.max(*found));
        assert!(worst <= 1e-10, "{}: {worst:e}", row.id);
        let formula = report::diff_formula(&found);
        let (length, allowed) = (operators(&formula), counted(&answer));
        assert!(
            length <= allowed,
            "{}: {} has {length} operators, {} has {allowed}",
            row.id,
            style.inline(&formula),
            row.answer
        );
        unsaturated += usize::from(found.limit.is_some());
        writeln!(page, "{}: {}\n    {}", row.id, row.expression, style.inline(&formula)).unwrap();
    }
    common::snapshot("diff", table, &page);
    unsaturated
}

/// As they are asked in public, most without declarations.
const QUESTIONS: [(&str, &str, &str, &str); 24] = [
    ("norm2(W^T*W*x - x)^2", "W", "gradient", ""),
    ("‖WᵀWx − x‖²", "x", "gradient", ""),
    ("tr(AXBX)", "X", "gradient", ""),
    ("logdet(X^T*X)", "X", "gradient", ""),
    ("log(det(X^T*X))", "X", "gradient", ""),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", "gradient", "X [m,n]"),
    ("Σ log(1 + exp(−y ⊙ Xw))", "w", "gradient", ""),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", "hessian", ""),
    ("(x^T*A*x)/(x^T*x)", "x", "gradient", "A [n,n] symmetric"),
    ("x^T*y/(norm2(x)*norm2(y))", "x", "gradient", ""),
    ("-logdet(S)/2 - (x-u)^T*inv(S)*(x-u)/2", "S", "gradient", "S [n,n] posdef"),
    ("sqrt((x-u)^T*inv(S)*(x-u))", "x", "gradient", "S [n,n] posdef"),
    ("norm2(X*w - y)^2 + lambda*norm2(w)^2", "w", "gradient", ""),
    ("norm2(X*w - y)^2 + lambda*norm2(w)^2", "w", "hessian", ""),
    ("-tr(W^T*S*W)", "W", "gradient", "S [n,n] symmetric"),
    ("normF(X - U*V^T)^2", "U", "gradient", ""),
    ("sum(softmax(Q*K^T/sqrt(d))*V)", "V", "gradient", "Q [n,d]; K [m,d]; V [m,p]"),
    ("sum(exp(-norm2(x - y)^2/(2*sigma^2)))", "x", "gradient", ""),
    ("softmax(W*x)", "x", "jacobian", "x [n]; W [m,n]"),
    ("W*tanh(V*x)", "x", "jacobian", ""),
    ("\\operatorname{tr}(X^\\top A X)", "X", "gradient", ""),
    ("\\frac{1}{2}\\|A x - b\\|^2", "x", "gradient", ""),
    ("log(sum(exp(A*x + b)))", "x", "hessian", ""),
    ("norm2(A*x - b)^2", "x", "v", ""),
];

#[test]
fn questions_are_answered_as_they_are_asked() {
    let style = Style::new(Format::Text);
    let mut page = String::new();
    for (text, variable, kind, given) in QUESTIONS {
        let found = derived(text, given, variable, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
        let checked = found.checked.unwrap_or_else(|why| panic!("{text}: {why:?}"));
        assert!(checked.error <= 1e-9 && checked.differences <= 1e-4, "{text}: {checked:?}");
        writeln!(page, "{text} by {variable}, {kind}\n    {}", style.inline(&report::diff_formula(&found))).unwrap();
    }
    common::snapshot("diff", "questions", &page);
}

#[test]
fn a_page_says_what_it_rests_on() {
    let page = |text, given, variable, kind| {
        let found = derived(text, given, variable, kind).unwrap();
        Style::new(Format::Text).page(&report::diff(&found, &Course::default()))
    };
    let pages = [
        page("tr(X^T*A*X)", "", "X", "gradient"),
        page("logdet(S) + x^T*inv(S)*x", "S [n,n] posdef", "S", "gradient"),
        page("vec(X^T*X)", "X [m,n]", "X", "jacobian"),
        page("log(sum(exp(x)))", "", "x", "hessian"),
    ];
    common::snapshot("diff", "pages", &pages.join("\n----\n"));
}

/// What uses the laws that the others do not.
const MORE: [(&str, &str, &str); 27] = [
    ("det(A*X^T*B)", "X", "A [n,n]; B [n,n]; X [n,n]"),
    ("tr(diag(2*x)*A)", "x", ""),
    ("tr((diag(x) + diag(y))*A*(diag(x) - diag(y)))", "x", ""),
    ("a^T*inv(diag(x))*a", "x", ""),
    ("tr(inv(Q)*X) + tr(Q*Q^T*X)", "X", "Q [n,n] orthogonal"),
    ("tr(inv(A*X))", "X", "A [n,n]; X [n,n]"),
    ("tr(A*X*inv(X))", "X", ""),
    ("tr(inv(2*X))", "X", ""),
    ("sum(A @ X + A @ Y)", "X", "A [m,n]; X [p,q]; Y [p,q]"),
    ("sum(X @ A + Y @ A)", "X", "A [m,n]; X [p,q]; Y [p,q]"),
    ("sum((2*X) @ A) + sum(X @ (3*A))", "X", "A [m,n]; X [p,q]"),
    ("logdet(inv(X))", "X", ""),
    ("logdet(A*X)", "X", "A [n,n]; X [n,n]"),
    ("logdet(X^T)", "X", ""),
    ("sum(x .* x.^3)", "x", ""),
    ("sum((1 ./ x).^3)", "x", "x [n] pos"),
    ("c^3/c^2 + tr(X)*c", "c", "c scalar"),
    ("sum(x.^2 ./ x)", "x", "x [n] pos"),
    ("2*det(X) + det(X)", "X", ""),
    ("tr(ones(n,m)*X)", "X", "X [m,n]"),
    ("tr(X^T) + tr(X)", "X", ""),
    ("tr(N^T*X)", "X", "N [n,n] skew"),
    ("sum(square(x))", "x", ""),
    ("tr(diag(diag(X))*A)", "X", "X [n,n]; A [n,n]"),
    ("sum(sign(x))", "x", ""),
    ("beta_1*x + alpha*x", "x", ""),
    ("vec(A)^T*vec(X)", "X", "A [m,n]; X [m,n]"),
];

#[test]
fn every_law_of_expressions_is_used() {
    let table = rows()
        .into_iter()
        .chain(rows_of("practice"))
        .map(|row| (row.expression, row.declarations, row.variable, row.kind));
    let questions =
        QUESTIONS.map(|(text, variable, kind, given)| [text, given, variable, kind].map(str::to_owned).into());
    let mut unused: BTreeSet<&str> = ALGEBRA.iter().map(|law| law.name).collect();
    let more = MORE.map(|(text, variable, given)| [text, given, variable, "gradient"].map(str::to_owned).into());
    for (text, given, variable, kind) in table.chain(questions).chain(more) {
        let mut found = derived(&text, &given, &variable, &kind).unwrap_or_else(|error| panic!("{text}: {error}"));
        let swept = found.stages.iter().filter_map(|stage| match stage {
            Stage::Simplified { from, .. } => Some(*from),
            Stage::Swept { .. }
            | Stage::WrittenOut { .. }
            | Stage::Constrained { .. }
            | Stage::Transposed { .. }
            | Stage::TakenApart { .. } => None,
        });
        for root in swept.chain([found.of]).collect::<Vec<_>>() {
            for law in simplify(&mut found.arena, &[root], Group::Expression, Limits::default()).fired {
                unused.remove(law);
            }
        }
    }
    assert!(unused.is_empty(), "{unused:?}");
}
