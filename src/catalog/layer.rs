//! The kinds of layer: name → what its arguments mean.

/// What a layer does with what comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Z = A W + 1 b, then σ. Its arguments are the widths `f1` or `f0 -> f1`, then an activation and `nobias` if wanted.
    Dense,
    /// σ alone.
    Activation,
    /// What comes in, and the block's output for it: their sum.
    Residual,
    /// The sum of branches.
    Add,
    /// The first branch without the others.
    Subtract,
    /// The entrywise product of branches.
    Multiply,
    /// The features of all branches, one behind the other.
    Concat,
    /// Rows or columns brought to mean 0 and mean square 1, then a gain and a shift a feature.
    Norm,
    /// Entries dropped at random.
    Dropout,
    /// A dense layer, gated by another: short for `multiply { dense d } { dense d sigmoid }`.
    Glu,
}

/// A line of the catalog: a kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word in a spec.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// How it is used, for messages.
    pub example: &'static str,
}

/// All kinds.
pub const TABLE: [Entry; 10] = [
    Entry { name: "dense", kind: Kind::Dense, example: "dense f1 relu" },
    Entry { name: "activation", kind: Kind::Activation, example: "activation relu" },
    Entry { name: "residual", kind: Kind::Residual, example: "residual { dense f1 relu; dense f0 }" },
    Entry { name: "add", kind: Kind::Add, example: "add { dense f1 } { dense f1 relu }" },
    Entry { name: "subtract", kind: Kind::Subtract, example: "subtract a b" },
    Entry { name: "multiply", kind: Kind::Multiply, example: "multiply { dense f1 } { dense f1 sigmoid }" },
    Entry { name: "concat", kind: Kind::Concat, example: "concat { dense f1 } { dense f2 }" },
    Entry { name: "norm", kind: Kind::Norm, example: "norm layer" },
    Entry { name: "dropout", kind: Kind::Dropout, example: "dropout 0.5" },
    Entry { name: "glu", kind: Kind::Glu, example: "glu 64 sigmoid" },
];

impl Kind {
    /// Whether blocks in braces are its branches.
    #[must_use]
    pub fn has_branches(self) -> bool {
        matches!(self, Self::Residual | Self::Add | Self::Subtract | Self::Multiply | Self::Concat)
    }

    /// Whether its arguments are decimal numbers or options rather than widths.
    #[must_use]
    pub fn takes_numbers(self) -> bool {
        matches!(self, Self::Norm | Self::Dropout)
    }
}

/// The kind of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}
