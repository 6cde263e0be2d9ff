//! What the language's names mean: activations, losses, kinds of layer.

pub mod activation;
pub mod foreign;
pub mod formula;
pub mod layer;
pub mod loss;

pub use {
    activation::Activation,
    loss::{Loss, Reduction},
};
