//! Values by category, such as layers or batch sizes, one line a series.

use plotters::element::{Circle, Cross, TriangleMarker};

use super::{
    PlotError,
    canvas::{Anchor, Canvas, LINE, MARGIN, NORMAL, Place, SMALL, count, picture, shortened, widest},
    excerpt::evenly,
    palette::{Ink, MOST_SERIES},
};
use plotters::style::Color;

/// The plotting area.
const WIDTH: i32 = 640;
const HEIGHT: i32 = 320;
/// Of more categories only the named ones have marks on their points.
const MARKED: usize = 40;
/// The longest name of a category or a series, in pixels.
const LONGEST: i32 = 150;

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
    /// A value a category. Where there is none, or none that is finite, the line is interrupted.
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
    ///     up: "rms".into(), scale: Scale::Log, series: vec![series] };
    /// assert!(lines.svg()?.starts_with("<svg "));
    /// # Ok::<_, chainrule::plot::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// [`PlotError::Empty`] if no value is finite.
    pub fn svg(&self) -> Result<String, PlotError> {
        let shown: Vec<&Series> = evenly(self.series.len(), MOST_SERIES).into_iter().map(|i| &self.series[i]).collect();
        let axis = Axis::new(self.scale, shown.iter().flat_map(|series| finite(series))).ok_or(PlotError::Empty)?;
        let names: Vec<String> = shown.iter().map(|series| shortened(&series.name, NORMAL, LONGEST)).collect();
        let across = Across::new(&self.categories);
        let left = MARGIN + 26 + widest(axis.ticks.iter().map(|(_, text)| text.as_str()), SMALL) + 8;
        let top = MARGIN + 32;
        let right = left + WIDTH + 24 + 36 + widest(names.iter().map(String::as_str), NORMAL) + MARGIN;
        let notes = self.notes(&shown);
        let bottom = top + HEIGHT + across.height + 24;
        let size = (right, bottom + count(notes.len()) * LINE + MARGIN);
        picture(&self.title, size, |canvas| {
            let frame = Frame { canvas, left, top, axis: &axis, across: &across };
            frame.axes(&self.across, &self.up)?;
            for (index, (series, name)) in shown.iter().zip(&names).enumerate() {
                frame.series(series, index)?;
                frame.legend(name, index)?;
            }
            canvas.notes(&notes, bottom + LINE / 2)
        })
    }

    fn notes(&self, shown: &[&Series]) -> Vec<String> {
        let mut notes = Vec::new();
        if shown.len() < self.series.len() {
            notes.push(format!("{} of {} lines are shown, evenly chosen", shown.len(), self.series.len()));
        }
        let given: usize = shown.iter().map(|series| finite(series).count()).sum();
        let missing = shown.len() * self.categories.len() - given;
        if missing > 0 {
            let why = if self.scale == Scale::Log { "0 or no finite number" } else { "no number" };
            let values = if missing == 1 { "value is" } else { "values are" };
            notes.push(format!("{missing} {values} {why}: there lines are interrupted"));
        }
        notes
    }
}

fn finite(series: &Series) -> impl Iterator<Item = f64> {
    series.values.iter().flatten().copied().filter(|value| value.is_finite())
}

/// The axis of values.
struct Axis {
    low: f64,
    high: f64,
    /// Values, and how they are written.
    ticks: Vec<(f64, String)>,
}

impl Axis {
    fn new(scale: Scale, values: impl Iterator<Item = f64>) -> Option<Self> {
        let range = values.map(|value| (value, value)).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))?;
        Some(match scale {
            Scale::Share => {
                let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{} %", 100.0 * share)));
                Self { low: range.0.min(0.0), high: range.1.max(1.0), ticks: ticks.into() }
            }
            Scale::Log => Self::log(range.0.floor(), range.1.ceil()),
        })
    }

    /// Powers of ten from `low` to `high`; over one or two decades also twice and five times these.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "exponents are small whole numbers"
    )]
    fn log(low: f64, high: f64) -> Self {
        const MOST: f64 = 8.0;
        let high = if high > low { high } else { low + 1.0 };
        let decades = high - low;
        let steps = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
        let step = steps.into_iter().find(|step| decades / step <= MOST).unwrap_or((decades / MOST).ceil());
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        let exponents = (first..=last).map(|index| index.saturating_mul(step as i64));
        let mut ticks: Vec<(f64, String)> = exponents.map(|exponent| (exponent as f64, power(1, exponent))).collect();
        if decades <= 2.0 {
            for exponent in first..last {
                ticks.extend([2, 5].map(|digit| (exponent as f64 + f64::from(digit).log10(), power(digit, exponent))));
            }
        }
        Self { low, high, ticks }
    }
}

/// `0.02`, `5000`; `10⁻⁷`, `2·10⁻⁷`
fn power(digit: i32, exponent: i64) -> String {
    if let Ok(small @ -3..=3) = i32::try_from(exponent) {
        return format!("{:.*}", usize::try_from(-small).unwrap_or(0), f64::from(digit) * 10_f64.powi(small));
    }
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    let factor = if digit == 1 { String::new() } else { format!("{digit}·") };
    format!("{factor}10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

/// The axis of categories.
struct Across {
    count: usize,
    /// Which are named, and how.
    ticks: Vec<(usize, String)>,
    upright: bool,
    /// Of the names, in pixels.
    height: i32,
}

impl Across {
    /// Names in one line if all fit; else upright if they are long; of what does not fit every second, fifth, …
    fn new(categories: &[String]) -> Self {
        let names: Vec<String> = categories.iter().map(|name| shortened(name, SMALL, LONGEST)).collect();
        let widest = widest(names.iter().map(String::as_str), SMALL);
        let fits = |stride: usize, needed: i32| count(stride) * WIDTH / count(names.len().max(1)) >= needed;
        let upright = !fits(1, widest + 10) && widest > 40;
        let needed = if upright { SMALL + 5 } else { widest + 10 };
        let strides = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
        let stride = strides.into_iter().find(|stride| fits(*stride, needed)).unwrap_or(names.len().max(1));
        // The first, then every stride-th; the second only where it is as far from the first as names need.
        let shown = |index: usize| index == 0 || (index + 1).is_multiple_of(stride) && fits(index, needed);
        let ticks = names.iter().cloned().enumerate().filter(|(index, _)| shown(*index)).collect();
        Self { count: categories.len(), ticks, upright, height: if upright { widest + 12 } else { 24 } }
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

    fn series(&self, series: &Series, index: usize) -> Result<(), PlotError> {
        let place = |(category, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            Some((self.x(category), self.y(value)))
        };
        let places: Vec<Option<Place>> = series.values.iter().enumerate().map(place).collect();
        let marked = |category: usize| {
            self.across.count <= MARKED || self.across.ticks.iter().any(|(named, _)| *named == category)
        };
        for (_, place) in places.iter().enumerate().filter(|(category, _)| marked(*category)) {
            place.map_or(Ok(()), |place| self.mark(place, index))?;
        }
        for run in places.split(Option::is_none) {
            let points: Vec<Place> = run.iter().flatten().copied().collect();
            if let [alone] = &points[..] {
                self.mark(*alone, index)?;
            }
            if points.len() > 1 {
                self.canvas.path(points, Ink::Series(index))?;
            }
        }
        Ok(())
    }

    /// By shape too: not every reader tells the colours apart.
    fn mark(&self, place: Place, index: usize) -> Result<(), PlotError> {
        let color = Ink::Series(index).color();
        match index % 4 {
            0 => self.canvas.draw(&Circle::new(place, 4, color.filled())),
            1 => self.canvas.draw(&TriangleMarker::new(place, 5, color.filled())),
            2 => self.canvas.draw(&Cross::new(place, 4, color.stroke_width(2))),
            _ => self.canvas.cell((place.0 - 4, place.1 - 4), (place.0 + 4, place.1 + 4), Ink::Series(index)),
        }
    }

    fn legend(&self, name: &str, index: usize) -> Result<(), PlotError> {
        let (x, y) = (self.left + WIDTH + 24, self.top + 8 + count(index) * 22);
        self.canvas.path(vec![(x, y), (x + 24, y)], Ink::Series(index))?;
        self.mark((x + 12, y), index)?;
        self.canvas.text(name, (x + 32, y), NORMAL, Ink::Text, Anchor::Start)
    }
}
