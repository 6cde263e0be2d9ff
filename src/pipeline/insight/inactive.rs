//! A subject and its passes → the units that put out nothing, and what one unit less does.

use serde::Serialize;

use crate::{
    evaluate::{
        eval::EvaluationError,
        scaled::Passes,
        sweep::{Sweep, Unit},
    },
    insight::{
        Subject,
        inactive::{Inactive, Limits, inactive},
        off::{Off, off},
    },
};

/// All that is known of inactive units.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InactiveUnits {
    /// At the point.
    #[serde(flatten)]
    pub inactive: Inactive,
    /// What the chosen unit's absence does.
    pub off: Option<Off>,
}

impl InactiveUnits {
    /// Looks at all units, and switches `unit` off if there is one.
    ///
    /// # Errors
    /// A defect: an array or a dimension is missing.
    pub fn new(
        subject: &Subject,
        sweep: Sweep<'_>,
        passes: &Passes,
        limits: Limits,
        unit: Option<Unit>,
    ) -> Result<Self, EvaluationError> {
        let off = unit.map(|unit| off(subject, sweep, unit)).transpose()?;
        Ok(Self { inactive: inactive(subject, passes, limits), off })
    }
}
