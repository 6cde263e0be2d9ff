//! The wanted variables → the rules on the way to them, and which of those are written where the network is deep.

use std::collections::{HashMap, HashSet};

use crate::{
    expr::SymbolId,
    gradient::{
        Derivation,
        steps::{Rule, Steps},
    },
};

/// So many layers are written one by one.
pub const LAYERS: usize = 12;

/// So many definitions, Z and A of each.
pub const SHOWN: usize = 2 * LAYERS;

/// Of more, so many at either end: 3 layers.
pub const END: usize = 6;

/// The rules that are needed, from the loss down.
pub struct Plan<'a> {
    /// All of them.
    pub rules: Vec<&'a Rule>,
    /// What is left out.
    pub elided: Option<Elided>,
    /// How many definitions are above each one.
    depth: HashMap<SymbolId, usize>,
    /// The uses of each name, in the order of the network.
    by_variable: HashMap<SymbolId, Vec<&'a Rule>>,
    /// What is wanted, or on the way to it, from the loss down; what is no value comes last.
    names: Vec<SymbolId>,
}

/// The middle of a deep network.
#[derive(Clone, Copy, Debug)]
pub struct Elided {
    /// The first name below what is written: its derivative comes in.
    pub first: SymbolId,
    /// The name whose derivative comes in where the writing goes on.
    pub last: SymbolId,
    /// The definitions between them.
    pub definitions: usize,
    from: usize,
    to: usize,
}

impl<'a> Plan<'a> {
    /// Follows each variable up to the loss.
    pub fn new(derivation: &Derivation, steps: &'a Steps, variables: &[SymbolId]) -> Self {
        let arena = &derivation.forward.arena;
        let mut needed: HashSet<SymbolId> = variables.iter().copied().collect();
        let mut rules: Vec<&Rule> = Vec::new();
        for rule in steps.rules.iter().rev() {
            if needed.contains(&rule.variable) {
                needed.insert(rule.definition.symbol);
                rules.push(rule);
            }
        }
        // Within a definition the operands keep their order: the way on, then W, then b.
        let place: HashMap<SymbolId, usize> =
            derivation.forward.definitions.iter().enumerate().map(|(i, d)| (d.symbol, i)).collect();
        rules.reverse();
        rules.sort_by_key(|rule| {
            let parameter = !arena.symbol(rule.variable).is_value();
            (std::cmp::Reverse(place.get(&rule.definition.symbol)), parameter, rule.variable)
        });
        let mut order: Vec<SymbolId> = rules.iter().map(|rule| rule.definition.symbol).collect();
        order.dedup();
        let elided = (order.len() > SHOWN).then(|| {
            let to = order.len() - END;
            Elided { first: order[END], last: order[to], definitions: to - END, from: END, to }
        });
        let depth = order.into_iter().enumerate().map(|(i, symbol)| (symbol, i)).collect();
        let mut by_variable: HashMap<SymbolId, Vec<&Rule>> = HashMap::new();
        for rule in rules.iter().rev() {
            by_variable.entry(rule.variable).or_default().push(rule);
        }
        let mut names: Vec<SymbolId> = needed.into_iter().collect();
        names.sort_by_key(|name| (!arena.symbol(*name).is_value(), std::cmp::Reverse(place.get(name)), *name));
        Self { rules, elided, depth, by_variable, names }
    }

    /// The rules that are written.
    pub fn shown(&self) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let shown: Vec<&'a Rule> = self.rules.iter().copied().filter(|rule| self.is_shown(rule)).collect();
        shown.into_iter()
    }

    /// What is wanted, or on the way to it, from the loss down: first values, then parameters.
    pub fn names(&self) -> &[SymbolId] {
        &self.names
    }

    /// The rules by which the variable is reached; none of a Ŷ that the loss alone takes.
    pub fn rules_of(&self, variable: SymbolId) -> &[&'a Rule] {
        self.by_variable.get(&variable).map_or(&[], Vec::as_slice)
    }

    /// The last of them: the only one in a chain.
    pub fn rule_of(&self, variable: SymbolId) -> Option<&'a Rule> {
        self.rules_of(variable).last().copied()
    }

    /// Whether all of them are written.
    pub fn is_reached(&self, variable: SymbolId) -> bool {
        self.rules_of(variable).iter().all(|rule| self.is_shown(rule))
    }

    /// Whether the rule is written.
    pub fn is_shown(&self, rule: &Rule) -> bool {
        let depth = self.depth.get(&rule.definition.symbol).copied();
        depth.is_some_and(|depth| self.elided.is_none_or(|elided| depth < elided.from || depth >= elided.to))
    }

    /// Whether rules were left out between the definition `last` and this one.
    pub fn is_gap(&self, last: SymbolId, rule: &Rule) -> bool {
        let above = self.depth.get(&last).zip(self.elided).is_some_and(|(depth, elided)| *depth < elided.from);
        above && self.is_below_gap(rule)
    }

    /// Whether rules were left out above this one.
    pub fn is_below_gap(&self, rule: &Rule) -> bool {
        let depth = self.depth.get(&rule.definition.symbol);
        depth.zip(self.elided).is_some_and(|(depth, elided)| *depth >= elided.to)
    }

    /// Whether the rule is the last one that is needed.
    pub fn is_deepest(&self, rule: &Rule) -> bool {
        self.rules.last().is_some_and(|last| last.variable == rule.variable)
    }
}
