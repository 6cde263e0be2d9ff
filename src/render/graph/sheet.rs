//! What is drawn, at its place: frames, lines and texts, in no format yet.

use super::label::{Line, width};

/// A place in pixels from the upper left corner.
pub(super) type Place = (i32, i32);

/// What something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The forward pass.
    Forward,
    /// The backward pass.
    Backward,
    /// What is kept from the one for the other.
    Kept,
}

/// How strongly it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Juxtaposition the path that is told apart.
    Dim,
    /// Where no path is told apart.
    Plain,
    /// On the path.
    Lit,
}

/// How a frame looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Box,
    /// Of a result.
    Round,
    /// Of what stands for several.
    Dashed,
}

/// A frame with its corners.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framed {
    pub from: Place,
    pub to: Place,
    pub frame: Frame,
    pub part: Part,
    pub weight: Weight,
}

/// A line through some places.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub points: Vec<Place>,
    pub arrow: bool,
    pub part: Part,
    pub weight: Weight,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A formula or a name.
    Formula,
    /// A shape.
    Shape,
}

/// A text whose middle is at `place`, or which begins there.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub line: Line,
    pub place: Place,
    pub size: i32,
    pub from_start: bool,
    pub kind: Kind,
    pub weight: Weight,
}

/// A picture before it is written.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub size: Place,
    /// How wide the picture is shown.
    pub shown: i32,
    pub frames: Vec<Framed>,
    pub lines: Vec<Drawn>,
    /// Where derivatives are added: small circles.
    pub sums: Vec<(Place, Weight)>,
    pub texts: Vec<Written>,
}

impl Sheet {
    /// A line.
    pub fn line(&mut self, points: &[Place], arrow: bool, (part, weight): (Part, Weight)) {
        let mut kept: Vec<Place> = Vec::with_capacity(points.len());
        for point in points {
            if kept.last() != Some(point) {
                kept.push(*point);
            }
        }
        self.lines.push(Drawn { points: kept, arrow, part, weight });
    }

    /// A frame around `middle`, with lines of text in it.
    pub fn framed(&mut self, (x, y): Place, (across, height): Place, lines: &[Line], style: (Frame, Part, Weight)) {
        let (frame, part, weight) = style;
        let from = (x - across / 2, y - height / 2);
        self.frames.push(Framed { from, to: (from.0 + across, from.1 + height), frame, part, weight });
        self.lines_of_text((x, y), lines, weight);
    }

    /// Lines of text around `middle`.
    fn lines_of_text(&mut self, (x, y): Place, lines: &[Line], weight: Weight) {
        let count = i32::try_from(lines.len()).unwrap_or(1);
        for (line, i) in lines.iter().zip(0..) {
            let y = y + (2 * i + 1 - count) * LINE / 2;
            self.text(line, (x, y), false, (Kind::Formula, weight));
        }
    }

    /// A text.
    pub fn text(&mut self, line: &Line, place: Place, from_start: bool, (kind, weight): (Kind, Weight)) {
        if line.is_empty() {
            return;
        }
        let size = if kind == Kind::Formula { SIZE } else { SHAPE };
        self.texts.push(Written { line: line.clone(), place, size, from_start, kind, weight });
    }

    /// As large as all that is on it, and at least this wide; what is a little wider is shown smaller.
    pub fn fit(&mut self, least: i32) {
        let corners = self.frames.iter().map(|frame| frame.to);
        let points = self.lines.iter().flat_map(|line| line.points.iter().copied());
        let ends = self.texts.iter().map(|text| {
            let across = width(&text.line, text.size);
            (text.place.0 + if text.from_start { across } else { across / 2 }, text.place.1 + text.size)
        });
        let (right, bottom) =
            corners.chain(points).chain(ends).fold((0, 0), |(x, y), (right, bottom)| (x.max(right), y.max(bottom)));
        self.size = (least.max(right + MARGIN), bottom + MARGIN);
        self.shown = least.max(self.size.0 * 3 / 4);
    }
}

/// Sizes of letters.
pub(super) const SIZE: i32 = 14;
pub(super) const SHAPE: i32 = 11;
/// From line to line in a frame.
pub(super) const LINE: i32 = 19;
/// Around everything.
pub(super) const MARGIN: i32 = 12;
