//! Units switched off → whether gradients shrink, with everything following, with the error held, and with the gates held too.

use ndarray::{Array2, ArrayBase, Data, Ix2};
use serde::Serialize;

use super::bench::{Bench, Fixed, Found, Gradients, keep, ratio};
use crate::{
    catalog::activation::Activation,
    evaluate::sweep::Unit,
    insight::{
        model::ends,
        size::{ROUNDING, largest},
    },
};

/// The ratios ‖∂J/∂v after‖ / ‖∂J/∂v before‖ of all gradients, a unit at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ratios {
    /// The smallest.
    pub smallest: Option<Found>,
    /// The largest.
    pub largest: Option<Found>,
    /// How many are above 1.
    pub above: usize,
    /// How many there are.
    pub all: usize,
    /// Gradients that were 0 and are not afterwards: they have no ratio.
    pub from_zero: usize,
    /// Gradients with entries that are no floats: they have none either.
    pub unknown: usize,
}

impl Ratios {
    /// Whether a gradient grew.
    #[must_use]
    pub fn grow(&self) -> bool {
        self.above + self.from_zero > 0
    }

    /// Whether no gradient grew, as far as all of them are known.
    #[must_use]
    pub fn attenuate(&self) -> bool {
        !self.grow() && self.unknown == 0
    }

    /// Whether all ratios are one but for rounding.
    #[must_use]
    pub fn is_one(&self) -> bool {
        let ends = self.smallest.as_ref().zip(self.largest.as_ref());
        ends.is_some_and(|(smallest, largest)| largest.value - smallest.value <= ROUNDING * largest.value)
    }

    fn add(&mut self, value: f64, unit: &str, gradient: &str) {
        keep(&mut self.largest, value, unit, gradient);
        if self.smallest.as_ref().is_none_or(|smallest| value < smallest.value) {
            self.smallest = Some(Found { changed: unit.into(), gradient: gradient.into(), value });
        }
        self.all += 1;
        self.above += usize::from(value > 1.0 + ROUNDING);
    }
}

/// What switching units off did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inactive {
    /// The units, `layer:unit`, both from 1 or by name.
    pub units: Vec<String>,
    /// With everything following.
    pub following: Ratios,
    /// With the error held; the gates follow.
    pub held: Ratios,
    /// With error and gates held: both gates of the unit are 0.
    pub held_with_gates: Ratios,
    /// Whether all terms have one sign in every sum of the forward pass, the backward pass and the gradients: nothing cancels.
    pub one_sign: bool,
    /// How often other weights were drawn, where nothing was amplified.
    pub search: Option<Search>,
}

impl Inactive {
    /// Whether a case that decides has gradients that are no floats, and none that grew.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        let all = [&self.following, &self.held, &self.held_with_gates];
        let mut before = all.into_iter().take_while(|ratios| !ratios.attenuate());
        before.any(|ratios| !ratios.grow() && ratios.unknown > 0)
    }

    /// The least that has to be held for no gradient to grow; `None` if nothing helps.
    #[must_use]
    pub fn needs(&self) -> Option<Fixed> {
        let all = [&self.following, &self.held, &self.held_with_gates].into_iter().zip(Fixed::ALL);
        all.into_iter().find(|(ratios, _)| ratios.attenuate()).map(|(_, fixed)| fixed)
    }
}

/// Other weights, drawn until a gradient grew.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Search {
    /// Seeds that were tried.
    pub seeds: u64,
    /// Seeds at which a gradient grew.
    pub amplified: u64,
    /// The largest ratio, everything following, and its seed.
    pub largest: Option<(u64, Found)>,
}

/// `3:2`
#[must_use]
pub fn name(bench: &Bench, unit: Unit) -> String {
    let label = bench.model.network.layers.get(unit.layer).map_or("", |layer| &*layer.label);
    format!("{label}:{}", unit.column + 1)
}

/// `first`, then the most active units of the hidden layers among `layers` that are made of units: at most `most`.
#[must_use]
pub fn candidates(bench: &Bench, layers: &[usize], most: usize, first: Option<Unit>) -> Vec<Unit> {
    let last = bench.model.network.layers.len().saturating_sub(1);
    let hidden: Vec<usize> = layers.iter().copied().filter(|layer| *layer < last).collect();
    let entrywise = |layer: &usize| bench.model.network.layers[*layer].activation != Activation::Softmax;
    let hidden: Vec<usize> = hidden.into_iter().filter(entrywise).collect();
    let each = (most / hidden.len().max(1)).max(1);
    let chosen = ends(hidden.len(), most).into_iter().map(|i| hidden[i]);
    let others = chosen.flat_map(|layer| active(bench, layer, each)).filter(|unit| Some(*unit) != first);
    first.into_iter().chain(others).take(most).collect()
}

/// The units of a layer by falling Σ|A|.
fn active(bench: &Bench, layer: usize, most: usize) -> Vec<Unit> {
    let a = &bench.base.activations[layer];
    let size = |column: usize| a.column(column).iter().map(|a| a.abs()).sum::<f64>();
    let mut columns: Vec<(usize, f64)> = (0..a.ncols()).map(|column| (column, size(column))).collect();
    columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    columns.into_iter().take(most).map(|(column, _)| Unit { layer, column }).collect()
}

/// Switches the units off, one at a time.
#[must_use]
pub fn inactive(bench: &Bench, units: &[Unit]) -> Option<Inactive> {
    let mut found = Inactive { one_sign: one_sign(bench).unwrap_or(false), ..Inactive::default() };
    for unit in units {
        let name = name(bench, *unit);
        let ratios = [&mut found.following, &mut found.held, &mut found.held_with_gates];
        for (fixed, ratios) in Fixed::ALL.into_iter().zip(ratios) {
            note(bench, fixed, &bench.at(&bench.inputs, fixed, &[*unit])?, &name, ratios);
        }
        found.units.push(name);
    }
    Some(found)
}

fn note(bench: &Bench, fixed: Fixed, after: &Gradients, unit: &str, ratios: &mut Ratios) {
    for parameter in &bench.parameters {
        let pair = bench.before(fixed).get(&parameter.symbol).zip(after.get(&parameter.symbol));
        let (Some((before, after)), Some(residue)) = (pair, bench.residues.get(&parameter.symbol)) else { continue };
        let sizes = [before, after].map(largest);
        if !sizes.iter().all(|size| size.is_finite()) {
            ratios.unknown += 1;
        } else if sizes[0] <= *residue {
            ratios.from_zero += usize::from(sizes[1] > *residue);
        } else if let Some(value) = ratio(after, before) {
            ratios.add(value, unit, &parameter.key);
        }
    }
}

/// Whether no sum has terms of both signs: of Z = A W + b, of Δ Wᵀ, of Aᵀ Δ and of the column sums of Δ. Where it is so, every
/// gradient is a sum of products of one sign over all paths, and a unit that is off takes some of them away. The derivative
/// of softmax is a sum of its own, of both signs.
fn one_sign(bench: &Bench) -> Option<bool> {
    let (layers, base) = (&bench.model.network.layers, &bench.base);
    if layers.iter().rev().skip(1).any(|layer| layer.activation == Activation::Softmax) {
        return Some(false);
    }
    let all: Vec<usize> = (0..layers.len()).collect();
    for parameter in bench.model.parameters(&all) {
        let (array, delta) = (bench.inputs.get(&parameter.key)?, base.adjoints.get(parameter.layer)?);
        let a = match parameter.layer.checked_sub(1) {
            Some(before) => base.activations.get(before)?,
            None => bench.inputs.get(&bench.model.input())?,
        };
        let is_one = if parameter.is_bias {
            let z = base.pre_activations.get(parameter.layer)?;
            // A W is of one sign itself; b has that sign too where Z b = A W b + b² is no less than b².
            let none_against = z.rows().into_iter().all(|z| z.iter().zip(array).all(|(z, b)| z * b >= b * b));
            none_against && sums_are_of_one_sign(&Array2::ones((1, delta.nrows())), delta)
        } else {
            sums_are_of_one_sign(a, array)
                && sums_are_of_one_sign(&a.t(), delta)
                && (parameter.layer == 0 || sums_are_of_one_sign(delta, &array.t()))
        };
        if !is_one {
            return Some(false);
        }
    }
    Some(true)
}

/// |a b| = |a| |b|, but for rounding; and not 0, where there is nothing to cancel.
fn sums_are_of_one_sign<S: Data<Elem = f64>, T: Data<Elem = f64>>(
    a: &ArrayBase<S, Ix2>,
    b: &ArrayBase<T, Ix2>,
) -> bool {
    let (sums, most) = (a.dot(b), a.mapv(f64::abs).dot(&b.mapv(f64::abs)));
    sums.iter().any(|sum| *sum != 0.0) && sums.iter().zip(&most).all(|(sum, most)| sum.abs() >= most * (1.0 - ROUNDING))
}

/// Draws weights by seed with `draw`, and looks for a gradient that grows; `first` is tried in any case.
#[must_use]
pub fn search<'a>(seeds: u64, most: usize, first: Option<Unit>, draw: impl Fn(u64) -> Option<Bench<'a>>) -> Search {
    let mut found = Search::default();
    for seed in 0..seeds {
        let Some(bench) = draw(seed) else { continue };
        let layers: Vec<usize> = (0..bench.model.network.layers.len()).collect();
        let mut ratios = Ratios::default();
        for unit in candidates(&bench, &layers, most, first) {
            if let Some(after) = bench.at(&bench.inputs, Fixed::Nothing, &[unit]) {
                note(&bench, Fixed::Nothing, &after, &name(&bench, unit), &mut ratios);
            }
        }
        found.seeds += 1;
        found.amplified += u64::from(ratios.grow());
        let known = found.largest.as_ref().map_or(0.0, |(_, found)| found.value);
        found.largest = ratios.largest.filter(|one| one.value > known).map(|one| (seed, one)).or(found.largest);
    }
    found
}
