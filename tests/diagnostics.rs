//! Each faulty spec of `tests/specs/parse_error` with the messages it gets: a gallery to read.

use std::fs;

use chainrule::{
    render,
    source::{Diagnostic, Kind, Span},
    spec,
};
use proptest::prelude::*;

use crate::common;

#[test]
fn every_faulty_spec_is_explained() {
    let mut files: Vec<_> = fs::read_dir(common::path("tests/specs/parse_error"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "net"))
        .collect();
    files.sort();
    assert!(files.len() >= 25, "only {} faulty specs", files.len());
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let source = common::read(&file);
        let diagnostics = spec::parse(&source).expect_err(name);
        let messages = common::rendered(&diagnostics, &source, &format!("{name}.net"));
        common::snapshot("parse_error", name, &format!("{}\n\n{messages}", source.trim_end()));
    }
}
