//! Units of a network of any shape that are off → its gradients without them.

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2};

use super::{Environment, Evaluator, Inputs, Number, without_columns};
use crate::{
    evaluate::{EvaluationError, rounding::Jitter},
    expr::{Definition, ExprId, SymbolId},
};

/// A unit of a network of any shape, as its value and its gradient are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchedOff {
    /// A, whose column is 0.
    pub value: SymbolId,
    /// ∂J/∂Z, whose column is 0 too; none where J does not depend on the layer.
    pub adjoint: Option<SymbolId>,
    /// The column, from 0.
    pub column: usize,
}

/// Gradients of a network some of whose units may be off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients<N> {
    /// Of each loss by the value that it is put on, or its pre-activations.
    pub errors: IndexMap<SymbolId, ArcArray2<N>>,
    /// By the variables that were asked for.
    pub by: IndexMap<SymbolId, Array2<N>>,
}

impl<'a> Evaluator<'a> {
    /// The gradients where units put out 0 and let no gradient through, with these errors in the place of those that the losses
    /// give.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn without<N: Number>(
        &self,
        inputs: &Inputs<N>,
        wanted: &[SymbolId],
        errors: &IndexMap<SymbolId, ArcArray2<N>>,
        off: &[SwitchedOff],
    ) -> Result<Gradients<N>, EvaluationError> {
        let mut environment = self.bound::<N>(inputs)?;
        self.forward_without::<N>(&mut environment, off)?;
        let again = |root: ExprId, jitter: &Jitter| {
            let mut environment = self.bound::<N>(inputs)?.jittered(jitter);
            self.forward_without::<N>(&mut environment, off)?;
            environment.value(root)
        };
        let mut found = Gradients { errors: IndexMap::new(), by: IndexMap::new() };
        for definition in self.gradient.definitions.iter().copied() {
            let is_error = self.is_error(definition);
            let delta = match errors.get(&definition.symbol) {
                Some(held) => held.to_owned(),
                None if is_error => environment.error(definition.value, &|jitter| again(definition.value, jitter))?,
                None => environment.rounded(definition.value)?,
            };
            let columns = off.iter().filter(|unit| unit.adjoint == Some(definition.symbol)).map(|unit| unit.column);
            let delta = without_columns(delta, columns).into_shared();
            environment.state(definition.symbol, &delta);
            if is_error {
                found.errors.insert(definition.symbol, delta);
            }
        }
        for derivative in wanted.iter().filter_map(|variable| self.gradient.by(*variable)) {
            found.by.insert(derivative.variable, environment.settled(derivative.value)?);
        }
        Ok(found)
    }

    fn forward_without<N: Number>(
        &self,
        environment: &mut N::Environment<'a>,
        off: &[SwitchedOff],
    ) -> Result<(), EvaluationError> {
        for Definition { symbol, value } in self.forward.definitions.iter().copied() {
            let columns = off.iter().filter(|unit| unit.value == symbol).map(|unit| unit.column);
            let value = without_columns(environment.value(value)?, columns);
            environment.state(symbol, &value.into_shared());
        }
        Ok(())
    }
}
