//! A claim and its premises → whether the laws prove it. Graphs of a few layers, in which products may be regrouped.

use egg::{Runner, SimpleScheduler};

use super::{
    Limits,
    analysis::Algebra,
    convert,
    rules::{self, Group},
};
use crate::{
    expr::{Arena, ExprId},
    gradient::general::Claim,
};

/// Whether both sides of the claim come to be equal by its premises and the laws of [`Group::Induction`].
///
/// False also where a limit ends the search, or where a premise joins what has different shapes.
#[must_use]
pub fn holds(arena: &Arena, claim: &Claim) -> bool {
    let premises = claim.premises.iter().flat_map(|premise| [premise.left, premise.right]);
    let roots: Vec<ExprId> = [claim.left, claim.right].into_iter().chain(premises).collect();
    let (mut graph, ids) = convert::to_egraph(arena, &roots);
    for (premise, sides) in claim.premises.iter().zip(ids[2..].chunks(2)) {
        if let [left, right] = sides {
            graph.union_trusted(*left, *right, premise.name);
        }
    }
    graph.rebuild();
    let runner = Runner::<_, Algebra>::new(Algebra::default())
        .with_egraph(graph)
        .with_scheduler(SimpleScheduler)
        .with_iter_limit(Limits::default().iterations)
        .with_node_limit(NODES)
        .with_time_limit(std::time::Duration::MAX)
        .run(rules::rewrites(Group::Induction));
    let graph = &runner.egraph;
    graph.analysis.conflicts.is_empty() && graph.find(ids[0]) == graph.find(ids[1])
}

/// The largest proof takes 500; where there is none, the search ends on its own below this.
const NODES: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        expr::{Index, Role, Symbol, index::width},
        gradient::general::{
            big::Bigs,
            induction::{BackwardStep, backward},
        },
        shape::Dim,
    };

    /// One step Δ_l = Δ_{l+1} W_{l+1}ᵀ S_l, and bodies that may be claimed of it.
    struct Desk {
        arena: Arena,
        same: bool,
    }

    impl Desk {
        fn named(&mut self, role: Role, name: &str, index: Index, rows: &Dim, columns: &Dim) -> ExprId {
            let symbol = Symbol::new(role, name, Some(&index.label()), rows.clone(), columns.clone());
            let symbol = self.arena.intern(symbol);
            self.arena.named(symbol).unwrap()
        }

        fn width(&self, index: Index) -> Dim {
            if self.same { Dim::name("d") } else { width(index) }
        }

        fn transposed_weight(&mut self, index: Index) -> ExprId {
            let (rows, columns) = (self.width(index.plus(-1)), self.width(index));
            let weight = self.named(Role::Weight, "W", index, &rows, &columns);
            self.arena.transpose(weight).unwrap()
        }

        fn gate(&mut self, index: Index) -> ExprId {
            let size = self.width(index);
            let entries = self.named(Role::DerivativeGate, "s", index, &size, &Dim::one());
            self.arena.diagonal(entries).unwrap()
        }

        fn error(&mut self, index: Index) -> ExprId {
            let (samples, width) = (Dim::name("n").on_batch_axis(), self.width(index));
            self.named(Role::Adjoint, "Δ", index, &samples, &width)
        }

        /// Whether the induction holds with this factor of layer k.
        fn proves(&mut self, body: ExprId) -> bool {
            let l = Index::LAYER;
            let (incoming, error) = (self.error(l.plus(1)), self.error(Index::DEPTH));
            let (weight, gate) = (self.transposed_weight(l.plus(1)), self.gate(l));
            let value = self.arena.multiply(incoming, weight).unwrap();
            let value = self.arena.multiply(value, gate).unwrap();
            let step = BackwardStep { incoming, value, error };
            let induction = backward(&mut self.arena, &mut Bigs::default(), step, body);
            induction.is_ok_and(|induction| induction.claims.iter().all(|claim| holds(&self.arena, claim)))
        }
    }

    #[test]
    fn only_the_right_factor_is_proved() {
        let k = Index::FACTOR;
        for same in [false, true] {
            let mut desk = Desk { arena: Arena::default(), same };
            let (weight, gate, own) = (desk.transposed_weight(k), desk.gate(k.plus(-1)), desk.gate(k));
            let right = desk.arena.multiply(weight, gate).unwrap();
            assert!(desk.proves(right));
            assert!(!desk.proves(weight), "without S");
            let shifted = desk.arena.multiply(own, weight).unwrap();
            assert!(!desk.proves(shifted), "the S of the layer after, before W");
            let (weight, gate) = (desk.transposed_weight(k.plus(1)), desk.gate(k));
            let next = desk.arena.multiply(weight, gate).unwrap();
            assert!(!desk.proves(next), "the factor of another layer");
            if same {
                let swapped = desk.arena.multiply(gate, weight).unwrap();
                assert!(!desk.proves(swapped), "the wrong order");
            }
        }
    }
}
