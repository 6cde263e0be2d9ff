//! What the package holds, and what it depends on: licences by `deny.toml`, the minimum Rust version, sources, duplicates.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use crate::common;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(common::path("")).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// All packages of the lock file that any platform, feature or test needs, this one among them.
fn packages() -> Vec<Value> {
    let text = cargo(&["metadata", "--locked", "--all-features", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

/// `name@version`, as `deny.toml` writes it.
fn label(package: &Value) -> String {
    format!("{}@{}", text(package, "name"), text(package, "version"))
}

fn deny() -> toml::Table {
    common::read("deny.toml").parse().expect("TOML")
}

/// The strings of a list, under `key` if they stand in tables.
fn strings(list: &toml::Value, key: &str) -> Vec<String> {
    let entries = list.as_array().expect("a list").iter();
    entries.map(|entry| entry.get(key).unwrap_or(entry).as_str().expect("a string").to_owned()).collect()
}

/// The licence as an expression; crates from before SPDX wrote `/` for `OR`.
fn expression(licence: &str) -> Expression {
    Expression::parse_mode(licence, ParseMode::LAX).unwrap_or_else(|error| panic!("{licence}: {error}"))
}

fn is_allowed(licence: &str, allowed: &[Licensee]) -> bool {
    expression(licence).evaluate(|required| allowed.iter().any(|licensee| licensee.satisfies(required)))
}

fn licensees(names: &[String]) -> Vec<Licensee> {
    names.iter().map(|name| Licensee::parse(name).expect("an SPDX licence")).collect()
}

#[test]
fn every_licence_is_allowed_and_every_allowance_needed() {
    let names = strings(&deny()["licenses"]["allow"], "");
    let allowed = licensees(&names);
    let packages = packages();
    for package in &packages {
        assert!(is_allowed(text(package, "license"), &allowed), "{}: {}", label(package), package["license"]);
    }
    for name in &names {
        let others: Vec<String> = names.iter().filter(|other| *other != name).cloned().collect();
        let others = licensees(&others);
        let needed = packages.iter().any(|package| !is_allowed(text(package, "license"), &others));
        // We offer both of ours, whoever needs which.
        assert!(needed || name == "MIT", "no package needs {name}");
    }
}

#[test]
fn licence_expressions_are_read_as_they_are_meant() {
    let allowed = licensees(&["MIT".into(), "Apache-2.0".into()]);
    for fine in ["MIT", "MIT OR GPL-3.0-only", "GPL-3.0-only/MIT", "(MIT OR GPL-2.0-only) AND Apache-2.0"] {
        assert!(is_allowed(fine, &allowed), "{fine}");
    }
    for wrong in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT OR Zlib) AND Zlib", "Apache-2.0 WITH LLVM-exception"] {
        assert!(!is_allowed(wrong, &allowed), "{wrong}");
    }
}

/// `1.88` and `1.88.0` as numbers.
fn version(text: &str) -> [u32; 3] {
    let mut numbers = text.split('.').map(|part| part.parse().expect("a number"));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[test]
fn no_dependency_needs_a_newer_rust() {
    let packages = packages();
    let own = packages.iter().find(|package| text(package, "name") == "chainrule").expect("this package");
    let own_version = version(text(own, "rust_version"));
    assert!(common::read("README.md").contains(&format!("Rust {}", text(own, "rust_version"))));
    for package in &packages {
        if let Some(needed) = package["rust_version"].as_str() {
            assert!(version(needed) <= own_version, "{} needs Rust {needed}", label(package));
        }
    }
}

#[test]
fn every_dependency_comes_from_the_registry() {
    for package in packages().iter().filter(|package| text(package, "name") != "chainrule") {
        assert_eq!(text(package, "source"), REGISTRY, "{}", label(package));
    }
}

#[test]
fn only_stated_crates_come_in_two_versions() {
    let mut versions: BTreeMap<String, Vec<[u32; 3]>> = BTreeMap::new();
    for package in packages() {
        let number = text(&package, "version").split(['-', '+']).next().unwrap_or_default();
        versions.entry(text(&package, "name").into()).or_default().push(version(number));
    }
    let older = versions.iter_mut().flat_map(|(name, versions)| {
        versions.sort_unstable();
        versions.pop();
        versions.iter().map(move |[major, minor, patch]| format!("{name}@{major}.{minor}.{patch}"))
    });
    let stated: BTreeSet<String> = strings(&deny()["bans"]["skip"], "crate").into_iter().collect();
    assert_eq!(older.collect::<BTreeSet<_>>(), stated);
}

#[test]
fn the_package_holds_what_builds_and_explains_the_program() {
    let list = cargo(&["package", "--list", "--locked", "--allow-dirty"]);
    let packed: BTreeSet<&str> = list.lines().filter(|name| *name != ".cargo_vcs_info.json").collect();
    let sources = files_below("src").chain(files_below("grammar"));
    let other =
        ["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
    let expected: BTreeSet<String> = sources.chain(other.map(str::to_owned)).collect();
    assert_eq!(packed, expected.iter().map(String::as_str).collect::<BTreeSet<_>>());
}

/// All files below a folder, by their paths from the top.
fn files_below(folder: &str) -> impl Iterator<Item = String> {
    let mut folders = vec![common::path(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
        .into_iter()
        .map(|path| path.strip_prefix(common::path("")).unwrap().to_str().expect("UTF-8").replace('\\', "/"))
}
