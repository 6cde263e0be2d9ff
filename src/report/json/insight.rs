//! [`Insight`] → one JSON document for programs. `grammar/README.md` explains it, `grammar/insight.schema.json` defines it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use super::{cost, line::write};
use crate::{
    cost::crossing::Crossing,
    insight::{
        Origin, Subject,
        approximation::Approximation,
        claims::{Claims, depth::Depth, statement::Statement, verdict::Verdict},
        flow::Flowing,
        influence::ModelInfluence,
    },
    pipeline::insight::{Insight, claims::Tried, inactive::InactiveUnits},
};

/// What `insight --format json` prints.
#[derive(Serialize)]
struct Document<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec.
    spec: &'a str,
    /// Numbers of the dimensions.
    dimensions: &'a BTreeMap<String, u64>,
    /// Where the arrays come from.
    arrays: Origins,
    /// A model each: the factors of its gradients.
    #[serde(skip_serializing_if = "Option::is_none")]
    influence: Option<Vec<&'a ModelInfluence>>,
    /// Verdicts and figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<TriedClaims<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive: Option<&'a InactiveUnits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a Flowing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximation: Option<&'a Approximation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<cost::Document>,
}

#[derive(Serialize)]
struct Origins {
    parameters: Origin,
    data: Origin,
    /// As users type it; nothing where a file gives the parameters.
    initialisation: Option<String>,
    seed: u64,
}

/// The claims as data.
#[derive(Serialize)]
struct TriedClaims<'a> {
    verdicts: Vec<Row>,
    figures: Option<&'a Claims>,
    depth: &'a Depth,
    /// The first batch size that pays.
    crossing: Option<u64>,
}

#[derive(Serialize)]
struct Row {
    claim: Statement,
    text: &'static str,
    verdict: Verdict,
}

/// Writes every part, of the network that `spec` describes.
///
/// # Errors
/// What `out` says.
pub fn insight(found: &Insight, spec: &str, out: &mut impl Write) -> io::Result<()> {
    let Subject { parameters, data, initialisation, dims, .. } = &found.subject;
    let initialisation = initialisation.map(|initialisation| initialisation.to_string());
    let document = Document {
        schema: "chainrule.insight/1",
        spec,
        dimensions: dims,
        arrays: Origins { parameters: *parameters, data: *data, initialisation, seed: found.seed },
        influence: found.influence.as_ref().map(|influence| influence.models.iter().map(|(_, found)| found).collect()),
        claims: found.claims.as_ref().map(claims),
        inactive: found.inactive.as_ref(),
        flow: found.flow.as_ref(),
        approximation: found.approximation.as_ref(),
        cost: found.costs.as_ref().map(|(product, costs)| cost::costs(costs, &product.forward.arena)),
    };
    write(out, &document)
}

fn claims(tried: &Tried) -> TriedClaims<'_> {
    let row = |claim: Statement| Row { claim, text: claim.text(), verdict: tried.verdict(claim) };
    let crossing = tried.crossing.and_then(Crossing::first).and_then(|first| u64::try_from(first).ok());
    TriedClaims {
        verdicts: Statement::ALL.into_iter().map(row).collect(),
        figures: tried.found.as_ref().ok(),
        depth: &tried.depth,
        crossing,
    }
}
