//! Dimensions and shapes, symbolic and numeric.

mod dim;
#[allow(clippy::module_inception, reason = "the type's own file")]
mod shape;

pub use dim::{Dim, DimError, MAX_DIM};
pub use shape::Shape;
