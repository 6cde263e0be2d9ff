//! The open product form → the product form with its errors, the sum over all paths, the Jacobians of an output.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Open, linear::check_length};
use crate::{
    expr::{Arena, ExprId, Op, Substitution, SymbolId},
    gradient::{
        Derivative, Form, Gradient, GradientError, MAX_PATHS,
        adjoint::{accumulate, without_cancelled},
        form::{
            layered::of_penalty,
            per_sample::{per_sample, sample_symbol},
        },
    },
};

/// The product form: errors as they are, and what a penalty adds.
///
/// # Errors
/// [`GradientError::CrossedPaths`] where paths cross too often to be written.
pub fn product(arena: &mut Arena, open: Open, penalty: Option<ExprId>) -> Result<Gradient, GradientError> {
    let mut inline = Substitution::new();
    for (name, value) in &open.errors {
        inline.replace(*name, *value);
    }
    let mut results = BTreeMap::new();
    for (variable, value) in open.results {
        results.insert(variable, inline.apply(arena, value)?);
    }
    if let Some(penalty) = penalty {
        for (variable, contribution) in of_penalty(arena, penalty)? {
            accumulate(arena, &mut results, variable, contribution)?;
        }
    }
    for value in results.values_mut() {
        *value = cancelled(arena, *value)?;
    }
    check_length(arena, results.values().copied())?;
    let derivatives = results.into_iter().map(|(variable, value)| Derivative { variable, value }).collect();
    let Open { gates, matrices, .. } = open;
    Ok(Gradient { definitions: matrices, derivatives, gates, ..Gradient::new(Form::Product) })
}

/// The sum without terms that cancel, 0 if all do.
fn cancelled(arena: &mut Arena, sum: ExprId) -> Result<ExprId, GradientError> {
    let terms = arena.terms(sum);
    let kept = without_cancelled(arena, terms.clone());
    if kept.len() == terms.len() {
        return Ok(sum);
    }
    let (rows, columns) = arena.dims(sum)?;
    let mut kept = kept.into_iter();
    let Some(first) = kept.next() else { return Ok(arena.add(Op::Zero(rows, columns))?) };
    kept.try_fold(first, |sum, term| Ok(arena.plus(sum, term)?))
}

/// Each product over sums as the sum over the paths through them; of a variable with more than [`MAX_PATHS`] only their number.
///
/// # Errors
/// A defect of the derivation.
pub fn multiplied_out(arena: &mut Arena, open: Open) -> Result<(Open, BTreeMap<SymbolId, u128>), GradientError> {
    let mut terms = Terms { numbers: HashMap::new(), of: HashMap::new() };
    let (mut results, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for (variable, value) in open.results {
        let number = terms.number(arena, value);
        numbers.insert(variable, number);
        if number <= MAX_PATHS {
            results.insert(variable, terms.sum(arena, value)?);
        }
    }
    Ok((Open { results, ..open }, numbers))
}

/// What sums are multiplied out.
struct Terms {
    numbers: HashMap<ExprId, u128>,
    of: HashMap<ExprId, Vec<ExprId>>,
}

impl Terms {
    /// How many terms there will be.
    fn number(&mut self, arena: &Arena, root: ExprId) -> u128 {
        for id in unknown(arena, root, |id| self.numbers.contains_key(&id)) {
            let of = |child: &ExprId| self.numbers[child];
            #[allow(clippy::wildcard_enum_match_arm, reason = "no other operator is linear in what comes in")]
            let number = match arena.op(id) {
                Op::Add([a, b]) => of(a).saturating_add(of(b)),
                Op::Multiply([a, b]) | Op::Hadamard([a, b]) => of(a).saturating_mul(of(b)),
                Op::Scale([_, a]) | Op::Transpose([a]) => of(a),
                _ => 1,
            };
            self.numbers.insert(id, number);
        }
        self.numbers[&root]
    }

    fn sum(&mut self, arena: &mut Arena, root: ExprId) -> Result<ExprId, GradientError> {
        for id in unknown(arena, root, |id| self.of.contains_key(&id)) {
            let terms = self.terms(arena, id)?;
            self.of.insert(id, terms);
        }
        let (first, rest) = self.of[&root].split_first().map_or((root, &[][..]), |(first, rest)| (*first, rest));
        let mut sum = first;
        for term in rest {
            sum = arena.plus(sum, *term)?;
        }
        Ok(sum)
    }

    /// The terms of a node whose operands' terms are known. I times a path is the path.
    fn terms(&self, arena: &mut Arena, id: ExprId) -> Result<Vec<ExprId>, GradientError> {
        let mut terms = Vec::new();
        #[allow(clippy::wildcard_enum_match_arm, reason = "no other operator is linear in what comes in")]
        match *arena.op(id) {
            Op::Add([a, b]) => terms.extend(self.of[&a].iter().chain(&self.of[&b])),
            Op::Scale([s, a]) => {
                for term in &self.of[&a] {
                    terms.push(arena.scale(s, *term)?);
                }
            }
            Op::Transpose([a]) => {
                for term in &self.of[&a] {
                    terms.push(arena.transpose(*term)?);
                }
            }
            Op::Multiply([a, b]) => {
                for (left, right) in self.pairs(a, b) {
                    terms.push(match (arena.op(left), arena.op(right)) {
                        (Op::Identity(_), _) => right,
                        (_, Op::Identity(_)) => left,
                        _ => arena.multiply(left, right)?,
                    });
                }
            }
            Op::Hadamard([a, b]) => {
                for (left, right) in self.pairs(a, b) {
                    terms.push(arena.hadamard(left, right)?);
                }
            }
            _ => terms.push(id),
        }
        Ok(terms)
    }

    fn pairs(&self, a: ExprId, b: ExprId) -> Vec<(ExprId, ExprId)> {
        let with = |left: &ExprId| self.of[&b].iter().map(|right| (*left, *right)).collect::<Vec<_>>();
        self.of[&a].iter().flat_map(with).collect()
    }
}

/// The parts of `root` of which nothing is known yet, operands first: what several roots share is gone through once.
fn unknown(arena: &Arena, root: ExprId, is_known: impl Fn(ExprId) -> bool) -> Vec<ExprId> {
    let (mut todo, mut found, mut seen) = (vec![root], Vec::new(), HashSet::new());
    while let Some(&id) = todo.last() {
        if is_known(id) || seen.contains(&id) {
            todo.pop();
            continue;
        }
        let children = arena.op(id).children().iter().copied();
        let pending: Vec<ExprId> = children.filter(|child| !is_known(*child) && !seen.contains(child)).collect();
        if pending.is_empty() {
            seen.insert(id);
            found.push(id);
            todo.pop();
        }
        todo.extend(pending);
    }
    found
}

/// The Jacobians of an output by each value: what stands behind its error in the row of one sample, where the error becomes I.
///
/// # Errors
/// [`GradientError::MixesSamples`], [`GradientError::CrossedPaths`].
pub fn jacobian(arena: &mut Arena, mut open: Open) -> Result<Gradient, GradientError> {
    open.results.retain(|variable, _| arena.symbol(*variable).is_value());
    let errors = std::mem::take(&mut open.errors);
    let product = product(arena, open, None)?;
    let mut gradient = per_sample(arena, &product)?;
    let mut one = Substitution::new();
    for (error, _) in errors {
        let (_, columns) = arena.dims(error)?;
        let row = arena.as_symbol(error).map(|error| sample_symbol(arena, error));
        let (row, identity) = (row.map(|row| arena.named(row)).transpose()?, arena.add(Op::Identity(columns))?);
        if let Some(row) = row {
            one.replace(row, identity);
        }
    }
    for derivative in &mut gradient.derivatives {
        derivative.value = one.apply(arena, derivative.value)?;
    }
    Ok(gradient)
}
