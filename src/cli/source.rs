//! The words that name a spec → its text, and the network that it means.

use std::path::Path;

use chainrule::{
    network::{self, Resolution, graph::Network},
    source::{Diagnostic, Severity},
    spec,
};

use super::{
    args::{SpecArguments, SpecText},
    error::{CliError, Failure},
    files,
    output::Output,
};

/// A spec as text, and what the user calls it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// A path, `-` or `-e`.
    pub origin: String,
    /// The text.
    pub text: String,
}

impl Source {
    /// Reads a file, standard input, or the command line itself.
    ///
    /// # Errors
    /// A file that cannot be read, or that is too large or no text.
    pub fn read(argument: &SpecText) -> Result<Self, Failure> {
        let (origin, bytes) = match (&argument.text, &argument.path) {
            (Some(text), _) if is_path(text) => return Err(CliError::TextIsPath { path: text.clone() }.into()),
            (Some(text), _) => ("-e".into(), text.clone().into_bytes()),
            (None, path) => {
                let path = path.as_deref().unwrap_or(Path::new("-"));
                (files::name(path), files::spec(path)?)
            }
        };
        let text = spec::decode(&bytes)?.to_owned();
        Ok(Self { origin, text })
    }

    /// What the spec means; errors of meaning are in the result.
    ///
    /// # Errors
    /// Text that is no spec.
    pub fn resolve(&self, bindings: &[(String, u64)]) -> Result<Resolution, Failure> {
        let spec = spec::parse(&self.text).map_err(|errors| self.failure(errors))?;
        Ok(network::resolve(&spec, bindings))
    }

    /// Says what names of other tools were read as.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn say_aliases(&self, output: &mut Output) -> Result<(), Failure> {
        let aliases = spec::parse(&self.text).map(|spec| spec::aliases(&spec)).unwrap_or_default();
        if aliases.is_empty() {
            return Ok(());
        }
        let read: Vec<String> = aliases.iter().map(|(word, name)| format!("`{word}` as `{name}`")).collect();
        output.remark(&format!("{}: read {}", self.origin, read.join(", ")))
    }

    /// These messages are about this text.
    #[must_use]
    pub fn failure(&self, diagnostics: Vec<Diagnostic>) -> Failure {
        Failure::Errors(diagnostics, self.clone())
    }
}

/// Whether what should be a spec is the name of a file: no spec is one word.
fn is_path(text: &str) -> bool {
    let path = Path::new(text);
    path.is_file() || !text.contains(char::is_whitespace) && path.extension().is_some()
}

/// The network of a spec; warnings are printed.
///
/// # Errors
/// No text, no spec, or shapes that do not fit.
pub fn network(arguments: &SpecArguments, output: &mut Output) -> Result<(Network, Source), Failure> {
    let source = Source::read(&arguments.text)?;
    let mut network = meant(&source, &arguments.bindings, output)?;
    network.layout = arguments.layout.unwrap_or(network.layout);
    Ok((network, source))
}

/// The network that a text means; warnings are printed.
///
/// # Errors
/// No spec, or shapes that do not fit.
pub fn meant(source: &Source, bindings: &[(String, u64)], output: &mut Output) -> Result<Network, Failure> {
    let Resolution { network, diagnostics, .. } = source.resolve(bindings)?;
    match network {
        Some(network) if diagnostics.iter().all(|message| message.severity == Severity::Warning) => {
            output.messages(&diagnostics, source)?;
            source.say_aliases(output)?;
            Ok(network)
        }
        Some(_) | None => Err(source.failure(diagnostics)),
    }
}
