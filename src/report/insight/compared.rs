//! Two runs → their verdicts side by side, and on what they differ.

use super::{
    advice::figure,
    summary::{ASPECTS, word},
};
use crate::{
    document::{Document, Table},
    pipeline::insight::Insight,
    report::words::joined,
};

/// The verdicts of two runs side by side.
pub fn compared<'d>(this: &Insight, other: &Insight, name: &str) -> Document<'d> {
    let mut page = Document::default();
    let (Some(here), Some(there)) = (&this.summary, &other.summary) else { return page };
    page.heading(format!("Compared with {name}"));
    page.paragraph(super::origins::sentence(&other.subject, other.seed));
    let mut table = Table::new(["", "this", "other"], 3);
    let mut differ = Vec::new();
    for (aspect, title) in ASPECTS {
        let [here, there] = [here, there].map(|summary| (summary.judged.of(aspect), summary.judged.units));
        table.row([title.to_owned(), figure(here.0, here.1), figure(there.0, there.1)]);
        if here.0.verdict != there.0.verdict {
            let [here, there] = [here, there].map(|(finding, _)| word(finding.verdict));
            differ.push(format!("{} ({here} here, {there} there)", title.to_lowercase()));
        }
    }
    page.table(table);
    page.paragraph(if differ.is_empty() {
        "All verdicts are the same.".to_owned()
    } else {
        format!("The verdicts differ on {}.", joined(&differ))
    });
    page
}
