//! Values by category, such as layers or batch sizes, one line a series.

use plotters::element::{Circle, Cross, TriangleMarker};

use super::{
    PlotError,
    axis::{Across, Axis, WIDTH},
    canvas::{Anchor, Canvas, LINE, LONGEST, MARGIN, NORMAL, Place, SMALL, count, picture, shortened, widest},
    excerpt::evenly,
    labels::distinct,
    palette::{Ink, MOST_SERIES},
};
use plotters::style::Color;

/// The height of the plotting area.
const HEIGHT: i32 = 320;
/// Of more categories only the named ones have marks on their points.
const MARKED: usize = 40;
/// Of series without a line so many are named.
const NAMED: usize = 3;

/// How values lie on their axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Values are given as logarithms to base 10, which may be beyond the range of a float: 0 has none.
    Log,
    /// Values from 0 to 1, shown in percent.
    Share,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it shows.
    pub name: String,
    /// A value a category. Where there is none, or none that is finite, the line has a gap. Without any there is no line; a
    /// note says so.
    pub values: Vec<Option<f64>>,
}

/// A line chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// Above it.
    pub title: String,
    /// What the categories are.
    pub across: String,
    /// Their names, from left to right.
    pub categories: Vec<String>,
    /// What the values are, with their unit.
    pub up: String,
    /// Their axis.
    pub scale: Scale,
    /// What is true of every value that there is not: `missing or not finite`.
    pub missing: String,
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
}

impl Lines {
    /// The picture; of many series only some, with a note.
    ///
    /// ```
    /// use chainrule::plot::{Lines, Scale, Series};
    /// let series = Series { name: "rms of Δ".into(), values: vec![Some(-3.0), Some(-1.5), None] };
    /// let lines = Lines { title: "Flow".into(), across: "layer".into(), categories: ["1", "2", "3"].map(Into::into).into(),
    ///     up: "rms".into(), scale: Scale::Log, missing: "not known".into(), series: vec![series] };
    /// assert!(lines.svg()?.starts_with("<svg "));
    /// # Ok::<_, chainrule::plot::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// [`PlotError::Empty`] if no value is finite.
    pub fn svg(&self) -> Result<String, PlotError> {
        let series = self.labelled();
        let drawn: Vec<&Series> = series.iter().filter(|series| finite(series).next().is_some()).collect();
        let shown: Vec<&Series> = evenly(drawn.len(), MOST_SERIES).into_iter().map(|i| drawn[i]).collect();
        let axis = Axis::new(self.scale, shown.iter().flat_map(|series| finite(series))).ok_or(PlotError::Empty)?;
        let names = || shown.iter().map(|series| series.name.as_str());
        let across = Across::new(&self.categories);
        let left = MARGIN + 26 + widest(axis.ticks.iter().map(|(_, text)| text.as_str()), SMALL) + 8;
        let top = MARGIN + 32;
        let notes = self.notes(&series, &shown, drawn.len());
        let right = left + WIDTH + 24 + 36 + widest(names(), NORMAL);
        let right = right.max(MARGIN + widest(notes.iter().map(String::as_str), SMALL)) + MARGIN;
        let bottom = top + HEIGHT + across.height + 24;
        let size = (right, bottom + count(notes.len()) * LINE + MARGIN);
        picture(&self.title, size, |canvas| {
            let frame = Frame { canvas, left, top, axis: &axis, across: &across };
            frame.axes(&self.across, &self.up)?;
            let places: Vec<Vec<Option<Place>>> = shown.iter().map(|series| frame.places(series)).collect();
            for (index, name) in names().enumerate() {
                let pen = Pen { index, below: hiding(&places[index], &places[index + 1..]) };
                frame.series(&places[index], pen)?;
                frame.legend(name, pen)?;
            }
            canvas.notes(&notes, bottom + LINE / 2)
        })
    }

    /// The series under names that fit.
    fn labelled(&self) -> Vec<Series> {
        let names = distinct(self.series.iter().map(|series| series.name.as_str()), NORMAL, LONGEST);
        let labelled = names.into_iter().zip(&self.series);
        labelled.map(|(name, series)| Series { name, values: series.values.clone() }).collect()
    }

    /// What is not drawn of `series`; of `drawn` lines those `shown` are.
    fn notes(&self, series: &[Series], shown: &[&Series], drawn: usize) -> Vec<String> {
        let is_zero = |value: &Option<f64>| self.scale == Scale::Log && *value == Some(f64::NEG_INFINITY);
        let mut notes = Vec::new();
        if shown.len() < drawn {
            notes.push(format!("{} of {drawn} lines are shown, evenly chosen", shown.len()));
        }
        let given: usize = shown.iter().map(|series| finite(series).count()).sum();
        let zero = shown.iter().flat_map(|series| &series.values).filter(|value| is_zero(value)).count();
        let missing = (shown.len() * self.categories.len()).saturating_sub(given + zero);
        let are = |number: usize, what: &str| {
            (number > 0).then(|| format!("{number} {} {what}", if number == 1 { "is" } else { "are" }))
        };
        let gaps: Vec<String> = [are(zero, "0"), are(missing, &self.missing)].into_iter().flatten().collect();
        if !gaps.is_empty() {
            notes.push(format!("lines have gaps where values are not drawn: {}", gaps.join(", ")));
        }
        let without = |zero: bool| {
            let without = series.iter().filter(move |series| finite(series).next().is_none());
            without.filter(move |series| zero == (!series.values.is_empty() && series.values.iter().all(is_zero)))
        };
        notes.extend(unseen(without(true), "0 everywhere"));
        let none = match self.scale {
            Scale::Log => "no finite value above 0".to_owned(),
            Scale::Share => format!("all values are {}", self.missing),
        };
        notes.extend(unseen(without(false), &none));
        notes
    }
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

fn finite(series: &Series) -> impl Iterator<Item = f64> {
    series.values.iter().flatten().copied().filter(|value| value.is_finite())
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

    fn width(self) -> u32 {
        2 + 3 * self.below().unsigned_abs()
    }
}

/// The plotting area with its axes.
struct Frame<'a, 'c> {
    canvas: &'a Canvas<'c>,
    left: i32,
    top: i32,
    axis: &'a Axis,
    across: &'a Across,
}

impl Frame<'_, '_> {
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

    fn axes(&self, across: &str, up: &str) -> Result<(), PlotError> {
        let (canvas, bottom) = (self.canvas, self.top + HEIGHT);
        for (value, text) in &self.axis.ticks {
            let y = self.y(*value);
            canvas.line((self.left, y), (self.left + WIDTH, y), Ink::Grid)?;
            canvas.text(text, (self.left - 8, y), SMALL, Ink::Quiet, Anchor::End)?;
        }
        canvas.line((self.left, bottom), (self.left + WIDTH, bottom), Ink::Quiet)?;
        for (index, name) in &self.across.ticks {
            let x = self.x(*index);
            canvas.line((x, bottom), (x, bottom + 4), Ink::Quiet)?;
            if self.across.upright {
                canvas.upright(name, (x, bottom + 8), SMALL, Ink::Quiet, Anchor::End)?;
            } else {
                canvas.text(name, (x, bottom + 14), SMALL, Ink::Quiet, Anchor::Middle)?;
            }
        }
        let below = bottom + self.across.height + 6;
        canvas.text(
            &shortened(across, NORMAL, WIDTH),
            (self.left + WIDTH / 2, below),
            NORMAL,
            Ink::Text,
            Anchor::Middle,
        )?;
        let middle = (MARGIN + NORMAL / 2, self.top + HEIGHT / 2);
        canvas.upright(&shortened(up, NORMAL, HEIGHT), middle, NORMAL, Ink::Text, Anchor::Middle)
    }

    /// Where the values are.
    fn places(&self, series: &Series) -> Vec<Option<Place>> {
        let place = |(category, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            Some((self.x(category), self.y(value)))
        };
        series.values.iter().enumerate().map(place).collect()
    }

    fn series(&self, places: &[Option<Place>], pen: Pen) -> Result<(), PlotError> {
        let marked = |category: usize| {
            self.across.count <= MARKED || self.across.ticks.iter().any(|(named, _)| *named == category)
        };
        for run in places.split(Option::is_none) {
            let points: Vec<Place> = run.iter().flatten().copied().collect();
            if let [alone] = &points[..] {
                self.mark(*alone, pen)?;
            }
            if points.len() > 1 {
                self.canvas.path(points, Ink::Series(pen.index), pen.width())?;
            }
        }
        for (_, place) in places.iter().enumerate().filter(|(category, _)| marked(*category)) {
            place.map_or(Ok(()), |place| self.mark(place, pen))?;
        }
        Ok(())
    }

    /// By shape too: not every reader tells the colours apart.
    fn mark(&self, place: Place, pen: Pen) -> Result<(), PlotError> {
        let (color, more) = (Ink::Series(pen.index).color(), 2 * pen.below());
        let square = |half: i32| ((place.0 - half, place.1 - half), (place.0 + half, place.1 + half));
        match pen.index % 4 {
            0 => self.canvas.draw(&Circle::new(place, 4 + more, color.filled())),
            1 => self.canvas.draw(&TriangleMarker::new(place, 5 + 2 * more, color.filled())),
            2 => self.canvas.draw(&Cross::new(place, 4 + more, color.stroke_width(2))),
            _ => {
                let (from, to) = square(4 + more);
                self.canvas.cell(from, to, Ink::Series(pen.index))
            }
        }
    }

    fn legend(&self, name: &str, pen: Pen) -> Result<(), PlotError> {
        let (x, y) = (self.left + WIDTH + 24, self.top + 8 + count(pen.index) * 22);
        self.canvas.path(vec![(x, y), (x + 24, y)], Ink::Series(pen.index), pen.width())?;
        self.mark((x + 12, y), pen)?;
        self.canvas.text(name, (x + 32, y), NORMAL, Ink::Text, Anchor::Start)
    }
}
