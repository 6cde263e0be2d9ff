//! What is drawn, at its place: frames, lines and texts, in no format yet.

use std::rc::Rc;

use super::label::{Line, width};

/// A place in pixels from the upper left corner.
pub(super) type Place = (i32, i32);

/// What something is of, for pages that light it: the step's name, and the name of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Of {
    pub step: Rc<str>,
    pub place: Rc<str>,
}

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
#[derive(Clone, Debug)]
pub(super) struct Framed {
    pub from: Place,
    pub to: Place,
    pub frame: Frame,
    pub part: Part,
    pub weight: Weight,
    pub of: Option<Of>,
}

/// A line through some places.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub points: Vec<Place>,
    pub arrow: bool,
    pub part: Part,
    pub weight: Weight,
    pub of: Option<Of>,
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
    pub of: Option<Of>,
}

impl Written {
    /// To which pass it belongs: as its place says.
    pub fn part(&self) -> Part {
        let is_forward = |of: &Of| ["forward:", "edge:", "parameter:"].iter().any(|start| of.place.starts_with(start));
        if self.of.as_ref().is_some_and(is_forward) { Part::Forward } else { Part::Backward }
    }
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
    pub sums: Vec<(Place, Weight, Option<Of>)>,
    pub texts: Vec<Written>,
    /// What is drawn from now on is of this.
    of: Option<Of>,
}

impl Sheet {
    /// What is drawn from now on is of this place of this step.
    pub fn at(&mut self, step: &str, place: String) {
        self.of = Some(Of { step: step.into(), place: place.into() });
    }

    /// A place where derivatives are added.
    pub fn sum(&mut self, place: Place, weight: Weight) {
        self.sums.push((place, weight, self.of.clone()));
    }

    /// A line.
    pub fn line(&mut self, points: &[Place], arrow: bool, (part, weight): (Part, Weight)) {
        let mut kept: Vec<Place> = Vec::with_capacity(points.len());
        for point in points {
            if kept.last() != Some(point) {
                kept.push(*point);
            }
        }
        self.lines.push(Drawn { points: kept, arrow, part, weight, of: self.of.clone() });
    }

    /// A frame around `middle`, with lines of text in it.
    pub fn framed(&mut self, (x, y): Place, (across, height): Place, lines: &[Line], style: (Frame, Part, Weight)) {
        let (frame, part, weight) = style;
        let from = (x - across / 2, y - height / 2);
        let to = (from.0 + across, from.1 + height);
        self.frames.push(Framed { from, to, frame, part, weight, of: self.of.clone() });
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
        let of = self.of.clone();
        self.texts.push(Written { line: line.clone(), place, size, from_start, kind, weight, of });
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
