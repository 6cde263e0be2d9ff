//! What can be wrong with a file of arrays, and the [`Diagnostic`] that says so.

use super::Format;
use crate::source::{Diagnostic, Kind};

const GZIP: &str = "a gzip file";
/// The files of a `.keras` archive.
const KERAS: [&str; 3] = ["metadata.json", "config.json", "model.weights.h5"];

/// Why a file of arrays cannot be used. The sentences go on from the file's name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FileError {
    /// No byte.
    #[error("is empty")]
    Empty,
    /// Another format, that the first bytes tell.
    #[error("is {found}, neither .npz nor .safetensors")]
    Other {
        /// The format, with its article.
        found: &'static str,
    },
    /// A zip archive that cannot be read.
    #[error("is no whole .npz file: {reason}")]
    Npz {
        /// What zip says.
        reason: String,
    },
    /// A header that cannot be read, or that does not fit the rest.
    #[error("is no whole .safetensors file: {reason}")]
    Safetensors {
        /// What safetensors says.
        reason: String,
    },
    /// An archive without any array.
    #[error("holds `{entry}`, which is no .npy array")]
    Entry {
        /// The file in the archive.
        entry: String,
    },
    /// Two arrays of one name.
    #[error("holds two arrays `{array}`")]
    Twice {
        /// Their name.
        array: String,
    },
    /// An array that is damaged.
    #[error("holds a damaged array `{array}`: {reason}")]
    Array {
        /// Its name.
        array: String,
        /// What is wrong.
        reason: String,
    },
    /// Complex numbers, objects, text.
    #[error("holds `{array}` of type {found}, expected a float, an integer or a bool")]
    Element {
        /// Its name.
        array: String,
        /// The type as the file writes it.
        found: String,
    },
    /// No matrix, and no row.
    #[error("holds `{array}` of shape {}, expected a matrix or a row with entries", tuple(shape))]
    Dimensions {
        /// Its name.
        array: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// NaN or an infinity.
    #[error("has {value} at `{array}[{row}, {column}]`, expected a finite number")]
    NotFinite {
        /// The array.
        array: String,
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
        /// NaN, inf or -inf.
        value: f64,
    },
    /// More memory than allowed.
    #[error("holds `{array}` of shape {}: with it the arrays need more than the limit of {limit} bytes", tuple(shape))]
    Limit {
        /// The array that goes beyond it.
        array: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The limit.
        limit: u64,
    },
    /// An array that cannot be put in a file.
    #[error("cannot hold `{array}`: {reason}")]
    Write {
        /// Its name.
        array: String,
        /// What zip says.
        reason: String,
    },
}

impl FileError {
    /// The format that the first bytes of neither known format tell.
    pub(super) fn unknown(bytes: &[u8]) -> Self {
        const MAGIC: [(&[u8], &str); 6] = [
            (b"\x93NUMPY", "a single .npy array"),
            (b"\x89HDF", "an HDF5 file"),
            (b"\x80", "a Python pickle"),
            (b"\x1f\x8b", GZIP),
            (b"\x08", "an ONNX model"),
            (b"", "another kind of file"),
        ];
        match MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            Some((_, found)) if !bytes.is_empty() => Self::Other { found },
            _ => Self::Empty,
        }
    }

    /// The message to the user about the file `origin`.
    #[must_use]
    pub fn diagnostic(&self, origin: &str) -> Diagnostic {
        let kind = match self {
            Self::Limit { .. } => Kind::Limit,
            Self::Write { .. } => Kind::File,
            Self::Empty
            | Self::Other { .. }
            | Self::Npz { .. }
            | Self::Safetensors { .. }
            | Self::Entry { .. }
            | Self::Twice { .. }
            | Self::Array { .. }
            | Self::Element { .. }
            | Self::Dimensions { .. }
            | Self::NotFinite { .. } => Kind::Data,
        };
        let diagnostic = Diagnostic::error(kind, format!("`{origin}` {self}")).help(self.repair());
        match self.contradiction(origin) {
            None => diagnostic,
            Some(note) => diagnostic.note(note),
        }
    }

    fn repair(&self) -> &'static str {
        match self {
            Self::Empty | Self::Npz { .. } | Self::Safetensors { .. } | Self::Array { .. } => {
                "the file is damaged or cut short: write it again, or copy it again"
            }
            Self::Other { found: GZIP } => "unpack it first, for instance with `gunzip`",
            Self::Other { .. } => "write it with `numpy.savez(file, W1=…, b1=…)` or `safetensors.numpy.save_file`",
            Self::Entry { entry } if KERAS.contains(&entry.as_str()) => {
                "save the weights of a Keras model with `numpy.savez(file, **{v.path: v.numpy() for v in model.weights})`"
            }
            Self::Entry { .. } => {
                "save the weights of a PyTorch model with `safetensors.torch.save_file(model.state_dict(), file)`"
            }
            Self::Twice { .. } => "write the file again with one array of this name",
            // Text, of numpy and of bytes.
            Self::Element { found, .. } if found.contains(['U', 'S']) && !found.contains("UI") => {
                "text is no number: save the number of each class, `numpy.unique(array, return_inverse=True)[1]`"
            }
            Self::Element { .. } => "convert it before saving: `array.astype(\"float64\")`",
            Self::Dimensions { .. } => {
                "reshape it before saving: W is f_in × f_out, b is 1 × f or f, X and Y samples × features"
            }
            Self::NotFinite { .. } => "find where training diverged, or replace the entry",
            Self::Limit { .. } => "raise the memory limit with `--memory`, or take a smaller batch",
            Self::Write { .. } => "give the layer another name",
        }
    }

    /// What to say if the file's name promises the other format.
    fn contradiction(&self, origin: &str) -> Option<String> {
        let found = match self {
            Self::Npz { .. } | Self::Entry { .. } => Format::Npz,
            Self::Safetensors { .. } => Format::Safetensors,
            Self::Empty
            | Self::Other { .. }
            | Self::Twice { .. }
            | Self::Array { .. }
            | Self::Element { .. }
            | Self::Dimensions { .. }
            | Self::NotFinite { .. }
            | Self::Limit { .. }
            | Self::Write { .. } => return None,
        };
        let (_, extension) = origin.rsplit_once('.')?;
        (Format::of_extension(extension)? != found).then(|| format!("its first bytes are not those of .{extension}"))
    }
}

/// `(3, 4)` as Python writes it.
fn tuple(shape: &[usize]) -> String {
    const MOST: usize = 8;
    let mut lengths: Vec<String> = shape.iter().take(MOST).map(ToString::to_string).collect();
    if shape.len() > MOST {
        lengths.push("…".to_owned());
    }
    let comma = if lengths.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}
