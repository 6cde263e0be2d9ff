//! The forward pass → the biases whose gradients are 0 whatever the numbers: those that a batch norm takes out again.

use std::collections::{HashMap, HashSet};

use super::gradients::Report;
use crate::{
    document::{Sentence, sentence},
    expr::{Definition, Function, Op, Role, SymbolId},
};

impl Report<'_> {
    /// That the gradients by some of the variables are 0, and why.
    pub(super) fn zero_biases(&self, variables: &[SymbolId]) -> Vec<Sentence> {
        let zeros = self.taken_out();
        let found: Vec<SymbolId> = variables.iter().copied().filter(|variable| zeros.contains(variable)).collect();
        let Some((first, more)) = found.split_first() else { return Vec::new() };
        let (gradient, bias) = (self.by(*first), self.typesetter.name(*first));
        let told = sentence!(
            "{} is 0 for every batch: the batch norm takes the mean out again, and with it {}. Write `nobias`.",
            gradient,
            bias
        );
        let others = |count: usize| match count {
            1 => "The same is true of one more bias.".to_owned(),
            count => format!("The same is true of {count} more biases."),
        };
        let others = (!more.is_empty()).then(|| Sentence::of(others(more.len())));
        [told].into_iter().chain(others).collect()
    }

    /// The biases of values that go into a batch norm and nowhere else.
    fn taken_out(&self) -> HashSet<SymbolId> {
        let forward = &self.derivation.forward;
        let symbol = |symbol: SymbolId| self.arena.symbol(symbol);
        let is_root = |of: &SymbolId| forward.is_over_batch(*of);
        if self.derivation.general.is_some() || !forward.mixes_samples() {
            return HashSet::new();
        }
        let names = |definition: &Definition| {
            let parts = self.arena.reachable(&[definition.value]).into_iter();
            parts.filter_map(|part| self.arena.as_symbol(part)).collect::<HashSet<_>>()
        };
        let made_of: Vec<HashSet<SymbolId>> = forward.definitions.iter().map(names).collect();
        let mut uses: HashMap<SymbolId, Vec<usize>> = HashMap::new();
        for (place, parts) in made_of.iter().enumerate() {
            parts.iter().for_each(|part| uses.entry(*part).or_default().push(place));
        }
        let in_loss: HashSet<SymbolId> =
            forward.outputs.iter().flat_map(|output| [output.prediction.symbol, output.target]).collect();
        let taken_by = |value: SymbolId| uses.get(&value).map_or(&[][..], Vec::as_slice);
        let goes_into_norm = |value: SymbolId| {
            let of_norm =
                |place: &usize| is_root(&forward.definitions[*place].symbol) || made_of[*place].iter().any(is_root);
            !in_loss.contains(&value) && !taken_by(value).is_empty() && taken_by(value).iter().all(of_norm)
        };
        let mut found = HashSet::new();
        for (place, Definition { symbol: z, .. }) in forward.definitions.iter().enumerate() {
            let bias = made_of[place].iter().find(|part| symbol(**part).role == Role::Bias);
            let (Some(bias), [only]) = (bias, taken_by(*z)) else { continue };
            let next = forward.definitions[*only];
            let is_linear = matches!(self.arena.op(next.value), Op::Map(Function::Linear, 0, _) | Op::Symbol(_));
            if symbol(*z).role == Role::PreActivation
                && is_linear
                && goes_into_norm(next.symbol)
                && taken_by(*bias).len() == 1
            {
                found.insert(*bias);
            }
        }
        found
    }
}
