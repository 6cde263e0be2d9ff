//! `.safetensors`: a JSON header with the place of each array, then their bytes.

use ndarray::Array2;
use safetensors::{SafeTensors, tensor::TensorView};

use super::{
    Budget, FileError,
    element::{ByteOrder, Element},
    finite, printable,
};
use crate::evaluate::arrays::Arrays;

/// All arrays by name.
pub(super) fn decode(bytes: &[u8], limit: u64) -> Result<Arrays, FileError> {
    if names_impossible_offset(bytes) {
        return Err(FileError::Safetensors { reason: "its header names an offset beyond any file".to_owned() });
    }
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|error| FileError::Safetensors { reason: error.to_string() })?;
    let mut budget = Budget::new(limit);
    let mut names = tensors.names();
    names.sort_unstable();
    let mut arrays = Arrays::with_capacity(names.len());
    for name in names {
        let tensor = tensors.tensor(name).map_err(|error| FileError::Safetensors { reason: error.to_string() })?;
        let name = printable(name);
        let array = read(&name, &tensor, &mut budget)?;
        arrays.insert(name, array);
    }
    Ok(arrays)
}

fn read(name: &str, tensor: &TensorView<'_>, budget: &mut Budget) -> Result<Array2<f64>, FileError> {
    let found = tensor.dtype().to_string();
    let element =
        Element::of_safetensors(&found).ok_or_else(|| FileError::Element { array: name.to_owned(), found })?;
    let shape = budget.claim(name, tensor.shape())?;
    let values = element.decode(tensor.data(), ByteOrder::Little);
    let array = Array2::from_shape_vec(shape, values)
        .map_err(|error| FileError::Array { array: name.to_owned(), reason: error.to_string() })?;
    finite(name, array)
}

/// Whether the header holds a number of 20 digits or more, outside of strings: near 2⁶⁴ the library's own sum
/// of offsets and header overflows.
fn names_impossible_offset(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = &rest[..length.min(rest.len())];
    let (mut quoted, mut escaped, mut digits) = (false, false, 0);
    for byte in header {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
        digits = if !quoted && byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits >= 20 {
            return true;
        }
    }
    false
}
