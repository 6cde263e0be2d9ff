//! Rows of words and formulas → a table, in any format.

use super::{
    dialect::{Dialect, sentence},
    sentence::Sentence,
    table,
};

/// A table: words in the first columns, then figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// What stands above each column.
    pub header: Vec<Sentence>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<Sentence>>,
    /// How many columns, from the left, are words.
    pub words: usize,
}

impl Figures {
    /// A table without rows.
    #[must_use]
    pub fn new(header: impl IntoIterator<Item = Sentence>, words: usize) -> Self {
        Self { header: header.into_iter().collect(), rows: Vec::new(), words }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Sentence>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table in characters, every cell as `dialect` writes it.
    #[must_use]
    pub fn text(&self, dialect: &dyn Dialect) -> String {
        let cells = |row: &Vec<Sentence>| row.iter().map(|cell| sentence(dialect, cell)).collect::<Vec<_>>();
        let header = cells(&self.header);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        table::figures(&header, &self.rows.iter().map(cells).collect::<Vec<_>>(), self.words)
    }
}
