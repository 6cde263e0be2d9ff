//! Words of the command line → [`Outcome`]: the only part that reads files, prints, or knows of a terminal.

mod args;
mod check;
mod derive;
mod error;
mod files;
mod output;
mod shapes;
mod shell;
mod source;
mod variables;

use std::{io::Write, process::ExitCode};

use chainrule::source::Severity;
use clap::{ColorChoice, Parser};

use args::{Arguments, Command};
use error::Failure;
use output::Output;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done, and holds.
    Done,
    /// A check did not hold, or a stored output differs.
    Differs,
    /// Errors were reported; this is the status of the first.
    Failed(u8),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Differs => 1,
            Outcome::Failed(status) => status,
        })
    }
}

/// Does what the command line says. Messages go to standard error; a closed pipe ends quietly.
#[must_use]
pub fn run() -> Outcome {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let mut output = Output::new(arguments.color);
    let result = execute(&arguments, &mut output).and_then(|outcome| {
        output.out.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(outcome) => outcome,
        Err(failure) => report(failure, &mut output),
    }
}

fn execute(arguments: &Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    match &arguments.command {
        None => Ok(Outcome::Done),
        Some(Command::Derive(arguments)) => derive::run(arguments, output),
        Some(Command::Shapes(arguments)) => shapes::run(arguments, output),
        Some(Command::Completions(arguments)) => shell::completions(arguments, output),
        Some(Command::Man) => shell::man(output),
        Some(Command::Grad(_)) => Ok(Outcome::Done),
    }
}

/// `--help` and `--version` are answers, all else is wrong usage.
fn usage(error: &clap::Error) -> Outcome {
    // Whoever asked has gone if it cannot be printed.
    let _ = error.print();
    if error.use_stderr() { Outcome::Failed(2) } else { Outcome::Done }
}

fn report(failure: Failure, output: &mut Output) -> Outcome {
    match failure {
        Failure::ClosedPipe => Outcome::Done,
        Failure::Errors(diagnostics, source) => {
            let first = diagnostics.iter().find(|message| message.severity == Severity::Error);
            let status = first.map_or(0, |error| error.kind.status());
            match output.messages(&diagnostics, &source) {
                Err(Failure::ClosedPipe) | Ok(()) | Err(Failure::Errors(..)) => Outcome::Failed(status),
            }
        }
    }
}
