//! One statement that a builder writes, and whether the parser read the same pieces in it.
//!
//! Names, dimensions and functions come from the caller as text. Each must be read back as the one thing that it was
//! given for: `f1 relu` for a width is an error, never a width and an activation.

use std::ops::Range;

use crate::{
    source::{Diagnostic, Kind, Span},
    spec::syntax::{Call, Spec, Statement, StatementKind},
};

/// Characters that end a statement or hide what follows.
const SEPARATORS: [char; 4] = [';', '{', '}', '#'];

/// What a piece of text was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A word of the language, not given by the caller.
    Word,
    /// A name of a layer or tensor.
    Name,
    /// A dimension.
    Dimension,
    /// An activation.
    Activation,
    /// A loss.
    Loss,
    /// What follows `reduce=`.
    Reduction,
}

impl Role {
    fn noun(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Name => "name",
            Self::Dimension => "dimension",
            Self::Activation => "activation",
            Self::Loss => "loss",
            Self::Reduction => "reduction",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Word | Self::Name => "give one word of letters, digits and underscores, as in `hidden`",
            Self::Dimension => "give a name, a whole number, or a sum or product of them, as in `4*d`",
            Self::Activation => "give its name, with a parameter in brackets if it takes one, as in `leaky_relu(0.1)`",
            Self::Loss => "give its name, with a parameter in brackets if it takes one, as in `huber(1)`",
            Self::Reduction => "give `samples`, `elements` or `sum`",
        }
    }

    /// The piece is not what it was given for.
    fn error(self, piece: &str) -> Diagnostic {
        let shown: String = piece.escape_debug().take(80).collect();
        Diagnostic::error(Kind::Spec, format!("`{shown}` is not one {}", self.noun())).help(self.help())
    }
}

/// A statement as text, with the pieces that the parser must find in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    text: String,
    pieces: Vec<(Role, Range<usize>)>,
    /// The first piece that cannot even be written.
    refused: Option<Diagnostic>,
}

impl Line {
    /// Begins inside of so many blocks.
    pub(super) fn new(depth: usize) -> Self {
        Self { text: "  ".repeat(depth), ..Self::default() }
    }

    /// Adds a sign that is no piece.
    pub(super) fn sign(mut self, sign: &str) -> Self {
        self.text.push_str(sign);
        self
    }

    /// Adds a piece.
    pub(super) fn piece(mut self, role: Role, piece: &str) -> Self {
        let piece = piece.trim();
        if piece.is_empty() || piece.contains(|c: char| c.is_control() || SEPARATORS.contains(&c)) {
            self.refused.get_or_insert(role.error(piece));
        }
        let start = self.text.len();
        self.text.push_str(piece);
        self.pieces.push((role, start..self.text.len()));
        self
    }

    /// Adds a word of the language.
    pub(super) fn word(self, word: &str) -> Self {
        self.piece(Role::Word, word)
    }

    /// Adds `[rows, columns]`.
    pub(super) fn shape(self, rows: &str, columns: &str) -> Self {
        let rows = self.sign("[").piece(Role::Dimension, rows);
        rows.sign(", ").piece(Role::Dimension, columns).sign("]")
    }

    /// The statement.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Why it cannot be written.
    pub(super) fn refused(&self) -> Option<&Diagnostic> {
        self.refused.as_ref()
    }

    /// The error of the first piece that the parser, which found `places`, reads as something else; the line stands at
    /// `offset` of the whole text.
    fn misread(&self, offset: usize, places: &[Span]) -> Option<Diagnostic> {
        let at = |range: &Range<usize>| Span::new(offset + range.start, offset + range.end);
        let lost = self.pieces.iter().find(|(_, range)| !places.contains(&at(range)));
        // Where all are found there may still be others between them.
        let extra = || self.pieces.last().filter(|_| places.len() != self.pieces.len());
        let (role, range) = lost.or_else(extra)?;
        Some(role.error(&self.text[range.clone()]).at(at(range), ""))
    }
}

/// The errors of all pieces that `spec`, parsed from the text of these lines joined by line feeds, has read as something
/// else. Lines without a piece open or close nothing that has a place.
pub(super) fn misread(lines: &[Line], text: &str, spec: &Spec) -> Vec<Diagnostic> {
    let mut offset = 0;
    let starts = lines.iter().map(|line| {
        let start = offset;
        offset += line.text.len() + 1;
        (start, line)
    });
    let written = starts.filter(|(_, line)| !line.pieces.is_empty());
    let mut read = Vec::new();
    flatten(&spec.statements, text, &mut read);
    let mut read = read.into_iter();
    written.filter_map(|(start, line)| line.misread(start, &read.next().unwrap_or_default())).collect()
}

/// The places of the pieces of every statement, those of a block after the one that opens it.
fn flatten(statements: &[Statement], text: &str, found: &mut Vec<Vec<Span>>) {
    for statement in statements {
        found.push(places(statement, text));
        match &statement.kind {
            StatementKind::Repeat(block) => flatten(&block.body, text, found),
            StatementKind::Layer(layer) => layer.branches.iter().for_each(|branch| flatten(branch, text, found)),
            StatementKind::Definition(definition) => flatten(&definition.body, text, found),
            _ => {}
        }
    }
}

/// The places of the pieces, without the keyword that begins the statement.
fn places(statement: &Statement, text: &str) -> Vec<Span> {
    match &statement.kind {
        StatementKind::Input(tensor) | StatementKind::Target(tensor) => {
            let name = tensor.name.iter().map(|name| name.span);
            name.chain([tensor.shape.rows.span, tensor.shape.columns.span]).collect()
        }
        StatementKind::Expect(shape) => vec![shape.rows.span, shape.columns.span],
        StatementKind::Let(bindings) => bindings.iter().map(|binding| binding.name.span).collect(),
        StatementKind::Repeat(block) => vec![block.count.span],
        StatementKind::TargetValue(name) | StatementKind::Layout(name) => vec![name.span],
        StatementKind::Definition(definition) => vec![definition.name.span],
        StatementKind::Penalty(penalty) => vec![penalty.kind.span],
        StatementKind::Layer(layer) => {
            let name = layer.name.iter().map(|name| name.span);
            name.chain([layer.kind.span]).chain(layer.arguments.iter().map(|argument| argument.span)).collect()
        }
        StatementKind::Loss(loss) => {
            let options = loss.options.iter().flat_map(|option| [option.key.span, option.value.span]);
            [called(&loss.call, text)].into_iter().chain(options).collect()
        }
    }
}

/// `huber(1)`, with both brackets.
fn called(call: &Call, text: &str) -> Span {
    let Some(parameter) = &call.parameter else { return call.name.span };
    let end = text[parameter.span.end..].find(')').map_or(parameter.span.end, |at| parameter.span.end + at + 1);
    Span::new(call.name.span.start, end)
}
