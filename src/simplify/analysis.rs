//! What each class knows: the facts of the kernel, and whether a divisor is in it.

use std::sync::Arc;

use egg::{Analysis, DidMerge, EGraph, Id, Language};

use crate::{
    expr::{Facts, Op, Symbol, facts},
    shape::Shape,
};

/// The graph of all equal forms.
pub type Graph = EGraph<Op<Id>, Algebra>;

/// The names, and what went wrong.
#[derive(Clone, Debug, Default)]
pub struct Algebra {
    /// The arena's table.
    pub symbols: Arc<[Symbol]>,
    /// Classes that were to have two shapes: proof that a law is wrong.
    pub conflicts: Vec<String>,
}

/// What is known of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The facts.
    pub facts: Facts,
    /// Whether some form contains a reciprocal: steers the search, never soundness.
    pub divides: bool,
    /// Where proofs are wanted the smallest form and its size: what a law's letters are shown as.
    pub smallest: Option<(usize, Op<Id>)>,
}

impl Known {
    fn new(facts: Facts, divides: bool) -> Self {
        Self { facts, divides, smallest: None }
    }
}

/// The smallest form of a class as a term.
pub fn smallest(graph: &mut Graph, id: Id) -> Id {
    let Some((_, mut node)) = graph[id].data.smallest.clone() else { return id };
    for child in node.children_mut() {
        *child = smallest(graph, *child);
    }
    graph.add_uncanonical(node)
}

fn size(graph: &Graph, node: &Op<Id>) -> usize {
    let parts = node.children().iter().map(|child| graph[*child].data.smallest.as_ref().map_or(1, |(size, _)| *size));
    parts.fold(1, usize::saturating_add)
}

impl Analysis<Op<Id>> for Algebra {
    type Data = Known;

    fn make(graph: &mut Graph, node: &Op<Id>, _: Id) -> Known {
        let of = |id: &Id| &graph[*id].data.facts;
        let found = facts(node, of, |symbol| &graph.analysis.symbols[symbol.index()]);
        let divides = matches!(node, Op::Reciprocal(_)) || node.children().iter().any(|id| graph[*id].data.divides);
        let known = match found {
            Ok(facts) => Known::new(facts, divides),
            Err(error) => {
                graph.analysis.conflicts.push(error.to_string());
                Known::new(Facts::unknown(Shape::Scalar), divides)
            }
        };
        let smallest = graph.are_explanations_enabled().then(|| (size(graph, node), node.clone()));
        Known { smallest, ..known }
    }

    fn merge(&mut self, to: &mut Known, from: Known) -> DidMerge {
        let Some(facts) = to.facts.meet(&from.facts) else {
            self.conflicts.push(format!("{} joined {}", to.facts.shape, from.facts.shape));
            return DidMerge(false, false);
        };
        let smallest = to.smallest.clone().into_iter().chain(from.smallest.clone()).min();
        let met = Known { facts, divides: to.divides || from.divides, smallest };
        let merge = DidMerge(met != *to, met != from);
        *to = met;
        merge
    }

    /// A constant keeps its leaf only: every x − x equals the zero matrix, and none of them helps anyone.
    fn modify(graph: &mut Graph, id: Id) {
        let facts = &graph[id].data.facts;
        if !facts.is_settled() || matches!(graph[id].nodes.as_slice(), [only] if only.is_leaf()) {
            return;
        }
        let leaf = leaf(facts);
        if let Some((leaf, reason)) = leaf {
            let constant = graph.add_uncanonical(leaf);
            let reached = if graph.are_explanations_enabled() { by_its_parts(graph, id) } else { id };
            graph.union_trusted(reached, constant, reason);
            let id = graph.find(id);
            graph[id].nodes.retain(Language::is_leaf);
        }
    }
}

/// The form of the class that is the constant because its parts are constants, with these written out: why they are
/// constants is a step before it.
fn by_its_parts(graph: &mut Graph, id: Id) -> Id {
    let of = |child: &Id| &graph[*child].data.facts;
    let settled = |node: &&Op<Id>| {
        let known = facts(node, of, |symbol| &graph.analysis.symbols[symbol.index()]);
        known.is_ok_and(|facts| facts.is_settled())
    };
    let Some(mut node) = graph[id].nodes.iter().find(settled).cloned() else { return id };
    for child in node.children_mut() {
        if let Some((leaf, _)) = leaf(&graph[*child].data.facts) {
            *child = graph.add_uncanonical(leaf);
        }
    }
    graph.add_uncanonical(node)
}

/// The constant that a class is, and the name of the reason.
fn leaf(facts: &Facts) -> Option<(Op<Id>, &'static str)> {
    match (&facts.shape, &facts.scalar) {
        (Shape::Scalar, scalar) => scalar.clone().map(|scalar| (Op::Scalar(scalar), ARITHMETIC)),
        (Shape::Matrix(m, k), _) if facts.zero => Some((Op::Zero(m.clone(), k.clone()), ALL_ZERO)),
        (Shape::Matrix(m, k), _) if facts.ones => Some((Op::Ones(m.clone(), k.clone()), ALL_ONE)),
        (Shape::Matrix(m, _), _) => facts.identity.then(|| (Op::Identity(m.clone()), IDENTITY)),
    }
}

/// Constant scalars are computed.
pub const ARITHMETIC: &str = "arithmetic";
/// All entries are 0.
pub const ALL_ZERO: &str = "all-zero";
/// All entries are 1.
pub const ALL_ONE: &str = "all-one";
/// What is known to be the identity.
pub const IDENTITY: &str = "identity";
