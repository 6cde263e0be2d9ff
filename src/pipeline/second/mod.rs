//! A network, and along what → its Hessian or its Gauss–Newton matrix times that direction, in the layered form, compared
//! with differences of the concrete backprop.

mod check;

pub use check::{Checked, TOLERANCE, Unchecked};

use super::{
    PipelineError,
    derive::{Prepared, Request, finished, turned},
    variables,
};
use crate::{
    expr::{Arena, Role, Symbol, SymbolId},
    gradient::{
        Derivation, Derived, Direction, Form, Second, SecondKind,
        form::second::{gauss_newton, hessian_product},
    },
    network::{forward::Forward, graph::Network},
};

/// A product with second derivatives, and how it was checked.
#[derive(Clone, Debug)]
pub struct SecondOrder {
    /// The definitions, and the product's part for each variable.
    pub derivation: Derivation,
    /// How it compares with differences, or why it could not be compared.
    pub checked: Result<Checked, Unchecked>,
}

/// Derives, simplifies and checks. The direction has a part for each variable that `along` names, by default for each
/// parameter; all others stay.
///
/// # Errors
/// A word that names no parameter and no input, a limit of the simplification, a formula that its check refutes.
pub fn derive_second(network: &Network, kind: SecondKind, along: &[String]) -> Result<SecondOrder, PipelineError> {
    let mut prepared = Prepared::new(network, &Request::new(Form::Layered))?;
    let along = blocks(&prepared.stages.forward, along)?;
    let (directions, vector) = directions(&mut prepared.stages.forward, &along);
    let layered = prepared.stages.body(prepared.layered.clone())?;
    let forward = &mut prepared.stages.forward;
    let (product, outputs) = match kind {
        SecondKind::Hessian => (hessian_product(forward, &layered, &directions)?, Vec::new()),
        SecondKind::GaussNewton => gauss_newton(forward, &prepared.output_errors, &directions)?,
    };
    let product = prepared.stages.body(product)?;
    let mut derivation = prepared.form(Form::Layered)?;
    derivation.derived = Derived::Gradient(product);
    derivation.second = Some(Second { kind, vector, directions, outputs });
    let derivation = finished(turned(network, derivation)?)?;
    let checked = check::check(network, &derivation)?;
    match checked {
        Ok(Checked { error, .. }) if error.is_nan() || error > TOLERANCE => Err(PipelineError::RefutedSecond { error }),
        checked => Ok(SecondOrder { derivation, checked }),
    }
}

/// The variables whose part is asked for, by default all parameters.
///
/// # Errors
/// A word that names no parameter and no input.
pub fn blocks(forward: &Forward, words: &[String]) -> Result<Vec<SymbolId>, PipelineError> {
    let selected = variables::select(forward, words)?;
    let is_block = |variable: &SymbolId| forward.parameters.contains(variable) || forward.inputs.contains(variable);
    match selected.iter().find(|variable| !is_block(variable)) {
        Some(value) => Err(PipelineError::NoBlock { name: forward.arena.symbol(*value).key() }),
        None => Ok(selected),
    }
}

/// The letters for the directions of weights and biases.
const LETTERS: [(&str, &str); 4] = [("V", "v"), ("U", "u"), ("P", "p"), ("Q", "q")];

/// A name for each direction, V of a weight and v of a bias if the network has no such names, the letter of the variable
/// with a dot of any other; and the letter of all together.
fn directions(forward: &mut Forward, along: &[SymbolId]) -> (Vec<Direction>, &'static str) {
    let arena = &mut forward.arena;
    let free = LETTERS.into_iter().find(|(upper, lower)| !is_taken(arena, upper) && !is_taken(arena, lower));
    let name = |arena: &mut Arena, variable: SymbolId| {
        let of = arena.symbol(variable).dotted();
        let letter = free.and_then(|(upper, lower)| match of.role {
            Role::Weight => Some(upper),
            Role::Bias => Some(lower),
            _ => None,
        });
        let symbol = match letter {
            Some(letter) => Symbol { role: Role::Direction, name: letter.into(), tangent: false, ..of },
            None => of,
        };
        Direction { variable, symbol: arena.intern(symbol) }
    };
    let directions = along.iter().map(|variable| name(arena, *variable)).collect();
    (directions, free.map_or("v", |(_, lower)| lower))
}

/// Whether the letter, with an index or without, is the name of a matrix or of a dimension.
fn is_taken(arena: &Arena, letter: &str) -> bool {
    let is_index = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || c == '_');
    arena.symbols().iter().any(|symbol| {
        let dims = [&symbol.rows, &symbol.columns].into_iter().flat_map(crate::shape::Dim::names);
        symbol.name.strip_prefix(letter).is_some_and(is_index) || dims.into_iter().any(|dim| dim == letter)
    })
}
