//! A derivative of an expression → the sweep in steps: a name for each value in which the variable occurs, what is derived of
//! it, and how the derivative by the variable is put together of these.
#![allow(clippy::wildcard_enum_match_arm, reason = "few operators stand in line")]

use std::collections::{BTreeSet, HashMap};

use super::{Derivative, DiffError};
use crate::{
    expr::{Arena, ExprId, Op, Role, Symbol, SymbolId},
    gradient::adjoint::sweep,
    shape::{Dim, Shape},
    simplify::{Group, Limits, simplify},
};

/// A name, and what it stands for; without a name the expression, or the derivative by the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The name.
    pub symbol: Option<SymbolId>,
    /// What it stands for, in names of steps before it.
    pub value: ExprId,
}

/// One sweep in steps.
#[derive(Clone, Debug)]
pub struct Steps {
    /// The values that depend on the variable, in order; the last is the expression.
    pub values: Vec<Step>,
    /// The derivatives by these, the last value's first; the last is that by the variable.
    pub adjoints: Vec<Step>,
}

/// The sweep of `of` from `seed`, in steps; the formulas are in the arena of `derivative`.
///
/// # Errors
/// A defect: the sweep of the whole has gone through.
pub fn steps(derivative: &mut Derivative, of: ExprId, seed: ExprId) -> Result<Steps, DiffError> {
    let letters = letters(&derivative.arena);
    let variable = derivative.variable();
    let mut work = Work { arena: &mut derivative.arena, letters, named: HashMap::new(), values: Vec::new() };
    let active = work.active(of, variable);
    let order: Vec<ExprId> = work.arena.reachable(&[of]).into_iter().filter(|id| active.contains(id)).collect();
    for id in order {
        let is_part = id != of && !is_in_line(work.arena, id);
        let value = work.in_names(id)?;
        if id == of {
            work.values.push(Step { symbol: None, value });
        } else if is_part {
            let place = (work.values.len() + 1).to_string();
            let (symbol, name) = work.name(0, &place, id)?;
            work.named.insert(id, name);
            work.values.push(Step { symbol: Some(symbol), value });
        } else {
            work.named.insert(id, value);
        }
    }
    work.backward(seed, variable)
}

struct Work<'a> {
    arena: &'a mut Arena,
    /// That of values, and that of their derivatives.
    letters: [&'static str; 2],
    /// What is written for a part.
    named: HashMap<ExprId, ExprId>,
    values: Vec<Step>,
}

/// What stands in the formula of what it is a part of: names, transposes, and what the kernel writes where a reader sees the
/// part alone, a 1 × 1 matrix below the scalar that it is and the softmax of a row below that of the column.
fn is_in_line(arena: &Arena, id: ExprId) -> bool {
    let is_row_of_softmax =
        |id: ExprId| matches!(arena.op(id), Op::Softmax(_)) && arena.dims(id).is_ok_and(|(rows, _)| rows.is_one());
    let is_entry = arena.dims(id).is_ok_and(|(rows, columns)| rows.is_one() && columns.is_one());
    match *arena.op(id) {
        Op::Transpose([of]) => !is_row_of_softmax(of),
        Op::Symbol(_) => true,
        Op::Total([of]) if arena.as_symbol(of).is_some() && arena.dims(of).is_ok_and(|(rows, _)| rows.is_one()) => true,
        _ => is_entry || is_row_of_softmax(id),
    }
}

/// Two letters that are no names in the arena.
fn letters(arena: &Arena) -> [&'static str; 2] {
    let of = |letters: [&'static str; 5]| arena.free_letter(letters).unwrap_or("value");
    [of(["V", "T", "R", "M", "Z"]), of(["G", "D", "E", "N", "L"])]
}

impl Work<'_> {
    fn active(&self, of: ExprId, variable: SymbolId) -> BTreeSet<ExprId> {
        let mut active = BTreeSet::new();
        for id in self.arena.reachable(&[of]) {
            let op = self.arena.op(id);
            if *op == Op::Symbol(variable) || op.children().iter().any(|child| active.contains(child)) {
                active.insert(id);
            }
        }
        active
    }

    /// A part in the names of its parts.
    fn in_names(&mut self, id: ExprId) -> Result<ExprId, DiffError> {
        let op = self.arena.op(id).map(|child| self.named.get(child).copied().unwrap_or(*child));
        Ok(self.arena.add(op)?)
    }

    /// A name of the shape of `like`; of a scalar, the entry of one.
    fn name(&mut self, letter: usize, place: &str, like: ExprId) -> Result<(SymbolId, ExprId), DiffError> {
        let (rows, columns) = match self.arena.shape(like).clone() {
            Shape::Scalar => (Dim::one(), Dim::one()),
            Shape::Matrix(rows, columns) => (rows, columns),
        };
        let symbol = Symbol::new(Role::Variable, self.letters[letter], Some(&place.into()), rows, columns);
        let symbol = self.arena.intern(symbol);
        let named = self.arena.named(symbol)?;
        Ok((symbol, if *self.arena.shape(like) == Shape::Scalar { self.arena.total(named)? } else { named }))
    }

    /// What each value gives to those that it is made of, from the last to the first.
    fn backward(mut self, seed: ExprId, variable: SymbolId) -> Result<Steps, DiffError> {
        let mut given: HashMap<SymbolId, ExprId> = HashMap::new();
        let mut adjoints = Vec::new();
        for Step { symbol, value } in self.values.clone().into_iter().rev() {
            let above = match symbol {
                None => seed,
                Some(symbol) => {
                    let Some(found) = given.get(&symbol).copied() else { continue };
                    let found = self.shown(found, value)?;
                    let place = self.arena.symbol(symbol).label.as_deref().unwrap_or_default().to_owned();
                    let (symbol, name) = self.name(1, &place, value)?;
                    adjoints.push(Step { symbol: Some(symbol), value: found });
                    name
                }
            };
            let names: Vec<SymbolId> = self.values.iter().filter_map(|step| step.symbol).chain([variable]).collect();
            for (part, contribution) in sweep(self.arena, value, above, &|symbol, _| names.contains(&symbol))? {
                let sum = match given.get(&part) {
                    Some(known) => self.arena.plus(*known, contribution)?,
                    None => contribution,
                };
                given.insert(part, sum);
            }
        }
        if let Some(found) = given.get(&variable).copied() {
            let Symbol { rows, columns, .. } = self.arena.symbol(variable);
            let found = if rows.is_one() && columns.is_one() { self.arena.total(found)? } else { found };
            let value = self.simple(found);
            adjoints.push(Step { symbol: None, value });
        }
        Ok(Steps { values: self.values, adjoints })
    }

    /// Of a scalar, the one entry.
    fn shown(&mut self, found: ExprId, like: ExprId) -> Result<ExprId, DiffError> {
        let is_entry = *self.arena.shape(like) == Shape::Scalar && *self.arena.shape(found) != Shape::Scalar;
        let found = if is_entry { self.arena.total(found)? } else { found };
        Ok(self.simple(found))
    }

    fn simple(&mut self, found: ExprId) -> ExprId {
        let limits = Limits { nodes: Some(2_000), ..Limits::default() };
        simplify(self.arena, &[found], Group::Expression, limits).roots[0]
    }
}
