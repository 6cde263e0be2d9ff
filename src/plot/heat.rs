//! Ratios in rows and columns → coloured cells with figures.

use super::{
    PlotError,
    canvas::{Anchor, Canvas, LINE, MARGIN, NORMAL, SMALL, TITLE, count, picture, shortened, widest, width},
    excerpt::{Entry, excerpt},
    labels::distinct,
    palette::Ink,
};

const CELL: (i32, i32) = (68, 22);
const MOST_ROWS: usize = 36;
const LONGEST: i32 = 180;
/// What a title widens the picture to, at most.
const WIDEST: i32 = 900;
/// Between groups of columns.
const GAP: i32 = 16;

/// Columns under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The heading; may be empty.
    pub heading: String,
    /// What each shows.
    pub names: Vec<String>,
}

/// A table of ratios: 1 is no change.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Above it.
    pub title: String,
    /// What each row is about.
    pub rows: Vec<String>,
    /// The columns.
    pub columns: Vec<Columns>,
    /// By row, then by column over all groups. Where there is no ratio the cell is empty.
    pub ratios: Vec<Vec<Option<f64>>>,
    /// The row that is shown with those around it, however many there are.
    pub keep: Option<usize>,
}

/// Bounds of the classes above 0; the last class has none.
const BOUNDS: [f64; 8] = [0.125, 0.25, 0.5, 0.95, 1.05, 2.0, 4.0, 8.0];
/// What the classes are called.
const CLASSES: [&str; 11] = [
    "below 0",
    "0",
    "below 1/8",
    "below 1/4",
    "below 1/2",
    "below 0.95",
    "about 1",
    "up to 2",
    "up to 4",
    "up to 8",
    "above 8",
];

/// The class of a ratio, from the smallest: below 0, 0, then by [`BOUNDS`].
fn class(ratio: f64) -> usize {
    if ratio < 0.0 {
        0
    } else if ratio == 0.0 {
        1
    } else {
        // Below 1 a class ends before its bound, above 1 with it.
        2 + BOUNDS.iter().take_while(|bound| if **bound < 1.0 { ratio >= **bound } else { ratio > **bound }).count()
    }
}

/// Whether a class is shown in a strong colour.
pub(super) fn is_strong(class: usize) -> bool {
    class <= 2 || class >= 9
}

impl HeatMap {
    /// The picture; of many rows the first, the last and those around `keep`.
    ///
    /// # Errors
    /// [`PlotError::Empty`] if there is no ratio.
    pub fn svg(&self) -> Result<String, PlotError> {
        if !self.ratios.iter().flatten().flatten().any(|ratio| ratio.is_finite()) {
            return Err(PlotError::Empty);
        }
        let rows = excerpt(self.rows.len(), MOST_ROWS, self.keep);
        let names = distinct(self.rows.iter().map(String::as_str), NORMAL, LONGEST);
        let left = MARGIN + widest(names.iter().map(String::as_str), NORMAL) + 10;
        let columns: usize = self.columns.iter().map(|group| group.names.len()).sum();
        let right = left + count(columns) * CELL.0 + count(self.columns.len().saturating_sub(1)) * GAP;
        let title = (width(&self.title, TITLE) + 2 * MARGIN).min(WIDEST);
        let right = (right + MARGIN).max(560).max(title);
        let top = MARGIN + 82;
        let bottom = top + count(rows.len()) * CELL.1 + 14;
        let legend = Legend::new(right - 2 * MARGIN);
        let notes = self.notes(&rows);
        let height = bottom + legend.lines * LINE + count(notes.len()) * LINE + MARGIN;
        picture(&self.title, (right, height), |canvas| {
            self.headings(canvas, left)?;
            for (y, entry) in (top..).step_by(CELL.1.unsigned_abs() as usize).zip(&rows) {
                match entry {
                    Entry::Left(left_out) => {
                        canvas.text(
                            &format!("⋯ {left_out} more"),
                            (MARGIN, y + CELL.1 / 2),
                            SMALL,
                            Ink::Quiet,
                            Anchor::Start,
                        )?;
                    }
                    Entry::Shown(row) => {
                        canvas.text(&names[*row], (left - 10, y + CELL.1 / 2), NORMAL, Ink::Text, Anchor::End)?;
                        self.row(canvas, *row, (left, y))?;
                    }
                }
            }
            legend.draw(canvas, bottom + LINE / 2)?;
            canvas.notes(&notes, bottom + legend.lines * LINE + LINE / 2)
        })
    }

    /// The left edge of every column, group by group.
    fn edges(&self, left: i32) -> Vec<Vec<i32>> {
        let mut x = left;
        let mut group = |columns: &Columns| {
            let edges = columns.names.iter().enumerate().map(|(index, _)| x + count(index) * CELL.0).collect();
            x += count(columns.names.len()) * CELL.0 + GAP;
            edges
        };
        self.columns.iter().map(&mut group).collect()
    }

    fn headings(&self, canvas: &Canvas<'_>, left: i32) -> Result<(), PlotError> {
        for (group, edges) in self.columns.iter().zip(self.edges(left)) {
            let Some(first) = edges.first() else { continue };
            let heading = shortened(&group.heading, NORMAL, count(edges.len()) * CELL.0);
            canvas.text(&heading, (*first, MARGIN + 42), NORMAL, Ink::Text, Anchor::Start)?;
            for (name, x) in group.names.iter().zip(&edges) {
                let name = shortened(name, SMALL, CELL.0 - 6);
                canvas.text(&name, (x + CELL.0 / 2, MARGIN + 66), SMALL, Ink::Quiet, Anchor::Middle)?;
            }
        }
        Ok(())
    }

    fn row(&self, canvas: &Canvas<'_>, row: usize, (left, y): (i32, i32)) -> Result<(), PlotError> {
        let ratios = self.ratios.get(row).into_iter().flatten();
        for (x, ratio) in self.edges(left).into_iter().flatten().zip(ratios) {
            let (from, to) = ((x + 1, y + 1), (x + CELL.0 - 1, y + CELL.1 - 1));
            let Some(ratio) = ratio.filter(|ratio| ratio.is_finite()) else {
                canvas.frame(from, to, Ink::Grid)?;
                continue;
            };
            let class = class(ratio);
            canvas.cell(from, to, Ink::Ratio(class))?;
            let ink = if is_strong(class) { Ink::OnStrong } else { Ink::OnPale };
            canvas.text(&figure(ratio), (x + CELL.0 / 2, y + CELL.1 / 2), SMALL, ink, Anchor::Middle)?;
        }
        Ok(())
    }

    fn notes(&self, rows: &[Entry]) -> Vec<String> {
        let shown = rows.iter().filter(|entry| matches!(entry, Entry::Shown(_))).count();
        let mut notes = Vec::new();
        if shown < self.rows.len() {
            notes.push(format!("{shown} of {} rows are shown", self.rows.len()));
        }
        if self.ratios.iter().flatten().any(|ratio| ratio.is_none_or(|ratio| !ratio.is_finite())) {
            notes.push("an empty cell has no ratio".into());
        }
        notes
    }
}

/// Three significant digits in at most nine characters.
fn figure(ratio: f64) -> String {
    let size = ratio.abs();
    if ratio == 0.0 {
        "0".into()
    } else if !(1e-3..1e4).contains(&size) {
        format!("{ratio:.1e}")
    } else {
        let digits = (0..5).find(|digits| size >= 100.0 / 10_f64.powi(*digits)).unwrap_or(5);
        let text = format!("{ratio:.*}", usize::try_from(digits).unwrap_or(0));
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

/// The classes with their colours, in as many lines as they need.
struct Legend {
    /// Of each class.
    places: Vec<(i32, i32)>,
    lines: i32,
}

impl Legend {
    fn new(available: i32) -> Self {
        let (mut x, mut line) = (0, 0);
        let mut place = |class: &&str| {
            let needed = 20 + width(class, SMALL) + 14;
            if x > 0 && x + needed > available {
                (x, line) = (0, line + 1);
            }
            x += needed;
            (x - needed, line)
        };
        let places: Vec<_> = CLASSES.iter().map(&mut place).collect();
        Self { lines: places.last().map_or(0, |(_, line)| line + 1), places }
    }

    fn draw(&self, canvas: &Canvas<'_>, y: i32) -> Result<(), PlotError> {
        for (index, (name, (x, line))) in CLASSES.iter().zip(&self.places).enumerate() {
            let (x, y) = (MARGIN + x, y + line * LINE);
            canvas.cell((x, y - 6), (x + 14, y + 6), Ink::Ratio(index))?;
            canvas.frame((x, y - 6), (x + 14, y + 6), Ink::Grid)?;
            canvas.text(name, (x + 20, y), SMALL, Ink::Quiet, Anchor::Start)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_fall_into_their_classes() {
        let name = |ratio| CLASSES[class(ratio)];
        for (ratio, expected) in [
            (-17.3, "below 0"),
            (0.0, "0"),
            (1e-9, "below 1/8"),
            (0.125, "below 1/4"),
            (4.0 / 9.0, "below 1/2"),
            (2.0 / 3.0, "below 0.95"),
            (1.0, "about 1"),
            (1.05, "about 1"),
            (2.0, "up to 2"),
            (8.0, "up to 8"),
            (146.0, "above 8"),
        ] {
            assert_eq!(name(ratio), expected, "{ratio}");
        }
    }

    #[test]
    fn figures_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (2.0 / 3.0, "0.667"),
            (1.0, "1"),
            (-52.0 / 3.0, "-17.3"),
            (146.2, "146"),
            (0.001_234, "0.00123"),
        ];
        for (ratio, text) in cases {
            assert_eq!(figure(ratio), text);
        }
        assert_eq!((figure(1.0e-5), figure(-2.5e7)), ("1.0e-5".into(), "-2.5e7".into()));
    }
}
