//! [`Insight`] → one JSON document for programs. `grammar/README.md` explains it, `grammar/insight.schema.json` defines it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use super::{Insight, claims, claims::Tried, inactive::InactiveUnits, influence::Influence};
use crate::{
    insight::{Origin, Subject, approximation::Approximation, flow::Flowing, influence::ModelInfluence},
    pipeline::cost_document,
    render::json::write,
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
    claims: Option<claims::Document<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive: Option<&'a InactiveUnits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a Flowing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximation: Option<&'a Approximation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<cost_document::Document>,
}

#[derive(Serialize)]
struct Origins {
    parameters: Origin,
    data: Origin,
    /// As users type it; nothing where a file gives the parameters.
    initialisation: Option<String>,
    seed: u64,
}

impl Insight {
    fn origins(&self) -> Origins {
        let Subject { parameters, data, initialisation, .. } = &self.subject;
        let initialisation = initialisation.map(|initialisation| initialisation.to_string());
        Origins { parameters: *parameters, data: *data, initialisation, seed: self.seed }
    }

    /// Writes every part, of the network that `spec` describes.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json(&self, spec: &str, out: &mut impl Write) -> io::Result<()> {
        let document = Document {
            schema: "chainrule.insight/1",
            spec,
            dimensions: &self.subject.dims,
            arrays: self.origins(),
            influence: self.influence.as_ref().map(Influence::document),
            claims: self.claims.as_ref().map(Tried::document),
            inactive: self.inactive.as_ref(),
            flow: self.flow.as_ref(),
            approximation: self.approximation.as_ref(),
            cost: self.costs.as_ref().map(|(product, costs)| costs.document(&product.forward.arena)),
        };
        write(out, &document)
    }
}
