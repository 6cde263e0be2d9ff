//! The first row of a table → the names of its columns, and which of them are the target.

use std::collections::HashMap;

use csv::ByteRecord;

use super::{TableError, short};
use crate::source::suggestion::nearest;

/// The names of the columns.
#[derive(Debug)]
pub(super) struct Header {
    /// Each occurs once, and none is empty.
    pub names: Vec<String>,
}

impl Header {
    /// The names of a record that is the first of `bytes`.
    pub fn read(bytes: &[u8], record: &ByteRecord) -> Result<Self, TableError> {
        if record.is_empty() {
            return Err(TableError::Empty);
        }
        if bytes.contains(&0) {
            return Err(TableError::Binary);
        }
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::with_capacity(record.len());
        for (index, name) in record.iter().enumerate() {
            let name = std::str::from_utf8(name).map_err(|_| TableError::NotTextHeader { position: index + 1 })?;
            if name.is_empty() {
                return Err(TableError::Unnamed { position: index + 1 });
            }
            if let Some(earlier) = first.insert(name, index) {
                return Err(TableError::Duplicate { name: short(name), first: earlier + 1, second: index + 1 });
            }
            names.push(name.to_owned());
        }
        if let [only] = &names[..]
            && let Some(separator) = [';', '\t', '|'].into_iter().find(|separator| only.contains(*separator))
        {
            return Err(TableError::Separator { separator });
        }
        Ok(Self { names })
    }

    /// The places of the columns that are meant: a word is one name, or several with commas between them.
    pub fn targets(&self, words: &[String]) -> Result<Vec<usize>, TableError> {
        let mut targets = Vec::new();
        for word in words {
            let names = if self.place(word).is_some() { vec![word.as_str()] } else { word.split(',').collect() };
            for name in names.into_iter().map(str::trim) {
                let place = self.place(name).ok_or_else(|| self.unknown(name))?;
                if targets.contains(&place) {
                    return Err(TableError::Twice { name: short(name) });
                }
                targets.push(place);
            }
        }
        if targets.is_empty() {
            return Err(TableError::NoTarget { columns: self.list() });
        }
        if targets.len() == self.names.len() {
            return Err(TableError::NoFeatures);
        }
        Ok(targets)
    }

    /// The names of the columns that are not of the target.
    pub fn features(&self, targets: &[usize]) -> impl Iterator<Item = &String> {
        let names = self.names.iter().enumerate();
        names.filter(|(index, _)| !targets.contains(index)).map(|(_, name)| name)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    fn unknown(&self, name: &str) -> TableError {
        let near = nearest(name, self.names.iter().map(String::as_str)).map(short);
        let numbers = self.names.iter().all(|name| name.parse::<f64>().is_ok());
        TableError::Unknown { name: short(name), near, columns: self.list(), numbers }
    }

    /// The names for a message: all, or the first and the last.
    fn list(&self) -> String {
        list(&self.names)
    }
}

/// Names for a message: all, or the first ones and the last.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let quoted = |name: &String| format!("`{}`", short(name));
    match names {
        [first @ .., last] if names.len() > MOST => {
            let first: Vec<_> = first.iter().take(MOST - 2).map(quoted).collect();
            format!("{}, …, {}", first.join(", "), quoted(last))
        }
        _ => names.iter().map(quoted).collect::<Vec<_>>().join(", "),
    }
}
