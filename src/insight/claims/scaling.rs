//! Arrays doubled and moved → which gradients follow: linearity, a weight in its own gradient, the biases.

use ndarray::Array2;
use serde::Serialize;

use super::bench::{Bench, Fixed, Found, Gradients, deviation, keep, ratio};
use crate::{
    evaluate::{arrays::Arrays, sweep::Held},
    insight::{
        influence::{Factor, Reading},
        model::Parameter,
        size::{ROUNDING, largest},
    },
};

/// What X, the error or a W is multiplied by. Twice a float is exact.
const TWICE: f64 = 2.0;

/// Pairs of a factor and a gradient, by the factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pairs {
    /// The error.
    pub error: usize,
    /// A W behind the target.
    pub later: usize,
    /// X.
    pub input: usize,
    /// A W before the target.
    pub earlier: usize,
    /// Pairs that say nothing, since the gradient is 0, or no more than rounding.
    pub zero: usize,
}

/// What doubling one factor did to the gradients that it is a factor of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Linearity {
    /// Of the error and the W behind the target: the worst |g' − 2g| / |2g|, by what is held.
    pub later: [Option<Found>; 3],
    /// Of X and the W before the target.
    pub earlier: [Option<Found>; 3],
    /// ‖g'‖ / ‖g‖ with everything following, where it is furthest from 2.
    pub following: Option<Found>,
    /// The worst |g(2v) − 2g(v) + g(0)| / |g(2v)| with error and gates held: 0 where g is affine in v.
    pub affine: Option<Found>,
    /// How many there are.
    pub pairs: Pairs,
}

impl Linearity {
    /// The least that has to be held for doubling to double, of `later` or `earlier`; `None` if nothing helps.
    #[must_use]
    pub fn needs(found: &[Option<Found>; 3]) -> Option<Fixed> {
        let exact = |i: &usize| found[*i].as_ref().is_none_or(|found| found.value <= ROUNDING);
        (0..3).find(exact).map(|i| Fixed::ALL[i])
    }
}

/// What a change of v did to a gradient that v is no factor of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Absence {
    /// With error and gates held: the largest relative change. 0 means that it is missing.
    pub held: Option<Found>,
    /// With everything following.
    pub following: Option<Found>,
    /// How many pairs.
    pub pairs: usize,
    /// The pairs where v is said to be there.
    pub present: Present,
}

/// Pairs of a v and a gradient that v is said to be a factor of, error and gates held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Present {
    /// All of them.
    pub all: usize,
    /// The gradient changed.
    pub changed: usize,
    /// It did not: v stands behind an activation without a forward gate, which is held itself.
    pub behind: usize,
    /// Nor did it here: it is 0. Of the rest, nothing of the change came through at this point.
    pub zero: usize,
}

impl Present {
    fn add(&mut self, changed: bool, is_factor: bool, is_zero: bool) {
        self.all += 1;
        match (changed, is_factor) {
            (true, _) => self.changed += 1,
            (false, false) => self.behind += 1,
            (false, true) => self.zero += usize::from(is_zero),
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scaling {
    /// X, the error and every other W enter linearly.
    pub linearity: Linearity,
    /// W_l in its own gradient.
    pub own: Absence,
    /// b_k, k ≥ l, in ∂J/∂W_l, and every b in ∂J/∂b_l; present: k < l in ∂J/∂W_l.
    pub biases: Option<Absence>,
    /// X and W_k, k ≤ l, in ∂J/∂b_l; present: k > l.
    pub earlier_layers: Option<Absence>,
}

/// Doubles X, the error and the W, and moves the b; `readings` are those of the parameters that are looked at.
#[must_use]
pub fn scaling(bench: &Bench, readings: &[Reading], directions: &Arrays) -> Option<Scaling> {
    let has_bias = bench.model.layered.forward.parameters.len()
        > bench.model.network.layers.iter().filter(|l| l.has_weight()).count();
    let mut found = Scaling {
        biases: has_bias.then(Absence::default),
        earlier_layers: has_bias.then(Absence::default),
        ..Scaling::default()
    };
    error(bench, &mut found.linearity)?;
    let input = (bench.model.input(), None);
    let weights = bench.parameters.iter().filter(|parameter| !parameter.is_bias);
    let doubled = [input].into_iter().chain(weights.map(|weight| (weight.key.clone(), Some(weight.layer))));
    for (key, layer) in doubled {
        let inputs = bench.with(&key, |array| (array * TWICE).into_shared());
        let mut after = Vec::new();
        for fixed in Fixed::ALL {
            after.push(bench.at(&inputs, fixed, &[])?);
        }
        let [following, error, held] = <[Gradients; 3]>::try_from(after).ok()?;
        let zero = if has_bias && layer.is_none_or(|layer| layer == 0) {
            let inputs = bench.with(&key, |array| Array2::zeros(array.dim()).into_shared());
            Some(bench.at(&inputs, Fixed::ErrorAndGates, &[])?)
        } else {
            None
        };
        let is_zero = bench.inputs.get(&key).is_none_or(|array| array.iter().all(|entry| *entry == 0.0));
        let doubled = Doubled { key, layer, is_zero, after: [following, error, held], zero };
        for (parameter, reading) in bench.parameters.iter().zip(readings) {
            doubled.note(bench, parameter, reading, &mut found);
        }
    }
    moved(bench, readings, directions, &mut found)?;
    Some(found)
}

/// The error, doubled: everything else stays by itself.
fn error(bench: &Bench, found: &mut Linearity) -> Option<()> {
    let mut base = bench.base.clone();
    let last = base.adjoints.last_mut()?;
    *last = (&*last * TWICE).into_shared();
    let after = bench.sweep.at(&bench.inputs, &bench.wanted, Held::Error(&base), &[]).ok()?.gradients;
    for parameter in &bench.parameters {
        let (before, after) = (bench.base.gradients.get(&parameter.symbol)?, after.get(&parameter.symbol)?);
        if is_nothing(bench, parameter) {
            found.pairs.zero += 1;
            continue;
        }
        let value = deviation(after, &(before * TWICE));
        found.later.iter_mut().for_each(|worst| keep(worst, value, "error", &parameter.key));
        found.pairs.error += 1;
    }
    Some(())
}

/// An array doubled, and the gradients after that.
struct Doubled {
    key: String,
    layer: Option<usize>,
    /// Whether twice the array is the array.
    is_zero: bool,
    /// In the order of [`Fixed::ALL`].
    after: [Gradients; 3],
    /// With the array at 0, error and gates held.
    zero: Option<Gradients>,
}

impl Doubled {
    fn note(&self, bench: &Bench, parameter: &Parameter, reading: &Reading, found: &mut Scaling) {
        let factor = self.layer.map_or(Factor::Input, Factor::Weight);
        let own = self.layer == Some(parameter.layer) && !parameter.is_bias;
        if reading.direct.contains(&factor) {
            self.linear(bench, parameter, &mut found.linearity);
        }
        // Twice 0 says nothing of an array that is missing.
        if self.is_zero {
            return;
        }
        if own {
            self.absent(bench, parameter, &mut found.own);
        }
        if let Some(earlier) = found.earlier_layers.as_mut().filter(|_| parameter.is_bias) {
            if self.layer.is_none_or(|layer| layer <= parameter.layer) {
                self.absent(bench, parameter, earlier);
            } else {
                let changed = self.change(bench, parameter, Fixed::ErrorAndGates) != 0.0;
                earlier.present.add(changed, reading.direct.contains(&factor), is_zero(bench, parameter));
            }
        }
    }

    fn linear(&self, bench: &Bench, parameter: &Parameter, found: &mut Linearity) {
        if is_nothing(bench, parameter) {
            found.pairs.zero += 1;
            return;
        }
        let is_later = self.layer.is_some_and(|layer| layer > parameter.layer);
        found.pairs.later += usize::from(is_later);
        found.pairs.input += usize::from(self.layer.is_none());
        found.pairs.earlier += usize::from(!is_later && self.layer.is_some());
        for (i, fixed) in Fixed::ALL.into_iter().enumerate() {
            let before = bench.before(fixed).get(&parameter.symbol);
            let (Some(before), Some(after)) = (before, self.after[i].get(&parameter.symbol)) else { continue };
            let worst = if is_later { &mut found.later } else { &mut found.earlier };
            keep(&mut worst[i], deviation(after, &(before * TWICE)), &self.key, &parameter.key);
            if let Some(times) = ratio(after, before).filter(|_| fixed == Fixed::Nothing) {
                let far = |times: f64| (times / TWICE).max(f64::MIN_POSITIVE).ln().abs();
                if found.following.as_ref().is_none_or(|known| far(times) > far(known.value)) {
                    let (changed, gradient) = (self.key.clone(), parameter.key.clone());
                    found.following = Some(Found { changed, gradient, value: times });
                }
            }
        }
        let zero = self.zero.as_ref().and_then(|zero| zero.get(&parameter.symbol));
        let (twice, once) = (self.after[2].get(&parameter.symbol), bench.held.get(&parameter.symbol));
        if let (Some(zero), Some(twice), Some(once)) = (zero, twice, once) {
            keep(&mut found.affine, deviation(&(twice + zero), &(once * TWICE)), &self.key, &parameter.key);
        }
    }

    fn change(&self, bench: &Bench, parameter: &Parameter, fixed: Fixed) -> f64 {
        let place = Fixed::ALL.iter().position(|other| *other == fixed).unwrap_or_default();
        let (before, after) = (bench.before(fixed).get(&parameter.symbol), self.after[place].get(&parameter.symbol));
        before.zip(after).map_or(0.0, |(before, after)| deviation(after, before))
    }

    fn absent(&self, bench: &Bench, parameter: &Parameter, found: &mut Absence) {
        found.pairs += 1;
        keep(&mut found.held, self.change(bench, parameter, Fixed::ErrorAndGates), &self.key, &parameter.key);
        keep(&mut found.following, self.change(bench, parameter, Fixed::Nothing), &self.key, &parameter.key);
    }
}

/// Whether the gradient is 0, or no more than what rounding leaves of terms that cancel.
fn is_nothing(bench: &Bench, parameter: &Parameter) -> bool {
    let size = bench.base.gradients.get(&parameter.symbol).map(largest);
    size.zip(bench.residues.get(&parameter.symbol)).is_none_or(|(size, residue)| size <= *residue)
}

/// Whether the gradient is 0 as it is evaluated with error and gates held.
fn is_zero(bench: &Bench, parameter: &Parameter) -> bool {
    bench.held.get(&parameter.symbol).is_some_and(|gradient| gradient.iter().all(|entry| *entry == 0.0))
}

/// Each b by a random row of its size, or of size 1 where it is 0.
fn moved(bench: &Bench, readings: &[Reading], directions: &Arrays, found: &mut Scaling) -> Option<()> {
    let Some(biases) = &mut found.biases else { return Some(()) };
    for moved in bench.parameters.iter().filter(|parameter| parameter.is_bias) {
        let direction = directions.get(&moved.key)?;
        let inputs = bench.with(&moved.key, |b| {
            let size = b.iter().fold(0.0_f64, |size, b| size.max(b.abs()));
            (b + &(direction * if size > 0.0 { size } else { 1.0 })).into_shared()
        });
        let (held, following) =
            (bench.at(&inputs, Fixed::ErrorAndGates, &[])?, bench.at(&inputs, Fixed::Nothing, &[])?);
        for (parameter, reading) in bench.parameters.iter().zip(readings) {
            let change = |fixed: Fixed, after: &Gradients| {
                let (before, after) = (bench.before(fixed).get(&parameter.symbol)?, after.get(&parameter.symbol)?);
                Some(deviation(after, before))
            };
            let held = change(Fixed::ErrorAndGates, &held)?;
            if !parameter.is_bias && moved.layer < parameter.layer {
                let is_factor = reading.direct.contains(&Factor::Bias(moved.layer));
                biases.present.add(held != 0.0, is_factor, is_zero(bench, parameter));
            } else {
                biases.pairs += 1;
                keep(&mut biases.held, held, &moved.key, &parameter.key);
                keep(&mut biases.following, change(Fixed::Nothing, &following)?, &moved.key, &parameter.key);
            }
        }
    }
    Some(())
}
