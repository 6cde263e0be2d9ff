//! One line of a score: places for its steps, then all that is drawn of it.

use std::ops::Range;

use super::{
    label::width,
    parts::{BETWEEN, Cell, Edge, Measured, Tag},
    score::{BAR, BESIDE, SLOT, SUM, Score, TRUNK, is_straight},
    sheet::{Frame, Kind, MARGIN, Part, SIZE, Sheet, Weight},
    tracks::{middle, tracks},
};
use crate::document::graph::{Kept, Step};

/// From track to track.
const TRACK: i32 = 32;
/// Between the lanes.
const LANES: i32 = 54;
/// Above a frame with parameters.
const PARAMETERS: i32 = 50;
/// From frame to frame below a lane.
const BELOW: i32 = 14;

/// A line of a score.
pub(super) struct System<'s> {
    score: &'s Score<'s>,
    steps: Range<usize>,
    /// Left and right sides of the steps.
    sides: Vec<[i32; 2]>,
    end: i32,
    /// The middle lines of both passes.
    lanes: [i32; 2],
    top: i32,
    /// Below all results.
    results: i32,
    /// Of the arcs of both passes: the edge, from where to where, and on which track.
    arcs: [Vec<(&'s Edge, [i32; 2], usize)>; 2],
}

impl<'s> System<'s> {
    /// Places the steps below `top`.
    pub fn new(score: &'s Score<'s>, steps: Range<usize>, top: i32) -> Self {
        let mut x = MARGIN + if steps.start > 0 { score.lead(steps.start) } else { 0 };
        let mut sides = Vec::new();
        for step in steps.clone() {
            x += if step > steps.start { score.gap(step) } else { 0 };
            sides.push([x, x + score.columns[step].width]);
            x += score.columns[step].width;
        }
        let is_last = steps.end == score.columns.len();
        let end = x + if is_last { 0 } else { score.tail(steps.end - 1) };
        let arcs = [Vec::new(), Vec::new()];
        let mut system = Self { score, steps, sides, end, lanes: [0; 2], top, results: 0, arcs };
        system.arcs = [0, 1].map(|lane| system.placed(lane));
        system.rows();
        system
    }

    fn measured(&self) -> &'s Measured<'s> {
        self.score.measured
    }

    fn side(&self, step: usize) -> [i32; 2] {
        self.sides[step - self.steps.start]
    }

    fn middle_of(&self, step: usize) -> i32 {
        let [left, right] = self.side(step);
        i32::midpoint(left, right)
    }

    /// Where an arc leaves a step above, or arrives below.
    fn right_end(&self, step: usize, lane: usize) -> i32 {
        let [_, right] = self.side(step);
        if lane == 0 { right + 12 } else { right + self.sum_at(step) }
    }

    /// From a step's right side to where its derivatives meet.
    fn sum_at(&self, step: usize) -> i32 {
        let bar = if self.score.columns[step].has_bar { BAR } else { 0 };
        let several = self.measured().arriving[step] > 1;
        6 + bar + if several { self.measured().adjoints[step].width() + 10 + SUM } else { 8 }
    }

    /// Where an arc arrives at a step above, or leaves it below.
    fn left_end(&self, step: usize, lane: usize, edge: &Edge) -> i32 {
        let column = &self.score.columns[step];
        let (edges, arcs) = match lane {
            0 => (&self.measured().forward, &column.ins),
            _ => (&self.measured().backward, &column.outs),
        };
        let place = arcs.iter().position(|arc| std::ptr::eq(&raw const edges[*arc], edge)).unwrap_or(0);
        let trunk = if column.has_trunk { TRUNK } else { 0 };
        self.side(step)[0] - 12 - trunk - SLOT * i32::try_from(place).unwrap_or(0)
    }

    /// The arcs of a pass in this line, each from left to right.
    fn placed(&self, lane: usize) -> Vec<(&'s Edge, [i32; 2], usize)> {
        let mut found = Vec::new();
        for edge in self.score.arcs(lane) {
            let (left, right) = if lane == 0 { (edge.from.0, edge.to) } else { (edge.to, edge.from.0) };
            if left >= self.steps.end || right < self.steps.start {
                continue;
            }
            let start = if self.steps.contains(&left) { self.right_end(left, lane) } else { 3 };
            let end = if self.steps.contains(&right) { self.left_end(right, lane, edge) } else { self.end };
            found.push((edge, [start, end]));
        }
        let intervals: Vec<[i32; 2]> = found.iter().map(|(_, interval)| *interval).collect();
        found.into_iter().zip(tracks(&intervals)).map(|((edge, interval), track)| (edge, interval, track)).collect()
    }

    fn depth(&self, lane: usize) -> i32 {
        let tracks = self.arcs[lane].iter().map(|(.., track)| track + 1).max().unwrap_or(0);
        i32::try_from(tracks).unwrap_or(0) * TRACK
    }

    /// Heights of all that stands below one another.
    fn rows(&mut self) {
        let parts = &self.measured().parts[self.steps.clone()];
        let forward = parts.iter().map(|parts| parts.forward.height).max().unwrap_or(0);
        let first = |parts: &'s super::parts::Parts| parts.backward.first().or(parts.end.as_ref());
        let backward = parts.iter().filter_map(first).map(|cell| cell.height).max().unwrap_or(30);
        let parameters = if parts.iter().any(|parts| !parts.parameters.is_empty()) { PARAMETERS } else { 14 };
        let lane = self.top + self.depth(0) + parameters + forward / 2;
        self.lanes = [lane, lane + forward / 2 + LANES + backward / 2];
        let under = |step: usize| self.frames(step).last().map_or(self.lanes[1] + backward / 2, |(.., bottom)| *bottom);
        self.results = self.steps.clone().map(under).fold(self.lanes[1] + 20, i32::max);
    }

    /// The frames below the lane of the backward pass: the place among those of the step, further ones of the backward pass
    /// first, its upper and lower edge, and where what belongs to it ends.
    fn frames(&self, step: usize) -> Vec<(usize, [i32; 2], i32)> {
        let parts = &self.measured().parts[step];
        let first = parts.backward.first().map_or(0, |cell| cell.height);
        let mut y = if parts.end.is_some() { self.lanes[1] + 32 } else { self.lanes[1] + first / 2 + BELOW };
        if first == 0 && parts.end.is_none() {
            y = self.lanes[1] + 16 + BELOW;
        }
        let mut found = Vec::new();
        let more = parts.backward.iter().skip(1).map(|cell| (cell, 0));
        for (place, (cell, below)) in more.chain(parts.gradients.iter().map(|(_, cell, _)| (cell, 17))).enumerate() {
            let bottom = y + cell.height;
            found.push((place, [y, bottom], bottom + below));
            y = bottom + below + 9;
        }
        found
    }

    /// Draws all of it, and says where it ends.
    pub fn draw(&self, sheet: &mut Sheet) -> i32 {
        for step in self.steps.clone() {
            self.forward(sheet, step);
            self.backward(sheet, step);
            self.kept(sheet, step);
        }
        let neighbours = [self.measured().forward.iter(), self.measured().backward.iter()];
        for (lane, edges) in neighbours.into_iter().enumerate() {
            edges.filter(|edge| is_straight(edge, lane)).for_each(|edge| self.straight(sheet, lane, edge));
        }
        for lane in [0, 1] {
            for place in 0..self.arcs[lane].len() {
                self.arc(sheet, lane, place);
            }
        }
        self.results + self.depth(1)
    }

    fn step(&self, step: usize) -> &'s Step {
        &self.measured().graph.steps[step]
    }

    fn forward(&self, sheet: &mut Sheet, step: usize) {
        let (parts, of) = (&self.measured().parts[step], self.step(step));
        let (x, y, cell) = (self.middle_of(step), self.lanes[0], &parts.forward);
        let frame = if of.folded.is_some() { Frame::Dashed } else { Frame::Box };
        let weight = self.measured().weight(false);
        self.measured().at(sheet, "forward", step, "");
        sheet.framed(
            (x, y),
            (self.score.columns[step].width, cell.height),
            &cell.lines,
            (frame, Part::Forward, weight),
        );
        let total: i32 = parts.parameters.iter().map(|tag| tag.width() + BESIDE).sum();
        let (mut left, top) = (x - (total - BESIDE) / 2, y - cell.height / 2);
        for (tag, parameter) in parts.parameters.iter().zip(&of.parameters) {
            let (across, weight) = (tag.width(), self.measured().weight(parameter.is_lit));
            let middle = left + across / 2;
            self.measured().at(sheet, "parameter", step, &format!(":{}", parameter.key));
            labelled(sheet, tag, (middle, top - 32), weight);
            sheet.line(&[(middle, top - 14), (middle, top)], true, (Part::Forward, weight));
            left += across + BESIDE;
        }
    }

    fn backward(&self, sheet: &mut Sheet, step: usize) {
        let (measured, of) = (self.measured(), self.step(step));
        let (parts, [left, right], lane) = (&measured.parts[step], self.side(step), self.lanes[1]);
        let (x, across) = (self.middle_of(step), right - left);
        let received = of.adjoint.as_ref().map(|adjoint| measured.weight(adjoint.is_lit));
        let plain = if of.folded.is_some() { Frame::Dashed } else { Frame::Box };
        if let (Some(end), Some(weight)) = (&parts.end, received) {
            let style = (Frame::Round, Part::Backward, weight);
            measured.at(sheet, "end", step, "");
            sheet.framed((x, lane), (across, end.height), &end.lines, style);
            sheet.text(&measured.adjoints[step].shape, (x, lane + end.height / 2 + 9), false, (Kind::Shape, weight));
        }
        if let (Some(cell), Some(backward)) = (parts.backward.first(), of.backward.first()) {
            let start = backward.spans.map_or(left, |first| self.side(first)[0]);
            let style = (plain, Part::Backward, measured.weight(backward.is_lit));
            measured.at(sheet, "backward", step, ":0");
            sheet.framed((i32::midpoint(start, right), lane), (right - start, cell.height), &cell.lines, style);
        }
        for (place, [top, bottom], _) in self.frames(step) {
            let middle = (x, i32::midpoint(top, bottom));
            measured.at_frame(sheet, None, step, (place + 1, 1));
            let (cell, frame, is_lit): (&Cell, _, _) = if let Some(backward) = of.backward.get(place + 1) {
                (&parts.backward[place + 1], plain, backward.is_lit)
            } else {
                let (parameter, cell, shape) = &parts.gradients[place + 1 - of.backward.len().max(1)];
                let is_lit = of.parameters[*parameter].gradient.as_ref().is_some_and(|gradient| gradient.is_lit);
                sheet.text(shape, (x, bottom + 9), false, (Kind::Shape, measured.weight(is_lit)));
                (cell, Frame::Round, is_lit)
            };
            let weight = measured.weight(is_lit);
            sheet.framed(middle, (across, cell.height), &cell.lines, (frame, Part::Backward, weight));
            if received.is_some() {
                let bar = right + BAR;
                let points = [(bar, lane), (bar, middle.1), (right, middle.1)];
                sheet.line(&points, true, (Part::Backward, weight));
            }
        }
        self.received(sheet, step, received);
    }

    /// From the sum of what arrives to the frame that takes it.
    fn received(&self, sheet: &mut Sheet, step: usize, weight: Option<Weight>) {
        let Some(weight) = weight.filter(|_| self.measured().arriving[step] > 1) else { return };
        let (right, y, sum) = (self.side(step)[1], self.lanes[1], self.right_end(step, 1));
        self.measured().at(sheet, "received", step, "");
        sheet.line(&[(sum, y), (right, y)], true, (Part::Backward, weight));
        let tag = &self.measured().adjoints[step];
        labelled(sheet, tag, (sum - SUM - 3 - tag.width() / 2, y), weight);
        sheet.sum((sum, y), weight);
    }

    /// Where kept operands leave what comes in: the line of their arc, or what comes straight.
    fn leave(&self, step: usize, kept: &[Kept]) -> Option<(i32, i32)> {
        let operands = &self.step(step).operands;
        let mut of = kept.iter().filter_map(|kept| if let Kept::Operand(place) = kept { Some(*place) } else { None });
        let by = operands[of.next()?].step;
        let mut arcs = self.score.columns[step].ins.iter().map(|arc| &self.measured().forward[*arc]);
        Some(match arcs.find(|arc| arc.by == by) {
            Some(arc) => (self.left_end(step, 0, arc), self.lanes[0] - self.entry(arc)),
            None => (self.side(step)[0] - TRUNK, self.lanes[0]),
        })
    }

    fn kept(&self, sheet: &mut Sheet, step: usize) {
        let (measured, of, lane) = (self.measured(), self.step(step), self.lanes);
        let (x, left) = (self.middle_of(step), self.side(step)[0]);
        let parts = &measured.parts[step];
        let below = lane[0] + parts.forward.height / 2;
        let trunk = left - TRUNK;
        if let (Some(first), Some(cell)) = (of.backward.first(), parts.backward.first()) {
            measured.at(sheet, "kept", step, ":0");
            let (top, style) = (lane[1] - cell.height / 2, (Part::Kept, measured.weight(first.is_lit)));
            let beside = |kept: &Kept| matches!(kept, Kept::Operand(_)) && of.adjoint.is_some();
            if first.kept.iter().any(beside)
                && let Some((x, y)) = self.leave(step, &first.kept)
            {
                let turn = top - 18;
                sheet.line(&[(x, y), (x, turn), (left + 12, turn), (left + 12, top)], false, style);
            }
            if first.kept.iter().any(|kept| !beside(kept)) {
                sheet.line(&[(x, below), (x, top)], false, style);
            }
        }
        let gradients = parts.gradients.iter().filter_map(|(place, ..)| of.parameters[*place].gradient.as_ref());
        let more = of.backward.iter().skip(1).map(|backward| (&backward.kept, backward.is_lit));
        let kept = more.chain(gradients.map(|gradient| (&gradient.kept, gradient.is_lit)));
        for ((kept, is_lit), (place, [top, bottom], _)) in kept.zip(self.frames(step)) {
            measured.at_frame(sheet, Some("kept"), step, (place + 1, 1));
            let (y, style) = (i32::midpoint(top, bottom), (Part::Kept, measured.weight(is_lit)));
            if let Some((x, start)) = self.leave(step, kept) {
                sheet.line(&[(x, start), (x, y), (left, y)], false, style);
            } else if !kept.is_empty() {
                let turn = below + 10;
                sheet.line(&[(left + 6, below), (left + 6, turn), (trunk, turn), (trunk, y), (left, y)], false, style);
            }
        }
    }

    /// An edge between neighbours; over the end of a line both halves.
    fn straight(&self, sheet: &mut Sheet, lane: usize, edge: &Edge) {
        let (left, right) = if lane == 0 { (edge.from.0, edge.to) } else { (edge.to, edge.from.0) };
        let (y, part) = (self.lanes[lane], if lane == 0 { Part::Forward } else { Part::Backward });
        let several = lane == 1 && self.measured().arriving[left] > 1;
        let starts = self.steps.contains(&left).then(|| {
            let start = self.side(left)[1];
            if several { start + self.sum_at(left) + 5 } else { start }
        });
        let ends = self.steps.contains(&right).then(|| self.side(right)[0]);
        let (from, to) = match (starts, ends) {
            (Some(start), end) => (start, end.unwrap_or(self.end)),
            (None, Some(end)) => (3, end),
            (None, None) => return,
        };
        let points = if lane == 0 { [(from, y), (to, y)] } else { [(to, y), (from, y)] };
        self.measured().at_edge(sheet, lane, edge);
        sheet.line(&points, true, (part, edge.weight));
        // Lines that turn off on either side leave this much between them.
        let margins = [0, 1].map(|side| match (side, starts, ends) {
            (0, None, _) | (1, _, None) => 4,
            (0, ..) if lane == 1 && several => 4,
            (0, ..) => 6 + if self.score.columns[left].has_bar && lane == 1 { BAR } else { 0 },
            _ => {
                let column = &self.score.columns[right];
                let arcs = if lane == 0 { column.ins.len() } else { column.outs.len() };
                10 + if column.has_trunk { TRUNK } else { 0 } + SLOT * i32::try_from(arcs).unwrap_or(0)
            }
        });
        let forks = lane == 0 && starts.is_some() && self.score.arcs(0).any(|arc| arc.from.0 == left);
        let first = from + margins[0] + if forks { 10 } else { 0 };
        labelled(sheet, &edge.tag, (i32::midpoint(first, to - margins[1]), y), edge.weight);
    }

    /// An edge that passes steps by.
    fn arc(&self, sheet: &mut Sheet, lane: usize, place: usize) {
        let (edge, [start, end], track) = self.arcs[lane][place];
        let track = i32::try_from(track).unwrap_or(0);
        let y =
            if lane == 0 { self.top + self.depth(0) - track * TRACK - 6 } else { self.results + track * TRACK + 26 };
        let (left, right) = if lane == 0 { (edge.from.0, edge.to) } else { (edge.to, edge.from.0) };
        let mut points = Vec::new();
        if self.steps.contains(&left) {
            let at = self.lanes[lane];
            match lane {
                0 => points.extend([(self.side(left)[1], at), (start, at)]),
                _ if self.measured().arriving[left] > 1 => points.push((start, at + 5)),
                _ => points.extend([(self.side(left)[1], at), (start, at)]),
            }
        }
        points.extend([(start, y), (end, y)]);
        if self.steps.contains(&right) {
            let to = self.side(right)[0];
            let at = if lane == 0 { self.lanes[0] - self.entry(edge) } else { self.exit(edge) };
            points.extend([(end, at), (to, at)]);
        }
        if lane == 1 {
            points.reverse();
        }
        let part = if lane == 0 { Part::Forward } else { Part::Backward };
        self.measured().at_edge(sheet, lane, edge);
        sheet.line(&points, true, (part, edge.weight));
        let crossing: Vec<i32> = self.arcs[lane]
            .iter()
            .enumerate()
            .filter(|(other, arc)| *other != place && arc.2 >= usize::try_from(track).unwrap_or(0))
            .flat_map(|(_, (_, ends, _))| *ends)
            .collect();
        let tag = &edge.tag;
        let middle = middle([start, end], tag.length(), &crossing);
        let from = (middle - tag.length() / 2).max(3);
        sheet.text(&tag.name, (from, y - 9), true, (Kind::Formula, edge.weight));
        let behind = if tag.name.is_empty() { 0 } else { width(&tag.name, SIZE) + BETWEEN };
        sheet.text(&tag.shape, (from + behind, y - 9), true, (Kind::Shape, edge.weight));
    }

    /// How far above the lane an arc enters a frame: beside what comes straight.
    fn entry(&self, edge: &Edge) -> i32 {
        let column = &self.score.columns[edge.to];
        let edges = &self.measured().forward;
        let has_straight = edges.iter().any(|other| other.to == edge.to && is_straight(other, 0));
        let place = column.ins.iter().position(|arc| std::ptr::eq(&raw const edges[*arc], edge)).unwrap_or(0);
        let place = i32::try_from(place).unwrap_or(0);
        (if has_straight { 7 + 5 * place } else { 6 * place }).min(12)
    }

    /// Where an arc leaves the frame of the backward pass that it is of.
    fn exit(&self, edge: &Edge) -> i32 {
        let frames = self.frames(edge.from.0);
        let of = edge.from.1.checked_sub(1).and_then(|place| frames.get(place));
        of.map_or(self.lanes[1], |(_, [top, bottom], _)| i32::midpoint(*top, *bottom))
    }
}

/// The name above `place`, the shape below it.
fn labelled(sheet: &mut Sheet, tag: &Tag, (x, y): (i32, i32), weight: Weight) {
    sheet.text(&tag.name, (x, y - 9), false, (Kind::Formula, weight));
    sheet.text(&tag.shape, (x, y + 11), false, (Kind::Shape, weight));
}
