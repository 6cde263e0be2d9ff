//! The stages put together: [`derive()`] gradients of a network, [`verify()`] them on numbers. One line a stage.

mod derive;
mod report;
mod verification;
mod verify;

pub use derive::{Request, derive, derive_forms};
pub use verification::{ArrayReport, Options, Redraws, TOLERANCE, Verification};
pub use verify::{are_distributions, verify};
