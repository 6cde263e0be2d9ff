//! Series by category, tables of ratios and tables of marks → SVG.
//!
//! One file serves light and dark surroundings: the colours written are those for light, a style in the file replaces
//! each by its partner where the reader prefers dark. No label overlaps another, of 3 entries or of 1,000: what has no
//! room is left out, and a note below the picture says so; names that are cut still differ.

mod axis;
mod canvas;
mod excerpt;
mod heat;
mod labels;
mod lines;
mod marks;
mod palette;

pub use canvas::MADE_BY;
pub use heat::{Columns, HeatMap};
pub use lines::{Lines, Scale, Series};
pub use marks::{Mark, Marks, Panel};

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// No finite value.
    #[error("there is no value to show")]
    Empty,
    /// What the backend says: a defect.
    #[error("the picture cannot be drawn: {0}")]
    Backend(String),
}
