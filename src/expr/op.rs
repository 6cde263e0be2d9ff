//! The kernel: every operator an expression is made of. Matched exhaustively wherever it is used.
//!
//! There is no subtraction, division, row sum or broadcast: a − b is `a + (−1)·b`, a ⊘ b is `a ⊙ (1 ⊘ b)`, a row sum
//! is `a·1`, and a bias is `1·b`. The printer writes −, ⊘ again. So each law of the algebra is needed once.

use super::{Function, Invariant, scalar::Scalar, symbol::SymbolId};
use crate::shape::Dim;

/// An operator over children of type `C`: places in an [`Arena`](super::Arena), or classes of an e-graph.
///
/// In the shape rules a is m × k unless stated, s is a scalar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op<C> {
    /// A named matrix.
    Symbol(SymbolId),
    /// A constant scalar: a rational multiple of powers of dimensions.
    Scalar(Scalar),
    /// I: m × m.
    Identity(Dim),
    /// All entries 1: m × k.
    Ones(Dim, Dim),
    /// All entries 0: m × k.
    Zero(Dim, Dim),
    /// K with K vec(a) = vec(aᵀ) for every m × k matrix a: mk × mk.
    Commutation(Dim, Dim),
    /// a + b, equal shapes.
    Add([C; 2]),
    /// s a: a scalar or a matrix.
    Scale([C; 2]),
    /// a b: m × k times k × q.
    Multiply([C; 2]),
    /// a ⊙ b, equal shapes.
    Hadamard([C; 2]),
    /// aᵀ: k × m.
    Transpose([C; 1]),
    /// 1 ⊘ a: 1/aᵢⱼ at every entry.
    Reciprocal([C; 1]),
    /// aᵖ of a scalar, or of every entry, for a constant scalar p.
    Power([C; 2]),
    /// a⁻¹ of a square a.
    Inverse([C; 1]),
    /// tr a, det a or ln |det a| of a square a: a scalar.
    Invariant(Invariant, [C; 1]),
    /// a ⊗ b: m × k and p × q, the result mp × kq.
    Kronecker([C; 2]),
    /// The columns of a below each other: mk × 1.
    Vec([C; 1]),
    /// f(a) of a scalar or at every entry, or the derivative f'(a) or f''(a) of that order.
    Map(Function, u8, [C; 1]),
    /// Over each row: exp(aᵢⱼ)/Σₖ exp(aᵢₖ).
    Softmax([C; 1]),
    /// Over each row: ln Σₖ exp(aᵢₖ), m × 1.
    LogSumExp([C; 1]),
    /// diag(v): v is m × 1, the result m × m.
    Diagonal([C; 1]),
    /// Σᵢⱼ aᵢⱼ: a scalar.
    Total([C; 1]),
    /// Σᵢ over the samples i, of an expression in the rows of one sample: the shape of a.
    SumSamples([C; 1]),
}

impl<C> Op<C> {
    /// The operands in order.
    #[must_use]
    pub fn children(&self) -> &[C] {
        match self {
            Self::Symbol(_)
            | Self::Scalar(_)
            | Self::Identity(_)
            | Self::Ones(..)
            | Self::Zero(..)
            | Self::Commutation(..) => &[],
            Self::Add(c)
            | Self::Scale(c)
            | Self::Multiply(c)
            | Self::Hadamard(c)
            | Self::Power(c)
            | Self::Kronecker(c) => c,
            Self::Transpose(c)
            | Self::Reciprocal(c)
            | Self::Inverse(c)
            | Self::Invariant(_, c)
            | Self::Vec(c)
            | Self::Map(_, _, c)
            | Self::Softmax(c)
            | Self::LogSumExp(c)
            | Self::Diagonal(c)
            | Self::Total(c)
            | Self::SumSamples(c) => c,
        }
    }

    /// The operands in order, to be replaced.
    pub fn children_mut(&mut self) -> &mut [C] {
        match self {
            Self::Symbol(_)
            | Self::Scalar(_)
            | Self::Identity(_)
            | Self::Ones(..)
            | Self::Zero(..)
            | Self::Commutation(..) => &mut [],
            Self::Add(c)
            | Self::Scale(c)
            | Self::Multiply(c)
            | Self::Hadamard(c)
            | Self::Power(c)
            | Self::Kronecker(c) => c,
            Self::Transpose(c)
            | Self::Reciprocal(c)
            | Self::Inverse(c)
            | Self::Invariant(_, c)
            | Self::Vec(c)
            | Self::Map(_, _, c)
            | Self::Softmax(c)
            | Self::LogSumExp(c)
            | Self::Diagonal(c)
            | Self::Total(c)
            | Self::SumSamples(c) => c,
        }
    }

    /// The same operator over other children.
    pub fn map<D>(&self, mut to: impl FnMut(&C) -> D) -> Op<D> {
        match self {
            Self::Symbol(symbol) => Op::Symbol(*symbol),
            Self::Scalar(scalar) => Op::Scalar(scalar.clone()),
            Self::Identity(m) => Op::Identity(m.clone()),
            Self::Ones(m, k) => Op::Ones(m.clone(), k.clone()),
            Self::Zero(m, k) => Op::Zero(m.clone(), k.clone()),
            Self::Commutation(m, k) => Op::Commutation(m.clone(), k.clone()),
            Self::Add([a, b]) => Op::Add([to(a), to(b)]),
            Self::Scale([s, a]) => Op::Scale([to(s), to(a)]),
            Self::Multiply([a, b]) => Op::Multiply([to(a), to(b)]),
            Self::Hadamard([a, b]) => Op::Hadamard([to(a), to(b)]),
            Self::Transpose([a]) => Op::Transpose([to(a)]),
            Self::Reciprocal([a]) => Op::Reciprocal([to(a)]),
            Self::Power([a, p]) => Op::Power([to(a), to(p)]),
            Self::Inverse([a]) => Op::Inverse([to(a)]),
            Self::Invariant(invariant, [a]) => Op::Invariant(*invariant, [to(a)]),
            Self::Kronecker([a, b]) => Op::Kronecker([to(a), to(b)]),
            Self::Vec([a]) => Op::Vec([to(a)]),
            Self::Map(function, order, [a]) => Op::Map(*function, *order, [to(a)]),
            Self::Softmax([a]) => Op::Softmax([to(a)]),
            Self::LogSumExp([a]) => Op::LogSumExp([to(a)]),
            Self::Diagonal([v]) => Op::Diagonal([to(v)]),
            Self::Total([a]) => Op::Total([to(a)]),
            Self::SumSamples([a]) => Op::SumSamples([to(a)]),
        }
    }
}
