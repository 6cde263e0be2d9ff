//! The layered gradients and the edges of their backward pass → the computation graph, and the page of it.

mod backward;
mod fold;
mod path;
mod steps;
mod tables;

use super::{gradients::Report, letters::letters};
use crate::{
    document::{Block, Document, Notation, Passes, Sentence, graph::Graph, sentence},
    expr::SymbolId,
    gradient::{Derivation, form::graph::Trace},
    network::graph::Network,
};
use steps::Builder;

/// What is shown of a graph.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// The variable whose gradient's path is told apart.
    pub wrt: Option<SymbolId>,
    /// Whether the layers in the middle of a deep network are shown too.
    pub unfold: bool,
}

/// The page: the graph, and what its signs mean.
pub fn graph(network: &Network, derivation: &Derivation, trace: &Trace, view: View) -> Document<'static> {
    let mut page = Document::titled("Computation graph");
    let graph = computation(network, derivation, trace, view);
    let folded: Vec<Sentence> = graph.steps.iter().filter_map(|step| step.folded.clone()).collect();
    let has_jacobians =
        graph.steps.iter().flat_map(|step| &step.backward).any(|b| matches!(b.passes, Passes::Jacobian(_)));
    page.blocks.push(Block::Graph(Box::new(graph)));
    for folded in folded {
        page.paragraph(sentence!("One frame stands for {}.", folded).typed(" --unfold shows them all."));
    }
    let variables = view.wrt.map_or_else(|| derivation.forward.parameters.clone(), |wrt| vec![wrt]);
    let report = Report::new(derivation);
    page.blocks.extend(report.remarks(&variables, true, &[]));
    if has_jacobians {
        let [u, v] = ["U", "V"].map(Notation::letter);
        let meaning = Sentence::of("is the Jacobian, by which a step hands on what it receives.");
        page.blocks.push(Block::Notation(vec![(Notation::partial(u, v), meaning)]));
    }
    page
}

/// The graph alone.
pub fn computation(network: &Network, derivation: &Derivation, trace: &Trace, view: View) -> Graph {
    let builder = Builder::new(network, derivation, trace, view.wrt);
    let (mut steps, layers) = builder.built();
    if let Some(wrt) = view.wrt {
        path::light(&mut steps, &derivation.forward.arena.symbol(wrt).key());
    }
    if !view.unfold {
        let chosen = view.wrt.and_then(|wrt| path::layer(&steps, &layers, &derivation.forward.arena.symbol(wrt).key()));
        steps = fold::folded(steps, &layers, network, chosen);
    }
    let count = network.layers.len();
    let layers = if count == 1 { "1 layer".to_owned() } else { format!("{count} layers") };
    let title = Sentence::of(format!("Computation graph of {layers}"));
    let by = view.wrt.map(|wrt| Report::new(derivation).by(wrt));
    let title = match by.clone() {
        Some(by) => title.words(", with the path of ").math(by),
        None => title,
    };
    let description = sentence!(
        "The forward pass leads through {} steps to {}. Below each step stands what it hands back in the backward pass, and \
         the gradients that come of it.{}",
        steps.len().to_string(),
        Notation::Loss,
        by.map_or_else(Sentence::default, |by| sentence!(" The path of {} is drawn in strong lines.", by))
    );
    let letters = letters(&derivation.forward, network);
    let mut graph = Graph { title, description, steps, has_path: view.wrt.is_some(), letters, tables: Vec::new() };
    graph.tables = tables::tables(&graph);
    graph
}
