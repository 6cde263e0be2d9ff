//! Two expressions that the laws make equal → the moves from the one to the other, each by one law at one place.

use std::collections::BTreeSet;

use egg::{EGraph, FlatTerm, Id, RecExpr};

use super::{
    Limits, Saturated,
    analysis::{Algebra, Graph},
    extract::Measure,
    law::{Group, Law},
    rules::{self, Compiled},
    saturate, untimed,
};
use crate::expr::{Arena, ExprId, Op};

/// One rewriting of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The law, or the reason of the analysis: [`ARITHMETIC`](super::ARITHMETIC) and the like.
    pub law: &'static str,
    /// Whether its left side became its right side, or the other way round.
    pub forward: bool,
    /// The place of the part: which operand of which operand, from the root.
    pub place: Vec<usize>,
    /// The whole expression after it.
    pub to: ExprId,
}

/// The moves of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// From the first expression to the second.
    Moves(Vec<Move>),
    /// The laws do not show that they are equal, or not before this limit.
    Unknown {
        /// The limit that was reached, if the run did not saturate.
        limit: Option<String>,
    },
}

/// Why `from` equals `to`, by the laws of `group`, with no law that can be done without: so the e-graph knows few detours.
/// As many runs as there are laws, the last of them with its reasons kept; done for readers only.
#[must_use]
pub fn explain(arena: &mut Arena, from: ExprId, to: ExprId, group: Group, limits: Limits) -> Explained {
    let pruned = (group == Group::Expression).then_some(Measure::Operators);
    untimed(|| run(arena, from, to, rules::rewrites(group), limits, pruned))
}

/// The same by laws of the caller's choice. Nothing here says that they are true.
///
/// # Errors
/// A sentence that names a faulty law.
pub fn explain_by(
    arena: &mut Arena,
    from: ExprId,
    to: ExprId,
    laws: &[Law],
    limits: Limits,
) -> Result<Explained, String> {
    let rewrites = rules::compiled(laws)?;
    Ok(untimed(|| run(arena, from, to, &rewrites, limits, None)))
}

fn run(
    arena: &mut Arena,
    from: ExprId,
    to: ExprId,
    rewrites: &[Compiled],
    limits: Limits,
    pruned: Option<Measure>,
) -> Explained {
    let ends = [tree(arena, from), tree(arena, to)];
    let mut needed = rewrites.to_vec();
    // The order of the table is no reason to prefer one proof to another.
    needed.sort_by_key(|rewrite| rewrite.name.as_str());
    let graph = |explained| Joint::new(arena, &ends, explained, pruned);
    let joint = graph(false).by(&needed, limits);
    if !joint.holds() {
        return Explained::Unknown { limit: joint.limit };
    }
    // What taught nothing is not needed.
    needed.retain(|rewrite| {
        let name = rewrite.name.as_str();
        is_bookkeeping(name) || joint.fired.contains(name)
    });
    let limits = Limits { nodes: Some(2 * joint.graph.total_size()), ..limits };
    for place in (0..needed.len()).rev() {
        if is_bookkeeping(needed[place].name.as_str()) {
            continue;
        }
        let mut fewer = needed.clone();
        fewer.remove(place);
        if graph(false).by(&fewer, limits).holds() {
            needed = fewer;
        }
    }
    let mut joint = graph(true).by(&needed, limits);
    if !joint.holds() {
        return Explained::Unknown { limit: joint.limit };
    }
    let mut explanation = joint.graph.explain_equivalence(&ends[0], &ends[1]);
    let terms = explanation.make_flat_explanation();
    // The first term is the beginning and no move.
    let moves = terms.iter().skip(1).map(|term| as_move(arena, rewrites, term)).collect::<Option<Vec<_>>>();
    // A step without a known law would pass for one of the law beside it.
    moves.map_or(Explained::Unknown { limit: None }, Explained::Moves)
}

/// Whether a law changes only the order of operands, or where a scalar factor stands, or nothing that is printed: no reader
/// asks why.
#[must_use]
pub fn is_bookkeeping(law: &str) -> bool {
    law.starts_with("scale-")
        || law.ends_with("-commutes")
        || law == super::ARITHMETIC
        // The derivative of (·)² is written 2(·) before it too.
        || law == "square-derivative"
}

/// An e-graph of two expressions.
struct Joint {
    graph: Graph,
    ends: [Id; 2],
    pruned: Option<Measure>,
    limit: Option<String>,
    fired: BTreeSet<&'static str>,
}

impl Joint {
    fn new(arena: &Arena, ends: &[RecExpr<Op<Id>>; 2], explained: bool, pruned: Option<Measure>) -> Self {
        let algebra = Algebra { symbols: arena.symbols().into(), conflicts: Vec::new() };
        let graph = EGraph::new(algebra);
        let mut graph = if explained { graph.with_explanations_enabled() } else { graph };
        let ends = [graph.add_expr_uncanonical(&ends[0]), graph.add_expr_uncanonical(&ends[1])];
        graph.rebuild();
        Self { graph, ends, pruned, limit: None, fired: BTreeSet::new() }
    }

    fn holds(&self) -> bool {
        self.graph.find(self.ends[0]) == self.graph.find(self.ends[1])
    }

    /// Runs the laws until the expressions are one, which is before all that is equal is found.
    fn by(self, rewrites: &[Compiled], limits: Limits) -> Self {
        let Self { graph, ends, pruned, .. } = self;
        let Saturated { egraph, limit, fired, .. } = saturate(graph, rewrites, limits, pruned, Some(ends));
        Self { graph: egraph, ends, pruned, limit, fired }
    }
}

fn tree(arena: &Arena, root: ExprId) -> RecExpr<Op<Id>> {
    let mut expression = RecExpr::default();
    let mut places = std::collections::HashMap::new();
    for id in arena.reachable(&[root]) {
        let place = expression.add(arena.op(id).map(|child| places[child]));
        places.insert(id, place);
    }
    expression
}

/// None for a reason that no reader could be told.
fn as_move(arena: &mut Arena, rewrites: &[Compiled], term: &FlatTerm<Op<Id>>) -> Option<Move> {
    let mut place = Vec::new();
    let (name, forward) = rewritten(term, &mut place)?;
    let reasons = [super::ARITHMETIC, super::ALL_ZERO, super::ALL_ONE, super::IDENTITY];
    let of_table = rewrites.iter().map(|rewrite| rewrite.name).find(|known| *known == name);
    let law = reasons.into_iter().find(|reason| name.as_str() == *reason).or(of_table.map(|name| name.as_str()))?;
    Some(Move { law, forward, place, to: expression(arena, term)? })
}

/// The name of the law that was used somewhere in `term`, and in which direction; `place` leads there.
fn rewritten(term: &FlatTerm<Op<Id>>, place: &mut Vec<usize>) -> Option<(egg::Symbol, bool)> {
    if let Some(name) = term.forward_rule {
        return Some((name, true));
    }
    if let Some(name) = term.backward_rule {
        return Some((name, false));
    }
    for (i, child) in term.children.iter().enumerate() {
        place.push(i);
        if let Some(found) = rewritten(child, place) {
            return Some(found);
        }
        place.pop();
    }
    None
}

/// Every term of an e-graph has a shape, by the same function.
fn expression(arena: &mut Arena, term: &FlatTerm<Op<Id>>) -> Option<ExprId> {
    let children = term.children.iter().map(|child| expression(arena, child)).collect::<Option<Vec<_>>>()?;
    // As many as the operator has operands.
    let mut next = children.iter().cycle();
    let mut node = term.node.clone();
    let mut placed = Vec::new();
    for child in node.children_mut() {
        *child = Id::from(placed.len());
        placed.push(*next.next()?);
    }
    arena.add(node.map(|child| placed[usize::from(*child)])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        expr::{Role, Symbol},
        shape::Dim,
    };

    #[test]
    fn a_reason_outside_the_table_is_no_move() {
        let mut arena = Arena::default();
        let x = arena.intern(Symbol::new(Role::Input, "X", None, Dim::name("m"), Dim::name("k")));
        let of_rule = |name: &str| FlatTerm {
            backward_rule: None,
            forward_rule: Some(name.into()),
            ..FlatTerm::new(Op::Symbol(x), vec![])
        };
        let rewrites = rules::rewrites(Group::Body);
        assert_eq!(as_move(&mut arena, rewrites, &of_rule("unheard-of")), None);
        let known = as_move(&mut arena, rewrites, &of_rule(rewrites[0].name.as_str()));
        assert_eq!(known.map(|known| known.law), Some(rewrites[0].name.as_str()));
    }
}
