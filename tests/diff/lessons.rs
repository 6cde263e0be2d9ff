//! What is wrong with an expression is told with its place and one repair, and the repair works.

use std::fmt::Write;

use chainrule::{Expression, Kind, expression::Given};

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
        ("tr(A*B*X + C)", "A [m,n]; B [n,p]; X [p,q]; C [q,m]"),
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
    for (text, given, kind) in [("sum(relu(x).^2)", "x [n]", "hessian"), ("x*x^T", "x [n]", "hessian")] {
        let error = derived(text, given, "x", kind).err().unwrap_or_else(|| panic!("{text}")).to_string();
        assert!(error.contains("no") || error.contains("scalar"), "{text}: {error}");
    }
}

#[test]
fn declarations_are_read_with_their_words() {
    let given = Given::parse("x [n]; A [m,n]; S [n,n] posdef; c scalar; y [3] pos").unwrap();
    assert_eq!(given.0.len(), 5);
    assert!(given.has_dimension("m") && !given.has_dimension("c"));
}
