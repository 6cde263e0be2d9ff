//! Arena expressions → an e-graph, each node once.

use std::collections::HashMap;

use egg::{EGraph, Id};

use super::analysis::{Algebra, Graph};
use crate::expr::{Arena, ExprId};

/// The e-graph of all that `roots` are made of, and the class of each root.
pub fn to_egraph(arena: &Arena, roots: &[ExprId]) -> (Graph, Vec<Id>) {
    let mut graph = EGraph::new(Algebra { symbols: arena.symbols().into(), conflicts: Vec::new() });
    let mut classes: HashMap<ExprId, Id> = HashMap::new();
    for id in arena.reachable(roots) {
        let node = arena.op(id).map(|child| classes[child]);
        let class = graph.add(node);
        classes.insert(id, class);
    }
    graph.rebuild();
    let roots = roots.iter().map(|root| classes[root]).collect();
    (graph, roots)
}
