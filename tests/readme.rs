//! README's commands, run as written in a folder with the files that it names: they print what README prints.

use std::{fs, path::Path};

use snapbox::{Assert, IntoData};
use tempfile::TempDir;

use crate::common::{self, shell};

/// Commands that are not run, each with the command that prints the same, if there is one. They build.
const EXEMPT: [(&str, Option<&str>); 4] = [
    ("cargo run --release", Some("chainrule")),
    ("cargo test", None),
    // It serves until it is stopped.
    ("chainrule explore three-layer.net --open", None),
    ("cargo install --path .", None),
];

/// A command and what it prints.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    output: String,
}

/// The texts of the blocks in this language.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let Some(found) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if found == language {
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

/// What stands behind each `$ ` of a block, up to the next.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.into(), output: String::new() }),
            (None, Some(step)) => step.output.extend([line, "\n"]),
            (None, None) => panic!("a block of commands begins with one: {line}"),
        }
    }
    steps
}

/// Runs a command, both streams together as a terminal shows them, after one that ended with `status`.
fn run(command: &str, status: i32, folder: &Path) -> (i32, String) {
    let output = shell::run(&format!("exec 2>&1; (exit {status}); {command}"), folder);
    (output.status.code().expect("no signal"), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The files that README names: the spec that it shows, and the digits.
fn folder(readme: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["three-layer.net", "residual.net"] {
        let is_it = |block: &String| block.starts_with(&format!("# {name}\n"));
        let spec = blocks(readme, "text").into_iter().find(is_it).expect("a spec");
        fs::write(folder.path().join(name), spec).unwrap();
    }
    for name in ["digits.net", "params.safetensors", "batch.npz"] {
        fs::copy(common::path("tests/data/digits").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// With wildcards for the figures that the processor decides, and for nothing else.
///
/// Where a processor has fused multiply-add, matrix products round once a term, else twice: the differences between
/// formulas that are equal, and from central differences, are then other figures of the same size. The errors of the
/// mean gates are no rounding and stay, as do ten digits of the loss.
fn pattern(output: &str) -> String {
    let mut header = None;
    let mut lines = Vec::new();
    // The verdict may go over several lines.
    let mut verdict = None;
    for line in output.lines() {
        header = if line.starts_with("array ") { Some(line) } else { header.filter(|_| !line.is_empty()) };
        verdict = if line.starts_with("Verified: ") { Some(()) } else { verdict.filter(|()| line.starts_with("   ")) };
        lines.push(match (header, verdict) {
            (Some(header), _) if header != line => row(line, header),
            (None, Some(())) => words(line),
            (Some(_) | None, _) => line.to_owned(),
        });
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// Of a row of `verify`'s table the array with its shape, and, below the last word of the header, the mean gates.
fn row(line: &str, header: &str) -> String {
    let shape = header.find("shape").expect("shapes") + "shape".len();
    let gates = line.split(' ').next_back().filter(|_| line.chars().count() == header.chars().count());
    format!("{}[..]{}", line.chars().take(shape).collect::<String>(), gates.unwrap_or_default())
}

/// A part of the verdict: of the difference nothing, of the loss ten digits.
fn words(line: &str) -> String {
    let word = |word: &str| match word.find(|c: char| c.is_ascii_digit()) {
        Some(0) if word.contains("e-") && !word.ends_with(");") => "[..]".to_owned(),
        Some(0) if word.len() > 12 => format!("{}[..]", &word[..12]),
        _ => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(unix)]
#[test]
fn every_command_prints_what_readme_prints() {
    let readme = common::read("README.md");
    let folder = folder(&readme);
    let assert = Assert::new().normalize_paths(false);
    let (mut faults, mut ran) = (Vec::new(), 0);
    for block in blocks(&readme, "console") {
        let mut status = 0;
        for Step { command, output } in steps(&block) {
            assert!(status == 0 || command == "echo $?", "the status {status} before `{command}` is not shown");
            let exempt = EXEMPT.iter().find(|(exempt, _)| *exempt == command);
            let command = match exempt {
                Some((_, None)) => continue,
                Some((_, Some(same))) => (*same).to_owned(),
                None => command,
            };
            let (ended, printed) = run(&command, status, folder.path());
            status = ended;
            ran += 1;
            let name = format!("$ {command}");
            if let Err(error) = {
                let [printed, output] = [printed, pattern(&output)].map(|text| format!("{}\n", text.trim_end()));
                assert.try_eq(Some(&name), printed.into_data(), output.into_data())
            } {
                faults.push(error.to_string());
            }
        }
        assert_eq!(status, 0, "the status of the last command is not shown:\n{block}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(ran >= 10, "{ran}");
}

#[cfg(unix)]
#[test]
fn the_recipe_holds() {
    let readme = common::read("README.md");
    let folder = folder(&readme);
    let recipe = "chainrule derive three-layer.net --check net.gradients";
    assert!(readme.contains(&format!("In a CI job the comparison is all there is: `{recipe}`")));
    let run = |options: &str| run(&format!("{recipe}{options}"), 0, folder.path());
    assert_eq!(run("").0, 3, "nothing is stored yet");
    assert_eq!(run(" --update").0, 0);
    assert_eq!(run(""), (0, String::new()));
    let spec = folder.path().join("three-layer.net");
    fs::write(&spec, fs::read_to_string(&spec).unwrap().replace("half_mse", "mse")).unwrap();
    assert_eq!(run("").0, 1);
}

#[test]
fn no_other_document_shows_commands() {
    for name in ["grammar/README.md", "CHANGELOG.md", "tests/data/digits/README.md"] {
        assert_eq!(blocks(&common::read(name), "console"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn blocks_are_read_and_compared_as_they_stand() {
    let markdown = "```console\n$ a | b\n1\n\n2\n$ echo $?\n3\n```\n\n```\n$ c\n```\n";
    let step = |command: &str, output: &str| Step { command: command.into(), output: output.into() };
    assert_eq!(blocks(markdown, "console").len(), 1);
    assert_eq!(steps(&blocks(markdown, "console")[0]), [step("a | b", "1\n\n2\n"), step("echo $?", "3\n")]);
    let table = "array   shape     layered  differences  mean gates\n\
                 W1      6 × 9     4.4e-18      7.2e-12      5.0e-1\n\
                 J      scalar     1.8e-16\n\n\
                 Verified: so, largest difference 1e-16 (allowed 1e-12); J =\n   9.938204211203013.\n";
    let expected = "array   shape     layered  differences  mean gates\n\
                    W1      6 × 9[..]5.0e-1\n\
                    J      scalar[..]\n\n\
                    Verified: so, largest difference [..] (allowed 1e-12); J =\n   9.9382042112[..]\n";
    assert_eq!(pattern(table), expected);
    assert_eq!(pattern("Δ₃ = 0  n\n"), "Δ₃ = 0  n\n");
}
