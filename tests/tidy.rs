//! The layers of `src/lib.rs` and the house rules, held against the sources as text.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::common;

/// From the bottom up; those in one row do not see each other.
const LAYERS: [&[&str]; 14] = [
    &["source"],
    &["shape"],
    &["expr"],
    &["catalog"],
    &["spec", "expression"],
    &["network"],
    &["gradient"],
    &["simplify", "evaluate", "cost", "document"],
    &["insight"],
    &["pipeline"],
    &["render"],
    &["report"],
    &["explore"],
    &["facade", "cli"],
];

/// Layers that use less than what is below them.
const ONLY: [(&str, &[&str]); 5] = [
    ("source", &[]),
    ("shape", &["source"]),
    ("spec", &["source", "catalog"]),
    ("expression", &["source", "shape", "expr", "catalog"]),
    ("render", &["document", "shape", "source"]),
];

/// Foreign crates, and the layers that may use them; those that are everyone's are not listed.
const FOREIGN: [(&str, &[&str]); 28] = [
    ("annotate_snippets", &["render"]),
    ("anstream", &["cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["evaluate"]),
    ("egg", &["simplify"]),
    // The server of `explore`: what it answers knows nothing of it.
    ("http_body_util", &["cli"]),
    ("hyper", &["cli"]),
    ("hyper_util", &["cli"]),
    ("libm", &["evaluate"]),
    // Arrays go from the evaluation to a file.
    ("ndarray", &["evaluate", "insight", "pipeline", "report", "explore", "facade"]),
    ("nom", &["spec", "expression"]),
    ("num_rational", &["expr", "evaluate"]),
    ("num_traits", &["evaluate", "insight"]),
    // egg's clock.
    ("quanta", &["simplify"]),
    ("rand", &["evaluate"]),
    ("rand_chacha", &["evaluate", "pipeline"]),
    ("safetensors", &["evaluate"]),
    ("serde", &["cost", "evaluate", "report", "insight", "pipeline", "explore"]),
    ("serde_json", &["report", "cli"]),
    ("similar", &["cli"]),
    ("strsim", &["source"]),
    ("tempfile", &["cli"]),
    ("terminal_size", &["cli"]),
    ("tokio", &["cli"]),
    // What a character is wide: of a formula, and of what a parser names in a message.
    ("unicode_width", &["render", "spec"]),
    ("zip", &["evaluate"]),
];

const EVERYWHERE: [&str; 2] = ["indexmap", "thiserror"];

/// Files, standard output and clocks.
const OUTSIDE: [&str; 9] =
    ["std::fs", "std::env", "std::process", "Instant", "SystemTime", "println!", "eprintln!", "print!(", "eprint!("];

const MAX_LINES: usize = 400;
const MAX_FUNCTION: usize = 60;

/// A source file: its path below `src`, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The folder, or `lib` and `main`.
    fn layer(&self) -> &str {
        self.path.split('/').next().expect("never empty").trim_end_matches(".rs")
    }

    /// The text without comments, which may link to anything.
    fn code(&self) -> String {
        let code = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.collect::<Vec<_>>().join("\n")
    }

    /// How many modules the file's own is inside of the crate.
    fn depth(&self) -> usize {
        self.path.trim_end_matches("/mod.rs").split('/').count()
    }
}

fn sources() -> Vec<File> {
    let mut files = Vec::new();
    let root = common::path("src");
    for path in rust_files(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        files.push(File { path, text });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first names behind every `start`, also of a group in braces.
fn names_behind(code: &str, start: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, _) in code.match_indices(start) {
        // In a macro `$crate::` names what users see.
        if code[..at].ends_with(|c: char| letter(c) || c == '$') {
            continue;
        }
        let rest = &code[at + start.len()..];
        if !rest.starts_with('{') {
            names.insert(rest.chars().take_while(|c| letter(*c)).collect());
            continue;
        }
        let (mut depth, mut name, mut done) = (0, String::new(), false);
        for c in rest.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            match c {
                _ if depth == 0 => break,
                ',' if depth == 1 => {
                    names.insert(std::mem::take(&mut name));
                    done = false;
                }
                c if depth == 1 && letter(c) && !done => name.push(c),
                _ => done = !name.is_empty(),
            }
        }
        names.insert(name);
    }
    names.remove("");
    names
}

/// The layers that `layer` may use.
fn allowed(layer: &str) -> BTreeSet<&'static str> {
    if let Some((_, only)) = ONLY.iter().find(|(name, _)| *name == layer) {
        return only.iter().copied().collect();
    }
    LAYERS.iter().take_while(|row| !row.contains(&layer)).copied().flatten().copied().collect()
}

/// What a file uses that it must not, a sentence each.
fn misuses(file: &File) -> Vec<String> {
    let (layer, code) = (file.layer(), file.code());
    if layer == "lib" || layer == "main" {
        return Vec::new();
    }
    let (mut faults, allowed) = (Vec::new(), allowed(layer));
    // The binary reaches the library by its name.
    let used = names_behind(&code, "crate::").into_iter().chain(names_behind(&code, "chainrule::"));
    for used in used.filter(|used| used != layer && !allowed.contains(used.as_str())) {
        faults.push(format!("{}: {layer} must not use {used}", file.path));
    }
    let up = "super::".repeat(file.depth().max(2));
    if code.contains(&up) {
        faults.push(format!("{}: a path out of {layer} begins with crate::, not {up}", file.path));
    }
    for (name, layers) in FOREIGN {
        let path = code
            .match_indices(&format!("{name}::"))
            .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
        if path && !layers.contains(&layer) {
            faults.push(format!("{}: {layer} must not use {name}, which is for {}", file.path, layers.join(" and ")));
        }
    }
    for outside in OUTSIDE {
        if layer != "cli" && code.contains(outside) {
            faults.push(format!("{}: {layer} must not use {outside}, which is for cli", file.path));
        }
    }
    faults
}

/// Functions with more lines than allowed. The code is formatted, so that a function ends where its first line's
/// indent comes back.
fn long_functions(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut faults = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let mut words = line.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '(' || c == ')'));
        let is_function = words.by_ref().take(4).any(|word| word == "fn") && !line.trim_start().starts_with("//");
        if is_function && !line.ends_with(['}', ';']) {
            let end = lines[start..].iter().position(|line| *line == format!("{indent}}}"));
            let length = end.map_or(0, |end| end + 1);
            if length > MAX_FUNCTION {
                faults.push(format!("{}:{}: a function of {length} lines", file.path, start + 1));
            }
        }
    }
    faults
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_layer_uses_what_is_below_it() {
    none(&sources().iter().flat_map(misuses).collect::<Vec<_>>());
}

#[test]
fn every_folder_has_its_layer() {
    let known: BTreeSet<&str> = LAYERS.iter().copied().flatten().copied().chain(["lib", "main"]).collect();
    let files = sources();
    assert_eq!(files.iter().map(File::layer).collect::<BTreeSet<_>>(), known);
    let row = |row: &&[&str]| if let [one] = row { (*one).to_string() } else { format!("{{{}}}", row.join(", ")) };
    let order = LAYERS.iter().map(row).collect::<Vec<_>>().join(" < ");
    assert!(common::read("src/lib.rs").contains(&format!("`{order}`")), "src/lib.rs does not say {order}");
}

#[test]
fn every_foreign_crate_has_its_place() {
    let manifest = common::read("Cargo.toml");
    let dependencies = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = dependencies.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name.replace('-', "_"));
    let known = FOREIGN.iter().map(|(name, _)| *name).chain(EVERYWHERE).map(str::to_string);
    assert_eq!(names.collect::<BTreeSet<_>>(), known.collect::<BTreeSet<_>>());
    let files = sources();
    for (name, layers) in FOREIGN {
        for layer in layers {
            let used = files.iter().any(|file| file.layer() == *layer && file.code().contains(&format!("{name}::")));
            assert!(used, "{layer} does not use {name} any more");
        }
    }
}

/// The signatures of a file's public functions, constants and fields, each on one line.
fn signatures(file: &File) -> Vec<String> {
    let code = file.code();
    let signature = |at: usize| {
        let rest = &code[at..];
        let is_field =
            !["pub fn", "pub const", "pub type", "pub struct", "pub enum"].iter().any(|s| rest.starts_with(s));
        let ends: &[char] = if is_field { &[',', '{', ';'] } else { &['{', ';'] };
        rest[..rest.find(ends).unwrap_or(rest.len())].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let starts = code.match_indices("pub ").map(|(at, _)| at);
    starts.map(signature).filter(|signature| !signature.starts_with("pub use")).collect()
}

/// The types that a file imports from foreign crates other than ndarray, and from inner layers.
fn inner_types(code: &str) -> BTreeSet<String> {
    let foreign = FOREIGN.iter().map(|(name, _)| *name).chain(EVERYWHERE).filter(|name| *name != "ndarray");
    let mut types: BTreeSet<String> = foreign.flat_map(|name| names_behind(code, &format!("{name}::"))).collect();
    for (at, _) in code.match_indices("use crate::") {
        let import = code[at..].split(';').next().unwrap_or_default();
        types.extend(words(import).filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned));
    }
    types
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The types that `src/lib.rs` hands on.
fn public_types() -> BTreeSet<String> {
    let lib = common::read("src/lib.rs");
    let exports = lib.split("pub use facade::{").nth(1).and_then(|rest| rest.split('}').next()).expect("exports");
    words(exports).map(str::to_owned).collect()
}

/// What the public signatures of a file name that users should not see.
fn leaks(file: &File) -> Vec<String> {
    let mut hidden = &inner_types(&file.code()) - &public_types();
    hidden.extend(FOREIGN.iter().map(|(name, _)| *name).chain(EVERYWHERE).map(str::to_owned));
    hidden.remove("ndarray");
    let mut faults = Vec::new();
    for signature in signatures(file) {
        let leak = words(&signature).find(|word| hidden.contains(*word));
        faults.extend(leak.map(|leak| format!("{}: {leak} in `{signature}`", file.path)));
    }
    faults
}

#[test]
fn the_interface_names_no_foreign_type_but_arrays() {
    let files = sources();
    let facade: Vec<&File> = files.iter().filter(|file| file.layer() == "facade").collect();
    assert!(facade.iter().map(|file| signatures(file).len()).sum::<usize>() > 80, "no signatures are found");
    none(&facade.into_iter().flat_map(leaks).collect::<Vec<_>>());
    let uses =
        "use crate::{expr::{Arena, SymbolId}, shape};\nuse indexmap::{IndexMap, IndexSet};\nuse ndarray::Array2;\n";
    let leaks = |code: &str| leaks(&File { path: "facade/a.rs".into(), text: format!("{uses}{code}") }).len();
    assert_eq!(leaks("impl A {\n    pub fn f(&self) -> &IndexMap<u8, u8> {"), 1);
    assert_eq!(leaks("pub fn f(x: egg::Id);\npub fn g(arena: &Arena) {}\npub const X: SymbolId = 0;"), 3);
    assert_eq!(leaks("pub(super) fn f(arena: &Arena) {}\npub fn g(x: &Array2<f64>, shape: &Shape) {}"), 0);
}

/// The types that a file defines.
fn defined(file: &File) -> impl Iterator<Item = String> {
    let code = file.code();
    let of = |keyword: &str| names_behind(&code, keyword).into_iter().collect::<Vec<_>>();
    ["struct ", "enum ", "trait ", "type "].into_iter().flat_map(of).collect::<Vec<_>>().into_iter()
}

/// The types that get inherent methods in a file.
fn extended(file: &File) -> Vec<String> {
    let code = file.code();
    let output_errors =
        code.lines().filter(|line| line.starts_with("impl") && line.ends_with('{') && !line.contains(" for "));
    let name = |head: &str| {
        let rest = head.trim_start_matches("impl");
        // Past the generics.
        let mut depth = 0;
        let start = rest.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0 && c == ' '
        });
        start.and_then(|at| words(&rest[at..]).next().map(str::to_owned))
    };
    output_errors.filter_map(name).collect()
}

/// Inherent methods of a type stand in its layer: what a higher layer does with it is a function.
#[test]
fn methods_stand_with_their_types() {
    let files = sources();
    let here = |layer: &str| -> BTreeSet<String> {
        files.iter().filter(|file| file.layer() == layer).flat_map(defined).collect()
    };
    let mut faults = Vec::new();
    for file in &files {
        let own = here(file.layer());
        let foreign = extended(file).into_iter().filter(|name| !own.contains(name));
        faults.extend(foreign.map(|name| format!("{}: impl {name}, which is of another layer", file.path)));
    }
    none(&faults);
    let file = |text: &str| File { path: "report/a.rs".into(), text: text.into() };
    assert_eq!(extended(&file("impl<'a, W: Write> Flow<'a> {\nimpl Display for A {\nimpl B {")), ["Flow", "B"]);
    assert_eq!(defined(&file("pub struct A<'a> {\nenum B {")).collect::<Vec<_>>(), ["A", "B"]);
}

/// The texts of a file's code that are sentences, five words and more, but reasons for the compiler and for who debugs.
fn sentences(file: &File) -> Vec<String> {
    let code = file.code().replace("'\"'", "");
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let parts: Vec<&str> = code.split('"').collect();
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let texts =
        parts.windows(2).step_by(2).filter(|pair| !pair[0].ends_with("reason = ") && !pair[0].ends_with("expect("));
    texts
        .map(|pair| pair[1])
        .filter(|text| text.split_whitespace().filter(is_word).count() >= 5)
        .map(str::to_owned)
        .collect()
}

/// What is measured and written has no words of its own: these are said in `report`, at the variants of errors, and where
/// the command line explains itself.
#[test]
fn sentences_stand_in_reports_and_errors() {
    let is_silent = |file: &&File| ["cost", "document", "insight", "plot", "render"].contains(&file.layer());
    let files = sources();
    let told =
        |file: &File| sentences(file).into_iter().map(|text| format!("{}: {text}", file.path)).collect::<Vec<_>>();
    let silent = files.iter().filter(is_silent).filter(|file| !file.code().contains("thiserror"));
    none(&silent.flat_map(told).collect::<Vec<_>>());
    let text = "let a = \"this is said in the wrong place\"; let b = \"W1 b1\"; c.expect(\"a name that is there at all times\")";
    assert_eq!(sentences(&File { path: "a.rs".into(), text: text.into() }), ["this is said in the wrong place"]);
}

#[test]
fn only_the_facade_is_documented() {
    let lib = common::read("src/lib.rs");
    let lines: Vec<&str> = lib.lines().collect();
    let modules = lines.windows(2).filter(|pair| pair[1].starts_with("pub mod "));
    none(&modules.filter(|pair| pair[0] != "#[doc(hidden)]").map(|pair| pair[1].to_owned()).collect::<Vec<_>>());
}

#[test]
fn files_and_functions_are_short() {
    let mut faults = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{}: {lines} lines", file.path));
        }
        faults.extend(long_functions(&file));
    }
    none(&faults);
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let mut files = sources();
    for path in rust_files(&common::path("tests")) {
        files.push(File { path: path.display().to_string(), text: fs::read_to_string(&path).unwrap() });
    }
    let silent = files.iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path.clone());
    none(&silent.collect::<Vec<_>>());
}

#[test]
fn no_file_knows_a_machine() {
    let places = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/Us", "ers/"], ["C:", "\\"], ["../sha", "red"]]
        .map(|parts| parts.concat());
    let mut folders: Vec<PathBuf> = ["src", "tests", "snapshots", "grammar", ".ci"].map(common::path).into();
    let mut files: Vec<PathBuf> = ["Cargo.toml", "README.md", "CHANGELOG.md", "deny.toml"].map(common::path).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let mut faults = Vec::new();
    for path in files {
        // Arrays are no text.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for place in places.iter().filter(|place| text.contains(place.as_str())) {
            faults.push(format!("{}: {place}", path.display()));
        }
    }
    none(&faults);
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    let faults = |path: &str, text: &str| misuses(&File { path: path.into(), text: text.into() });
    let one = |path: &str, text: &str, expected: &str| {
        let found = faults(path, text);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?} for {text}");
    };
    one("expr/op.rs", "use crate::network::graph::Network;", "expr must not use network");
    one("spec/mod.rs", "use crate::{\n    shape::{Dim, network},\n    source::Span,\n};", "spec must not use shape");
    one("render/text.rs", "fn f() -> crate::evaluate::Value", "render must not use evaluate");
    one("pipeline/mod.rs", "use crate::report;", "pipeline must not use report");
    one("simplify/mod.rs", "use crate::{expr::Op, render};", "simplify must not use render");
    one("gradient/form/gate.rs", "use super::super::super::network::Forward;", "begins with crate::");
    one("expr/arena.rs", "use egg::Id;", "expr must not use egg, which is for simplify");
    one("pipeline/mod.rs", "fn f() { std::fs::read(path) }", "which is for cli");
    one("render/text.rs", "    println!(\"\")", "println!");
    for fine in
        ["use crate::{shape::Dim, source::Span};", "// crate::network", "use super::op;", "let legg = my_egg::x;"]
    {
        assert_eq!(faults("expr/arena.rs", fine), Vec::<String>::new());
    }
    assert_eq!(faults("gradient/form/gate.rs", "use super::super::GradientError;"), Vec::<String>::new());
    let long =
        format!("impl A {{\n    pub fn f(\n        a: B,\n    ) {{\n{}    }}\n}}\n", "        g();\n".repeat(60));
    assert_eq!(long_functions(&File { path: "a.rs".into(), text: long }).len(), 1);
    let short = "fn f() {\n    g();\n}\n".repeat(100);
    assert_eq!(long_functions(&File { path: "a.rs".into(), text: short }), Vec::<String>::new());
}
