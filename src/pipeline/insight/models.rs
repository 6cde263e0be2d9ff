//! A [`Subject`] → its models, derived for a batch of any size, and the points at which they are tried.

use std::collections::BTreeMap;

use super::super::{
    PipelineError,
    derive::{Request, derive, derive_finished, derive_forms, finished},
    verify::are_distributions,
};
use crate::{
    catalog::Reduction,
    evaluate::{
        Arrays, Initialisation, Inputs,
        arrays::{Role, parameters, slots},
        draw,
        initialise::{self},
    },
    gradient::{Derivation, Form},
    insight::{
        Subject,
        influence::{self, Point},
        model::Model,
    },
    network::{
        graph::Network,
        variant::{Variant, with_batch, with_reduction},
    },
    shape::Dim,
};

/// Directions are drawn from the next seed, so that they are not the data.
const DIRECTIONS: u64 = 1;

/// The network of `subject` for `samples`, its dimensions numbers.
fn of_size(subject: &Subject, samples: usize) -> Network {
    let size = Dim::number(samples.max(1) as u64).unwrap_or_else(|_| Dim::one());
    with_batch(&subject.numbers, &size)
}

/// The product form with a number for every dimension, the batch's too: what is counted.
///
/// # Errors
/// A limit, or a defect.
pub fn counted(subject: &Subject) -> Result<Derivation, PipelineError> {
    let distributions = subject.layered.assumes_distributions;
    derive_finished(&subject.numbers, &Request { distributions, ..Request::new(Form::Product) })
}

/// The product form, for a batch of any size.
///
/// # Errors
/// A limit, or a norm that mixes samples.
pub fn product(subject: &Subject) -> Result<Derivation, PipelineError> {
    let distributions = subject.layered.assumes_distributions;
    finished(derive(&subject.network, &Request { distributions, ..Request::new(Form::Product) })?)
}

/// A variant, reduced as asked, with both forms.
///
/// # Errors
/// A limit, or a defect.
pub fn model(subject: &Subject, variant: Variant, reduction: Reduction) -> Result<Model, PipelineError> {
    let name = subject.network.input().samples.as_name().unwrap_or("n").to_owned();
    let network = with_reduction(&variant.of(&subject.numbers), reduction);
    let network = with_batch(&network, &Dim::name(&name));
    let request =
        Request { distributions: are_distributions(&subject.numbers, &subject.arrays), ..Request::new(Form::Layered) };
    let mut forms = derive_forms(&network, &request, &[Form::Layered, Form::Product])?.into_iter();
    let (Some(layered), Some(product)) = (forms.next(), forms.next()) else { return Err(PipelineError::Unproved) };
    let dims = BTreeMap::from([(name, subject.samples() as u64)]);
    Ok(Model { variant, network, layered: finished(layered)?, product: finished(product)?, dims })
}

/// The three models; those that are the same are one.
///
/// # Errors
/// As [`model`].
pub fn models(subject: &Subject) -> Result<Vec<(Vec<Variant>, Model)>, PipelineError> {
    let mut found: Vec<(Vec<Variant>, Network)> = Vec::new();
    for variant in Variant::ALL {
        let network = variant.of(&subject.numbers);
        match found.last_mut() {
            Some((variants, known)) if *known == network => variants.push(variant),
            _ => found.push((vec![variant], network)),
        }
    }
    let reduction = subject.numbers.term().reduction;
    let derived = found.into_iter().map(|(variants, _)| {
        let last = *variants.last().unwrap_or(&Variant::Biases);
        Ok((variants, model(subject, last, reduction)?))
    });
    derived.collect()
}

/// Random arrays of the network's shapes for `samples`.
pub fn drawn(subject: &Subject, samples: usize, seed: u64) -> Arrays {
    draw::arrays(&of_size(subject, samples), &Arrays::new(), 1.0, &mut draw::generator(seed))
}

/// A random point at which nothing cancels and no ReLU is off: X and the parameters are positive, and a W keeps the size of
/// what it is multiplied with.
fn open(mut arrays: Arrays, subject: &Subject) -> Arrays {
    /// 1/E|z| of a normal z.
    const MEAN: f64 = 1.2533;
    for slot in slots(&subject.numbers) {
        let Some(array) = arrays.get_mut(&slot.name) else { continue };
        let inputs = slot.size().and_then(|(rows, _)| u32::try_from(rows).ok()).map_or(1.0, f64::from);
        let scale = match slot.role {
            Role::Target | Role::Gain | Role::Slope | Role::Mask(_) => continue,
            Role::Input | Role::Variable => 1.0,
            Role::Weight => MEAN / inputs.sqrt(),
            Role::Bias | Role::Shift => 0.1,
        };
        array.mapv_inplace(|entry| scale * entry.abs());
    }
    arrays
}

/// The first samples of the subject, and a random point, both with directions.
pub fn points(subject: &Subject, model: &Model, seed: u64) -> [Point; 2] {
    let inputs = model.first(&subject.inputs(), influence::SAMPLES);
    let samples = subject.samples().min(influence::SAMPLES);
    let directions = drawn(subject, samples, seed.wrapping_add(DIRECTIONS));
    let elsewhere = shared(open(drawn(subject, samples, seed), subject));
    [inputs, elsewhere].map(|inputs| Point { inputs, directions: directions.clone() })
}

/// Arrays that are not copied any more.
pub fn shared(arrays: Arrays) -> Inputs<f64> {
    arrays.into_iter().map(|(name, array)| (name, array.into_shared())).collect()
}

/// Random directions for the claims.
pub fn directions(subject: &Subject, samples: usize, seed: u64) -> Arrays {
    drawn(subject, samples, seed.wrapping_add(DIRECTIONS))
}

/// The same X and Y with weights that are drawn again, and biases of 0.
pub fn redrawn(subject: &Subject, inputs: &Inputs<f64>, initialisation: Initialisation, seed: u64) -> Inputs<f64> {
    let weights = initialise::draw(&subject.numbers, initialisation, &mut draw::generator(seed));
    let mut inputs = inputs.clone();
    let names = parameters(&subject.numbers).into_iter().map(|slot| slot.name);
    for name in names {
        if let Some(array) = weights.get(&name) {
            inputs.insert(name, array.to_shared());
        }
    }
    inputs
}
