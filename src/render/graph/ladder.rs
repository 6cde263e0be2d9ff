//! Two rails for narrow pages: the forward pass down the left one, the backward pass up the right one, step beside step. What
//! passes a step by is an arc at the outer side of its rail.

use super::{
    label::width,
    parts::{BETWEEN, Cell, Edge, Measured, Most, PADDING, Tag},
    score::is_straight,
    sheet::{Frame, Kind, MARGIN, Part, SHAPE, SIZE, Sheet, Weight},
    tracks::tracks,
};
use crate::document::graph::{Graph, Kept};

/// Between the rails.
const BETWEEN_RAILS: i32 = 22;
/// From track to track.
const TRACK: i32 = 10;
/// From line to line of labels.
const LABEL: i32 = 22;
/// From a rail's left side to the lines that run along it: arcs, and what goes straight.
const ARCS: i32 = 7;
const LINE: i32 = 18;
/// Frames beside the line of the backward pass begin here.
const INSET: i32 = 26;
/// A rail is no narrower.
const NARROWEST: i32 = 130;

struct Ladder<'m> {
    measured: &'m Measured<'m>,
    /// The left sides of the rails.
    rails: [i32; 2],
    across: i32,
    /// The upper side of each step.
    tops: Vec<i32>,
    /// The arcs of both passes with their tracks.
    arcs: [Vec<(&'m Edge, i32)>; 2],
}

/// The picture, at least `least` pixels wide.
pub(super) fn lay_out(graph: &Graph, least: i32) -> Sheet {
    let plain = Measured::new(graph, Most { frame: i32::MAX, label: i32::MAX });
    let [left, right] = arcs(&plain).map(|arcs| beside(&arcs));
    let across = ((least - 2 * MARGIN - BETWEEN_RAILS - left - right) / 2).max(NARROWEST);
    let measured = &Measured::new(graph, Most { frame: across - INSET - PADDING, label: across - INSET });
    let ladder = Ladder::new(measured, across);
    let mut sheet = Sheet::default();
    for step in 0..measured.parts.len() {
        ladder.forward(&mut sheet, step);
        ladder.backward(&mut sheet, step);
        ladder.kept(&mut sheet, step);
        ladder.edges_above(&mut sheet, step);
    }
    sheet.fit(least);
    sheet
}

impl<'m> Ladder<'m> {
    fn new(measured: &'m Measured<'m>, room: i32) -> Self {
        let arcs = arcs(measured);
        let needed = measured.parts.iter().flat_map(|parts| {
            let shapes = parts.gradients.iter().map(|(.., shape)| width(shape, SHAPE) + INSET);
            let given = parts.parameters.iter().map(|tag| lines_of(tag, 0).1 + INSET);
            let inset = parts.gradients.iter().map(|(_, cell, _)| cell).chain(parts.backward.iter().skip(1));
            let whole = [&parts.forward].into_iter().chain(parts.backward.first()).chain(&parts.end);
            let cells = inset.map(|cell| cell.width + INSET).chain(whole.map(|cell| cell.width));
            cells.chain(shapes).chain(given).collect::<Vec<_>>()
        });
        let tags = measured.forward.iter().chain(&measured.backward).map(|edge| lines_of(&edge.tag, 0).1 + INSET);
        let across = needed.chain(tags).fold(room, i32::max);
        let left = MARGIN + beside(&arcs[0]);
        let rails = [left, left + across + BETWEEN_RAILS];
        let mut ladder = Self { measured, rails, across, tops: Vec::new(), arcs };
        let mut y = MARGIN;
        for step in 0..measured.parts.len() {
            y += ladder.above(step);
            ladder.tops.push(y);
            y += ladder.height(step);
        }
        ladder
    }

    /// The labels between the step before and this one, on both rails; from the top down.
    fn labels(&self, step: usize, lane: usize) -> Vec<(Label<'m>, i32)> {
        let room = self.across - INSET;
        let edges = if lane == 0 { &self.measured.forward } else { &self.measured.backward };
        let mut found = Vec::new();
        let before = step.checked_sub(1);
        let is_here = |edge: &Edge| if lane == 0 { edge.to == step } else { Some(edge.to) == before };
        if lane == 1
            && let Some(before) = before.filter(|before| self.measured.arriving[*before] > 1)
        {
            found.push((Label::Sum(before), lines_of(&self.measured.adjoints[before], room).0));
        }
        let arcs = edges.iter().filter(|edge| is_here(edge) && !is_straight(edge, lane));
        found.extend(arcs.map(|edge| (Label::Arc(edge), lines_of(&edge.tag, room).0)));
        let straight = edges.iter().find(|edge| is_here(edge) && is_straight(edge, lane));
        found.extend(straight.map(|edge| (Label::Straight(edge), lines_of(&edge.tag, room).0)));
        found
    }

    fn above(&self, step: usize) -> i32 {
        let lines = [0, 1].map(|lane| self.labels(step, lane).iter().map(|(_, lines)| lines).sum::<i32>());
        let lines = lines[0].max(lines[1]);
        if step == 0 { lines * LABEL } else { lines * LABEL + 18 }
    }

    fn height(&self, step: usize) -> i32 {
        let parts = &self.measured.parts[step];
        let lines: i32 = parts.parameters.iter().map(|tag| lines_of(tag, self.across - INSET).0).sum();
        let left = parts.forward.height + if lines > 0 { lines * LABEL + 4 } else { 0 };
        left.max(self.frames(step).last().map_or(0, |(_, [_, bottom], below)| bottom + below))
    }

    /// The frames on the right rail, below the upper side of the step: the first of the backward pass, further ones,
    /// gradients; each with its upper and lower edge and what its shape takes.
    fn frames(&self, step: usize) -> Vec<(&'m Cell, [i32; 2], i32)> {
        let parts = &self.measured.parts[step];
        let mut found = Vec::new();
        let first = parts.backward.first().or(parts.end.as_ref());
        let mut y = 0;
        // A frame over two steps begins above.
        let spans = step.checked_sub(1).is_some_and(|before| self.measured.spanned(before).is_some());
        if let Some(cell) = first {
            let height = if spans { parts.forward.height } else { cell.height };
            found.push((cell, [0, height], 0));
            y = height + 12;
        }
        let more = parts.backward.iter().skip(1).map(|cell| (cell, 0));
        for (cell, below) in more.chain(parts.gradients.iter().map(|(_, cell, _)| (cell, 16))) {
            found.push((cell, [y, y + cell.height], below));
            y += cell.height + below + 8;
        }
        found
    }

    fn forward(&self, sheet: &mut Sheet, step: usize) {
        let (parts, of) = (&self.measured.parts[step], &self.measured.graph.steps[step]);
        let (top, cell) = (self.tops[step], &parts.forward);
        let frame = if of.folded.is_some() { Frame::Dashed } else { Frame::Box };
        let middle = (self.rails[0] + self.across / 2, top + cell.height / 2);
        let style = (frame, Part::Forward, self.measured.weight(false));
        self.measured.at(sheet, "forward", step, "");
        sheet.framed(middle, (self.across, cell.height), &cell.lines, style);
        let mut y = top + cell.height + 4 + LABEL / 2;
        for (tag, parameter) in parts.parameters.iter().zip(&of.parameters) {
            let lines = lines_of(tag, self.across - INSET).0;
            self.measured.at(sheet, "parameter", step, &format!(":{}", parameter.key));
            labelled(sheet, tag, (self.rails[0] + INSET, y), lines, self.measured.weight(parameter.is_lit));
            y += lines * LABEL;
        }
    }

    fn backward(&self, sheet: &mut Sheet, step: usize) {
        let (measured, of) = (self.measured, &self.measured.graph.steps[step]);
        let (rail, top) = (self.rails[1], self.tops[step]);
        let received = of.adjoint.as_ref().map(|adjoint| measured.weight(adjoint.is_lit));
        let firsts = usize::from(!of.backward.is_empty() || measured.parts[step].end.is_some());
        for (place, (cell, [from, to], _)) in self.frames(step).into_iter().enumerate() {
            let is_dashed = of.folded.is_some();
            let more = of.backward.len().max(firsts);
            let gradient = place.checked_sub(more).map(|place| &measured.parts[step].gradients[place]);
            let parameter = gradient.and_then(|(place, ..)| of.parameters[*place].gradient.as_ref());
            let is_lit = match (of.backward.get(place), parameter) {
                (Some(backward), _) => backward.is_lit,
                (None, Some(gradient)) => gradient.is_lit,
                (None, None) => of.adjoint.as_ref().is_some_and(|adjoint| adjoint.is_lit),
            };
            let weight = measured.weight(is_lit);
            let left = if place < firsts { rail } else { rail + INSET };
            let mut from = top + from;
            if let Some(first) = of.backward.get(place).and_then(|backward| backward.spans) {
                from = self.tops[first];
            }
            let (right, to) = (rail + self.across, top + to);
            let frame = match (of.backward.get(place), is_dashed) {
                (Some(_), true) => Frame::Dashed,
                (Some(_), false) => Frame::Box,
                (None, _) => Frame::Round,
            };
            let middle = (i32::midpoint(left, right), i32::midpoint(from, to));
            if of.backward.is_empty() && place < firsts {
                measured.at(sheet, "end", step, "");
            } else {
                measured.at_frame(sheet, None, step, (place, firsts));
            }
            sheet.framed(middle, (right - left, to - from), &cell.lines, (frame, Part::Backward, weight));
            if let Some((.., shape)) = gradient {
                sheet.text(shape, (middle.0, to + 9), false, (Kind::Shape, weight));
            }
            if place >= firsts && received.is_some() {
                sheet.line(&[(rail + LINE, middle.1), (left, middle.1)], true, (Part::Backward, weight));
                let end = self.tops.get(step + 1).map_or(to, |next| next - self.above(step + 1));
                sheet.line(
                    &[(rail + LINE, end.max(middle.1)), (rail + LINE, middle.1)],
                    false,
                    (Part::Backward, weight),
                );
            }
        }
    }

    /// What the frames on the right take of the step on the left.
    fn kept(&self, sheet: &mut Sheet, step: usize) {
        let (measured, of) = (self.measured, &self.measured.graph.steps[step]);
        let (top, left, right) = (self.tops[step], self.rails[0] + self.across, self.rails[1]);
        let height = measured.parts[step].forward.height;
        let gradients =
            measured.parts[step].gradients.iter().filter_map(|(place, ..)| of.parameters[*place].gradient.as_ref());
        let gradients = gradients.map(|gradient| (&gradient.kept, gradient.is_lit));
        let backward: Vec<(&Vec<Kept>, bool)> =
            of.backward.iter().map(|backward| (&backward.kept, backward.is_lit)).collect();
        let frames = self.frames(step);
        let skipped = usize::from(backward.is_empty() && measured.parts[step].end.is_some());
        let all = backward.into_iter().chain(gradients).zip(frames.into_iter().skip(skipped));
        for (place, ((kept, is_lit), (_, [from, to], _))) in all.enumerate() {
            measured.at_frame(sheet, Some("kept"), step, (place + skipped, skipped));
            let style = (Part::Kept, measured.weight(is_lit));
            let y = top + i32::midpoint(from, to);
            match (kept.is_empty(), place) {
                (true, _) => {}
                (false, 0) if !of.backward.is_empty() => {
                    let y = y.min(top + height / 2);
                    sheet.line(&[(left, y), (right, y)], false, style);
                }
                (false, _) => {
                    let (trunk, start) = (left + BETWEEN_RAILS / 2, top + height / 2 + 6);
                    sheet.line(&[(left, start), (trunk, start), (trunk, y), (right + INSET, y)], false, style);
                }
            }
        }
    }

    /// All edges that arrive at the step on the left, and at the step before on the right.
    fn edges_above(&self, sheet: &mut Sheet, step: usize) {
        let start = self.tops[step] - self.above(step) + if step == 0 { 0 } else { 9 };
        for lane in [0, 1] {
            let mut y = start + LABEL / 2;
            for (label, lines) in self.labels(step, lane) {
                match label {
                    Label::Arc(edge) | Label::Straight(edge) => self.measured.at_edge(sheet, lane, edge),
                    Label::Sum(before) => self.measured.at(sheet, "received", before, ""),
                }
                self.edge(sheet, step, lane, &label, y);
                let (tag, weight) = match label {
                    Label::Arc(edge) | Label::Straight(edge) => (&edge.tag, edge.weight),
                    Label::Sum(before) => (&self.measured.adjoints[before], self.received(before)),
                };
                labelled(sheet, tag, (self.rails[lane] + INSET, y), lines, weight);
                y += lines * LABEL;
            }
        }
    }

    fn received(&self, step: usize) -> Weight {
        let adjoint = self.measured.graph.steps[step].adjoint.as_ref();
        self.measured.weight(adjoint.is_some_and(|adjoint| adjoint.is_lit))
    }

    fn edge(&self, sheet: &mut Sheet, step: usize, lane: usize, label: &Label, y: i32) {
        let part = if lane == 0 { Part::Forward } else { Part::Backward };
        let (rail, top) = (self.rails[lane], self.tops[step]);
        match label {
            Label::Straight(edge) if lane == 0 => {
                let above = self.tops[step - 1] + self.measured.parts[step - 1].forward.height;
                sheet.line(&[(rail + LINE, above), (rail + LINE, top)], true, (part, edge.weight));
            }
            Label::Straight(edge) => {
                let several = self.measured.arriving[edge.to] > 1;
                let end = if several { y - LABEL / 2 } else { self.foot(edge.to) };
                sheet.line(&[(rail + LINE, top), (rail + LINE, end)], true, (part, edge.weight));
            }
            Label::Sum(before) => {
                let (below, weight) = (y + LABEL / 2 + 4, self.received(*before));
                sheet.line(&[(rail + LINE, below), (rail + LINE, self.foot(*before))], true, (part, weight));
                sheet.sum((rail + LINE, below), weight);
            }
            Label::Arc(edge) => self.arc(sheet, lane, edge, y + LABEL / 2 - 1),
        }
    }

    /// The lower edge of the first frame on the right, where what the step receives arrives.
    fn foot(&self, step: usize) -> i32 {
        self.tops[step] + self.frames(step).first().map_or(0, |(_, [_, bottom], _)| *bottom)
    }

    fn arc(&self, sheet: &mut Sheet, lane: usize, edge: &Edge, y: i32) {
        let track = self.arcs[lane].iter().find(|(other, _)| std::ptr::eq(*other, edge)).map_or(0, |(_, track)| *track);
        let out = (track + 1) * TRACK - 3;
        let style = (if lane == 0 { Part::Forward } else { Part::Backward }, edge.weight);
        if lane == 0 {
            let (left, from) =
                (self.rails[0], self.tops[edge.from.0] + self.measured.parts[edge.from.0].forward.height / 2);
            let points = [
                (left, from),
                (left - out, from),
                (left - out, y),
                (left + ARCS, y),
                (left + ARCS, self.tops[edge.to]),
            ];
            sheet.line(&points, true, style);
            return;
        }
        let right = self.rails[1] + self.across;
        let frames = self.frames(edge.from.0);
        let middle = frames.get(edge.from.1).map_or(0, |(_, [top, bottom], _)| i32::midpoint(*top, *bottom));
        let from = self.tops[edge.from.0] + middle;
        let several = self.measured.arriving[edge.to] > 1;
        let rail = self.rails[1] + LINE;
        let mut points = vec![(right, from), (right + out, from), (right + out, y), (rail, y)];
        if !several {
            points.push((rail, self.foot(edge.to)));
        }
        sheet.line(&points, true, style);
    }
}

/// The arcs of both passes with their tracks.
fn arcs<'m>(measured: &'m Measured<'m>) -> [Vec<(&'m Edge, i32)>; 2] {
    [(0, &measured.forward), (1, &measured.backward)].map(|(lane, edges)| {
        let arcs: Vec<&Edge> = edges.iter().filter(|edge| !is_straight(edge, lane)).collect();
        let row = |step: usize| i32::try_from(step).unwrap_or(0) * 100;
        let rows = |edge: &&Edge| [row(edge.from.0.min(edge.to)), row(edge.from.0.max(edge.to))];
        let intervals: Vec<[i32; 2]> = arcs.iter().map(rows).collect();
        let tracks = tracks(&intervals).into_iter().map(|track| i32::try_from(track).unwrap_or(0));
        arcs.into_iter().zip(tracks).collect()
    })
}

/// The room that some arcs take beside their rail.
fn beside(arcs: &[(&Edge, i32)]) -> i32 {
    arcs.iter().map(|(_, track)| (track + 1) * TRACK).max().unwrap_or(0)
}

/// What is written between two steps.
enum Label<'m> {
    /// What several edges add up to.
    Sum(usize),
    Arc(&'m Edge),
    Straight(&'m Edge),
}

/// In how many lines a label stands in this room, and how long its longest one is if it stands in two.
fn lines_of(tag: &Tag, room: i32) -> (i32, i32) {
    if tag.length() <= room { (1, tag.length()) } else { (2, tag.width()) }
}

/// A label in one line or two.
fn labelled(sheet: &mut Sheet, tag: &Tag, (x, y): (i32, i32), lines: i32, weight: Weight) {
    sheet.text(&tag.name, (x, y), true, (Kind::Formula, weight));
    let behind = if tag.name.is_empty() { 0 } else { width(&tag.name, SIZE) + BETWEEN };
    let place = if lines > 1 { (x, y + LABEL - 3) } else { (x + behind, y) };
    sheet.text(&tag.shape, place, true, (Kind::Shape, weight));
}
