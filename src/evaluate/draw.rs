//! A seed → numbers for free dimensions, and random arrays that suit a network.

use std::{
    collections::{BTreeMap, BTreeSet},
    f64::consts::TAU,
};

use ndarray::Array2;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::arrays::{Arrays, Role, Slot, slots};
use crate::{
    catalog::loss::Loss,
    network::graph::{Network, Term},
};

/// The numbers that free dimensions get: small, so that every check is fast, and above 1, so that a missing
/// transpose is seen.
const NUMBERS: std::ops::RangeInclusive<u64> = 2..=9;

/// A source of random numbers that gives the same numbers for the same seed on every machine.
#[must_use]
pub fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A number from 2 to 9 for each of `names`: all different, and different from `taken`, as long as there are enough.
pub fn numbers(
    names: impl IntoIterator<Item = String>,
    taken: &BTreeSet<u64>,
    rng: &mut ChaCha8Rng,
) -> BTreeMap<String, u64> {
    let mut pool: Vec<u64> = NUMBERS.filter(|number| !taken.contains(number)).collect();
    pool.shuffle(rng);
    names.into_iter().map(|name| (name, pool.pop().unwrap_or_else(|| rng.random_range(NUMBERS)))).collect()
}

/// All arrays of a network whose dimensions are numbers: those of `given`, and random ones for the rest.
///
/// X, b and most Y are normal; W is normal with variance `scale`²/f for f inputs, so that neither depth nor width makes
/// values grow; Y suits the loss: rows that sum to 1 for `cce`, values between 0 and 1 for `bce`, counts for `poisson`.
/// Drawing again with a smaller `scale` (1 at first) helps where the values overflow.
pub fn arrays(network: &Network, given: &Arrays, scale: f64, rng: &mut ChaCha8Rng) -> Arrays {
    let array = |slot: Slot| {
        let of_target = |term: &&Term| *term.target.name == *slot.name && term.target_value.is_none();
        let loss = network.terms.iter().find(of_target).map_or(network.term().loss, |term| term.loss);
        let value = given.get(&slot.name).cloned().unwrap_or_else(|| draw(loss, &slot, scale, rng));
        (slot.name, value)
    };
    slots(network).into_iter().map(array).collect()
}

fn draw(loss: Loss, slot: &Slot, scale: f64, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let size = slot.size().unwrap_or((1, 1));
    match slot.role {
        Role::Input | Role::Variable => each(size, || normal(rng)),
        Role::Weight => {
            let inputs = u32::try_from(size.0).map_or(1.0, f64::from);
            let deviation = scale / inputs.sqrt();
            each(size, || deviation * normal(rng))
        }
        Role::Bias | Role::Shift => each(size, || 0.5 * scale * normal(rng)),
        Role::Gain => each(size, || 1.0 + 0.3 * normal(rng)),
        Role::Slope => each(size, || 0.25 + 0.1 * normal(rng)),
        Role::Mean => each(size, || 0.5 * scale * normal(rng)),
        Role::Variance => each(size, || rng.random_range(0.5..1.5)),
        Role::Mask(rate) => mask(rate.value(), size, rng),
        Role::Target => target(loss, size, rng),
    }
}

/// Entries 1/(1 − rate), each 0 with the probability `rate`.
pub(super) fn mask(rate: f64, size: (usize, usize), rng: &mut ChaCha8Rng) -> Array2<f64> {
    each(size, || if rng.random::<f64>() < rate { 0.0 } else { 1.0 / (1.0 - rate) })
}

fn target(loss: Loss, size: (usize, usize), rng: &mut ChaCha8Rng) -> Array2<f64> {
    match loss {
        Loss::HalfMse | Loss::Mse | Loss::Mae | Loss::Huber(_) | Loss::Upstream | Loss::Total => {
            each(size, || normal(rng))
        }
        Loss::Bce => each(size, || rng.random_range(0.05..0.95)),
        Loss::Poisson => each(size, || f64::from(rng.random_range(0..5_u8))),
        Loss::Hinge => each(size, || if rng.random() { 1.0 } else { -1.0 }),
        Loss::Cce | Loss::Nll => {
            let mut y = each(size, || rng.random_range(0.1..1.0));
            for mut row in y.rows_mut() {
                let total = row.sum();
                row /= total;
            }
            y
        }
    }
}

fn each(size: (usize, usize), number: impl FnMut() -> f64) -> Array2<f64> {
    Array2::from_shape_simple_fn(size, number)
}

/// A direction of normal entries.
pub fn direction(size: (usize, usize), rng: &mut ChaCha8Rng) -> Array2<f64> {
    each(size, || normal(rng))
}

/// A standard normal number, by Box and Muller's √(−2 ln u) cos(2πv).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
    (-2.0 * u.ln()).sqrt() * (TAU * v).cos()
}
