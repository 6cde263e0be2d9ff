//! A point's two passes → how the size of values and gradients changes from layer to layer, and what predicts it.

pub mod activity;
pub mod comparison;
pub mod layers;

use serde::Serialize;

pub use self::{
    activity::{Activity, activity},
    comparison::{Comparison, Row, SCALED, TENFOLD, Tenfold, comparison},
    layers::{Flow, Layer, Mnemonic, Steps, Stop, flow},
};
use super::{
    Magnitude, Origin, Subject,
    summary::{self, Finding},
};
use crate::evaluate::{eval::EvaluationError, evaluator::Evaluator, scaled::Passes};

/// Samples that are enough where many networks are looked at: the rms of Δ is a mean over units too.
pub const SAMPLES: usize = 16;

/// When Δ of a layer is called vanished or exploded, as a multiple of the last layer's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Thresholds {
    /// Below this.
    pub vanishing: f64,
    /// Above this.
    pub exploding: f64,
}

impl Thresholds {
    /// Both, in the order of their size.
    pub fn magnitudes(self) -> [Magnitude; 2] {
        [self.vanishing, self.exploding].map(Magnitude::of)
    }
}

/// All that is known of the flow.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Flowing {
    /// At the point.
    #[serde(flatten)]
    pub flow: Flow,
    /// What is said of the gradient.
    pub gradient: Finding,
    /// What is said of the signal.
    pub signal: Finding,
    /// Over initialisations; none where the parameters are the user's, and of one layer.
    pub initialisations: Option<Comparison>,
    /// The gradient by the activation rate; none where no unit can be inactive by its bias.
    pub activity: Option<Activity>,
}

impl Flowing {
    /// Measures everything, at the point whose passes are given and, by its seeds, elsewhere.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn new(
        subject: &Subject,
        evaluator: Evaluator<'_>,
        passes: &Passes,
        thresholds: Thresholds,
        seeds: (u64, Option<usize>),
    ) -> Result<Self, EvaluationError> {
        let flow = flow(subject, passes, thresholds)?;
        let drawn = subject.parameters != Origin::Given && flow.steps.count > 0;
        let initialisations = drawn.then(|| comparison(subject, evaluator, seeds, thresholds)).transpose()?;
        let activity = activity(subject, evaluator)?;
        let (gradient, signal) = (summary::gradient(&flow), summary::signal(&flow, subject));
        Ok(Self { flow, gradient, signal, initialisations, activity })
    }
}
