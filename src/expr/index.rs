//! A layer that is no layer in particular: l, L, k − 1. What stands behind W, and in a width f, for any depth.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::{Arena, ExprId, ShapeError, Substitution, op::Op, symbol::Symbol};
use crate::shape::Dim;

/// A letter and what is added to it, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Index {
    letter: Option<char>,
    offset: i64,
}

impl Index {
    /// l: the layer of which a formula speaks.
    pub const LAYER: Self = Self::letter('l');
    /// L: the last layer.
    pub const DEPTH: Self = Self::letter('L');
    /// k: the layer of a factor.
    pub const FACTOR: Self = Self::letter('k');
    /// j: the layer of a term.
    pub const TERM: Self = Self::letter('j');

    const fn letter(letter: char) -> Self {
        Self { letter: Some(letter), offset: 0 }
    }

    /// A layer by its number; 0 is the input.
    #[must_use]
    pub const fn number(number: i64) -> Self {
        Self { letter: None, offset: number }
    }

    /// The letter, if there is one, and what is added to it.
    #[must_use]
    pub const fn parts(self) -> (Option<char>, i64) {
        (self.letter, self.offset)
    }

    /// The index `by` layers further on.
    #[must_use]
    pub const fn plus(self, by: i64) -> Self {
        Self { letter: self.letter, offset: self.offset + by }
    }

    /// The same with `to` in the place of the letter of `from`.
    #[must_use]
    pub fn with(self, from: Self, to: Self) -> Self {
        if self.letter == from.letter { to.plus(self.offset - from.offset) } else { self }
    }

    /// What stands behind a letter: `3`, or `[l-1]`, which no name of the language can be.
    #[must_use]
    pub fn label(self) -> Arc<str> {
        if self.letter.is_none() { self.to_string().into() } else { format!("[{self}]").into() }
    }

    /// The same label for this index: `[k,2]` for `[l,2]`.
    #[must_use]
    pub fn in_place_of(self, label: &str) -> Arc<str> {
        match label.split_once(',') {
            Some((_, part)) => format!("[{self},{part}").into(),
            None => self.label(),
        }
    }

    /// The index in brackets: `[l-1]`, `[3]`; of `[l,2]`, the second part of layer l, that of the layer.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        let inner = label.strip_prefix('[')?.strip_suffix(']')?;
        let inner = inner.split_once(',').map_or(inner, |(index, _)| index);
        if let Ok(number) = inner.parse() {
            return Some(Self::number(number));
        }
        let split = inner.find(['+', '-']).unwrap_or(inner.len());
        let (letter, offset) = inner.split_at(split);
        let offset = if offset.is_empty() { 0 } else { offset.parse().ok()? };
        let mut letters = letter.chars();
        let letter = letters.next().filter(|_| letters.as_str().is_empty())?;
        Some(Self { letter: Some(letter), offset })
    }
}

impl fmt::Display for Index {
    /// `l-1`, `L`, `3`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.letter, self.offset) {
            (None, number) => write!(f, "{number}"),
            (Some(letter), 0) => write!(f, "{letter}"),
            (Some(letter), offset) => write!(f, "{letter}{offset:+}"),
        }
    }
}

/// The letter of all widths.
const WIDTH: &str = "f";

/// `f[l]`: the width of layer l, and of the input for 0.
#[must_use]
pub fn width(index: Index) -> Dim {
    Dim::name(&format!("{WIDTH}[{index}]"))
}

/// The layer whose width this is.
#[must_use]
pub fn layer_of_width(dim: &Dim) -> Option<Index> {
    layer_of_width_name(dim.as_name()?)
}

/// The layer whose width goes by this name.
#[must_use]
pub fn layer_of_width_name(name: &str) -> Option<Index> {
    Index::of_label(name.strip_prefix(WIDTH)?)
}

/// Another layer in the place of one: W_l becomes W_{k−1}.
#[derive(Clone, Copy, Debug)]
pub struct Renumbering {
    /// The index that is replaced, and all that are counted from it.
    pub from: Index,
    /// What it becomes.
    pub to: Index,
}

impl Renumbering {
    /// The dimension of the other layer.
    #[must_use]
    pub fn dim(self, dim: &Dim) -> Dim {
        layer_of_width(dim).map_or_else(|| dim.clone(), |index| width(index.with(self.from, self.to)))
    }

    /// The symbol of the other layer.
    #[must_use]
    pub fn symbol(self, symbol: &Symbol) -> Symbol {
        let index = symbol.label.as_deref().and_then(Index::of_label);
        let label = match (index, &symbol.label) {
            (Some(index), Some(label)) => Some(index.with(self.from, self.to).in_place_of(label)),
            (_, label) => label.clone(),
        };
        Symbol { label, rows: self.dim(&symbol.rows), columns: self.dim(&symbol.columns), ..symbol.clone() }
    }

    /// The expression of the other layer, except for the names in `known`.
    ///
    /// # Errors
    /// A replacement that does not fit.
    pub fn apply(
        self,
        arena: &mut Arena,
        known: &BTreeMap<ExprId, ExprId>,
        root: ExprId,
    ) -> Result<ExprId, ShapeError> {
        let mut renumbered = Substitution::new();
        for (from, to) in known {
            renumbered.replace(*from, *to);
        }
        renumbered.apply_with(arena, root, |arena, _, op| {
            let op = match op {
                Op::Symbol(symbol) => {
                    let symbol = self.symbol(arena.symbol(symbol));
                    Op::Symbol(arena.intern(symbol))
                }
                Op::Scalar(scalar) => Op::Scalar(scalar.with_dims(|dim| self.dim(dim))),
                Op::Identity(m) => Op::Identity(self.dim(&m)),
                Op::Ones(m, k) => Op::Ones(self.dim(&m), self.dim(&k)),
                Op::Zero(m, k) => Op::Zero(self.dim(&m), self.dim(&k)),
                Op::Commutation(m, k) => Op::Commutation(self.dim(&m), self.dim(&k)),
                Op::Add(_)
                | Op::Scale(_)
                | Op::Multiply(_)
                | Op::Hadamard(_)
                | Op::Transpose(_)
                | Op::Reciprocal(_)
                | Op::Power(_)
                | Op::Inverse(_)
                | Op::Invariant(..)
                | Op::Kronecker(_)
                | Op::Vec(_)
                | Op::Map(..)
                | Op::Softmax(_)
                | Op::LogSumExp(_)
                | Op::Diagonal(_)
                | Op::Total(_)
                | Op::SumSamples(_) => op,
            };
            arena.add(op)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back() {
        for index in [Index::LAYER, Index::DEPTH.plus(-1), Index::FACTOR.plus(2)] {
            assert_eq!(Index::of_label(&index.label()), Some(index));
            assert_eq!(layer_of_width(&width(index)), Some(index));
        }
        assert_eq!(Index::of_label("l"), None, "the name of a layer");
        assert_eq!(layer_of_width(&width(Index::number(0))), Some(Index::number(0)));
        assert_eq!(layer_of_width(&Dim::name("f1")), None, "a name of the user's");
    }

    #[test]
    fn a_layer_takes_the_place_of_another() {
        let moved = Index::LAYER.plus(-1).with(Index::LAYER, Index::number(1));
        assert_eq!((moved, &*moved.label()), (Index::number(0), "0"));
        assert_eq!(Index::LAYER.with(Index::LAYER.plus(1), Index::FACTOR), Index::FACTOR.plus(-1));
        assert_eq!(Index::DEPTH.with(Index::LAYER, Index::number(1)), Index::DEPTH);
        assert_eq!(Index::LAYER.plus(-1).to_string(), "l-1");
    }
}
