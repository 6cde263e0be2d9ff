//! `.npy`, numpy's format of one array: a header in the syntax of a Python dictionary, then the raw elements.

use std::io::Read;

use ndarray::Array2;

/// Before the dictionary: `\x93NUMPY`, the version 1.0 and the dictionary's length in two bytes.
const PREFIX: usize = 10;
/// The elements begin at a multiple of this.
const ALIGNMENT: usize = 64;
/// The longest dictionary that is read; numpy's own limit. A matrix needs about 118 bytes.
const MAX_LENGTH: u32 = 10_000;

/// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// The type of the elements: `<f8`, or a list of such.
    pub descr: String,
    /// Whether the first index runs fastest.
    pub fortran_order: bool,
    /// The length of each axis.
    pub shape: Vec<usize>,
}

impl Header {
    /// The header at the start of `reader`, which then stands at the first element.
    pub fn read(reader: &mut impl Read) -> Result<Self, String> {
        let mut prefix = [0; PREFIX];
        reader.read_exact(&mut prefix).map_err(|error| error.to_string())?;
        let [magic @ .., version, _, a, b] = prefix;
        if magic != *b"\x93NUMPY" {
            return Err("it does not begin as a .npy array".to_owned());
        }
        let mut upper = [0; 2];
        if version > 1 {
            reader.read_exact(&mut upper).map_err(|error| error.to_string())?;
        }
        let length = u32::from_le_bytes([a, b, upper[0], upper[1]]);
        if length > MAX_LENGTH {
            return Err(format!("its header is longer than {MAX_LENGTH} bytes"));
        }
        let mut text = String::new();
        reader.take(length.into()).read_to_string(&mut text).map_err(|error| error.to_string())?;
        Self::parse(&text).ok_or_else(|| "its header does not say type, order and shape".to_owned())
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
        let descr = match value("descr")?.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'')?.0,
            None => value("descr")?.split_once(", 'fortran_order'")?.0,
        };
        let order = value("fortran_order")?;
        let (shape, _) = value("shape")?.strip_prefix('(')?.split_once(')')?;
        let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
        Some(Self {
            descr: descr.to_owned(),
            fortran_order: if order.starts_with("True") { true } else { order.strip_prefix("False").map(|_| false)? },
            shape: lengths.map(|length| length.parse().ok()).collect::<Option<_>>()?,
        })
    }
}

/// The file of a matrix of float64, as `numpy.save` writes it.
pub(super) fn encode(array: &Array2<f64>) -> Vec<u8> {
    let (rows, columns) = array.dim();
    let dictionary = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (PREFIX + dictionary.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend([length.to_le_bytes()[0], length.to_le_bytes()[1]]);
    bytes.extend(format!("{dictionary:<width$}\n", width = length - 1).bytes());
    bytes.extend(array.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_stand_in_any_order() {
        let header = Header::parse("{'shape':(7,),'fortran_order':True , 'descr':  '>i4'}").unwrap();
        assert_eq!(header, Header { descr: ">i4".to_owned(), fortran_order: true, shape: vec![7] });
        assert_eq!(Header::parse("{'descr': '<f8', 'fortran_order': False, 'shape': (3, -4), }"), None);
        assert_eq!(Header::parse("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (3, 4), }"), None);
    }
}
