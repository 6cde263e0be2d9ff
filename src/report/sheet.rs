//! All that there is to say of a network → one page: the spec, its graph, its gradients in three forms, its shapes, what
//! influences what, and how it was checked.

use super::{
    gradients::Report,
    graph::{View, computation},
    insight::in_short,
    letters::letters,
    shapes::shapes,
    verification::verdict,
    words::count,
};
use crate::{
    document::{Block, Document, Notation, Sentence},
    expr::SymbolId,
    gradient::{Derivation, form::graph::Trace},
    network::{Resolution, graph::Network},
    pipeline::{Verification, insight::Insight},
};

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// The text of the spec.
    pub spec: &'a str,
    /// What it means.
    pub network: &'a Network,
    /// The same with the table of its layers.
    pub resolution: &'a Resolution,
    /// The layered gradients.
    pub layered: &'a Derivation,
    /// The edges of their backward pass.
    pub trace: &'a Trace,
    /// The variables whose gradients are shown.
    pub variables: &'a [SymbolId],
    /// The gradients as products and their variables, where the network has them.
    pub product: Option<(&'a Derivation, &'a [SymbolId])>,
    /// The same for any depth.
    pub general: Option<(&'a Derivation, &'a [SymbolId])>,
    /// How the formulas were checked.
    pub verification: &'a Verification,
    /// What influences the gradients, and with data how they flow.
    pub insight: &'a Insight,
}

/// The page.
pub fn sheet(parts: Sheet<'_>) -> Document<'_> {
    let letters = letters(&parts.layered.forward, parts.network);
    let mut page = Document { letters, ..Document::titled(title(parts.network)) };
    page.source(parts.spec);
    page.heading("Computation graph");
    page.blocks.push(Block::Graph(Box::new(computation(parts.network, parts.layered, parts.trace, View::default()))));
    let mut notes: Vec<Block> = Vec::new();
    let sections = [
        ("Gradients as products", parts.product),
        ("Layer by layer, exact", Some((parts.layered, parts.variables))),
        ("For any depth", parts.general),
    ];
    for (title, section) in sections {
        let Some((derivation, variables)) = section else { continue };
        let report = Report::new(derivation);
        notes.extend(report.remarks(variables, false, &[]));
        page.heading(title);
        page.equations(move || report.equations(variables));
    }
    page.heading("Layers");
    page.blocks.extend(shapes(parts.resolution).blocks);
    page.blocks.extend(in_short(parts.insight).blocks);
    page.heading("How it was checked");
    page.paragraph(verdict(parts.verification));
    page.heading("Notation");
    page.blocks.extend(merged(notes));
    page
}

/// A chain is called by its depth.
fn title(network: &Network) -> String {
    let layers = network.layers.len();
    if !network.is_chain() {
        return format!("Gradients of a network of {}", count(layers, "layer"));
    }
    let digits = layers.to_string();
    let article = if digits.starts_with('8') || layers == 11 || layers == 18 { "an" } else { "a" };
    format!("Gradients of {article} {digits}-layer network")
}

/// What several sections say of their signs, each thing once: names that are told with others are not told alone.
fn merged(blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let (mut sentences, mut signs): (Vec<Sentence>, Vec<(Notation, Sentence)>) = (Vec::new(), Vec::new());
    for block in blocks {
        if let Block::Notation(more) = block {
            signs.extend(more.into_iter().filter(|sign| !signs.contains(sign)).collect::<Vec<_>>());
        } else if let Block::Assumption(sentence) | Block::Remark(sentence) = block
            && !sentences.contains(&sentence)
        {
            sentences.push(sentence);
        }
    }
    let names = |sign: &Notation| if let Notation::List(names) = sign { names.clone() } else { Vec::new() };
    let lists: Vec<Vec<Notation>> = signs.iter().map(|(sign, _)| names(sign)).collect();
    let is_part = |of: &[Notation]| {
        !of.is_empty() && lists.iter().any(|all| all.len() > of.len() && of.iter().all(|name| all.contains(name)))
    };
    signs.retain(|(sign, _)| !is_part(&names(sign)));
    sentences.into_iter().map(Block::Remark).chain([Block::Notation(signs)]).collect()
}
