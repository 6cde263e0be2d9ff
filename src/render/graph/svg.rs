//! [`Sheet`] → SVG in plain attributes, which every reader of SVG knows.

use std::fmt::Write;

use super::{
    label::{Run, SMALL_LETTERS, Script, in_full},
    parts::text,
    sheet::{Drawn, Frame, Framed, Kind, Of, Part, Place, Sheet, Weight, Written},
};
use crate::{
    document::graph::Graph,
    render::{
        color::Palette,
        elements::escaped,
        html::COLORS,
        plot::{Ink, MADE_BY, style_with_letters},
    },
};

/// Where a picture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// In a file of its own: it brings the colours for a dark ground.
    Alone,
    /// In a page that has them.
    InPage,
    /// The same, and the page finds everything by its place.
    Linked,
}

/// The picture.
pub(super) fn write(graph: &Graph, sheet: &Sheet, setting: Setting) -> String {
    let (width, height) = sheet.size;
    let [title, description] = [&graph.title, &graph.description].map(|words| escaped(&text(words)));
    let style = if setting == Setting::Alone { style_with_letters() } else { String::new() };
    let (across, down) = (sheet.shown, height * sheet.shown / width.max(1));
    let mut out = format!(
        "<svg width=\"{across}\" height=\"{down}\" viewBox=\"0 0 {width} {height}\" \
         xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" role=\"img\">\n<title>{title}</title>\n<desc>{description}</desc>\n\
         {MADE_BY}\n{style}<rect x=\"0\" y=\"0\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        Ink::Ground.color()
    );
    // What is strong lies above what is weak.
    for weight in [Weight::Dim, Weight::Plain, Weight::Lit] {
        for drawn in sheet.lines.iter().filter(|line| line.weight == weight) {
            line(&mut out, drawn, &attributes(setting, drawn.of.as_ref(), drawn.part));
        }
        for (place, weight, of) in sheet.sums.iter().filter(|sum| sum.1 == weight) {
            sum(&mut out, *place, *weight, &attributes(setting, of.as_ref(), Part::Backward));
        }
        for framed in sheet.frames.iter().filter(|frame| frame.weight == weight) {
            frame(&mut out, framed, &attributes(setting, framed.of.as_ref(), framed.part));
        }
    }
    let palette = Palette::of(&graph.letters);
    for text in &sheet.texts {
        letters(&mut out, &palette, text, &attributes(setting, text.of.as_ref(), text.part()));
    }
    out + "</svg>\n"
}

/// By what a page finds an element.
fn attributes(setting: Setting, of: Option<&Of>, part: Part) -> String {
    let (Setting::Linked, Some(Of { step, place })) = (setting, of) else { return String::new() };
    let pass = match part {
        Part::Forward => "forward",
        Part::Backward => "backward",
        Part::Kept => "kept",
    };
    format!(" data-place=\"{}\" data-step=\"{}\" data-pass=\"{pass}\"", escaped(place), escaped(step))
}

fn element(out: &mut String, element: std::fmt::Arguments) {
    // A string takes all that is written to it.
    let _ = out.write_fmt(element);
}

fn stroke(part: Part, weight: Weight) -> String {
    let ink = match (weight, part) {
        (Weight::Dim, _) => Ink::Dim,
        (_, Part::Forward) => Ink::Forward,
        (_, Part::Backward) => Ink::Backward,
        (_, Part::Kept) => Ink::Quiet,
    };
    ink.color()
}

/// Corners that are cut a little, and an open head at the end.
fn line(out: &mut String, Drawn { points, arrow, part, weight, .. }: &Drawn, of: &str) {
    let mut path = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        element(&mut path, format_args!("{}{x},{y}", if place == 0 { "M" } else { "L" }));
    }
    if let ([.., (x0, y0), (x, y)], true) = (&points[..], arrow) {
        let (along, up) = ((x - x0).signum() * 6, (y - y0).signum() * 6);
        let (across, aside) = (up * 2 / 3, along * 2 / 3);
        let (left, right) = ((x - along + across, y - up + aside), (x - along - across, y - up - aside));
        element(&mut path, format_args!("M{},{}L{x},{y}L{},{}", left.0, left.1, right.0, right.1));
    }
    let dashes = if *part == Part::Kept { " stroke-dasharray=\"4 3\"" } else { "" };
    let (stroke, width) = (stroke(*part, *weight), thickness(*weight));
    element(
        out,
        format_args!("<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"{dashes}{of}/>\n"),
    );
}

fn thickness(weight: Weight) -> &'static str {
    match weight {
        Weight::Dim => "1",
        Weight::Plain => "1.5",
        Weight::Lit => "2.5",
    }
}

fn frame(out: &mut String, Framed { from, to, frame, part, weight, .. }: &Framed, of: &str) {
    let (x, y, width, height) = (from.0, from.1, to.0 - from.0, to.1 - from.1);
    let radius = if *frame == Frame::Round { height.min(32) / 2 } else { 4 };
    let dashes = if *frame == Frame::Dashed { " stroke-dasharray=\"6 4\"" } else { "" };
    let fill = match (weight, part) {
        (Weight::Dim, _) => Ink::Ground,
        (_, Part::Forward) => Ink::ForwardFill,
        (_, Part::Backward | Part::Kept) => Ink::BackwardFill,
    };
    let (fill, stroke, thickness) = (fill.color(), stroke(*part, *weight), thickness(*weight));
    element(
        out,
        format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\" fill=\"{fill}\" \
             stroke=\"{stroke}\" stroke-width=\"{thickness}\"{dashes}{of}/>\n"
        ),
    );
}

fn sum(out: &mut String, (x, y): Place, weight: Weight, of: &str) {
    let (fill, stroke, thickness) = (Ink::Ground.color(), stroke(Part::Backward, weight), thickness(weight));
    element(
        out,
        format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"5\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{thickness}\"{of}/>\n"
        ),
    );
}

fn letters(out: &mut String, palette: &Palette, written: &Written, of: &str) {
    let Written { line, place: (x, y), size, from_start, kind, weight, .. } = written;
    let ink = match (weight, kind) {
        (Weight::Dim, _) => Ink::Quiet,
        (_, Kind::Formula) => Ink::Text,
        (_, Kind::Shape) => Ink::Apart,
    };
    let anchor = if *from_start { "start" } else { "middle" };
    let family = match kind {
        Kind::Formula => "STIX Two Text, Times New Roman, Tinos, Liberation Serif, serif",
        Kind::Shape => "system-ui, Arial, Liberation Sans, sans-serif",
    };
    let bold = if *weight == Weight::Lit { " font-weight=\"bold\"" } else { "" };
    let (fill, baseline) = (ink.color(), y + size * 34 / 100);
    element(
        out,
        format_args!(
            "<text x=\"{x}\" y=\"{baseline}\" text-anchor=\"{anchor}\" font-size=\"{size}\" font-family=\"{family}\" \
             fill=\"{fill}\"{bold}{of}>"
        ),
    );
    // How far the line of letters is below the text's own.
    let mut down = 0;
    for run in line {
        let wanted = match run.script {
            Script::Normal => 0,
            Script::Sub => size * 22 / 100,
            Script::Super => -(size * 36 / 100),
        };
        let is_plain = *weight == Weight::Dim || *kind == Kind::Shape;
        let place = run.letter.as_ref().filter(|_| !is_plain).and_then(|letter| palette.place(letter, COLORS));
        letters_of(out, run, (wanted - down, place), *size);
        down = wanted;
    }
    if let Some(whole) = in_full(line) {
        element(out, format_args!("<title>{}</title>", escaped(&whole)));
    }
    out.push_str("</text>\n");
}

/// One run, so far below the one before, in the colour of this place if it is a variable's.
fn letters_of(out: &mut String, run: &Run, (by, place): (i32, Option<usize>), size: i32) {
    let mut attributes = String::new();
    if by != 0 {
        element(&mut attributes, format_args!(" dy=\"{by}\""));
    }
    if run.script != Script::Normal {
        element(&mut attributes, format_args!(" font-size=\"{}\"", size * SMALL_LETTERS / 100));
    }
    if let Some(place) = place {
        element(&mut attributes, format_args!(" fill=\"{}\"", Ink::Letter(place).color()));
    }
    if run.italic {
        attributes += " font-style=\"italic\"";
    }
    // Some readers drop blanks at ends, even these, unless `xml:space` says otherwise.
    let text = escaped(&run.text).replace(' ', "\u{a0}");
    if attributes.is_empty() {
        out.push_str(&text);
    } else {
        element(out, format_args!("<tspan{attributes}>{text}</tspan>"));
    }
}
