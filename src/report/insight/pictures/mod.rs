//! Figures of a part → its picture, with its words and units: the same whoever found the figures.

mod influence;

pub use self::influence::influence_picture;
use self::influence::of_influence;
use crate::pipeline::insight::{Insight, inactive::InactiveUnits};
use crate::{
    catalog::activation::Activation,
    insight::{
        Magnitude,
        approximation::Approximation,
        flow::{Flowing, Layer},
        inactive::{Gates, Inactive},
        off::{Effect, Off, Ratios},
        size::float,
    },
    plot::{Columns, HeatMap, Lines, PlotError, Scale, Series},
};

/// The pictures of the parts that were wanted.
#[must_use]
pub fn pictures(found: &Insight) -> Vec<Picture> {
    let of_units = |InactiveUnits { inactive, off }: &InactiveUnits| {
        [of_rates(inactive), off.as_ref().map_or_else(Picture::without_unit_off, of_off)]
    };
    let flow = found.flow.iter().map(of_flow);
    let units = found.inactive.iter().flat_map(of_units);
    let approximation = found.approximation.iter().map(of_approximation);
    found.influence.iter().map(of_influence).chain(units).chain(flow).chain(approximation).collect()
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

fn of_rates(inactive: &Inactive) -> Picture {
    let labels = inactive.layers.iter().map(|layer| layer.label.clone()).collect();
    let shares = |of: &dyn Fn(&Gates, f64) -> Option<f64>| {
        inactive.layers.iter().map(|layer| of(layer.gates.as_ref()?, float(layer.units))).collect()
    };
    let saturated = |gates: &Gates, units: f64| gates.saturated.as_ref().map(|found| float(found.len()) / units);
    rates(
        labels,
        [
            shares(&|gates, _| Some(gates.active)),
            shares(&|gates, units| Some(float(gates.dead.len()) / units)),
            shares(&saturated),
        ],
        without_rates(inactive),
    )
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
        let errors = layer.mean_gates.iter().map(|found| found.distance().map(|distance| distance.norm.log10()));
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

/// Of a value that there is not, where it is not known which.
const MISSING: &str = "missing or not finite";

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
        missing: MISSING.into(),
        series: series.map(|(name, values)| Series { name: name.into(), values }).collect(),
    };
    Picture::of("norms.svg", lines.svg())
}

/// The layers' shares, from 0 to 1, of units × samples with σ' ≠ 0, and of units that are dead and saturated; `missing` is
/// what is true of every share that there is not.
#[must_use]
pub fn rates(layers: Vec<String>, [active, dead, saturated]: [Vec<Option<f64>>; 3], missing: String) -> Picture {
    let names = ["active", "dead units", "saturated units"];
    let series = names.into_iter().zip([active, dead, saturated]);
    let lines = Lines {
        title: "Active, dead and saturated units by layer".into(),
        across: "layer".into(),
        categories: layers,
        up: "share of units × samples, of units".into(),
        scale: Scale::Share,
        missing,
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
    // Where every step is a doubling, equal steps are a logarithmic axis.
    let is_to_scale = sizes.windows(2).all(|pair| pair[1] == 2 * pair[0]);
    let scale = if is_to_scale { "" } else { " (steps are not to scale)" };
    let lines = Lines {
        title: "Error of the product form with mean gates by batch size".into(),
        across: format!("samples in the batch{scale}"),
        categories: sizes.iter().map(ToString::to_string).collect(),
        up: "‖error‖ / ‖gradient‖".into(),
        scale: Scale::Log,
        missing: MISSING.into(),
        series: gradients.into_iter().map(|(name, values)| Series { name, values }).collect(),
    };
    Picture::of("approximation.svg", lines.svg())
}
