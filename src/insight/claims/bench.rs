//! A model at a point of few samples: its gradients, and what they become when something is changed.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2, ArrayView1};
use serde::Serialize;

use crate::{
    evaluate::sweep::{Held, Inputs, Point, Sweep, Unit},
    expr::SymbolId,
    insight::{
        model::{Model, Parameter},
        size::{largest, norm},
    },
};

/// Of terms of size 1, what cancels up to this is 0 but for rounding.
const RESIDUE: f64 = 1e-13;

/// The gradients by symbol.
pub type Gradients = IndexMap<SymbolId, Array2<f64>>;

/// A figure, and what was changed and looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// What was changed: the name of an array, or a unit.
    pub changed: String,
    /// The variable whose gradient was looked at.
    pub gradient: String,
    /// The figure.
    pub value: f64,
}

/// The larger of the two; what is no number is larger than all.
pub fn keep(worst: &mut Option<Found>, value: f64, changed: &str, gradient: &str) {
    if worst.as_ref().is_none_or(|worst| value > worst.value || value.is_nan()) {
        *worst = Some(Found { changed: changed.into(), gradient: gradient.into(), value });
    }
}

/// A model, a point, and the gradients that are looked at.
#[derive(Clone, Debug)]
pub struct Bench<'a> {
    /// What is tried.
    pub model: &'a Model,
    /// Its gradients.
    pub sweep: Sweep<'a>,
    /// X, Y and the parameters.
    pub inputs: Inputs<f64>,
    /// The parameters of the layers that are looked at.
    pub parameters: Vec<Parameter>,
    /// Their symbols.
    pub wanted: Vec<SymbolId>,
    /// The values as they are.
    pub base: Point<f64>,
    /// The gradients as they are evaluated with error and gates held, where roundings differ.
    pub held: Gradients,
    /// By gradient, what rounding may leave where its terms cancel: an entry up to it is not told from 0.
    pub residues: IndexMap<SymbolId, f64>,
}

/// What stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fixed {
    /// Nothing: everything follows.
    Nothing,
    /// Δ_L.
    Error,
    /// Δ_L and all gates.
    ErrorAndGates,
}

impl Fixed {
    /// All, from nothing on.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Error, Self::ErrorAndGates];
}

impl<'a> Bench<'a> {
    /// Evaluates `model` at `inputs`; `None` where it has no value.
    #[must_use]
    pub fn new(
        model: &'a Model,
        dims: &'a BTreeMap<String, u64>,
        inputs: Inputs<f64>,
        layers: &[usize],
    ) -> Option<Self> {
        let sweep = model.sweep(dims)?;
        let parameters = model.parameters(layers);
        let wanted: Vec<SymbolId> = parameters.iter().map(|parameter| parameter.symbol).collect();
        let base = sweep.at(&inputs, &wanted, Held::Nothing, &[]).ok()?;
        let held = sweep.at(&inputs, &wanted, Held::ErrorAndGates(&base), &[]).ok()?.gradients;
        let residues = residues(inputs.get(&model.input())?, &base, &parameters);
        Some(Self { model, sweep, inputs, parameters, wanted, base, held, residues })
    }

    /// The gradients at other arrays.
    #[must_use]
    pub fn at(&self, inputs: &Inputs<f64>, fixed: Fixed, off: &[Unit]) -> Option<Gradients> {
        let held = match fixed {
            Fixed::Nothing => Held::Nothing,
            Fixed::Error => Held::Error(&self.base),
            Fixed::ErrorAndGates => Held::ErrorAndGates(&self.base),
        };
        Some(self.sweep.at(inputs, &self.wanted, held, off).ok()?.gradients)
    }

    /// The gradients with D_l = 0 for a layer, all other values held.
    #[must_use]
    pub fn without_gate(&self, layer: usize) -> Option<Gradients> {
        let columns = self.base.adjoints.get(layer)?.ncols();
        let off: Vec<Unit> = (0..columns).map(|column| Unit { layer, column }).collect();
        let held = Held::ErrorGatesAndOutputs(&self.base);
        Some(self.sweep.at(&self.inputs, &self.wanted, held, &off).ok()?.gradients)
    }

    /// The gradients before the change, as they are evaluated where this is held.
    #[must_use]
    pub fn before(&self, fixed: Fixed) -> &Gradients {
        if fixed == Fixed::ErrorAndGates { &self.held } else { &self.base.gradients }
    }

    /// The arrays with one of them mapped.
    #[must_use]
    pub fn with(&self, key: &str, to: impl Fn(&ArcArray2<f64>) -> ArcArray2<f64>) -> Inputs<f64> {
        let mut inputs = self.inputs.clone();
        if let Some(array) = inputs.get_mut(key) {
            *array = to(array);
        }
        inputs
    }
}

/// By gradient, what rounding may leave of Σᵢ max|aᵢ| max|δᵢ|, the size of its terms; a is 1 for a b.
#[must_use]
pub fn residues(x: &ArcArray2<f64>, point: &Point<f64>, parameters: &[Parameter]) -> IndexMap<SymbolId, f64> {
    let residue = |parameter: &Parameter| {
        let deltas = point.adjoints.get(parameter.layer)?;
        let before = parameter.layer.checked_sub(1).map_or(Some(x), |layer| point.activations.get(layer))?;
        let most = |row: ArrayView1<f64>| row.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let terms = before.rows().into_iter().zip(deltas.rows());
        let terms = terms.map(|(a, delta)| if parameter.is_bias { most(delta) } else { most(a) * most(delta) });
        Some((parameter.symbol, RESIDUE * terms.sum::<f64>()))
    };
    parameters.iter().filter_map(residue).collect()
}

/// max|a − b| / max|b|; 0 where they are equal, 1 where b is 0 and a is not.
#[must_use]
pub fn deviation(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let difference = largest(&(a - b));
    match largest(b) {
        _ if difference == 0.0 => 0.0,
        0.0 => difference / largest(a),
        below => difference / below,
    }
}

/// ‖a‖ / ‖b‖, without overflow; `None` if b is 0 or one of them is not finite.
#[must_use]
pub fn ratio(a: &Array2<f64>, b: &Array2<f64>) -> Option<f64> {
    let ([above, rest_above], [below, rest_below]) = (norm(a), norm(b));
    if below == 0.0 || !below.is_finite() || !above.is_finite() {
        return None;
    }
    Some(if above == 0.0 { 0.0 } else { above / below * (rest_above / rest_below) })
}
