//! A derivation and arrays → the values of all that a small network computes, step by step, to be shown.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::{PipelineError, Request, are_distributions, derive_finished};
use crate::{
    evaluate::{
        arrays::{Arrays, Role, slots},
        bindings::{Bound, Source, bind},
        draw, functions,
        gradients::Pass,
    },
    expr::{Function, Op, SymbolId},
    gradient::{Derivation, Derivative, Derived, Form, form::layered::argument},
    insight::Subject,
    network::graph::Network,
    source::{Diagnostic, Kind},
};

/// The most units of a layer, and the most samples, of which all numbers are shown.
pub const MOST: [usize; 2] = [6, 4];

/// So often is drawn until no gradient is 0 in all entries.
const DRAWS: usize = 20;

/// What has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valued {
    /// X, Y and the parameters.
    Given(SymbolId),
    /// What the forward pass or the layered form defines: Z, A, Δ.
    Defined(SymbolId),
    /// σ'(Z), of the activation that defines the symbol.
    Slopes(SymbolId),
    /// J.
    Loss,
    /// ∂J/∂v.
    Gradient(SymbolId),
}

/// The values in the order in which they are computed, of the layered form.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The layered form.
    pub derivation: Derivation,
    /// The values.
    pub values: Vec<(Valued, Array2<f64>)>,
}

/// Evaluates the layered form on arrays of the files; what no file gives is drawn, in halves where that suits the loss.
///
/// # Errors
/// Arrays that do not fit, a network that is too large to be shown, a limit.
pub fn numbers(network: &Network, files: [Option<Source>; 2]) -> Result<Numbers, Vec<Diagnostic>> {
    let mut rng = draw::generator(0);
    let [parameters, data] = files;
    let Bound { network: bound, dims, arrays: given, .. } = bind(network, parameters, data, Some(&mut rng))?;
    small(network, &bound)?;
    let mut draws = DRAWS;
    loop {
        let arrays = drawn(&bound, &given, &mut rng);
        let request = Request { distributions: are_distributions(&bound, &arrays), ..Request::new(Form::Layered) };
        let derivation = derive_finished(network, &request).map_err(failed)?;
        let values = values(&derivation, &dims, &arrays).map_err(failed)?;
        draws -= 1;
        let shows_nothing = |(valued, array): &(Valued, Array2<f64>)| {
            matches!(valued, Valued::Gradient(_)) && array.iter().all(|entry| *entry == 0.0)
        };
        if draws == 0 || !values.iter().any(shows_nothing) {
            return Ok(Numbers { derivation, values });
        }
    }
}

/// Evaluates the layered form on the arrays of a subject.
///
/// # Errors
/// A network that is too large to be shown, a limit.
pub fn numbers_at(subject: &Subject) -> Result<Numbers, Vec<Diagnostic>> {
    small(&subject.network, &subject.numbers)?;
    let values = values(&subject.layered, &subject.dims, &subject.arrays).map_err(failed)?;
    Ok(Numbers { derivation: subject.layered.clone(), values })
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: PipelineError) -> Vec<Diagnostic> {
    vec![error.diagnostic()]
}

/// A number that can be shown for each name without one: 2 and 3 in turn.
#[must_use]
pub fn small_dimensions(network: &Network) -> Vec<(String, u64)> {
    let widths = network.layers.iter().flat_map(|layer| layer.output.names());
    let inputs = network.inputs.iter().flat_map(|input| [&input.samples, &input.features]);
    let names = inputs.flat_map(|dim| dim.names()).chain(widths);
    let names: IndexSet<&str> = names.collect();
    names.into_iter().enumerate().map(|(i, name)| (name.to_owned(), 2 + i as u64 % 2)).collect()
}

/// Arrays in halves, but for the target, which has to suit the loss.
fn drawn(bound: &Network, given: &Arrays, rng: &mut ChaCha8Rng) -> Arrays {
    let mut arrays = draw::arrays(bound, given, 1.0, rng);
    for slot in slots(bound) {
        if !matches!(slot.role, Role::Target | Role::Variance | Role::Mask(_)) && !given.contains_key(&slot.name) {
            arrays[&slot.name].mapv_inplace(|x| (2.0 * x).round() / 2.0);
        }
    }
    arrays
}

fn small(named: &Network, network: &Network) -> Result<(), Vec<Diagnostic>> {
    let [units, samples] = MOST;
    let size =
        |dim: &crate::shape::Dim| dim.as_number().and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
    let widths = network
        .layers
        .iter()
        .map(|layer| size(&layer.output))
        .chain(network.inputs.iter().map(|input| size(&input.features)));
    let (widest, batch) = (widths.max().unwrap_or(0), size(&network.input().samples));
    if widest <= units && batch <= samples {
        return Ok(());
    }
    let title = format!("the numbers of {batch} samples in layers of up to {widest} units are too many to be read");
    let most = format!("of at most {units} units a layer and {samples} samples");
    let free: Vec<_> = small_dimensions(named).iter().map(|(name, size)| format!("{name}={size}")).collect();
    let help = if free.is_empty() {
        format!("leave out `--numbers`, or show those of a network {most}")
    } else {
        format!("take a network {most}, as with `--let {}`, or leave out `--numbers`", free.join(","))
    };
    Err(vec![Diagnostic::error(Kind::Limit, title).help(help)])
}

fn values(
    derivation: &Derivation,
    dims: &BTreeMap<String, u64>,
    arrays: &Arrays,
) -> Result<Vec<(Valued, Array2<f64>)>, PipelineError> {
    let forward = &derivation.forward;
    let arena = &forward.arena;
    let pass = Pass::new(forward, dims, arrays.clone())?;
    let mut values = Vec::new();
    for symbol in forward.given().chain(forward.pieces.iter().map(|piece| piece.symbol)) {
        values.push((Valued::Given(symbol), pass.named(symbol)?));
    }
    for definition in &forward.definitions {
        values.push((Valued::Defined(definition.symbol), pass.named(definition.symbol)?));
        if let (Op::Map(function, 0, _), Some(z)) = (arena.op(definition.value), argument(arena, *definition))
            && *function != Function::Linear
        {
            let slopes = pass.named(z)?.mapv(|z| functions::at(*function, 1, z));
            values.push((Valued::Slopes(definition.symbol), slopes));
        }
    }
    values.push((Valued::Loss, Array2::from_elem((1, 1), pass.scalar(derivation.loss)?)));
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok(values) };
    let deltas = gradient.definitions.iter().map(|delta| Derivative { variable: delta.symbol, value: delta.value });
    let mut all = gradient.clone();
    all.derivatives.extend(deltas);
    all.derivatives.sort_by_key(|derivative| derivative.variable);
    let defined: Vec<SymbolId> = gradient.definitions.iter().map(|delta| delta.symbol).collect();
    let found = pass.whole(&all, &[&defined[..], &forward.parameters].concat())?;
    values.extend(found.into_iter().map(|(symbol, array)| match defined.contains(&symbol) {
        true => (Valued::Defined(symbol), array),
        false => (Valued::Gradient(symbol), array),
    }));
    Ok(values)
}
