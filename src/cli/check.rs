//! `--check` and `--update`: a stored output and a new one → what differs, or a stored output that does not.

use std::{io::Write, path::Path};

use clap::builder::styling::{AnsiColor, Style};
use similar::TextDiff;

use super::{
    Outcome,
    args::SpecText,
    error::{CliError, Failure},
    files::{self, MAX_STORED},
    output::Output,
};

/// Refuses a spec as its own stored output.
///
/// # Errors
/// Both are one file.
pub fn distinct(stored: &Path, spec: &SpecText) -> Result<(), CliError> {
    let is_spec = spec.path.as_deref().is_some_and(|spec| files::are_one(stored, spec));
    if is_spec { Err(CliError::ChecksItself { path: files::name(stored) }) } else { Ok(()) }
}

/// Compares what was derived with the output stored at `path`, or brings that up to date.
///
/// # Errors
/// A stored output that is missing, that cannot be read or written, or an output that is too long. The file is as it was.
pub fn run(path: &Path, derived: &str, is_update: bool, output: &mut Output) -> Result<Outcome, Failure> {
    let name = files::name(path);
    if derived.len() as u64 > MAX_STORED {
        return Err(CliError::StoredTooLarge { path: name }.into());
    }
    let stored = files::stored(path)?;
    if is_update {
        return update(path, stored.as_deref(), derived, output);
    }
    let Some(stored) = stored else { return Err(CliError::NoStored { path: name }.into()) };
    if stored == derived {
        return Ok(Outcome::Done);
    }
    print(&stored, &name, derived, output)?;
    output.remark(&format!("{name} differs; to accept what is derived now, repeat the command with --update"))?;
    Ok(Outcome::Differs)
}

/// Writes the file where it has to be written, and says whether it had to.
fn update(path: &Path, stored: Option<&str>, derived: &str, output: &mut Output) -> Result<Outcome, Failure> {
    let is_same = stored == Some(derived);
    if !is_same {
        files::replace(path, derived.as_bytes())?;
    }
    let done = match stored {
        None => "written",
        Some(_) if is_same => "unchanged",
        Some(_) => "updated",
    };
    output.remark(&format!("{} {done}", files::name(path)))?;
    Ok(Outcome::Done)
}

/// The lines that differ, as a unified diff.
fn print(stored: &str, name: &str, derived: &str, output: &mut Output) -> Result<(), Failure> {
    let difference = TextDiff::from_lines(stored, derived);
    let text = difference.unified_diff().header(name, "derived now").to_string();
    for line in text.split_inclusive('\n') {
        let style = if output.is_colored() { style(line) } else { Style::new() };
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        write!(output.out, "{style}{line}{style:#}{end}")?;
    }
    Ok(())
}

/// As git and diff colour it.
fn style(line: &str) -> Style {
    match line.as_bytes().first() {
        _ if line.starts_with("---") || line.starts_with("+++") => Style::new().bold(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        Some(_) | None => Style::new(),
    }
}
