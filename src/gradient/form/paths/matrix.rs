//! What a definition makes of an incoming row g → the matrix M of one sample by which it does: g M.

use super::{
    Paths,
    linear::{identity, plus, times},
};
use crate::{
    expr::{Arena, ExprId, Function, Op, Role, Symbol},
    gradient::{GradientError, form::gate::Gate},
    shape::Dim,
};

impl Paths {
    /// M where `linear` = g M, none for I.
    pub(super) fn factor(
        &mut self,
        arena: &mut Arena,
        linear: ExprId,
        g: ExprId,
    ) -> Result<Option<ExprId>, GradientError> {
        if linear == g {
            return Ok(None);
        }
        if arena.facts(linear).zero {
            let ((_, rows), (_, columns)) = (arena.dims(g)?, arena.dims(linear)?);
            return Ok(Some(arena.add(Op::Zero(rows, columns))?));
        }
        let holds = |arena: &Arena, id: ExprId| arena.reachable(&[id]).contains(&g);
        #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is linear in the rows of g")]
        match *arena.op(linear) {
            Op::Multiply([a, b]) if holds(arena, a) && !holds(arena, b) => {
                let left = self.factor(arena, a, g)?;
                times(arena, left, Some(b))
            }
            Op::Scale([s, a]) if holds(arena, a) => {
                let inner = match self.factor(arena, a, g)? {
                    Some(inner) => inner,
                    None => identity(arena, g)?,
                };
                Ok(Some(arena.scale(s, inner)?))
            }
            Op::Add([a, b]) => {
                let (left, right) = (self.factor(arena, a, g)?, self.factor(arena, b, g)?);
                plus(arena, left, right, g).map(Some)
            }
            Op::Hadamard([a, b]) => {
                let (inner, by) = if holds(arena, a) { (a, b) } else { (b, a) };
                // The slope of a linear activation is 1 everywhere.
                if matches!(arena.op(by), Op::Map(Function::Linear, 1, _)) {
                    return self.factor(arena, inner, g);
                }
                let diagonal = self.diagonal(arena, by)?;
                let inner = self.factor(arena, inner, g)?;
                times(arena, inner, Some(diagonal))
            }
            _ => Err(GradientError::MixesSamples),
        }
    }

    /// diag(u) where every row of the batch is multiplied by u: a parameter's row, or a value's row of one sample.
    fn diagonal(&mut self, arena: &mut Arena, by: ExprId) -> Result<ExprId, GradientError> {
        if let Op::Multiply([ones, row]) = *arena.op(by)
            && matches!(arena.op(ones), Op::Ones(..))
            && arena.dims(row)?.0.is_one()
        {
            let column = arena.transpose(row)?;
            return Ok(arena.diagonal(column)?);
        }
        let Some(value) = arena.as_symbol(by) else { return self.product_of(arena, by) };
        let of = arena.symbol(value).clone();
        if of.role == Role::Gain {
            let column = arena.transpose(by)?;
            return Ok(arena.diagonal(column)?);
        }
        if let Some(known) = self.diagonals.get(&value) {
            return Ok(*known);
        }
        let letter = if of.role == Role::Prediction { "a".to_owned() } else { of.name.to_lowercase() };
        let entries = Symbol::new(Role::ValueGate, &letter, of.label.as_ref(), of.columns, Dim::one());
        let entries = arena.intern(entries);
        let column = arena.named(entries)?;
        let diagonal = arena.diagonal(column)?;
        self.gates.push(Gate { source: by, activation: value, entries, matrix: entries, value: diagonal });
        self.diagonals.insert(value, diagonal);
        Ok(diagonal)
    }

    /// diag(u ⊙ v) = diag(u) diag(v).
    fn product_of(&mut self, arena: &mut Arena, by: ExprId) -> Result<ExprId, GradientError> {
        let Op::Hadamard([a, b]) = *arena.op(by) else { return Err(GradientError::MixesSamples) };
        let (a, b) = (self.diagonal(arena, a)?, self.diagonal(arena, b)?);
        Ok(arena.multiply(a, b)?)
    }
}
