//! A network of whole numbers → what switching one unit off does to its gradients, as fractions; and for which targets.

use std::fmt;

use ndarray::Array2;
use num_traits::{One, Zero};
use serde::Serialize;

use crate::{
    catalog::activation::Activation,
    evaluate::{
        exact::Exact,
        sweep::{Held, Inputs, Point, Unit},
    },
    expr::SymbolId,
    insight::model::{Model, Parameter},
};

/// More multiplications than this are not done in fractions.
const MULTIPLICATIONS: u64 = 2_000_000;

/// Targets that are tried: whole multiples of a round number, from 0.
const TARGETS: i128 = 50;

/// The entries of a gradient after ÷ before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// The only row or column that became 0, from 0.
    pub zero: Option<Line>,
    /// The ratio of all other entries.
    pub rest: Exact,
}

/// A row or column, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Of W_{l+1}, whose input is the unit.
    Row(usize),
    /// Of W_l, whose output is the unit.
    Column(usize),
}

impl fmt::Display for Pattern {
    /// `column 2: 0, rest 2/3`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.zero {
            Some(Line::Row(row)) => write!(f, "row {}: 0, rest {}", row + 1, self.rest),
            Some(Line::Column(column)) => write!(f, "column {}: 0, rest {}", column + 1, self.rest),
            None => write!(f, "{}", self.rest),
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// One gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// v of ∂J/∂v.
    pub gradient: String,
    /// With everything following; none where the entries have no common ratio.
    pub following: Option<Pattern>,
    /// With the error held.
    pub held: Option<Pattern>,
}

/// A target for which the unit amplifies: its ratios, and of which gradients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Amplified {
    /// Every entry of Y.
    pub target: i128,
    /// The ratios by falling size, and the gradients that have each.
    #[serde(serialize_with = "ratios")]
    pub ratios: Vec<(Exact, Vec<String>)>,
}

fn ratios<S: serde::Serializer>(ratios: &[(Exact, Vec<String>)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(ratios.iter().map(|(ratio, gradients)| (ratio.to_string(), gradients)))
}

/// Targets tried, and those that amplify.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Targets {
    /// From 0 in steps of this, up to below `steps` of them.
    pub step: i128,
    /// How many.
    pub steps: i128,
    /// How many had a ratio above 1 in size.
    pub amplified: usize,
    /// The one with the largest ratio.
    pub largest: Option<Amplified>,
}

/// One unit off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fractions {
    /// `layer:unit`.
    pub unit: String,
    /// Every gradient.
    pub rows: Vec<Row>,
    /// Other targets.
    pub targets: Option<Targets>,
}

/// A network of fractions, and a unit.
struct Exactly<'a> {
    model: &'a Model,
    inputs: &'a Inputs<Exact>,
    parameters: Vec<Parameter>,
    wanted: Vec<SymbolId>,
    unit: Unit,
}

/// Switches off `unit`, or the second unit of the layer in the middle. `None` where the network is too large, has no
/// hidden unit, or a value that is no fraction.
#[must_use]
pub fn fractions(model: &Model, inputs: &Inputs<Exact>, unit: Option<Unit>) -> Option<Fractions> {
    let samples = inputs.get(&model.input())?.nrows() as u64;
    let weights: u64 = inputs.values().map(|array| array.len() as u64).sum();
    let layers = model.network.layers.len();
    if samples * weights * 3 > MULTIPLICATIONS || layers < 2 {
        return None;
    }
    let middle = (layers - 1) / 2;
    let unit = if let Some(unit) = unit {
        unit
    } else {
        let width = model.network.layers[middle].output.as_number()?;
        Unit { layer: middle, column: usize::from(width > 1) }
    };
    if model.network.layers[unit.layer].activation == Activation::Softmax {
        return None;
    }
    let parameters = model.parameters(&(0..layers).collect::<Vec<_>>());
    let wanted = parameters.iter().map(|parameter| parameter.symbol).collect();
    let exactly = Exactly { model, inputs, parameters, wanted, unit };
    let rows = exactly.rows(inputs)?;
    let label = &model.network.layers[unit.layer].label;
    let named = format!("{label}:{}", unit.column + 1);
    Some(Fractions { unit: named, rows, targets: exactly.targets(samples * weights) })
}

impl Exactly<'_> {
    fn at(&self, inputs: &Inputs<Exact>, held: Held<'_, Exact>, off: &[Unit]) -> Option<Point<Exact>> {
        let samples = inputs.get(&self.model.input())?.nrows();
        let dims = self.model.batch(samples);
        let point = self.model.sweep(&dims)?.at(inputs, &self.wanted, held, off).ok()?;
        let exact = |array: &Array2<Exact>| array.iter().all(|entry| entry.value().is_some());
        point.gradients.values().all(exact).then_some(point)
    }

    fn rows(&self, inputs: &Inputs<Exact>) -> Option<Vec<Row>> {
        let before = self.at(inputs, Held::Nothing, &[])?;
        let following = self.at(inputs, Held::Nothing, &[self.unit])?;
        let held = self.at(inputs, Held::Error(&before), &[self.unit])?;
        let row = |parameter: &Parameter| {
            let before = before.gradients.get(&parameter.symbol)?;
            let pattern = |after: &Point<Exact>| pattern(before, after.gradients.get(&parameter.symbol)?);
            Some(Row { gradient: parameter.key.clone(), following: pattern(&following), held: pattern(&held) })
        };
        self.parameters.iter().map(row).collect()
    }

    /// Every entry of Y at 0, s, 2s, … with a round s, up to about twice the largest prediction.
    fn targets(&self, cost: u64) -> Option<Targets> {
        if cost * u64::try_from(TARGETS).ok()? > MULTIPLICATIONS {
            return None;
        }
        let point = self.at(self.inputs, Held::Nothing, &[])?;
        let largest = point.activations.last()?.iter().filter_map(|y| y.value()).max()?.to_integer();
        let step = round(largest * 2 / TARGETS);
        let name = &*self.model.network.target.name;
        let mut found = Targets { step, steps: TARGETS, amplified: 0, largest: None };
        for i in 0..TARGETS {
            let mut inputs = self.inputs.clone();
            let y = inputs.get_mut(name)?;
            *y = Array2::from_elem(y.dim(), Exact::ratio(i * step, 1)).into_shared();
            let Some(rows) = self.rows(&inputs) else { continue };
            let amplified = Amplified { target: i * step, ratios: grouped(&rows) };
            let size = |amplified: &Amplified| {
                amplified.ratios.first().map_or_else(Exact::zero, |(ratio, _)| absolute(*ratio))
            };
            found.amplified += usize::from(less(Exact::one(), size(&amplified)));
            let known = found.largest.as_ref().map_or_else(Exact::one, &size);
            if less(known, size(&amplified)) {
                found.largest = Some(amplified);
            }
        }
        Some(found)
    }
}

/// 1, 2, 5, 10, 20, … from `least` on.
fn round(least: i128) -> i128 {
    let mut power = 1;
    loop {
        if let Some(round) = [1, 2, 5].into_iter().map(|digit| digit * power).find(|round| *round >= least) {
            return round;
        }
        power *= 10;
    }
}

/// |ratio|
fn absolute(ratio: Exact) -> Exact {
    if less(ratio, Exact::zero()) { Exact::zero() - ratio } else { ratio }
}

fn less(a: Exact, b: Exact) -> bool {
    a.value().zip(b.value()).is_some_and(|(a, b)| a < b)
}

/// The ratios of the entries that did not become 0, by falling size.
fn grouped(rows: &[Row]) -> Vec<(Exact, Vec<String>)> {
    let mut groups: Vec<(Exact, Vec<String>)> = Vec::new();
    for row in rows {
        let Some(pattern) = row.following else { continue };
        match groups.iter_mut().find(|(ratio, _)| *ratio == pattern.rest) {
            Some((_, gradients)) => gradients.push(row.gradient.clone()),
            None => groups.push((pattern.rest, vec![row.gradient.clone()])),
        }
    }
    groups.sort_by_key(|(ratio, _)| std::cmp::Reverse(absolute(*ratio).value()));
    groups
}

/// The common ratio of all entries, but for one row or column of zeros.
#[must_use]
pub fn pattern(before: &Array2<Exact>, after: &Array2<Exact>) -> Option<Pattern> {
    // 0 before and after says nothing; 0 before and not after has no ratio.
    let ratio = |place: (usize, usize)| match (before[place], after[place]) {
        (before, after) if before.is_zero() && after.is_zero() => Some(None),
        (before, _) if before.is_zero() => None,
        (before, after) => Some(Some(after / before)),
    };
    let (rows, columns) = before.dim();
    let all = |line: Option<Line>| {
        let mut common = None;
        for place in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let inside = match line {
                Some(Line::Row(row)) => place.0 == row,
                Some(Line::Column(column)) => place.1 == column,
                None => false,
            };
            let Some(ratio) = ratio(place)? else { continue };
            if inside {
                if !ratio.is_zero() {
                    return None;
                }
            } else if *common.get_or_insert(ratio) != ratio {
                return None;
            }
        }
        common.map(|rest| Pattern { zero: line, rest })
    };
    let lines = (0..columns).map(Line::Column).chain((0..rows).map(Line::Row));
    all(None).or_else(|| lines.map(Some).find_map(all))
}
