//! What was found → text for a reader.

mod diagnostic;
pub mod table;

pub use diagnostic::diagnostic;
