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

/// Prints the manual page: the commands, each with its options.
///
/// # Errors
/// Standard output cannot be written.
pub fn man(output: &mut Output) -> Result<Outcome, Failure> {
    let mut command = Arguments::command();
    command.build();
    let out = &mut output.out;
    let page = Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_options_section(out)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let section = Man::new(subcommand.clone());
        section.render_synopsis_section(out)?;
        section.render_description_section(out)?;
        section.render_options_section(out)?;
    }
    page.render_extra_section(out)?;
    Ok(Outcome::Done)
}
