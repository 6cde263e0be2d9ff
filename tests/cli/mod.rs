//! The program as users run it: results, messages and exit statuses of every command.

mod arrays;
mod check;
mod derive;
mod help;
mod idle;
mod refused;
mod shell;
mod streams;

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::common::{self, snapshot};

pub const SMALL: &str = "input X [n, f0]; dense f1 relu; dense f2; loss half_mse";
pub const SPEC: &str = "tests/specs/valid/three-layer.net";
pub const DIGITS: [&str; 5] = [
    "tests/data/digits/digits.net",
    "--params",
    "tests/data/digits/params.safetensors",
    "--data",
    "tests/data/digits/batch.npz",
];

/// What a run printed, and its exit status.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("no signal");
        Self { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// As a terminal shows it, with the command before it.
    pub fn transcript(&self, arguments: &[&str]) -> String {
        let quoted = |word: &&str| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() };
        let words: Vec<String> = arguments.iter().map(quoted).collect();
        let status = if self.status == 0 { String::new() } else { format!("[status {}]\n", self.status) };
        format!("$ chainrule {}\n{}{}{status}", words.join(" "), self.stdout, self.stderr)
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = as_user(env!("CARGO_BIN_EXE_chainrule"));
    command.args(arguments);
    command
}

/// A program in the top folder, without wishes about what is printed.
fn as_user(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(common::path(""));
    // In a CI even a dumb terminal is taken to show colour.
    for variable in ["CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the program.
pub fn chainrule(arguments: &[&str]) -> Run {
    command(arguments).output().expect("runs").into()
}

fn with_input(arguments: &[&str], input: &[u8]) -> Run {
    let piped = Stdio::piped;
    let mut child = command(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().expect("runs");
    // The program may stop reading early.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends").into()
}

/// A path in a folder, and as the program takes it.
pub fn path(folder: &TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let text = path.to_str().expect("UTF-8").to_owned();
    (path, text)
}

#[test]
fn transcripts() {
    let cases: [(&str, &[&str]); 17] = [
        ("derive", &["derive", SPEC]),
        ("derive_layered", &["derive", SPEC, "--form", "layered", "--expand", "--wrt", "W1,X"]),
        ("derive_chain", &["derive", SPEC, "--form", "chain", "--wrt", "W,X"]),
        ("derive_ascii", &["derive", SPEC, "--format", "ascii", "--width", "60", "--wrt", "W1", "--wrt", "b2"]),
        ("derive_warning", &["derive", "-e", "input X [n, 3]; dense 2 tanh; loss bce", "--wrt", "W1"]),
        ("derive_unknown", &["derive", SPEC, "--wrt", "W12"]),
        ("shapes", &["shapes", SPEC]),
        ("shapes_error", &["shapes", "-e", "input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss half_mse"]),
        ("errors", &["derive", "-e", "input X [n, 3]; dense 2 rellu; loss mse; loss mae"]),
        ("help", &["--help"]),
        ("help_derive", &["derive", "--help"]),
        ("help_shapes", &["shapes", "--help"]),
        ("help_verify", &["verify", "--help"]),
        ("help_grad", &["grad", "--help"]),
        ("help_insight", &["insight", "--help"]),
        ("help_man", &["man", "--help"]),
        ("help_completions", &["completions", "--help"]),
    ];
    for (name, arguments) in cases {
        snapshot("cli", name, &chainrule(arguments).transcript(arguments));
    }
}

#[test]
fn the_main_job_prints_derives_and_verifies() {
    let run = chainrule(&[]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let (formulas, verification) =
        run.stdout.split_once("The derived gradients were compared").expect("a verification");
    snapshot("cli", "main_job", &format!("$ chainrule\n{formulas}"));
    for array in ["X ", "W₁ ", "W₂ ", "W₃ "] {
        assert!(verification.lines().any(|line| line.starts_with(array)), "{verification}");
    }
    let said = verification.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("Verified: the exact formulas (layered, per-sample, summed product) equal the numeric backprop, largest difference"), "{said}");
}

#[test]
fn the_same_command_gives_the_same_bytes() {
    let first = chainrule(&[]).stdout;
    for _ in 1..100 {
        assert_eq!(chainrule(&[]).stdout, first);
    }
}

#[test]
fn a_spec_comes_from_a_file_standard_input_or_the_command_line() {
    let text = common::read(SPEC);
    let file = chainrule(&["derive", SPEC]);
    let input = with_input(&["derive", "-"], text.as_bytes());
    let words = chainrule(&["derive", "-e", &text]);
    assert_eq!((file.status, input.status, words.status), (0, 0, 0));
    assert!(file.stdout == input.stdout && file.stdout == words.stdout);
    for (run, origin) in [
        (with_input(&["shapes", "-"], b"input X [n, 3]; dense 2 rellu; loss mse"), " --> -:1:25\n"),
        (chainrule(&["shapes", "-e", "input X [n, 3]; dense 2 rellu; loss mse"]), " --> -e:1:25\n"),
        (
            chainrule(&["shapes", "tests/specs/shape_error/target_both.net"]),
            " --> tests/specs/shape_error/target_both.net:",
        ),
    ] {
        assert!(run.status == 3 && run.stderr.contains(origin), "{}", run.stderr);
    }
}
