//! [`Insight`] → pages: what influences the gradients, part by part.

mod ablation;
mod advice;
mod approximation;
mod claims;
mod compared;
mod flow;
mod inactive;
mod influence;
mod origins;
mod over_networks;
pub mod pictures;
mod structure;
mod summary;
mod undefined;
mod verdicts;

pub use self::{claims::text as claim_text, compared::compared, origins::sentence as origin};
use super::{cost::cost, gradients::Report};
use crate::{
    document::{Block, Document, Sentence, Table},
    pipeline::insight::{Insight, LeftOut, Part},
    report::words::{capital, joined},
};

/// What a reader may choose of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Showing {
    /// Whether words at the heads of tables are explained.
    pub explain: bool,
    /// A factor and a depth, whose power is printed with the flow.
    pub power: Option<(f64, u32)>,
}

/// The parts, their names, and what each says.
pub const PARTS: [(Part, &str, &str); 8] = [
    (Part::Summary, "summary", "Verdicts on gradient, signal, updates and units, and what to try"),
    (Part::Structure, "structure", "What skips, norms, shared weights and penalties do to the gradient"),
    (Part::Influence, "influence", "Which factors enter which gradient"),
    (Part::Claims, "claims", "What is often said of gradients, tried on this network"),
    (Part::Inactive, "inactive", "Units that put out nothing, and what switching one off does"),
    (Part::Flow, "flow", "The size of values and gradients from layer to layer"),
    (Part::Approximation, "approximation", "How far the product form with mean gates is from the gradient"),
    (Part::Cost, "cost", "Multiplications by bracket order"),
];

/// Every part that was measured; where that is the summary alone, what the others are.
pub fn insight<'d>(found: &Insight, showing: Showing) -> Document<'d> {
    let mut document = Document::titled("Insight");
    let (page, layered) = (&mut document, Report::new(&found.subject.layered));
    begin(found, page);
    found.summary.iter().for_each(|summary| summary::summary(summary, &found.subject, showing.explain, page));
    if let Some(found) = found.structure.as_ref().filter(|_| !found.parts.contains(&Part::Structure)) {
        page.paragraphs(structure::sentences(found, &layered));
    }
    let before = page.blocks.len();
    page.paragraphs(left_out(found));
    if let Some(found) = found.structure.as_ref().filter(|_| found.parts.contains(&Part::Structure)) {
        structure::structure(found, &layered, page);
    }
    found.influence.iter().for_each(|found| influence::influence(found, showing.explain, page));
    if let Some(claims) = &found.claims {
        let told = found.inactive.as_ref().and_then(|inactive| inactive.off.as_ref());
        claims::claims(claims, &layered, told, page);
    }
    found.inactive.iter().for_each(|units| inactive::inactive(units, &layered, showing, page));
    found.flow.iter().for_each(|flowing| flow::flow(flowing, showing, page));
    found.approximation.iter().for_each(|found| approximation::approximation(found, &layered, page));
    if let Some((product, costs)) = &found.costs {
        page.heading("What the gradients cost");
        page.blocks.extend(cost(costs, product).blocks);
    }
    if page.blocks.len() == before {
        let mut table = Table::new(["part", "what it shows"], 2);
        let of_chains = |part: &Part| matches!(part, Part::Influence | Part::Claims);
        let there = PARTS[1..].iter().filter(|(part, ..)| found.subject.numbers.is_chain() || !of_chains(part));
        there.for_each(|(_, name, what)| table.row([(*name).to_owned(), (*what).to_owned()]));
        page.table(table);
        page.paragraph(Sentence::default().typed("A part is shown by --only NAME, all by --all."));
    }
    document.blocks.extend(pictures::blocks(found));
    document
}

/// What a page says of the network among much else: what influences its gradients, and with data how they flow.
pub fn in_short<'d>(found: &Insight) -> Document<'d> {
    let mut page = Document::default();
    let left: Vec<Sentence> = left_out(found);
    if !left.is_empty() {
        page.heading("What influences the gradients");
        page.paragraphs(left);
    }
    found.influence.iter().for_each(|found| influence::of_network(found, &mut page));
    if let Some(summary) = &found.summary {
        page.heading("On the data");
        begin(found, &mut page);
        summary::summary(summary, &found.subject, false, &mut page);
    }
    found.flow.iter().for_each(|flowing| flow::flow(flowing, Showing::default(), &mut page));
    page.blocks.extend(pictures::of_flow(found).map(Block::Plot));
    page
}

/// Where the arrays come from, and whether the loss has a value there.
fn begin(found: &Insight, page: &mut Document) {
    page.paragraph(origins::sentence(&found.subject, found.seed));
    page.paragraphs(found.undefined.as_ref().map(undefined::sentence));
}

/// The parts that the network does not have.
fn left_out(found: &Insight) -> Vec<Sentence> {
    let mut reasons: Vec<LeftOut> = Vec::new();
    for (_, reason) in &found.left_out {
        if !reasons.contains(reason) {
            reasons.push(*reason);
        }
    }
    let name = |part: Part| PARTS.iter().find(|(of, ..)| *of == part).map_or("", |(_, name, _)| name).to_owned();
    let sentence = |reason: LeftOut| {
        let parts = found.left_out.iter().filter(|(_, left)| *left == reason).map(|(part, _)| name(*part));
        let parts: Vec<String> = parts.collect();
        let one = parts.len() == 1;
        let [are, belong, do_not] = if one { ["is", "belongs", "does not"] } else { ["are", "belong", "do not"] };
        let why = match reason {
            LeftOut::Chain => format!(", which {belong} to chains of dense layers and activations only"),
            LeftOut::Batch => format!(", which {belong} to networks whose samples no norm mixes only"),
            LeftOut::Activation(name) => format!(", which {do_not} know the activation {name}"),
            LeftOut::Undefined => ", since J is not defined".to_owned(),
        };
        format!("{} {are} left out{why}.", capital(&joined(&parts))).into()
    };
    reasons.into_iter().map(sentence).collect()
}
