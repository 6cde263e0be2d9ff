//! Texts, lines and cells at pixels → SVG.

use plotters::{
    backend::SVGBackend,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Drawable, PathElement, PointCollection, Rectangle, Text},
    style::{
        Color, FontTransform, IntoFont, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    PlotError,
    palette::{Ink, style},
};

/// What every picture says near its beginning, so that it is known again.
pub const MADE_BY: &str = "<!-- made by chainrule -->";

/// A place in pixels from the upper left corner.
pub(super) type Place = (i32, i32);

/// Sizes of letters in pixels.
pub(super) const TITLE: i32 = 16;
pub(super) const NORMAL: i32 = 12;
pub(super) const SMALL: i32 = 11;
/// Around everything.
pub(super) const MARGIN: i32 = 20;
/// From line to line of notes.
pub(super) const LINE: i32 = 18;

/// The longest name beside a line chart.
pub(super) const LONGEST: i32 = 150;

/// Where a text stands beside its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// To the right of it.
    Start,
    /// Around it.
    Middle,
    /// To the left of it.
    End,
}

/// What is drawn on.
pub(super) struct Canvas<'a> {
    pub area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// A picture of a width and height in pixels, drawn by `draw`.
pub(super) fn picture(
    title: &str,
    (width, height): Place,
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), PlotError>,
) -> Result<String, PlotError> {
    let mut svg = String::new();
    {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
        canvas.area.fill(&Ink::Ground.color()).map_err(failed)?;
        let longest = width - 2 * MARGIN;
        canvas.text(&shortened(title, TITLE, longest), (MARGIN, MARGIN + 8), TITLE, Ink::Text, Anchor::Start)?;
        draw(&canvas)?;
        canvas.area.present().map_err(failed)?;
    }
    let (head, rest) = svg.split_once(">\n").unwrap_or((&svg, ""));
    let title = printable(title).replace('&', "&amp;").replace('<', "&lt;");
    Ok(format!("{head} role=\"img\">\n<title>{title}</title>\n{MADE_BY}\n{}{rest}", style()))
}

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError::Backend(error.to_string())
}

impl Canvas<'_> {
    pub fn draw<'b, E>(&self, element: &'b E) -> Result<(), PlotError>
    where
        for<'c> &'b E: PointCollection<'b, Place>,
        for<'c> E: Drawable<SVGBackend<'c>>,
    {
        self.area.draw(element).map_err(failed)
    }

    /// A text whose middle line goes through `place`.
    pub fn text(&self, text: &str, place: Place, size: i32, ink: Ink, anchor: Anchor) -> Result<(), PlotError> {
        self.draw(&Text::new(printable(text), place, letters(size, ink, anchor)))
    }

    /// A text from `place` upwards, or downwards to it.
    pub fn upright(&self, text: &str, place: Place, size: i32, ink: Ink, anchor: Anchor) -> Result<(), PlotError> {
        let style = letters(size, ink, anchor).transform(FontTransform::Rotate270);
        self.draw(&Text::new(printable(text), place, style))
    }

    pub fn line(&self, from: Place, to: Place, ink: Ink) -> Result<(), PlotError> {
        self.draw(&PathElement::new(vec![from, to], ink.color()))
    }

    pub fn path(&self, points: Vec<Place>, ink: Ink, width: u32) -> Result<(), PlotError> {
        let style = ShapeStyle { color: ink.color(), filled: false, stroke_width: width };
        self.draw(&PathElement::new(points, style))
    }

    pub fn cell(&self, from: Place, to: Place, ink: Ink) -> Result<(), PlotError> {
        self.draw(&Rectangle::new([from, to], ink.color().filled()))
    }

    pub fn frame(&self, from: Place, to: Place, ink: Ink) -> Result<(), PlotError> {
        self.draw(&Rectangle::new([from, to], ink.color()))
    }

    /// Notes below a picture, a line each, from `y` on.
    pub fn notes(&self, notes: &[String], y: i32) -> Result<(), PlotError> {
        for (note, y) in notes.iter().zip((y..).step_by(LINE.unsigned_abs() as usize)) {
            self.text(note, (MARGIN, y), SMALL, Ink::Quiet, Anchor::Start)?;
        }
        Ok(())
    }
}

/// The backend writes letters 1.24 times smaller than it is told.
fn letters<'a>(size: i32, ink: Ink, anchor: Anchor) -> TextStyle<'a> {
    let horizontal = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = ("system-ui, sans-serif", f64::from(size) * 1.24).into_font();
    TextStyle { font, color: ink.color().to_backend_color(), pos: Pos::new(horizontal, VPos::Center) }
}

/// What XML can hold.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// The pixels that a text takes at most in usual fonts without serifs.
pub(super) fn width(text: &str, size: i32) -> i32 {
    pixels(text.width(), size)
}

/// Wide enough for the letters of most fonts.
fn pixels(columns: usize, size: i32) -> i32 {
    count(columns * 63) * size / 100
}

/// The text, or its beginning and end, in at most `most` pixels.
pub(super) fn shortened(text: &str, size: i32, most: i32) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let columns = |letters: &[char]| letters.iter().map(|c| c.width().unwrap_or(1)).sum::<usize>();
    let mut kept = letters.len() - 1;
    while kept > 0
        && pixels(columns(&letters[..kept.div_ceil(2)]) + columns(&letters[letters.len() - kept / 2..]) + 1, size)
            > most
    {
        kept -= 1;
    }
    let (head, tail) = (&letters[..kept.div_ceil(2)], &letters[letters.len() - kept / 2..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

/// The width of the widest text.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: i32) -> i32 {
    texts.into_iter().map(|text| width(text, size)).max().unwrap_or(0)
}

/// A count as pixels.
pub(super) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("W_hidden", 10, 100), "W_hidden");
        let short = shortened("W_encoder_block_17_projection", 10, 80);
        assert!(short.starts_with("W_enc") && short.ends_with("ction") && width(&short, 10) <= 80, "{short}");
        assert_eq!(shortened("abc", 10, 0), "…");
    }
}
