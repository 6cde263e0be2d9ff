//! [`Graph`] → what stands in each frame and at each edge, measured but not placed.

use super::{
    label::{Line, formula, push, relation, shape, shortened, width, words, wrapped},
    sheet::{LINE, SHAPE, SIZE, Sheet, Weight},
};
use crate::{
    document::{
        graph::{Backward, Graph, Parameter, Passes, Step},
        notation::Notation,
        sentence::Sentence,
    },
    render::{dialect, glyphs::UNICODE, text::Text},
    shape::Shape,
};

/// The pixels that the text of a frame has, and either line of a label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub frame: i32,
    pub label: i32,
}

/// What stands in a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub lines: Vec<Line>,
    pub width: i32,
    pub height: i32,
}

/// A name and its shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Tag {
    pub name: Line,
    pub shape: Line,
}

impl Tag {
    /// With the shape below the name.
    pub fn width(&self) -> i32 {
        width(&self.name, SIZE).max(width(&self.shape, SHAPE))
    }

    /// With the shape behind the name.
    pub fn length(&self) -> i32 {
        width(&self.name, SIZE) + if self.shape.is_empty() { 0 } else { BETWEEN + width(&self.shape, SHAPE) }
    }
}

/// Of a frame, on both sides of its text.
pub(super) const PADDING: i32 = 16;

/// Between a name and the shape behind it.
pub(super) const BETWEEN: i32 = 8;

/// A step's frames.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub forward: Cell,
    pub parameters: Vec<Tag>,
    pub backward: Vec<Cell>,
    /// Each with its parameter's place, and its shape.
    pub gradients: Vec<(usize, Cell, Line)>,
    /// ∂J/∂X, of an input.
    pub end: Option<Cell>,
}

/// An edge of either pass.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    /// The step, and which of its frames, that it leaves; the first one of a frame over two.
    pub from: (usize, usize),
    /// The step whose value it carries, or which hands it back: it may begin at a frame over two.
    pub by: usize,
    pub to: usize,
    pub tag: Tag,
    pub weight: Weight,
}

/// All frames and edges.
#[derive(Debug)]
pub(super) struct Measured<'g> {
    pub graph: &'g Graph,
    pub parts: Vec<Parts>,
    pub forward: Vec<Edge>,
    pub backward: Vec<Edge>,
    /// How many edges meet at each step.
    pub arriving: Vec<usize>,
    /// What each step receives.
    pub adjoints: Vec<Tag>,
}

impl<'g> Measured<'g> {
    /// With frames and labels of at most so many pixels, as far as formulas can be broken and names shortened.
    pub fn new(graph: &'g Graph, most: Most) -> Self {
        let arriving = graph.arriving();
        let adjoint = |step: &Step| {
            let name = step.adjoint.as_ref().map(|adjoint| formula(&adjoint.name)).unwrap_or_default();
            tag(name, &step.shape, most)
        };
        let adjoints: Vec<Tag> = graph.steps.iter().map(adjoint).collect();
        let parts = graph.steps.iter().map(|step| parts(graph, step, &arriving, most)).collect();
        let mut measured = Self { graph, parts, forward: Vec::new(), backward: Vec::new(), arriving, adjoints };
        measured.edges(most);
        measured
    }

    /// How strongly something is drawn.
    pub fn weight(&self, is_lit: bool) -> Weight {
        weight(self.graph, is_lit)
    }

    /// What is drawn from now on is a frame of this step, with what follows its name in that of the place.
    pub fn at(&self, sheet: &mut Sheet, kind: &str, step: usize, rest: &str) {
        let key = &self.graph.steps[step].key;
        sheet.at(key, format!("{kind}:{key}{rest}"));
    }

    /// What is drawn from now on belongs to the frame of the backward pass, or of a gradient, of this place.
    /// Before the gradients stand at least `firsts` frames.
    pub fn at_frame(&self, sheet: &mut Sheet, kind: Option<&str>, step: usize, (place, firsts): (usize, usize)) {
        let (of, parts) = (&self.graph.steps[step], &self.parts[step]);
        let firsts = of.backward.len().max(firsts);
        let gradient = place.checked_sub(firsts).and_then(|place| parts.gradients.get(place));
        match gradient {
            Some((parameter, ..)) => {
                let rest = format!(":{}", of.parameters[*parameter].key);
                self.at(sheet, kind.unwrap_or("gradient"), step, &rest);
            }
            None => self.at(sheet, kind.unwrap_or("backward"), step, &format!(":{place}")),
        }
    }

    /// What is drawn from now on belongs to an edge.
    pub fn at_edge(&self, sheet: &mut Sheet, lane: usize, edge: &Edge) {
        let [by, to] = [edge.by, edge.to].map(|step| &*self.graph.steps[step].key);
        let (kind, step) = if lane == 0 { ("edge", by) } else { ("adjoint", to) };
        sheet.at(step, format!("{kind}:{by}:{to}"));
    }

    fn edges(&mut self, most: Most) {
        let graph = self.graph;
        for (to, step) in graph.steps.iter().enumerate() {
            for operand in &step.operands {
                let source = &graph.steps[operand.step];
                let tag = tag(formula(&source.name), &source.shape, most);
                let (by, weight) = (operand.step, self.weight(operand.is_lit));
                self.forward.push(Edge { from: (by, 0), by, to, tag, weight });
            }
            for (place, backward) in step.backward.iter().enumerate() {
                for target in &backward.to {
                    let mut tag = self.adjoints[target.step].clone();
                    if self.arriving[target.step] > 1 {
                        // What several add up to has a name, a summand its formula.
                        tag.name = shortened(formula(&summand(step, backward)), SIZE, most.label);
                    }
                    let from = (backward.spans.unwrap_or(to), place);
                    let weight = self.weight(target.is_lit);
                    self.backward.push(Edge { from, by: to, to: target.step, tag, weight });
                }
            }
        }
    }

    /// Whether an edge of the backward pass goes straight on to the step before.
    pub fn is_straight(edge: &Edge) -> bool {
        edge.to + 1 == edge.from.0 && edge.from.1 == 0
    }

    /// The frame over this step and the one behind it, if there is one.
    pub fn spanned(&self, step: usize) -> Option<&'g Backward> {
        self.graph.steps.get(step + 1)?.backward.first().filter(|backward| backward.spans == Some(step))
    }
}

/// What a step adds to what others hand back too; through a Jacobian as a product with it.
fn summand(step: &Step, backward: &Backward) -> Notation {
    match (&backward.passes, &step.adjoint) {
        (Passes::Jacobian(jacobian), Some(adjoint)) => Notation::Product(vec![adjoint.name.clone(), jacobian.clone()]),
        _ => backward.rule.clone(),
    }
}

/// How strongly something is drawn.
pub(super) fn weight(graph: &Graph, is_lit: bool) -> Weight {
    match (graph.has_path, is_lit) {
        (false, _) => Weight::Plain,
        (true, false) => Weight::Dim,
        (true, true) => Weight::Lit,
    }
}

/// The words and formulas of a sentence as text.
pub(super) fn text(sentence: &Sentence) -> String {
    dialect::sentence(&Text::new(&UNICODE), sentence)
}

fn tag(name: Line, of: &Shape, most: Most) -> Tag {
    Tag { name: shortened(name, SIZE, most.label), shape: shortened(shape(of), SHAPE, most.label) }
}

fn cell(lines: Vec<Line>, most: i32) -> Cell {
    let lines: Vec<Line> = lines.into_iter().map(|line| shortened(line, SIZE, most)).collect();
    let across = lines.iter().map(|line| width(line, SIZE)).max().unwrap_or(0);
    let height = 12 + LINE * i32::try_from(lines.len()).unwrap_or(1);
    Cell { lines, width: across + PADDING, height }
}

fn parts(graph: &Graph, step: &Step, arriving: &[usize], room: Most) -> Parts {
    let most = room.frame;
    let given = |parameter: &Parameter| tag(formula(&parameter.name), &parameter.shape, room);
    let name = formula(&step.name);
    let lines = match (&step.folded, step.told()) {
        (Some(folded), _) => words(&text(folded), SIZE, most),
        (None, None) => vec![name],
        (None, Some(told)) => wrapped(equal(name, false), told, SIZE, most),
    };
    let mut gradients = Vec::new();
    for (place, parameter) in step.parameters.iter().enumerate() {
        if let Some(gradient) = &parameter.gradient {
            let before = equal(formula(&gradient.name), gradient.is_summand);
            let cell = cell(wrapped(before, &gradient.formula, SIZE, most), most);
            gradients.push((place, cell, given(parameter).shape));
        }
    }
    let end = step.adjoint.as_ref().filter(|_| step.formula.is_none() && step.folded.is_none());
    Parts {
        forward: cell(lines, most),
        parameters: step.parameters.iter().map(given).collect(),
        backward: step.backward.iter().map(|backward| cell(backs(graph, backward, arriving, most), most)).collect(),
        gradients,
        end: end.map(|end| cell(vec![formula(&end.name)], most)),
    }
}

fn equal(mut name: Line, is_summand: bool) -> Line {
    relation(&mut name, is_summand);
    name
}

/// `· W₃ᵀ`, `⊙ relu'(Z₂)`, `Δ₃ = (Ŷ − Y)/n`
fn backs(graph: &Graph, backward: &Backward, arriving: &[usize], most: i32) -> Vec<Line> {
    let behind = |sign: &str, notation: &Notation| {
        let mut before = Line::new();
        push(&mut before, sign, false);
        wrapped(before, notation, SIZE, most)
    };
    match &backward.passes {
        Passes::Times(factor) => behind("· ", factor),
        Passes::After(factor) => {
            let mut line = formula(factor);
            push(&mut line, " ·", false);
            vec![line]
        }
        Passes::Entrywise(factor) => behind("⊙ ", factor),
        Passes::Unchanged(word) => words(word, SIZE, most),
        Passes::Jacobian(partial) => behind("· ", partial),
        Passes::Loss(value) => {
            let only = backward.to.first().filter(|target| arriving[target.step] == 1);
            let name = only.and_then(|target| graph.steps[target.step].adjoint.as_ref());
            match name {
                Some(adjoint) => wrapped(equal(formula(&adjoint.name), false), value, SIZE, most),
                None => wrapped(Line::new(), value, SIZE, most),
            }
        }
    }
}
