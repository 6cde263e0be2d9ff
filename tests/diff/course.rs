//! The steps of a sweep, and the laws of a simplification.

use std::collections::BTreeMap;

use chainrule::{
    evaluate::{eval::Environment, value::Value},
    expr::{ExprId, SymbolId},
    pipeline::diff::{
        Course, Derivative, Layout, Order, Question, Sample, Stage, diff, sample,
        steps::{Step, Steps},
    },
    render::{Format, Style},
    report,
    shape::Dim,
    simplify::{Limits, rules::law_of_name},
};
use ndarray::Array2;

use super::{derived, table::rows};
use crate::common;

/// An environment with the sample's arrays, and other names by numbers that do not matter.
fn bound<'a>(found: &'a Derivative, sample: &'a Sample) -> Environment<'a> {
    let mut environment = Environment::new(&found.arena, &sample.dims, 1);
    for (variable, symbol) in found.inferred.variables.iter().zip(&found.symbols) {
        let matrix = &sample.arrays[&variable.name];
        let array = Array2::from_shape_vec((matrix.rows, matrix.columns), matrix.entries.clone()).unwrap();
        environment.bind(*symbol, Value::array(array));
    }
    environment
}

/// Binds U, by which a sweep begins whose expression is no scalar.
fn bind_seed(environment: &mut Environment, found: &Derivative, dims: &BTreeMap<String, u64>, seed: ExprId) {
    let Some(symbol) = found.arena.reachable(&[seed]).into_iter().find_map(|id| found.arena.as_symbol(id)) else {
        return;
    };
    let size = |dim: &Dim| {
        let number = dim.bound(&|name| dims.get(name).copied()).unwrap().as_number().unwrap();
        usize::try_from(number).unwrap()
    };
    let symbol_of = found.arena.symbol(symbol);
    let array = Array2::from_shape_fn((size(&symbol_of.rows), size(&symbol_of.columns)), |(i, j)| {
        0.3 + 0.1 * f64::from(u32::try_from(3 * i + 2 * j).unwrap())
    });
    environment.bind(symbol, Value::array(array));
}

fn near(a: &Array2<f64>, b: &Array2<f64>) -> bool {
    let largest = a.iter().fold(1.0_f64, |largest, entry| largest.max(entry.abs()));
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-10 * largest)
}

fn follow(environment: &mut Environment, steps: &[(Option<SymbolId>, ExprId)]) -> Array2<f64> {
    let mut last = None;
    for (symbol, value) in steps {
        let found = environment.array(*value).unwrap();
        if let Some(symbol) = symbol {
            environment.bind(*symbol, Value::array(found.clone()));
        }
        last = Some(found);
    }
    last.unwrap()
}

#[test]
fn steps_lead_to_what_the_sweep_of_the_whole_gives() {
    let mut followed = 0;
    for row in rows() {
        let mut found = derived(&row.expression, &row.declarations, &row.variable, &row.kind).unwrap();
        let course = Course::of(&mut found, true, false).unwrap();
        let sample = (0..12).find_map(|seed| sample(&found, seed)).unwrap_or_else(|| panic!("{}", row.id));
        let sweeps = found.stages.iter().filter_map(|stage| match stage {
            Stage::Swept { of, seed, swept } => Some((*of, *seed, *swept)),
            Stage::Simplified { .. }
            | Stage::WrittenOut { .. }
            | Stage::Constrained { .. }
            | Stage::Transposed { .. }
            | Stage::TakenApart { .. } => None,
        });
        let sweeps: Vec<_> = sweeps.collect();
        let all: Vec<Steps> = course.steps.unwrap();
        assert_eq!(all.len(), sweeps.len(), "{}", row.id);
        for (steps, (of, seed, swept)) in all.iter().zip(sweeps) {
            let mut environment = bound(&found, &sample);
            bind_seed(&mut environment, &found, &sample.dims, seed);
            let whole = [of, swept].map(|id| environment.array(id).unwrap());
            let pairs = |steps: &[Step]| -> Vec<_> { steps.iter().map(|step| (step.symbol, step.value)).collect() };
            let value = follow(&mut environment, &pairs(&steps.values));
            assert!(near(&whole[0], &value), "{}: the values", row.id);
            let derivative = follow(&mut environment, &pairs(&steps.adjoints));
            assert!(near(&whole[1], &derivative), "{}: the derivatives", row.id);
            followed += 1;
        }
    }
    assert!(followed >= 87, "{followed}");
}

#[test]
fn every_simplification_of_the_table_is_proved_by_laws_of_the_table() {
    let (mut steps, mut longest) = (0, 0);
    for row in rows() {
        let mut found = derived(&row.expression, &row.declarations, &row.variable, &row.kind).unwrap();
        let course = Course::of(&mut found, false, true).unwrap_or_else(|error| panic!("{}: {error}", row.id));
        let proofs = course.proofs.unwrap();
        for (stage, proof) in found.stages.iter().zip(&proofs.of_stages) {
            let Stage::Simplified { from, to } = stage else { continue };
            let Some(proof) = proof else {
                assert_eq!(from, to, "{}", row.id);
                continue;
            };
            assert_eq!(proof.last(), *to, "{}", row.id);
            for step in &proof.steps {
                let name = step.reason.name();
                let is_reason = ["rearranged", "arithmetic", "all-zero", "all-one", "identity"].contains(&name);
                assert!(is_reason || law_of_name(name).is_some(), "{}: {name}", row.id);
            }
            steps += proof.steps.len();
            longest = longest.max(proof.steps.len());
        }
        assert!(proofs.lines == 0 || proofs.points > 0, "{}: no line was evaluated", row.id);
    }
    assert!(steps > 500 && longest < 150, "{steps} {longest}");
}

#[test]
fn pages_with_steps_and_laws() {
    let page = |text: &str, variable: &str, kind: &str, given: &str, [steps, laws]: [bool; 2]| {
        let mut found = derived(text, given, variable, kind).unwrap();
        let course = Course::of(&mut found, steps, laws).unwrap();
        Style::new(Format::Text).page(&report::diff(&found, &course))
    };
    let pages = [
        page("tr(X^T*A*X)", "X", "gradient", "", [true, true]),
        page("norm2(A*x - b)^2", "x", "hessian", "", [true, false]),
        page("logdet(S) + x^T*inv(S)*x", "S", "gradient", "S [n,n] posdef", [false, true]),
        page("softmax(W*x)", "x", "jacobian", "x [n]; W [m,n]", [true, false]),
        page("exp(t)*A*B", "t", "jacobian", "t scalar", [true, false]),
    ];
    common::snapshot("diff", "course", &pages.join("\n----\n"));
}

#[test]
fn in_numerator_layout_a_gradient_is_the_transpose() {
    let formula = |text: &str, given: &str, by: &str, layout| {
        let (text, given, by) = (text.into(), given.into(), by.into());
        let limits = Limits::default();
        let found = diff(&Question { text, given, by, order: Order::First, layout, limits }).unwrap();
        assert!(found.checked.is_ok_and(|checked| checked.holds()));
        Style::new(Format::Text).inline(&report::diff_formula(&found))
    };
    // Minka, Old and New Matrix Algebra Useful for Statistics, and Wikipedia, Matrix calculus, in numerator layout.
    assert_eq!(formula("tr(X^T*A*X)", "", "X", Layout::Numerator), "Xᵀ · (A + Aᵀ)");
    assert_eq!(formula("x^T*A*x", "", "x", Layout::Numerator), "xᵀ · (A + Aᵀ)");
    assert_eq!(formula("logdet(X)", "", "X", Layout::Numerator), "X⁻¹");
    assert_eq!(formula("A*x", "", "x", Layout::Numerator), "A");
    assert_eq!(formula("a*exp(a)", "a scalar", "a", Layout::Numerator), "exp(a) + a·exp(a)");
}

#[test]
fn the_derivative_by_a_scalar_has_the_shape_of_the_expression() {
    let formula = |text: &str, given: &str| {
        let found = derived(text, given, "t", "jacobian").unwrap();
        assert!(found.checked.is_ok_and(|checked| checked.holds()), "{text}");
        (Style::new(Format::Text).inline(&report::diff_formula(&found)), found.arena.shape(found.value).to_string())
    };
    let told = |formula: &str, shape: &str| (formula.to_owned(), shape.to_owned());
    assert_eq!(formula("exp(t)*A*B", "t scalar; A [m,n]; B [n,p]"), told("exp(t)·A · B", "m × p"));
    // Petersen and Pedersen, The Matrix Cookbook, (59).
    assert_eq!(formula("inv(A + t*B)", "t scalar; A [n,n]; B [n,n]").0, "−(A + t·B)⁻¹ · B · (A + t·B)⁻¹");
    assert_eq!(formula("t*x", "t scalar; x [n]"), told("x", "n × 1"));
    assert_eq!(formula("t*x^T", "t scalar; x [n]"), told("xᵀ", "1 × n"));
}
