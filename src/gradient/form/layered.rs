//! The sweep over all definitions → the layered form: Δ_l by Δ_{l+1}, gradients by Δ_l.

use std::collections::{BTreeMap, HashMap};

use super::super::{
    Derivative, Form, Gradient, GradientError,
    adjoint::{accumulate, plus, sweep, zero},
};
use super::gate::slopes;
use crate::{
    expr::{Arena, Definition, ExprId, Function, Op, Role, Scalar, Substitution, Symbol, SymbolId, normal::normal},
    network::forward::{Forward, Output},
};

/// The error as it enters the last layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputError {
    /// E = ∂J/∂A_L in terms of Ŷ and Y.
    pub by_prediction: ExprId,
    /// Δ_L = ∂J/∂Z_L; E where Ŷ is no function of a single Z.
    pub by_pre_activation: ExprId,
    /// ∂J/∂Y, where the target is a value of the network.
    pub by_target: Option<ExprId>,
}

impl OutputError {
    /// Whether a product form begins with Δ_L: it has no more divisors than E, and with as many no more nodes, or it is a
    /// plain sum, with no product by a derivative left in it.
    #[must_use]
    pub fn is_fused(&self, arena: &Arena) -> bool {
        let is_product = |op: &Op<ExprId>| {
            let multiplies = matches!(op, Op::Multiply(_) | Op::Hadamard(_) | Op::Reciprocal(_) | Op::Diagonal(_));
            multiplies || matches!(op, Op::Map(_, 1.., _))
        };
        let complexity = |root| {
            let parts = arena.reachable(&[root]);
            (parts.iter().filter(|id| matches!(arena.op(**id), Op::Reciprocal(_))).count(), parts.len())
        };
        complexity(self.by_pre_activation) <= complexity(self.by_prediction)
            || !arena.reachable(&[self.by_pre_activation]).iter().any(|id| is_product(arena.op(*id)))
    }

    /// Whether the loss absorbs the last activation: Δ_L is fused, and no derivative and no divisor is left in it. Of
    /// poisson with softplus, say, it is fused and keeps a divisor.
    #[must_use]
    pub fn is_absorbed(&self, arena: &Arena) -> bool {
        let is_left = |op: &Op<ExprId>| matches!(op, Op::Map(_, 1.., _) | Op::Reciprocal(_));
        let parts = arena.reachable(&[self.by_pre_activation]);
        let is_other = self.by_pre_activation != self.by_prediction;
        is_other && self.is_fused(arena) && !parts.iter().any(|id| is_left(arena.op(*id)))
    }

    /// The mean prediction error that a product form begins with: Δ_L where it is fused, else E.
    #[must_use]
    pub fn error(&self, arena: &Arena) -> ExprId {
        if self.is_fused(arena) { self.by_pre_activation } else { self.by_prediction }
    }
}

/// ∂J/∂A_L, and ∂J/∂Z_L through the last activation, of one loss, as the sweep produces them.
///
/// # Errors
/// An operator without a derivative.
pub fn raw_head(arena: &mut Arena, output: &Output, loss: ExprId) -> Result<OutputError, GradientError> {
    let Output { prediction, target, .. } = *output;
    let by_prediction = derivative(arena, loss, prediction.symbol)?;
    let mut by_pre_activation = by_prediction;
    if let Some(argument) = argument(arena, prediction) {
        let named = arena.named(prediction.symbol)?;
        let mut through_activation = Substitution::new();
        through_activation.replace(named, prediction.value);
        let inlined = through_activation.apply(arena, loss)?;
        by_pre_activation = derivative(arena, inlined, argument)?;
    }
    let given = arena.symbol(target).role == Role::Target;
    let by_target = if given { None } else { Some(derivative(arena, output.loss, target)?) };
    Ok(OutputError { by_prediction, by_pre_activation, by_target })
}

/// Z, if the definition is σ(Z) and nothing else is in it.
#[must_use]
pub fn argument(arena: &Arena, definition: Definition) -> Option<SymbolId> {
    let parts = arena.reachable(&[definition.value]);
    let mut symbols = parts.into_iter().filter_map(|id| arena.as_symbol(id));
    let z = symbols.next().filter(|z| symbols.next().is_none() && arena.symbol(*z).role == Role::PreActivation)?;
    Some(z)
}

/// Z, if the definition is an activation of it, with or without parameters of its own.
#[must_use]
pub fn pre_activation(arena: &Arena, definition: Definition) -> Option<SymbolId> {
    let parts = arena.reachable(&[definition.value]);
    let mut symbols = parts.into_iter().filter_map(|id| arena.as_symbol(id));
    symbols.find(|symbol| arena.symbol(*symbol).role == Role::PreActivation)
}

/// ∂root/∂by of a scalar; zero where it does not occur.
fn derivative(arena: &mut Arena, root: ExprId, by: SymbolId) -> Result<ExprId, GradientError> {
    let seed = arena.scalar(Scalar::integer(1))?;
    if let Some((_, adjoint)) = sweep(arena, root, seed, &|symbol, _| symbol == by)?.first() {
        return Ok(*adjoint);
    }
    let Symbol { rows, columns, .. } = arena.symbol(by).clone();
    Ok(arena.add(Op::Zero(rows, columns))?)
}

/// All adjoints, with a name Δ_l for each ∂J/∂Z_l, and for each ∂J/∂A_l of a layer without a Z that is used more than once:
/// every expression is of the size of one layer.
///
/// # Errors
/// An operator without a derivative.
pub fn layered(forward: &mut Forward, output_errors: &[OutputError]) -> Result<Gradient, GradientError> {
    layered_naming(forward, output_errors, &[])
}

/// The same with a Δ for these values too, where they have no Z.
///
/// # Errors
/// As [`layered`].
pub fn layered_naming(
    forward: &mut Forward,
    output_errors: &[OutputError],
    named: &[SymbolId],
) -> Result<Gradient, GradientError> {
    let taken = times_taken(forward);
    let mut norms = Norms::new(forward)?;
    let Forward { arena, definitions, outputs, penalty, .. } = forward;
    let [mut adjoints, at_output] = at_outputs(arena, outputs, output_errors)?;
    let mut gradient = Gradient::new(Form::Layered);
    for Definition { symbol, value } in definitions.iter().rev() {
        let others = adjoints.get(symbol).copied();
        if let Some(by_prediction) = at_output.get(symbol).copied() {
            let sum = match others {
                None => by_prediction,
                Some(others) => plus(arena, by_prediction, others)?,
            };
            adjoints.insert(*symbol, sum);
        }
        // What a loss adds has reached Z already, through the activation and the loss in one.
        let Some(mut seed) = others else { continue };
        let of = arena.symbol(*symbol);
        let definition = Definition { symbol: *symbol, value: *value };
        let is_value =
            pre_activation(arena, definition).is_none() && matches!(of.role, Role::Activation | Role::Prediction);
        let several = is_value && (taken.get(symbol).is_some_and(|times| *times > 1) || is_used_often(arena, *value));
        let is_name = arena.as_symbol(seed).is_some();
        if of.role == Role::PreActivation || several && !is_name || is_value && named.contains(symbol) {
            let delta = delta(arena, *symbol);
            gradient.definitions.push(Definition { symbol: delta, value: seed });
            // What is 0 is so wherever it goes.
            seed = if arena.facts(seed).zero { seed } else { arena.named(delta)? };
            adjoints.insert(*symbol, seed);
        }
        let slopes = slopes(arena, definition)?;
        for (operand, contribution) in norms.handed_on(arena, definition, seed)? {
            let contribution = match slopes {
                Some((z, slopes)) if z == operand => arena.hadamard(seed, slopes)?,
                _ => contribution,
            };
            let contribution = if arena.facts(contribution).zero { zero(arena, contribution)? } else { contribution };
            add_in_order(arena, &mut adjoints, operand, contribution)?;
        }
    }
    if let Some(penalty) = *penalty {
        for (operand, contribution) in of_penalty(arena, penalty)? {
            accumulate(arena, &mut adjoints, operand, contribution)?;
        }
    }
    gradient.derivatives = adjoints.into_iter().map(|(variable, value)| Derivative { variable, value }).collect();
    Ok(gradient)
}

/// What the losses give to the values they are of: to Z and to targets, and to the outputs of whose Z they know.
fn at_outputs(
    arena: &mut Arena,
    outputs: &[Output],
    output_errors: &[OutputError],
) -> Result<[BTreeMap<SymbolId, ExprId>; 2], GradientError> {
    let [mut adjoints, mut at_output] = [BTreeMap::new(), BTreeMap::new()];
    for (output, head) in outputs.iter().zip(output_errors) {
        let Definition { symbol, .. } = output.prediction;
        if let Some(by_target) = head.by_target {
            accumulate(arena, &mut adjoints, output.target, by_target)?;
        }
        let Some(z) = argument(arena, output.prediction) else {
            accumulate(arena, &mut adjoints, symbol, head.by_prediction)?;
            continue;
        };
        accumulate(arena, &mut at_output, symbol, head.by_prediction)?;
        accumulate(arena, &mut adjoints, z, head.by_pre_activation)?;
    }
    Ok([adjoints, at_output])
}

/// What a penalty gives to each weight, with 2 W for the derivative of W².
///
/// # Errors
/// None for a penalty.
pub fn of_penalty(arena: &mut Arena, penalty: ExprId) -> Result<Vec<(SymbolId, ExprId)>, GradientError> {
    let one = arena.scalar(Scalar::integer(1))?;
    let swept = sweep(arena, penalty, one, &|_, symbol| symbol.is_active())?;
    let mut double = Substitution::new();
    let mut found = Vec::with_capacity(swept.len());
    for (variable, contribution) in swept {
        #[allow(clippy::wildcard_enum_match_arm, reason = "all other operators stay")]
        let doubled = double.apply_with(arena, contribution, |arena, _, op| match op {
            Op::Map(Function::Square, 1, [w]) => arena.scale_by(Scalar::integer(2), w),
            Op::Scale([s, a]) => match (arena.facts(s).scalar.clone(), arena.op(a).clone()) {
                (Some(outer), Op::Scale([t, rest])) => {
                    match arena.facts(t).scalar.as_ref().and_then(|t| outer.times(t)) {
                        Some(both) => arena.scale_by(both, rest),
                        None => arena.add(op),
                    }
                }
                _ => arena.add(op),
            },
            _ => arena.add(op),
        })?;
        found.push((variable, doubled));
    }
    Ok(found)
}

/// Adds what a use gives before what later ones gave: in the order of the network. A name alone, which is a skip, stays first.
pub(super) fn add_in_order(
    arena: &mut Arena,
    adjoints: &mut BTreeMap<SymbolId, ExprId>,
    operand: SymbolId,
    contribution: ExprId,
) -> Result<(), GradientError> {
    match adjoints.get(&operand).copied() {
        Some(later) if arena.as_symbol(later).is_none() => {
            let sum = plus(arena, contribution, later)?;
            adjoints.insert(operand, sum);
            Ok(())
        }
        Some(_) | None => accumulate(arena, adjoints, operand, contribution),
    }
}

/// How many definitions and losses take each name.
#[must_use]
pub fn times_taken(forward: &Forward) -> HashMap<SymbolId, usize> {
    let arena = &forward.arena;
    let mut times = HashMap::new();
    let values = forward.definitions.iter().map(|definition| definition.value);
    for root in values.chain(forward.outputs.iter().map(|output| output.loss)) {
        for symbol in arena.reachable(&[root]).into_iter().filter_map(|id| arena.as_symbol(id)) {
            *times.entry(symbol).or_insert(0) += 1;
        }
    }
    times
}

/// The names r and H of norms: r is written out to be differentiated, and both are written for what they stand for in
/// what comes of it.
pub struct Norms {
    /// r as it is defined.
    pub(in crate::gradient) inline: Substitution,
    /// r and H by name.
    pub(in crate::gradient) fold: Substitution,
}

impl Norms {
    /// Reads them off the definitions.
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn new(forward: &mut Forward) -> Result<Self, GradientError> {
        let Forward { arena, definitions, .. } = forward;
        let (mut inline, mut fold) = (Substitution::new(), Substitution::new());
        for Definition { symbol, value } in definitions.iter() {
            let named = arena.named(*symbol)?;
            if arena.symbol(*symbol).role == Role::InverseRms {
                inline.replace(named, *value);
                fold.replace(*value, named);
                continue;
            }
            let written_out = inline.apply(arena, *value)?;
            if written_out != *value && normal(arena, written_out)?.is_some() {
                fold.replace(written_out, named);
            }
        }
        Ok(Self { inline, fold })
    }

    /// What a definition makes of `seed`, ∂J/∂definition, for each name that it is made of. A norm is one step: nothing
    /// is handed on by its r alone.
    ///
    /// # Errors
    /// An operator without a derivative.
    pub fn handed_on(
        &mut self,
        arena: &mut Arena,
        definition: Definition,
        seed: ExprId,
    ) -> Result<Vec<(SymbolId, ExprId)>, GradientError> {
        if arena.symbol(definition.symbol).role == Role::InverseRms {
            return Ok(Vec::new());
        }
        let value = self.inline.apply(arena, definition.value)?;
        let mut handed = sweep(arena, value, seed, &|_, symbol| symbol.is_active())?;
        for (_, contribution) in &mut handed {
            *contribution = self.fold.apply(arena, *contribution)?;
        }
        Ok(handed)
    }
}

/// Whether the adjoint of such a value is written more than once: the value is made of several values, or a norm's.
fn is_used_often(arena: &Arena, value: ExprId) -> bool {
    let parts = arena.reachable(&[value]);
    let symbols = || parts.iter().filter_map(|id| arena.as_symbol(*id)).map(|symbol| arena.symbol(symbol));
    let is_norm = symbols().any(|symbol| matches!(symbol.role, Role::Normalised | Role::InverseRms));
    let holds_value = |id: &ExprId| {
        let mut parts = arena.reachable(&[*id]).into_iter().filter_map(|id| arena.as_symbol(id));
        parts.any(|symbol| arena.symbol(symbol).is_value())
    };
    is_norm || arena.op(value).children().iter().filter(|child| holds_value(child)).count() > 1
}

/// The name Δ_l = ∂J/∂Z_l, or ∂J/∂A_l of a layer without a Z.
pub fn delta(arena: &mut Arena, z: SymbolId) -> SymbolId {
    let Symbol { label, rows, columns, .. } = arena.symbol(z).clone();
    arena.intern(Symbol::new(Role::Adjoint, "Δ", label.as_ref(), rows, columns))
}
