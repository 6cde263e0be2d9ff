//! Definitions → the abstract chain rule: which derivative each factor is, in the order of the result.

use std::collections::HashMap;

use super::super::{GradientError, adjoint::sweep};
use crate::{
    expr::{Op, SymbolId},
    network::forward::Forward,
};

/// ∂of/∂by, where `of` is J if it is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Factor {
    /// What is differentiated: a name, or J.
    pub of: Option<SymbolId>,
    /// By what.
    pub by: SymbolId,
}

/// Which definition uses each name, found once for all variables.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    uses: HashMap<SymbolId, Use>,
}

/// Where a name is used.
#[derive(Clone, Copy, Debug)]
struct Use {
    by: SymbolId,
    /// Whether its local derivative enters the result on the left, as A_{l−1}ᵀ does for W_l.
    left: bool,
}

impl Chain {
    /// Reads the uses off the definitions: a local derivative stands on the left if the sweep puts the incoming
    /// adjoint on the right of it.
    ///
    /// # Errors
    /// A name that several definitions use, which one chain cannot say.
    pub fn new(forward: &mut Forward) -> Result<Self, GradientError> {
        let Forward { arena, definitions, .. } = forward;
        let mut chain = Self::default();
        for definition in definitions {
            let seed = arena.named(definition.symbol)?;
            for (symbol, adjoint) in sweep(arena, definition.value, seed, &|_, _| true)? {
                let left = matches!(arena.op(adjoint), Op::Multiply([_, right]) if *right == seed);
                if chain.uses.insert(symbol, Use { by: definition.symbol, left }).is_some() {
                    return Err(GradientError::SeveralPaths { name: arena.symbol(symbol).key() });
                }
            }
        }
        Ok(chain)
    }

    /// The factors of ∂J/∂`variable`: ∂J/∂A_L · ∂A_L/∂Z_L ⋯ down to the variable, the last one first if it enters on the
    /// left.
    #[must_use]
    pub fn factors(&self, variable: SymbolId) -> Vec<Factor> {
        let (mut factors, mut at) = (Vec::new(), variable);
        while let Some(next) = self.uses.get(&at) {
            factors.push(Factor { of: Some(next.by), by: at });
            at = next.by;
        }
        factors.push(Factor { of: None, by: at });
        factors.reverse();
        let left = self.uses.get(&variable).is_some_and(|first| first.left);
        if left && let Some(last) = factors.pop() {
            factors.insert(0, last);
        }
        factors
    }
}
