//! [`Plot`] → SVG.
//!
//! One file serves light and dark surroundings: the colours written are those for light, a style in the file replaces
//! each by its partner where the reader prefers dark; where a page refuses the style, the picture keeps its light ground.
//! No label overlaps another, of 3 entries or of 1,000: what has no room is left out, and a note below the picture says so;
//! names that are cut still differ.

mod axis;
mod canvas;
mod labels;
mod lines;
mod marks;
mod matrices;
mod palette;

pub use canvas::MADE_BY;
pub(super) use palette::{Ink, style, style_with_letters};

use crate::document::plot::{Figure, Plot};

/// The picture; of nothing its title alone.
#[must_use]
pub fn svg(plot: &Plot) -> String {
    match &plot.figure {
        Figure::Lines(lines) => lines::draw(&plot.title, lines),
        Figure::Matrices(matrices) => matrices::draw(&plot.title, matrices),
        Figure::Marks(marks) => marks::draw(&plot.title, marks),
    }
}
