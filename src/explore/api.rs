//! What a page of the explorer asks, and what it is answered: the contract between `explore::answer` and the front end.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /` `/app.js` `/app.css` | | the page, from `assets/` |
//! | `GET /engine.css` | | the classes of formulas (`.v0` to `.v17`, `.shape`, `.equations`, …) and the dark colours of pictures |
//! | `GET /api/language` | | [`Language`]: words for completion, templates, and the spec that the command was given |
//! | `POST /api/page` | [`Request`] | [`Answer`] |
//! | `POST /api/report` | [`Request`] | the cheat sheet, an HTML file to be saved; [`Refusal`] where there is none |
//!
//! Every other status than 200 has one plain line as its text. Positions in a spec are UTF-16 units from its beginning, as
//! in JavaScript; lines count from 1. What is called *MathML* or *HTML* below is a fragment without scripts, styles and
//! `style` attributes, in which all that the user wrote is escaped: it may be set as `innerHTML`. All else is plain text.
//!
//! # Factors and places
//!
//! In the MathML of a formula every factor has the attribute `data-factor="K"`, where K is its place in
//! [`Formula::factors`]. In the SVG of the graph every element that belongs to something has `data-place`, and so has the
//! text in it; several elements may have the same place:
//!
//! | `data-place` | is |
//! |---|---|
//! | `forward:Z2` | the frame of the step Z2 in the forward pass |
//! | `edge:A1:Z2` | the edge of the forward pass that carries A1 to Z2 |
//! | `parameter:Z2:W2` | W2 with its arrow, above Z2 |
//! | `backward:Z2:0` | the first frame of Z2 in the backward pass; `:1`, … where there are more |
//! | `adjoint:Z2:A1` | the edge of the backward pass from Z2 to A1, which carries ∂J/∂A1 |
//! | `gradient:Z2:W2` | the frame of ∂J/∂W2 |
//! | `received:A1` | the sum of what several steps hand back to A1 |
//! | `end:X` | the frame of ∂J/∂X |
//! | `kept:Z2:0` | the dashed line of what the first backward frame of Z2 takes; `kept:Z2:W2` that of a gradient |
//!
//! Elements of one step have the same `data-step="Z2"`: by it forward and backward frames mirror each other. `data-pass` is
//! `forward`, `backward` or `kept`. [`Factor::places`] and [`Step::places`] name places, so that both can be lit together.

mod language;
mod request;

pub use language::{Language, Template, Word};
pub use request::{Form, Layout, Part, Request};

use serde::Serialize;

/// The version of [`Answer`].
pub const SCHEMA: &str = "chainrule.explore/1";

/// What a page is answered. A part that was not wanted, or that there is none of, is `null`; why there is none is in
/// [`Answer::refused`]. Of a spec with an error all parts are `null`: the page keeps the last ones that it has.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Of the request.
    pub id: u64,
    /// Whether the spec has no error.
    pub accepted: bool,
    /// What is wrong with the spec, in order of the places.
    pub diagnostics: Vec<Diagnostic>,
    /// What each statement puts out, up to the first error: for the ends of lines.
    pub lines: Vec<Line>,
    /// The variables that gradients are asked for: inputs, parameters, then values, from the first layer on.
    pub variables: Vec<Variable>,
    /// The layers, up to the first error.
    pub layers: Vec<Layer>,
    /// The key of the variable that the formula is of.
    pub chosen: Option<String>,
    /// Where the numbers come from that sizes, flow and units rest on, in a sentence.
    pub numbers: Option<String>,
    /// See [`Part`].
    pub formula: Option<Formula>,
    /// See [`Part`].
    pub graph: Option<Graph>,
    /// See [`Part`].
    pub all: Option<Page>,
    /// See [`Part`].
    pub steps: Option<Vec<Step>>,
    /// See [`Part`].
    pub why: Option<Page>,
    /// See [`Part`].
    pub verify: Option<Verification>,
    /// See [`Part`].
    pub influence: Option<Page>,
    /// See [`Part`].
    pub summary: Option<Page>,
    /// See [`Part`].
    pub flow: Option<Page>,
    /// See [`Part`].
    pub units: Option<Units>,
    /// See [`Part`].
    pub general: Option<Page>,
    /// See [`Part`].
    pub shapes: Option<Page>,
    /// The parts that were wanted and are not there, each with the reason.
    pub refused: Vec<Refusal>,
}

/// A part that there is none of, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// Which.
    pub part: Part,
    /// The reason, and what to do.
    pub message: Diagnostic,
}

/// A message about the spec.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// `usage`, `spec`, `shape`, `data`, `file`, `limit`.
    pub kind: &'static str,
    /// What was expected and what was found, in one line.
    pub title: String,
    /// One repair, in words.
    pub help: Option<String>,
    /// Further facts, a line each.
    pub notes: Vec<String>,
    /// Places in the spec.
    pub labels: Vec<Label>,
    /// The repair of `help` as changes of the text, in order of their places, ready to be applied at once. Empty where
    /// nothing can be changed that is sure to leave the network that the writer means.
    pub repairs: Vec<Change>,
}

/// A place in the spec.
#[derive(Clone, Debug, Serialize)]
pub struct Label {
    /// The first unit.
    pub from: usize,
    /// The one behind the last.
    pub to: usize,
    /// A remark; may be empty.
    pub text: String,
    /// Whether it is the place of the fault itself, not of its cause.
    pub fault: bool,
}

/// A change of the text: what stands from `from` to `to` becomes `text`.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The first unit.
    pub from: usize,
    /// The one behind the last; equal to `from` where text is inserted.
    pub to: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// What a statement puts out.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The line that the statement ends in.
    pub line: usize,
    /// Where the statement begins.
    pub from: usize,
    /// Where it ends: the shape stands behind it.
    pub to: usize,
    /// `n × f1`; of a `repeat` or a block what its last layer puts out.
    pub shape: String,
    /// The labels of the layers that it makes; of an input none.
    pub layers: Vec<String>,
}

/// Lines of the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// The first line.
    pub from: usize,
    /// The last line.
    pub to: usize,
}

/// A variable that can be chosen.
#[derive(Clone, Debug, Serialize)]
pub struct Variable {
    /// The name for programs, and for `wrt`: `W1`, `b_hidden`, `X`.
    pub key: String,
    /// The same as MathML.
    pub symbol: String,
    /// The same as text.
    pub text: String,
    /// `f0 × f1`
    pub shape: String,
    /// `input`, `weight`, `bias`, `gain`, `slope`, `pre-activation`, `activation` or `prediction`.
    pub kind: &'static str,
    /// What it is, in a sentence.
    pub said: String,
    /// The label of its layer; none of an input.
    pub layer: Option<String>,
    /// The statement that it comes from.
    pub lines: Option<Lines>,
}

/// A layer.
#[derive(Clone, Debug, Serialize)]
pub struct Layer {
    /// Its number or name.
    pub label: String,
    /// `dense relu nobias`
    pub kind: String,
    /// What comes in, `n × f0`.
    pub input: String,
    /// What it puts out, `n × f1`.
    pub output: String,
    /// How many units it has, if that is a number.
    pub units: Option<u64>,
    /// The statement that it comes from.
    pub lines: Lines,
}

/// A gradient.
#[derive(Clone, Debug, Serialize)]
pub struct Formula {
    /// The definitions that it needs and the gradient itself, as MathML.
    pub mathml: String,
    /// What `chainrule derive SPEC --wrt V` prints with the same options, in `--format latex`.
    pub latex: String,
    /// The same in `--format typst`.
    pub typst: String,
    /// The same as text.
    pub text: String,
    /// What the formula rests on and what its signs mean, as HTML.
    pub notes: String,
    /// Whether it is exact.
    pub exact: bool,
    /// `f0 × f1`; none of a sketch.
    pub shape: Option<String>,
    /// The factors of all its equations in order: those of the definitions first.
    pub factors: Vec<Factor>,
}

/// A factor of a formula.
#[derive(Clone, Debug, Serialize)]
pub struct Factor {
    /// The symbol as MathML.
    pub symbol: String,
    /// The same as text.
    pub text: String,
    /// `f3 × f2`
    pub shape: String,
    /// What it is, in a sentence.
    pub said: String,
    /// Why it stands transposed, if it does, in a sentence.
    pub transposed: Option<String>,
    /// The label of its layer.
    pub layer: Option<String>,
    /// The statement that it comes from.
    pub lines: Option<Lines>,
    /// Its places in the graph.
    pub places: Vec<String>,
    /// How large it is, where the numbers are known.
    pub size: Option<Size>,
}

/// How large a matrix is.
#[derive(Clone, Debug, Serialize)]
pub struct Size {
    /// The root of the mean square of its entries, in few digits.
    pub rms: String,
    /// The largest entry without its sign.
    pub largest: String,
    /// How many rows and columns it has.
    pub sides: [usize; 2],
}

/// The computation graph.
#[derive(Clone, Debug, Serialize)]
pub struct Graph {
    /// The picture, as SVG without a style of its own.
    pub svg: String,
    /// What it shows.
    pub title: String,
    /// The same for who cannot see it.
    pub description: String,
    /// Whether it is the ladder.
    pub narrow: bool,
    /// What each frame of folded layers stands for, as text.
    pub folded: Vec<String>,
    /// The steps in the order of computation, J last.
    pub nodes: Vec<Node>,
}

/// A step of the forward pass, for who goes through the graph by keys.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// The name of its value.
    pub key: String,
    /// The same as text.
    pub text: String,
    /// `n × f1`; of a number empty.
    pub shape: String,
    /// What it is, as MathML; none of an input and of a fold.
    pub formula: Option<String>,
    /// What it receives in the backward pass, as MathML: ∂J/∂Z₂ by its name.
    pub adjoint: Option<String>,
    /// The keys of the values that it is made of.
    pub from: Vec<String>,
    /// The keys of its parameters.
    pub parameters: Vec<String>,
    /// The statement that it comes from.
    pub lines: Option<Lines>,
}

/// A step to a gradient: after step k the factors of [`Step::adds`] of all steps up to k are lit.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What is done, as HTML.
    pub said: String,
    /// What there is by then, as MathML; none where it would be too long.
    pub mathml: Option<String>,
    /// `n × f1`
    pub shape: Option<String>,
    /// The factors that the step adds, by their places in [`Formula::factors`].
    pub adds: Vec<usize>,
    /// The places of the graph that it adds.
    pub places: Vec<String>,
}

/// A page of a part: words, formulas, tables and pictures.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// As HTML.
    pub html: String,
}

/// How the formulas compare with a concrete backprop.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// Whether all agree.
    pub holds: bool,
    /// The verdict in a sentence.
    pub said: String,
    /// The whole page, as HTML.
    pub html: String,
}

/// The units of each layer.
#[derive(Clone, Debug, Serialize)]
pub struct Units {
    /// The whole page, as HTML, with heat maps of what was switched off.
    pub html: String,
    /// The layers whose units have gates.
    pub layers: Vec<LayerUnits>,
    /// What was switched off, as the request said it.
    pub off: Vec<String>,
}

/// The units of a layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerUnits {
    /// The layer.
    pub layer: String,
    /// How many units it has.
    pub units: usize,
    /// The share of units × samples that are active, where that is known.
    pub active: Option<f64>,
    /// The units that are never active, from 1.
    pub dead: Vec<usize>,
    /// The units whose derivative is almost 0, from 1.
    pub saturated: Vec<usize>,
}
