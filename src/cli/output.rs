//! Results → standard output, messages → standard error.

use std::{
    env,
    io::{self, BufWriter, IsTerminal, StdoutLock, Write},
};

use chainrule::{render, source::Diagnostic};
use clap::ColorChoice;
use terminal_size::{Width, terminal_size_of};

use super::{error::Failure, source::Source};

/// The width of what is no terminal.
pub const WIDTH: usize = 100;

/// Where results and messages go.
#[derive(Debug)]
pub struct Output {
    /// Standard output, for results.
    pub out: BufWriter<StdoutLock<'static>>,
    color: ColorChoice,
    said: bool,
}

impl Output {
    /// Standard output and standard error; colour as the user wants it.
    #[must_use]
    pub fn new(color: ColorChoice) -> Self {
        Self { out: BufWriter::new(io::stdout().lock()), color, said: false }
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

/// The columns of a line of results: the terminal's, if it is one.
#[must_use]
pub fn width() -> usize {
    columns(terminal_size_of(io::stdout()))
}

/// `NO_COLOR` counts if it is not empty, and if `--color` says nothing else.
fn is_colored(choice: ColorChoice, stream: &impl IsTerminal) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
            let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
            stream.is_terminal() && !set("NO_COLOR") && !dumb
        }
    }
}

/// Some terminals say 0.
fn columns(size: Option<(Width, terminal_size::Height)>) -> usize {
    size.map(|(Width(columns), _)| usize::from(columns)).filter(|columns| *columns > 0).unwrap_or(WIDTH)
}
