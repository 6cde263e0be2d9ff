//! Values by category, such as layers or batch sizes, one line a series.

use super::{
    axis::{Across, Axis, WIDTH},
    canvas::{Anchor, Canvas, LINE, LONGEST, MARGIN, NORMAL, Place, SMALL, count, picture, shortened, widest},
    labels::distinct,
    palette::{Ink, MOST_SERIES},
};
use crate::document::plot::{Lines, Scale, Series};

/// The height of the plotting area.
const HEIGHT: i32 = 320;
/// Of more categories only the named ones have marks on their points.
const MARKED: usize = 40;
/// Of series without a line so many are named.
const NAMED: usize = 3;

/// The picture; of many series only some, with a note.
pub(super) fn draw(title: &str, lines: &Lines) -> String {
    let series = labelled(lines);
    let drawn: Vec<&Series> = series.iter().filter(|series| series.finite().next().is_some()).collect();
    let shown: Vec<&Series> = evenly(drawn.len(), MOST_SERIES).into_iter().map(|i| drawn[i]).collect();
    let axis = Axis::new(lines.scale, shown.iter().flat_map(|series| series.finite()));
    let names = || shown.iter().map(|series| series.name.as_str());
    let across = Across::new(&lines.categories);
    let left = MARGIN + 26 + widest(axis.ticks.iter().map(|(_, text)| text.as_str()), SMALL) + 8;
    let top = MARGIN + 32;
    let notes = notes(lines, &series, &shown, drawn.len());
    let right = left + WIDTH + 24 + 36 + widest(names(), NORMAL);
    let right = right.max(MARGIN + widest(notes.iter().map(String::as_str), SMALL)) + MARGIN;
    let bottom = top + HEIGHT + across.height + 24;
    picture(title, (right, bottom + count(notes.len()) * LINE + MARGIN), |canvas| {
        let frame = Frame { left, top, axis: &axis, across: &across };
        frame.axes(canvas, &lines.across, &lines.up);
        let places: Vec<Vec<Option<Place>>> = shown.iter().map(|series| frame.places(series)).collect();
        for (index, name) in names().enumerate() {
            let pen = Pen { index, below: hiding(&places[index], &places[index + 1..]) };
            frame.series(canvas, &places[index], pen);
            frame.legend(canvas, name, pen);
        }
        canvas.notes(&notes, bottom + LINE / 2);
    })
}

/// `most` of `count` indices, evenly, the first and the last among them.
fn evenly(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|place| place * (count - 1) / (most - 1).max(1)).collect()
}

/// The series under names that fit.
fn labelled(lines: &Lines) -> Vec<Series> {
    let names = distinct(lines.series.iter().map(|series| series.name.as_str()), NORMAL, LONGEST);
    let labelled = names.into_iter().zip(&lines.series);
    labelled.map(|(name, series)| Series { name, values: series.values.clone() }).collect()
}

/// What is not drawn of `series`; of `drawn` lines those `shown` are.
fn notes(lines: &Lines, series: &[Series], shown: &[&Series], drawn: usize) -> Vec<String> {
    let is_zero = |value: &Option<f64>| lines.scale == Scale::Log && *value == Some(f64::NEG_INFINITY);
    let mut notes = Vec::new();
    if shown.len() < drawn {
        notes.push(format!("only {} of {drawn} lines", shown.len()));
    }
    let given: usize = shown.iter().map(|series| series.finite().count()).sum();
    let zero = shown.iter().flat_map(|series| &series.values).filter(|value| is_zero(value)).count();
    let missing = (shown.len() * lines.categories.len()).saturating_sub(given + zero);
    let are = |number: usize, what: &str| {
        (number > 0).then(|| format!("{number} {} {what}", if number == 1 { "is" } else { "are" }))
    };
    let gaps: Vec<String> = [are(zero, "0"), are(missing, &lines.missing)].into_iter().flatten().collect();
    if !gaps.is_empty() {
        notes.push(format!("gaps in lines: {}", gaps.join(", ")));
    }
    let without = |zero: bool| {
        let without = series.iter().filter(move |series| series.finite().next().is_none());
        without.filter(move |series| zero == (!series.values.is_empty() && series.values.iter().all(is_zero)))
    };
    notes.extend(unseen(without(true), "0 everywhere"));
    let none = match lines.scale {
        Scale::Log => "no finite value above 0".to_owned(),
        Scale::Share => format!("all values are {}", lines.missing),
    };
    notes.extend(unseen(without(false), &none));
    notes
}

/// The names of series without a line.
fn unseen<'a>(series: impl Iterator<Item = &'a Series>, why: &str) -> Option<String> {
    let names: Vec<&str> = series.map(|series| series.name.as_str()).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let first = names[..names.len().min(NAMED)].join(", ");
    (!names.is_empty()).then(|| format!("without a line: {first}{more}, {why}"))
}

/// How many of the lines that are drawn later hide this one: they have half of its points or more.
fn hiding(places: &[Option<Place>], later: &[Vec<Option<Place>>]) -> usize {
    let near = |(one, two): (&Option<Place>, &Option<Place>)| {
        one.zip(*two).is_some_and(|(one, two)| (one.1 - two.1).abs() <= 2)
    };
    let points = places.iter().flatten().count();
    let hides =
        |other: &&Vec<Option<Place>>| 2 * places.iter().zip(*other).filter(|pair| near(*pair)).count() >= points;
    later.iter().filter(hides).count()
}

/// How a line is drawn: wider and with larger marks if others hide it, so that it is seen below them.
#[derive(Clone, Copy)]
struct Pen {
    index: usize,
    /// How many hide it.
    below: usize,
}

impl Pen {
    /// More lines than this on top make no line wider.
    const MOST: usize = 2;

    fn below(self) -> i32 {
        count(self.below.min(Self::MOST))
    }

    fn width(self) -> i32 {
        2 + 3 * self.below()
    }
}

/// The plotting area with its axes.
struct Frame<'a> {
    left: i32,
    top: i32,
    axis: &'a Axis,
    across: &'a Across,
}

impl Frame<'_> {
    fn x(&self, category: usize) -> i32 {
        let slots = count(self.across.count.max(1));
        let half = i64::from(2 * count(category) + 1) * i64::from(WIDTH) / i64::from(2 * slots);
        self.left + i32::try_from(half).unwrap_or(WIDTH)
    }

    #[allow(clippy::cast_possible_truncation, reason = "inside of the picture")]
    fn y(&self, value: f64) -> i32 {
        let share = (value - self.axis.low) / (self.axis.high - self.axis.low);
        self.top + (f64::from(HEIGHT) * (1.0 - share)).round() as i32
    }

    fn axes(&self, canvas: &mut Canvas, across: &str, up: &str) {
        let bottom = self.top + HEIGHT;
        for (value, text) in &self.axis.ticks {
            let y = self.y(*value);
            canvas.line((self.left, y), (self.left + WIDTH, y), Ink::Grid);
            canvas.text(text, (self.left - 8, y), SMALL, Ink::Quiet, Anchor::End);
        }
        canvas.line((self.left, bottom), (self.left + WIDTH, bottom), Ink::Quiet);
        for (index, name) in &self.across.ticks {
            let x = self.x(*index);
            canvas.line((x, bottom), (x, bottom + 4), Ink::Quiet);
            if self.across.upright {
                canvas.upright(name, (x, bottom + 8), SMALL, Ink::Quiet, Anchor::End);
            } else {
                canvas.text(name, (x, bottom + 14), SMALL, Ink::Quiet, Anchor::Middle);
            }
        }
        let below = bottom + self.across.height + 6;
        canvas.text(
            &shortened(across, NORMAL, WIDTH),
            (self.left + WIDTH / 2, below),
            NORMAL,
            Ink::Text,
            Anchor::Middle,
        );
        let middle = (MARGIN + NORMAL / 2, self.top + HEIGHT / 2);
        canvas.upright(&shortened(up, NORMAL, HEIGHT), middle, NORMAL, Ink::Text, Anchor::Middle);
    }

    /// Where the values are.
    fn places(&self, series: &Series) -> Vec<Option<Place>> {
        let place = |(category, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            Some((self.x(category), self.y(value)))
        };
        series.values.iter().enumerate().map(place).collect()
    }

    fn series(&self, canvas: &mut Canvas, places: &[Option<Place>], pen: Pen) {
        let marked = |category: usize| {
            self.across.count <= MARKED || self.across.ticks.iter().any(|(named, _)| *named == category)
        };
        for run in places.split(Option::is_none) {
            let points: Vec<Place> = run.iter().flatten().copied().collect();
            if let [alone] = &points[..] {
                mark(canvas, *alone, pen);
            }
            if points.len() > 1 {
                canvas.path(&points, Ink::Series(pen.index), pen.width());
            }
        }
        let named = places.iter().enumerate().filter(|(category, _)| marked(*category));
        named.filter_map(|(_, place)| *place).for_each(|place| mark(canvas, place, pen));
    }

    fn legend(&self, canvas: &mut Canvas, name: &str, pen: Pen) {
        let (x, y) = (self.left + WIDTH + 24, self.top + 8 + count(pen.index) * 22);
        canvas.path(&[(x, y), (x + 24, y)], Ink::Series(pen.index), pen.width());
        mark(canvas, (x + 12, y), pen);
        canvas.text(name, (x + 32, y), NORMAL, Ink::Text, Anchor::Start);
    }
}

/// By shape too: not every reader tells the colours apart.
fn mark(canvas: &mut Canvas, (x, y): Place, pen: Pen) {
    let (ink, more) = (Ink::Series(pen.index), 2 * pen.below());
    let half = 4 + more;
    match pen.index % 4 {
        0 => canvas.disc((x, y), half, ink),
        1 => canvas.triangle((x, y), half + 1 + more, ink),
        2 => canvas.cross((x, y), half, ink),
        _ => canvas.cell((x - half, y - half), (x + half, y + half), ink),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_are_among_those_shown() {
        assert_eq!(evenly(1000, 3), [0, 499, 999]);
        assert_eq!(evenly(2, 8), [0, 1]);
    }
}
