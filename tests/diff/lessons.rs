//! What is wrong with an expression is told with its place and one repair, and the repair works.

use std::fmt::Write;

use chainrule::{
    Expression, Kind,
    expression::Given,
    pipeline::diff::Unchecked,
    render::{Format, Style},
    report,
};

use super::derived;
use crate::common;

fn refused(text: &str, given: &str) -> chainrule::Error {
    let read = Expression::parse(text).and_then(|expression| expression.given(given));
    match read {
        Err(error) => error,
        Ok(expression) => expression.gradient("X").expect_err(text),
    }
}

#[test]
fn every_kind_of_fault_has_its_lesson() {
    let long = "x + ".repeat(20_000) + "x";
    let deep = "(".repeat(200) + "x" + &")".repeat(200);
    let many = "x+".repeat(9_000) + "x";
    let cases = [
        ("tr(A*B*X)", "A [m,n]; B [m,p]; X [p,m]"),
        ("X + Y", "X [m,n]; Y [n,m]"),
        ("det(X)", "X [m,n]"),
        ("X^2", "X [m,n]"),
        ("X^(1/2)", ""),
        ("a/X", "X [m,m]"),
        ("norm2(X)", "X [m,n]"),
        ("diag(x^T*x)", ""),
        ("tr(X", ""),
        ("tr(X))", ""),
        ("X ? Y", ""),
        ("X^", ""),
        ("X^Y", ""),
        ("tr'(X)", ""),
        ("ones(1,2,3)*X", ""),
        ("tr(X)", "Y [n,n]"),
        ("tr(X)", "X [n,n]; X [m,m]"),
        ("tr(X)", "X [m,n] symmetric"),
        ("tr(X)", "X [n,n] pretty"),
        ("tr(X)", "X is square"),
        ("tr(A)", ""),
        ("A1*A_1*X", ""),
        ("", ""),
        (&long, ""),
        (&deep, ""),
        (&many, ""),
        ("X*99999999999999999999", ""),
        ("tr(X @ A) + det(X @ A)", ""),
        ("sum(max(X, 0))", ""),
        ("cos(x) + X*x", ""),
        ("tnah(X)", ""),
        ("huber(X)", ""),
    ];
    let mut page = String::new();
    for (text, given) in cases {
        let error = refused(text, given);
        let shown: String = text.chars().take(40).collect();
        let message: Vec<String> =
            error.to_string().lines().map(|line| line.chars().take(100).collect::<String>()).collect();
        writeln!(page, "{shown} | {given}\n{}\n", message.join("\n")).unwrap();
    }
    common::snapshot("diff", "lessons", &page);
}

#[test]
fn a_repair_makes_the_expression_fit() {
    for (text, given) in [
        ("tr(A*B*X)", "A [m,n]; B [m,n]; X [n,n]"),
        ("sum(X + Y)", "X [m,n]; Y [n,m]"),
        ("tr((A + B)*C)", "A [m,n]; B [m,n]; C [m,n]"),
        ("sum(A*B*X + C)", "A [m,n]; B [n,p]; X [p,q]; C [q,m]"),
    ] {
        let expression = Expression::parse(text).unwrap();
        let error = expression.given(given).unwrap_err();
        assert_eq!(error.kind(), Kind::Shape);
        let repaired = error.messages()[0].repaired().unwrap_or_else(|| panic!("{text}"));
        let found = Expression::parse(&repaired).unwrap().given(given);
        assert!(found.is_ok(), "{repaired}: {}", found.unwrap_err());
    }
}

#[test]
fn what_has_no_derivative_in_matrices_is_said_so() {
    let told = [
        ("x*x^T", "x [n]", "hessian", "a Hessian is of a scalar, and this expression is n × n"),
        (
            "det(A @ (x*x^T))",
            "x [n]; A [m,m]",
            "gradient",
            "the derivative has no form in matrices: a Kronecker product is in it",
        ),
    ];
    for (text, given, kind, expected) in told {
        let error = derived(text, given, "x", kind).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn matrices_that_a_variable_is_taken_from_are_said_by_their_words() {
    let told =
        |variable: &str, kind: &str| derived("tr(S^2)", "S [n,n] symmetric", variable, kind).err().unwrap().to_string();
    assert_eq!(told("S:symetric", "gradient"), "`symetric` behind `S:` says nothing of matrices");
    let of_hessian = "only the gradient of a scalar is taken among symmetric matrices, and this is a Hessian";
    assert_eq!(told("S:symmetric", "hessian"), of_hessian);
    // By free entries ∂²tr(S²)/∂vec(S)² is 2K, whatever is given of S: with its symmetry used it would be 2I.
    let free = derived("tr(S^2)", "S [n,n] symmetric", "S", "hessian").unwrap();
    assert_eq!(Style::new(Format::Text).inline(&report::diff_formula(&free)), "2K");
    let free = derived("tr(Q^T*Q)", "Q [n,n] orthogonal", "Q", "hessian").unwrap();
    assert_eq!(Style::new(Format::Text).inline(&report::diff_formula(&free)), "2I");
}

#[test]
fn a_word_before_a_bracket_is_a_factor_only_if_it_is_one() {
    let product = |text: &str, given: &str| {
        let found = derived(text, given, "x", "jacobian").unwrap();
        Style::new(Format::Text).inline(&report::diff_formula(&found))
    };
    assert_eq!(product("lambda(x + y)", ""), "λ·I");
    assert_eq!(product("rate(x + y)", "rate scalar"), "rate·I");
    assert_eq!(product("a(x + y)", "a scalar"), "a·I");
    assert_eq!(product("beta_1*x + α*x", ""), "(β₁ + α)·I");
}

#[test]
fn values_whose_parts_have_none_refute_nothing() {
    // √ of entries off the diagonal that are negative has no value, although tr √X has.
    let found = derived("tr(sqrt(X))", "", "X", "gradient").unwrap();
    assert!(found.checked.is_ok_and(|checked| checked.draws == 3), "{:?}", found.checked);
}

#[test]
fn long_and_deep_texts_end_in_a_moment_or_a_lesson() {
    let power = derived(&format!("c{}", "*c".repeat(1200)), "c scalar", "c", "gradient").unwrap();
    assert_eq!(Style::new(Format::Text).inline(&report::diff_formula(&power)), "1201·c¹²⁰⁰");
    for text in [format!("X{}", "'".repeat(600)), format!("X{}", "*A.*B".repeat(200)), format!("c{}", "/c".repeat(600))]
    {
        let error = derived(&text, "", "X", "gradient").err().unwrap().to_string();
        assert_eq!(error, "brackets, powers and signs are nested more than 128 deep");
    }
}

#[test]
fn what_is_too_large_to_be_checked_is_said_so() {
    for (text, given, kind) in [("tr(X)", "X [1000,1000]", "gradient"), ("tr(X^3)", "X [40,40]", "hessian")] {
        let found = derived(text, given, "X", kind).unwrap();
        assert_eq!(found.checked, Err(Unchecked::TooLarge), "{text}");
    }
}

#[test]
fn declarations_are_read_with_their_words() {
    let given = Given::parse("x [n]; A [m,n]; S [n,n] posdef; c scalar; y [3] pos").unwrap();
    assert_eq!(given.0.len(), 5);
    assert!(given.has_dimension("m") && !given.has_dimension("c"));
}
