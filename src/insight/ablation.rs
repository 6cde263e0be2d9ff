//! A unit → what switching it off does to every gradient: entry by entry after ÷ before, with the error following and with
//! it held fixed.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use ndarray::{Array2, Zip};
use serde::Serialize;

use self::ratio::{Entry, float, fraction, spread};
use super::Subject;
use crate::{
    evaluate::{
        EvaluationError, Evaluator, Exact, Inputs, Number, Unit,
        arrays::symbol,
        evaluator::{Gradients, SwitchedOff},
        exact::{self},
    },
    expr::{ExprId, Op, Role, Symbol, SymbolId},
    network::graph::{Layer, Operation, Source, Value},
};

pub use self::ratio::{ROUNDING, Ratio, Spread};

mod ratio;

/// Gradients of more entries than this, all together, are told by their spread alone.
pub const ENTRIES: usize = 10_000;

/// A matrix of more rows or columns than this is shown by blocks.
pub const BLOCKS: usize = 12;

/// More multiplications than this are not done in fractions: those of a large network take minutes.
pub const MULTIPLICATIONS: u64 = 2_000_000;

/// A row or a column of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The place from 1.
    Row(usize),
    /// The place from 1.
    Column(usize),
}

/// The ratios of one gradient: of the unit's own line apart if it has another ratio, and of the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ratios {
    /// The line that the unit has in the gradient.
    pub own: Option<(Line, Spread)>,
    /// All other entries.
    pub rest: Spread,
    /// The ratio of each entry, row by row, `None` of those that have none; of large networks nothing.
    pub entries: Option<Vec<Vec<Option<Ratio>>>>,
    /// The same by at most [`BLOCKS`] rows and columns and the unit's own: of each block the median.
    #[serde(skip)]
    pub blocks: Vec<Vec<Option<Ratio>>>,
    /// Which row or column of the blocks is the unit's own, from 0.
    #[serde(skip)]
    pub own_block: Option<Line>,
}

/// One gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Effect {
    /// By what.
    #[serde(skip)]
    pub variable: SymbolId,
    /// Its name as users type it.
    pub name: String,
    /// Everything follows.
    pub following: Ratios,
    /// Δ_L is held fixed, the error with the last gate; of a unit of the last layer but for its own column, which is 0.
    pub held: Ratios,
}

/// Why the ratios of constant arrays are no fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Inexact {
    /// A function whose values are no fractions, as e^z.
    Irrational,
    /// Too many multiplications.
    Large,
    /// Too many digits.
    Long,
}

/// What switching a unit off does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ablation {
    /// The layer's number or name.
    pub layer: String,
    /// The unit, from 1.
    pub unit: usize,
    /// Layers and units that are switched off with it.
    #[serde(skip)]
    pub also: Vec<(String, usize)>,
    /// The last layer's number or name: its Δ is what is held.
    #[serde(skip)]
    pub last: String,
    /// Whether there are several losses, whose errors are all held.
    #[serde(skip)]
    pub several: bool,
    /// Whether the ratios are fractions.
    pub exact: bool,
    /// Why not, though the arrays are constant, where that is known.
    pub inexact: Option<Inexact>,
    /// One a parameter.
    pub effects: Vec<Effect>,
}

/// Switches `units` off, at least one: in fractions if there are any, else in floats.
///
/// # Errors
/// An array or a dimension is missing.
pub fn ablation(subject: &Subject, evaluator: Evaluator<'_>, units: &[Unit]) -> Result<Ablation, EvaluationError> {
    let layers = &subject.numbers.layers;
    let floats = |inexact| {
        let inputs = subject.inputs();
        let found = switched(layers, evaluator, &inputs, units, &float)?;
        Ok(Ablation { inexact, ..found })
    };
    let Some(inputs) = subject.exact_inputs() else { return floats(None) };
    let entries: u64 = subject.arrays.values().map(|array| array.len() as u64).sum();
    if has_operator(evaluator, &is_irrational) {
        return floats(Some(Inexact::Irrational));
    }
    if entries * subject.samples() as u64 * 3 > MULTIPLICATIONS {
        return floats(Some(Inexact::Large));
    }
    if let Some(found) = exactly(layers, evaluator, &inputs, units)? {
        return Ok(found);
    }
    let found = floats(Some(Inexact::Long))?;
    // What is divided by 0 is no fraction however many digits there are: of the two nothing is known.
    let divided =
        has_operator(evaluator, &|op| matches!(op, Op::Reciprocal(_))) && found.all_spreads().any(|s| s.unknown > 0);
    Ok(if divided { Ablation { inexact: None, ..found } } else { found })
}

impl Ablation {
    /// Of all gradients, with the error following and held.
    fn all_spreads(&self) -> impl Iterator<Item = &Spread> {
        self.effects.iter().flat_map(|effect| [&effect.following, &effect.held]).flat_map(Ratios::spreads)
    }
}

impl Ratios {
    /// Of the unit's own line, and of the rest.
    pub fn spreads(&self) -> impl Iterator<Item = &Spread> {
        self.own.iter().map(|(_, own)| own).chain([&self.rest])
    }
}

/// Whether an operator like this stands in the forward pass or in a gradient.
fn has_operator(evaluator: Evaluator<'_>, is: &dyn Fn(&Op<ExprId>) -> bool) -> bool {
    let (forward, gradient) = (evaluator.forward(), evaluator.gradient());
    let definitions = forward.definitions.iter().chain(&gradient.definitions).map(|definition| definition.value);
    let values: Vec<_> = definitions.chain(gradient.derivatives.iter().map(|derivative| derivative.value)).collect();
    forward.arena.reachable(&values).into_iter().any(|id| is(forward.arena.op(id)))
}

fn is_irrational(op: &Op<ExprId>) -> bool {
    matches!(op, Op::Softmax(_) | Op::LogSumExp(_))
        || matches!(op, Op::Map(function, order, _) if exact::at(*function, *order, Exact::ratio(1, 1)) == Exact::NONE)
}

/// Switches `units` off in fractions; `None` where an entry, or a median, is no fraction.
///
/// # Errors
/// An array or a dimension is missing.
pub fn exactly(
    layers: &[Layer],
    evaluator: Evaluator<'_>,
    inputs: &Inputs<Exact>,
    units: &[Unit],
) -> Result<Option<Ablation>, EvaluationError> {
    let found = switched(layers, evaluator, inputs, units, &fraction)?;
    let medians = |spread: &Spread| spread.median_least_greatest.is_none_or(|[median, ..]| !median.is_none());
    let all = found.all_spreads().all(|spread| spread.unknown == 0 && medians(spread));
    Ok(all.then_some(Ablation { exact: true, ..found }))
}

fn switched<N: Number>(
    layers: &[Layer],
    evaluator: Evaluator<'_>,
    inputs: &Inputs<N>,
    units: &[Unit],
    entry: &dyn Fn(N, N) -> Entry,
) -> Result<Ablation, EvaluationError> {
    let forward = evaluator.forward();
    let wanted = &forward.parameters;
    let off = switched_off(layers, evaluator, units);
    let nothing = IndexMap::new();
    let before = evaluator.without(inputs, wanted, &nothing, &[])?;
    let following = evaluator.without(inputs, wanted, &nothing, &off)?;
    let held = evaluator.without(inputs, wanted, &before.errors, &off)?;
    let unit = units.first().copied().unwrap_or(Unit { layer: 0, column: 0 });
    // Of several units none has a line that would tell all of them apart.
    let is_one = units.len() == 1;
    let entries: usize = before.by.values().map(Array2::len).sum();
    let effect = |variable: &SymbolId| -> Option<Effect> {
        let symbol = forward.arena.symbol(*variable);
        let line = is_one.then(|| line(layers, unit, symbol)).flatten();
        let of = |point: &Gradients<N>| {
            let ratios = ratios(point.by.get(variable)?, before.by.get(variable)?, line, entry);
            Some(if entries > ENTRIES { Ratios { entries: None, ..ratios } } else { ratios })
        };
        Some(Effect { variable: *variable, name: symbol.key(), following: of(&following)?, held: of(&held)? })
    };
    let effects = wanted.iter().filter_map(effect).collect();
    let label = |layer: Option<&Layer>| layer.map(|layer| layer.label.to_string()).unwrap_or_default();
    let (layer, last) = (label(layers.get(unit.layer)), label(layers.last()));
    let several = before.errors.len() > 1;
    let also = units.iter().skip(1).map(|unit| (label(layers.get(unit.layer)), unit.column + 1)).collect();
    Ok(Ablation { layer, also, unit: unit.column + 1, last, several, exact: false, inexact: None, effects })
}

/// The units as the derivation names their values and gradients.
fn switched_off(layers: &[Layer], evaluator: Evaluator<'_>, units: &[Unit]) -> Vec<SwitchedOff> {
    let (forward, gradient) = (evaluator.forward(), evaluator.gradient());
    let find = |letter: &str, layer: &Layer| {
        let key = symbol(letter, &layer.label);
        let mut symbols = forward.definitions.iter().map(|definition| definition.symbol);
        symbols.find(|symbol| forward.arena.symbol(*symbol).key() == key)
    };
    let unit = |unit: &Unit| {
        let layer = layers.get(unit.layer)?;
        let value = find("A", layer)?;
        let by = gradient.by(find("Z", layer).unwrap_or(value));
        let adjoint = by.and_then(|derivative| forward.arena.as_symbol(derivative.value));
        Some(SwitchedOff { value, adjoint, column: unit.column })
    };
    units.iter().filter_map(unit).collect()
}

/// The column that makes the unit in the W, b of its layer, and the row that takes it in the W of the layer behind. Layers
/// without W hand a unit on: it has the column of the W before them, and the row of the one behind.
fn line(layers: &[Layer], unit: Unit, symbol: &Symbol) -> Option<Line> {
    let label = symbol.label.as_ref()?;
    let hands_on = |layer: &Layer| layer.operation == Operation::Activation;
    let source = |layer: &Layer| match layer.sources[..] {
        [Source { value: Value::Layer(place), .. }] => Some(place),
        _ => None,
    };
    let mut own = Some(unit.layer);
    while let Some(place) = own.filter(|place| hands_on(&layers[*place])) {
        own = source(&layers[place]);
    }
    if own.is_some_and(|own| layers[own].label == *label) {
        return Some(Line::Column(unit.column + 1));
    }
    let mut handed = vec![unit.layer];
    for (place, layer) in layers.iter().enumerate().skip(unit.layer + 1) {
        if source(layer).is_some_and(|source| handed.contains(&source)) {
            if hands_on(layer) {
                handed.push(place);
            } else if layer.label == *label && symbol.role == Role::Weight {
                return Some(Line::Row(unit.column + 1));
            }
        }
    }
    None
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
    let (blocks, own_block) = blocks(&all, line);
    let found =
        Ratios { own: line.map(|line| (line, apart.clone())), rest: others.clone(), entries, blocks, own_block };
    match (line, apart.only(), others.only()) {
        (Some(_), Some(one), Some(other)) if one.is_same(other) => {
            let (defined, amplified, turned) =
                (apart.defined + others.defined, apart.amplified + others.amplified, apart.turned + others.turned);
            Ratios { own: None, rest: Spread { defined, amplified, turned, ..others }, ..found }
        }
        _ => found,
    }
}

/// The median ratio of each block, and which blocks are the unit's own.
fn blocks(all: &Array2<Entry>, line: Option<Line>) -> (Vec<Vec<Option<Ratio>>>, Option<Line>) {
    let (mut row, mut column) = (None, None);
    match line {
        Some(Line::Row(place)) => row = Some(place - 1),
        Some(Line::Column(place)) => column = Some(place - 1),
        None => {}
    }
    let (rows, columns) = (cuts(all.nrows(), row), cuts(all.ncols(), column));
    let block = |rows: &[usize], columns: &[usize]| {
        let places = (rows[0]..rows[1]).flat_map(|row| (columns[0]..columns[1]).map(move |column| (row, column)));
        spread(places.map(|place| all[place])).median_least_greatest.map(|[median, ..]| median)
    };
    let blocks = rows.windows(2).map(|rows| columns.windows(2).map(|columns| block(rows, columns)).collect()).collect();
    let place = |cuts: &[usize], own: Option<usize>| cuts.iter().position(|cut| Some(*cut) == own);
    (blocks, place(&rows, row).map(Line::Row).or(place(&columns, column).map(Line::Column)))
}

/// Where blocks of `count` rows begin and the last ends; `own` is a block by itself.
fn cuts(count: usize, own: Option<usize>) -> Vec<usize> {
    let blocks = count.min(BLOCKS);
    let even = (0..=blocks).map(|block| block * count / blocks.max(1));
    even.chain(own.into_iter().flat_map(|own| [own, own + 1])).collect::<BTreeSet<_>>().into_iter().collect()
}
