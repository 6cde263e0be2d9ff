//! Pieces of a formula → a line of characters, and the shapes on the line below it.

use unicode_width::UnicodeWidthStr;

use super::color::columns;

/// A piece as it is written.
pub struct Cell {
    /// The factor.
    pub text: String,
    /// Its shape.
    pub under: String,
    /// Of the wider of both.
    pub width: usize,
}

/// A line, and the one below it.
#[derive(Debug, Default)]
pub struct Rows {
    /// The line.
    pub top: String,
    /// The one below it.
    pub under: String,
    /// The columns that are filled.
    pub used: usize,
}

impl Rows {
    /// Adds a piece.
    pub fn add(&mut self, cell: &Cell) {
        self.top.push_str(&cell.text);
        blanks(&mut self.top, cell.width - columns(&cell.text));
        self.under.push_str(&cell.under);
        blanks(&mut self.under, cell.width - cell.under.width());
        self.used += cell.width;
    }

    /// Begins a new line of which `indent` columns are blank.
    pub fn finish(&mut self, done: &mut Vec<String>, indent: usize) {
        let blank = || " ".repeat(indent);
        let rows = [std::mem::replace(&mut self.top, blank()), std::mem::replace(&mut self.under, blank())];
        done.extend(rows.iter().map(|row| row.trim_end().to_string()).filter(|row| !row.is_empty()));
        self.used = indent;
    }
}

/// Adds blanks.
pub fn blanks(line: &mut String, count: usize) {
    line.extend(std::iter::repeat_n(' ', count));
}
