//! [`Insight`] → one JSON document for programs. `grammar/README.md` explains it, `grammar/insight.schema.json` defines it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use super::{
    cost,
    line::{Line, write},
    page::{Part, parts},
};
use crate::{
    cost::break_even::BreakEven,
    insight::{
        Origin, Subject,
        approximation::Approximation,
        claims::{Claims, depth::Depth, statement::Statement, verdict::Verdict},
        flow::Flowing,
        inactive::Inactive,
        influence::ModelInfluence,
        structure::Structure,
        summary::Summary,
    },
    pipeline::{
        Numbers,
        insight::{Insight, Part as InsightPart, claims::Tried},
    },
    report::{insight::PARTS, numbers as numbers_page},
};

/// What `insight --format json` prints: a member for each part that was wanted. Numbers that are not finite are null.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    /// Numbers of the dimensions.
    dimensions: &'a BTreeMap<String, u64>,
    /// Where the arrays come from.
    arrays: Origins,
    /// Verdicts, and what was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a Summary>,
    /// The run beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Compared<'a>>,
    /// Terms of gradients, norms, and what has no effect; of a chain too.
    #[serde(skip_serializing_if = "Option::is_none")]
    structure: Option<&'a Structure>,
    /// A model each: the factors of its gradients.
    #[serde(skip_serializing_if = "Option::is_none")]
    influence: Option<Vec<&'a ModelInfluence>>,
    /// Verdicts and figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<TriedClaims<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive: Option<&'a Inactive>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a Flowing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximation: Option<&'a Approximation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<cost::Counts>,
    /// Parts that were wanted and that the network does not have; `inactive` of what `--off` asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<&'static str>,
    /// All that is computed, in the order in which it is (`--numbers`).
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<Vec<Line<Part>>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Origins {
    /// W and b.
    parameters: Origin,
    /// X and Y; constant: every entry of X is 1, and of Y 0, or under cce 1 in the first class and 0 in the others.
    data: Origin,
    /// How W began, with b = 0; null where a file gave them.
    #[cfg_attr(test, schemars(with = "Option<crate::evaluate::initialise::Initialisation>"))]
    initialisation: Option<String>,
    /// Of all that is drawn; initialisations are compared from it on.
    seed: u64,
}

/// Another run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Compared<'a> {
    name: &'a str,
    dimensions: &'a BTreeMap<String, u64>,
    arrays: Origins,
    summary: Option<&'a Summary>,
}

/// The claims as data.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TriedClaims<'a> {
    verdicts: Vec<Row>,
    figures: Option<&'a Claims>,
    depth: &'a Depth,
    /// The first batch size that pays.
    break_even: Option<u64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Row {
    claim: Statement,
    text: &'static str,
    verdict: Verdict,
}

/// Writes every part, of the network that `spec` describes, the summary of another run with its name, and all numbers.
///
/// # Errors
/// What `out` says.
pub fn insight(
    found: &Insight,
    other: Option<(&Insight, &str)>,
    numbers: Option<&Numbers>,
    spec: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = Document {
        schema: "chainrule.insight/1",
        spec,
        dimensions: &found.subject.dims,
        arrays: origins(found),
        summary: found.summary.as_ref(),
        compared: other.map(|(other, name)| Compared {
            name,
            dimensions: &other.subject.dims,
            arrays: origins(other),
            summary: other.summary.as_ref(),
        }),
        structure: found.structure.as_ref(),
        influence: found.influence.as_ref().map(|influence| influence.iter().map(|(_, found)| found).collect()),
        claims: found.claims.as_ref().map(claims),
        inactive: found.inactive.as_ref(),
        flow: found.flow.as_ref(),
        approximation: found.approximation.as_ref(),
        left_out: found.left_out.iter().filter_map(|(part, _)| name(*part)).collect(),
        numbers: numbers.map(|found| numbers_page(found, true).blocks.iter().flat_map(parts).map(Line).collect()),
        cost: found.costs.as_ref().map(|(product, costs)| cost::counts(costs, &product.forward.arena)),
    };
    write(out, &document)
}

fn name(part: InsightPart) -> Option<&'static str> {
    PARTS.iter().find(|(of, ..)| *of == part).map(|(_, name, _)| *name)
}

fn origins(Insight { subject, seed, .. }: &Insight) -> Origins {
    let Subject { parameters, data, initialisation, .. } = subject;
    let initialisation = initialisation.map(|initialisation| initialisation.to_string());
    Origins { parameters: *parameters, data: *data, initialisation, seed: *seed }
}

fn claims(tried: &Tried) -> TriedClaims<'_> {
    let row =
        |claim: Statement| Row { claim, text: super::super::insight::claim_text(claim), verdict: tried.verdict(claim) };
    let break_even = tried.break_even.and_then(BreakEven::first).and_then(|first| u64::try_from(first).ok());
    TriedClaims {
        verdicts: Statement::ALL.into_iter().map(row).collect(),
        figures: tried.found.as_ref().ok(),
        depth: &tried.depth,
        break_even,
    }
}
