//! Texts, lines and cells at pixels → SVG.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::palette::{Ink, style};
use crate::source::printable;

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

/// What is drawn on: elements, in their order.
pub(super) struct Canvas(String);

/// A picture of a width and height in pixels, drawn by `draw`.
pub(super) fn picture(title: &str, (width, height): Place, draw: impl FnOnce(&mut Canvas)) -> String {
    let mut canvas = Canvas(String::new());
    canvas.cell((0, 0), (width, height), Ink::Ground);
    let longest = width - 2 * MARGIN;
    canvas.text(&shortened(title, TITLE, longest), (MARGIN, MARGIN + 8), TITLE, Ink::Text, Anchor::Start);
    draw(&mut canvas);
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\" \
         role=\"img\">\n<title>{}</title>\n{MADE_BY}\n{}{}</svg>\n",
        escaped(title),
        style(),
        canvas.0
    )
}

impl Canvas {
    fn element(&mut self, element: std::fmt::Arguments) {
        // A string takes all that is written to it.
        let _ = self.0.write_fmt(element);
    }

    /// A text whose middle line goes through `place`.
    pub fn text(&mut self, text: &str, place: Place, size: i32, ink: Ink, anchor: Anchor) {
        self.letters(text, place, size, (ink, anchor), "");
    }

    /// A text from `place` upwards, or downwards to it.
    pub fn upright(&mut self, text: &str, (x, y): Place, size: i32, ink: Ink, anchor: Anchor) {
        self.letters(text, (x, y), size, (ink, anchor), &format!(" transform=\"rotate(270 {x} {y})\""));
    }

    fn letters(&mut self, text: &str, (x, y): Place, size: i32, (ink, anchor): (Ink, Anchor), turned: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (fill, text) = (ink.color(), escaped(text));
        self.element(format_args!(
            "<text x=\"{x}\" y=\"{y}\" dy=\"0.35em\" text-anchor=\"{anchor}\" font-size=\"{size}\" \
             font-family=\"system-ui, sans-serif\" fill=\"{fill}\"{turned}>{text}</text>\n"
        ));
    }

    pub fn line(&mut self, from: Place, to: Place, ink: Ink) {
        self.path(&[from, to], ink, 1);
    }

    pub fn path(&mut self, points: &[Place], ink: Ink, width: i32) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let (points, stroke) = (points.join(" "), ink.color());
        self.element(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>\n"
        ));
    }

    pub fn cell(&mut self, (x, y): Place, (right, bottom): Place, ink: Ink) {
        let (width, height, fill) = (right - x, bottom - y, ink.color());
        self.element(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>\n"
        ));
    }

    pub fn frame(&mut self, (x, y): Place, (right, bottom): Place, ink: Ink) {
        let (width, height, stroke) = (right - x, bottom - y, ink.color());
        self.element(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{stroke}\"/>\n"
        ));
    }

    pub fn dashed(&mut self, (x, y): Place, (right, bottom): Place, ink: Ink) {
        let (width, height, stroke) = (right - x, bottom - y, ink.color());
        self.element(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{stroke}\" \
             stroke-dasharray=\"3 2\"/>\n"
        ));
    }

    pub fn disc(&mut self, (x, y): Place, radius: i32, ink: Ink) {
        let fill = ink.color();
        self.element(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"/>\n"));
    }

    pub fn ring(&mut self, (x, y): Place, radius: i32, ink: Ink) {
        let stroke = ink.color();
        self.element(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"none\" stroke=\"{stroke}\"/>\n"
        ));
    }

    pub fn cross(&mut self, (x, y): Place, half: i32, ink: Ink) {
        let (left, right, top, bottom, stroke) = (x - half, x + half, y - half, y + half, ink.color());
        self.element(format_args!(
            "<path d=\"M{left},{top}L{right},{bottom}M{left},{bottom}L{right},{top}\" stroke=\"{stroke}\" stroke-width=\"2\"/>\n"
        ));
    }

    pub fn triangle(&mut self, (x, y): Place, half: i32, ink: Ink) {
        let (left, right, top, bottom, fill) = (x - half, x + half, y - half, y + half, ink.color());
        self.element(format_args!(
            "<polygon points=\"{left},{bottom} {right},{bottom} {x},{top}\" fill=\"{fill}\"/>\n"
        ));
    }

    /// Notes below a picture, a line each, from `y` on.
    pub fn notes(&mut self, notes: &[String], y: i32) {
        for (note, y) in notes.iter().zip((y..).step_by(LINE.unsigned_abs() as usize)) {
            self.text(note, (MARGIN, y), SMALL, Ink::Quiet, Anchor::Start);
        }
    }
}

/// What XML can hold.
fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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
