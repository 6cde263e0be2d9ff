//! Gradients of neural networks as matrix products with shapes: derived, simplified, checked.

pub mod catalog;
pub mod evaluate;
pub mod expr;
pub mod network;
pub mod shape;
pub mod source;
pub mod spec;
