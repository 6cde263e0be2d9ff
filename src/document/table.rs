//! Rows of words, formulas and figures.

use super::sentence::Sentence;

/// A table: words in the first columns, then figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What stands above each column.
    pub header: Vec<Sentence>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<Sentence>>,
    /// How many columns, from the left, are words.
    pub words: usize,
    /// How many columns, from the left, say what a row is of: each part of a table that is too wide has them.
    pub keys: usize,
}

impl Table {
    /// A table without rows; the columns of words say what a row is of.
    pub fn new(header: impl IntoIterator<Item: Into<Sentence>>, words: usize) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new(), words, keys: words }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item: Into<Sentence>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Adds a row that begins with what it is of.
    pub fn row_of(&mut self, what: impl Into<Sentence>, cells: impl IntoIterator<Item: Into<Sentence>>) {
        self.rows.push([what.into()].into_iter().chain(cells.into_iter().map(Into::into)).collect());
    }
}
