//! The language → what an editor completes, and specs to start from.

use super::api::{Language, Template, Word};
use crate::{
    pipeline,
    report::language::{activations, kinds, losses, options, statements},
};

/// Each is a spec without an error: a test reads them.
const TEMPLATES: [Template; 6] = [
    Template { name: "three-layer", title: "Three dense layers", spec: include_str!("templates/three-layer.net") },
    Template {
        name: "digits",
        title: "A classifier of handwritten digits",
        spec: include_str!("templates/digits.net"),
    },
    Template { name: "residual", title: "Residual blocks", spec: include_str!("templates/residual.net") },
    Template { name: "autoencoder", title: "An autoencoder", spec: include_str!("templates/autoencoder.net") },
    Template { name: "glu", title: "Gated linear units", spec: include_str!("templates/glu.net") },
    Template { name: "two-heads", title: "Two heads with a loss each", spec: include_str!("templates/two-heads.net") },
];

/// The words of the language; `spec` is the one that the command was given.
pub fn language(spec: Option<String>, has_data: bool) -> Language {
    let words = |words: Vec<(String, String)>| words.into_iter().map(|(word, said)| Word { word, said }).collect();
    Language {
        version: env!("CARGO_PKG_VERSION"),
        spec,
        has_data,
        statements: words(statements()),
        kinds: words(kinds()),
        activations: words(activations()),
        // A defect of the catalog is one of `names`, which tells of it.
        losses: words(losses(&pipeline::losses().unwrap_or_default())),
        options: words(options()),
        templates: TEMPLATES.to_vec(),
    }
}
