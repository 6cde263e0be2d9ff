//! Expressions and a group of laws → equal, simpler expressions. The only user of egg.
//!
//! One e-graph holds all roots, so that shared parts are simplified once. It is run until nothing new is learnt; what
//! is read off it depends on the laws and the expressions only, not on the order of either.

mod analysis;
mod convert;
mod differences;
mod explain;
mod extract;
mod formula;
pub mod induction;
mod language;
pub mod law;
mod rewrite;
pub mod rules;
pub mod unfold;

use std::collections::BTreeSet;

use egg::{Id, Runner, SimpleScheduler, StopReason};

use crate::expr::{Arena, ExprId, Op};
pub use analysis::{ALL_ONE, ALL_ZERO, ARITHMETIC, IDENTITY};
use analysis::{Algebra, Graph};
pub use explain::{Explained, Move, explain, explain_by, is_bookkeeping};
use extract::Measure;
pub use formula::{Requirement, Statement};
pub use law::Group;

/// How far a run may go. There is no limit of time: equal input gives equal output on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rounds of searching all laws.
    pub iterations: usize,
    /// Nodes of the e-graph; the default grows with the input.
    pub nodes: Option<usize>,
}

impl Default for Limits {
    /// 60 rounds: the heads of all pairs of loss and activation take at most 16, bodies 4. 40 nodes a node of the input,
    /// at least 10,000: the largest head takes 700.
    fn default() -> Self {
        Self { iterations: 60, nodes: None }
    }
}

/// Simplified roots, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simplified {
    /// One for each root.
    pub roots: Vec<ExprId>,
    /// The limit that was reached, if the run did not saturate.
    pub limit: Option<String>,
    /// Nodes of the e-graph at the end.
    pub nodes: usize,
    /// Rounds.
    pub iterations: usize,
    /// The laws that taught something.
    pub fired: BTreeSet<&'static str>,
}

/// Rewrites `roots` by the laws of `group` until saturation and takes the cheapest form of each.
///
/// # Panics
/// In tests, if a law joins two shapes: no sound law does.
pub fn simplify(arena: &mut Arena, roots: &[ExprId], group: Group, limits: Limits) -> Simplified {
    if group != Group::Expression {
        return run(arena, roots, rules::rewrites(group), limits, Measure::Network);
    }
    // Most sums are shortest as they stand: what multiplies them out starts from what is found without it.
    let mut found = run(arena, roots, rules::without_multiplying_out(), limits, Measure::Operators);
    if has_factor_of_terms(arena, &found.roots) {
        let all = run(arena, &found.roots, rules::rewrites(group), limits, Measure::Operators);
        found = Simplified { fired: &found.fired | &all.fired, ..all };
    }
    for root in &mut found.roots {
        // It had a shape before.
        *root = differences::with_one_of_each(arena, *root).unwrap_or(*root);
    }
    found
}

/// Whether a sum is a factor of a product.
fn has_factor_of_terms(arena: &Arena, roots: &[ExprId]) -> bool {
    let mut parts = arena.parts(roots);
    parts.any(|id| {
        matches!(arena.op(id), Op::Multiply(both) | Op::Hadamard(both) if both.iter().any(|factor| has_terms(arena, *factor)))
    })
}

/// Whether it is a sum, or the transpose or a multiple of one.
fn has_terms(arena: &Arena, id: ExprId) -> bool {
    if let Op::Transpose([a]) | Op::Scale([_, a]) = *arena.op(id) {
        return has_terms(arena, a);
    }
    matches!(arena.op(id), Op::Add(_))
}

/// The same by the laws of [`Group::Expression`], of equal forms one that has an adjoint: without Kronecker products and vec.
///
/// # Panics
/// As [`simplify`].
pub fn differentiable(arena: &mut Arena, root: ExprId, limits: Limits) -> Simplified {
    run(arena, &[root], rules::rewrites(Group::Expression), limits, Measure::Differentiable)
}

/// The same by laws of the caller's choice, compiled for this run.
///
/// # Errors
/// A sentence that names a faulty law.
///
/// # Panics
/// As [`simplify`].
pub fn simplify_by(
    arena: &mut Arena,
    roots: &[ExprId],
    laws: &[law::Law],
    limits: Limits,
) -> Result<Simplified, String> {
    Ok(run(arena, roots, &rules::compiled(laws)?, limits, Measure::Network))
}

fn run(
    arena: &mut Arena,
    roots: &[ExprId],
    rewrites: &[rules::Compiled],
    limits: Limits,
    measure: Measure,
) -> Simplified {
    let pruned = (measure != Measure::Network).then_some(measure);
    let (Saturated { egraph, limit, iterations, fired }, ids) = untimed(|| {
        let (egraph, ids) = convert::to_egraph(arena, roots);
        (saturate(egraph, rewrites, limits, pruned, None), ids)
    });
    let roots = extract::cheapest(arena, &egraph, &ids, measure);
    Simplified { roots, limit, nodes: egraph.total_size(), iterations, fired }
}

/// An e-graph after all laws.
struct Saturated {
    egraph: Graph,
    limit: Option<String>,
    iterations: usize,
    fired: BTreeSet<&'static str>,
}

/// Runs all laws until nothing new is learnt, or until `ends` are one class. Where sums and products are regrouped at will,
/// forms that have a larger part than the whole are dropped after each round: x = x · (a · a⁻¹) would be unrolled for ever.
fn saturate(
    egraph: Graph,
    rewrites: &[rules::Compiled],
    limits: Limits,
    pruned: Option<Measure>,
    ends: Option<[Id; 2]>,
) -> Saturated {
    let nodes = limits.nodes.unwrap_or_else(|| (egraph.total_size() * 40).max(10_000));
    let runner = runner(egraph, limits.iterations, nodes)
        .with_hook(move |runner| {
            if let Some(measure) = pruned {
                extract::drop_larger_parts(&mut runner.egraph, measure);
            }
            match ends {
                Some([a, b]) if runner.egraph.find(a) == runner.egraph.find(b) => Err("joined".to_string()),
                Some(_) | None => Ok(()),
            }
        })
        .run(rewrites);
    debug_assert!(runner.egraph.analysis.conflicts.is_empty(), "{:?}", runner.egraph.analysis.conflicts);
    let limit = reached(runner.stop_reason.as_ref(), nodes);
    let fired = fired(&runner.iterations);
    Saturated { egraph: runner.egraph, limit, iterations: runner.iterations.len(), fired }
}

/// Applies every law everywhere in each round; no limit of time, so that equal input gives equal output on every machine.
fn runner(egraph: Graph, rounds: usize, nodes: usize) -> Runner<Op<Id>, Algebra> {
    Runner::<_, Algebra>::new(Algebra::default())
        .with_egraph(egraph)
        .with_scheduler(SimpleScheduler)
        .with_iter_limit(rounds)
        .with_node_limit(nodes)
        .with_time_limit(std::time::Duration::MAX)
}

/// egg reads a clock for figures that nobody asks for, and calibrates it when it is first read, which takes longer than
/// most runs: here it reads one that stands still.
fn untimed<T>(work: impl FnOnce() -> T) -> T {
    let (clock, _) = quanta::Clock::mock();
    quanta::with_clock(&clock, work)
}

/// The laws that taught something.
fn fired(rounds: &[egg::Iteration<()>]) -> BTreeSet<&'static str> {
    rounds.iter().flat_map(|round| round.applied.keys()).map(egg::Symbol::as_str).collect()
}

/// The limit that ended a run, for readers; none if nothing new was left to learn. egg tells the nodes that there are, not
/// how many there may be.
fn reached(reason: Option<&StopReason>, nodes: usize) -> Option<String> {
    match reason {
        Some(StopReason::Saturated) => None,
        Some(StopReason::IterationLimit(limit)) => Some(format!("{limit} rounds of rewriting")),
        Some(StopReason::NodeLimit(_)) => Some(format!("{nodes} nodes of the e-graph")),
        Some(StopReason::TimeLimit(_) | StopReason::Other(_)) | None => Some("rewriting".to_string()),
    }
}
