//! Definitions → the abstract chain rule: the paths from a variable to J, and which derivative each factor of them is, in the
//! order of the result.

use std::{collections::HashMap, sync::Arc};

use super::{super::GradientError, layered::Norms};
use crate::{
    expr::{Arena, Op, Role, Symbol, SymbolId},
    network::forward::Forward,
    shape::Dim,
};

/// ∂of/∂by, where `of` is J if it is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Factor {
    /// What is differentiated: a name, or J.
    pub of: Option<SymbolId>,
    /// By what.
    pub by: SymbolId,
}

/// Which definitions use each name, found once for all variables.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// In the order of the network.
    uses: HashMap<SymbolId, Vec<Use>>,
    /// The parts of J, the penalties last, if they have names.
    parts: Vec<SymbolId>,
    /// How many paths lead from each name to J.
    counts: HashMap<SymbolId, u128>,
}

/// Where a name is used.
#[derive(Clone, Copy, Debug)]
struct Use {
    /// A definition, or a part of J, or J.
    by: Option<SymbolId>,
    /// Whether its local derivative enters the result on the left, as A_{l−1}ᵀ does for W_l.
    left: bool,
}

impl Chain {
    /// Reads the uses off the definitions: a local derivative stands on the left if the sweep puts the incoming
    /// adjoint on the right of it. A norm is one step.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn new(forward: &mut Forward) -> Result<Self, GradientError> {
        let mut norms = Norms::new(forward)?;
        let mut chain = Self::default();
        let Forward { arena, definitions, .. } = &mut *forward;
        for definition in definitions.iter() {
            let seed = arena.named(definition.symbol)?;
            for (symbol, adjoint) in norms.handed_on(arena, *definition, seed)? {
                let left = matches!(arena.op(adjoint), Op::Multiply([_, right]) if *right == seed);
                chain.uses.entry(symbol).or_default().push(Use { by: Some(definition.symbol), left });
            }
        }
        chain.end(forward);
        chain.count(forward);
        Ok(chain)
    }

    /// What J takes itself. Its parts have names where it has several, and where what one takes reaches J by another way too.
    fn end(&mut self, forward: &mut Forward) {
        let Forward { arena, outputs, penalty, .. } = forward;
        let roots: Vec<_> = outputs.iter().map(|output| output.loss).chain(*penalty).collect();
        let mut taken: Vec<Vec<SymbolId>> = Vec::with_capacity(roots.len());
        for root in &roots {
            let symbols = arena.reachable(&[*root]).into_iter().filter_map(|id| arena.as_symbol(id));
            taken.push(symbols.filter(|symbol| arena.symbol(*symbol).is_active()).collect());
        }
        let is_whole = roots.len() == 1 && !taken.iter().flatten().any(|symbol| self.uses.contains_key(symbol));
        for (i, symbols) in taken.into_iter().enumerate() {
            let by = (!is_whole).then(|| part(arena, (i < outputs.len()).then_some(i + 1)));
            self.parts.extend(by);
            for symbol in symbols {
                self.uses.entry(symbol).or_default().push(Use { by, left: false });
            }
        }
    }

    /// From the loss down, so that what uses a name is known before it.
    fn count(&mut self, forward: &Forward) {
        let names = forward.definitions.iter().rev().map(|definition| definition.symbol);
        for name in names.chain(forward.inputs.iter().chain(&forward.parameters).copied()) {
            let uses = self.uses.get(&name).into_iter().flatten();
            let through = uses.map(|used| match used.by.filter(|_| !self.is_end(used.by)) {
                Some(by) => self.number_of_paths(by),
                None => 1,
            });
            let count = through.fold(0, u128::saturating_add);
            self.counts.insert(name, count);
        }
    }

    /// The same with other names.
    #[must_use]
    pub fn renamed(self, mut to: impl FnMut(SymbolId) -> SymbolId) -> Self {
        let Self { uses, parts, counts } = self;
        let mut renamed = Self { parts: parts.into_iter().map(&mut to).collect(), ..Self::default() };
        let uses = uses.into_iter().map(|(name, uses)| {
            let uses = uses.into_iter().map(|used| Use { by: used.by.map(&mut to), ..used }).collect();
            (to(name), uses)
        });
        renamed.uses.extend(uses);
        renamed.counts.extend(counts.into_iter().map(|(name, count)| (to(name), count)));
        renamed
    }

    fn is_end(&self, name: Option<SymbolId>) -> bool {
        name.is_none_or(|name| self.parts.contains(&name))
    }

    /// How many paths lead from the variable to J, at most `u128::MAX`.
    #[must_use]
    pub fn number_of_paths(&self, variable: SymbolId) -> u128 {
        self.counts.get(&variable).copied().unwrap_or_default()
    }

    /// The names of the parts of J, the penalties last; none where it is one.
    #[must_use]
    pub fn parts(&self) -> &[SymbolId] {
        &self.parts
    }

    /// The factors of ∂J/∂`variable` along each path: ∂J/∂A_L · ∂A_L/∂Z_L ⋯ down to the variable, the last one first if it
    /// enters on the left. The paths add up.
    #[must_use]
    pub fn paths(&self, variable: SymbolId) -> Vec<Vec<Factor>> {
        let mut paths = Vec::new();
        let mut open = vec![(Some(variable), Vec::new())];
        while let Some((at, mut path)) = open.pop() {
            let Some(by) = at.filter(|_| !self.is_end(at)) else {
                paths.push(self.in_order(variable, path));
                continue;
            };
            let uses = self.uses.get(&by).map_or(&[][..], Vec::as_slice);
            // What is pushed last is followed first.
            for (place, used) in uses.iter().enumerate().rev() {
                let mut longer: Vec<Factor> = if place == 0 { std::mem::take(&mut path) } else { path.clone() };
                longer.push(Factor { of: used.by, by });
                open.push((used.by, longer));
            }
        }
        paths
    }

    /// From the loss down.
    fn in_order(&self, variable: SymbolId, mut path: Vec<Factor>) -> Vec<Factor> {
        path.reverse();
        let last = path.last().and_then(|factor| factor.of);
        let left = self.uses.get(&variable).is_some_and(|uses| uses.iter().any(|used| used.by == last && used.left));
        if left && let Some(last) = path.pop() {
            path.insert(0, last);
        }
        path
    }
}

/// The name of a loss, J₁ of the first, or of the penalties, R.
fn part(arena: &mut Arena, loss: Option<usize>) -> SymbolId {
    let label: Option<Arc<str>> = loss.map(|number| number.to_string().into());
    let name = if loss.is_some() { "J" } else { "R" };
    arena.intern(Symbol::new(Role::Adjoint, name, label.as_ref(), Dim::one(), Dim::one()))
}
