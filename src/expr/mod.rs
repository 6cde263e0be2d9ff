//! The expressions: a closed kernel of operators over matrices, hash-consed, each node with its shape.

mod arena;
mod facts;
pub mod function;
pub mod index;
mod invariant;
mod nest;
pub mod normal;
mod op;
pub mod range;
mod scalar;
mod substitute;
pub mod symbol;

pub use arena::{Arena, Built, ExprId};
pub use facts::{Facts, ShapeError, facts};
pub use function::Function;
pub use index::Index;
pub use invariant::Invariant;
pub use op::Op;
pub use range::Range;
pub use scalar::Scalar;
pub use substitute::Substitution;
pub use symbol::{Role, Structure, Symbol, SymbolId};

/// A name for a value: `Z₁ := X W₁ + 1 b₁`. Its value refers to earlier names only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub symbol: SymbolId,
    /// What it stands for.
    pub value: ExprId,
}
