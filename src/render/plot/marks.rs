//! What enters what, as tables of marks beside each other.

use super::{
    canvas::{Anchor, Canvas, LINE, MARGIN, NORMAL, Place, SMALL, count, picture, widest, width},
    labels::distinct,
    palette::Ink,
};
use crate::document::plot::{Mark, Marks, Panel};

const CELL: i32 = 18;
/// Between groups of rows or of columns.
const GAP: i32 = 8;
const LONGEST: i32 = 120;
/// Between tables.
const BETWEEN: i32 = 32;

/// An entry of an axis: where it begins, and its name.
struct Slot {
    at: i32,
    name: String,
}

/// The entries, and the pixels they take.
fn axis(groups: &[Vec<String>]) -> (Vec<Slot>, i32) {
    let mut names = distinct(groups.iter().flatten().map(String::as_str), SMALL, LONGEST).into_iter();
    let (mut slots, mut at) = (Vec::new(), 0);
    for group in groups.iter().filter(|group| !group.is_empty()) {
        for name in names.by_ref().take(group.len()) {
            slots.push(Slot { at, name });
            at += CELL;
        }
        at += GAP;
    }
    (slots, (at - GAP).max(0))
}

fn names(slots: &[Slot]) -> impl Iterator<Item = &str> {
    slots.iter().map(|slot| &*slot.name)
}

/// The picture.
pub(super) fn draw(title: &str, marks: &Marks) -> String {
    let ((rows, height), (columns, across)) = (axis(&marks.rows), axis(&marks.columns));
    let left = MARGIN + widest(names(&rows), SMALL) + 8;
    let top = MARGIN + 48 + widest(names(&columns), SMALL) + 8;
    // As wide as its marks, or as its name.
    let step = marks.panels.iter().map(|panel| width(&panel.name, NORMAL)).fold(across, i32::max) + BETWEEN;
    let is_seen = |mark: Mark| marks.panels.iter().any(|panel| panel.marks.iter().flatten().any(|seen| *seen == mark));
    let legend = marks.legend.into_iter().zip([Mark::Direct, Mark::Indirect, Mark::Jumps]);
    let legend: Vec<(&str, Mark)> = legend.filter(|(_, mark)| is_seen(*mark)).collect();
    let texts = legend.iter().map(|(text, _)| *text);
    let below = widest(marks.notes.iter().map(String::as_str), SMALL).max(CELL + 6 + widest(texts, SMALL));
    let right = (left + count(marks.panels.len()) * step - BETWEEN).max(left + 300).max(MARGIN + below) + MARGIN;
    let bottom = top + height + 16;
    let ends = bottom + count(legend.len()) * LINE;
    picture(title, (right, ends + count(marks.notes.len()) * LINE + MARGIN), |canvas| {
        for slot in &rows {
            canvas.text(&slot.name, (left - 8, top + slot.at + CELL / 2), SMALL, Ink::Text, Anchor::End);
        }
        for (index, panel) in marks.panels.iter().enumerate() {
            let corner = (left + count(index) * step, top);
            canvas.text(&panel.name, (corner.0, MARGIN + 38), NORMAL, Ink::Text, Anchor::Start);
            table(canvas, panel, (&rows, height), (&columns, across), corner);
        }
        for (y, (text, mark)) in (bottom + LINE / 2..).step_by(LINE.unsigned_abs() as usize).zip(&legend) {
            draw_mark(canvas, (MARGIN, y - CELL / 2), *mark);
            canvas.text(text, (MARGIN + CELL + 6, y), SMALL, Ink::Quiet, Anchor::Start);
        }
        canvas.notes(&marks.notes, ends + LINE / 2);
    })
}

fn table(
    canvas: &mut Canvas,
    panel: &Panel,
    (rows, height): (&[Slot], i32),
    (columns, across): (&[Slot], i32),
    (left, top): Place,
) {
    for row in rows {
        let y = top + row.at + CELL / 2;
        canvas.line((left, y), (left + across, y), Ink::Grid);
    }
    for column in columns {
        let x = left + column.at + CELL / 2;
        canvas.line((x, top), (x, top + height), Ink::Grid);
        canvas.upright(&column.name, (x, top - 6), SMALL, Ink::Text, Anchor::Start);
    }
    for (row, marks) in rows.iter().zip(&panel.marks) {
        for (column, mark) in columns.iter().zip(marks) {
            draw_mark(canvas, (left + column.at, top + row.at), *mark);
        }
    }
}

/// In the cell whose upper left corner is `place`.
fn draw_mark(canvas: &mut Canvas, (x, y): Place, mark: Mark) {
    match mark {
        Mark::Direct => canvas.cell((x + 3, y + 3), (x + CELL - 3, y + CELL - 3), Ink::Present),
        Mark::Indirect => canvas.ring((x + CELL / 2, y + CELL / 2), 3, Ink::Present),
        Mark::Jumps => canvas.frame((x + 6, y + 6), (x + CELL - 6, y + CELL - 6), Ink::Present),
        Mark::Absent => {}
    }
}
