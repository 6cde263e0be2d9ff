//! [`Document`] → a page in any format, one equation at a time.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{
    Style,
    dialect::{self, Dialect},
};
use crate::document::{
    Block, Document,
    notation::{Equation, Notation},
    sentence::Sentence,
};

impl Style {
    /// Writes the page. Memory does not grow with the number of equations.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&self, document: &Document, out: impl Write) -> io::Result<()> {
        let dialect = self.dialect_of_pages(&document.letters);
        let label = document.label.as_deref().map(|prefix| (prefix, HashMap::new()));
        let mut page = Page { dialect: &*dialect, style: self, out, last: None, gap: [false; 2], label };
        page.out.write_all(dialect.begin(document.title.as_deref().unwrap_or("Gradients")).as_bytes())?;
        document.blocks.iter().try_for_each(|block| page.block(block))?;
        page.close()?;
        page.out.write_all(dialect.end().as_bytes())
    }

    /// The page as text.
    #[must_use]
    pub fn page(&self, document: &Document) -> String {
        let mut text = Vec::new();
        // Memory takes all that is written to it, and all that is written is text.
        let written = self.write(document, &mut text);
        written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// The page in a format that is told apart by more than its style.
pub(super) fn written(document: &Document, dialect: &dyn Dialect, style: &Style) -> String {
    let mut text = Vec::new();
    let mut page = Page { dialect, style, out: &mut text, last: None, gap: [false; 2], label: None };
    // Memory takes all that is written to it, and all that is written is text.
    let blocks = document.blocks.iter().try_for_each(|block| page.block(block)).and_then(|()| page.close());
    blocks.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// A page that is being written.
struct Page<'a, W: Write> {
    dialect: &'a dyn Dialect,
    style: &'a Style,
    out: W,
    /// The last equation, while a run of them is open.
    last: Option<String>,
    /// Whether a gap is due before equations and remarks, and before lines as they are.
    gap: [bool; 2],
    /// What labels begin with, and how often each was given.
    label: Option<(&'a str, HashMap<String, usize>)>,
}

impl<W: Write> Page<'_, W> {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        match block {
            Block::Equation(equation) => self.equation(equation),
            Block::Equations(equations) => equations.each().try_for_each(|equation| self.equation(&equation)),
            Block::Source(text) => self.part(None, [false; 2], |page| page.dialect.source(text)),
            Block::Heading(title) => self.part(Some(1), [false; 2], |page| page.dialect.heading(&page.inline(title))),
            Block::Paragraph(sentence) | Block::Assumption(sentence) | Block::Remark(sentence)
                if self.inline(sentence).is_empty() =>
            {
                Ok(())
            }
            Block::Paragraph(sentence) | Block::Assumption(sentence) | Block::Remark(sentence) => {
                self.part(Some(0), [false, true], |page| page.dialect.sentence(&page.inline(sentence), page.style))
            }
            Block::Table(table) => self.part(Some(1), [true; 2], |page| page.dialect.table(table, page.style)),
            Block::Notation(signs) => self.part(Some(0), [false, true], |page| {
                let written = |(sign, meaning): &(Notation, Sentence)| {
                    (page.dialect.math(&dialect::inline(page.dialect, sign)), page.inline(meaning))
                };
                page.dialect.notation(&signs.iter().map(written).collect::<Vec<_>>(), page.style)
            }),
            Block::Matrix(name, rows) => {
                self.part(Some(0), [true; 2], |page| page.dialect.matrix(&dialect::inline(page.dialect, name), rows))
            }
            Block::Verbatim(text) => self.part(Some(1), [true; 2], |page| page.dialect.verbatim(text)),
            Block::Graph(graph) => match self.dialect.graph(graph) {
                Some(picture) => self.part(None, [false; 2], |_| picture.clone()),
                None => graph.tables.iter().try_for_each(|(title, table)| {
                    self.part(Some(1), [false; 2], |page| page.dialect.heading(&page.inline(title)))?;
                    self.part(Some(1), [true; 2], |page| page.dialect.table(table, page.style))
                }),
            },
            Block::Plot(plot) => self.part(None, [false; 2], |page| page.dialect.plot(plot)),
        }
    }

    /// An equation; those that follow one another are one run.
    fn equation(&mut self, equation: &Equation) -> io::Result<()> {
        let mut text = self.dialect.equation(equation, self.style);
        if let Some((prefix, given)) = &mut self.label {
            let key = equation.key();
            let count = given.entry(key.clone()).or_insert(0);
            *count += 1;
            let again = if *count > 1 { format!("-{count}") } else { String::new() };
            text = self.dialect.labelled(text, &format!("{prefix}:{key}{again}"));
        }
        let before = match &self.last {
            Some(last) => self.dialect.between(last, &text),
            None => self.gap(0) + &self.dialect.open(self.label.is_some()),
        };
        self.out.write_all(before.as_bytes())?;
        self.out.write_all(text.as_bytes())?;
        self.last = Some(text);
        self.gap = [false; 2];
        Ok(())
    }

    /// What is no equation: the gap that is due before it, what it is, and the gaps that are due behind it.
    fn part(&mut self, before: Option<usize>, behind: [bool; 2], write: impl Fn(&Self) -> String) -> io::Result<()> {
        self.close()?;
        let text = before.map(|before| self.gap(before)).unwrap_or_default() + &write(self);
        if before.is_some() {
            self.gap = behind;
        }
        self.out.write_all(text.as_bytes())
    }

    fn inline(&self, sentence: &Sentence) -> String {
        dialect::sentence(self.dialect, sentence)
    }

    fn gap(&self, before: usize) -> String {
        if self.gap[before] { self.dialect.gap().to_string() } else { String::new() }
    }

    fn close(&mut self) -> io::Result<()> {
        if self.last.take().is_some() {
            self.out.write_all(self.dialect.close(self.label.is_some()).as_bytes())?;
        }
        Ok(())
    }
}
