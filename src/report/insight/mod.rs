//! [`Insight`] → pages: what influences the gradients, part by part.

mod approximation;
mod claims;
mod flow;
mod flow_words;
mod inactive;
mod influence;
mod off;
mod origins;
mod over_networks;
pub mod pictures;

use super::{cost::cost, gradients::Report};
use crate::{
    document::{Document, sentence::Sentence},
    pipeline::insight::Insight,
};

/// Every part that was measured.
#[must_use]
pub fn insight<'d>(found: &Insight) -> Document<'d> {
    let mut document = Document::default();
    let (page, layered) = (&mut document, Report::new(&found.subject.layered));
    page.paragraph(origins::sentence(&found.subject, found.seed));
    found.influence.iter().for_each(|found| influence::influence(found, page));
    if let Some(claims) = &found.claims {
        let told = found.inactive.as_ref().and_then(|inactive| inactive.off.as_ref());
        claims::claims(claims, &layered, told, page);
    }
    found.inactive.iter().for_each(|inactive| inactive.print(&layered, page));
    found.flow.iter().for_each(|flow| flow.print(page));
    found.approximation.iter().for_each(|found| approximation::approximation(found, &layered, page));
    if let Some((product, costs)) = &found.costs {
        page.heading(Sentence::of("What the gradients cost"));
        page.blocks.extend(cost(costs, product).blocks);
    }
    document.blocks.extend(pictures::blocks(found));
    document
}
