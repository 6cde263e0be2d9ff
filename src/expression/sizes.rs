//! Sides of which some must be equal → each as a name or a number: the most general that fits.

use std::collections::BTreeSet;

use crate::shape::Dim;

/// A side, known or still to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side(usize);

#[derive(Clone, Debug)]
enum State {
    Known(Dim),
    Free,
    Equal(Side),
}

/// All sides of an expression.
#[derive(Clone, Debug, Default)]
pub struct Sizes(Vec<State>);

/// Letters for what is found, in this order.
const NAMES: [&str; 12] = ["m", "n", "p", "q", "r", "s", "d", "h", "g", "u", "v", "w"];

impl Sizes {
    /// A side that is a name or a number.
    pub fn known(&mut self, dim: Dim) -> Side {
        self.0.push(State::Known(dim));
        Side(self.0.len() - 1)
    }

    /// A side of which nothing is known.
    pub fn free(&mut self) -> Side {
        self.0.push(State::Free);
        Side(self.0.len() - 1)
    }

    fn root(&self, mut side: Side) -> Side {
        while let State::Equal(next) = self.0[side.0] {
            side = next;
        }
        side
    }

    /// What it is, if that is known.
    #[must_use]
    pub fn dim(&self, side: Side) -> Option<&Dim> {
        if let State::Known(dim) = &self.0[self.root(side).0] { Some(dim) } else { None }
    }

    /// Whether it is 1.
    #[must_use]
    pub fn is_one(&self, side: Side) -> bool {
        self.dim(side).is_some_and(Dim::is_one)
    }

    /// Whether the two may be equal.
    #[must_use]
    pub fn fit(&self, a: Side, b: Side) -> bool {
        self.dim(a).zip(self.dim(b)).is_none_or(|(a, b)| a == b)
    }

    /// From now on the two are equal; says whether they can be.
    pub fn unify(&mut self, a: Side, b: Side) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return true;
        }
        match (&self.0[a.0], &self.0[b.0]) {
            (State::Known(one), State::Known(other)) if one != other => return false,
            (State::Known(_), _) => self.0[b.0] = State::Equal(a),
            _ => self.0[a.0] = State::Equal(b),
        }
        true
    }

    /// Gives a letter to each side of which nothing is known, in this order.
    pub fn name(&mut self, sides: impl IntoIterator<Item = Side>, taken: &BTreeSet<String>) {
        let numbered = (1..).map(|i| format!("m{i}"));
        let mut names =
            NAMES.iter().map(|name| (*name).to_owned()).chain(numbered).filter(|name| !taken.contains(name));
        for side in sides {
            let root = self.root(side);
            if matches!(self.0[root.0], State::Free)
                && let Some(name) = names.next()
            {
                self.0[root.0] = State::Known(Dim::name(&name));
            }
        }
    }
}
