//! A [`Verification`] → one JSON document for programs; numbers that are not finite become `null`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use super::line::{Line, write};
use crate::{
    evaluate::differences::Method,
    pipeline::{ArrayReport, Redraws, TOLERANCE, Verdict, Verification},
};

/// What `verify --format json` prints. Errors are relative to the array's largest entry, the worst of all trials.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    /// Of all that was compared.
    verdict: Verdict,
    /// The largest error that counts as equal.
    tolerance: f64,
    /// Numbers of the dimensions.
    dimensions: &'a BTreeMap<String, u64>,
    /// Whether any array was drawn.
    random: bool,
    /// The seed of what was drawn.
    seed: u64,
    /// How many points there were, and at how many of them loss and gradients were finite and so compared.
    trials: usize,
    compared: usize,
    /// J of the last trial, and the error of the derived expression of J; none where J is 0 up to rounding.
    loss: f64,
    loss_error: f64,
    /// The parameters, then the input.
    arrays: Vec<Line<Array<'a>>>,
    /// How differences were taken, and what they say of the activations between segments.
    method: Line<Method>,
    between: Vec<Line<Between<'a>>>,
    /// What happened to the draws.
    redraws: Line<Redraws>,
    /// Trials in which the rows of the target do not sum to 1, so that the general formula was used.
    general: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Array<'a> {
    name: &'a str,
    shape: (usize, usize),
    verdict: Verdict,
    /// The errors of the forms; none where all entries are zero in every trial, which shows nothing.
    layered: Option<f64>,
    per_sample: Option<f64>,
    product: Option<f64>,
    /// Reported, never judged.
    mean_gates: Option<f64>,
    /// The concrete backprop against central differences.
    differences: Option<f64>,
    /// `contradicted`, `unresolved`, or `null`.
    #[cfg_attr(test, schemars(extend("enum" = ["contradicted", "unresolved", null])))]
    doubt: Option<&'static str>,
}

/// An activation that a segment ends in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Between<'a> {
    name: &'a str,
    differences: Option<f64>,
    #[cfg_attr(test, schemars(extend("enum" = ["contradicted", "unresolved", null])))]
    doubt: Option<&'static str>,
}

/// Writes what was found, for `spec`.
///
/// # Errors
/// What `out` says.
pub fn verification(found: &Verification, spec: &str, out: &mut impl Write) -> io::Result<()> {
    let between = found.between.iter();
    let between = between.map(|(name, of)| Between { name, differences: of.differences, doubt: doubt(of) }).map(Line);
    let document = Document {
        schema: "chainrule.verification/1",
        spec,
        verdict: found.verdict(),
        tolerance: TOLERANCE,
        dimensions: &found.dims,
        random: found.random,
        seed: found.options.seed,
        trials: found.options.trials,
        compared: found.compared(),
        loss: found.loss,
        loss_error: if found.loss_lost { f64::NAN } else { found.loss_error },
        arrays: found.arrays.iter().map(|(name, report)| Line(array(found, name, report))).collect(),
        method: Line(found.method),
        between: between.collect(),
        redraws: Line(found.redraws),
        general: found.general,
    };
    write(out, &document)
}

fn array<'a>(found: &Verification, name: &'a str, report: &ArrayReport) -> Array<'a> {
    let checked = report.zeros + report.lost < found.compared();
    let error = |error: f64| checked.then_some(error);
    Array {
        name,
        shape: report.size,
        verdict: report.verdict(found.compared()),
        layered: error(report.layered),
        per_sample: report.per_sample.and_then(error),
        product: report.product.and_then(error),
        mean_gates: report.mean_gates.and_then(error),
        differences: report.differences,
        doubt: doubt(report),
    }
}

/// Why differences do not confirm an array.
fn doubt(report: &ArrayReport) -> Option<&'static str> {
    let doubts = [(report.contradicted, "contradicted"), (report.unresolved, "unresolved")];
    doubts.into_iter().find_map(|(found, doubt)| found.then_some(doubt))
}
