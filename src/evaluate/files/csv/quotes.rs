//! The bytes of a table → the most cells that a row has, or the first quote that its reader would take for something else
//! without a word: one that is never closed takes up the rows behind it, and `"3"4` is read as 34.

use std::ops::Range;

/// A quoted cell that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line of its first quote, from 1.
    pub line: usize,
    /// The place of its row: 0 is the header.
    pub row: usize,
    /// The place of the cell in its row, from 0.
    pub cell: usize,
    /// Where text stands behind the quote that closes it, and in which line; nothing where none closes it.
    pub behind: Option<(Range<usize>, usize)>,
}

/// Where the scan is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first cell of a row: lines without text are no rows.
    Row,
    /// Before the first byte of a cell.
    Cell,
    /// In a cell that does not begin with a quote: in it a quote is a letter.
    Bare,
    /// Behind the first quote of a cell.
    Quoted,
    /// Behind a second quote: it closes the cell, or is one of two that stand for one.
    Second,
    /// Behind blanks after that.
    Blank,
}

/// The cells of the widest row or the first wrong cell, by the rules of the reader: commas, rows that end with `\n`, `\r` or
/// both, doubled quotes.
pub(super) fn scan(bytes: &[u8]) -> Result<usize, Fault> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let (mut state, mut line, mut fault) = (State::Row, 1, Fault { line: 1, row: 0, cell: 0, behind: None });
    let mut widest = 0;
    let start = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        state = match (state, byte) {
            (State::Row | State::Cell, b'"') => {
                fault.line = line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Second,
            (State::Second, b'"') | (State::Quoted, _) => State::Quoted,
            (State::Row, b'\n' | b'\r') => State::Row,
            (_, b'\n' | b'\r') => {
                (fault.row, fault.cell) = (fault.row + 1, 0);
                State::Row
            }
            (_, b',') => {
                fault.cell += 1;
                widest = widest.max(fault.cell);
                State::Cell
            }
            (State::Second | State::Blank, byte) if byte.is_ascii_whitespace() => State::Blank,
            (State::Second | State::Blank, _) => {
                let rest = bytes[at..].iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r'));
                let end = rest.map_or(bytes.len(), |length| at + length);
                return Err(Fault { behind: Some((at..end, line)), ..fault });
            }
            (State::Row | State::Cell | State::Bare, _) => State::Bare,
        };
        line += usize::from(*byte == b'\n');
    }
    if state == State::Quoted { Err(fault) } else { Ok(widest + 1) }
}
