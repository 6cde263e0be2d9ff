//! [`Graph`] → a picture of its own making, or the input of programs that draw graphs.
//!
//! ```text
//! Graph ── parts ──▶ measured frames and edges ── score (wide), ladder (narrow) ──▶ Sheet ── svg ──▶ SVG
//!   └──── dot, mermaid ──▶ text
//! ```
//!
//! No label lies on another and none leaves its frame, at any width and depth; the picture is the same on every machine.

mod dot;
mod label;
mod ladder;
mod mermaid;
mod parts;
mod score;
mod sheet;
mod svg;
mod system;
mod tracks;

pub use dot::dot;
pub use mermaid::mermaid;

use crate::document::graph::Graph;
use parts::Measured;
use sheet::Sheet;
use svg::Setting;

/// Pages that are not as wide get the narrow picture.
const NARROW: i32 = 700;

/// The picture on a page of `width` pixels. `alone` says that it is a file of its own, which serves dark surroundings too.
#[must_use]
pub fn svg(graph: &Graph, width: u16, alone: bool) -> String {
    svg::write(graph, &lay_out(graph, width), if alone { Setting::Alone } else { Setting::InPage })
}

/// The same in a page that has the colours for a dark ground, and lights what belongs together: each element says its
/// place, such as `forward:Z2`, and the step that it is of.
#[must_use]
pub fn linked(graph: &Graph, width: u16) -> String {
    svg::write(graph, &lay_out(graph, width), Setting::Linked)
}

/// Whether a page of this width gets the narrow picture.
#[must_use]
pub fn is_narrow(width: u16) -> bool {
    i32::from(width) < NARROW
}

fn lay_out(graph: &Graph, width: u16) -> Sheet {
    let width = i32::from(width);
    if width < NARROW {
        ladder::lay_out(graph, width)
    } else {
        score::lay_out(&Measured::new(graph, score::most(width)), width)
    }
}
