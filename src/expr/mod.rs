//! The expressions: a closed kernel of operators over matrices, hash-consed, each node with its shape.

pub mod function;
pub mod range;

pub use function::Function;
pub use range::Range;
