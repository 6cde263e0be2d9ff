//! What library users get: text or a builder → a network; its shapes, gradients, values and verification, as types
//! that print.
#![warn(clippy::must_use_candidate, clippy::return_self_not_must_use)]

mod arrays;
mod assert;
mod bindings;
mod builder;
mod error;
mod explanation;
mod expression;
mod form;
mod gradients;
pub mod language;
mod line;
mod network;
mod page;
mod second;
mod shape;
mod shapes;
pub mod tutorial;
mod verification;

pub use crate::gradient::Form;
pub use crate::render::{Format, ShapePlace, Style};
pub use crate::source::{Edit, Kind, Label, Span};
pub use arrays::Evaluation;
pub use builder::{Builder, Dense, Dimension};
pub use error::{Error, Message};
pub use explanation::Explanation;
pub use expression::{Derivative, Expression};
pub use gradients::{Definition, Gradient, Gradients};
pub use network::Network;
pub use shape::Shape;
pub use shapes::{Layer, LayerKey, Shapes};
pub use verification::{Options, Verdict, Verification};
