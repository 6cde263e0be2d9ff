//! The catalog → what its names mean together: each loss as an expression, and the pairs that fuse, found by deriving them.

use super::{Request, derive};
use crate::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss},
    },
    expr::{Arena, ExprId, Role, Symbol},
    gradient::{Form, GradientError},
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
            let is_absorbed = loss.has_target() && derivation.head().is_absorbed(&derivation.forward.arena);
            let fused = activation == Activation::LINEAR || is_absorbed;
            absorbed.activations.extend(fused.then_some(entry.name));
        }
        found.push(absorbed);
    }
    Ok(found)
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
