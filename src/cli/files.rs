//! Paths ↔ bytes, with limits on what is read and nothing lost by what is written.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use super::error::CliError;

/// One byte more than a spec may have, so that its size is refused where the limit is known.
const SPEC_BYTES: u64 = (1 << 20) + 1;

/// What the user calls a file.
#[must_use]
pub fn name(path: &Path) -> String {
    path.display().to_string()
}

/// The bytes of a spec, `-` being standard input; of a longer file not more than what shows that it is too long.
///
/// # Errors
/// A file that cannot be read.
pub fn spec(path: &Path) -> Result<Vec<u8>, CliError> {
    if path == Path::new("-") {
        return bounded(io::stdin().lock(), SPEC_BYTES).map_err(|error| CliError::Read { path: name(path), error });
    }
    let read = |path| bounded(File::open(path)?, SPEC_BYTES);
    read(path).map_err(|error| CliError::Read { path: name(path), error })
}

/// The text of a stored output.
///
/// # Errors
/// A file that cannot be read, or that is not UTF-8.
pub fn text(path: &Path) -> Result<String, CliError> {
    let bytes = fs::read(path).map_err(|error| CliError::Read { path: name(path), error })?;
    String::from_utf8(bytes).map_err(|_| CliError::NotText { path: name(path) })
}

fn bounded(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
