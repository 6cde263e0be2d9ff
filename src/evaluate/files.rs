//! Bytes of an `.npz` or `.safetensors` file ↔ [`Arrays`], and of a table → X and Y. Files are opened by `cli`; the
//! format is told by content.
//!
//! No number in a file is believed: sizes are checked against what the file holds and against a limit before anything
//! is allocated.

use ndarray::Array2;

use super::arrays::Arrays;
pub use error::FileError;
pub use npz::encode as encode_npz;

pub mod csv;
mod element;
mod error;
mod npy;
mod npz;
mod safetensors;

/// The formats by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Npz,
    Safetensors,
}

impl Format {
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK") {
            Some(Self::Npz)
        } else if bytes.get(8) == Some(&b'{') {
            Some(Self::Safetensors)
        } else {
            None
        }
    }

    fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "npz" => Some(Self::Npz),
            "safetensors" => Some(Self::Safetensors),
            _ => None,
        }
    }
}

/// All arrays of a file, in the file's order (`.safetensors`: by name), each a matrix of f64: a one-dimensional array
/// of length f becomes 1 × f. Integers beyond 2⁵³ are rounded.
///
/// ```
/// use chainrule::evaluate::files;
/// let arrays = [("W1".to_owned(), ndarray::array![[1.0, 2.0]])].into_iter().collect();
/// let bytes = files::encode_npz(&arrays)?;
/// assert_eq!(files::decode(&bytes, 1 << 30)?, arrays);
/// # Ok::<_, files::FileError>(())
/// ```
///
/// # Errors
/// [`FileError`]: another format, damage, an array that is no matrix of numbers, a NaN or an infinity, or more than
/// `limit` bytes as f64.
pub fn decode(bytes: &[u8], limit: u64) -> Result<Arrays, FileError> {
    match Format::of(bytes) {
        Some(Format::Npz) => npz::decode(bytes, limit),
        Some(Format::Safetensors) => safetensors::decode(bytes, limit),
        None => Err(FileError::unknown(bytes)),
    }
}

/// Whether the bytes are those of a file of named arrays, whole or not: both formats begin with bytes that no text has.
#[must_use]
pub fn holds_arrays(bytes: &[u8]) -> bool {
    Format::of(bytes).is_some()
        && bytes.iter().take(8).any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

/// How much may still be decoded.
struct Budget {
    limit: u64,
    used: u64,
}

impl Budget {
    fn new(limit: u64) -> Self {
        Self { limit, used: 0 }
    }

    /// Rows and columns of an array whose header claims this shape, if it is a matrix or a row and fits the limit.
    fn claim(&mut self, array: &str, shape: &[usize]) -> Result<(usize, usize), FileError> {
        let (rows, columns) = match *shape {
            [columns] => (1, columns),
            [rows, columns] => (rows, columns),
            _ => return Err(FileError::Dimensions { array: array.to_owned(), shape: shape.to_vec() }),
        };
        if rows == 0 || columns == 0 {
            return Err(FileError::Dimensions { array: array.to_owned(), shape: shape.to_vec() });
        }
        let bytes = rows.checked_mul(columns).and_then(|n| n.checked_mul(size_of::<f64>()));
        let used = bytes.and_then(|bytes| self.used.checked_add(bytes as u64));
        match used {
            Some(used) if used <= self.limit => self.used = used,
            _ => return Err(FileError::Limit { array: array.to_owned(), shape: shape.to_vec(), limit: self.limit }),
        }
        Ok((rows, columns))
    }
}

/// Names are shown to the user: control characters are replaced.
fn printable(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

/// A matrix without NaN and infinity.
fn finite(array: &str, values: Array2<f64>) -> Result<Array2<f64>, FileError> {
    match values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(values),
        Some(((row, column), value)) => {
            Err(FileError::NotFinite { array: array.to_owned(), row, column, value: *value })
        }
    }
}
