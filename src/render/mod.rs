//! Expressions → text. `typeset` decides what is written, each format only how.

pub mod glyphs;
pub mod notation;
pub mod text;
pub mod typeset;
