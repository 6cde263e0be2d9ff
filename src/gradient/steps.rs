//! Definitions → what each local derivative does to the derivative that comes in, as the sweep applies it.
//!
//! What comes in is a name: ∂J/∂Z for the definition of Z. So every rule is one line, however deep the network is, and
//! the rules joined are the chain rule with nothing left out.

use std::collections::HashMap;

use super::{
    Derivative, Form, Gradient, GradientError,
    form::{
        layered::{Norms, of_penalty},
        per_sample,
    },
};
use crate::{
    expr::{
        Arena, Definition, ExprId, Op, Role, Substitution, Symbol, SymbolId,
        normal::{Normal, normal},
    },
    network::forward::Forward,
};

/// How a local derivative meets what comes in, G.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enters {
    /// G b
    Right(ExprId),
    /// a G
    Left(ExprId),
    /// G ⊙ d
    Entrywise(ExprId),
    /// G
    Unchanged,
    /// s G
    Scaled(ExprId),
    /// (a G)ᵀ, where v stands transposed in d.
    Transposed(ExprId),
    /// a (G ⊙ d), where v is a row that is spread over the samples by aᵀ.
    Summed(ExprId, ExprId),
    /// Softmax: a mean over each row is taken away.
    Mixed,
    /// What a norm makes of G.
    Normalised(Normal),
    /// Any other way.
    Other,
}

/// What v gets of ∂J/∂d, for a definition d that uses v: all of ∂J/∂v, if nothing else uses v.
#[derive(Clone, Debug)]
pub struct Rule {
    /// d
    pub definition: Definition,
    /// v
    pub variable: SymbolId,
    /// How ∂d/∂v meets ∂J/∂d.
    pub enters: Enters,
    /// It as the sweep has it, in terms of ∂J/∂d.
    pub swept: ExprId,
    /// The same, simplified, d written for its value.
    pub value: ExprId,
    /// The same in the wanted form, where the way leads through a gate.
    pub gated: Option<Gated>,
}

/// A rule through a gate.
#[derive(Clone, Copy, Debug)]
pub struct Gated {
    /// With 1 sᵀ for σ'(Z).
    pub rows: ExprId,
    /// With S.
    pub matrix: ExprId,
}

/// Why a line equals the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The sweep through the loss.
    Swept,
    /// There is no loss: what comes in is given.
    Given,
    /// ∂J/∂Ŷ put into the rule of the last activation.
    PutIn,
    /// σ' in terms of σ.
    Functions,
    /// Divisors cancel, some or all.
    Divisors,
    /// Equal terms cancel, and what is left is collected.
    Simplified,
    /// Each row of Y sums to 1.
    Distributions,
}

/// A line of a chain of equal expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the chain goes on with.
    pub value: ExprId,
    /// Why.
    pub reason: Reason,
}

/// How what one loss gives comes about.
#[derive(Clone, Debug, Default)]
pub struct ErrorSteps {
    /// ∂J/∂Ŷ
    pub by_prediction: Vec<Line>,
    /// ∂J/∂Z; empty where Ŷ is no function of a single Z.
    pub by_pre_activation: Vec<Line>,
    /// ∂J/∂Y, where Y is a value of the network.
    pub by_target: Vec<Line>,
}

/// How a gradient comes about.
#[derive(Clone, Debug)]
pub struct Steps {
    /// One a use of a name, from the loss down.
    pub rules: Vec<Rule>,
    /// One a loss.
    pub errors: Vec<ErrorSteps>,
    /// What the penalty gives to each weight.
    pub penalties: Vec<Derivative>,
    /// The names of what comes in: which derivative each one is.
    pub adjoints: HashMap<SymbolId, SymbolId>,
}

/// The local rules of all definitions, not simplified. A norm is one rule: its r is no name of its own in them.
///
/// # Errors
/// An operator without a derivative.
pub fn local_rules(forward: &mut Forward) -> Result<Steps, GradientError> {
    let mut norms = Norms::new(forward)?;
    let Forward { arena, definitions, penalty, .. } = forward;
    let (mut rules, mut adjoints) = (Vec::new(), HashMap::new());
    for definition in definitions.iter().rev() {
        let incoming = incoming(arena, definition.symbol);
        adjoints.insert(incoming, definition.symbol);
        let row = per_sample::sample_symbol(arena, incoming);
        adjoints.insert(row, per_sample::sample_symbol(arena, definition.symbol));
        let seed = arena.named(incoming)?;
        let written_out = norms.inline.apply(arena, definition.value)?;
        for (variable, swept) in norms.handed_on(arena, *definition, seed)? {
            let enters = enters(arena, seed, written_out, swept)?;
            rules.push(Rule { definition: *definition, variable, enters, swept, value: swept, gated: None });
        }
    }
    let mut penalties = Vec::new();
    if let Some(penalty) = *penalty {
        let found = of_penalty(arena, penalty)?.into_iter();
        penalties.extend(found.map(|(variable, value)| Derivative { variable, value }));
    }
    Ok(Steps { rules, errors: Vec::new(), penalties, adjoints })
}

/// The name of ∂J/∂d.
pub fn incoming(arena: &mut Arena, definition: SymbolId) -> SymbolId {
    let Symbol { name, label, rows, columns, .. } = arena.symbol(definition).clone();
    arena.intern(Symbol::new(Role::Adjoint, &format!("∂J/∂{name}"), label.as_ref(), rows, columns))
}

/// Where G stands in what the sweep made of it, through `definition`.
fn enters(arena: &mut Arena, seed: ExprId, definition: ExprId, swept: ExprId) -> Result<Enters, GradientError> {
    if swept == seed {
        return Ok(Enters::Unchanged);
    }
    #[allow(clippy::wildcard_enum_match_arm, reason = "all other operators mix the entries of G")]
    Ok(match *arena.op(swept) {
        Op::Multiply([g, factor]) if g == seed => Enters::Right(plain(arena, factor)),
        Op::Multiply([factor, g]) if g == seed => Enters::Left(plain(arena, factor)),
        Op::Scale([factor, g]) if g == seed => Enters::Scaled(factor),
        Op::Transpose([inner]) => match enters(arena, seed, definition, inner)? {
            Enters::Left(factor) => Enters::Transposed(factor),
            _ => Enters::Other,
        },
        Op::Multiply([ones, inner]) => match entrywise(arena, seed, inner)? {
            Some(by) => Enters::Summed(plain(arena, ones), by),
            None => Enters::Other,
        },
        _ => match (entrywise(arena, seed, swept)?, normal(arena, definition)?) {
            (Some(by), _) => Enters::Entrywise(by),
            (None, Some(normal)) => Enters::Normalised(normal),
            (None, None) if matches!(arena.op(definition), Op::Softmax(_)) => Enters::Mixed,
            (None, None) => Enters::Other,
        },
    })
}

/// A for Aᵀᵀ.
fn plain(arena: &Arena, factor: ExprId) -> ExprId {
    let Op::Transpose([once]) = *arena.op(factor) else { return factor };
    if let Op::Transpose([twice]) = *arena.op(once) { twice } else { factor }
}

/// d of G ⊙ d, of (G ⊙ d₁) ⊙ d₂ their product.
fn entrywise(arena: &mut Arena, seed: ExprId, value: ExprId) -> Result<Option<ExprId>, GradientError> {
    let Op::Hadamard([g, by]) = *arena.op(value) else { return Ok(None) };
    if g == seed {
        return Ok((!arena.reachable(&[by]).contains(&seed)).then_some(by));
    }
    match entrywise(arena, seed, g)? {
        Some(before) => Ok(Some(arena.hadamard(before, by)?)),
        None => Ok(None),
    }
}

/// Each rule that leads through a gate of `gradient`: with 1 sᵀ in the place of σ'(Z), and as a product with a matrix,
/// where that is not what the laws make of it; in the per-sample form for the row of one sample. Rules are named by their
/// place.
///
/// # Errors
/// A defect of the derivation.
pub fn through_gates(
    arena: &mut Arena,
    steps: &Steps,
    gradient: &Gradient,
) -> Result<Vec<(usize, Gated)>, GradientError> {
    let mut found = Gradient::new(Form::Product);
    let mut places = Vec::new();
    let mut shared = Substitution::new();
    for gate in &gradient.gates {
        let rows = gate.rows(arena)?;
        shared.replace(gate.source, rows);
    }
    for (place, rule) in steps.rules.iter().enumerate().filter(|_| !gradient.gates.is_empty()) {
        if !arena.symbol(rule.variable).is_value() {
            continue;
        }
        let rows = shared.apply(arena, rule.swept)?;
        let matrix = as_matrix(arena, rule, gradient)?;
        if rows == rule.swept && matrix.is_none() {
            continue;
        }
        let of = |value| Derivative { variable: rule.variable, value };
        found.derivatives.extend([of(rows), of(matrix.unwrap_or(rows))]);
        places.push(place);
    }
    if gradient.form == Form::PerSample {
        found = per_sample::per_sample(arena, &found)?;
    }
    let gated = found.derivatives.chunks_exact(2).map(|pair| Gated { rows: pair[0].value, matrix: pair[1].value });
    Ok(places.into_iter().zip(gated).collect())
}

/// G N of a norm, G diag(s)  of its gain.
#[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is a product with a matrix of one sample")]
fn as_matrix(arena: &mut Arena, rule: &Rule, gradient: &Gradient) -> Result<Option<ExprId>, GradientError> {
    let seed = incoming(arena, rule.definition.symbol);
    let seed = arena.named(seed)?;
    let matrix = match rule.enters {
        Enters::Normalised(_) => {
            let label = &arena.symbol(rule.definition.symbol).label;
            let of = |symbol: &Symbol| symbol.role == Role::NormMatrix && symbol.label == *label;
            let Some(norm) = gradient.definitions.iter().find(|d| of(arena.symbol(d.symbol))) else { return Ok(None) };
            let whole = Symbol { sample: false, ..arena.symbol(norm.symbol).clone() };
            let whole = arena.intern(whole);
            arena.named(whole)?
        }
        Enters::Entrywise(by) => {
            let Op::Multiply([ones, row]) = *arena.op(by) else { return Ok(None) };
            if !matches!(arena.op(ones), Op::Ones(..)) {
                return Ok(None);
            }
            let column = arena.transpose(row)?;
            arena.diagonal(column)?
        }
        _ => return Ok(None),
    };
    Ok(Some(arena.multiply(seed, matrix)?))
}
