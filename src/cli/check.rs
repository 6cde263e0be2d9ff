//! `--check` and `--update`: a stored output and a new one → what differs, or a stored output that does not. Its first line
//! is a comment with the command that wrote it, so that a comparison needs no options.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
};

use chainrule::render;
use clap::{
    ArgAction, ArgMatches, Command,
    builder::styling::{AnsiColor, Style},
    parser::ValueSource,
};
use similar::TextDiff;

use super::{
    Outcome,
    args::{SpecText, files::Check},
    error::{CliError, Failure},
    files::{self, MAX_STORED},
    output::{self, Output},
};

/// How the first line of a stored output begins and ends, by its format; of JSON it is the first member.
const COMMENTS: [(&str, &str); 5] =
    [("# ", ""), ("% ", ""), ("// ", ""), ("<!-- ", " -->"), ("{\"command\":\"", "\",")];

/// How blanks in values are stored.
const BLANKS: [(&str, &str); 3] = [(" ", "\\u{20}"), ("\n", "\\u{a}"), ("\t", "\\u{9}")];

/// Options that do not decide what is stored.
const OTHERS: [&str; 5] = ["check", "update", "color", "help", "version"];

/// The comment of a format; nothing is JSON.
fn comment(format: Option<render::Format>) -> (&'static str, &'static str) {
    use render::Format::{Ascii, Html, Latex, Mathml, Text, Typst};
    let [hash, percent, slashes, markup, member] = COMMENTS;
    match format {
        Some(Text | Ascii) => hash,
        Some(Latex) => percent,
        Some(Typst) => slashes,
        Some(Mathml | Html) => markup,
        None => member,
    }
}

/// A command with those of its options that decide what it prints, in the order of the help text: `chainrule derive --form
/// layered`.
pub fn words(command: &Command, matches: &ArgMatches) -> Option<String> {
    let (name, matches) = matches.subcommand()?;
    let mut words = vec![command.get_name().to_owned(), name.to_owned()];
    for option in command.find_subcommand(name)?.get_arguments() {
        let Some(long) = option.get_long().filter(|long| !OTHERS.contains(long)) else { continue };
        let id = option.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        words.push(format!("--{long}"));
        if !matches!(option.get_action(), ArgAction::SetTrue) {
            let values = matches.get_raw(id).into_iter().flatten();
            let is_list = option.get_value_delimiter().is_some();
            let values = values.map(|value| word(&value.to_string_lossy(), is_list));
            words.push(values.collect::<Vec<_>>().join(","));
        }
    }
    Some(words.join(" "))
}

/// A value without blanks: those in a list mean nothing, others are escaped.
fn word(value: &str, is_list: bool) -> String {
    if is_list {
        return value.split_whitespace().collect();
    }
    BLANKS.iter().fold(value.to_owned(), |value, (blank, escaped)| value.replace(blank, escaped))
}

/// The command that the first line of a stored output tells.
fn told(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let inner = COMMENTS.iter().find_map(|(start, end)| line.strip_prefix(start)?.strip_suffix(end))?;
    inner.starts_with("chainrule ").then_some(inner)
}

/// The command line with the options that the file of `check` was stored with, and the command that stored it, if no other
/// options are given; says where it was stored with others.
///
/// # Errors
/// A stored output that cannot be read.
pub fn with_stored(
    check: &Check,
    mut line: Vec<OsString>,
    output: &mut Output,
) -> Result<Option<(Vec<OsString>, String)>, Failure> {
    let Some(path) = &check.file else { return Ok(None) };
    let stored = files::stored(path)?.unwrap_or_default();
    let Some(told) = told(&stored).filter(|told| *told != check.words) else { return Ok(None) };
    let command = |words: &str| words.split(' ').take(2).collect::<Vec<_>>().join(" ");
    if command(told) != command(&check.words) {
        let (path, stored) = (files::name(path), files::shown_line(&command(told)));
        return Err(CliError::StoredByAnother { path, stored, this: command(&check.words) }.into());
    }
    if check.words.contains(" --") {
        let (name, told) = (files::name(path), files::shown_line(told));
        output.remark(&format!("{name} was stored by `{told}`, and this command is `{}`", check.words))?;
        return Ok(None);
    }
    let name = check.words.split(' ').next_back().unwrap_or_default();
    let place = line.iter().position(|word| word == name).map_or(line.len(), |place| place + 1);
    line.splice(place..place, told.split(' ').skip(2).map(value));
    Ok(Some((line, told.to_owned())))
}

/// A value as it was given.
fn value(word: &str) -> OsString {
    BLANKS.iter().fold(word.to_owned(), |word, (blank, escaped)| word.replace(escaped, blank)).into()
}

/// The error of a stored output whose first line is no command of this version.
pub fn unknown(check: &Check) -> CliError {
    CliError::StoredOptions { path: check.file.as_deref().map(files::name).unwrap_or_default() }
}

/// Refuses a spec as its own stored output.
///
/// # Errors
/// Both are one file.
pub fn distinct(check: &Check, spec: &SpecText) -> Result<(), CliError> {
    let Some(stored) = &check.file else { return Ok(()) };
    let is_spec = spec.path.as_deref().is_some_and(|spec| files::are_one(stored, spec));
    if is_spec { Err(CliError::ChecksItself { path: files::name(stored) }) } else { Ok(()) }
}

/// Prints what `write` writes in the style that is wanted, or compares it with a stored output.
///
/// # Errors
/// Options that say nothing of the format, a stored output that is missing or none, output that cannot be written.
pub fn print(
    check: &Check,
    style: impl Fn(usize, bool) -> Result<Option<render::Style>, CliError>,
    output: &mut Output,
    write: impl Fn(Option<render::Style>, &mut dyn Write) -> io::Result<()>,
) -> Result<Outcome, Failure> {
    let Some(stored) = &check.file else {
        write(style(output::width(), output.is_colored())?, &mut output.out)?;
        return Ok(Outcome::Done);
    };
    let style = style(output::WIDTH, false)?;
    run(stored, check, style.map(|style| style.format), output, |out| write(style, out))
}

/// Compares what `write` derives, in a format for readers or in JSON, with the output stored at `path`, or brings that up to
/// date.
///
/// # Errors
/// A stored output that is missing, that cannot be read or written, that no `--check` wrote, or an output that is too long.
/// The file is as it was.
fn run(
    path: &Path,
    check: &Check,
    format: Option<render::Format>,
    output: &mut Output,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Outcome, Failure> {
    let name = files::name(path);
    let stored = files::stored(path)?;
    if stored.as_ref().is_some_and(|stored| told(stored).is_none() && !(check.update && stored.is_empty())) {
        return Err(CliError::NotStored { path: name }.into());
    }
    let derived = derived(check, format, write)?.ok_or_else(|| CliError::StoredTooLarge { path: name.clone() })?;
    if check.update {
        return update(path, stored.as_deref(), &derived, output);
    }
    let Some(stored) = stored else { return Err(CliError::NoStored { path: name }.into()) };
    if stored == derived {
        return Ok(Outcome::Done);
    }
    output.differs = true;
    difference(&stored, &name, &derived, output)?;
    output.remark(&format!("{name} differs; to accept what is derived now, repeat the command with --update"))?;
    Ok(Outcome::Differs)
}

/// What is to be stored, if it is not too long.
fn derived(
    check: &Check,
    format: Option<render::Format>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Option<String>> {
    let (start, end) = comment(format);
    let mut text = Bounded { bytes: format!("{start}{}{end}\n", check.words).into_bytes(), is_full: false };
    let head = text.bytes.len();
    match write(&mut text) {
        Err(_) if text.is_full => return Ok(None),
        result => result?,
    }
    if format.is_none() {
        // The member takes the place of the bracket before the first one.
        text.bytes.remove(head);
    }
    Ok(Some(String::from_utf8_lossy(&text.bytes).into_owned()))
}

/// As many bytes as may be stored; more are an error at once.
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_full |= (self.bytes.len() + bytes.len()) as u64 > MAX_STORED;
        if self.is_full {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
fn difference(stored: &str, name: &str, derived: &str, output: &mut Output) -> Result<(), Failure> {
    let difference = TextDiff::from_lines(stored, derived);
    let text = difference.unified_diff().header(name, "derived now").to_string();
    for line in text.split_inclusive('\n') {
        let style = if output.is_colored() { style(line) } else { Style::new() };
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        write!(output.out, "{style}{}{style:#}{end}", files::shown_line(line))?;
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
