//! What was found → text for a reader. `typeset` decides what is written of a formula, each format only how.

mod diagnostic;
pub mod glyphs;
pub mod json;
pub mod notation;
pub mod report;
pub mod table;
pub mod text;
pub mod typeset;

pub use diagnostic::diagnostic;
