//! The kernel as an e-graph's language: an operator over classes.

use egg::{Id, Language};

use crate::expr::Op;

impl Language for Op<Id> {
    type Discriminant = std::mem::Discriminant<Self>;

    fn discriminant(&self) -> Self::Discriminant {
        std::mem::discriminant(self)
    }

    /// The same operator and payload, whatever the operands.
    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Symbol(a), Self::Symbol(b)) => a == b,
            (Self::Scalar(a), Self::Scalar(b)) => a == b,
            (Self::Identity(a), Self::Identity(b)) => a == b,
            (Self::Ones(a, b), Self::Ones(c, d))
            | (Self::Zero(a, b), Self::Zero(c, d))
            | (Self::Commutation(a, b), Self::Commutation(c, d)) => (a, b) == (c, d),
            (Self::Invariant(a, _), Self::Invariant(b, _)) => a == b,
            (Self::Map(f, order, _), Self::Map(g, other, _)) => (f, order) == (g, other),
            _ => self.discriminant() == other.discriminant(),
        }
    }

    fn children(&self) -> &[Id] {
        self.children()
    }

    fn children_mut(&mut self) -> &mut [Id] {
        self.children_mut()
    }
}
