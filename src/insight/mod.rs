//! A derived network at a point → what influences its gradients, in figures. One file a question.
//!
//! All values come from the derived expressions by [`Sweep`](crate::evaluate::sweep::Sweep); nothing is differentiated here.

pub mod claims;
pub mod influence;
pub mod model;
mod subject;

pub use subject::{Origin, Subject};
