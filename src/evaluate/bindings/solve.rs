//! Equations between dimensions and numbers → the numbers that most arrays give to each name.

use std::collections::BTreeMap;

use crate::{
    evaluate::arrays::Slot,
    shape::{Dim, DimError},
};

/// An axis of an array: `dim` must come to `number`.
#[derive(Clone, Copy)]
pub(super) struct Equation<'a> {
    pub dim: &'a Dim,
    pub number: u64,
    /// The array's name.
    pub array: &'a str,
}

/// What the names stand for.
#[derive(Default)]
pub(super) struct Solution(BTreeMap<String, Known>);

/// A number and the arrays that give it.
struct Known {
    number: u64,
    arrays: Vec<String>,
}

/// Solves c·name + rest = number as long as a name can be found so. Of different numbers for one name that of the
/// most arrays is taken, the earliest of equals.
pub(super) fn solve(equations: &[Equation<'_>]) -> Solution {
    let mut solution = Solution::default();
    loop {
        let mut votes: BTreeMap<String, Vec<(u64, &str)>> = BTreeMap::new();
        for Equation { dim, number, array } in equations {
            if let Some((name, value)) = solution.bind(dim).ok().and_then(|dim| root(&dim, *number)) {
                votes.entry(name).or_default().push((value, array));
            }
        }
        if votes.is_empty() {
            return solution;
        }
        solution.0.extend(votes.into_iter().map(|(name, votes)| (name, elect(&votes))));
    }
}

/// `name` and its number, if `dim` is c·name + rest and a positive integer solves the equation.
fn root(dim: &Dim, number: u64) -> Option<(String, u64)> {
    let (coefficient, name, rest) = dim.unknown()?;
    let product = number.checked_sub(rest).filter(|product| *product > 0 && product % coefficient == 0)?;
    Some((name.to_owned(), product / coefficient))
}

fn elect(votes: &[(u64, &str)]) -> Known {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for (number, _) in votes {
        *counts.entry(*number).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or_default();
    let number = votes.iter().map(|(number, _)| *number).find(|number| counts[number] == most).unwrap_or_default();
    let mut arrays: Vec<String> =
        votes.iter().filter(|(value, _)| *value == number).map(|(_, array)| (*array).to_owned()).collect();
    arrays.dedup();
    Known { number, arrays }
}

impl Solution {
    /// The dimension with every known name replaced.
    pub fn bind(&self, dim: &Dim) -> Result<Dim, DimError> {
        dim.bound(&|name| self.number(name))
    }

    /// The number of a name.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).map(|known| known.number)
    }

    /// All names and numbers.
    pub fn numbers(&self) -> impl Iterator<Item = (String, u64)> {
        self.0.iter().map(|(name, known)| (name.clone(), known.number))
    }

    /// For every known name of the place: its number, and which other arrays give it.
    pub fn reasons(&self, slot: &Slot) -> Vec<String> {
        let mut names = slot.rows.names();
        names.extend(slot.columns.names());
        names.dedup();
        let reason = |name: &str| {
            let known = self.0.get(name)?;
            let others = known.arrays.iter().filter(|array| **array != slot.name);
            let others: Vec<String> = others.take(4).map(|array| format!("`{array}`")).collect();
            (!others.is_empty()).then(|| format!("{name} = {} by the shape of {}", known.number, others.join(", ")))
        };
        names.into_iter().filter_map(reason).collect()
    }
}
