//! Spec text → [`Spec`](syntax::Spec): names and numbers with their places. The only user of nom.

pub mod syntax;
