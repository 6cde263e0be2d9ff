//! Units switched off → whether gradients shrink, with the error held and with it following, and which of them feel it.

use serde::Serialize;

use super::bench::{Bench, Fixed, Found, Gradients, ROUNDING, keep, ratio};
use crate::{
    catalog::activation::Activation,
    evaluate::sweep::Unit,
    insight::{
        influence::{Factor, Reader},
        model::ends,
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
}

impl Ratios {
    /// Whether no gradient grew.
    #[must_use]
    pub fn attenuate(&self) -> bool {
        self.above == 0
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
    /// Whether X, all b and the error have one sign each, and every W too: then nothing cancels.
    pub one_sign: bool,
    /// Pairs of a unit's layer k and a gradient of layer l, where switching off the derivative gate alone changed the
    /// gradient just where l ≤ k, and all pairs.
    pub gates: [usize; 2],
    /// How often other weights were drawn, where nothing was amplified.
    pub search: Option<Search>,
}

/// Other weights, drawn until a gradient grew.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Search {
    /// Seeds that were tried.
    pub seeds: u64,
    /// Seeds with a ratio above 1.
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

/// The most active units of the hidden layers among `layers` that are made of units: at most `most`.
#[must_use]
pub fn candidates(bench: &Bench, layers: &[usize], most: usize) -> Vec<Unit> {
    let last = bench.model.network.layers.len().saturating_sub(1);
    let hidden: Vec<usize> = layers.iter().copied().filter(|layer| *layer < last).collect();
    let entrywise = |layer: &usize| bench.model.network.layers[*layer].activation != Activation::Softmax;
    let hidden: Vec<usize> = hidden.into_iter().filter(entrywise).collect();
    let each = (most / hidden.len().max(1)).max(1);
    let chosen = ends(hidden.len(), most).into_iter().map(|i| hidden[i]);
    chosen.flat_map(|layer| active(bench, layer, each)).collect()
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
    let mut found = Inactive { one_sign: one_sign(bench), ..Inactive::default() };
    for unit in units {
        let name = name(bench, *unit);
        for (fixed, ratios) in [(Fixed::Nothing, &mut found.following), (Fixed::Error, &mut found.held)] {
            note(bench, &bench.at(&bench.inputs, fixed, &[*unit])?, &name, ratios);
        }
        found.units.push(name);
    }
    found.gates = gates(bench, units)?;
    Some(found)
}

fn note(bench: &Bench, after: &Gradients, unit: &str, ratios: &mut Ratios) {
    for parameter in &bench.parameters {
        let pair = bench.base.gradients.get(&parameter.symbol).zip(after.get(&parameter.symbol));
        if let Some(value) = pair.and_then(|(before, after)| ratio(after, before)) {
            ratios.add(value, unit, &parameter.key);
        }
    }
}

/// All units of a layer at once: Δ becomes 0 there while all values stay, which is D_k = 0. One unit alone may be hidden
/// behind others that are off. Gradients that are 0 as they are tell nothing.
fn gates(bench: &Bench, units: &[Unit]) -> Option<[usize; 2]> {
    let reader = Reader::new(bench.model);
    let mut count = [0, 0];
    let mut layers: Vec<usize> = units.iter().map(|unit| unit.layer).collect();
    layers.dedup();
    for layer in layers {
        let off: Vec<Unit> = (0..bench.base.adjoints[layer].ncols()).map(|column| Unit { layer, column }).collect();
        let after = bench.at(&bench.inputs, Fixed::ErrorAndGates, &off)?;
        let is_linear = bench.model.network.layers[layer].activation == Activation::LINEAR;
        for parameter in &bench.parameters {
            let before = bench.held.get(&parameter.symbol)?;
            if before.iter().all(|entry| *entry == 0.0) {
                continue;
            }
            let changed = after.get(&parameter.symbol) != Some(before);
            let is_factor = is_linear || reader.read(parameter.symbol)?.direct.contains(&Factor::Gate(layer));
            count[0] += usize::from(changed == (parameter.layer <= layer && is_factor));
            count[1] += 1;
        }
    }
    Some(count)
}

fn one_sign(bench: &Bench) -> bool {
    let one = |array: &ndarray::ArcArray2<f64>| {
        array.iter().all(|entry| *entry >= 0.0) || array.iter().all(|entry| *entry <= 0.0)
    };
    let target = &*bench.model.network.target.name;
    let arrays = bench.inputs.iter().filter(|(name, _)| **name != *target).all(|(_, array)| one(array));
    arrays && bench.base.adjoints.last().is_some_and(one)
}

/// Draws weights by seed with `draw`, and looks for a ratio above 1.
#[must_use]
pub fn search<'a>(seeds: u64, most: usize, draw: impl Fn(u64) -> Option<Bench<'a>>) -> Search {
    let mut found = Search::default();
    for seed in 0..seeds {
        let Some(bench) = draw(seed) else { continue };
        let layers: Vec<usize> = (0..bench.model.network.layers.len()).collect();
        let mut ratios = Ratios::default();
        for unit in candidates(&bench, &layers, most) {
            if let Some(after) = bench.at(&bench.inputs, Fixed::Nothing, &[unit]) {
                note(&bench, &after, &name(&bench, unit), &mut ratios);
            }
        }
        found.seeds += 1;
        found.amplified += u64::from(ratios.above > 0);
        let known = found.largest.as_ref().map_or(0.0, |(_, found)| found.value);
        found.largest = ratios.largest.filter(|one| one.value > known).map(|one| (seed, one)).or(found.largest);
    }
    found
}
