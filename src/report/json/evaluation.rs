//! [`Evaluation`] → one JSON document for programs: the loss, and the size of each gradient.

use std::io::{self, Write};

use serde::Serialize;

use super::line::{Line, write};
use crate::{pipeline::Evaluation, report::evaluation::largest};

/// What `grad --format json` prints; the values themselves are in the file that it writes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    /// J; nothing where it is not finite.
    loss: f64,
    /// The parameters, then the input.
    arrays: Vec<Line<Array<'a>>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Array<'a> {
    name: &'a str,
    shape: (usize, usize),
    /// The largest size of an entry; nothing where some entry is not finite.
    largest: f64,
}

/// Writes what was evaluated, for `spec`.
///
/// # Errors
/// What `out` says.
pub fn evaluation(found: &Evaluation, spec: &str, out: &mut impl Write) -> io::Result<()> {
    let arrays = found.gradients.iter();
    let arrays =
        arrays.map(|(name, array)| Line(Array { name, shape: array.dim(), largest: largest(array) })).collect();
    write(out, &Document { schema: "chainrule.evaluation/1", spec, loss: found.loss, arrays })
}
