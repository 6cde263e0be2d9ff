//! The claims tried on the subject → a table of verdicts, and the figures behind each.

mod batch;
mod depth;
mod gates;
mod scaling;
mod units_off;
mod words;

use self::words::Words;
use crate::{
    document::{Document, sentence::Sentence, table::Table},
    insight::{claims::statement::Statement, off::Off},
    pipeline::insight::claims::Tried,
    report::gradients::Report,
};

impl Tried {
    /// The table of verdicts, then what was measured. `told` is what another part of the page says of a unit that is off,
    /// `layered` names its gradients.
    pub fn print(&self, layered: &Report, told: Option<&Off>, page: &mut Document) {
        page.heading(Sentence::of("Claims about gradients, tried on this network"));
        let mut table = Table::new(["", "claim", "verdict"].map(Sentence::of), 3);
        for (i, statement) in Statement::ALL.into_iter().enumerate() {
            let number = Sentence::default().words((i + 1).to_string());
            let verdict = self.verdict(statement);
            // A reason is told below.
            let words = verdict.to_string();
            let verdict = words.split_once(':').map_or(&*words, |(verdict, _)| verdict).to_owned();
            table.row([number, Sentence::of(statement.text()), Sentence::default().words(verdict)]);
        }
        page.table(table);
        let words = Words { tried: self, report: &Report::new(&self.model.product) };
        match &self.found {
            Ok(found) => page.paragraph(words.extent(found)),
            Err(reason) => {
                page.paragraph(Sentence::default().words(format!("what needs a point is not tried: {reason}")));
            }
        }
        for (i, statement) in Statement::ALL.into_iter().enumerate() {
            let mut paragraph = Sentence::default().words(format!("{}. ", i + 1));
            let details = words.details(statement);
            for (j, sentence) in details.iter().enumerate() {
                paragraph = paragraph.words(if j == 0 { "" } else { "; " });
                paragraph.0.extend(sentence.0.iter().cloned());
            }
            if !details.is_empty() {
                page.paragraph(paragraph);
            }
        }
        let fractions = self.found.as_ref().ok().and_then(|found| found.fractions.as_ref());
        let Some(fractions) = fractions.filter(|fractions| told != Some(&fractions.off)) else { return };
        fractions.off.print(layered, page)
    }
}
