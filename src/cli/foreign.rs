//! Options and values that other tools have → how what they say is written here, or that there is no such option.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::{FORMATS, FORMS};

/// What to do instead of what is not taken, where it is known.
pub fn tip(error: &clap::Error, command: &str) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(_) | None => None,
    };
    let option = text(ContextKind::InvalidArg)?;
    match text(ContextKind::InvalidValue) {
        Some(value) if option.starts_with("--format") => format(value),
        Some(_) => None,
        None => of_option(option, command),
    }
}

/// The commands that have the option which this one does not take.
pub fn elsewhere(error: &clap::Error, commands: &clap::Command) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let word = option.strip_prefix("--")?.split('=').next()?;
    let has = |command: &&clap::Command| command.get_arguments().any(|argument| argument.get_long() == Some(word));
    let names: Vec<String> =
        commands.get_subcommands().filter(has).map(|command| format!("`{}`", command.get_name())).collect();
    (!names.is_empty()).then(|| format!("leave it out: `--{word}` is an option of {}", names.join(", ")))
}

/// What an option of `derive` that is about arrays lacks.
pub fn missing(error: &clap::Error, command: &str) -> Option<&'static str> {
    let is_numbers = |word: &String| word.starts_with("--numbers");
    let lacks = matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::Strings(words)) if words.iter().any(is_numbers));
    (lacks && command == "derive").then_some(
        "formulas depend on no arrays: leave out what is about them, or write `--steps --numbers` too, \
         which shows the steps in numbers",
    )
}

/// What a format is called here.
fn format(value: &str) -> Option<String> {
    let word = match value.to_lowercase().as_str() {
        "tex" | "pdf" | "amsmath" => "latex",
        "typ" => "typst",
        "htm" | "web" | "svg" => "html",
        "mml" | "xml" => "mathml",
        "txt" | "plain" | "unicode" | "utf8" | "utf-8" => "text",
        "md" | "markdown" => return Some(MARKDOWN.into()),
        _ => return None,
    };
    Some(format!("write `--format {word}`"))
}

const MARKDOWN: &str = "there is no Markdown: a page of `--format text` can stand in a code block";
/// The commands that write a file by themselves.
const WRITERS: [&str; 3] = ["report", "graph", "grad"];
/// The commands whose output can be compared with a stored one.
const CHECKED: [&str; 3] = ["derive", "shapes", "insight"];

/// How what an option says is written, of this command.
fn of_option(option: &str, command: &str) -> Option<String> {
    let word = option.trim_start_matches('-').split('=').next().unwrap_or_default();
    let word = if word == "tex" { "latex" } else { word };
    let has_formulas = matches!(command, "derive" | "graph");
    Some(match word {
        "weights" | "parameters" | "checkpoint" if matches!(command, "verify" | "grad" | "insight" | "report") => {
            "write `--params FILE`".into()
        }
        "variables" | "variable" | "vars" | "var" if has_formulas => "write `--wrt W1`".into(),
        "markdown" | "md" => MARKDOWN.into(),
        "output" | "out" | "o" if !WRITERS.contains(&command) => {
            "write `> FILE` behind the command, which puts what it prints into a file".into()
        }
        "tol" | "tolerance" | "rtol" | "atol" | "epsilon" => {
            "leave it out: what differs by more than 1e-12 of the array's largest entry does not hold".into()
        }
        "verbose" | "v" | "debug" if command == "derive" => {
            "leave it out; `--steps` shows the way to each result, and `--why` proves it".into()
        }
        "verbose" | "v" | "debug" => "leave it out: all that there is to say is said".into(),
        "quiet" | "q" | "silent" if command == "derive" => "write `--notes none`".into(),
        "check" | "update" if !CHECKED.contains(&command) => {
            "leave it out: the output of `derive`, `shapes` and `insight` is what can be stored and compared".into()
        }
        _ if FORMATS.iter().any(|(_, known, _)| *known == word) => format!("write `--format {word}`"),
        _ if command == "derive" && FORMS.iter().any(|(_, known, _)| *known == word) => {
            format!("write `--form {word}`")
        }
        _ => return None,
    })
}
