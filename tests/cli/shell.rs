//! Completions and the manual page, read by the programs that they are for, where these are installed.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use super::{Run, chainrule};

/// What a program says to this input; nothing where it is not installed.
fn read_by(words: &[&str], input: &str) -> Option<Run> {
    let piped = Stdio::piped;
    let mut command = Command::new(words[0]);
    let mut child = command.args(&words[1..]).stdin(piped()).stdout(piped()).stderr(piped()).spawn().ok()?;
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    Some(child.wait_with_output().expect("ends").into())
}

#[test]
fn every_shell_gets_completions_that_it_can_read() {
    let shells: [(&str, &[&str]); 5] = [
        ("bash", &["bash", "-n"]),
        ("elvish", &["elvish", "-compileonly", "/dev/stdin"]),
        ("fish", &["fish", "--no-execute"]),
        ("powershell", &["pwsh", "-NoProfile", "-Command", "[scriptblock]::Create($input) | Out-Null"]),
        ("zsh", &["zsh", "-n"]),
    ];
    for (shell, words) in shells {
        let run = chainrule(&["completions", shell]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        for word in ["derive", "verify", "update"] {
            assert!(run.stdout.contains(word), "{shell} lacks {word}");
        }
        if let Some(read) = read_by(words, &run.stdout) {
            assert_eq!((read.status, read.stderr.as_str()), (0, ""), "{shell}");
        }
    }
}

#[test]
fn bash_completes_commands_and_values() {
    let script = chainrule(&["completions", "bash"]).stdout;
    let complete = |words: &[&str]| {
        let line = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={}\n_chainrule chainrule \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD-1]}}\"\necho \"${{COMPREPLY[@]}}\"\n",
            words.join(" "),
            words.len() - 1
        );
        read_by(&["bash", "--norc"], &line).map(|run| run.stdout.trim().to_owned())
    };
    let Some(commands) = complete(&["chainrule", "de"]) else { return };
    assert_eq!(commands, "derive");
    assert_eq!(complete(&["chainrule", "derive", "--form", "per"]).unwrap(), "per-sample");
    assert_eq!(complete(&["chainrule", "derive", "net.spec", "--upd"]).unwrap(), "--update");
}

#[test]
fn the_manual_page_has_every_command_with_options_and_examples() {
    let page = chainrule(&["man"]);
    assert_eq!((page.status, page.stderr.as_str()), (0, ""));
    assert!(page.stdout.contains("\n.TH chainrule 1 "), "{}", page.stdout);
    let sections: Vec<&str> = page.stdout.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    assert_eq!(
        sections,
        [
            "NAME",
            "SYNOPSIS",
            "OPTIONS",
            "\"OPTIONS OF THE MAIN JOB, WITHOUT A COMMAND\"",
            "NOTES",
            "\"CHAINRULE DERIVE\"",
            "\"CHAINRULE DIFF\"",
            "\"CHAINRULE SHAPES\"",
            "\"CHAINRULE GRAPH\"",
            "\"CHAINRULE REPORT\"",
            "\"CHAINRULE EXPLORE\"",
            "\"CHAINRULE NAMES\"",
            "\"CHAINRULE VERIFY\"",
            "\"CHAINRULE GRAD\"",
            "\"CHAINRULE INSIGHT\"",
            "\"CHAINRULE COMPLETIONS\"",
            "\"CHAINRULE MAN\"",
        ]
    );
    for option in ["wrt", "trials", "params", "check", "update", "plot"] {
        assert!(page.stdout.contains(&format!("\\-\\-{option}")), "{option}");
    }
    if let Some(groff) = read_by(&["groff", "-man", "-ww", "-Kutf8", "-Tutf8"], &page.stdout) {
        assert_eq!((groff.status, groff.stderr.as_str()), (0, ""));
        assert!(groff.stdout.contains("chainrule derive net.spec"));
    }
    if let Some(mandoc) = read_by(&["mandoc", "-Tlint", "-Werror"], &page.stdout) {
        assert_eq!(mandoc.status, 0, "{}", mandoc.stdout);
    }
    assert!(chainrule(&["--version"]).stdout.starts_with("chainrule 0."));
}
