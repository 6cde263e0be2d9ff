//! A [`Network`](crate::network::graph::Network) and arrays → numbers: what all derived formulas are checked against.

pub mod arrays;
pub mod backprop;
pub mod bindings;
pub mod differences;
pub mod draw;
pub mod dual;
pub mod eval;
pub mod evaluator;
pub mod exact;
pub mod expression;
pub mod files;
pub mod functions;
pub mod gradients;
pub mod initialise;
pub mod instances;
pub mod kinks;
pub mod memory;
pub mod rounding;
pub mod scaled;
pub mod second;
mod square;
pub mod value;

pub use {
    arrays::Arrays,
    eval::EvaluationError,
    evaluator::{Evaluator, Inputs, Number, Unit},
    exact::Exact,
    initialise::Initialisation,
    scaled::Passes,
};
