//! What was found → one JSON document for programs. `grammar/README.md` explains it, `grammar/*.schema.json` defines it.
//!
//! `document` says what there is, one struct an object; `gradients`, `definitions` and `factors` fill it from a
//! derivation; `expression` writes formulas as nested arrays, `written` as text; `line` decides what stands on a line.

mod definitions;
mod document;
mod expression;
mod factors;
mod gradients;
mod line;
mod shapes;
mod written;

pub use gradients::{Subject, gradients};
pub use line::{Line, write};
pub use shapes::shapes;
