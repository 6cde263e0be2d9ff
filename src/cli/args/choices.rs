//! The words that options take, and what each is.

use chainrule::{
    document::Notes,
    gradient::Form,
    network::graph::Layout,
    render::{Format, ShapePlace},
};

use crate::cli::values::Choice;

/// The words for a form, and what each is.
pub const FORMS: [Choice<Form>; 5] = [
    (Form::Chain, "chain", "The chain rule before anything is put in"),
    (Form::Layered, "layered", "Backpropagation, one Δ a layer: exact"),
    (Form::PerSample, "per-sample", "A sum over the samples, each with its own gates: exact"),
    (Form::Product, "product", "A product with one gate S a layer for the whole batch"),
    (Form::Intuitive, "intuitive", "The layers in forward order: a sketch without a value"),
];

/// What a word for a format means; nothing where it is the one for programs, which is no format of pages.
pub type FormatWord = Option<Format>;

/// The words for a format.
pub const FORMATS: [Choice<FormatWord>; 7] = [
    (Some(Format::Text), "text", "Unicode, as in a textbook"),
    (Some(Format::Ascii), "ascii", "The same in seven bits"),
    (Some(Format::Latex), "latex", "LaTeX with amsmath, to be included in a document"),
    (Some(Format::Typst), "typst", "Typst, to be included in a document or compiled by itself"),
    (Some(Format::Mathml), "mathml", "MathML, to be embedded in a page"),
    (Some(Format::Html), "html", "A page of its own"),
    (None, "json", "For programs: the results as data"),
];

/// The words for how samples stand.
pub const LAYOUTS: [Choice<Layout>; 2] =
    [(Layout::Rows, "rows", "Z = X W + 1 b"), (Layout::Columns, "columns", "Z = W X + b 1ᵀ")];

/// The words for how much is said.
pub const NOTES: [Choice<Notes>; 3] = [
    (Notes::Full, "full", "All: what the results rest on, and what each sign means"),
    (Notes::Short, "short", "What the results rest on"),
    (Notes::None, "none", "Nothing"),
];

/// The words for the place of shapes.
pub const PLACES: [Choice<ShapePlace>; 3] = [
    (ShapePlace::Under, "under", "Under each factor"),
    (ShapePlace::None, "none", "Nowhere"),
    (ShapePlace::After, "after", "After the formula, each in the place of its factor"),
];
