//! An address → the system's browser shows it.

use std::{
    io,
    process::{Command, Stdio},
};

/// The program that opens an address, and what stands before the address.
#[cfg(target_os = "macos")]
const OPENER: (&str, &[&str]) = ("open", &[]);
#[cfg(windows)]
const OPENER: (&str, &[&str]) = ("explorer", &[]);
#[cfg(not(any(target_os = "macos", windows)))]
const OPENER: (&str, &[&str]) = ("xdg-open", &[]);

/// Opens `url`, and does not wait for it to be shown.
///
/// # Errors
/// There is no program for it.
pub fn open(url: &str) -> Result<(), String> {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            // Somebody has to wait for it, or it stays in the system's table until this program ends.
            std::thread::spawn(move || child.wait());
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("there is no `{program}`")),
        Err(error) => Err(format!("`{program}`: {error}")),
    }
}
