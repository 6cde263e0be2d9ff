//! A derivation and the variables that were asked for → a page in any format, one equation at a time.

use std::io::{self, Write};

use super::{
    Style,
    dialect::{self, Dialect},
    figures::Figures,
    notation::Equation,
    report::Report,
    sentence::Sentence,
};
use crate::expr::SymbolId;

/// How the sides of all equations are decided, said with every result.
pub const CONVENTION: &str = "samples are rows; a gradient has the shape of its variable";

/// A page that is being written. Memory does not grow with the number of equations.
pub struct Page<'a, W: Write> {
    dialect: Box<dyn Dialect>,
    style: &'a Style,
    out: W,
    /// The last equation, while a run of them is open.
    last: Option<String>,
    /// Whether a gap is due before equations and remarks, and before lines as they are.
    gap: [bool; 2],
}

impl<'a, W: Write> Page<'a, W> {
    /// Begins a page.
    ///
    /// # Errors
    /// What `out` says.
    pub fn new(style: &'a Style, mut out: W) -> io::Result<Self> {
        let dialect = style.dialect();
        out.write_all(dialect.begin().as_bytes())?;
        Ok(Self { dialect, style, out, last: None, gap: [false; 2] })
    }

    /// The spec that the page is of, which a format that is read alone shows.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn source(&mut self, text: &str) -> io::Result<()> {
        self.close()?;
        self.out.write_all(self.dialect.source(text).as_bytes())
    }

    /// Everything of a derivation: the forward pass if it is wanted, the gradients by the variables with the definitions
    /// that they need, what a reader must know of them, and the convention.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn report(&mut self, report: &Report, variables: &[SymbolId], forward: bool) -> io::Result<()> {
        let forward = forward.then(|| report.forward_definitions()).into_iter().flatten();
        forward.chain(report.equations(variables)).try_for_each(|equation| self.equation(&equation))?;
        report.notes(variables).iter().try_for_each(|note| self.sentence(note))?;
        self.sentence(&Sentence::of(CONVENTION))
    }

    /// An equation; those that follow one another are one run.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn equation(&mut self, equation: &Equation) -> io::Result<()> {
        let text = self.dialect.equation(equation, self.style);
        let before = match &self.last {
            Some(last) => self.dialect.between(last, &text),
            None => self.gap(0) + &self.dialect.open(),
        };
        self.out.write_all(before.as_bytes())?;
        self.out.write_all(text.as_bytes())?;
        self.last = Some(text);
        self.gap = [false; 2];
        Ok(())
    }

    /// The title of a part of the page, set off from a remark before it.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn heading(&mut self, title: &Sentence) -> io::Result<()> {
        let text = dialect::sentence(&*self.dialect, title);
        let text = self.dialect.heading(&text);
        self.close()?;
        let text = self.gap(1) + &text;
        self.gap = [false; 2];
        self.out.write_all(text.as_bytes())
    }

    /// A remark.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn sentence(&mut self, sentence: &Sentence) -> io::Result<()> {
        let text = dialect::sentence(&*self.dialect, sentence);
        let text = self.dialect.sentence(&text, self.style);
        self.close()?;
        let text = self.gap(0) + &text;
        self.gap = [false, true];
        self.out.write_all(text.as_bytes())
    }

    /// Lines as they are, such as a spec or a table.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn verbatim(&mut self, text: &str) -> io::Result<()> {
        self.close()?;
        let text = self.gap(1) + &self.dialect.verbatim(text);
        self.gap = [true; 2];
        self.out.write_all(text.as_bytes())
    }

    /// A table of words, formulas and figures.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn table(&mut self, figures: &Figures) -> io::Result<()> {
        self.close()?;
        let text = self.gap(1) + &self.dialect.table(figures, self.style);
        self.gap = [true; 2];
        self.out.write_all(text.as_bytes())
    }

    /// Ends the page.
    ///
    /// # Errors
    /// What the page is written to says.
    pub fn end(mut self) -> io::Result<()> {
        self.close()?;
        self.out.write_all(self.dialect.end().as_bytes())
    }

    fn gap(&self, before: usize) -> String {
        if self.gap[before] { self.dialect.gap().to_string() } else { String::new() }
    }

    fn close(&mut self) -> io::Result<()> {
        if self.last.take().is_some() {
            self.out.write_all(self.dialect.close().as_bytes())?;
        }
        Ok(())
    }
}
