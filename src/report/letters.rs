//! The variables of a network in one order, whatever page or picture they stand on: so each has one colour.

use std::collections::HashMap;

use crate::{
    document::{Letter, Notation, Sample, Typesetter},
    expr::SymbolId,
    network::{forward::Forward, graph::Network},
};

/// The letters of a network in an order of its own, so that each has one colour wherever it stands.
pub fn letters(forward: &Forward, network: &Network) -> Vec<Letter> {
    let typesetter = Typesetter::new(&forward.arena);
    let letter = |symbol: &SymbolId| {
        if let Notation::Letter(letter) = typesetter.name(*symbol) { Some(letter) } else { None }
    };
    let label = |symbol: &SymbolId| forward.arena.symbol(*symbol).label.clone();
    let whole = forward.inputs.iter().chain(&forward.targets);
    let predictions = forward.outputs.iter().map(|output| &output.prediction.symbol);
    let mut found: Vec<Letter> = whole.chain(predictions).filter_map(letter).collect();
    let values = forward.definitions.iter().map(|definition| &definition.symbol);
    let mut of_layers: HashMap<_, Vec<Letter>> = HashMap::new();
    for symbol in forward.parameters.iter().chain(values) {
        of_layers.entry(label(symbol)).or_default().extend(letter(symbol));
    }
    for layer in &network.layers {
        found.extend(of_layers.remove(&Some(layer.label.clone())).unwrap_or_default());
        let handed = ["Δ", "S"].map(|base| {
            let (base, subscript) = (base.into(), Some(layer.label.clone()));
            Letter { base, hat: false, dot: false, subscript, sample: Sample::None }
        });
        found.extend(handed);
    }
    found
}
