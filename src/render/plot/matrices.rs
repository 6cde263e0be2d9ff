//! Matrices of ratios → grids of coloured cells: which entries of a gradient become smaller, larger, or 0.

use super::{
    canvas::{Anchor, Canvas, LINE, MARGIN, NORMAL, Place, SMALL, TITLE, count, picture, widest, width},
    labels::distinct,
    palette::Ink,
};
use crate::document::plot::{Matrices, Matrix};

/// A cell with its figure, and one without.
const CELL: [Place; 2] = [(42, 24), (10, 10)];
/// Of matrices with more columns no cell has room for a figure.
const FIGURES: usize = 5;
const LONGEST: i32 = 130;
/// What matrices and the title widen the picture to, at most.
const WIDEST: i32 = 860;
/// Between matrices.
const GAP: i32 = 18;
/// The line of a name or of a heading.
const NAME: i32 = 20;

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
    class == 0 || class == 2 || class >= 9
}

/// Where the matrices of a group stand below the group's heading, from the left edge, and how much room they take.
struct Layout {
    corners: Vec<Place>,
    size: Place,
}

impl Layout {
    /// From left to right, in lines of at most `WIDEST`.
    fn new(matrices: &[Matrix], names: &[String], cell: Place) -> Self {
        let ((mut x, mut y), mut line, mut right) = ((0, NAME), 0, 0);
        let mut corners = Vec::new();
        for (matrix, name) in matrices.iter().zip(names) {
            let columns = matrix.cells.first().map_or(0, Vec::len);
            let across = (count(columns) * cell.0).max(width(name, NORMAL));
            if x > 0 && x + across > WIDEST {
                (x, y, line) = (0, y + line + GAP, 0);
            }
            corners.push((x, y));
            right = right.max(x + across);
            x += across + GAP;
            line = line.max(NAME + count(matrix.cells.len()) * cell.1);
        }
        Self { corners, size: (right, y + line + GAP) }
    }
}

/// The picture.
pub(super) fn draw(title: &str, Matrices { groups, notes }: &Matrices) -> String {
    let all = || groups.iter().flat_map(|(_, matrices)| matrices);
    let columns = all().filter_map(|matrix| matrix.cells.first()).map(Vec::len).max().unwrap_or(0);
    let has_figures = columns <= FIGURES;
    let cell = CELL[usize::from(!has_figures)];
    let names: Vec<Vec<String>> = groups
        .iter()
        .map(|(_, matrices)| distinct(matrices.iter().map(|matrix| &*matrix.name), NORMAL, LONGEST))
        .collect();
    let layouts: Vec<Layout> =
        groups.iter().zip(&names).map(|((_, matrices), names)| Layout::new(matrices, names, cell)).collect();
    let widths = layouts.iter().map(|layout| layout.size.0).chain([width(title, TITLE).min(WIDEST)]);
    let texts = groups
        .iter()
        .map(|(heading, _)| width(heading, NORMAL))
        .chain([widest(notes.iter().map(String::as_str), SMALL)]);
    let right = widths.chain(texts).fold(540, i32::max);
    let mut tops = vec![MARGIN + 30];
    for layout in &layouts {
        tops.push(tops.last().unwrap_or(&0) + layout.size.1);
    }
    let top = *tops.last().unwrap_or(&0);
    let legend = Legend::new(right);
    let height = top + legend.lines * LINE + count(notes.len()) * LINE + MARGIN;
    picture(title, (right + 2 * MARGIN, height), |canvas| {
        for ((((heading, matrices), names), layout), top) in groups.iter().zip(&names).zip(&layouts).zip(&tops) {
            canvas.text(heading, (MARGIN, top + NAME / 2), NORMAL, Ink::Quiet, Anchor::Start);
            for ((matrix, name), (x, y)) in matrices.iter().zip(names).zip(&layout.corners) {
                let (x, y) = (MARGIN + x, top + y);
                canvas.text(name, (x, y + NAME / 2), NORMAL, Ink::Text, Anchor::Start);
                grid(canvas, matrix, (x, y + NAME), cell, has_figures);
            }
        }
        legend.draw(canvas, top + LINE / 2);
        canvas.notes(notes, top + legend.lines * LINE + LINE / 2);
    })
}

fn grid(canvas: &mut Canvas, matrix: &Matrix, (left, top): Place, (width, height): Place, has_figures: bool) {
    let at = |row: usize, column: usize| (left + count(column) * width, top + count(row) * height);
    for (row, cells) in matrix.cells.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (x, y) = at(row, column);
            let (from, to) = ((x + 1, y + 1), (x + width - 1, y + height - 1));
            let Some(cell) = cell.as_ref().filter(|cell| cell.ratio.is_finite()) else {
                canvas.line(from, to, Ink::Quiet);
                canvas.frame(from, to, Ink::Grid);
                continue;
            };
            let class = class(cell.ratio);
            canvas.cell(from, to, Ink::Ratio(class));
            canvas.frame(from, to, Ink::Grid);
            if has_figures {
                let ink = if is_strong(class) { Ink::OnStrong } else { Ink::OnPale };
                canvas.text(&cell.text, (x + width / 2, y + height / 2), SMALL, ink, Anchor::Middle);
            }
        }
    }
    let [rows, columns] = [matrix.cells.len(), matrix.cells.first().map_or(0, Vec::len)];
    let row = matrix.row.map(|row| (at(row, 0), at(row + 1, columns)));
    let column = matrix.column.map(|column| (at(0, column), at(rows, column + 1)));
    row.into_iter().chain(column).for_each(|(from, to)| canvas.dashed(from, to, Ink::Apart));
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

    fn draw(&self, canvas: &mut Canvas, y: i32) {
        for (index, (name, (x, line))) in CLASSES.iter().zip(&self.places).enumerate() {
            let (x, y) = (MARGIN + x, y + line * LINE);
            canvas.cell((x, y - 6), (x + 14, y + 6), Ink::Ratio(index));
            canvas.frame((x, y - 6), (x + 14, y + 6), Ink::Grid);
            canvas.text(name, (x + 20, y), SMALL, Ink::Quiet, Anchor::Start);
        }
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
}
