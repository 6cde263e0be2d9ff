//! Rows of words and formulas → a table, in any format.

use unicode_width::UnicodeWidthStr;

use super::{
    dialect::{Dialect, sentence},
    sentence::Sentence,
    table,
};

/// What stands between two columns.
const GAP: usize = 2;

/// A table: words in the first columns, then figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// What stands above each column.
    pub header: Vec<Sentence>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<Sentence>>,
    /// How many columns, from the left, are words.
    pub words: usize,
    /// How many columns, from the left, say what a row is of: each part of a table that is too wide has them.
    pub keys: usize,
}

impl Figures {
    /// A table without rows; the columns of words say what a row is of.
    #[must_use]
    pub fn new(header: impl IntoIterator<Item = Sentence>, words: usize) -> Self {
        Self { header: header.into_iter().collect(), rows: Vec::new(), words, keys: words }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Sentence>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table in characters, every cell as `dialect` writes it. What is wider than `width` is cut between columns into
    /// tables one below the other; a single column stays whole.
    #[must_use]
    pub fn text(&self, dialect: &dyn Dialect, width: usize) -> String {
        let cells = |row: &Vec<Sentence>| row.iter().map(|cell| sentence(dialect, cell)).collect::<Vec<_>>();
        let (header, rows) = (cells(&self.header), self.rows.iter().map(cells).collect::<Vec<_>>());
        let widths: Vec<usize> = (0..header.len()).map(|column| widest(&header, &rows, column)).collect();
        let part = |columns: Vec<usize>| {
            let of = |row: &Vec<String>| columns.iter().filter_map(|i| row.get(*i).cloned()).collect::<Vec<_>>();
            let words = columns.iter().filter(|column| **column < self.words).count();
            let header = of(&header);
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            table::figures(&header, &rows.iter().map(of).collect::<Vec<_>>(), words)
        };
        parts(&widths, self.keys, width).into_iter().map(part).collect::<Vec<_>>().join("\n\n")
    }
}

fn widest(header: &[String], rows: &[Vec<String>], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).chain(header.get(column));
    cells.map(|cell| cell.width()).max().unwrap_or(0)
}

/// Which columns stand together: the keys with as many others as fit.
fn parts(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
    let keys: Vec<usize> = (0..keys.min(widths.len())).collect();
    let start: usize = keys.iter().map(|key| widths[*key] + GAP).sum();
    let (mut found, mut part, mut used) = (Vec::new(), keys.clone(), start);
    for (column, own) in widths.iter().enumerate().skip(keys.len()) {
        if used + own > width && part.len() > keys.len() {
            found.push(std::mem::replace(&mut part, keys.clone()));
            used = start;
        }
        part.push(column);
        used += own + GAP;
    }
    found.push(part);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_is_cut_between_columns() {
        assert_eq!(parts(&[3, 5, 5, 5], 1, 100), [[0, 1, 2, 3]]);
        // 3 + 2 + 5 + 2 + 5 = 17 columns.
        assert_eq!(parts(&[3, 5, 5, 5], 1, 17), [vec![0, 1, 2], vec![0, 3]]);
        assert_eq!(parts(&[3, 5, 5, 5], 1, 16), [[0, 1], [0, 2], [0, 3]]);
        assert_eq!(parts(&[3, 50, 5, 5], 1, 17), [vec![0, 1], vec![0, 2, 3]]);
        assert_eq!(parts(&[30, 50], 2, 17), [[0, 1]]);
        assert_eq!(parts(&[], 1, 17), [Vec::<usize>::new()]);
    }
}
