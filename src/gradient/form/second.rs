//! The layered form and a direction → Hessian times direction, and Gauss–Newton matrix times direction, in layered form too.
//!
//! Both begin with the tangents of the forward pass, Ż and Ȧ. For the Hessian the definitions of backpropagation are
//! differentiated along the direction in the same way, which gives Δ̇. For the Gauss–Newton matrix the ordinary backward pass
//! takes in what the losses' own second derivatives make of the outputs' tangents.

use super::{
    super::{Derivative, Direction, Form, Gradient, GradientError, adjoint::sweep, adjoint::zero, tangent::Tangents},
    layered::{Norms, OutputError, argument, layered, of_penalty},
};
use crate::{
    expr::{
        Arena, Definition, ExprId, Op, Role, Scalar, Substitution, Symbol, SymbolId,
        normal::{Along, Normal, normal},
    },
    network::forward::Forward,
    shape::Dim,
};

/// H v: how fast each gradient of `layered` changes along the directions.
///
/// # Errors
/// An operator without a second derivative.
pub fn hessian_product(
    forward: &mut Forward,
    layered: &Gradient,
    directions: &[Direction],
) -> Result<Gradient, GradientError> {
    let (mut tangents, mut product) = of_forward(forward, directions)?;
    let arena = &mut forward.arena;
    for definition in &layered.definitions {
        product.definitions.push(*definition);
        if let Some(value) = tangents.of(arena, definition.value)? {
            product.definitions.push(named(arena, &mut tangents, definition.symbol, value)?);
        }
    }
    for Derivative { variable, value } in &layered.derivatives {
        let value = match tangents.of(arena, *value)? {
            Some(value) => value,
            None => zero(arena, *value)?,
        };
        product.derivatives.push(Derivative { variable: *variable, value });
    }
    Ok(product)
}

/// G v, and in what each loss is taken to the second order: in Z where the loss `may_fuse` with the activation and absorbs it,
/// else in the prediction.
///
/// # Errors
/// An operator without a second derivative.
pub fn gauss_newton(
    forward: &mut Forward,
    errors: &[OutputError],
    directions: &[Direction],
    may_fuse: &[bool],
) -> Result<(Gradient, Vec<SymbolId>), GradientError> {
    let (mut tangents, mut product) = of_forward(forward, directions)?;
    let (mut seeds, mut outputs) = (Vec::with_capacity(errors.len()), Vec::with_capacity(errors.len()));
    for ((output, error), may_fuse) in forward.outputs.iter().zip(errors).zip(may_fuse) {
        let z = argument(&forward.arena, output.prediction);
        let fused = z.filter(|_| *may_fuse && error.is_absorbed(&forward.arena));
        outputs.push(fused.unwrap_or(output.prediction.symbol));
        let arena = &mut forward.arena;
        let mut of = |arena: &mut Arena, id: ExprId| match tangents.of(arena, id)? {
            Some(tangent) => Ok::<_, GradientError>(tangent),
            None => zero(arena, id),
        };
        let by_prediction = of(arena, error.by_prediction)?;
        let by_pre_activation = match (fused, z) {
            (Some(_), _) => of(arena, error.by_pre_activation)?,
            (None, Some(z)) => {
                let swept = sweep(arena, output.prediction.value, by_prediction, &|symbol, _| symbol == z)?;
                swept.first().map_or(by_prediction, |(_, adjoint)| *adjoint)
            }
            (None, None) => by_prediction,
        };
        let by_target = error.by_target.map(|by_target| of(arena, by_target)).transpose()?;
        seeds.push(OutputError { by_prediction, by_pre_activation, by_target });
    }
    let penalty = forward.penalty.take();
    let swept = layered(forward, &seeds);
    forward.penalty = penalty;
    let swept = renamed(&mut forward.arena, &swept?)?;
    product.definitions.extend(swept.definitions);
    product.derivatives = swept.derivatives;
    add_penalty(forward, &mut tangents, &mut product)?;
    Ok((product, outputs))
}

/// The tangents of the definitions of the forward pass, as definitions.
fn of_forward(forward: &mut Forward, directions: &[Direction]) -> Result<(Tangents, Gradient), GradientError> {
    let (mut tangents, mut product) = (Tangents::default(), Gradient::new(Form::Layered));
    let mut norms = Norms::new(forward)?;
    let Forward { arena, definitions, .. } = forward;
    for Direction { variable, symbol } in directions {
        let direction = arena.named(*symbol)?;
        tangents.insert(*variable, direction);
    }
    for definition in definitions.iter() {
        let tangent = match normalising(arena, definitions, *definition, &mut norms)? {
            Some((normal, normalised)) => of_spread(arena, &mut tangents, *definition, normal, normalised)?,
            None => {
                let value = norms.inline.apply(arena, definition.value)?;
                tangents.of(arena, value)?
            }
        };
        if let Some(tangent) = tangent {
            let value = norms.fold.apply(arena, tangent)?;
            product.definitions.push(named(arena, &mut tangents, definition.symbol, value)?);
        }
    }
    Ok((tangents, product))
}

/// Defines the dotted letter of a name as its tangent.
fn named(arena: &mut Arena, tangents: &mut Tangents, of: SymbolId, value: ExprId) -> Result<Definition, GradientError> {
    let dotted = arena.symbol(of).dotted();
    let symbol = arena.intern(dotted);
    let tangent = arena.named(symbol)?;
    tangents.insert(of, tangent);
    Ok(Definition { symbol, value })
}

/// What the norm whose r a definition is makes of its input, and the name of that.
fn normalising(
    arena: &mut Arena,
    definitions: &[Definition],
    spread: Definition,
    norms: &mut Norms,
) -> Result<Option<(Normal, SymbolId)>, GradientError> {
    let Symbol { role: Role::InverseRms, label, .. } = arena.symbol(spread.symbol).clone() else { return Ok(None) };
    let is_own = |definition: &&Definition| {
        let symbol = arena.symbol(definition.symbol);
        symbol.role == Role::Normalised && symbol.label == label
    };
    let Some(own) = definitions.iter().find(is_own).copied() else { return Ok(None) };
    let value = norms.inline.apply(arena, own.value)?;
    Ok(normal(arena, value)?.map(|normal| (normal, own.symbol)))
}

/// ṙ = −r ⊙ r ⊙ mean of (ȧ ⊙ h), of r = 1/√(mean of c² + ε) and h = c ⊙ r, where a is what the norm takes in.
fn of_spread(
    arena: &mut Arena,
    tangents: &mut Tangents,
    spread: Definition,
    normal: Normal,
    normalised: SymbolId,
) -> Result<Option<ExprId>, GradientError> {
    let Some(tangent) = tangents.of(arena, normal.of)? else { return Ok(None) };
    let (h, r) = (arena.named(normalised)?, arena.named(spread.symbol)?);
    let product = arena.hadamard(tangent, h)?;
    let (rows, columns) = arena.dims(product)?;
    let single = Dim::one();
    let (sum, count) = match normal.along {
        Along::Rows => {
            let ones = arena.ones(&columns, &single)?;
            (arena.multiply(product, ones)?, columns)
        }
        Along::Columns => {
            let ones = arena.ones(&single, &rows)?;
            (arena.multiply(ones, product)?, rows)
        }
    };
    let mean = arena.scale_by(Scalar::one_over(&count), sum)?;
    let once = arena.hadamard(mean, r)?;
    let twice = arena.hadamard(once, r)?;
    Ok(Some(arena.scale_by(Scalar::integer(-1), twice)?))
}

/// The letters of what the backward pass hands back, which is no gradient here.
const LETTERS: [&str; 3] = ["Γ", "Λ", "Ψ"];

/// The same with another letter than Δ.
fn renamed(arena: &mut Arena, gradient: &Gradient) -> Result<Gradient, GradientError> {
    let letter = arena.free_letter(LETTERS).unwrap_or(LETTERS[0]);
    let (mut other, mut names) = (Substitution::new(), Vec::with_capacity(gradient.definitions.len()));
    for definition in &gradient.definitions {
        let symbol = Symbol { name: letter.into(), ..arena.symbol(definition.symbol).clone() };
        let symbol = arena.intern(symbol);
        let (from, to) = (arena.named(definition.symbol)?, arena.named(symbol)?);
        other.replace(from, to);
        names.push(symbol);
    }
    let mut renamed = Gradient::new(gradient.form);
    for (definition, symbol) in gradient.definitions.iter().zip(names) {
        let value = other.apply(arena, definition.value)?;
        renamed.definitions.push(Definition { symbol, value });
    }
    for Derivative { variable, value } in &gradient.derivatives {
        let value = other.apply(arena, *value)?;
        renamed.derivatives.push(Derivative { variable: *variable, value });
    }
    Ok(renamed)
}

/// What the penalties add: their second derivatives times the direction.
fn add_penalty(forward: &mut Forward, tangents: &mut Tangents, product: &mut Gradient) -> Result<(), GradientError> {
    let Some(penalty) = forward.penalty else { return Ok(()) };
    let arena = &mut forward.arena;
    for (variable, slope) in of_penalty(arena, penalty)? {
        let Some(added) = tangents.of(arena, slope)? else { continue };
        let place = product.derivatives.binary_search_by_key(&variable, |derivative| derivative.variable);
        if let Ok(place) = place {
            let value = &mut product.derivatives[place].value;
            *value = if matches!(arena.op(*value), Op::Zero(..)) { added } else { arena.plus(*value, added)? };
        }
    }
    Ok(())
}
