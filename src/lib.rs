//! Gradients of neural networks as matrix products with shapes: derived, simplified, checked.

pub mod catalog;
pub mod evaluate;
pub mod expr;
pub mod gradient;
pub mod network;
pub mod pipeline;
pub mod render;
pub mod shape;
pub mod simplify;
pub mod source;
pub mod spec;
