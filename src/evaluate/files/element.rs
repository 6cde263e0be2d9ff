//! The element types of array files: a type's name and raw bytes → f64.

/// A type of element that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
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
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// The elements in `raw`, whose bytes stand in the order that `order` says.
    #[allow(clippy::cast_precision_loss, reason = "integers beyond 2⁵³ are rounded, as numpy does")]
    pub fn decode(self, raw: &[u8], order: ByteOrder) -> Vec<f64> {
        match self {
            Self::F64 => numbers(raw, order, f64::from_le_bytes),
            Self::F32 => numbers(raw, order, |bytes| f32::from_le_bytes(bytes).into()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_are_read() {
        assert_eq!(Element::I16.decode(&[0xfe, 0xff, 1, 0], ByteOrder::Little), [-2.0, 1.0]);
        assert_eq!(Element::I16.decode(&[0xff, 0xfe, 0, 1], ByteOrder::Big), [-2.0, 1.0]);
        assert_eq!(Element::F32.decode(&1.5_f32.to_be_bytes(), ByteOrder::Big), [1.5]);
    }
}
