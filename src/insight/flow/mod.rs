//! A point's two passes → how the size of values and gradients changes from layer to layer, and what predicts it.

pub mod activity;
pub mod comparison;
pub mod layers;

use serde::Serialize;

pub use self::{
    activity::{Activity, activity},
    comparison::{Comparison, comparison},
    layers::{Flow, Layer, Steps, flow},
};

/// When Δ of a layer is called vanished or exploded, as a multiple of the last layer's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// Below this.
    pub vanishing: f64,
    /// Above this.
    pub exploding: f64,
}
