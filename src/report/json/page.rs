//! [`Document`] → its blocks for programs: formulas and sentences as text and LaTeX, tables as rows.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    document::Written,
    expression::Sizes,
    graph::{Node, nodes},
    line::{Each, Line, write},
    written,
};
use crate::{
    document::{
        Block, Document,
        notation::{Equation, Notation},
        sentence::Sentence,
    },
    render::{Format, Style},
};

/// What commands print whose result is a text in steps.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Page<'a> {
    /// The version of these objects.
    schema: &'static str,
    /// The text of the spec, if the page is about one.
    #[serde(skip_serializing_if = "str::is_empty")]
    spec: &'a str,
    /// The parts in order.
    blocks: Each<'a, Line<Part>>,
}

/// A part of the page.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Part {
    Heading(Written),
    Paragraph(Written),
    Equation {
        #[serde(flatten)]
        written: Written,
        /// The shape of both sides; none where it is not told.
        shape: Option<Sizes>,
    },
    Table {
        header: Vec<Written>,
        rows: Vec<Vec<Written>>,
    },
    Notation {
        signs: Vec<[Written; 2]>,
    },
    Matrix {
        name: Written,
        rows: Vec<Vec<String>>,
    },
    Lines {
        text: String,
    },
    Graph {
        /// What it shows.
        title: Written,
        /// The values in the order in which they are computed, J last.
        steps: Vec<Node>,
    },
}

/// Writes the page, block by block, of the network that `spec` describes.
///
/// # Errors
/// What `out` says.
pub fn page(document: &Document, spec: &str, out: &mut impl Write) -> io::Result<()> {
    let parts = || document.blocks.iter().flat_map(parts).map(Line);
    write(out, &Page { schema: "chainrule.page/1", spec, blocks: Each::new(parts) })
}

/// The parts that a block is.
pub(super) fn parts<'b>(block: &'b Block<'_>) -> Box<dyn Iterator<Item = Part> + 'b> {
    let one = |part| Box::new(std::iter::once(part)) as Box<dyn Iterator<Item = Part>>;
    match block {
        // The spec stands before the blocks; pictures are for readers.
        Block::Source(_) | Block::Plot(_) => Box::new(std::iter::empty()),
        Block::Heading(title) => one(Part::Heading(said(title))),
        Block::Paragraph(sentence) | Block::Assumption(sentence) | Block::Remark(sentence) => {
            one(Part::Paragraph(said(sentence)))
        }
        Block::Notation(signs) => {
            let sign = |(sign, meaning): &(Notation, Sentence)| [written::formula(sign), said(meaning)];
            one(Part::Notation { signs: signs.iter().map(sign).collect() })
        }
        Block::Matrix(name, rows) => one(Part::Matrix { name: written::formula(name), rows: rows.clone() }),
        Block::Equation(equation) => one(of_equation(equation)),
        Block::Equations(equations) => Box::new(equations.each().map(|equation| of_equation(&equation))),
        Block::Table(table) => {
            let row = |row: &Vec<Sentence>| row.iter().map(said).collect::<Vec<_>>();
            one(Part::Table { header: row(&table.header), rows: table.rows.iter().map(row).collect() })
        }
        Block::Graph(graph) => one(Part::Graph { title: said(&graph.title), steps: nodes(graph) }),
        Block::Verbatim(text) => one(Part::Lines { text: text.clone() }),
    }
}

fn of_equation(equation: &Equation) -> Part {
    Part::Equation { written: written::equation(equation), shape: equation.shape.as_ref().map(Sizes::from) }
}

pub(super) fn said(sentence: &Sentence) -> Written {
    let as_written = |format| Style::new(format).sentence(sentence);
    Written { text: as_written(Format::Text), latex: as_written(Format::Latex) }
}
