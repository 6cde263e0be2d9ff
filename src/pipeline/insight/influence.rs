//! A subject → which factors enter which gradient of each of its models.

use super::models::{models, points};
use crate::{
    insight::{
        Subject,
        influence::{self, ModelInfluence},
        model::Model,
    },
    pipeline::PipelineError,
};

/// Every model with what was found.
#[derive(Clone, Debug)]
pub struct Influence {
    /// The model, and its gradients.
    pub models: Vec<(Model, ModelInfluence)>,
}

/// Reads and measures every model.
///
/// # Errors
/// A limit, or a defect.
pub fn influence(subject: &Subject, seed: u64) -> Result<Influence, PipelineError> {
    let found = models(subject)?.into_iter().map(|(variants, model)| {
        let [point, elsewhere] = points(subject, &model, seed);
        let limits = [influence::LAYERS, influence::GRADIENTS];
        let found = influence::of(&model, variants, [&point, &elsewhere], limits);
        (model, found)
    });
    Ok(Influence { models: found.collect() })
}

impl Influence {
    /// As data.
    pub fn document(&self) -> Vec<&ModelInfluence> {
        self.models.iter().map(|(_, found)| found).collect()
    }
}
