//! Dimensions and shapes, symbolic and numeric.

mod dim;
mod mismatch;
#[allow(clippy::module_inception, reason = "the type's own file")]
mod shape;
mod unify;

pub use dim::{Dim, DimError, MAX_DIM};
pub use mismatch::{Mismatch, Repair};
pub use shape::Shape;
pub use unify::{Extent, Reason, unify};
