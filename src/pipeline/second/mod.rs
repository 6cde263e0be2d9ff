//! A network, and along what → its Hessian or its Gauss–Newton matrix times that direction, in the layered form, compared
//! with differences of the concrete backprop.

mod check;
mod kfac;

pub use kfac::{Kfac, kfac};

use check::TOLERANCE;

use super::{
    PipelineError,
    derive::{Prepared, Request, Stages, finished, turned},
    variables,
};
use crate::{
    catalog::loss::Loss,
    expr::{Arena, Role, Symbol, SymbolId},
    gradient::{
        Checked, Derivation, Derived, Direction, Form, GradientError, Second, SecondKind, Unchecked,
        form::second::{gauss_newton, hessian_product},
    },
    network::{
        forward::Forward,
        graph::{Network, Term},
    },
    shape::Dim,
    simplify::Limits,
};

/// Derives, simplifies and checks. The direction has a part for each variable that `along` names, by default for each
/// parameter; all others stay.
///
/// # Errors
/// A word that names no parameter and no input, a limit of the simplification, a formula that its check refutes.
pub fn derive_second(network: &Network, kind: SecondKind, along: &[String]) -> Result<Derivation, PipelineError> {
    let mut derivation = Prepared::new(network, &Request::new(Form::Layered))?.form(Form::Layered)?;
    let forward = &mut derivation.forward;
    let along = variables::blocks(forward, along)?;
    let (matrix, is_fused) = (letter(&forward.arena, kind), network.terms.iter().map(may_fuse).collect::<Vec<_>>());
    let (directions, vector) = directions(forward, &along);
    let Derived::Gradient(layered) = &derivation.derived else { return Err(GradientError::NotLinear.into()) };
    let (mut product, outputs) = match kind {
        SecondKind::Hessian => (hessian_product(forward, layered, &directions)?, Vec::new()),
        SecondKind::GaussNewton => gauss_newton(forward, &derivation.output_errors, &directions, &is_fused)?,
    };
    product.derivatives.retain(|part| variables::is_block(forward, part.variable));
    let (forward, limits) = (forward.clone(), Limits::default());
    let mut stages = Stages { forward, limits, limit: derivation.limit.take(), effort: derivation.effort };
    derivation.derived = Derived::Gradient(stages.body(product)?);
    (derivation.forward, derivation.limit) = (stages.forward, stages.limit);
    let is_convex = network.terms.iter().all(is_convex) && network.penalties.iter().all(|of| !of.factor.is_negative());
    derivation.second =
        Some(Second { kind, matrix, vector, directions, outputs, is_convex, checked: Err(Unchecked::NoPoint) });
    let mut derivation = finished(turned(network, derivation)?)?;
    match check::check(network, &derivation)? {
        Ok(Checked { error, .. }) if error.is_nan() || error > TOLERANCE => Err(PipelineError::RefutedSecond { error }),
        checked => {
            if let Some(second) = &mut derivation.second {
                second.checked = checked;
            }
            Ok(derivation)
        }
    }
}

/// Whether a loss that absorbs its activation is convex in Z: the likelihoods.
fn may_fuse(term: &Term) -> bool {
    matches!(term.loss, Loss::Bce | Loss::Cce | Loss::Poisson | Loss::Nll)
}

/// Whether a loss is convex in its prediction, and in its target together with it if that is a value of the network.
fn is_convex(term: &Term) -> bool {
    let is_distance = matches!(term.loss, Loss::HalfMse | Loss::Mse | Loss::Mae | Loss::Huber(_));
    !term.weight.is_negative() && (is_distance || term.target_value.is_none())
}

/// H or G, or another letter where the network has these.
fn letter(arena: &Arena, kind: SecondKind) -> &'static str {
    let letters = match kind {
        SecondKind::Hessian => ["H", "B", "K"],
        SecondKind::GaussNewton => ["G", "B", "K"],
    };
    free(arena, letters)
}

/// The first letter that the network has not, or the first.
fn free(arena: &Arena, letters: [&'static str; 3]) -> &'static str {
    letters.into_iter().find(|letter| !is_taken(arena, letter)).unwrap_or(letters[0])
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
        let letter = free.and_then(|(upper, lower)| {
            let letters = [(Role::Weight, upper), (Role::Bias, lower)];
            letters.into_iter().find(|(role, _)| *role == of.role).map(|(_, letter)| letter)
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
        let dims = [&symbol.rows, &symbol.columns].into_iter().flat_map(Dim::names);
        symbol.name.strip_prefix(letter).is_some_and(is_index) || dims.into_iter().any(|dim| dim == letter)
    })
}
