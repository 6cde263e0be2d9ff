//! Definitions that branch → the product form: between two values that every path to the loss passes stands one factor.
//!
//! In row form each definition hands its adjoint on by a matrix, δ_in = δ_out · M: Wᵀ of a dense layer, S of an activation,
//! I of a sum, N of a norm, diag of the other factor in an entrywise product. Of a value u, let p be the first value that every
//! path from u to J passes. Then δ_u = δ_p · T_u, where T_u is the sum, over all uses of u, of the products of matrices from p
//! down to u. So a residual block is one factor, (I + ⋯), and nothing is multiplied out. Where two losses meet, p is J itself
//! and δ_u is a sum.

mod expanded;
mod linear;
mod matrix;
mod norm;
mod written;

pub use self::{
    expanded::expanded,
    written::{jacobian, multiplied_out, product},
};

use std::collections::{BTreeMap, HashMap};

use self::linear::{identity, plus, times};
use super::{
    super::{
        GradientError,
        adjoint::{accumulate, sweep, without_cancelled},
    },
    expand::stop_of,
    gate::{Gate, agree},
    layered::{Norms, OutputError, add_in_order, argument, pre_activation},
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Scalar, Substitution, Symbol, SymbolId, normal::normal},
    network::forward::Forward,
    shape::Dim,
};

/// The product form with a name for the error that each loss gives, and without what penalties add.
#[derive(Clone, Debug)]
pub struct Open {
    /// δ of each value and parameter.
    pub results: BTreeMap<SymbolId, ExprId>,
    /// The errors: the name, what it stands for.
    pub errors: Vec<(ExprId, ExprId)>,
    /// What each S and diagonal stands for.
    pub gates: Vec<Gate>,
    /// The definitions of S and N.
    pub matrices: Vec<Definition>,
}

/// The product form of any network, open.
///
/// # Errors
/// [`GradientError::MixesSamples`] where a norm takes its means over the batch.
pub fn open(forward: &mut Forward, output_errors: &[OutputError]) -> Result<Open, GradientError> {
    opened(forward, output_errors, false)
}

/// The same, where the gates of the way down are told apart from those of the way up, if that `splits` them.
///
/// # Errors
/// As [`open`].
pub fn opened(forward: &mut Forward, output_errors: &[OutputError], splits: bool) -> Result<Open, GradientError> {
    let mut paths = Paths { splits, ..Paths::new(forward)? };
    paths.output_errors(forward, output_errors)?;
    paths.down(forward)
}

/// The names alone, for a sketch: norms that take their means over the batch have an N too.
///
/// # Errors
/// A defect of the derivation.
pub fn sketched(forward: &mut Forward, output_errors: &[OutputError]) -> Result<Open, GradientError> {
    let mut paths = Paths { sketches: true, ..Paths::new(forward)? };
    paths.output_errors(forward, output_errors)?;
    paths.down(forward)
}

/// The same from a value, whatever the losses are.
///
/// # Errors
/// As [`open`].
pub fn open_from(forward: &mut Forward, output: SymbolId) -> Result<Open, GradientError> {
    let mut paths = Paths::new(forward)?;
    let named = forward.arena.named(output)?;
    let error = paths.error(&mut forward.arena, named)?;
    paths.given.insert(output, error);
    paths.down(forward)
}

/// How a value hands its adjoint on to an operand.
#[derive(Clone, Copy)]
struct Use {
    /// The value that takes the operand.
    by: SymbolId,
    /// δ_operand = δ_by · matrix; none for I.
    matrix: Option<ExprId>,
}

/// Where every path from a value to J passes first.
#[derive(Clone, Copy)]
struct Passed {
    /// None: J itself.
    at: Option<SymbolId>,
    /// How many such values lie before J.
    depth: usize,
}

struct Paths {
    norms: Norms,
    /// Whether an activation's gates of both ways have names of their own where they differ.
    splits: bool,
    /// Whether N of a norm over the batch is a name without a value.
    sketches: bool,
    /// Filled from the loss down.
    uses: HashMap<SymbolId, Vec<Use>>,
    passed: HashMap<SymbolId, Passed>,
    /// T of each value, none for I.
    factors: HashMap<SymbolId, Option<ExprId>>,
    /// δ of each value as it flows on.
    adjoints: HashMap<SymbolId, Option<ExprId>>,
    /// What losses give to values, and what they give that has gone on already.
    given: BTreeMap<SymbolId, ExprId>,
    shown: BTreeMap<SymbolId, ExprId>,
    results: BTreeMap<SymbolId, ExprId>,
    errors: Vec<(ExprId, ExprId)>,
    gates: Vec<Gate>,
    matrices: Vec<Definition>,
    /// diag of each value's row of one sample.
    diagonals: HashMap<SymbolId, ExprId>,
}

/// diag(q) (I − (1 1ᵀ + h hᵀ)/f), of the root mean square alone diag(q) (I − h hᵀ/f): by what a norm of f entries multiplies what
/// arrives at them, where h is what it makes of them and q has 1/√(variance + ε) in each place.
///
/// # Errors
/// h and q are no columns of this length.
pub fn norm_matrix(
    arena: &mut Arena,
    [h, q]: [ExprId; 2],
    width: &Dim,
    centred: bool,
) -> Result<ExprId, GradientError> {
    let scale = arena.diagonal(q)?;
    let transposed = arena.transpose(h)?;
    let outer = arena.multiply(h, transposed)?;
    let mut lost = outer;
    if centred {
        let (column, row) = (arena.ones(width, &Dim::one())?, arena.ones(&Dim::one(), width)?);
        let ones = arena.multiply(column, row)?;
        lost = arena.plus(ones, outer)?;
    }
    let lost = arena.scale_by(Scalar::one_over(width), lost)?;
    let identity = arena.add(Op::Identity(width.clone()))?;
    let kept = arena.minus(identity, lost)?;
    Ok(arena.multiply(scale, kept)?)
}

impl Paths {
    fn new(forward: &mut Forward) -> Result<Self, GradientError> {
        Ok(Self {
            norms: Norms::new(forward)?,
            splits: false,
            sketches: false,
            uses: HashMap::new(),
            passed: HashMap::new(),
            factors: HashMap::new(),
            adjoints: HashMap::new(),
            given: BTreeMap::new(),
            shown: BTreeMap::new(),
            results: BTreeMap::new(),
            errors: Vec::new(),
            gates: Vec::new(),
            matrices: Vec::new(),
            diagonals: HashMap::new(),
        })
    }

    /// From the last definition to the inputs.
    fn down(mut self, forward: &mut Forward) -> Result<Open, GradientError> {
        let definitions = forward.definitions.clone();
        for definition in definitions.iter().rev() {
            if forward.arena.symbol(definition.symbol).role != Role::InverseRms {
                self.definition(forward, *definition)?;
            }
        }
        for input in forward.inputs.clone() {
            let value = self.adjoint(&mut forward.arena, input)?;
            self.results.extend(value.map(|value| (input, value)));
        }
        let Self { results, errors, gates, matrices, .. } = self;
        Ok(Open { results, errors, gates, matrices })
    }

    /// What the losses give: to Z where they absorb the activation, else to Ŷ.
    fn output_errors(&mut self, forward: &mut Forward, output_errors: &[OutputError]) -> Result<(), GradientError> {
        let Forward { arena, outputs, .. } = forward;
        for (output, head) in outputs.iter().zip(output_errors) {
            let prediction = output.prediction;
            let by_prediction = self.error(arena, head.by_prediction)?;
            match argument(arena, prediction).filter(|_| head.is_fused(arena)) {
                Some(z) => {
                    let by_pre_activation = self.error(arena, head.by_pre_activation)?;
                    accumulate(arena, &mut self.given, z, by_pre_activation)?;
                    accumulate(arena, &mut self.shown, prediction.symbol, by_prediction)?;
                }
                None => accumulate(arena, &mut self.given, prediction.symbol, by_prediction)?,
            }
            if let Some(by_target) = head.by_target {
                let by_target = self.error(arena, by_target)?;
                accumulate(arena, &mut self.given, output.target, by_target)?;
            }
        }
        Ok(())
    }

    /// A name for an error.
    fn error(&mut self, arena: &mut Arena, value: ExprId) -> Result<ExprId, GradientError> {
        let (rows, columns) = arena.dims(value)?;
        let label = format!("e{}", self.errors.len()).into();
        let name = arena.intern(Symbol::new(Role::Adjoint, "E", Some(&label), rows, columns));
        let name = arena.named(name)?;
        self.errors.push((name, value));
        Ok(name)
    }

    /// Hands the adjoint of a definition on to what it is made of.
    fn definition(&mut self, forward: &mut Forward, definition: Definition) -> Result<(), GradientError> {
        let arena = &mut forward.arena;
        let Definition { symbol, .. } = definition;
        let flows = self.adjoint(arena, symbol)?;
        let mut shown = flows;
        if let Some(given) = self.shown.get(&symbol).copied() {
            shown = Some(match flows {
                None => given,
                Some(flows) => arena.plus(given, flows)?,
            });
        }
        self.results.extend(shown.map(|shown| (symbol, shown)));
        let Some(flows) = flows else { return Ok(()) };
        let split = self.splits && stop_of(arena, definition).is_none() && !agree(arena, definition);
        if let Some(gate) = Gate::backward(arena, definition, split)? {
            let z = pre_activation(arena, definition).ok_or(GradientError::MixesSamples)?;
            self.matrices.push(Definition { symbol: gate.matrix, value: gate.value });
            self.gates.push(gate);
            let matrix = arena.named(gate.matrix)?;
            self.uses.entry(z).or_default().push(Use { by: symbol, matrix: Some(matrix) });
            for (parameter, contribution) in sweep(arena, definition.value, flows, &|_, symbol| !symbol.is_value())? {
                add_in_order(arena, &mut self.results, parameter, contribution)?;
            }
            return Ok(());
        }
        let written_out = self.norms.inline.apply(arena, definition.value)?;
        if let Some(found) = normal(arena, written_out)? {
            return self.norm(arena, definition, written_out, found);
        }
        let Symbol { rows, columns, .. } = arena.symbol(symbol).clone();
        let placeholder = arena.intern(Symbol::new(Role::Adjoint, "g", None, rows, columns));
        let seed = arena.named(placeholder)?;
        for (operand, contribution) in self.norms.handed_on(arena, definition, seed)? {
            if arena.symbol(operand).is_value() {
                let matrix = self.factor(arena, contribution, seed)?;
                self.uses.entry(operand).or_default().push(Use { by: symbol, matrix });
            } else {
                let mut inline = Substitution::new();
                inline.replace(seed, flows);
                let contribution = inline.apply(arena, contribution)?;
                add_in_order(arena, &mut self.results, operand, contribution)?;
            }
        }
        Ok(())
    }

    /// δ of a value whose uses are all known; none if J does not depend on it.
    fn adjoint(&mut self, arena: &mut Arena, symbol: SymbolId) -> Result<Option<ExprId>, GradientError> {
        if let Some(known) = self.adjoints.get(&symbol) {
            return Ok(*known);
        }
        let uses = self.uses.get(&symbol).cloned().unwrap_or_default();
        let uses: Vec<Use> =
            uses.into_iter().rev().filter(|used| self.adjoints.get(&used.by).is_some_and(Option::is_some)).collect();
        let given = self.given.get(&symbol).copied();
        let passed = self.passed_by(&uses, given.is_some());
        let adjoint = match passed.at {
            Some(at) => self.below(arena, symbol, at, &uses)?,
            None => self.of_losses(arena, given, &uses)?,
        };
        self.passed.insert(symbol, passed);
        self.adjoints.insert(symbol, adjoint);
        Ok(adjoint)
    }

    /// δ_p T of a value, where every path passes p, which is `at`.
    fn below(
        &mut self,
        arena: &mut Arena,
        symbol: SymbolId,
        at: SymbolId,
        uses: &[Use],
    ) -> Result<Option<ExprId>, GradientError> {
        let mut paths = Vec::with_capacity(uses.len());
        for used in uses {
            paths.push(self.from(arena, at, *used)?);
        }
        // A skip, which is I, comes first.
        paths.sort_by_key(Option::is_some);
        let like = arena.named(symbol)?;
        if paths.len() > 1 {
            let matrices: Vec<ExprId> =
                paths.iter().map(|path| path.map_or_else(|| identity(arena, like), Ok)).collect::<Result<_, _>>()?;
            let kept = without_cancelled(arena, matrices.clone());
            if kept.is_empty() {
                let (size, _) = arena.dims(matrices[0])?;
                let (_, columns) = arena.dims(like)?;
                paths = vec![Some(arena.add(Op::Zero(size, columns))?)];
            } else if kept.len() < matrices.len() {
                paths = kept.into_iter().map(Some).collect();
            }
        }
        let mut paths = paths.into_iter();
        let mut factor = paths.next().flatten();
        for path in paths {
            factor = Some(plus(arena, factor, path, like)?);
        }
        self.factors.insert(symbol, factor);
        times(arena, self.adjoints[&at], factor)
    }

    /// The sum over the uses of a value whose paths meet in J alone.
    fn of_losses(
        &self,
        arena: &mut Arena,
        given: Option<ExprId>,
        uses: &[Use],
    ) -> Result<Option<ExprId>, GradientError> {
        let mut sum = given;
        for used in uses {
            let Some(path) = times(arena, self.adjoints[&used.by], used.matrix)? else { continue };
            sum = Some(match sum {
                None => path,
                Some(sum) => arena.plus(sum, path)?,
            });
        }
        Ok(sum)
    }

    /// Where all paths by these uses meet.
    fn passed_by(&self, uses: &[Use], to_loss: bool) -> Passed {
        let root = Passed { at: None, depth: 0 };
        let Some((first, rest)) = uses.split_first().filter(|_| !to_loss) else { return root };
        let depth = |at: SymbolId| self.passed[&at].depth + 1;
        let mut meet = Passed { at: Some(first.by), depth: depth(first.by) };
        for used in rest {
            let mut other = Passed { at: Some(used.by), depth: depth(used.by) };
            while meet.at != other.at {
                let up = if meet.depth >= other.depth { &mut meet } else { &mut other };
                match up.at {
                    Some(at) => *up = self.passed[&at],
                    None => return root,
                }
            }
        }
        meet
    }

    /// The product of matrices from the value `at` down to the operand of a use.
    fn from(&self, arena: &mut Arena, at: SymbolId, used: Use) -> Result<Option<ExprId>, GradientError> {
        let mut path = used.matrix;
        let mut here = used.by;
        while here != at {
            let above = self.factors.get(&here).copied().flatten();
            path = times(arena, above, path)?;
            here = self.passed[&here].at.ok_or(GradientError::MixesSamples)?;
        }
        Ok(path)
    }
}
