//! `.npz`: a zip archive of numpy's `.npy` arrays, stored or deflated.

use std::{
    collections::HashSet,
    io::{Cursor, Write},
};

use ndarray::Array2;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    Budget, Entry, FileError,
    element::{ByteOrder, Element, matrix},
    npy::{self, Header},
    shown,
};
use crate::evaluate::arrays::Arrays;

/// An archive, and the place in it of each array.
pub(super) struct Npz<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    places: Vec<usize>,
}

/// The arrays of the archive in their order. What is no array has no place, unless there is no array at all.
pub(super) fn open(bytes: &[u8]) -> Result<(Npz<'_>, Vec<Entry>), FileError> {
    let damaged = |error: ZipError| FileError::Npz { reason: error.to_string() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if let Some(name) = repeated(bytes, archive.central_directory_start()) {
        return Err(FileError::Twice { array: shown(name.strip_suffix(".npy").unwrap_or(&name)) });
    }
    let (mut places, mut entries) = (Vec::new(), Vec::new());
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    for (place, file) in names.iter().enumerate() {
        if let Some(name) = file.strip_suffix(".npy") {
            let header = archive.by_index(place).ok().and_then(|mut entry| Header::read(&mut entry).ok());
            entries.push(Entry { name: name.to_owned(), shape: header.map(|header| header.shape) });
            places.push(place);
        }
    }
    match names.first() {
        Some(entry) if entries.is_empty() => Err(FileError::Entry { entry: shown(entry) }),
        _ => Ok((Npz { archive, places }, entries)),
    }
}

/// The first name that the directory at `start` has twice; of these the archive's reader keeps the last in silence.
fn repeated(bytes: &[u8], start: u64) -> Option<String> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    /// Of an entry without name, extra field and comment, whose lengths stand at 28, 30 and 32.
    const FIXED: usize = 46;
    let mut rest = bytes.get(usize::try_from(start).ok()?..)?;
    let mut names = HashSet::new();
    while rest.starts_with(SIGNATURE) {
        let length = |at: usize| Some(usize::from(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?])));
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let text = rest.get(FIXED..FIXED + name)?;
        if !names.insert(text) {
            return Some(String::from_utf8_lossy(text).into_owned());
        }
        rest = rest.get(FIXED + name + extra + comment..)?;
    }
    None
}

impl Npz<'_> {
    /// One array, read to its end, so that its checksum is compared.
    pub fn read(
        &mut self,
        place: usize,
        name: &str,
        transposed: bool,
        budget: &mut Budget,
    ) -> Result<Array2<f64>, FileError> {
        let damaged = |reason: String| FileError::Array { array: shown(name), reason };
        let mut entry = self.archive.by_index(self.places[place]).map_err(|error| damaged(error.to_string()))?;
        let header = Header::read(&mut entry).map_err(damaged)?;
        let Some((element, order)) = element(&header.descr) else {
            return Err(FileError::Element { array: shown(name), found: shown(&header.descr) });
        };
        let shape = budget.claim(name, &header.shape)?;
        matrix(name, shape, [header.fortran_order, transposed], |stored| element.read(&mut entry, order, stored))
    }
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
