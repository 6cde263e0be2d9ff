//! Words of the command line → results, messages and an exit status.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run().into()
}
