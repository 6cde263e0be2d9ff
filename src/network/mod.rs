//! [`Spec`](crate::spec::syntax::Spec) → [`Network`](graph::Network): meanings from the catalog, every shape known or named.

mod arguments;
mod arrays;
pub mod blocks;
mod body;
mod definitions;
mod dimension;
pub mod forward;
pub mod graph;
mod infer;
mod misfit;
mod names;
mod plan;
mod resolve;
mod scope;
mod settings;
mod shared;
mod statements;
mod terms;
pub mod uniform;
pub mod variant;
mod warnings;
pub mod way;
mod words;

pub use dimension::dimension;
pub use infer::Equality;
pub use names::is_label;
pub use resolve::{Resolution, resolve};
