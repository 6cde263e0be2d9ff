//! Places in a text, and what we say about them.

pub mod diagnostic;
mod printable;
pub mod span;
mod subscript;
pub mod suggestion;

pub use diagnostic::{Diagnostic, Edit, Kind, Label, MAX_MESSAGES, Severity};
pub use printable::{printable, steers};
pub use span::{Span, Spanned};
pub use subscript::subscript_digit;
