//! Pages in every format, given to the programs that read them: KaTeX, Typst, a browser, Python.
//!
//! These tests need programs from package registries; `.ci/install` puts them into `target/consumers`, and `.ci/run` runs
//! them with `cargo test -- --include-ignored`.

mod explained;
mod explore;
mod json;
mod latex;
mod page;
mod typst;

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use chainrule::{
    document::Document,
    gradient::Form,
    pipeline::{Request, derive},
    render::{Format, ShapePlace, Style},
    report::{self, gradients::Report},
};
use rand::{
    RngExt, SeedableRng,
    seq::{IndexedRandom, IteratorRandom},
};
use rand_chacha::ChaCha8Rng;

use crate::{
    common,
    concrete::LOSSES,
    gallery::{self, FORMS, parameters_and_input, resolved},
};

/// So many random networks are printed.
const RANDOM: u64 = 200;

/// Names that mean something in one of the formats, or look as if they did.
const NAMES: [&str; 24] = [
    "f1",
    "f_1",
    "f_in",
    "alpha",
    "pi",
    "lt",
    "amp",
    "quot",
    "d_model",
    "hidden_units",
    "_",
    "__a",
    "a_",
    "sum",
    "times",
    "partial",
    "hat",
    "top",
    "begin",
    "dif",
    "oo",
    "RR",
    "none",
    "script",
];

/// The forms of the gallery, and the one with the forward pass before it.
fn forms() -> impl Iterator<Item = (&'static str, Form, bool)> {
    FORMS.into_iter().chain([("layered-expanded", Form::Layered, true)])
}

/// A page, and what it is a page of.
pub struct Printed {
    /// `three-layer-product`, or `random-17-layered-after`.
    pub name: String,
    /// What is printed.
    pub page: String,
    /// How many equations are on it.
    pub equations: usize,
}

/// Where the installed programs are, and what is given to them.
pub fn folder() -> PathBuf {
    common::path("target/consumers")
}

/// Python with the packages of `requirements.txt`.
pub fn python() -> PathBuf {
    folder().join("venv/bin/python")
}

/// All pages of a format: every network of the gallery in every form with every place of shapes, then random networks
/// in one form each.
pub fn pages(format: Format) -> Vec<Printed> {
    pages_in(format, |style| style)
}

/// The same in a style of its own.
pub fn pages_in(format: Format, styled: impl Fn(Style) -> Style) -> Vec<Printed> {
    let mut pages = Vec::new();
    for (name, source) in gallery::networks() {
        for (form_name, form, expand) in forms() {
            for (place, shapes) in
                [("under", ShapePlace::Under), ("none", ShapePlace::None), ("after", ShapePlace::After)]
            {
                let style = styled(Style { shapes, ..Style::new(format) });
                pages.push(printed(format!("{name}-{form_name}-{place}"), &source, (form, expand), &style));
            }
        }
    }
    for seed in 0..RANDOM {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let source = random_spec(&mut rng);
        let (form_name, form, expand) = forms().choose(&mut rng).expect("some");
        let shapes = *[ShapePlace::Under, ShapePlace::None, ShapePlace::After].choose(&mut rng).expect("some");
        let style = styled(Style { shapes, width: rng.random_range(20..150), ..Style::new(format) });
        pages.push(printed(format!("random-{seed}-{form_name}"), &source, (form, expand), &style));
    }
    pages
}

fn printed(name: String, source: &str, (form, expand): (Form, bool), style: &Style) -> Printed {
    let network = resolved(source);
    let derivation = derive(&network, &Request { expand, ..Request::new(form) }).expect("derives");
    let variables = parameters_and_input(&derivation);
    let report = Report::new(&derivation);
    let mut page = Document::default();
    page.source(source);
    // As `derive --form layered --expand` prints it.
    let forward = expand && form == Form::Layered;
    page.blocks.extend(report::gradients(&derivation, &variables, forward).blocks);
    let definitions = if forward { report.forward_definitions().count() } else { 0 };
    let equations = definitions + report.equations(&variables).count();
    Printed { name, page: style.page(&page), equations }
}

/// Up to six layers of any kind, with names that the formats must not misread.
fn random_spec(rng: &mut ChaCha8Rng) -> String {
    let mut names: Vec<&str> = NAMES.to_vec();
    let mut name = |rng: &mut ChaCha8Rng| names.remove(rng.random_range(0..names.len()));
    let (samples, features) = (name(rng), name(rng));
    let input = *["X", "data", "Img_1"].choose(rng).expect("some");
    let (mut spec, mut output) = (format!("input {input} [{samples}, {features}]\n"), String::new());
    for layer in 1..=rng.random_range(1..=6) {
        let label = if rng.random_bool(0.4) { format!("{}: ", name(rng)) } else { String::new() };
        let width = match rng.random_range(0..4) {
            0 => format!("2*({features} + {samples}*3)"),
            1 => rng.random_range(1..1000).to_string(),
            2 => format!("{features}*{features} + 1"),
            _ => format!("w{layer}"),
        };
        let activation = crate::common::activations().collect::<Vec<_>>().choose(rng).expect("some").name;
        let bias = if rng.random_bool(0.4) { " nobias" } else { "" };
        writeln!(spec, "{label}dense {width} {activation}{bias}").expect("memory");
        output = width;
    }
    if rng.random_bool(0.3) {
        writeln!(spec, "target labels [{samples}, {output}]").expect("memory");
    }
    let loss = LOSSES.choose(rng).expect("some");
    let reduce = ["samples", "elements", "sum"].choose(rng).expect("some");
    writeln!(spec, "loss {loss} reduce={reduce}").expect("memory");
    spec
}

/// Writes the pages into a folder of their own, and gives that to a program.
pub fn given_to(command: &mut Command, kind: &str, pages: &[Printed]) -> Output {
    command.arg(written(kind, pages)).current_dir(common::path("")).output().expect("the program of .ci/install runs")
}

/// Writes the pages into a folder of their own.
pub fn written(kind: &str, pages: &[Printed]) -> PathBuf {
    let folder = folder().join("pages").join(kind);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    for page in pages {
        fs::write(folder.join(format!("{}.{kind}", page.name)), &page.page).expect("a file");
    }
    folder
}

/// The last line of what a program printed, once it ended well.
pub fn last_line(output: &Output) -> String {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    stdout.lines().last().unwrap_or_default().to_string()
}

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers").join(name)
}
