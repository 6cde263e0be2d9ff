//! Bytes of an `.npz` or `.safetensors` file ↔ [`Arrays`], and of a table → X and Y. Files are opened by `cli`; the
//! format is told by content.
//!
//! No number in a file is believed: sizes are checked against what the file holds and against a limit before anything
//! is allocated. An array is decoded when it is asked for, so that one that nobody needs does no harm.

use ndarray::Array2;

use super::arrays::Arrays;
pub use error::FileError;
pub use npz::encode as encode_npz;
pub use safetensors::encode as encode_safetensors;

pub mod csv;
mod element;
mod error;
mod npy;
mod npz;
mod safetensors;

/// The formats by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A zip archive of numpy's arrays.
    Npz,
    /// A JSON header, then the arrays.
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

    /// The format that the end of a file's name promises.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "npz" => Some(Self::Npz),
            "safetensors" => Some(Self::Safetensors),
            _ => None,
        }
    }

    /// The bytes of a file of these arrays. Equal arrays give equal bytes.
    ///
    /// # Errors
    /// [`FileError::Write`] if the format cannot hold them.
    pub fn encode(self, arrays: &Arrays) -> Result<Vec<u8>, FileError> {
        match self {
            Self::Npz => encode_npz(arrays),
            Self::Safetensors => encode_safetensors(arrays),
        }
    }
}

/// What a file says of one of its arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The length of each axis; nothing if its header is damaged.
    pub shape: Option<Vec<usize>>,
}

/// A file of arrays, of which those are decoded that are asked for.
pub struct Archive<'a> {
    content: Content<'a>,
    entries: Vec<Entry>,
    budget: Budget,
}

enum Content<'a> {
    Npz(npz::Npz<'a>),
    Safetensors(::safetensors::SafeTensors<'a>),
}

impl<'a> Archive<'a> {
    /// What the file holds. All arrays that are read may need `limit` bytes as f64.
    ///
    /// # Errors
    /// [`FileError`]: another format, a damaged directory, or two arrays of one name.
    pub fn open(bytes: &'a [u8], limit: u64) -> Result<Self, FileError> {
        let (content, entries) = match Format::of(bytes) {
            Some(Format::Npz) => {
                let (npz, entries) = npz::open(bytes)?;
                (Content::Npz(npz), entries)
            }
            Some(Format::Safetensors) => {
                let (tensors, entries) = safetensors::open(bytes)?;
                (Content::Safetensors(tensors), entries)
            }
            None => return Err(FileError::unknown(bytes)),
        };
        Ok(Self { content, entries, budget: Budget { limit, used: 0 } })
    }

    /// Its arrays in the file's order, in that of `.safetensors` by name.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The array at a place of [`entries`](Self::entries) as a matrix of f64, or its transpose. An array of one axis of
    /// length f is 1 × f. Integers beyond 2⁵³ are rounded.
    ///
    /// # Errors
    /// [`FileError`]: damage, no matrix of numbers, a NaN or an infinity, or more bytes than the limit.
    pub fn read(&mut self, place: usize, transposed: bool) -> Result<Array2<f64>, FileError> {
        let name = &self.entries[place].name;
        match &mut self.content {
            Content::Npz(npz) => npz.read(place, name, transposed, &mut self.budget),
            Content::Safetensors(tensors) => safetensors::read(tensors, name, transposed, &mut self.budget),
        }
    }

    /// Counts an array that is made of one that was read.
    ///
    /// # Errors
    /// [`FileError::Limit`].
    pub fn claim(&mut self, name: &str, rows: usize, columns: usize) -> Result<(), FileError> {
        self.budget.claim(name, &[rows, columns]).map(|_| ())
    }
}

/// All arrays of a file, as [`Archive::read`] gives them.
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
/// [`FileError`] of the file or of any array in it.
pub fn decode(bytes: &[u8], limit: u64) -> Result<Arrays, FileError> {
    let mut archive = Archive::open(bytes, limit)?;
    let places = 0..archive.entries.len();
    places.map(|place| Ok((archive.entries[place].name.clone(), archive.read(place, false)?))).collect()
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
    /// Rows and columns of an array whose header claims this shape, if it is a matrix or a row and fits the limit.
    fn claim(&mut self, array: &str, shape: &[usize]) -> Result<(usize, usize), FileError> {
        let dimensions = || FileError::Dimensions { array: shown(array), shape: shape.to_vec() };
        let (rows, columns) = match *shape {
            [] => (1, 1),
            [columns] => (1, columns),
            [rows, columns] => (rows, columns),
            _ => return Err(dimensions()),
        };
        if rows == 0 || columns == 0 {
            return Err(dimensions());
        }
        let bytes = rows.checked_mul(columns).and_then(|n| n.checked_mul(size_of::<f64>()));
        let used = bytes.and_then(|bytes| self.used.checked_add(bytes as u64));
        match used {
            Some(used) if used <= self.limit => self.used = used,
            _ => return Err(FileError::Limit { array: shown(array), shape: shape.to_vec(), limit: self.limit }),
        }
        Ok((rows, columns))
    }
}

/// A word of a file as a message shows it: not too much of it, and nothing that steers a terminal.
#[must_use]
pub fn shown(word: &str) -> String {
    const LONGEST: usize = 60;
    let start: String = word.chars().take(LONGEST).collect();
    let end = if start.len() < word.len() { "…" } else { "" };
    format!("{start}{end}").replace(|c: char| c.is_control() || is_directional(c), "\u{fffd}")
}

/// Whether a character changes the direction of the text behind it.
#[must_use]
pub fn is_directional(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
