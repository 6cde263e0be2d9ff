//! A unit → what switching it off does to every gradient: entry by entry after ÷ before, with the error following and with
//! it held fixed.

use std::cmp::Ordering;

use ndarray::{Array2, Zip};
use serde::{Serialize, Serializer};

use super::Subject;
use crate::{
    evaluate::{
        eval::EvaluationError,
        exact::Exact,
        sweep::{Held, Inputs, Number, Point, Sweep, Unit},
    },
    expr::{Role, SymbolId},
    network::graph::Layer,
};

/// Gradients of more entries than this, all together, are told by their spread alone.
pub const ENTRIES: usize = 10_000;

/// Ratios that differ by less than this, relative to the larger, differ by rounding only.
const ROUNDING: f64 = 1e-9;

/// after ÷ before: exact where all figures are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ratio {
    /// A fraction.
    Exact(Exact),
    /// A float.
    Float(f64),
}

impl Ratio {
    /// As a float.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Exact(exact) => exact.to_f64(),
            Self::Float(value) => value,
        }
    }

    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => a == b,
            (a, b) => (a.value() - b.value()).abs() <= ROUNDING * a.value().abs().max(b.value().abs()),
        }
    }

    fn order(self, other: Self) -> Ordering {
        self.value().total_cmp(&other.value())
    }
}

impl Serialize for Ratio {
    /// `"2/3"`, `0.98`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact(exact) => serializer.collect_str(exact),
            Self::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

/// The ratios of some entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The median, least and greatest of those that have one.
    pub median_least_greatest: Option<[Ratio; 3]>,
    /// Entries that have one.
    pub defined: usize,
    /// Entries that are 0 before and after: 0 ÷ 0 is no ratio.
    pub zero: usize,
    /// Entries that are 0 before only.
    pub from_zero: usize,
    /// Entries of which one value is no number: an overflow.
    pub unknown: usize,
    /// Entries whose |ratio| is above 1: they are amplified.
    pub amplified: usize,
    /// Entries whose ratio is below 0: they turn round.
    pub turned: usize,
}

impl Spread {
    /// The ratio that all entries have.
    #[must_use]
    pub fn only(&self) -> Option<Ratio> {
        let [median, least, greatest] = self.median_least_greatest?;
        (least.is_same(greatest) && self.zero + self.from_zero + self.unknown == 0).then_some(median)
    }

    /// Entries in all.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.defined + self.zero + self.from_zero + self.unknown
    }
}

/// A row or a column of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The place from 1.
    Row(usize),
    /// The place from 1.
    Column(usize),
}

/// The ratios of one gradient: of the unit's own line apart if it has another ratio, and of the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratios {
    /// The line that the unit has in the gradient.
    pub own: Option<(Line, Spread)>,
    /// All other entries.
    pub rest: Spread,
    /// The ratio of each entry, row by row, `None` of those that have none; of large networks nothing.
    pub entries: Option<Vec<Vec<Option<Ratio>>>>,
}

/// One gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// By what.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// Everything follows.
    pub following: Ratios,
    /// Δ_L is held fixed.
    pub held: Ratios,
}

/// What switching a unit off does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Off {
    /// The layer's number or name.
    pub layer: String,
    /// The unit, from 1.
    pub unit: usize,
    /// Whether the ratios are fractions.
    pub exact: bool,
    /// One a parameter.
    pub effects: Vec<Effect>,
}

/// Switches `unit` off: in fractions if there are any, else in floats.
///
/// # Errors
/// An array or a dimension is missing.
pub fn off(subject: &Subject, sweep: Sweep<'_>, unit: Unit) -> Result<Off, EvaluationError> {
    let layers = &subject.numbers.layers;
    let exact = subject.exact_inputs().map(|inputs| exactly(layers, sweep, &inputs, unit)).transpose()?.flatten();
    exact.map_or_else(|| switched(layers, sweep, &subject.inputs(), unit, &float), Ok)
}

/// Switches `unit` off in fractions; `None` where an entry is no fraction.
///
/// # Errors
/// An array or a dimension is missing.
pub fn exactly(
    layers: &[Layer],
    sweep: Sweep<'_>,
    inputs: &Inputs<Exact>,
    unit: Unit,
) -> Result<Option<Off>, EvaluationError> {
    let found = switched(layers, sweep, inputs, unit, &exact)?;
    let known = |ratios: &Ratios| ratios.rest.unknown + ratios.own.as_ref().map_or(0, |(_, own)| own.unknown) == 0;
    let all = found.effects.iter().all(|effect| known(&effect.following) && known(&effect.held));
    Ok(all.then_some(Off { exact: true, ..found }))
}

/// What one entry says.
#[derive(Clone, Copy)]
enum Entry {
    Ratio(Ratio),
    Zero,
    FromZero,
    Unknown,
}

impl Entry {
    fn ratio(self) -> Option<Ratio> {
        match self {
            Self::Ratio(ratio) => Some(ratio),
            Self::Zero | Self::FromZero | Self::Unknown => None,
        }
    }
}

fn exact(after: Exact, before: Exact) -> Entry {
    let zero = Exact::ratio(0, 1);
    match (after == zero, before == zero) {
        _ if after == Exact::NONE || before == Exact::NONE => Entry::Unknown,
        (true, true) => Entry::Zero,
        (false, true) => Entry::FromZero,
        _ if after / before == Exact::NONE => Entry::Unknown,
        _ => Entry::Ratio(Ratio::Exact(after / before)),
    }
}

fn float(after: f64, before: f64) -> Entry {
    let ratio = after / before;
    match (after == 0.0, before == 0.0) {
        _ if !(after.is_finite() && before.is_finite()) => Entry::Unknown,
        (true, true) => Entry::Zero,
        (false, true) => Entry::FromZero,
        _ if ratio.is_finite() => Entry::Ratio(Ratio::Float(ratio)),
        _ => Entry::Unknown,
    }
}

fn switched<N: Number>(
    layers: &[Layer],
    sweep: Sweep<'_>,
    inputs: &Inputs<N>,
    unit: Unit,
    entry: &dyn Fn(N, N) -> Entry,
) -> Result<Off, EvaluationError> {
    let forward = sweep.forward();
    let wanted = &forward.parameters;
    let before = sweep.at(inputs, wanted, Held::Nothing, &[])?;
    let following = sweep.at(inputs, wanted, Held::Nothing, &[unit])?;
    let held = sweep.at(inputs, wanted, Held::Error(&before), &[unit])?;
    let entries: usize = before.gradients.values().map(Array2::len).sum();
    // Layers without W hand a unit on: it has the column of the W before them, and the row of the one behind.
    let own = (0..=unit.layer).rev().find(|layer| layers[*layer].has_weight());
    let next = (unit.layer + 1..layers.len()).find(|layer| layers[*layer].has_weight());
    let effect = |variable: &SymbolId| -> Option<Effect> {
        let symbol = forward.arena.symbol(*variable);
        let layer = layers.iter().position(|layer| Some(&layer.label) == symbol.label.as_ref())?;
        let line = if Some(layer) == own {
            Some(Line::Column(unit.column + 1))
        } else {
            (Some(layer) == next && symbol.role == Role::Weight).then_some(Line::Row(unit.column + 1))
        };
        let of = |point: &Point<N>| {
            let ratios = ratios(point.gradients.get(variable)?, before.gradients.get(variable)?, line, entry);
            Some(if entries > ENTRIES { Ratios { entries: None, ..ratios } } else { ratios })
        };
        Some(Effect { variable: *variable, name: symbol.key(), following: of(&following)?, held: of(&held)? })
    };
    let effects = wanted.iter().filter_map(effect).collect();
    let layer = layers.get(unit.layer).map(|layer| layer.label.to_string()).unwrap_or_default();
    Ok(Off { layer, unit: unit.column + 1, exact: false, effects })
}

fn ratios<N: Number>(
    after: &Array2<N>,
    before: &Array2<N>,
    line: Option<Line>,
    entry: &dyn Fn(N, N) -> Entry,
) -> Ratios {
    let all = Zip::from(after).and(before).map_collect(|after, before| entry(*after, *before));
    let is_own = |(row, column): (usize, usize)| match line {
        Some(Line::Row(place)) => row + 1 == place,
        Some(Line::Column(place)) => column + 1 == place,
        None => false,
    };
    let (own, rest): (Vec<_>, Vec<_>) = all.indexed_iter().partition(|(place, _)| is_own(*place));
    let [apart, others] = [own, rest].map(|entries| spread(entries.into_iter().map(|(_, entry)| *entry)));
    let entries = Some(all.rows().into_iter().map(|row| row.iter().map(|entry| entry.ratio()).collect()).collect());
    match (line, apart.only(), others.only()) {
        (Some(_), Some(one), Some(other)) if one.is_same(other) => {
            let (defined, amplified, turned) =
                (apart.defined + others.defined, apart.amplified + others.amplified, apart.turned + others.turned);
            Ratios { own: None, rest: Spread { defined, amplified, turned, ..others }, entries }
        }
        _ => Ratios { own: line.map(|line| (line, apart)), rest: others, entries },
    }
}

fn spread(entries: impl Iterator<Item = Entry>) -> Spread {
    let mut spread = Spread::default();
    let mut ratios = Vec::new();
    for entry in entries {
        match entry {
            Entry::Ratio(ratio) => ratios.push(ratio),
            Entry::Zero => spread.zero += 1,
            Entry::FromZero => spread.from_zero += 1,
            Entry::Unknown => spread.unknown += 1,
        }
    }
    ratios.sort_by(|a, b| a.order(*b));
    spread.defined = ratios.len();
    spread.amplified = ratios.iter().filter(|ratio| ratio.value().abs() > 1.0 + ROUNDING).count();
    spread.turned = ratios.iter().filter(|ratio| ratio.value() < 0.0).count();
    if let (Some(least), Some(greatest)) = (ratios.first(), ratios.last()) {
        spread.median_least_greatest = Some([ratios[(ratios.len() - 1) / 2], *least, *greatest]);
    }
    spread
}
