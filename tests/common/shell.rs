//! A line of a shell → what it printed, with the program on its path.

use std::{
    env,
    path::Path,
    process::{Command, Output},
};

/// Runs the line in a folder that is also the home, without wishes about colour.
pub fn run(line: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_chainrule")).parent().expect("a folder");
    let before = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([program.to_owned()].into_iter().chain(env::split_paths(&before))).expect("a path");
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).env("PATH", path).env("HOME", folder);
    for variable in ["CLICOLOR_FORCE", "NO_COLOR"] {
        shell.env_remove(variable);
    }
    shell.output().expect("a shell")
}
