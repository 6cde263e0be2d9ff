//! `diff`: an expression → its derivative.

use std::io::Write;

use chainrule::{
    pipeline::diff::{DiffError, Order, Question, diff},
    render::Style,
    report::{self, json},
    simplify::Limits,
};

use super::{Outcome, args::diff::Diff, check, error::Failure, output::Output, source::Source};

/// Prints the derivative.
///
/// # Errors
/// What is wrong with the expression or the question.
pub fn run(arguments: &Diff, output: &mut Output) -> Result<Outcome, Failure> {
    let order = match (&arguments.hvp, arguments.hessian) {
        (Some(direction), _) => Order::HessianProduct(direction.clone()),
        (None, true) => Order::Hessian,
        (None, false) => Order::First,
    };
    let given = arguments.given.join("; ");
    let by = arguments.wrt.clone().unwrap_or_default();
    let question = Question { text: arguments.text.clone(), given, by, order, limits: Limits::default() };
    let found = diff(&question).map_err(|error| failure(&error, &question))?;
    let print = |style: Option<Style>, mut out: &mut dyn Write| match style {
        Some(style) => style.write(&report::diff(&found), &mut out),
        None => json::page(&report::diff(&found), &question.text, &mut out),
    };
    check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)
}

fn failure(error: &DiffError, question: &Question) -> Failure {
    let (text, diagnostic) = error.about(question);
    Source { origin: "expression".into(), text: text.into() }.failure(vec![diagnostic])
}
