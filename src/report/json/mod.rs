//! What was found → one JSON document for programs. `grammar/README.md` explains it, `grammar/*.schema.json` defines it.
//!
//! `document` says what there is, one struct an object; `gradients`, `definitions` and `factors` fill it from a
//! derivation; `expression` writes formulas as nested arrays, `written` as text; `line` decides what stands on a line.

mod cost;
mod definitions;
mod document;
mod evaluation;
mod expression;
mod factors;
mod gradients;
mod graph;
mod insight;
mod line;
mod page;
#[cfg(test)]
mod schema;
mod shapes;
mod verification;
mod written;

pub use cost::cost;
pub use evaluation::evaluation;
pub use gradients::{Subject, gradients};
pub use insight::insight;
pub use page::page;
pub use shapes::shapes;
pub use verification::verification;
