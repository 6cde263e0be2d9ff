//! The examples in the help texts work.

use std::fs;

use chainrule::pipeline::insight::Options;
use tempfile::TempDir;

use super::{Run, chainrule};
use crate::common::{self, shell};

const COMMANDS: [&str; 12] = [
    "derive",
    "diff",
    "shapes",
    "graph",
    "report",
    "explore",
    "names",
    "verify",
    "grad",
    "insight",
    "completions",
    "man",
];

/// The lines of a help text that begin with the program's name, indented by two.
fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help.split_once("\nExample").expect("examples");
    let lines = examples.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| line.starts_with("chainrule")).map(str::to_owned).collect()
}

/// A folder that is a home, with the files that the examples name.
fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    for (from, to) in [("digits.net", "net.spec"), ("params.safetensors", ""), ("batch.npz", "")] {
        let to = if to.is_empty() { from } else { to };
        fs::copy(common::path("tests/data/digits").join(from), home.path().join(to)).unwrap();
    }
    for table in ["iris.net", "iris.csv"] {
        fs::copy(common::path("tests/data/iris").join(table), home.path().join(table)).unwrap();
    }
    for folder in [".local/share/bash-completion/completions", ".local/share/man/man1"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    home
}

#[cfg(unix)]
#[test]
fn every_example_works() {
    let home = home();
    let program = chainrule(&["--help"]);
    let mut lines = examples(&program.stdout);
    for command in COMMANDS {
        let help = chainrule(&[command, "--help"]);
        let found = examples(&help.stdout);
        assert!(!found.is_empty() && found.iter().all(|line| line.starts_with(&format!("chainrule {command} "))));
        lines.extend(found);
    }
    assert!(lines.len() >= 15, "{lines:?}");
    // What serves until it is stopped is tried where it is stopped.
    lines.retain(|line| !line.starts_with("chainrule explore "));
    for line in &lines {
        let Run { status, stdout, stderr } = shell::run(line, home.path()).into();
        assert_eq!(status, 0, "{line}\n{stdout}{stderr}");
        let is_remark = ["--update", "--target", " -o "].iter().any(|word| line.contains(word));
        assert_eq!(stderr.is_empty(), !is_remark, "{line}\n{stderr}");
        let is_file = line.contains(" -o ") && !line.contains(" grad ");
        let is_silent = is_file || line.contains("--check") || line.contains('>');
        assert_eq!(stdout.is_empty(), is_silent, "{line}\n{stdout}");
    }
    for written in ["net.gradients", "gradients.npz", "net.svg", "net.html", ".local/share/man/man1/chainrule.1"] {
        assert!(fs::metadata(home.path().join(written)).unwrap().len() > 0, "{written}");
    }
}

#[test]
fn every_command_is_in_the_help_and_answers_for_itself() {
    let program = chainrule(&["--help"]).stdout;
    let listed = program.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, [&COMMANDS[..], &["help"]].concat());
    for command in COMMANDS {
        let long = chainrule(&[command, "--help"]);
        let short = chainrule(&[command, "-h"]);
        assert_eq!((long.status, short.status), (0, 0));
        assert_eq!(long.stdout, chainrule(&["help", command]).stdout);
        assert!(short.stdout.lines().all(|line| line.chars().count() <= 100), "{}", short.stdout);
    }
}

/// The help of `insight` names the defaults that hold, as users type numbers.
#[test]
fn defaults_are_those_of_the_program() {
    let Options { dead, saturated, vanishing, exploding, .. } = Options::default();
    let help = chainrule(&["insight", "--help"]).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (option, typed, default) in [
        ("dead", "0.01", dead),
        ("saturated", "0.01", saturated),
        ("vanishing", "1e-3", vanishing),
        ("exploding", "1e3", exploding),
    ] {
        assert_eq!(typed.parse::<f64>().map(f64::to_bits), Ok(default.to_bits()), "{option}");
        let text = help.split(&format!("--{option} <")).nth(1).and_then(|text| text.split(" --").next()).unwrap();
        assert!(text.ends_with(&format!("; by default {typed}")), "{text}");
    }
}
