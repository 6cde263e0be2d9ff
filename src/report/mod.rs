//! Results → documents: one file a page. Words live here and nowhere else.

mod cost;
mod diff;
pub mod evaluation;
pub mod factors;
mod general;
pub mod gradients;
pub mod graph;
pub mod insight;
pub mod json;
mod kfac;
pub mod language;
mod letters;
mod names;
mod numbers;
mod remarks;
mod second;
pub mod shapes;
mod sheet;
mod signs;
pub mod steps;
pub mod verification;
mod why;
pub mod words;
mod zeros;

pub use self::{
    cost::cost,
    diff::{at as diff_at, diff, formula as diff_formula},
    evaluation::evaluation,
    gradients::{forward, gradients},
    graph::graph,
    insight::insight,
    kfac::kfac,
    letters::letters,
    names::names,
    numbers::numbers,
    shapes::shapes,
    sheet::{Sheet, sheet},
    steps::steps,
    verification::verification,
    why::why,
};
