//! `completions` and `man`: what a shell and a system want to know of the command line.

use std::io::Write;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{
    Outcome,
    args::{Arguments, Completions},
    error::Failure,
    output::Output,
};

/// Prints the script that completes words in a shell.
///
/// # Errors
/// Standard output cannot be written.
pub fn completions(arguments: &Completions, output: &mut Output) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "chainrule", &mut script);
    output.out.write_all(&script)?;
    Ok(Outcome::Done)
}

/// Prints the manual page, the commands with their options on the same page.
///
/// # Errors
/// Standard output cannot be written.
pub fn man(output: &mut Output) -> Result<Outcome, Failure> {
    let mut command = Arguments::command();
    command.build();
    let page = Man::new(command.clone());
    page.render(&mut output.out)?;
    Ok(Outcome::Done)
}
