//! The kinds of layer: name → what its arguments mean.

/// A line of the catalog: a kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word in a spec.
    pub name: &'static str,
    /// Z = A W + 1 b: its arguments are the widths `f1` or `f0 -> f1`, then an activation and `nobias` if wanted.
    /// Without W it keeps the width of its input, and its only argument is the activation.
    pub has_weight: bool,
    /// How it is used, for messages.
    pub example: &'static str,
}

/// All kinds.
pub const TABLE: [Entry; 2] = [
    Entry { name: "dense", has_weight: true, example: "dense f1 relu" },
    Entry { name: "activation", has_weight: false, example: "activation relu" },
];

/// The kind of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}
