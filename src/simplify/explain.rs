//! Two expressions that the laws make equal → the moves from the one to the other, each by one law at one place.

use egg::{EGraph, FlatTerm, Id, RecExpr};

use super::{
    Limits,
    analysis::Algebra,
    law::Law,
    rules::{self, Compiled, Group},
    saturate,
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

/// Why `from` equals `to`, by the laws of `group`. An e-graph of its own that keeps its reasons: two to four times the
/// work of [`simplify`](super::simplify), so it is done for readers only.
#[must_use]
pub fn explain(arena: &mut Arena, from: ExprId, to: ExprId, group: Group, limits: Limits) -> Explained {
    run(arena, from, to, rules::rewrites(group), limits)
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
    Ok(run(arena, from, to, &rules::compiled(laws)?, limits))
}

fn run(arena: &mut Arena, from: ExprId, to: ExprId, rewrites: &[Compiled], limits: Limits) -> Explained {
    let algebra = Algebra { symbols: arena.symbols().into(), conflicts: Vec::new() };
    let mut graph = EGraph::new(algebra).with_explanations_enabled();
    let (left, right) = (tree(arena, from), tree(arena, to));
    let ends = [graph.add_expr_uncanonical(&left), graph.add_expr_uncanonical(&right)];
    graph.rebuild();
    let mut saturated = saturate(graph, rewrites, limits);
    if saturated.egraph.find(ends[0]) != saturated.egraph.find(ends[1]) {
        return Explained::Unknown { limit: saturated.limit };
    }
    let mut explanation = saturated.egraph.explain_equivalence(&left, &right);
    let terms = explanation.make_flat_explanation();
    Explained::Moves(terms.iter().filter_map(|term| as_move(arena, rewrites, term)).collect())
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

/// The first term of an explanation is its beginning and no move.
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
