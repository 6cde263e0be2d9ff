//! Standard output and standard error: closed, full, coloured.

use std::{fs, process::Stdio};

use super::{Run, SPEC, command};

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

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_reported() {
    for arguments in [&["derive", SPEC][..], &[], &["shapes", SPEC]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let run = Run::from(command(arguments).stdout(full).output().unwrap());
        assert_eq!(run.status, 3, "{arguments:?}");
        assert!(run.stderr.contains("cannot write to standard output: no space left on device"), "{}", run.stderr);
    }
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let faulty = ["shapes", "-e", "input X [n, 3]; dense 2 rellu; loss mse"];
    let usage = ["shapes"];
    for arguments in [&faulty[..], &usage] {
        let colored = |options: &[&str], no_color: &str| {
            let output = command(&[arguments, options].concat()).env("NO_COLOR", no_color).output().unwrap();
            Run::from(output).stderr.contains('\u{1b}')
        };
        assert!(!colored(&[], ""), "a pipe is no terminal");
        assert!(colored(&["--color", "always"], "") && colored(&["--color=always"], "1"));
        assert!(!colored(&["--color", "never"], "") && !colored(&["--color", "auto"], "1"));
    }
}
