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
        draw,
        eval::Environment,
        functions,
        value::Value,
    },
    expr::{Function, Op, SymbolId},
    gradient::{Derivation, Derived, Form},
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
    let names = network.input().samples.names().into_iter().chain(network.input().features.names()).chain(widths);
    let names: IndexSet<&str> = names.collect();
    names.into_iter().enumerate().map(|(i, name)| (name.to_owned(), 2 + i as u64 % 2)).collect()
}

/// Arrays in halves, but for the target, which has to suit the loss.
fn drawn(bound: &Network, given: &Arrays, rng: &mut ChaCha8Rng) -> Arrays {
    let mut arrays = draw::arrays(bound, given, 1.0, rng);
    for slot in slots(bound) {
        if slot.role != Role::Target && !given.contains_key(&slot.name) {
            arrays[&slot.name].mapv_inplace(|x| (2.0 * x).round() / 2.0);
        }
    }
    arrays
}

fn small(named: &Network, network: &Network) -> Result<(), Vec<Diagnostic>> {
    let [units, samples] = MOST;
    let size =
        |dim: &crate::shape::Dim| dim.as_number().and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
    let widths = network.layers.iter().map(|layer| size(&layer.output)).chain([size(&network.input().features)]);
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
    let samples = arrays[&arena.symbol(forward.input()).key()].nrows();
    let mut environment = Environment::new(arena, dims, samples);
    let mut values = Vec::new();
    for symbol in [forward.input(), forward.target()].iter().chain(&forward.parameters) {
        let array = arrays[&arena.symbol(*symbol).key()].clone();
        environment.bind(*symbol, Value::array(array.clone()));
        values.push((Valued::Given(*symbol), array));
    }
    for definition in &forward.definitions {
        let array = environment.array(definition.value)?;
        environment.bind(definition.symbol, Value::array(array.clone()));
        values.push((Valued::Defined(definition.symbol), array));
        if let Op::Map(function, 0, [z]) = arena.op(definition.value)
            && *function != Function::Linear
        {
            let slopes = environment.array(*z)?.mapv(|z| functions::at(*function, 1, z));
            values.push((Valued::Slopes(definition.symbol), slopes));
        }
    }
    let loss = environment.evaluate(derivation.loss)?.as_scalar().unwrap_or(f64::NAN);
    values.push((Valued::Loss, Array2::from_elem((1, 1), loss)));
    let Derived::Gradient(gradient) = &derivation.derived else { return Ok(values) };
    for definition in &gradient.definitions {
        let array = environment.array(definition.value)?;
        environment.bind(definition.symbol, Value::array(array.clone()));
        values.push((Valued::Defined(definition.symbol), array));
    }
    for parameter in &forward.parameters {
        let Some(derivative) = gradient.by(*parameter) else { continue };
        values.push((Valued::Gradient(*parameter), environment.array(derivative.value)?));
    }
    Ok(values)
}
