//! What enters what, as tables of marks beside each other.

use plotters::{element::Circle, style::Color};

use super::{
    PlotError,
    canvas::{Anchor, Canvas, LINE, MARGIN, NORMAL, Place, SMALL, count, picture, widest, width},
    excerpt::{Entry, excerpt},
    labels::distinct,
    palette::Ink,
};

const CELL: i32 = 18;
/// Between groups of rows or of columns.
const GAP: i32 = 8;
/// The most entries of a group.
const MOST: usize = 12;
const LONGEST: i32 = 120;
/// Between tables.
const BETWEEN: i32 = 32;

/// How something enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As a factor.
    Direct,
    /// Only through others.
    Indirect,
    /// Only through others, and only where they jump.
    Jumps,
    /// Not at all.
    Absent,
}

/// A table of marks.
pub struct Panel<'a> {
    /// Above it.
    pub name: String,
    /// The mark of a row and a column, each counted over all groups.
    pub mark: Box<dyn Fn(usize, usize) -> Mark + 'a>,
}

/// Tables with the same rows and columns.
pub struct Marks<'a> {
    /// Above all.
    pub title: String,
    /// What enters, in groups such as all W: of a long group the first and the last are shown.
    pub rows: Vec<Vec<String>>,
    /// What it enters, in groups.
    pub columns: Vec<Vec<String>>,
    /// The tables.
    pub panels: Vec<Panel<'a>>,
    /// What a direct mark, an indirect one and one by jumps say, each shown where a cell has it.
    pub legend: [String; 3],
    /// Below the legend, a line each.
    pub notes: Vec<String>,
}

/// An entry of an axis: where it begins, and which it is.
struct Slot {
    at: i32,
    /// The index over all groups and the name, or how many are left out.
    entry: Result<(usize, String), usize>,
}

/// The entries that are shown, and the pixels they take.
fn axis(groups: &[Vec<String>]) -> (Vec<Slot>, i32) {
    let names = distinct(groups.iter().flatten().map(String::as_str), SMALL, LONGEST);
    let (mut slots, mut at, mut before) = (Vec::new(), 0, 0);
    for group in groups.iter().filter(|group| !group.is_empty()) {
        for entry in excerpt(group.len(), MOST, None) {
            let entry = match entry {
                Entry::Shown(index) => Ok((before + index, names[before + index].clone())),
                Entry::Left(count) => Err(count),
            };
            slots.push(Slot { at, entry });
            at += CELL;
        }
        at += GAP;
        before += group.len();
    }
    (slots, (at - GAP).max(0))
}

fn names(slots: &[Slot]) -> impl Iterator<Item = &str> {
    slots.iter().filter_map(|slot| slot.entry.as_ref().ok()).map(|(_, name)| name.as_str())
}

impl Marks<'_> {
    /// The picture.
    ///
    /// # Errors
    /// [`PlotError::Empty`] without rows, columns or tables.
    pub fn svg(&self) -> Result<String, PlotError> {
        let ((rows, height), (columns, across)) = (axis(&self.rows), axis(&self.columns));
        if rows.is_empty() || columns.is_empty() || self.panels.is_empty() {
            return Err(PlotError::Empty);
        }
        let left = MARGIN + widest(names(&rows), SMALL) + 8;
        let top = MARGIN + 48 + widest(names(&columns), SMALL) + 8;
        // As wide as its marks, or as its name.
        let step = self.panels.iter().map(|panel| width(&panel.name, NORMAL)).fold(across, i32::max) + BETWEEN;
        let notes = self.notes();
        let legend = self.present(&rows, &columns);
        let texts = legend.iter().map(|(text, _)| *text);
        let below = widest(notes.iter().map(String::as_str), SMALL).max(CELL + 6 + widest(texts, SMALL));
        let right = (left + count(self.panels.len()) * step - BETWEEN).max(left + 300).max(MARGIN + below) + MARGIN;
        let bottom = top + height + 16;
        let ends = bottom + count(legend.len()) * LINE;
        picture(&self.title, (right, ends + count(notes.len()) * LINE + MARGIN), |canvas| {
            for slot in &rows {
                let y = top + slot.at + CELL / 2;
                match &slot.entry {
                    Ok((_, name)) => canvas.text(name, (left - 8, y), SMALL, Ink::Text, Anchor::End)?,
                    Err(_) => canvas.text("⋯", (left - 8, y), SMALL, Ink::Quiet, Anchor::End)?,
                }
            }
            for (index, panel) in self.panels.iter().enumerate() {
                let corner = (left + count(index) * step, top);
                canvas.text(&panel.name, (corner.0, MARGIN + 38), NORMAL, Ink::Text, Anchor::Start)?;
                draw(canvas, panel, &rows, &columns, corner)?;
            }
            for (y, (text, mark)) in (bottom + LINE / 2..).step_by(LINE.unsigned_abs() as usize).zip(&legend) {
                draw_mark(canvas, (MARGIN, y - CELL / 2), *mark)?;
                canvas.text(text, (MARGIN + CELL + 6, y), SMALL, Ink::Quiet, Anchor::Start)?;
            }
            canvas.notes(&notes, ends + LINE / 2)
        })
    }

    fn notes(&self) -> Vec<String> {
        let long = self.rows.iter().chain(&self.columns).map(Vec::len).max().filter(|longest| *longest > MOST);
        let note =
            |longest| format!("⋯ stands for those between: of {longest} the first and the last {} are shown", MOST / 2);
        long.map(note).into_iter().chain(self.notes.iter().cloned()).collect()
    }

    /// The marks of the cells that are shown, with what they say.
    fn present(&self, rows: &[Slot], columns: &[Slot]) -> Vec<(&str, Mark)> {
        let shown = |slots: &[Slot]| -> Vec<usize> {
            slots.iter().filter_map(|slot| slot.entry.as_ref().ok()).map(|(index, _)| *index).collect()
        };
        let (rows, columns) = (shown(rows), shown(columns));
        let has = |mark: Mark| {
            let mut cells = rows.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column)));
            cells.any(|(row, column)| self.panels.iter().any(|panel| (panel.mark)(row, column) == mark))
        };
        let all = self.legend.iter().map(String::as_str).zip([Mark::Direct, Mark::Indirect, Mark::Jumps]);
        all.filter(|(_, mark)| has(*mark)).collect()
    }
}

fn draw(
    canvas: &Canvas<'_>,
    panel: &Panel<'_>,
    rows: &[Slot],
    columns: &[Slot],
    corner: Place,
) -> Result<(), PlotError> {
    let end = |slots: &[Slot]| slots.last().map_or(0, |slot| slot.at + CELL);
    let (right, bottom) = (corner.0 + end(columns), corner.1 + end(rows));
    for row in rows.iter().filter(|row| row.entry.is_ok()) {
        let y = corner.1 + row.at + CELL / 2;
        canvas.line((corner.0, y), (right, y), Ink::Grid)?;
    }
    for column in columns {
        let x = corner.0 + column.at;
        let Ok((_, name)) = &column.entry else {
            canvas.text("⋯", (x + CELL / 2, corner.1 - 8), SMALL, Ink::Quiet, Anchor::Middle)?;
            continue;
        };
        canvas.line((x + CELL / 2, corner.1), (x + CELL / 2, bottom), Ink::Grid)?;
        canvas.upright(name, (x + CELL / 2, corner.1 - 6), SMALL, Ink::Text, Anchor::Start)?;
    }
    for row in rows {
        for column in columns {
            if let (Ok((row_index, _)), Ok((column_index, _))) = (&row.entry, &column.entry) {
                let place = (corner.0 + column.at, corner.1 + row.at);
                draw_mark(canvas, place, (panel.mark)(*row_index, *column_index))?;
            }
        }
    }
    Ok(())
}

/// In the cell whose upper left corner is `place`.
fn draw_mark(canvas: &Canvas<'_>, (x, y): Place, mark: Mark) -> Result<(), PlotError> {
    let middle = (x + CELL / 2, y + CELL / 2);
    match mark {
        Mark::Direct => canvas.cell((x + 3, y + 3), (x + CELL - 3, y + CELL - 3), Ink::Present),
        Mark::Indirect => canvas.draw(&Circle::new(middle, 3, Ink::Present.color().stroke_width(1))),
        Mark::Jumps => canvas.frame((x + 6, y + 6), (x + CELL - 6, y + CELL - 6), Ink::Present),
        Mark::Absent => Ok(()),
    }
}
