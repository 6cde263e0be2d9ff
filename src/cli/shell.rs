//! `completions` and `man`: what a shell and a system want to know of the command line.

use std::io::Write;

use clap::CommandFactory;
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

/// Prints the manual page: the program, then its commands, each with options and examples.
///
/// # Errors
/// Standard output cannot be written.
pub fn man(output: &mut Output) -> Result<Outcome, Failure> {
    let mut command = Arguments::command();
    command.build();
    let page = Man::new(command.clone());
    page.render_title(&mut output.out)?;
    let mut text = Vec::new();
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_options_section(&mut text)?;
    page.render_extra_section(&mut text)?;
    write!(output.out, "{}", sections(&text))?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        writeln!(output.out, ".SH \"CHAINRULE {}\"", subcommand.get_name().to_uppercase())?;
        let part = Man::new(subcommand.clone());
        let mut text = Vec::new();
        part.render_description_section(&mut text)?;
        part.render_synopsis_section(&mut text)?;
        part.render_options_section(&mut text)?;
        part.render_extra_section(&mut text)?;
        write!(output.out, "{}", sections(&text).replace("\n.SH ", "\n.SS "))?;
    }
    Ok(Outcome::Done)
}

/// What stands behind the options of a help text is called `EXTRA`, which no manual page has.
fn sections(roff: &[u8]) -> String {
    String::from_utf8_lossy(roff).replace("\n.SH EXTRA\n", "\n.SH NOTES\n")
}
