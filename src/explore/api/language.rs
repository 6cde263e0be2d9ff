//! What an editor completes, and what a page begins with.

use serde::Serialize;

/// What there is to complete and to start from.
#[derive(Clone, Debug, Serialize)]
pub struct Language {
    /// The version of the program.
    pub version: &'static str,
    /// The spec that the command was given, to begin with.
    pub spec: Option<String>,
    /// Whether the command was given arrays.
    pub has_data: bool,
    /// What a line may begin with.
    pub statements: Vec<Word>,
    /// Kinds of layer.
    pub kinds: Vec<Word>,
    /// Activations.
    pub activations: Vec<Word>,
    /// Losses.
    pub losses: Vec<Word>,
    /// What may stand behind: `nobias`, `reduce=…`.
    pub options: Vec<Word>,
    /// Specs to start from.
    pub templates: Vec<Template>,
}

/// A word of the language.
#[derive(Clone, Debug, Serialize)]
pub struct Word {
    /// As a spec writes it.
    pub word: String,
    /// What it means, in a sentence.
    pub said: String,
}

/// A spec to start from.
#[derive(Clone, Debug, Serialize)]
pub struct Template {
    /// `three-layer`
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// The text.
    pub spec: &'static str,
}
