//! Every network of `tests/specs/valid` in every form and format, and the error of every pair of activation and loss: to read.

use std::{collections::BTreeSet, fs};

use chainrule::{
    catalog::loss::Reduction,
    document::typeset::Typesetter,
    expr::SymbolId,
    gradient::{Derivation, Form},
    network::{self, graph::Network},
    pipeline::{Request, derive},
    render::{Format, Style},
    report, spec,
};

use crate::{common, concrete::LOSSES};

/// Name of the snapshot, form, and whether activations are written out.
pub const FORMS: [(&str, Form, bool); 7] = [
    ("product", Form::Product, false),
    ("product-expanded", Form::Product, true),
    ("layered", Form::Layered, false),
    ("per-sample", Form::PerSample, false),
    ("per-sample-expanded", Form::PerSample, true),
    ("chain", Form::Chain, false),
    ("intuitive", Form::Intuitive, false),
];

/// What a snapshot's name ends with, and its format.
const FORMATS: [(&str, Format); 4] =
    [("", Format::Text), (".ascii", Format::Ascii), (".latex", Format::Latex), (".typst", Format::Typst)];

/// The networks, by name, with their text.
pub fn networks() -> Vec<(String, String)> {
    let files = fs::read_dir(common::path("tests/specs/valid")).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), common::read(format!("tests/specs/valid/{name}.net")))).collect()
}

/// The network that a text describes.
pub fn resolved(source: &str) -> Network {
    let spec = spec::parse(source).unwrap_or_else(|errors| panic!("{}", common::rendered(&errors, source, "spec")));
    let resolution = network::resolve(&spec, &[]);
    resolution.network.unwrap_or_else(|| panic!("{}", common::rendered(&resolution.diagnostics, source, "spec")))
}

/// W₁, b₁, …, X.
pub fn parameters_and_input(derivation: &Derivation) -> Vec<SymbolId> {
    let forward = &derivation.forward;
    forward.parameters.iter().copied().chain([forward.input()]).collect()
}

/// What `derive` prints at 100 columns.
pub fn page(derivation: &Derivation, variables: &[SymbolId], format: Format) -> String {
    Style::new(format).page(&report::gradients(derivation, variables, false))
}

#[test]
fn every_network_in_every_form_and_format() {
    for (name, source) in networks() {
        let network = resolved(&source);
        for (file, form, expand) in FORMS {
            let derivation = derive(&network, &Request { expand, ..Request::new(form) }).unwrap();
            assert_eq!(derivation.limit, None, "{name} {file} is not saturated");
            for (ending, format) in FORMATS {
                let text = page(&derivation, &parameters_and_input(&derivation), format);
                let text = format!("{}\n\n{text}", source.trim_end());
                common::snapshot(&format!("gradients/{name}"), &format!("{file}{ending}"), text.trim_end());
            }
        }
    }
}

/// The error of a one-layer network: whether it absorbs the activation, Δ_L, and what that took.
fn head(activation: &str, loss: &str, reduce: &str, distributions: bool) -> String {
    let network = resolved(&format!("input X [n, f0]; dense f1 {activation}; loss {loss} reduce={reduce}"));
    let derivation = derive(&network, &Request { distributions, ..Request::new(Form::Layered) }).unwrap();
    assert_eq!(derivation.limit, None, "{activation} {loss} {reduce} is not saturated");
    let arena = &derivation.forward.arena;
    let fused = if derivation.head().is_fused(arena) { "fused" } else { "" };
    let formula = Style::new(Format::Text).inline(&Typesetter::new(arena).formula(derivation.head().by_pre_activation));
    let assumed = if derivation.assumes_distributions { "rows of Y sum to 1" } else { "" };
    format!(
        "{activation:10} | {loss:8} | {reduce:8} | {fused:5} | {formula:90} | {:4} nodes, {:2} rounds | {assumed}",
        derivation.effort.nodes, derivation.effort.rounds
    )
}

#[test]
fn every_pair_has_its_error() {
    let mut lines = Vec::new();
    for activation in crate::common::activations() {
        for loss in LOSSES {
            for (reduce, _) in Reduction::TABLE {
                lines.push(head(activation.name, loss, reduce, false));
                if loss == "cce" && activation.name == "softmax" {
                    lines.push(head(activation.name, loss, reduce, true));
                }
            }
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end_matches(['|', ' '])).collect();
    common::snapshot("", "heads", &lines.join("\n"));
}

#[test]
fn the_canonical_pairs_fuse() {
    for (activation, loss) in [("linear", "half_mse"), ("sigmoid", "bce"), ("softmax", "cce"), ("exp", "poisson")] {
        for (reduce, error) in [("samples", "(Ŷ − Y)/n"), ("elements", "(Ŷ − Y)/(n·f1)"), ("sum", "Ŷ − Y")] {
            let line = head(activation, loss, reduce, true);
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(columns[3..5], ["fused", error], "{line}");
        }
    }
}

#[test]
fn every_snapshot_has_its_network() {
    let folders = fs::read_dir(common::path("snapshots/gradients")).unwrap();
    let found: BTreeSet<String> = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, networks().into_iter().map(|(name, _)| name).collect());
}
