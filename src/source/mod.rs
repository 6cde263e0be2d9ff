//! Places in a text, and what we say about them.

pub mod diagnostic;
pub mod span;
pub mod suggestion;

pub use diagnostic::{Diagnostic, Kind, Label, MAX_MESSAGES, Severity};
pub use span::{Span, Spanned};
