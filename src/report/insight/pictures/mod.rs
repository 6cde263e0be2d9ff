//! Figures of a part → its pictures.

mod influence;

use super::ablation::{named, ratio_of};
use crate::{
    catalog::Activation,
    document::{
        Block,
        plot::{Cell, Figure, Lines, Matrices, Matrix, Plot, Scale, Series},
    },
    insight::{
        Magnitude,
        ablation::{Ablation, BLOCKS, Effect, Line, Ratio, Ratios},
        approximation::Approximation,
        flow::{Flow, Layer},
        inactive::{Gates, Inactive},
        size::float,
    },
    pipeline::insight::Insight,
    report::words::{count, number, shown},
};

/// A part that was wanted has no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Attenuation is of a unit.
    #[error("no {0}.svg: no unit is switched off; say which with `--off LAYER:UNIT`")]
    NoAblation(&'static str),
    /// Nothing that could be drawn.
    #[error("no {0}.svg: there is no value to show")]
    Empty(&'static str),
}

/// The pictures of the parts that were wanted.
pub fn pictures(found: &Insight) -> Vec<Result<Plot, Missing>> {
    let mut plots = Vec::new();
    plots.extend(found.influence.iter().map(|found| Ok(influence::influence(found))));
    if let Some(units) = &found.inactive {
        plots.push(Ok(rates(units)));
        plots.push(units.off.as_ref().map(attenuation).ok_or(Missing::NoAblation("attenuation")));
    }
    plots.extend(found.flow.iter().map(|found| Ok(norms(&found.flow))));
    plots.extend(found.approximation.iter().map(|found| Ok(approximation(found))));
    let drawn = |plot: Plot| if plot.figure.is_empty() { Err(Missing::Empty(plot.name)) } else { Ok(plot) };
    plots.into_iter().map(|plot| plot.and_then(drawn)).collect()
}

/// The same as parts of a page.
pub fn blocks<'d>(found: &Insight) -> impl Iterator<Item = Block<'d>> {
    pictures(found).into_iter().filter_map(Result::ok).map(Block::Plot)
}

/// That of the flow alone.
pub fn of_flow(found: &Insight) -> Option<Plot> {
    found.flow.as_ref().map(|found| norms(&found.flow)).filter(|plot| !plot.figure.is_empty())
}

/// Of a value that there is not, where it is not known which.
const MISSING: &str = "missing or not finite";

fn series<const N: usize>(named: [(&str, Vec<Option<f64>>); N]) -> Vec<Series> {
    named.into_iter().map(|(name, values)| Series { name: name.into(), values }).collect()
}

/// The sizes of values and gradients by layer. A layer without W has none of the last two.
pub fn norms(flow: &Flow) -> Plot {
    let logarithms =
        |of: fn(&Layer) -> Option<Magnitude>| flow.layers.iter().map(|layer| of(layer).map(Magnitude::log10)).collect();
    let lines = Lines {
        across: "layer".into(),
        categories: flow.layers.iter().map(|layer| layer.label.clone()).collect(),
        up: "rms of entries, or ratio of norms".into(),
        scale: Scale::Log,
        missing: MISSING.into(),
        series: series([
            ("rms of A", logarithms(|layer| layer.activation)),
            ("rms of Δ", logarithms(|layer| layer.adjoint)),
            ("rms of ∂J/∂W", logarithms(|layer| layer.gradient)),
            ("‖∂J/∂W‖ / ‖W‖", logarithms(|layer| layer.relative)),
        ]),
    };
    Plot { name: "norms", title: "Size of activations and gradients by layer".into(), figure: Figure::Lines(lines) }
}

/// The shares of units × samples with σ' ≠ 0, and of units that are dead and saturated.
pub fn rates(inactive: &Inactive) -> Plot {
    let shares = |of: &dyn Fn(&Gates, f64) -> Option<f64>| {
        inactive.layers.iter().map(|layer| of(layer.gates.as_ref()?, float(layer.units))).collect()
    };
    let saturated = |gates: &Gates, units: f64| gates.saturated.as_ref().map(|found| float(found.len()) / units);
    let lines = Lines {
        across: "layer".into(),
        categories: inactive.layers.iter().map(|layer| layer.label.clone()).collect(),
        up: "share of units × samples, of units".into(),
        scale: Scale::Share,
        missing: without_rates(inactive),
        series: series([
            ("active", shares(&|gates, _| Some(gates.active))),
            ("dead units", shares(&|gates, units| Some(float(gates.dead.len()) / units))),
            ("saturated units", shares(&saturated)),
        ]),
    };
    let title = "Active, dead and saturated units by layer".into();
    Plot { name: "activation-rates", title, figure: Figure::Lines(lines) }
}

/// What is true of the rates that there are not; of several reasons each value has one.
fn without_rates(Inactive { layers, .. }: &Inactive) -> String {
    let is_softmax = |activation: &str| activation == Activation::Softmax.to_string();
    let no_gates =
        |softmax: bool| layers.iter().any(|layer| layer.gates.is_none() && is_softmax(&layer.activation) == softmax);
    let no_bound = layers.iter().filter_map(|layer| layer.gates.as_ref()).any(|gates| gates.saturated.is_none());
    let reasons = [
        (no_gates(true), "of softmax, which has no derivative for each unit alone"),
        (no_gates(false), "of a layer with values that are too large or too small to compute with"),
        (no_bound, "of an activation whose derivative has no bound, so that no unit is called saturated"),
    ];
    reasons.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason).collect::<Vec<_>>().join(", or ")
}

/// Every entry of every gradient after the unit is switched off, divided by the entry before.
pub fn attenuation(off: &Ablation) -> Plot {
    let own = |row: usize| f64::from(u8::from(off.effects[row].following.own_block.is_some()));
    let effects: Vec<&Effect> = shown(off.effects.len(), &own).into_iter().map(|row| &off.effects[row]).collect();
    let group = |heading: &str, of: fn(&Effect) -> &Ratios| {
        (heading.to_owned(), effects.iter().map(|effect| matrix(&effect.name, of(effect))).collect::<Vec<_>>())
    };
    let groups =
        vec![group("the error follows", |effect| &effect.following), group("the error is held", |effect| &effect.held)];
    let cells = || groups.iter().flat_map(|(_, matrices)| matrices).flat_map(|matrix| &matrix.cells);
    let entries =
        |effect: &&Effect| effect.following.spreads().map(crate::insight::ablation::Spread::entries).sum::<usize>();
    let has_blocks =
        effects.iter().any(|effect| effect.following.blocks.iter().map(Vec::len).sum::<usize>() < entries(effect));
    let left = off.effects.len() - effects.len();
    let notes = [
        own_is_shown(&effects).then(|| "dashed: the row or the column of the unit".to_owned()),
        cells().flatten().any(Option::is_none).then(|| "a crossed cell has no ratio: its entry is 0 before".to_owned()),
        has_blocks.then(|| format!("of more than {BLOCKS} rows or columns a cell is the median of a block of entries")),
        (left > 0).then(|| format!("{} between the first and the last are left out", count(left, "gradient"))),
    ];
    let verb = if off.also.is_empty() { "is" } else { "are" };
    let title = format!("Gradients after {} {verb} switched off, divided by those before", named(off));
    let notes = notes.into_iter().flatten().collect();
    Plot { name: "attenuation", title, figure: Figure::Matrices(Matrices { groups, notes }) }
}

fn own_is_shown(effects: &[&Effect]) -> bool {
    effects.iter().any(|effect| effect.following.own_block.is_some())
}

fn matrix(name: &str, ratios: &Ratios) -> Matrix {
    let cell = |ratio: &Option<Ratio>| ratio.map(|ratio| Cell { ratio: ratio.value(), text: short(ratio) });
    let (row, column) = match ratios.own_block {
        Some(Line::Row(place)) => (Some(place), None),
        Some(Line::Column(place)) => (None, Some(place)),
        None => (None, None),
    };
    let cells = ratios.blocks.iter().map(|row| row.iter().map(cell).collect()).collect();
    Matrix { name: format!("∂J/∂{name}"), cells, row, column }
}

/// In at most six characters, seven of the smallest.
fn short(ratio: Ratio) -> String {
    const MOST: usize = 6;
    let written = [ratio_of(ratio), number(ratio.value())];
    let fits = written.into_iter().find(|text| text.len() <= MOST);
    fits.unwrap_or_else(|| format!("{:.0e}", ratio.value()))
}

/// ‖a − g‖/‖g‖, a line a gradient, by batch size; a the product form with mean gates, g the gradient.
pub fn approximation(found: &Approximation) -> Plot {
    let sizes = &found.sizes;
    // Where every step is a doubling, equal steps are a logarithmic axis.
    let is_to_scale = sizes.windows(2).all(|pair| pair[1] == 2 * pair[0]);
    let scale = if is_to_scale { "" } else { " (steps are not to scale)" };
    let series = found.layers.iter().map(|layer| {
        let errors = layer.mean_gates.iter().map(|found| found.distance().map(|distance| distance.norm.log10()));
        Series { name: format!("∂J/∂{}", layer.name), values: errors.collect() }
    });
    let lines = Lines {
        across: format!("samples in the batch{scale}"),
        categories: sizes.iter().map(ToString::to_string).collect(),
        up: "‖error‖ / ‖gradient‖".into(),
        scale: Scale::Log,
        missing: MISSING.into(),
        series: series.collect(),
    };
    let title = "Error of the product form with mean gates by batch size".into();
    Plot { name: "approximation", title, figure: Figure::Lines(lines) }
}
