//! `.safetensors`: a JSON header with the place of each array, then their bytes.

use std::collections::HashSet;

use ndarray::Array2;
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};

use super::{
    Budget, Entry, FileError,
    element::{ByteOrder, Element, matrix},
    shown,
};
use crate::evaluate::arrays::Arrays;

/// The arrays in the order of their names.
pub(super) fn open(bytes: &[u8]) -> Result<(SafeTensors<'_>, Vec<Entry>), FileError> {
    if names_impossible_offset(bytes) {
        return Err(FileError::Safetensors { reason: "its header names an offset beyond any file".to_owned() });
    }
    if let Some(array) = repeated(bytes) {
        return Err(FileError::Twice { array: shown(array) });
    }
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| FileError::Safetensors { reason: shown(&error.to_string()) })?;
    let mut entries: Vec<Entry> = tensors
        .iter()
        .map(|(name, tensor)| Entry { name: name.to_owned(), shape: Some(tensor.shape().to_vec()) })
        .collect();
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok((tensors, entries))
}

/// One array.
pub(super) fn read(
    tensors: &SafeTensors<'_>,
    name: &str,
    transposed: bool,
    budget: &mut Budget,
) -> Result<Array2<f64>, FileError> {
    let tensor = tensors.tensor(name).map_err(|error| FileError::Safetensors { reason: error.to_string() })?;
    let found = tensor.dtype().to_string();
    let element = Element::of_safetensors(&found).ok_or_else(|| FileError::Element { array: shown(name), found })?;
    let shape = budget.claim(name, tensor.shape())?;
    matrix(name, shape, [false, transposed], |stored| element.read(&mut tensor.data(), ByteOrder::Little, stored))
}

/// The first name that the header has twice; of these its reader keeps the last in silence.
fn repeated(bytes: &[u8]) -> Option<&str> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let header = std::str::from_utf8(rest.get(..length)?).ok()?;
    let (mut depth, mut opened, mut last, mut names) = (0_usize, None, "", HashSet::new());
    let mut escaped = false;
    for (at, byte) in header.bytes().enumerate() {
        match (byte, opened) {
            (_, Some(_)) if std::mem::replace(&mut escaped, false) => {}
            (b'\\', Some(_)) => escaped = true,
            (b'"', Some(start)) => (last, opened) = (&header[start..at], None),
            (b'"', None) => opened = Some(at + 1),
            (b'{', None) => depth += 1,
            (b'}', None) => depth = depth.saturating_sub(1),
            (b':', None) if depth == 1 && !names.insert(last) => return Some(last),
            (_, Some(_) | None) => {}
        }
    }
    None
}

/// The arrays as other programs read them. Equal arrays give equal bytes.
///
/// # Errors
/// [`FileError::Write`] if the format cannot hold them.
pub fn encode(arrays: &Arrays) -> Result<Vec<u8>, FileError> {
    let raw: Vec<(&String, [usize; 2], Vec<u8>)> = arrays
        .iter()
        .map(|(name, array)| (name, array.dim().into(), array.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let failed = |array: &str, reason: String| FileError::Write { array: array.to_owned(), reason };
    let mut views = Vec::with_capacity(raw.len());
    for (name, shape, bytes) in &raw {
        let view = TensorView::new(Dtype::F64, shape.to_vec(), bytes);
        views.push((name.as_str(), view.map_err(|error| failed(name, error.to_string()))?));
    }
    serialize(views, None).map_err(|error| failed("the arrays", error.to_string()))
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
