//! What was found → text for a reader.

mod diagnostic;

pub use diagnostic::diagnostic;
