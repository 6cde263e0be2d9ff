//! Activation definitions → gates: what stands for σ'(Z) when all samples share it, and the matrix it makes.

use super::{
    super::{GradientError, adjoint::sweep},
    layered::{argument, pre_activation},
};
use crate::{
    expr::{Arena, Definition, ExprId, Function, Op, Role, Symbol, SymbolId},
    shape::Dim,
};

/// A derivative or forward gate of one activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The part of the layered form that it stands for: σ'(Z), or softmax(Z) in softmax's derivative.
    pub source: ExprId,
    /// A, whose gate this is.
    pub activation: SymbolId,
    /// s, the gate's entries, a column.
    pub entries: SymbolId,
    /// S as a name.
    pub matrix: SymbolId,
    /// What S is: diag(s), or diag(p) − p pᵀ for softmax.
    pub value: ExprId,
}

impl Gate {
    /// The gate by which the backward pass goes through `activation`; linear activations have none.
    ///
    /// `split` says that the forward gate is told apart, so that this one is D, not S; softmax has no forward gate.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn backward(arena: &mut Arena, activation: Definition, split: bool) -> Result<Option<Self>, GradientError> {
        let matrix = if split { (Role::DerivativeGateMatrix, "D") } else { (Role::GateMatrix, "S") };
        if let Op::Map(function, 0, [z]) = *arena.op(activation.value)
            && function != Function::Linear
        {
            let source = arena.map(function, 1, z)?;
            return Self::new(arena, activation, source, (Role::DerivativeGate, "s"), matrix).map(Some);
        }
        if matches!(arena.op(activation.value), Op::Softmax(_)) {
            return Self::of_softmax(arena, activation).map(Some);
        }
        if let Op::Add([z, _]) = *arena.op(activation.value)
            && let Some(z) = arena.as_symbol(z).filter(|z| arena.symbol(*z).role == Role::PreActivation)
        {
            return Self::of_log_softmax(arena, activation, z).map(Some);
        }
        if let Some((_, source)) = slopes(arena, activation)? {
            return Self::new(arena, activation, source, (Role::DerivativeGate, "s"), matrix).map(Some);
        }
        Ok(None)
    }

    /// diag(p) − p pᵀ
    fn of_softmax(arena: &mut Arena, activation: Definition) -> Result<Self, GradientError> {
        let matrix = (Role::GateMatrix, "S");
        let gate = Self::new(arena, activation, activation.value, (Role::Probabilities, "p"), matrix)?;
        let p = arena.named(gate.entries)?;
        let transposed = arena.transpose(p)?;
        let outer = arena.multiply(p, transposed)?;
        Ok(Self { value: arena.minus(gate.value, outer)?, ..gate })
    }

    /// I − 1 pᵀ
    fn of_log_softmax(arena: &mut Arena, activation: Definition, z: SymbolId) -> Result<Self, GradientError> {
        let z = arena.named(z)?;
        let source = arena.softmax(z)?;
        let gate = Self::new(arena, activation, source, (Role::Probabilities, "p"), (Role::GateMatrix, "S"))?;
        let (width, _) = arena.dims(gate.value)?;
        let (ones, p) = (arena.ones(&width, &Dim::one())?, arena.named(gate.entries)?);
        let transposed = arena.transpose(p)?;
        let outer = arena.multiply(ones, transposed)?;
        let identity = arena.add(Op::Identity(width))?;
        Ok(Self { value: arena.minus(identity, outer)?, ..gate })
    }

    /// The gate that makes σ(Z) = Z G of a sample, where it is not the derivative's.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn forward(arena: &mut Arena, activation: Definition) -> Result<Self, GradientError> {
        let matrix = (Role::ForwardGateMatrix, "G");
        Self::new(arena, activation, activation.value, (Role::ForwardGate, "g"), matrix)
    }

    fn new(
        arena: &mut Arena,
        activation: Definition,
        source: ExprId,
        entries: (Role, &str),
        matrix: (Role, &str),
    ) -> Result<Self, GradientError> {
        let Symbol { label, columns: width, .. } = arena.symbol(activation.symbol).clone();
        let entries = Symbol::new(entries.0, entries.1, label.as_ref(), width.clone(), Dim::one());
        let entries = arena.intern(entries);
        let matrix = arena.intern(Symbol::new(matrix.0, matrix.1, label.as_ref(), width.clone(), width));
        let named = arena.named(entries)?;
        Ok(Self { source, activation: activation.symbol, entries, matrix, value: arena.diagonal(named)? })
    }

    /// 1 sᵀ: the gate as the batch of equal rows that it is taken for.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn rows(&self, arena: &mut Arena) -> Result<ExprId, GradientError> {
        let (samples, _) = arena.dims(self.source)?;
        let ones = arena.ones(&samples, &Dim::one())?;
        let named = arena.named(self.entries)?;
        let row = arena.transpose(named)?;
        Ok(arena.multiply(ones, row)?)
    }
}

/// Z and σ'(Z) of an activation with parameters, which acts on each entry: what comes of the adjoint 1.
///
/// # Errors
/// A defect of the derivation.
pub fn slopes(arena: &mut Arena, activation: Definition) -> Result<Option<(SymbolId, ExprId)>, GradientError> {
    let Some(z) = pre_activation(arena, activation).filter(|_| argument(arena, activation).is_none()) else {
        return Ok(None);
    };
    let ones = arena.ones_like(activation.value)?;
    let swept = sweep(arena, activation.value, ones, &|symbol, _| symbol == z)?;
    Ok(swept.first().copied())
}

/// Whether the activation's forward gate is its derivative gate.
#[must_use]
pub fn agree(arena: &Arena, activation: Definition) -> bool {
    matches!(arena.op(activation.value), Op::Map(function, 0, _) if function.is_homogeneous())
}
