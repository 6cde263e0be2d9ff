//! What all questions are asked of: a network, its derivations, and arrays.

use std::collections::BTreeMap;

use ndarray::{ArcArray2, Array2, Axis, Slice};
use serde::Serialize;

use super::place::{Place, places};
use crate::{
    evaluate::{
        Arrays, Evaluator, Exact, Initialisation, Inputs,
        arrays::{data, masks, statistics},
    },
    expr::{self, SymbolId},
    gradient::Derivation,
    network::graph::Network,
};

/// Where arrays come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A file.
    Given,
    /// A generator of random numbers.
    Drawn,
    /// The same number everywhere, or I.
    Constant,
}

/// A network whose dimensions are numbers, its derivations, and a point.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The network as the spec says it: names of dimensions are kept.
    pub network: Network,
    /// The same with a number for every name.
    pub numbers: Network,
    /// What every name stands for.
    pub dims: BTreeMap<String, u64>,
    /// Δ_L, …, Δ_1 and the gradients.
    pub layered: Derivation,
    /// X, Y and the parameters.
    pub arrays: Arrays,
    /// Where W and b come from.
    pub parameters: Origin,
    /// Where X and Y come from.
    pub data: Origin,
    /// How W began, if no file gave it.
    pub initialisation: Option<Initialisation>,
}

impl Subject {
    /// The layered gradients, ready to be evaluated; `None` only if `layered` is of another form.
    pub fn evaluator(&self) -> Option<Evaluator<'_>> {
        Evaluator::new(&self.layered, &self.dims)
    }

    /// The arrays in floats.
    pub fn inputs(&self) -> Inputs<f64> {
        self.arrays.iter().map(|(name, array)| (name.clone(), array.to_shared())).collect()
    }

    /// The arrays as fractions, where they are small whole numbers that nobody drew: so every figure can be exact.
    pub fn exact_inputs(&self) -> Option<Inputs<Exact>> {
        let constant = self.parameters == Origin::Constant && self.data == Origin::Constant;
        let exact = |array: &Array2<f64>| -> ArcArray2<Exact> { array.mapv(Exact::decimal).into_shared() };
        constant.then(|| self.arrays.iter().map(|(name, array)| (name.clone(), exact(array))).collect())
    }

    /// The layers in the derivation.
    pub fn places(&self) -> Vec<Place> {
        self.evaluator().map(|evaluator| places(self, evaluator.gradient())).unwrap_or_default()
    }

    /// X, Y and the masks of the first samples, and what norms hold fixed.
    pub fn first(&self, samples: usize) -> Arrays {
        let rows = |array: &Array2<f64>| array.slice_axis(Axis(0), Slice::from(..samples)).to_owned();
        let slots = data(&self.numbers).into_iter().chain(masks(&self.numbers));
        let first = slots.filter_map(|slot| self.arrays.get(&slot.name).map(rows).map(|array| (slot.name, array)));
        let fixed = statistics(&self.numbers).into_iter();
        first
            .chain(
                fixed
                    .filter_map(|slot| self.arrays.get_key_value(&slot.name))
                    .map(|(name, array)| (name.clone(), array.clone())),
            )
            .collect()
    }

    /// The variables W_1, …, W_L of the layers that have one.
    pub fn weights(&self) -> Vec<SymbolId> {
        let forward = &self.layered.forward;
        let is_weight = |symbol: &&SymbolId| forward.arena.symbol(**symbol).role == expr::Role::Weight;
        forward.parameters.iter().filter(is_weight).copied().collect()
    }

    /// Samples.
    pub fn samples(&self) -> usize {
        self.arrays.get(&*self.numbers.input().name).map_or(0, Array2::nrows)
    }
}
