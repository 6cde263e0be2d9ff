//! Words of the command line → [`Outcome`]: the only part that reads files, prints, or knows of a terminal.

mod args;
mod check;
mod conflicts;
mod data;
mod demo;
mod derive;
mod diff;
mod error;
#[cfg(feature = "explore")]
mod explore;
mod files;
mod foreign;
mod general;
mod grad;
mod graph;
mod insight;
mod names;
mod output;
mod plots;
mod progress;
mod report;
mod second;
mod shapes;
mod shell;
mod source;
mod unused_options;
mod values;
mod verify;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use chainrule::source::{Kind, Severity, printable};
use clap::{
    ArgMatches, ColorChoice, CommandFactory, FromArgMatches, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};

use args::{Arguments, Command};
use error::{CliError, Failure};
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
    let words: Vec<OsString> = env::args_os().collect();
    let command = Arguments::command().color(color(&words));
    let names = || command.get_subcommands().map(clap::Command::get_name);
    let asked = words.iter().skip(1).find_map(|word| names().find(|name| *word == **name));
    let parsed = match parse(&command, words.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return usage(error, &command, asked.unwrap_or_default()),
    };
    let mut output = Output::new(parsed.0.color);
    let result = as_stored(&command, words, parsed, &mut output)
        .and_then(|arguments| execute(&arguments, &mut output))
        .and_then(|outcome| {
            output.out.flush()?;
            Ok(outcome)
        });
    match result {
        Ok(outcome) => outcome,
        Err(failure) => report(failure, &mut output),
    }
}

/// The arguments; of a comparison with those options that the file was stored with, if no others are given.
fn as_stored(
    command: &clap::Command,
    line: Vec<OsString>,
    (mut arguments, matches): (Arguments, ArgMatches),
    output: &mut Output,
) -> Result<Arguments, Failure> {
    let Some(check) = arguments.check() else { return Ok(arguments) };
    check.words = check::words(command, &matches).unwrap_or_default();
    let Some((line, stored)) = check::with_stored(check, line, output)? else { return Ok(arguments) };
    let unknown = check::unknown(check);
    let parsed =
        parse(command, line).ok().filter(|(_, matches)| check::words(command, matches).as_ref() == Some(&stored));
    let (mut arguments, _) = parsed.ok_or(unknown)?;
    if let Some(check) = arguments.check() {
        check.words = stored;
    }
    Ok(arguments)
}

fn parse(command: &clap::Command, words: Vec<OsString>) -> Result<(Arguments, ArgMatches), clap::Error> {
    let matches = command.clone().try_get_matches_from(words)?;
    Ok((Arguments::from_arg_matches(&matches)?, matches))
}

fn execute(arguments: &Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    if let Some(option) = arguments.page.given().filter(|_| arguments.command.is_some()) {
        return Err(CliError::BeforeCommand { option }.into());
    }
    match &arguments.command {
        None => demo::run(&arguments.page, output),
        Some(Command::Derive(arguments)) => derive::run(arguments, output),
        Some(Command::Diff(arguments)) => diff::run(arguments, output),
        Some(Command::Shapes(arguments)) => shapes::run(arguments, output),
        Some(Command::Graph(arguments)) => graph::run(arguments, output),
        Some(Command::Report(arguments)) => report::run(arguments, output),
        #[cfg(feature = "explore")]
        Some(Command::Explore(arguments)) => explore::run(arguments, output),
        Some(Command::Names(arguments)) => names::run(arguments, output),
        Some(Command::Completions(arguments)) => shell::completions(arguments, output),
        Some(Command::Man) => shell::man(output),
        Some(Command::Verify(arguments)) => verify::run(arguments, output),
        Some(Command::Grad(arguments)) => grad::run(arguments, output),
        Some(Command::Insight(arguments)) => insight::run(arguments, output),
    }
}

/// What `--color` says, even where the rest is wrong usage: that is said in colour, or not.
fn color(words: &[OsString]) -> ColorChoice {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).find_map(|pair| (pair[0] == "--color").then(|| &*pair[1]));
    joined.or(apart).and_then(|word| ColorChoice::from_str(word, false).ok()).unwrap_or_default()
}

/// `--help` and `--version` are answers, all else is wrong usage.
fn usage(mut error: clap::Error, commands: &clap::Command, command: &str) -> Outcome {
    let forgotten = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if Path::new(word).is_file() => Some(word.clone()),
        Some(_) | None => None,
    };
    if let Some(spec) = forgotten {
        let tip = format!("the gradients of this network: chainrule derive {}", printable(&spec));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    if let Some(tip) = foreign::missing(&error, command) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if let Some(tip) = foreign::tip(&error, command).or_else(|| foreign::elsewhere(&error, commands)) {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedValue);
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if error.kind() == ErrorKind::UnknownArgument {
        // No command takes what looks like an option as a value.
        error.remove(ContextKind::Suggested);
    }
    make_printable(&mut error);
    let printed = error.print().and_then(|()| io::stdout().flush());
    match printed {
        _ if error.use_stderr() => Outcome::Failed(2),
        Ok(()) => Outcome::Done,
        Err(failed) => report(failed.into(), &mut Output::new(ColorChoice::Auto)),
    }
}

/// What was typed is shown without what steers a terminal.
fn make_printable(error: &mut clap::Error) {
    let text = |(kind, value): (ContextKind, &ContextValue)| {
        let ContextValue::String(text) = value else { return None };
        Some((kind, printable(text).into_owned()))
    };
    let said: Vec<(ContextKind, String)> = error.context().filter_map(text).collect();
    for (kind, text) in said {
        error.insert(kind, ContextValue::String(text));
    }
}

fn report(failure: Failure, output: &mut Output) -> Outcome {
    match failure {
        Failure::ClosedPipe if output.differs => Outcome::Differs,
        Failure::ClosedPipe => Outcome::Done,
        Failure::Errors(diagnostics, source) => {
            let first = diagnostics.iter().find(|message| message.severity == Severity::Error);
            let kind = first.map_or(Kind::Spec, |error| error.kind);
            // What was printed so far comes first, if it can; if it cannot, that may be the very failure.
            let _ = output.out.flush();
            output.say(&diagnostics, &source);
            Outcome::Failed(kind.status())
        }
    }
}
