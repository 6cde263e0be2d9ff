//! Definitions → what each local derivative does to the derivative that comes in, as the sweep applies it.
//!
//! What comes in is a name: ∂J/∂Z for the definition of Z. So every rule is one line, however deep the network is, and
//! the rules joined are the chain rule with nothing left out.

use std::collections::HashMap;

use super::{
    Derivative, Form, Gradient, GradientError,
    adjoint::sweep,
    form::{chain::Chain, per_sample},
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Substitution, Symbol, SymbolId},
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
    /// Any other way: softmax takes a mean over each row.
    Mixed,
}

/// ∂J/∂v by ∂J/∂d, for a definition d that uses v.
#[derive(Clone, Debug)]
pub struct Rule {
    /// d
    pub definition: Definition,
    /// v
    pub variable: SymbolId,
    /// How ∂d/∂v meets ∂J/∂d.
    pub enters: Enters,
    /// ∂J/∂v as the sweep has it, in terms of ∂J/∂d.
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

/// How a gradient comes about.
#[derive(Clone, Debug)]
pub struct Steps {
    /// The abstract chain rule.
    pub chain: Chain,
    /// One a use of a name, from the loss down.
    pub rules: Vec<Rule>,
    /// ∂J/∂Ŷ
    pub by_prediction: Vec<Line>,
    /// ∂J/∂Z_L
    pub by_pre_activation: Vec<Line>,
    /// The names of what comes in: which derivative each one is.
    pub adjoints: HashMap<SymbolId, SymbolId>,
}

/// The local rules of all definitions, not simplified.
///
/// # Errors
/// An operator without a derivative.
pub fn local_rules(forward: &mut Forward) -> Result<Steps, GradientError> {
    let chain = Chain::new(forward)?;
    let Forward { arena, definitions, .. } = forward;
    let (mut rules, mut adjoints) = (Vec::new(), HashMap::new());
    for definition in definitions.iter().rev() {
        let incoming = incoming(arena, definition.symbol);
        adjoints.insert(incoming, definition.symbol);
        let row = per_sample::sample_symbol(arena, incoming);
        adjoints.insert(row, per_sample::sample_symbol(arena, definition.symbol));
        let seed = arena.named(incoming)?;
        for (variable, swept) in sweep(arena, definition.value, seed, &|_, symbol| symbol.role != Role::Target)? {
            let enters = enters(arena, seed, swept);
            rules.push(Rule { definition: *definition, variable, enters, swept, value: swept, gated: None });
        }
    }
    Ok(Steps { chain, rules, by_prediction: Vec::new(), by_pre_activation: Vec::new(), adjoints })
}

/// The name of ∂J/∂d.
pub fn incoming(arena: &mut Arena, definition: SymbolId) -> SymbolId {
    let Symbol { name, label, rows, columns, .. } = arena.symbol(definition).clone();
    arena.intern(Symbol::new(Role::Adjoint, &format!("∂J/∂{name}"), label.as_ref(), rows, columns))
}

/// Where G stands in what the sweep made of it.
fn enters(arena: &Arena, seed: ExprId, swept: ExprId) -> Enters {
    if swept == seed {
        return Enters::Unchanged;
    }
    #[allow(clippy::wildcard_enum_match_arm, reason = "what is no product with G mixes its entries")]
    match *arena.op(swept) {
        Op::Multiply([g, factor]) if g == seed => Enters::Right(factor),
        Op::Multiply([factor, g]) if g == seed => Enters::Left(factor),
        Op::Hadamard([g, factor]) if g == seed => Enters::Entrywise(factor),
        _ => Enters::Mixed,
    }
}

/// Each rule that leads through a gate of `gradient`, with 1 sᵀ in the place of σ'(Z); in the per-sample form for the row
/// of one sample. Rules are named by their place.
///
/// # Errors
/// A defect of the derivation.
pub fn through_gates(
    arena: &mut Arena,
    steps: &Steps,
    gradient: &Gradient,
) -> Result<Vec<(usize, ExprId)>, GradientError> {
    let gates: HashMap<SymbolId, _> = gradient.gates.iter().map(|gate| (gate.activation, gate)).collect();
    let mut found = Gradient::new(Form::Product);
    let mut places = Vec::new();
    for (place, rule) in steps.rules.iter().enumerate() {
        let Some(gate) = gates.get(&rule.definition.symbol) else { continue };
        let mut shared = Substitution::new();
        let rows = gate.rows(arena)?;
        shared.replace(gate.source, rows);
        let value = shared.apply(arena, rule.swept)?;
        found.derivatives.push(Derivative { variable: rule.variable, value });
        places.push(place);
    }
    if gradient.form == Form::PerSample {
        found = per_sample::per_sample(arena, &found)?;
    }
    Ok(places.into_iter().zip(found.derivatives.iter().map(|derivative| derivative.value)).collect())
}
