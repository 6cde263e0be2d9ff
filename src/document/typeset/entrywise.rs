//! Products and quotients of entries → notation: what stands first, and what below.

use super::Typesetter;
use crate::{
    document::{Entrywise, Notation},
    expr::{ExprId, Op, Role},
};

impl Typesetter<'_> {
    /// What comes in first, over its divisors, then all else, and the derivative of the activation last. A quotient that
    /// is multiplied on stands in brackets, and several divisors are one product: no order of reading is assumed.
    pub(super) fn hadamard(self, id: ExprId) -> Notation {
        let parts = self.arena.entrywise_factors(id);
        let (mut incoming, mut others, mut divisors) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            if let Some(divisor) = self.divisor_of(part) {
                divisors.push(divisor);
            } else if self.is_incoming(part) {
                incoming.push(part);
            } else {
                others.push(part);
            }
        }
        others.sort_by_key(
            |part| matches!(self.arena.op(*part), Op::Map(_, 1.., [z]) if self.arena.as_symbol(*z).is_some()),
        );
        if divisors.is_empty() {
            return self.entrywise(&[incoming, others].concat());
        }
        if incoming.is_empty() {
            std::mem::swap(&mut incoming, &mut others);
        }
        let quotient = self.quotient(&incoming, divisors);
        if others.is_empty() {
            return quotient;
        }
        let rest = others.into_iter().map(|part| (Entrywise::Times, self.factor(part)));
        Notation::Hadamard([(Entrywise::Times, quotient.bracketed())].into_iter().chain(rest).collect())
    }

    fn entrywise(self, parts: &[ExprId]) -> Notation {
        Notation::Hadamard(parts.iter().map(|part| (Entrywise::Times, self.factor(*part))).collect())
    }

    /// a ⊙ b ⊘ (c ⊙ d), or 1 ⊘ c.
    pub(super) fn quotient(self, above: &[ExprId], below: Vec<Notation>) -> Notation {
        let mut factors: Vec<_> = above.iter().map(|part| (Entrywise::Times, self.factor(*part))).collect();
        if factors.is_empty() {
            factors.push((Entrywise::Times, Notation::Number(1)));
        }
        let product = |below: Vec<Notation>| {
            Notation::Hadamard(below.into_iter().map(|part| (Entrywise::Times, part)).collect()).bracketed()
        };
        let divisor = match <[Notation; 1]>::try_from(below) {
            Ok([only]) => only,
            Err(below) => product(below),
        };
        factors.push((Entrywise::Over, divisor));
        Notation::Hadamard(factors)
    }

    /// Whether the target or an adjoint is in it.
    fn is_incoming(self, id: ExprId) -> bool {
        let symbols = self.arena.reachable(&[id]).into_iter().filter_map(|id| self.arena.as_symbol(id));
        let mut roles = symbols.map(|symbol| self.arena.symbol(symbol).role);
        roles.any(|role| matches!(role, Role::Target | Role::Adjoint))
    }
}
