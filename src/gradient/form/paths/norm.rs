//! The normal rows of a norm → the factor N that hands their adjoint on.

use super::{Gate, Paths, Use, norm_matrix};
use crate::{
    expr::{
        Arena, Definition, ExprId, Role, Symbol,
        normal::{Along, Normal},
    },
    gradient::GradientError,
    shape::Dim,
};

impl Paths {
    /// N of a norm, for one sample: r (I − (1 1ᵀ + h hᵀ)/f), of the root mean square alone r (I − h hᵀ/f).
    pub(super) fn norm(
        &mut self,
        arena: &mut Arena,
        Definition { symbol, value }: Definition,
        written_out: ExprId,
        found: Normal,
    ) -> Result<(), GradientError> {
        let of = arena.as_symbol(found.of).ok_or(GradientError::MixesSamples)?;
        let Symbol { label, columns: width, .. } = arena.symbol(symbol).clone();
        let matrix = Symbol::new(Role::NormMatrix, "N", label.as_ref(), width.clone(), width.clone());
        let matrix = arena.intern(matrix);
        let named = arena.named(matrix)?;
        self.uses.entry(of).or_default().push(Use { by: symbol, matrix: Some(named) });
        match found.along {
            Along::Columns if self.sketches => return Ok(()),
            Along::Columns => return Err(GradientError::MixesSamples),
            Along::Rows => {}
        }
        let spread = self.norms.fold.apply(arena, found.spread)?;
        let source = self.norms.fold.apply(arena, written_out)?;
        let mut column = |arena: &mut Arena, name: &str, source: ExprId| -> Result<ExprId, GradientError> {
            let entries = Symbol::new(Role::ValueGate, name, label.as_ref(), width.clone(), Dim::one());
            let entries = arena.intern(entries);
            self.gates.push(Gate { source, activation: symbol, entries, matrix: entries, value });
            Ok(arena.named(entries)?)
        };
        let (h, r) = (column(arena, "h", source)?, column(arena, "q", spread)?);
        let value = norm_matrix(arena, [h, r], &width, found.centred)?;
        self.matrices.push(Definition { symbol: matrix, value });
        Ok(())
    }
}
