//! What several topics need.

pub mod draw;
pub mod ebnf;
pub mod places;
pub mod shell;

use std::path::{Path, PathBuf};

use chainrule::{render, source::Diagnostic};

/// A path from the top of the repository.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// A text file from the top of the repository.
pub fn read(relative: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(relative);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares `text` with `snapshots/<folder>/<name>.snap`.
pub fn snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The messages about `source`, without colour, as a terminal of 100 columns shows them.
pub fn rendered(diagnostics: &[Diagnostic], source: &str, origin: &str) -> String {
    let texts: Vec<String> =
        diagnostics.iter().map(|diagnostic| render::diagnostic(diagnostic, source, origin, false, 100)).collect();
    texts.join("\n\n")
}

/// The activations of chains: all but those that make a graph of a chain, which are in random graphs.
pub fn activations() -> impl Iterator<Item = chainrule::catalog::activation::Entry> + Clone {
    chainrule::catalog::activation::TABLE.into_iter().filter(|entry| !["prelu", "log_softmax"].contains(&entry.name))
}
