//! Two lanes in lines, as music is written: the forward pass from left to right, and below it the backward pass, each step
//! under the one that it mirrors. What passes a step by is an arc above, or mirrored below.

use std::ops::Range;

use super::label::width;
use super::{
    parts::{Edge, Measured, Most},
    sheet::{MARGIN, SHAPE, Sheet},
    system::System,
};

/// From a frame to the kept values beside it, and to the first arc.
pub(super) const TRUNK: i32 = 8;
/// From arc to arc.
pub(super) const SLOT: i32 = 9;
/// From a frame to the line that leads to its results.
pub(super) const BAR: i32 = 11;
/// From a sum to what stands beside it.
pub(super) const SUM: i32 = 9;
/// Between parameters.
pub(super) const BESIDE: i32 = 14;
const BETWEEN_SYSTEMS: i32 = 40;
/// Frames are no wider where formulas can be broken.
const WIDEST: i32 = 250;

/// What the steps of a graph need of a line.
pub(super) struct Score<'m> {
    pub measured: &'m Measured<'m>,
    pub columns: Vec<Column>,
}

/// A step, and the room that it needs on both sides, above and below.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub width: i32,
    /// Whether kept values run down on its left.
    pub has_trunk: bool,
    /// Whether what it receives goes to more than one frame.
    pub has_bar: bool,
    /// The arcs into it, and the backward arcs out of it.
    pub ins: Vec<usize>,
    pub outs: Vec<usize>,
    left: [i32; 2],
    /// Of the edge to the step before.
    label: [i32; 2],
    right: [i32; 2],
    /// The longest labels of arcs on both sides.
    arcs: [[i32; 2]; 2],
}

/// The picture, at least `least` pixels wide.
pub(super) fn lay_out(measured: &Measured, least: i32) -> Sheet {
    let score = Score::new(measured);
    let mut sheet = Sheet::default();
    let mut top = MARGIN;
    for steps in score.systems(least - 2 * MARGIN) {
        top = System::new(&score, steps, top).draw(&mut sheet) + BETWEEN_SYSTEMS;
    }
    sheet.fit(least);
    sheet
}

impl<'m> Score<'m> {
    fn new(measured: &'m Measured<'m>) -> Self {
        let mut score = Self { measured, columns: vec![Column::default(); measured.parts.len()] };
        for (step, column) in score.columns.iter_mut().enumerate() {
            column.measure(measured, step);
        }
        for (place, edge) in measured.forward.iter().enumerate() {
            if edge.from.0 + 1 == edge.to {
                score.columns[edge.to].label[0] = edge.tag.width() + 16;
            } else {
                score.columns[edge.to].ins.push(place);
                score.columns[edge.from.0].right[0] = 16;
                score.label_arc(0, [edge.from.0, edge.to], edge.tag.length());
            }
        }
        for (place, edge) in measured.backward.iter().enumerate() {
            if Measured::is_straight(edge) {
                score.columns[edge.from.0].label[1] = edge.tag.width() + 16;
            } else {
                score.columns[edge.from.0].outs.push(place);
                score.label_arc(1, [edge.to, edge.from.0], edge.tag.length());
            }
        }
        for (step, column) in score.columns.iter_mut().enumerate() {
            column.sides(measured, step);
        }
        score.widen();
        score
    }

    /// An arc that ends with its line has room for its label, and so has one between neighbours.
    fn label_arc(&mut self, lane: usize, [left, right]: [usize; 2], length: i32) {
        let room = length + 14;
        for (step, side) in [(left, 1), (right, 0)] {
            let longest = &mut self.columns[step].arcs[side][lane];
            *longest = room.max(*longest);
        }
        if left + 1 == right {
            let label = &mut self.columns[right].label[lane];
            *label = room.max(*label);
        }
    }

    /// Frames over two steps have room.
    fn widen(&mut self) {
        for step in 0..self.columns.len() {
            if self.measured.spanned(step).is_some() {
                let needed = self.measured.parts[step + 1].backward[0].width;
                let there = self.columns[step].width + self.gap(step + 1) + self.columns[step + 1].width;
                self.columns[step + 1].width += (needed - there).max(0);
            }
        }
    }

    /// Between the step before and this one.
    pub fn gap(&self, step: usize) -> i32 {
        let (before, column) = (&self.columns[step - 1], &self.columns[step]);
        let is_covered = self.measured.spanned(step - 1).is_some();
        let lanes = if is_covered { 0..1 } else { 0..2 };
        lanes.map(|lane| before.right[lane] + column.label[lane] + column.left[lane]).fold(26, i32::max)
    }

    /// Before the first step of a line.
    pub fn lead(&self, step: usize) -> i32 {
        let column = &self.columns[step];
        let labels = [0, 1].map(|lane| column.label[lane].max(column.arcs[0][lane]));
        let room = [0, 1].map(|lane| column.left[lane] + labels[lane]).into_iter().fold(0, i32::max);
        if labels == [0; 2] { 0 } else { room + 10 }
    }

    /// Behind the last step of a line that is not the last.
    pub fn tail(&self, step: usize) -> i32 {
        let column = &self.columns[step];
        let next = self.columns.get(step + 1).map_or([0; 2], |next| next.label);
        let label = |lane: usize| next[lane].max(column.arcs[1][lane]);
        [0, 1].map(|lane| column.right[lane] + label(lane)).into_iter().fold(0, i32::max) + 12
    }

    /// The lines: as many steps each as have room, and never the loss alone in the last.
    fn systems(&self, room: i32) -> Vec<Range<usize>> {
        let count = self.columns.len();
        let mut starts = vec![0];
        let mut end = self.lead(0);
        let mut unit = 0;
        while unit < count {
            let next = self.after(unit);
            let start = starts.last().copied().unwrap_or(0);
            let own = |first: i32| {
                (unit..next)
                    .map(|step| self.columns[step].width + if step == unit { first } else { self.gap(step) })
                    .sum::<i32>()
            };
            let before = if unit == start { 0 } else { self.gap(unit) };
            let longer = end + own(before);
            let tail = if next < count { self.tail(next - 1) } else { self.columns[next - 1].right[0] };
            if unit > start && longer + tail > room {
                starts.push(unit);
                end = self.lead(unit) + own(0);
            } else {
                end = longer;
            }
            unit = next;
        }
        if let [.., before, last] = &mut starts[..]
            && self.after(*last) == count
        {
            let units: Vec<usize> = std::iter::successors(Some(*before), |unit| Some(self.after(*unit)))
                .take_while(|unit| *unit < *last)
                .collect();
            if let [_, .., moved] = &units[..] {
                *last = *moved;
            }
        }
        let ends = starts.iter().skip(1).copied().chain([count]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// The first step behind this one that may begin a line.
    fn after(&self, step: usize) -> usize {
        if self.measured.spanned(step).is_some() { step + 2 } else { step + 1 }
    }

    /// The edges that pass a step by, of either pass.
    pub fn arcs(&self, lane: usize) -> impl Iterator<Item = &'m Edge> {
        let edges = if lane == 0 { &self.measured.forward } else { &self.measured.backward };
        edges.iter().filter(move |edge| !is_straight(edge, lane))
    }
}

/// Whether an edge joins neighbours.
pub(super) fn is_straight(edge: &Edge, lane: usize) -> bool {
    if lane == 0 { edge.from.0 + 1 == edge.to } else { Measured::is_straight(edge) }
}

/// What frames and labels may take of a picture of this width: a frame with labels on both sides has room.
pub(super) fn most(width: i32) -> Most {
    Most { frame: WIDEST, label: (width / 5).min(WIDEST * 4 / 5) }
}

impl Column {
    fn measure(&mut self, measured: &Measured, step: usize) {
        use crate::document::graph::Kept;
        let (parts, of) = (&measured.parts[step], &measured.graph.steps[step]);
        let parameters: i32 = parts.parameters.iter().map(|tag| tag.width() + BESIDE).sum();
        let frames = parts.backward.iter().zip(&of.backward).filter(|(_, backward)| backward.spans.is_none());
        let backward = frames.map(|(cell, _)| cell.width);
        let gradients = parts.gradients.iter().map(|(_, cell, shape)| cell.width.max(width(shape, SHAPE)));
        let ends = parts.end.iter().map(|cell| cell.width.max(measured.adjoints[step].width()));
        self.width = backward.chain(gradients).chain(ends).fold(parts.forward.width.max(parameters), i32::max);
        let is_operand = |kept: &Kept| matches!(kept, Kept::Operand(_));
        let is_loss = of.adjoint.is_none();
        let of_gradients = of.parameters.iter().filter_map(|parameter| parameter.gradient.as_ref());
        self.has_trunk = !is_loss && of.backward.iter().any(|backward| backward.kept.iter().any(is_operand))
            || of_gradients.into_iter().any(|gradient| !gradient.kept.is_empty())
            || of.backward.iter().skip(1).any(|backward| !backward.kept.is_empty());
        self.has_bar = of.adjoint.is_some() && (!parts.gradients.is_empty() || parts.backward.len() > 1);
    }

    fn sides(&mut self, measured: &Measured, step: usize) {
        let trunk = if self.has_trunk { TRUNK } else { 0 };
        let slots = |arcs: &Vec<usize>| i32::try_from(arcs.len()).unwrap_or(0) * SLOT;
        self.left = [14 + trunk + slots(&self.ins), 12 + trunk + slots(&self.outs)];
        let bar = if self.has_bar { BAR } else { 0 };
        let several = measured.arriving[step] > 1;
        let by_arc = measured.backward.iter().any(|edge| edge.to == step && !Measured::is_straight(edge));
        self.right[0] += 4;
        self.right[1] = 6
            + bar
            + if several { measured.adjoints[step].width() + 10 + 2 * SUM } else { 0 }
            + if by_arc && !several { 14 } else { 0 };
    }
}
