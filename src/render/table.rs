//! [`Table`] → aligned columns of characters.

use unicode_width::UnicodeWidthStr;

use super::dialect::{Dialect, sentence};
use crate::document::{Sentence, table::Table};

/// What stands between two columns.
const GAP: usize = 2;

/// The table in characters, every cell as `dialect` writes it: words to the left, figures to the right. What is wider than
/// `width` is cut between columns into tables one below the other; a single column stays whole.
#[must_use]
pub fn text(table: &Table, dialect: &dyn Dialect, width: usize) -> String {
    let cells = |row: &Vec<_>| row.iter().map(|cell| sentence(dialect, cell)).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = [&table.header].into_iter().chain(&table.rows).map(cells).collect();
    let widths = widths(table, dialect);
    let part = |columns: Vec<usize>| {
        let row = |row: &Vec<String>| {
            let cell = |column: &usize| {
                let cell = row.get(*column).map_or("", String::as_str);
                let blanks = " ".repeat(widths[*column] - cell.width());
                if *column < table.words { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
            };
            let cells: Vec<String> = columns.iter().map(cell).collect();
            cells.join(&" ".repeat(GAP)).trim_end().to_owned()
        };
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    };
    parts(&widths, table.keys, width).into_iter().map(part).collect::<Vec<_>>().join("\n\n")
}

/// The table as elements of HTML, its figures apart from its words.
#[must_use]
pub fn html(table: &Table, dialect: &dyn Dialect) -> String {
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
    format!("<div class=\"table\"><table>\n<thead>{header}</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
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
