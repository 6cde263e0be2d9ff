//! `derive --general`: a network of one kind of layer → its gradients for any depth.

use chainrule::{
    expr::SymbolId,
    gradient::Derivation,
    network::graph::Network,
    pipeline::{self, Request},
};

use super::{
    args::{Derive, Form, Format},
    error::{CliError, Failure},
    source::Source,
};

/// Forms and formats in which there is no ∏.
///
/// # Errors
/// Such a form or format.
pub fn refuse_what_does_not_fit(arguments: &Derive) -> Result<(), CliError> {
    let forms = "use `--form product`, `layered` or `per-sample`: they are proved for any depth";
    let refused = match (arguments.form, arguments.format) {
        (Form::Chain, _) => Some(("--form chain", forms)),
        (Form::Intuitive, _) => Some(("--form intuitive", forms)),
        (_, Format::Json) => Some(("--format json", "use a format for readers, or leave out `--general`")),
        (Form::Layered | Form::PerSample | Form::Product, _) => None,
    };
    refused.map_or(Ok(()), |(option, help)| Err(CliError::General { option, help }))
}

/// The derivation for any depth, and the variables that `words` name.
///
/// # Errors
/// Layers of several kinds, a variable of one layer, a step that is not proved.
pub fn derive(
    network: &Network,
    request: &Request,
    words: &[String],
    source: &Source,
) -> Result<(Derivation, Vec<SymbolId>), Failure> {
    let failed = |error: pipeline::GeneralError| Failure::Errors(vec![error.diagnostic()], source.clone());
    let derivation = pipeline::derive_general(network, request).map_err(failed)?;
    if let Some(limit) = derivation.limit {
        return Err(CliError::Unsaturated { limit }.into());
    }
    let variables = pipeline::select_general(&derivation, words).map_err(failed)?;
    Ok((derivation, variables))
}
