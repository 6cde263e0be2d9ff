//! `derive --general`: a network of one kind of layer → its gradients for any depth.

use chainrule::{
    expr::SymbolId,
    gradient::Derivation,
    network::graph::Network,
    pipeline::{self, GeneralError, Request},
};

use super::{
    args::{Derive, Form},
    error::{CliError, Failure},
    source::Source,
};

/// Forms in which there is no ∏.
///
/// # Errors
/// Such a form.
pub fn refuse_what_does_not_fit(arguments: &Derive) -> Result<(), CliError> {
    let forms = "use `--form product`, `layered` or `per-sample`: they are proved for any depth";
    let refused = match arguments.form {
        Form::Chain => Some("--form chain"),
        Form::Intuitive => Some("--form intuitive"),
        Form::Layered | Form::PerSample | Form::Product => None,
    };
    refused.map_or(Ok(()), |option| Err(CliError::General { option, help: forms }))
}

/// The derivation for any depth.
///
/// # Errors
/// Layers of several kinds, a step that is not proved, a limit.
pub fn derive(network: &Network, request: &Request, source: &Source) -> Result<Derivation, Failure> {
    let derivation = pipeline::derive_general(network, request).map_err(|error| failed(&error, source))?;
    Ok(pipeline::finished(derivation)?)
}

/// The variables that `words` name.
///
/// # Errors
/// A variable of one layer.
pub fn select(derivation: &Derivation, words: &[String], source: &Source) -> Result<Vec<SymbolId>, Failure> {
    pipeline::select_general(derivation, words).map_err(|error| failed(&error, source))
}

fn failed(error: &GeneralError, source: &Source) -> Failure {
    Failure::Errors(vec![error.diagnostic()], source.clone())
}
