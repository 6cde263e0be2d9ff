//! `.npz`: a zip archive of numpy's `.npy` arrays, stored or deflated.

use std::io::{Cursor, Read, Write};

use ndarray::Array2;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    Budget, FileError,
    element::{ByteOrder, Element},
    finite,
    npy::{self, Header},
    printable,
};
use crate::evaluate::arrays::Arrays;

/// All arrays of the archive in their order. Each is read to its end, so that its checksum is compared.
pub(super) fn decode(bytes: &[u8], limit: u64) -> Result<Arrays, FileError> {
    let damaged = |error: ZipError| FileError::Npz { reason: error.to_string() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut budget = Budget::new(limit);
    let mut arrays = Arrays::with_capacity(archive.len());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let file = printable(entry.name());
        let Some(name) = file.strip_suffix(".npy") else {
            return Err(FileError::Entry { entry: file });
        };
        let array = read(name, &mut entry, &mut budget)?;
        arrays.insert(name.to_owned(), array);
    }
    Ok(arrays)
}

/// One `.npy` array.
fn read(name: &str, entry: &mut impl Read, budget: &mut Budget) -> Result<Array2<f64>, FileError> {
    let damaged = |reason: String| FileError::Array { array: name.to_owned(), reason };
    let header = Header::read(entry).map_err(damaged)?;
    let Some((element, order)) = element(&header.descr) else {
        return Err(FileError::Element { array: name.to_owned(), found: printable(&header.descr) });
    };
    let (rows, columns) = budget.claim(name, &header.shape)?;
    let size = rows * columns * element.size();
    let mut raw = Vec::new();
    entry.take(size as u64 + 1).read_to_end(&mut raw).map_err(|error| damaged(error.to_string()))?;
    if raw.len() != size {
        let held = if raw.len() < size { raw.len().to_string() } else { "more".to_owned() };
        return Err(damaged(format!("its header promises {size} bytes, the file holds {held}")));
    }
    let shape = if header.fortran_order { (columns, rows) } else { (rows, columns) };
    let stored =
        Array2::from_shape_vec(shape, element.decode(&raw, order)).map_err(|error| damaged(error.to_string()))?;
    let array = if header.fortran_order { stored.t().as_standard_layout().into_owned() } else { stored };
    finite(name, array)
}

/// What a type descriptor such as `<f8` means.
fn element(descr: &str) -> Option<(Element, ByteOrder)> {
    let order = if descr.starts_with('>') { ByteOrder::Big } else { ByteOrder::Little };
    Some((Element::of_numpy(descr.strip_prefix(['<', '>', '|', '='])?)?, order))
}

/// The arrays as `numpy.load` reads them, uncompressed. Equal arrays give equal bytes.
///
/// # Errors
/// [`FileError::Write`] if zip cannot hold them.
pub fn encode(arrays: &Arrays) -> Result<Vec<u8>, FileError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        let failed = |reason: String| FileError::Write { array: name.clone(), reason };
        let bytes = npy::encode(array);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(bytes.len() > u32::MAX as usize);
        archive.start_file(format!("{name}.npy"), options).map_err(|error| failed(error.to_string()))?;
        archive.write_all(&bytes).map_err(|error| failed(error.to_string()))?;
    }
    let archive = archive.finish().map_err(|error| FileError::Npz { reason: error.to_string() })?;
    Ok(archive.into_inner())
}
