//! The first row of a table → the names of its columns, and which of them are X and the target.

use std::{borrow::Cow, collections::HashMap};

use csv::ByteRecord;

use super::{Reading, TableError, shown};
use crate::source::suggestion::nearest;

/// The names of the columns.
#[derive(Debug)]
pub(super) struct Header {
    /// Each occurs once, and none is empty.
    pub names: Vec<String>,
    /// Whether the columns are counted, since no line names them.
    counted: bool,
}

impl Header {
    /// The names of a record that is the first of `bytes`, or as many numbers if it `names` nothing.
    pub fn read(bytes: &[u8], record: &ByteRecord, names: bool) -> Result<Self, TableError> {
        if record.is_empty() {
            return Err(TableError::Empty);
        }
        if bytes.contains(&0) {
            return Err(TableError::Binary);
        }
        if let Some(only) = record.get(0).filter(|_| record.len() == 1)
            && let Some(separator) = [b';', b'\t', b'|', b' '].into_iter().find(|separator| only.contains(separator))
        {
            let decimal = has_decimal_comma(bytes, separator);
            return Err(TableError::Separator { separator: separator.into(), decimal });
        }
        if !names {
            return Ok(Self { names: (1..=record.len()).map(|column| column.to_string()).collect(), counted: true });
        }
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::with_capacity(record.len());
        for (index, name) in record.iter().enumerate() {
            let name = std::str::from_utf8(name).map_err(|_| TableError::NotTextHeader { position: index + 1 })?;
            if name.is_empty() {
                return Err(TableError::Unnamed { position: index + 1 });
            }
            if let Some(earlier) = first.insert(name, index) {
                return Err(TableError::Duplicate { name: shown(name), first: earlier + 1, second: index + 1 });
            }
            names.push(name.to_owned());
        }
        Ok(Self { names, counted: false })
    }

    /// The columns of X, and those of the target, of a network that has one.
    pub fn columns(&self, reading: &Reading<'_>, has_target: bool) -> Result<(Vec<usize>, Vec<usize>), TableError> {
        let mut taken = vec![false; self.names.len()];
        let targets = self.places(reading.target, &mut taken)?;
        if !has_target && !targets.is_empty() {
            return Err(TableError::UnusedTarget);
        }
        if has_target && targets.is_empty() {
            return Err(TableError::NoTarget { columns: self.list() });
        }
        self.places(reading.drop, &mut taken)?;
        let mut inputs = self.places(reading.inputs, &mut taken)?;
        if reading.inputs.is_empty() {
            inputs = (0..self.names.len()).filter(|place| !taken[*place]).collect();
        }
        if inputs.is_empty() { Err(TableError::NoFeatures) } else { Ok((inputs, targets)) }
    }

    /// The places of the columns that are meant: a word is one name, or several with commas between them.
    fn places(&self, words: &[String], taken: &mut [bool]) -> Result<Vec<usize>, TableError> {
        let mut places = Vec::new();
        for word in words {
            let names = if self.place(word).is_some() { vec![word.as_str()] } else { word.split(',').collect() };
            for name in names.into_iter().map(str::trim) {
                let place = self.place(name).ok_or_else(|| self.unknown(name))?;
                if std::mem::replace(&mut taken[place], true) {
                    return Err(TableError::Twice { name: shown(name) });
                }
                places.push(place);
            }
        }
        Ok(places)
    }

    /// Whether all names are numbers.
    pub fn is_numbers(&self) -> bool {
        self.names.iter().all(|name| name.parse::<f64>().is_ok())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    fn unknown(&self, name: &str) -> TableError {
        let near = nearest(name, self.names.iter().map(String::as_str)).map(shown);
        let counted = self.counted.then_some(self.names.len());
        TableError::Unknown { name: shown(name), near, columns: self.list(), numbers: self.is_numbers(), counted }
    }

    /// The names for a message: all, or the first and the last.
    fn list(&self) -> String {
        list(&self.names)
    }
}

/// The table without the text of the lines of comment before its header, which stay as empty lines, and how many they are. A
/// first line that has as many commas as the next is a header, though it begins with `#`.
pub(super) fn without_comments(bytes: &[u8]) -> (Cow<'_, [u8]>, usize) {
    let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
    let cells = |line: &[u8]| line.split(|byte| *byte == b',').count();
    let comments: Vec<&[u8]> = lines().take_while(|line| line.starts_with(b"#")).collect();
    let (Some(last), Some(next)) = (comments.last(), lines().nth(comments.len())) else { return (bytes.into(), 0) };
    if cells(last) == cells(next) {
        return (bytes.into(), 0);
    }
    let length = comments.iter().map(|line| line.len()).sum();
    let ends = comments.iter().map(|_| b'\n').chain(bytes[length..].iter().copied());
    (ends.collect::<Vec<u8>>().into(), comments.len())
}

/// Whether the second line has numbers as `1,5`.
fn has_decimal_comma(bytes: &[u8], separator: u8) -> bool {
    let second = bytes.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let mut cells = second.split(|byte| *byte == separator).filter_map(|cell| std::str::from_utf8(cell).ok());
    cells.any(|cell| cell.contains(',') && cell.trim().replacen(',', ".", 1).parse::<f64>().is_ok())
}

/// Names for a message: all, or the first ones and the last.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let quoted = |name: &String| format!("`{}`", shown(name));
    match names {
        [first @ .., last] if names.len() > MOST => {
            let first: Vec<_> = first.iter().take(MOST - 2).map(quoted).collect();
            format!("{}, …, {}", first.join(", "), quoted(last))
        }
        _ => names.iter().map(quoted).collect::<Vec<_>>().join(", "),
    }
}
