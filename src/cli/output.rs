//! Results → standard output, messages → standard error.

use std::io::{self, BufWriter, StdoutLock, Write};

use anstream::{AutoStream, stream::RawStream};
use chainrule::{document::Document, render, source::Diagnostic};
use clap::ColorChoice;
use terminal_size::{Width, terminal_size_of};

use super::{args::PageArguments, error::Failure, source::Source};

/// The width of what is no terminal.
pub const WIDTH: usize = 100;

/// Where results and messages go.
#[derive(Debug)]
pub struct Output {
    /// Standard output, for results.
    pub out: BufWriter<StdoutLock<'static>>,
    /// Whether a check failed, also if nobody reads by how much.
    pub differs: bool,
    color: ColorChoice,
    said: bool,
}

impl Output {
    /// Standard output and standard error; colour as the user wants it.
    #[must_use]
    pub fn new(color: ColorChoice) -> Self {
        Self { out: BufWriter::new(io::stdout().lock()), differs: false, color, said: false }
    }

    /// Whether results are coloured.
    #[must_use]
    pub fn is_colored(&self) -> bool {
        is_colored(self.color, &io::stdout())
    }

    /// Prints messages about `source`, a blank line between them. Results come first.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn messages(&mut self, diagnostics: &[Diagnostic], source: &Source) -> Result<(), Failure> {
        self.out.flush()?;
        self.say(diagnostics, source);
        Ok(())
    }

    /// Says what became of a file, behind the results.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn remark(&mut self, text: &str) -> Result<(), Failure> {
        self.out.flush()?;
        let _ = writeln!(io::stderr(), "{text}");
        Ok(())
    }

    /// Prints messages, whatever becomes of results. What standard error does not take is lost.
    pub fn say(&mut self, diagnostics: &[Diagnostic], source: &Source) {
        let mut stderr = io::stderr().lock();
        let (color, width) = (is_colored(self.color, &stderr), columns(terminal_size_of(io::stderr())));
        for diagnostic in diagnostics {
            let blank = if std::mem::replace(&mut self.said, true) { "\n" } else { "" };
            let text = render::diagnostic(diagnostic, &source.text, &source.origin, color, width);
            let _ = writeln!(stderr, "{blank}{text}");
        }
    }
}

impl Output {
    /// Prints a page in the format that is asked for, or what `json` writes.
    ///
    /// # Errors
    /// Standard output cannot be written, or options that say nothing of the format.
    pub fn page(
        &mut self,
        arguments: &PageArguments,
        document: impl FnOnce() -> Document<'static>,
        json: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match arguments.style(width(), self.is_colored())? {
            Some(style) => style.write(&document(), &mut self.out)?,
            None => json(&mut self.out)?,
        }
        Ok(())
    }
}

/// The columns of a line of results: the terminal's, if it is one.
#[must_use]
pub fn width() -> usize {
    columns(terminal_size_of(io::stdout()))
}

/// By the rule that help and wrong usage are printed by: `NO_COLOR`, then `CLICOLOR_FORCE`, then a terminal that is not
/// dumb; `--color` wins.
fn is_colored<S: RawStream>(choice: ColorChoice, stream: &S) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// Some terminals say 0.
fn columns(size: Option<(Width, terminal_size::Height)>) -> usize {
    size.map(|(Width(columns), _)| usize::from(columns)).filter(|columns| *columns > 0).unwrap_or(WIDTH)
}
