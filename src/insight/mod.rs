//! A derived network at a point → what influences its gradients, in figures. One file a question.
//!
//! All values come from the derived expressions by [`Evaluator`](crate::evaluate::evaluator::Evaluator); nothing is differentiated here.

pub mod ablation;
pub mod approximation;
pub mod claims;
pub mod flow;
mod gates;
pub mod inactive;
pub mod influence;
mod magnitude;
pub mod model;
pub mod place;
pub mod size;
pub mod structure;
mod subject;
pub mod summary;
pub mod undefined;

pub use magnitude::Magnitude;
pub use subject::{Origin, Subject};
