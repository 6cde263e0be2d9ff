//! An e-graph → the cheapest form of each class, the same whatever the order of laws and classes.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use egg::{Id, Language};

use super::analysis::Graph;
use crate::{
    expr::{Arena, ExprId, Function, Op, Scalar},
    shape::Shape,
};

/// What is avoided first stands first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// Divisors and logarithms, which overflow, and transposes of products.
    avoided: u64,
    /// Nodes.
    size: u64,
    /// Negative coefficients.
    negatives: u64,
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            avoided: self.avoided.saturating_add(other.avoided),
            size: self.size.saturating_add(other.size),
            negatives: self.negatives.saturating_add(other.negatives),
        }
    }
}

/// What is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Of a network: no divisors, few nodes, gates as factors.
    Network,
    /// Of an expression: few operators, as a reader counts them.
    Operators,
    /// The same without what has no adjoint: Kronecker products, and vec.
    Differentiable,
}

/// Rebuilds the cheapest form of each root in the arena.
pub fn cheapest(arena: &mut Arena, graph: &Graph, roots: &[Id], measure: Measure) -> Vec<ExprId> {
    let graph = &Measured { graph, measure };
    let costs = costs(graph);
    let mut built: HashMap<Id, ExprId> = HashMap::new();
    for class in chosen(graph, &costs) {
        let op = class.node.map(|child| built[&graph.find(*child)]);
        // What was in the e-graph had a shape there, by the same function.
        if let Ok(id) = arena.add(op) {
            built.insert(class.id, id);
        }
    }
    roots.iter().map(|root| built[&graph.find(*root)]).collect()
}

/// Drops every form with a part that is not cheaper than the class: it is never the cheapest, and neither is what is made of
/// it. Makes the graph acyclic.
pub fn drop_larger_parts(graph: &mut Graph, measure: Measure) {
    let costs = costs(&Measured { graph, measure });
    for class in graph.classes_mut() {
        let Some(whole) = costs.get(&class.id) else { continue };
        class.nodes.retain(|node| node.children().iter().all(|part| costs.get(part).is_some_and(|part| part < whole)));
    }
}

/// The least cost of each class: Dijkstra's method over operators, each class settled once.
fn costs(graph: &Measured) -> HashMap<Id, Cost> {
    let mut parents: HashMap<Id, Vec<(Id, &Op<Id>)>> = HashMap::new();
    let mut queue = BinaryHeap::new();
    for class in graph.classes() {
        for node in &class.nodes {
            if node.is_leaf() {
                queue.push(Reverse((own_cost(graph, node), class.id)));
            }
            for child in node.children() {
                parents.entry(graph.find(*child)).or_default().push((class.id, node));
            }
        }
    }
    let mut costs: HashMap<Id, Cost> = HashMap::new();
    while let Some(Reverse((cost, id))) = queue.pop() {
        if costs.contains_key(&id) {
            continue;
        }
        costs.insert(id, cost);
        for (parent, node) in parents.get(&id).into_iter().flatten() {
            if !costs.contains_key(parent)
                && let Some(cost) = node_cost(graph, &costs, node)
            {
                queue.push(Reverse((cost, *parent)));
            }
        }
    }
    costs
}

fn node_cost(graph: &Measured, costs: &HashMap<Id, Cost>, node: &Op<Id>) -> Option<Cost> {
    let children = node.children().iter();
    children
        .map(|child| costs.get(&graph.find(*child)))
        .try_fold(own_cost(graph, node), |sum, cost| cost.map(|cost| sum.plus(*cost)))
}

/// An e-graph, and what is short in it.
struct Measured<'a> {
    graph: &'a Graph,
    measure: Measure,
}

impl std::ops::Deref for Measured<'_> {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        self.graph
    }
}

/// What a reader counts: each operator that is written, and names as a small part of one.
fn operators(graph: &Graph, node: &Op<Id>) -> Cost {
    const OPERATOR: u64 = 8;
    let is_entry = |id: Id| matches!(&graph[id].data.facts.shape, Shape::Matrix(m, k) if m.is_one() && k.is_one());
    let constant = |id: Id| graph[id].data.facts.scalar.as_ref();
    let is_row = |id: Id| matches!(&graph[id].data.facts.shape, Shape::Matrix(m, _) if m.is_one());
    let is_softmax_of_row = |id: &Id| is_row(*id) && graph[*id].nodes.iter().any(|node| matches!(node, Op::Softmax(_)));
    let is_minus_one = |id: Id| constant(id).is_some_and(|scalar| *scalar == Scalar::integer(-1));
    let size = match node {
        Op::Symbol(_) | Op::Identity(_) => 1,
        Op::Scalar(scalar) => 1 + scalar.powers().count() as u64 * OPERATOR,
        Op::Zero(..) => 2,
        // A matrix of other names says more.
        Op::Ones(m, k) if !m.is_one() && !k.is_one() => 5 * OPERATOR,
        Op::Ones(..) | Op::Commutation(..) => 3 * OPERATOR,
        // The sum of one entry is not written.
        Op::Total([a]) if is_entry(*a) => 1,
        // yᵀ x rather than Σ y ⊙ x.
        Op::Total(_) => OPERATOR + 3,
        // Of a column it stands between two transposes, which are not written: what takes the row writes one more.
        Op::Softmax([a]) if is_row(*a) => 1,
        Op::Transpose([a]) if is_softmax_of_row(a) => 1,
        // λ x rather than x λ.
        Op::Multiply(both) if both.iter().any(|a| is_entry(*a) && graph[*a].nodes.iter().any(Language::is_leaf)) => {
            OPERATOR + 2
        }
        // A sign, and what stands below a line.
        Op::Scale([s, _]) if is_minus_one(*s) => 2,
        Op::Power([_, p]) if is_minus_one(*p) => 1,
        // 2 X rather than X + X.
        Op::Scale([s, _]) if constant(*s).is_some() => OPERATOR - 1,
        // sigmoid' rather than sigmoid · (1 − sigmoid), and both parts of that less than it: else they would be dropped.
        Op::Map(_, order, _) => OPERATOR + 4 * u64::from(*order),
        // Aᵀ ⊗ B rather than (A ⊗ Bᵀ)ᵀ.
        Op::Transpose([a]) => OPERATOR + u64::from(!graph[*a].nodes.iter().any(Language::is_leaf)),
        // diag(v) w is v ⊙ w.
        Op::Diagonal(_) => OPERATOR + 1,
        // s I rather than s ⊗ I.
        Op::Kronecker(_) => OPERATOR + 2,
        Op::Add(_)
        | Op::Scale(_)
        | Op::Multiply(_)
        | Op::Hadamard(_)
        | Op::Reciprocal(_)
        | Op::Power(_)
        | Op::Inverse(_)
        | Op::Invariant(..)
        | Op::Vec(_)
        | Op::Softmax(_)
        | Op::LogSumExp(_)
        | Op::SumSamples(_) => OPERATOR,
    };
    let rows = if matches!(node, Op::Transpose(_)) {
        0
    } else {
        node.children().iter().filter(|a| is_softmax_of_row(a)).count()
    };
    let negative = matches!(node, Op::Scalar(scalar) if scalar.is_negative());
    Cost { avoided: 0, size: size + rows as u64 * OPERATOR, negatives: u64::from(negative) }
}

fn own_cost(graph: &Measured, node: &Op<Id>) -> Cost {
    match graph.measure {
        Measure::Network => {}
        Measure::Operators => return operators(graph, node),
        Measure::Differentiable => {
            let avoided = u64::from(matches!(node, Op::Kronecker(_) | Op::Vec(_)));
            return Cost { avoided, ..operators(graph, node) };
        }
    }
    let transposes = matches!(node, Op::Transpose([a]) if !graph[*a].nodes.iter().any(Language::is_leaf));
    let avoided = u64::from(transposes || matches!(node, Op::Reciprocal(_) | Op::Map(Function::Log, ..)));
    let negatives = matches!(node, Op::Scalar(scalar) if scalar.is_negative());
    // κ counts once more for each of its dimensions: it is better said once, before a sum.
    let dims = if let Op::Scalar(scalar) = node { scalar.powers().count() as u64 } else { 0 };
    // sign rather than abs'
    let prime = if let Op::Map(_, order, _) = node { u64::from(*order) } else { 0 };
    // 1 − Y rather than −(Y − 1)
    let minus_one = matches!(node, Op::Scale([s, a]) if is_negative(graph, *s) && graph[*a].data.facts.ones);
    // a S rather than a ⊙ sᵀ
    let gated = matches!(node, Op::Hadamard(both) if both.iter().any(|id| is_gate(graph, *id)));
    let size = 1 + dims + prime + 3 * u64::from(minus_one) + 3 * u64::from(gated);
    Cost { avoided, size, negatives: u64::from(negatives) }
}

fn is_negative(graph: &Graph, scalar: Id) -> bool {
    graph[scalar].data.facts.scalar.as_ref().is_some_and(Scalar::is_negative)
}

/// Whether `id` is the entries of a gate, as a column or a row.
fn is_gate(graph: &Graph, id: Id) -> bool {
    let is_column = |node: &Op<Id>| matches!(node, Op::Symbol(symbol) if graph.analysis.symbols[symbol.index()].role.is_gate_entries());
    let is_row = |node: &Op<Id>| matches!(node, Op::Transpose([column]) if graph[*column].nodes.iter().any(is_column));
    graph[id].nodes.iter().any(|node| is_column(node) || is_row(node))
}

/// A class with the node that stands for it.
struct Chosen {
    id: Id,
    node: Op<Id>,
}

/// The chosen node of each class, operands first. Among nodes of the least cost the one with the least operator and
/// operands wins, operands compared by their own rank: nothing depends on the numbers that egg gave to classes.
fn chosen(graph: &Measured, costs: &HashMap<Id, Cost>) -> Vec<Chosen> {
    let mut by_cost: Vec<(Cost, Id)> = costs.iter().map(|(id, cost)| (*cost, *id)).collect();
    by_cost.sort_unstable();
    let mut ranks: HashMap<Id, usize> = HashMap::new();
    let mut chosen = Vec::with_capacity(by_cost.len());
    for group in by_cost.chunk_by(|a, b| a.0 == b.0) {
        let mut keyed: Vec<(Op<usize>, Chosen)> =
            group.iter().filter_map(|(cost, id)| least_node(graph, costs, &ranks, *cost, *id)).collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (_, class) in keyed {
            ranks.insert(class.id, ranks.len());
            chosen.push(class);
        }
    }
    chosen
}

fn least_node(
    graph: &Measured,
    costs: &HashMap<Id, Cost>,
    ranks: &HashMap<Id, usize>,
    cost: Cost,
    id: Id,
) -> Option<(Op<usize>, Chosen)> {
    let cheapest = graph[id].nodes.iter().filter(|node| node_cost(graph, costs, node) == Some(cost));
    let keyed = cheapest.map(|node| (node.map(|child| ranks[&graph.find(*child)]), node.clone()));
    let (key, node) = keyed.min_by(|a, b| a.0.cmp(&b.0))?;
    Some((key, Chosen { id, node }))
}
