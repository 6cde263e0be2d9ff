//! [`Spec`](crate::spec::syntax::Spec) → [`Network`](graph::Network): meanings from the catalog, every shape known or named.

pub mod forward;
pub mod graph;
