//! Standard output and standard error: closed, full, coloured.

use std::{fs, process::Stdio};

use tempfile::TempDir;

use super::{Run, SPEC, command, path};

#[test]
fn a_closed_pipe_ends_quietly() {
    let long = "input X [n, d]; repeat 300 { dense d relu }; loss mse";
    for arguments in [&["derive", "-e", long][..], &["completions", "bash"], &["man"], &["--help"]] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

/// A check that fails does so whether its result is read or not.
#[test]
fn a_closed_pipe_hides_no_verdict() {
    let (_folder, name) = stored();
    for (arguments, status) in [(&["derive", SPEC, "--check", &name][..], 1), (&["derive", "-e", "dense"], 3)] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.status, status, "{arguments:?} {}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_reported() {
    for arguments in [&["derive", SPEC][..], &[], &["shapes", SPEC], &["--help"], &["derive", "--help"], &["--version"]]
    {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let run = Run::from(command(arguments).stdout(full).output().unwrap());
        assert_eq!(run.status, 3, "{arguments:?}");
        assert!(run.stderr.contains("cannot write to standard output: no space left on device"), "{}", run.stderr);
    }
}

/// What is printed in colour: an error, wrong usage, help, a difference.
fn colourful(differing: &str) -> [Vec<&str>; 4] {
    [
        vec!["shapes", "-e", "input X [n, 3]; dense 2 rellu; loss mse"],
        vec!["shapes"],
        vec!["derive", "--help"],
        vec!["derive", SPEC, "--check", differing],
    ]
}

/// A stored output that differs.
fn stored() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let (file, name) = path(&folder, "stored");
    fs::write(file, "# chainrule derive\nolder\n").unwrap();
    (folder, name)
}

fn is_coloured(run: &Run) -> bool {
    run.stdout.contains('\u{1b}') || run.stderr.contains('\u{1b}')
}

#[test]
fn colour_is_on_demand_where_there_is_no_terminal() {
    let (_folder, stored) = stored();
    for arguments in colourful(&stored) {
        for (options, environment, expected) in [
            (&[][..], &[][..], false),
            (&["--color", "auto"], &[("CLICOLOR", "1")], false),
            (&["--color", "always"], &[("NO_COLOR", "1")], true),
            (&["--color=always"], &[], true),
            (&[], &[("CLICOLOR_FORCE", "1")], true),
            (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
            (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        ] {
            let mut command = command(&[&arguments, options].concat());
            let run = Run::from(command.envs(environment.iter().copied()).output().unwrap());
            assert_eq!(is_coloured(&run), expected, "{arguments:?} {options:?} {environment:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn colour_is_for_terminals() {
    let program = env!("CARGO_BIN_EXE_chainrule");
    // `script` gives its command a terminal.
    let on_terminal = |arguments: &[&str], variable: (&str, &str)| {
        let words: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let line = format!("'{program}' {}", words.join(" "));
        let mut script = super::as_user("script");
        script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env(variable.0, variable.1);
        script.stdin(Stdio::null()).output().ok().map(Run::from)
    };
    let (_folder, stored) = stored();
    for arguments in colourful(&stored) {
        for (variable, expected) in [
            (("UNRELATED", "1"), true),
            (("NO_COLOR", ""), true),
            (("NO_COLOR", "1"), false),
            (("CLICOLOR", "0"), false),
            (("TERM", "dumb"), false),
        ] {
            let Some(run) = on_terminal(&arguments, variable) else { return };
            assert_eq!(is_coloured(&run), expected, "{arguments:?} {variable:?}\n{}", run.stdout);
        }
        assert!(!is_coloured(
            &on_terminal(&[&arguments[..], &["--color=never"]].concat(), ("UNRELATED", "1")).unwrap()
        ));
    }
}
