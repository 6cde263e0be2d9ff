//! A norm of a layer → its expression, with the statistics of the batch or with given ones.

use super::Pass;
use crate::{
    expr::{
        ExprId, Function, Range, Role, ShapeError, Symbol,
        function::Parameter,
        normal::{Along, inverse_rms, mean, spread},
        range::Bound,
    },
    network::graph::{Layer, Norm, NormKind},
    shape::Dim,
};

impl Pass {
    /// H ⊙ (1 s) + 1 b, where H = C ⊙ (r 1ᵀ) and r are defined before, C the source without its mean. Without s and b it is
    /// H itself.
    pub(super) fn norm(
        &mut self,
        layer: &Layer,
        Norm { kind, epsilon }: Norm,
        a: ExprId,
    ) -> Result<ExprId, ShapeError> {
        let along = if kind == NormKind::Batch { Along::Columns } else { Along::Rows };
        let mut c = a;
        if kind != NormKind::Rms {
            let mean = mean(&mut self.arena, a, along)?;
            c = self.arena.minus(a, mean)?;
        }
        let r = inverse_rms(&mut self.arena, c, along, epsilon)?;
        self.scaled(layer, along, c, r)
    }

    /// The same where C is the source without the mean μ, and r = 1/√(v + ε) with the variance v: both are given.
    pub(super) fn fixed_norm(&mut self, layer: &Layer, epsilon: Parameter, a: ExprId) -> Result<ExprId, ShapeError> {
        let given = |role, letter| Symbol::new(role, letter, Some(&layer.label), Dim::one(), layer.output.clone());
        let variance = Symbol { range: Range::new(Bound::Closed(0), Bound::Unbounded), ..given(Role::Variance, "v") };
        let [mean, variance] = [given(Role::Mean, "μ"), variance].map(|symbol| self.arena.intern(symbol));
        self.statistics.extend([mean, variance]);
        let (mean, variance) = (self.arena.named(mean)?, self.arena.named(variance)?);
        let mean = spread(&mut self.arena, mean, a, Along::Columns)?;
        let c = self.arena.minus(a, mean)?;
        let r = self.arena.map(Function::InverseSqrt(epsilon), 0, variance)?;
        self.scaled(layer, Along::Columns, c, r)
    }

    fn scaled(&mut self, layer: &Layer, along: Along, c: ExprId, r: ExprId) -> Result<ExprId, ShapeError> {
        let (rows, columns) = self.arena.dims(r)?;
        let name = Symbol::new(Role::InverseRms, "r", Some(&layer.label), rows, columns);
        let r = self.define(name, r)?;
        let spread = spread(&mut self.arena, r, c, along)?;
        let normal = self.arena.hadamard(c, spread)?;
        if !layer.has_gain() {
            return Ok(normal);
        }
        let normal = self.define(self.symbol(Role::Normalised, "H", layer, &layer.output), normal)?;
        let gain = self.row(Role::Gain, "s", layer)?;
        let shift = self.row(Role::Bias, "b", layer)?;
        let scaled = self.arena.hadamard(normal, gain)?;
        self.arena.plus(scaled, shift)
    }
}
