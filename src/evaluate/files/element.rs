//! The element types of array files: a type's name and raw bytes → f64.

use std::io::{self, Read};

use ndarray::{Array2, ArrayViewMut2};

use super::{FileError, shown};

/// A type of element that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    /// Half precision.
    F16,
    /// The upper half of an `F32`.
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

impl Element {
    /// Of numpy's kind and size: `f8`.
    pub fn of_numpy(name: &str) -> Option<Self> {
        Some(match name {
            "f8" => Self::F64,
            "f4" => Self::F32,
            "f2" => Self::F16,
            "i8" => Self::I64,
            "i4" => Self::I32,
            "i2" => Self::I16,
            "i1" => Self::I8,
            "u8" => Self::U64,
            "u4" => Self::U32,
            "u2" => Self::U16,
            "u1" => Self::U8,
            "b1" => Self::Bool,
            _ => return None,
        })
    }

    /// Of safetensors' name: `F64`.
    pub fn of_safetensors(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "I64" => Self::I64,
            "I32" => Self::I32,
            "I16" => Self::I16,
            "I8" => Self::I8,
            "U64" => Self::U64,
            "U32" => Self::U32,
            "U16" => Self::U16,
            "U8" => Self::U8,
            "BOOL" => Self::Bool,
            _ => return None,
        })
    }

    /// Bytes of one element.
    fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Reads exactly the elements of a matrix, in the order in which it stands, some at a time.
    pub fn read(self, reader: &mut impl Read, order: ByteOrder, stored: ArrayViewMut2<'_, f64>) -> Result<(), String> {
        const AT_ONCE: usize = 1 << 16;
        let size = stored.len() * self.size();
        let (mut held, mut raw) = (0, Vec::new());
        let failed = |error: io::Error| error.to_string();
        let mut cells = stored.into_iter();
        while held < size {
            raw.clear();
            reader.take(AT_ONCE.min(size - held) as u64).read_to_end(&mut raw).map_err(failed)?;
            held += raw.len();
            if raw.len() % self.size() != 0 || raw.is_empty() {
                return Err(format!("its header promises {size} bytes, the file holds {held}"));
            }
            cells.by_ref().zip(self.decode(&raw, order)).for_each(|(cell, number)| *cell = number);
        }
        match reader.read(&mut [0]).map_err(failed)? {
            0 => Ok(()),
            _ => Err(format!("its header promises {size} bytes, the file holds more")),
        }
    }

    /// The elements in `raw`, whose bytes stand in the order that `order` says.
    #[allow(clippy::cast_precision_loss, reason = "integers beyond 2⁵³ are rounded, as numpy does")]
    fn decode(self, raw: &[u8], order: ByteOrder) -> Vec<f64> {
        match self {
            Self::F64 => numbers(raw, order, f64::from_le_bytes),
            Self::F32 => numbers(raw, order, |bytes| f32::from_le_bytes(bytes).into()),
            Self::F16 => numbers(raw, order, |bytes| half(u16::from_le_bytes(bytes))),
            Self::Bf16 => numbers(raw, order, |[low, high]| f32::from_le_bytes([0, 0, low, high]).into()),
            Self::I64 => numbers(raw, order, |bytes| i64::from_le_bytes(bytes) as f64),
            Self::I32 => numbers(raw, order, |bytes| i32::from_le_bytes(bytes).into()),
            Self::I16 => numbers(raw, order, |bytes| i16::from_le_bytes(bytes).into()),
            Self::I8 => numbers(raw, order, |bytes| i8::from_le_bytes(bytes).into()),
            Self::U64 => numbers(raw, order, |bytes| u64::from_le_bytes(bytes) as f64),
            Self::U32 => numbers(raw, order, |bytes| u32::from_le_bytes(bytes).into()),
            Self::U16 => numbers(raw, order, |bytes| u16::from_le_bytes(bytes).into()),
            Self::U8 => numbers(raw, order, |bytes| u8::from_le_bytes(bytes).into()),
            Self::Bool => numbers(raw, order, |[byte]| f64::from(u8::from(byte != 0))),
        }
    }
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// The least significant one.
    Little,
    /// The most significant one.
    Big,
}

fn numbers<const N: usize>(raw: &[u8], order: ByteOrder, read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let number = |bytes: &[u8; N]| {
        let mut bytes = *bytes;
        if order == ByteOrder::Big {
            bytes.reverse();
        }
        read(bytes)
    };
    raw.as_chunks().0.iter().map(number).collect()
}

/// (−1)ˢ 2^(e − 25) (1024 + m), of 1 bit s, 5 bits e and 10 bits m; with e = 0 as with 1, but without the 1024.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        0 => libm::ldexp(mantissa, -24),
        _ => libm::ldexp(1024.0 + mantissa, exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// A matrix of finite numbers with these rows and columns, or its transpose, that `read` reads where it is to stand. Of
/// `turned` each says whether rows and columns change places: in the file, and in the result.
pub(super) fn matrix(
    name: &str,
    (rows, columns): (usize, usize),
    turned: [bool; 2],
    read: impl FnOnce(ArrayViewMut2<'_, f64>) -> Result<(), String>,
) -> Result<Array2<f64>, FileError> {
    let [by_columns, transposed] = turned;
    let mut matrix = Array2::zeros(if transposed { (columns, rows) } else { (rows, columns) });
    let stored = matrix.view_mut();
    let stored = if by_columns == transposed { stored } else { stored.reversed_axes() };
    read(stored).map_err(|reason| FileError::Array { array: shown(name), reason })?;
    let written = if transposed { matrix.t() } else { matrix.view() };
    match written.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(matrix),
        Some(((row, column), value)) => Err(FileError::NotFinite { array: shown(name), row, column, value: *value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the tables of IEEE 754: 1, −2, the largest, the least normal and the least number of half precision; 1 + 2⁻⁷.
    #[test]
    fn sixteen_bits_are_read() {
        let halves = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_625e-5),
            (1, 5.960_464_477_539_063e-8),
        ];
        for (bits, number) in halves {
            assert!((half(bits) - number).abs() < f64::MIN_POSITIVE, "{bits:x}");
        }
        assert!(half(0x7c00) == f64::INFINITY && half(0xfc00) == f64::NEG_INFINITY && half(0x7e00).is_nan());
        assert_eq!(Element::Bf16.decode(&[0x81, 0x3f, 0x00, 0xc0], ByteOrder::Little), [1.007_812_5, -2.0]);
    }

    #[test]
    fn both_byte_orders_are_read() {
        assert_eq!(Element::I16.decode(&[0xfe, 0xff, 1, 0], ByteOrder::Little), [-2.0, 1.0]);
        assert_eq!(Element::I16.decode(&[0xff, 0xfe, 0, 1], ByteOrder::Big), [-2.0, 1.0]);
        assert_eq!(Element::F32.decode(&1.5_f32.to_be_bytes(), ByteOrder::Big), [1.5]);
    }
}
