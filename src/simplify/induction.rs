//! A claim and its premises → whether the laws prove it. Graphs of a few layers, in which products may be regrouped.

use std::collections::BTreeSet;

use super::{Limits, convert, fired, law::Group, reached, rules, runner, untimed};
use crate::{
    expr::{Arena, ExprId},
    gradient::general::Claim,
};

/// Why a claim is not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The limit that ended the search; without one the laws do not prove it.
    pub limit: Option<String>,
}

/// Proves that both sides of the claim are equal by its premises and the laws of [`Group::Induction`].
///
/// Returns the laws that taught something.
///
/// # Errors
/// They are not, a premise joins what has different shapes, or a limit ended the search.
pub fn prove(arena: &Arena, claim: &Claim) -> Result<BTreeSet<&'static str>, Open> {
    untimed(|| prove_within(arena, claim, NODES))
}

fn prove_within(arena: &Arena, claim: &Claim, nodes: usize) -> Result<BTreeSet<&'static str>, Open> {
    let premises = claim.premises.iter().flat_map(|premise| [premise.left, premise.right]);
    let roots: Vec<ExprId> = [claim.left, claim.right].into_iter().chain(premises).collect();
    let (mut graph, ids) = convert::to_egraph(arena, &roots);
    for (premise, sides) in claim.premises.iter().zip(ids[2..].chunks(2)) {
        if let [left, right] = sides {
            graph.union_trusted(*left, *right, premise.name);
        }
    }
    graph.rebuild();
    let runner = runner(graph, Limits::default().iterations, nodes).run(rules::rewrites(Group::Induction));
    let graph = &runner.egraph;
    if graph.analysis.conflicts.is_empty() && graph.find(ids[0]) == graph.find(ids[1]) {
        return Ok(fired(&runner.iterations));
    }
    Err(Open { limit: reached(runner.stop_reason.as_ref(), nodes) })
}

/// The largest proof takes 500; where there is none, the search ends on its own below this.
const NODES: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        expr::{Index, Role, Symbol, index::width},
        gradient::general::{
            induction::{BackwardStep, ForwardStep, backward, forward},
            iterated::IteratedOperations,
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
            let claims = self.claims(body);
            claims.is_some_and(|claims| claims.iter().all(|claim| prove(&self.arena, claim).is_ok()))
        }

        /// A_l = (A_{l−1} W_l + 1 b_l) S_l for each layer, transposed: what it is down to X.
        fn forward_claims(&mut self, l: Index) -> Vec<Claim> {
            let samples = Dim::name("n").on_batch_axis();
            let activation = |desk: &mut Self, index: Index| {
                let width = desk.width(index);
                desk.named(Role::Activation, "A", index, &samples, &width)
            };
            let (before, input) = (activation(self, l.plus(-1)), activation(self, Index::number(0)));
            let step = |desk: &mut Self, index: Index| {
                let (rows, columns) = (desk.width(index.plus(-1)), desk.width(index));
                let weight = desk.named(Role::Weight, "W", index, &rows, &columns);
                let bias = desk.named(Role::Bias, "b", index, &Dim::one(), &columns);
                let ones = desk.arena.ones(&samples, &Dim::one()).unwrap();
                (weight, desk.arena.multiply(ones, bias).unwrap(), desk.gate(index))
            };
            let (weight, added, gate) = step(self, l);
            let arena = &mut self.arena;
            let z = arena.multiply(before, weight).unwrap();
            let z = arena.plus(z, added).unwrap();
            let value = arena.multiply(z, gate).unwrap();
            let (weight, added, gate) = step(self, Index::FACTOR);
            let arena = &mut self.arena;
            let [incoming, value, input, weight, added] =
                [before, value, input, weight, added].map(|matrix| arena.transpose(matrix).unwrap());
            let body = arena.multiply(gate, weight).unwrap();
            let term = arena.multiply(gate, added).unwrap();
            let step = ForwardStep { incoming, value, input };
            forward(arena, &mut IteratedOperations::default(), step, body, Some(term)).unwrap().claims
        }

        /// The gates of samples as columns: what the sweep multiplies by entry by entry, as the product that a body has.
        fn claims_of_columns(&mut self) -> Vec<Claim> {
            let (l, samples) = (Index::LAYER, Dim::name("n").on_batch_axis());
            let width = self.width(l);
            let error = self.named(Role::Adjoint, "Δ", l, &width, &samples);
            let [gate, p] = [(Role::DerivativeGate, "s"), (Role::Probabilities, "p")]
                .map(|(role, name)| self.named(role, name, l, &width, &Dim::one()));
            let arena = &mut self.arena;
            let row = arena.ones(&Dim::one(), &samples).unwrap();
            let entrywise = |arena: &mut Arena, column| {
                let spread = arena.multiply(column, row).unwrap();
                arena.hadamard(error, spread).unwrap()
            };
            let (by_gate, by_p) = (entrywise(arena, gate), entrywise(arena, p));
            let [diagonal, diagonal_of_p] = [gate, p].map(|column| arena.diagonal(column).unwrap());
            let (down, across) = (arena.ones(&width, &Dim::one()).unwrap(), arena.ones(&Dim::one(), &width).unwrap());
            let sums = arena.multiply(across, by_p).unwrap();
            let sums = arena.multiply(down, sums).unwrap();
            let centred = arena.minus(error, sums).unwrap();
            let spread = arena.multiply(p, row).unwrap();
            let left = arena.hadamard(spread, centred).unwrap();
            let transposed = arena.transpose(p).unwrap();
            let square = arena.multiply(p, transposed).unwrap();
            let matrix = arena.minus(diagonal_of_p, square).unwrap();
            let claim = |name, left, right| Claim { name, premises: Vec::new(), left, right };
            let [by_diagonal, by_matrix] = [diagonal, matrix].map(|matrix| arena.multiply(matrix, error).unwrap());
            vec![claim("gate of columns", by_gate, by_diagonal), claim("softmax of columns", left, by_matrix)]
        }

        /// What the induction with this factor rests on; `None` where the factors do not fit.
        fn claims(&mut self, body: ExprId) -> Option<Vec<Claim>> {
            let l = Index::LAYER;
            let (incoming, error) = (self.error(l.plus(1)), self.error(Index::DEPTH));
            let (weight, gate) = (self.transposed_weight(l.plus(1)), self.gate(l));
            let value = self.arena.multiply(incoming, weight).unwrap();
            let value = self.arena.multiply(value, gate).unwrap();
            let step = BackwardStep { incoming, value, error };
            let induction = backward(&mut self.arena, &mut IteratedOperations::default(), step, body);
            induction.ok().map(|induction| induction.claims)
        }
    }

    #[test]
    fn every_law_of_the_induction_alone_is_used_in_it() {
        let (k, l) = (Index::FACTOR, Index::LAYER);
        let mut desk = Desk { arena: Arena::default(), same: false };
        let (weight, gate) = (desk.transposed_weight(k), desk.gate(k.plus(-1)));
        let body = desk.arena.multiply(weight, gate).unwrap();
        let mut claims = desk.claims(body).unwrap();
        claims.extend(desk.forward_claims(l));
        claims.extend(desk.claims_of_columns());
        let mut silent: BTreeSet<&str> =
            rules::LAWS.iter().filter(|law| law.groups.contains(&Group::Induction)).map(|law| law.name).collect();
        for claim in &claims {
            for law in prove(&desk.arena, claim).unwrap_or_else(|open| panic!("{}: {open:?}", claim.name)) {
                silent.remove(law);
            }
        }
        assert!(silent.is_empty(), "{silent:?}");
    }

    #[test]
    fn a_search_that_ends_early_names_its_limit() {
        let k = Index::FACTOR;
        let mut desk = Desk { arena: Arena::default(), same: false };
        let (weight, gate) = (desk.transposed_weight(k), desk.gate(k.plus(-1)));
        let right = desk.arena.multiply(weight, gate).unwrap();
        let step = desk.claims(right).unwrap().pop().unwrap();
        let open = prove_within(&desk.arena, &step, 1).unwrap_err();
        assert_eq!(open.limit.as_deref(), Some("1 nodes of the e-graph"));
        let wrong = desk.claims(weight).unwrap().pop().unwrap();
        assert_eq!(prove(&desk.arena, &wrong), Err(Open { limit: None }));
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
