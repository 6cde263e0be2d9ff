//! [`Table`] → aligned columns of characters.

use unicode_width::UnicodeWidthStr;

use super::dialect::{Dialect, sentence};
use crate::document::{Sentence, table::Table};

/// What stands between two columns.
const GAP: usize = 2;

/// A column is wrapped to no fewer columns than this, and than its longest word.
const WRAPPED: usize = 16;

/// The table in characters, every cell as `dialect` writes it: words to the left, figures to the right. Where it is wider
/// than `width`, its cells are wrapped; what is still too wide is cut between columns into tables one below the other.
#[must_use]
pub fn text(table: &Table, dialect: &dyn Dialect, width: usize) -> String {
    let cells = |row: &Vec<_>| row.iter().map(|cell| sentence(dialect, cell)).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = [&table.header].into_iter().chain(&table.rows).map(cells).collect();
    let widths = narrowed(&rows, &widths(table, dialect), table, width);
    let part = |columns: Vec<usize>| {
        let row = |row: &Vec<String>| {
            let cell = |column: &usize| wrapped(row.get(*column).map_or("", String::as_str), widths[*column]);
            let cells: Vec<Vec<String>> = columns.iter().map(cell).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            let line = |line: usize| {
                let written = |(cell, column): (&Vec<String>, &usize)| {
                    let text = cell.get(line).map_or("", String::as_str);
                    let blanks = " ".repeat(widths[*column].saturating_sub(text.width()));
                    if *column < table.words { format!("{text}{blanks}") } else { format!("{blanks}{text}") }
                };
                let written: Vec<String> = cells.iter().zip(&columns).map(written).collect();
                written.join(&" ".repeat(GAP)).trim_end().to_owned()
            };
            (0..height).map(line).collect::<Vec<_>>().join("\n")
        };
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    };
    parts(&widths, table.keys, width).into_iter().map(part).collect::<Vec<_>>().join("\n\n")
}

/// The widths of the columns narrowed, the widest first, as far as the table needs it, and as far as each
/// needs it beside the keys where the table is cut all the same.
fn narrowed(rows: &[Vec<String>], widths: &[usize], table: &Table, width: usize) -> Vec<usize> {
    let least: Vec<usize> = (widths.iter().enumerate())
        .map(|(column, own)| {
            let words = rows.iter().filter_map(|row| row.get(column)).flat_map(|cell| cell.split(' '));
            let longest = words.map(UnicodeWidthStr::width).max().unwrap_or(0);
            (*own).min(longest.max(WRAPPED))
        })
        .collect();
    let shrunk = |columns: &[usize]| {
        let mut now = widths.to_vec();
        let total = |now: &[usize]| columns.iter().map(|column| now[*column] + GAP).sum::<usize>().saturating_sub(GAP);
        while total(&now) > width {
            let room = columns.iter().filter(|column| now[**column] > least[**column]);
            let Some(widest) = room.max_by_key(|column| now[**column]) else { break };
            now[*widest] -= 1;
        }
        now
    };
    let all: Vec<usize> = (0..widths.len()).collect();
    let together = shrunk(&all);
    if parts(&together, table.keys, width).len() == 1 {
        return together;
    }
    let keys: Vec<usize> = (0..table.keys.min(widths.len())).collect();
    let beside = |column: &usize| {
        let columns: Vec<usize> = keys.iter().copied().filter(|key| key != column).chain([*column]).collect();
        shrunk(&columns)[*column]
    };
    all.iter().map(beside).collect()
}

/// The lines of a cell.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in cell.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            *line = format!("{line} {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The table as elements of HTML, its figures apart from its words, around it an element with these attributes.
#[must_use]
pub fn html(table: &Table, dialect: &dyn Dialect, attributes: &str) -> String {
    let row = |element: &str, cells: &[Sentence]| {
        let class = |place: usize| if place < table.words { "" } else { " class=\"figure\"" };
        let cell = |(place, cell): (usize, &Sentence)| {
            // A head without words is no head.
            let element = if cell.0.is_empty() { "td" } else { element };
            format!("<{element}{}>{}</{element}>", class(place), sentence(dialect, cell))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = table.rows.iter().map(|cells| row("td", cells)).collect();
    let header = row("th", &table.header);
    format!(
        "<div class=\"table\"{attributes}><table>\n<thead>{header}</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// The width of each column, in characters.
#[must_use]
pub fn widths(table: &Table, dialect: &dyn Dialect) -> Vec<usize> {
    let cells = |column: usize| {
        let rows = [&table.header].into_iter().chain(&table.rows);
        rows.filter_map(move |row| row.get(column)).map(|cell| sentence(dialect, cell).width())
    };
    (0..table.header.len()).map(|column| cells(column).max().unwrap_or(0)).collect()
}

/// Which columns stand together: the keys with as many others as fit.
#[must_use]
pub fn parts(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
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
