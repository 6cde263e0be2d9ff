//! The text of a matrix expression and what is given of its names → a [`Tree`] whose shapes fit, and the kernel expression
//! that it means.
//!
//! `tokens` reads words and signs, `parse` makes a tree of them, `given` reads declarations, `infer` finds what shape each
//! name has, `build` writes the kernel expression. grammar/expression.ebnf is normative.

pub mod build;
pub mod error;
pub mod functions;
pub mod given;
pub mod infer;
mod parse;
mod print;
pub mod sizes;
pub mod syntax;
mod tokens;

pub use build::{Built, build};
pub use error::ExpressionError;
pub use given::{Declaration, Given, Property};
pub use infer::{Inferred, infer};
pub use parse::parse;
pub use syntax::{Node, Part, Syntax, Tree};
pub use tokens::plain;

/// The longest text that is read: 64 KiB.
pub const MAX_BYTES: usize = 1 << 16;
/// The most names and signs: a derivative has a term for each place of the variable, and each is as long as the expression.
pub const MAX_TOKENS: usize = 2500;
/// The deepest nesting of brackets, powers, signs and products of different kinds.
pub const MAX_DEPTH: usize = 128;
/// The highest power of a matrix that is written as a product.
pub const MAX_POWER: u32 = 64;
