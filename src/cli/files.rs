//! Paths ↔ bytes, with limits on what is read and nothing lost by what is written.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use chainrule::{
    evaluate::files::{Format, is_directional},
    spec::MAX_BYTES,
};
use tempfile::NamedTempFile;

use super::error::CliError;

/// The bytes that a stored output may have, so that a comparison ends.
pub const MAX_STORED: u64 = 16 << 20;

/// What the user calls a file, without what would steer a terminal.
#[must_use]
pub fn name(path: &Path) -> String {
    shown_line(&path.display().to_string()).replace('\t', "\\t")
}

/// A line of a file with what would steer a terminal written out.
#[must_use]
pub fn shown_line(line: &str) -> String {
    let steers = |c: char| c.is_control() && c != '\t' || is_directional(c);
    let written = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
    line.chars().map(written).collect()
}

/// The bytes of a spec, `-` being standard input; of a file that is too long one byte more than the limit.
///
/// # Errors
/// A file that cannot be read.
pub fn spec(path: &Path) -> Result<Vec<u8>, CliError> {
    let limit = MAX_BYTES as u64 + 1;
    let bytes = if path == Path::new("-") { bounded(io::stdin().lock(), limit) } else { open(path, limit) };
    bytes.map_err(|error| {
        let path = name(path);
        if error.kind() == io::ErrorKind::NotFound { CliError::NoSpec { path } } else { CliError::Read { path, error } }
    })
}

/// The text of a stored output, if there is one, with line feeds alone at the ends of lines: git and editors may have
/// put carriage returns before them, and a byte-order mark before all.
///
/// # Errors
/// A file that cannot be read, or that is too large or not UTF-8.
pub fn stored(path: &Path) -> Result<Option<String>, CliError> {
    let bytes = match open(path, MAX_STORED + 1) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CliError::Read { path: name(path), error }),
        Ok(bytes) if bytes.len() as u64 > MAX_STORED => return Err(CliError::StoredTooLarge { path: name(path) }),
        Ok(bytes) => bytes,
    };
    let text = String::from_utf8(bytes).map_err(|_| CliError::NotText { path: name(path) })?;
    Ok(Some(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")))
}

/// The bytes of a file, at most `limit`.
///
/// # Errors
/// A file that cannot be read, or is larger.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    let origin = name(path);
    let too_large = |size| CliError::TooLarge { path: origin.clone(), size, limit };
    let unread = |error| CliError::Read { path: origin.clone(), error };
    let size = fs::metadata(path).map_err(unread)?.len();
    if size > limit {
        return Err(too_large(size));
    }
    // What is no regular file does not tell its size.
    let bytes = open(path, limit.saturating_add(1)).map_err(unread)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// Refuses to write what is read.
///
/// # Errors
/// `output` is one of `inputs`.
pub fn distinct(output: &Path, inputs: [Option<&PathBuf>; 3]) -> Result<(), CliError> {
    let is_input = inputs.into_iter().flatten().any(|input| are_one(output, input));
    if is_input { Err(CliError::Overwrites { path: name(output) }) } else { Ok(()) }
}

/// What the ending of a path says that arrays are written as.
///
/// # Errors
/// [`CliError::Extension`] of another ending.
pub fn array_format(path: &Path) -> Result<Format, CliError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    Format::of_extension(extension).ok_or_else(|| CliError::Extension { path: name(path) })
}

/// Whether both paths lead to one file that exists, also by links; `-` is what standard input comes from.
#[must_use]
pub fn are_one(a: &Path, b: &Path) -> bool {
    identity(a).is_some_and(|a| identity(b) == Some(a))
}

/// Device and number of a file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::{fd::AsFd, unix::fs::MetadataExt};
    let file = if path == Path::new("-") {
        File::from(io::stdin().as_fd().try_clone_to_owned().ok()?).metadata()
    } else {
        fs::metadata(path)
    };
    file.ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// Writes a file. One that exists is replaced, links followed, once the new one is complete beside it.
///
/// # Errors
/// The file cannot be written; what was there before still is.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write(path, bytes).map_err(|error| CliError::Write { path: name(path), error })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = followed(path)?;
    let existing = fs::metadata(&path).ok();
    if let Some(existing) = &existing {
        if !existing.is_file() {
            // A device or a pipe is written to; a directory is refused by the system.
            return File::options().write(true).open(&path)?.write_all(bytes);
        }
        if existing.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|failed| failed.error)?;
    Ok(())
}

/// The place that a path names in the end: also of a link to what is not there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const LINKS: usize = 40;
    let mut place = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&place) else { return Ok(place) };
        place = place.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other(format!("more than {LINKS} links lead on from one another")))
}

/// A new file that goes away unless it is kept, with the permissions that new files get.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".chainrule-").tempfile_in(folder)
}

/// At most `limit` bytes of a file.
fn open(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?, limit)
}

fn bounded(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
