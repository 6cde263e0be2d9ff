//! The catalog → what its names mean together: each loss as an expression, and the pairs that fuse, found by deriving them.

use super::{Request, derive};
use crate::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss},
    },
    expr::{Arena, ExprId, Op, Role, Symbol},
    gradient::{Derivation, Form, GradientError},
    network::{self, graph::Network},
    shape::Dim,
    spec,
};

/// A loss of one entry.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Its name.
    pub name: &'static str,
    /// Its other names.
    pub aliases: Vec<&'static str>,
    /// Where its formula is.
    pub arena: Arena,
    /// The formula, by Ŷ and Y.
    pub value: ExprId,
}

/// What a loss absorbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorbed {
    /// The loss.
    pub loss: &'static str,
    /// The activations.
    pub activations: Vec<&'static str>,
}

/// All losses.
///
/// # Errors
/// A defect of the catalog.
pub fn losses() -> Result<Vec<Lost>, GradientError> {
    let mut found = Vec::new();
    for (name, loss, aliases) in distinct() {
        let mut arena = Arena::default();
        let symbol = |role| Symbol::new(role, "Y", None, Dim::name("n"), Dim::name("k"));
        let [prediction, target] = [Role::Prediction, Role::Target].map(|role| arena.intern(symbol(role)));
        let (prediction, target) = (arena.named(prediction)?, arena.named(target)?);
        let value = loss.expression(&mut arena, prediction, target)?;
        found.push(Lost { name, aliases, arena, value });
    }
    Ok(found)
}

/// Which activations each loss absorbs as the last one of a network.
///
/// # Errors
/// A defect of a derivation.
pub fn absorbed() -> Result<Vec<Absorbed>, GradientError> {
    let mut found = Vec::new();
    for (name, loss, _) in distinct() {
        let mut absorbed = Absorbed { loss: name, activations: Vec::new() };
        for entry in activation::TABLE {
            let Some(activation) = activation::find(entry.name, None) else { continue };
            let Some(network) = one_layer(activation, loss) else { continue };
            let derivation = derive(&network, &Request::new(Form::Layered))?;
            let fused = activation == Activation::LINEAR || loss.has_target() && is_absorbed(&derivation);
            absorbed.activations.extend(fused.then_some(entry.name));
        }
        found.push(absorbed);
    }
    Ok(found)
}

/// Whether no derivative of the last activation is left in Δ_L, and no divisor of E, which is then no product of the two.
fn is_absorbed(derivation: &Derivation) -> bool {
    let (arena, head) = (&derivation.forward.arena, derivation.head());
    let is_z = |id| arena.as_symbol(id).is_some_and(|symbol| arena.symbol(symbol).role == Role::PreActivation);
    let is_left = |id| match arena.op(id) {
        Op::Map(_, order, of) => *order > 0 && is_z(of[0]),
        Op::Reciprocal(_) => true,
        Op::Symbol(_)
        | Op::Scalar(_)
        | Op::Identity(_)
        | Op::Ones(..)
        | Op::Zero(..)
        | Op::Commutation(..)
        | Op::Power(_)
        | Op::Inverse(_)
        | Op::Invariant(..)
        | Op::Kronecker(_)
        | Op::Vec(_)
        | Op::Add(_)
        | Op::Multiply(_)
        | Op::Hadamard(_)
        | Op::Scale(_)
        | Op::Transpose(_)
        | Op::Diagonal(_)
        | Op::Softmax(_)
        | Op::LogSumExp(_)
        | Op::Total(_)
        | Op::SumSamples(_) => false,
    };
    let is_left = arena.reachable(&[head.by_pre_activation]).into_iter().any(is_left);
    head.by_pre_activation != head.by_prediction && head.is_fused(arena) && !is_left
}

/// The losses by their first names, with those that mean the same and are reduced alike.
fn distinct() -> Vec<(&'static str, Loss, Vec<&'static str>)> {
    let mut found: Vec<(&'static str, Loss, Vec<&'static str>)> = Vec::new();
    for name in loss::TABLE.iter().map(|(name, _)| *name).chain(loss::ALIASES.iter().map(|(alias, _)| *alias)) {
        let Some(loss) = loss::find(name, None) else { continue };
        let is_same = |other: &str| loss::usual_reduction(other) == loss::usual_reduction(name);
        match found.iter_mut().find(|(first, other, _)| *other == loss && is_same(first)) {
            Some((first, _, aliases)) if *first == name || aliases.contains(&name) => {}
            Some((_, _, aliases)) => aliases.push(name),
            None => found.push((name, loss, Vec::new())),
        }
    }
    found
}

fn one_layer(activation: Activation, loss: Loss) -> Option<Network> {
    let spec = spec::parse(&format!("input X [n, f0]; dense f1 {activation}; loss {loss}")).ok()?;
    network::resolve(&spec, &[]).network
}
