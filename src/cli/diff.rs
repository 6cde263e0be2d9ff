//! `diff`: an expression → its derivative, and its values at the user's arrays.

use std::{io::Write, path::Path};

use chainrule::{
    evaluate::{
        arrays::Arrays,
        bindings::{Values, read_variables},
        files::Archive,
    },
    pipeline::diff::{At, Course, Derivative, DiffError, Order, Question, at, diff, names},
    render::Style,
    report::{self, json},
    simplify::Limits,
    source::{Diagnostic, Kind, Span},
};

use super::{Outcome, args::diff::Diff, check, error::Failure, files, output::Output, source::Source};

/// Prints the derivative, and writes its values where that is asked for.
///
/// # Errors
/// What is wrong with the expression, the question or the arrays.
pub fn run(arguments: &Diff, output: &mut Output) -> Result<Outcome, Failure> {
    let order = match (&arguments.hvp, arguments.hessian) {
        (Some(direction), _) => Order::HessianProduct(direction.clone()),
        (None, true) => Order::Hessian,
        (None, false) => Order::First,
    };
    let given = arguments.given.join("; ");
    let by = arguments.wrt.clone().unwrap_or_default();
    let (text, layout) = (arguments.text.clone(), arguments.layout.into());
    let question = Question { text, given, by, order, layout, limits: Limits::default() };
    let of = |error: DiffError| failure(&error, &question);
    let mut found = diff(&question).map_err(of)?;
    let course = Course::of(&mut found, arguments.steps, arguments.why).map_err(of)?;
    let values = arguments.data.as_deref().map(|path| values(&found, &question, arguments, path)).transpose()?;
    let page = || match (&values, &arguments.data) {
        (Some(values), Some(path)) => report::diff_at(&found, &course, &files::name(path), values),
        _ => report::diff(&found, &course),
    };
    let print = |style: Option<Style>, mut out: &mut dyn Write| match style {
        Some(style) => style.write(&page(), &mut out),
        None => json::page(&page(), &question.text, &mut out),
    };
    let outcome = check::print(&arguments.check, |width, colored| arguments.page.style(width, colored), output, print)?;
    if let (Some(path), Some(values)) = (&arguments.output, values) {
        write(path, values)?;
        output.remark(&format!("written to {}", files::name(path)))?;
    }
    Ok(outcome)
}

/// The values of the expression and of its derivative at the arrays of a file.
fn values(found: &Derivative, question: &Question, arguments: &Diff, path: &Path) -> Result<At, Failure> {
    if let Some(output) = &arguments.output {
        files::distinct(output, [Some(&path.to_path_buf()), None, None])?;
        files::array_format(output)?;
    }
    let limit = arguments.memory.limit;
    let (origin, bytes) = (files::name(path), files::bytes(path, limit)?);
    let mut archive = Archive::open(&bytes, limit).map_err(|error| error.diagnostic(&origin))?;
    let places = found.tree.names();
    let place = |name: &str| places.iter().find(|(known, _)| *known == name).map_or(Span::default(), |(_, span)| *span);
    let wanted: Vec<_> = names(found).into_iter().map(|(name, _)| (place(&name.name), name)).collect();
    let about = Source { origin: "expression".into(), text: question.text.clone() };
    let values: Values = read_variables(&wanted, &origin, &mut archive).map_err(|errors| about.failure(errors))?;
    let data = |words: String| Failure::from(Diagnostic::error(Kind::Data, words));
    let values = at(found, &values).map_err(|error| data(error.to_string()))?;
    if values.is_finite() {
        return Ok(values);
    }
    let words = format!("at the arrays of `{origin}` the expression or its derivative has no finite value");
    let help = "look for a matrix without an inverse, a division by 0, and the logarithm or root of a number below 0";
    Err(Diagnostic::error(Kind::Data, words).help(help).into())
}

fn write(path: &Path, At { value, derivative }: At) -> Result<(), Failure> {
    let arrays: Arrays = [("value".to_owned(), value), ("derivative".to_owned(), derivative)].into_iter().collect();
    let bytes = files::array_format(path)?.encode(&arrays).map_err(|error| error.diagnostic(&files::name(path)))?;
    Ok(files::replace(path, &bytes)?)
}

fn failure(error: &DiffError, question: &Question) -> Failure {
    let (text, diagnostic) = error.about(question);
    Source { origin: "expression".into(), text: text.into() }.failure(vec![diagnostic])
}
