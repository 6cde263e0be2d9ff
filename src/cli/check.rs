//! `--check`: a stored output and a new one → what differs, as a unified diff.

use std::{io::Write, path::Path};

use clap::builder::styling::{AnsiColor, Style};
use similar::TextDiff;

use super::{Outcome, error::Failure, files, output::Output};

/// Prints the lines that differ, if any.
///
/// # Errors
/// A stored output that cannot be read.
pub fn compare(path: &Path, derived: &str, output: &mut Output) -> Result<Outcome, Failure> {
    let stored = files::text(path)?;
    if stored == derived {
        return Ok(Outcome::Done);
    }
    let difference = TextDiff::from_lines(stored.as_str(), derived);
    let text = difference.unified_diff().header(&files::name(path), "derived now").to_string();
    for line in text.split_inclusive('\n') {
        let style = if output.is_colored() { style(line) } else { Style::new() };
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        write!(output.out, "{style}{line}{style:#}{end}")?;
    }
    Ok(Outcome::Differs)
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
