//! Figures of a part → its picture, with its words and units: the same whoever found the figures.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexSet;

use super::{
    Insight,
    inactive::Sleeping,
    influence::{Influence, letter, place},
};
use crate::{
    evaluate::arrays::symbol,
    insight::{
        Magnitude,
        approximation::Approximation,
        flow::{Flowing, Layer},
        inactive::{Gates, Inactive},
        influence::{self, Cell, Factor, ModelInfluence, Path},
        model::Model,
        off::{Effect, Off, Ratios},
    },
    plot::{Columns, HeatMap, Lines, Mark, Marks, Panel, PlotError, Scale, Series},
};

impl Insight {
    /// The pictures of the parts that were wanted.
    #[must_use]
    pub fn pictures(&self) -> Vec<Picture> {
        let of_units = |Sleeping { inactive, off }: &Sleeping| {
            [of_rates(inactive), off.as_ref().map_or_else(Picture::without_unit_off, of_off)]
        };
        let flow = self.flow.iter().map(of_flow);
        let units = self.inactive.iter().flat_map(of_units);
        let approximation = self.approximation.iter().map(of_approximation);
        self.influence.iter().map(of_influence).chain(units).chain(flow).chain(approximation).collect()
    }
}

/// Of the layers and gradients that every table shows which has them: what one leaves out would look like no influence.
fn of_influence(Influence { models }: &Influence) -> Picture {
    let factors =
        models.iter().flat_map(|found| found.1.cells().filter_map(|(_, cell)| entering(models, found, cell.factor)));
    let factors: Vec<Entering> = factors.collect::<BTreeSet<_>>().into_iter().collect();
    let groups = factors.chunk_by(|a, b| a.kind == b.kind);
    let rows = groups.map(|group| group.iter().map(|of| of.name.clone()).collect()).collect();
    let variables = models.iter().flat_map(|(model, _)| model.parameters(&all(model)));
    let all_gradients: IndexSet<(bool, String)> = variables.map(|variable| (variable.is_bias, variable.key)).collect();
    let of_kind = |bias| all_gradients.iter().filter(move |(is_bias, key)| *is_bias == bias && in_all(models, key));
    let order: Vec<&str> = of_kind(false).chain(of_kind(true)).map(|(_, key)| &**key).collect();
    let columns = [false, true].map(|bias| of_kind(bias).map(|(_, key)| format!("∂J/∂{key}")).collect::<Vec<_>>());
    let panels = models.iter().map(|found| panel(models, found, &factors, &order)).collect();
    let columns = columns.into_iter().filter(|group| !group.is_empty()).collect();
    let notes = [NOTHING.to_owned()].into_iter().chain(left_out(models, [order.len(), all_gradients.len()]));
    influence_picture(rows, columns, panels, notes.collect())
}

/// What an empty cell says.
const NOTHING: &str = "an empty cell: no influence, or no such array in that network";

/// A factor under the name that the tables and files give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entering {
    /// The place of its kind.
    kind: usize,
    /// The place of its layer in the last model.
    layer: Option<usize>,
    /// `W_hidden`, or `D1` where derivative gate and forward gate differ.
    name: String,
}

type Found = (Model, ModelInfluence);

fn all(model: &Model) -> Vec<usize> {
    (0..model.network.layers.len()).collect()
}

/// Whether every model that has this gradient shows it.
fn in_all(models: &[Found], key: &str) -> bool {
    let shows = |found: &ModelInfluence| found.gradients.iter().any(|gradient| gradient.variable.key == key);
    let has = |model: &Model| model.parameters(&all(model)).iter().any(|variable| variable.key == key);
    models.iter().all(|(model, found)| shows(found) || !has(model))
}

/// Whether every model that has a layer of this name shows it.
fn is_shown(models: &[Found], label: &str) -> bool {
    models.iter().all(|(model, found)| {
        let place = model.network.layers.iter().position(|layer| *layer.label == *label);
        place.is_none_or(|place| found.layers.contains(&place))
    })
}

/// The factor's name in `found`; none where a model that has its layer does not show it.
fn entering(models: &[Found], (model, found): &Found, factor: Factor) -> Option<Entering> {
    let (kind, letter) = match factor {
        Factor::Input => return Some(Entering { kind: 0, layer: None, name: model.input() }),
        Factor::Weight(_) => (1, letter(found, factor)),
        Factor::Gate(_) => (2, letter(found, factor)),
        Factor::ForwardGate(_) => (3, letter(found, factor)),
        Factor::Value(_) => (4, letter(found, factor)),
        Factor::Bias(_) => (5, letter(found, factor)),
        Factor::Error => return Some(Entering { kind: 6, layer: None, name: "error".into() }),
    };
    let label = &*model.network.layers.get(place(factor)?)?.label;
    let last = models.last().and_then(|(last, _)| last.network.layers.iter().position(|layer| *layer.label == *label));
    is_shown(models, label).then(|| Entering { kind, layer: last, name: symbol(letter, label) })
}

/// How many layers and gradients the picture does not show.
fn left_out(models: &[Found], [gradients, of_gradients]: [usize; 2]) -> Option<String> {
    let layers = &models.last()?.0.network.layers;
    let shown = layers.iter().filter(|layer| is_shown(models, &layer.label)).count();
    let (no_layers, no_gradients) = (layers.len() - shown, of_gradients - gradients);
    (no_layers + no_gradients > 0).then(|| {
        let of = format!("of {} layers and {of_gradients} gradients", layers.len());
        format!("{of}, {no_layers} layers and {no_gradients} gradients between the first and the last are left out")
    })
}

fn panel<'a>(models: &[Found], of: &'a Found, factors: &'a [Entering], gradients: &'a [&'a str]) -> Panel<'a> {
    let found = &of.1;
    let names: Vec<&str> = found.variants.iter().map(|variant| influence::name(*variant)).collect();
    let mark = |cell: &Cell| match (cell.direct, cell.indirect()) {
        (true, _) => Mark::Direct,
        (false, Some(Path::Smooth)) => Mark::Indirect,
        (false, Some(Path::Jumps)) => Mark::Jumps,
        (false, None) => Mark::Absent,
    };
    let cells = found.cells().filter_map(|(gradient, cell)| {
        Some(((entering(models, of, cell.factor)?, &*gradient.variable.key), mark(cell)))
    });
    let marks: HashMap<(Entering, &str), Mark> = cells.collect();
    let mark = move |row: usize, column: usize| {
        marks.get(&(factors[row].clone(), gradients[column])).copied().unwrap_or(Mark::Absent)
    };
    Panel { name: names.join(", "), mark: Box::new(mark) }
}

fn of_flow(Flowing { flow, .. }: &Flowing) -> Picture {
    let labels = flow.layers.iter().map(|layer| layer.label.clone()).collect();
    let logarithms =
        |of: fn(&Layer) -> Option<Magnitude>| flow.layers.iter().map(|layer| of(layer).map(Magnitude::log10)).collect();
    norms(
        labels,
        [
            logarithms(|layer| layer.activation),
            logarithms(|layer| layer.adjoint),
            logarithms(|layer| layer.gradient),
            logarithms(|layer| layer.relative),
        ],
    )
}

#[allow(clippy::cast_precision_loss, reason = "dimensions are below 2³¹")]
fn of_rates(inactive: &Inactive) -> Picture {
    let labels = inactive.layers.iter().map(|layer| layer.label.clone()).collect();
    let shares = |of: &dyn Fn(&Gates, f64) -> Option<f64>| {
        inactive.layers.iter().map(|layer| of(layer.gates.as_ref()?, layer.units as f64)).collect()
    };
    let saturated = |gates: &Gates, units: f64| gates.saturated.as_ref().map(|found| found.len() as f64 / units);
    rates(
        labels,
        [
            shares(&|gates, _| Some(gates.active)),
            shares(&|gates, units| Some(gates.dead.len() as f64 / units)),
            shares(&saturated),
        ],
    )
}

/// The median, least and greatest of the entries; of the unit's own row or column the median, where it is told apart.
fn of_off(off: &Off) -> Picture {
    let four = |ratios: &Ratios| {
        let of =
            |spread: &crate::insight::off::Spread, i: usize| spread.median_least_greatest.map(|all| all[i].value());
        let own = ratios.own.as_ref().and_then(|(_, own)| of(own, 0));
        [own, of(&ratios.rest, 0), of(&ratios.rest, 1), of(&ratios.rest, 2)]
    };
    let row = |effect: &Effect| {
        let (following, held) = (four(&effect.following), four(&effect.held));
        std::array::from_fn(|i| if i < 4 { following[i] } else { held[i - 4] })
    };
    let names = off.effects.iter().map(|effect| format!("∂J/∂{}", effect.name)).collect();
    let own = off.effects.iter().position(|effect| effect.following.own.is_some() || effect.held.own.is_some());
    attenuation((&off.layer, off.unit), names, off.effects.iter().map(row).collect(), own)
}

fn of_approximation(found: &Approximation) -> Picture {
    let gradients = found.layers.iter().map(|layer| {
        let errors = layer.mean_gates.iter().map(|distance| distance.as_ref().map(|distance| distance.norm.log10()));
        (format!("∂J/∂{}", layer.name), errors.collect())
    });
    approximation(&found.sizes, gradients.collect())
}

/// A picture, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The name of its file.
    pub file: &'static str,
    /// The file's text.
    pub svg: Result<String, Missing>,
}

/// Why a part that was wanted has no picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Missing {
    /// Attenuation is of a unit.
    #[error("no unit is switched off: say which with `--off LAYER:UNIT`")]
    NoUnitOff,
    /// Nothing that could be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

impl Picture {
    fn of(file: &'static str, svg: Result<String, PlotError>) -> Self {
        Self { file, svg: svg.map_err(Missing::Plot) }
    }

    /// Attenuation where no unit is switched off.
    #[must_use]
    pub fn without_unit_off() -> Self {
        Self { file: ATTENUATION, svg: Err(Missing::NoUnitOff) }
    }
}

/// The name of the file of [`attenuation`].
const ATTENUATION: &str = "attenuation.svg";

/// The layers' logarithms to base 10 of: rms(A_l), rms(Δ_l), rms(∂J/∂W_l), ‖∂J/∂W_l‖/‖W_l‖. A layer without W has none
/// of the last two.
#[must_use]
pub fn norms(layers: Vec<String>, [activations, errors, gradients, relative]: [Vec<Option<f64>>; 4]) -> Picture {
    let names = ["rms of A", "rms of Δ", "rms of ∂J/∂W", "‖∂J/∂W‖ / ‖W‖"];
    let series = names.into_iter().zip([activations, errors, gradients, relative]);
    let lines = Lines {
        title: "Size of activations and gradients by layer".into(),
        across: "layer".into(),
        categories: layers,
        up: "rms of entries, or ratio of norms".into(),
        scale: Scale::Log,
        series: series.map(|(name, values)| Series { name: name.into(), values }).collect(),
    };
    Picture::of("norms.svg", lines.svg())
}

/// The layers' shares, from 0 to 1, of units × samples with σ' ≠ 0, and of units that are dead and saturated.
#[must_use]
pub fn rates(layers: Vec<String>, [active, dead, saturated]: [Vec<Option<f64>>; 3]) -> Picture {
    let names = ["active", "dead units", "saturated units"];
    let series = names.into_iter().zip([active, dead, saturated]);
    let lines = Lines {
        title: "Active, dead and saturated units by layer".into(),
        across: "layer".into(),
        categories: layers,
        up: "share of units × samples, of units".into(),
        scale: Scale::Share,
        series: series.map(|(name, values)| Series { name: name.into(), values }).collect(),
    };
    Picture::of("activation-rates.svg", lines.svg())
}

/// Ratios after ÷ before, a row a gradient: of the unit's own row or column the median, then the median, the least and the
/// greatest of the rest; first with the error following, then with it held fixed. `own` is the row of the unit's layer.
#[must_use]
pub fn attenuation(
    (layer, unit): (&str, usize),
    gradients: Vec<String>,
    ratios: Vec<[Option<f64>; 8]>,
    own: Option<usize>,
) -> Picture {
    let columns = |heading: &str| Columns {
        heading: heading.into(),
        names: ["its own", "median", "least", "greatest"].map(Into::into).into(),
    };
    let map = HeatMap {
        title: format!("Gradients with unit {unit} of layer {layer} switched off, after ÷ before"),
        rows: gradients,
        columns: vec![columns("the error follows"), columns("the error is held fixed")],
        ratios: ratios.into_iter().map(Vec::from).collect(),
        keep: own,
    };
    Picture::of(ATTENUATION, map.svg())
}

/// log₁₀(‖a − g‖/‖g‖), a line a gradient, by batch size; a the product form with mean gates, g the gradient.
#[must_use]
pub fn approximation(sizes: &[usize], gradients: Vec<(String, Vec<Option<f64>>)>) -> Picture {
    let lines = Lines {
        title: "Error of the product form with mean gates by batch size".into(),
        across: "samples in the batch".into(),
        categories: sizes.iter().map(ToString::to_string).collect(),
        up: "‖error‖ / ‖gradient‖".into(),
        scale: Scale::Log,
        series: gradients.into_iter().map(|(name, values)| Series { name, values }).collect(),
    };
    Picture::of("approximation.svg", lines.svg())
}

/// Which of `factors`, in groups such as X, all W, all S, all b, enters which of `gradients`, in groups such as by W and
/// by b; a table each of `models`, such as linear, with activations, with biases; `notes` below. A mark is asked for by
/// row and column, counted over all groups, and only where it is shown.
#[must_use]
pub fn influence_picture(
    factors: Vec<Vec<String>>,
    gradients: Vec<Vec<String>>,
    models: Vec<Panel<'_>>,
    notes: Vec<String>,
) -> Picture {
    let marks = Marks {
        title: "What enters which gradient".into(),
        rows: factors,
        columns: gradients,
        panels: models,
        legend: ["as a factor", "only through Ŷ, gates or activations", "so, but only by jumps"].map(Into::into),
        notes,
    };
    Picture::of("influence.svg", marks.svg())
}
