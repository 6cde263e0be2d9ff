//! Networks with their tables, and faulty ones with the messages they get: two galleries to read.

use chainrule::{network, render, spec};

use crate::common;

/// The specs of a folder under `tests/specs`: name and text, sorted.
fn specs(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(common::path("tests/specs").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "net"))
        .collect();
    files.sort();
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), common::read(path))).collect()
}

#[test]
fn every_valid_spec_has_its_table() {
    let specs = specs("valid");
    assert!(specs.len() >= 14, "only {} networks", specs.len());
    for (name, source) in specs {
        let resolution = network::resolve(&spec::parse(&source).expect(&name), &[]);
        let messages = common::rendered(&resolution.diagnostics, &source, &name);
        assert!(messages.is_empty() && resolution.network.is_some(), "{messages}");
        common::snapshot("shapes", &name, &format!("{}\n\n{}", source.trim_end(), render::table::shapes(&resolution)));
    }
}

#[test]
fn every_misfit_is_explained() {
    let specs = specs("shape_error");
    assert!(specs.len() >= 40, "only {} faulty networks", specs.len());
    for (name, source) in specs {
        let resolution = network::resolve(&spec::parse(&source).expect(&name), &[]);
        let messages = common::rendered(&resolution.diagnostics, &source, &format!("{name}.net"));
        assert_eq!(resolution.network.is_some(), name.starts_with("warning"), "{messages}");
        common::snapshot("shape_error", &name, &format!("{}\n\n{messages}", source.trim_end()));
    }
}
