//! A part of a network, derived for a batch of any size: what influence and claims are tried on.

use std::collections::{BTreeMap, HashMap};

use ndarray::{Axis, Slice};

use crate::{
    evaluate::{Evaluator, Inputs, Number},
    expr::{Role, SymbolId},
    gradient::{Derivation, Derived, Gradient},
    network::{
        forward::Forward,
        graph::{Layer, Network},
        variant::Variant,
    },
};

/// A part of a network, its dimensions numbers but for the batch.
#[derive(Clone, Debug)]
pub struct Model {
    /// How much of the network.
    pub variant: Variant,
    /// It.
    pub network: Network,
    /// Δ_L, …, Δ_1 and the gradients.
    pub layered: Derivation,
    /// The product form, not expanded.
    pub product: Derivation,
    /// The batch's size under its name.
    pub dims: BTreeMap<String, u64>,
}

impl Model {
    /// The layered gradients for a batch of this size.
    pub fn evaluator<'a>(&'a self, dims: &'a BTreeMap<String, u64>) -> Option<Evaluator<'a>> {
        Evaluator::new(&self.layered, dims)
    }

    /// The dimensions for `samples`.
    pub fn batch(&self, samples: usize) -> BTreeMap<String, u64> {
        self.dims.keys().map(|name| (name.clone(), samples as u64)).collect()
    }

    /// The gradients of a derivation that has values.
    pub fn gradient(derivation: &Derivation) -> Option<&Gradient> {
        if let Derived::Gradient(gradient) = &derivation.derived { Some(gradient) } else { None }
    }

    /// The place of every layer's label.
    pub fn places(&self) -> HashMap<&str, usize> {
        self.network.layers.iter().enumerate().map(|(place, layer)| (&*layer.label, place)).collect()
    }

    /// W and b of the layers at these places, in the order of the network.
    pub fn parameters(&self, layers: &[usize]) -> Vec<Parameter> {
        self.all_parameters().into_iter().filter(|parameter| layers.contains(&parameter.layer)).collect()
    }

    /// W and b of all layers.
    pub fn all_parameters(&self) -> Vec<Parameter> {
        parameters(&self.network.layers, &self.layered.forward)
    }

    /// X under its name.
    pub fn input(&self) -> String {
        self.network.input().name.to_string()
    }

    /// The same arrays with the first `samples` rows of X and Y.
    pub fn first<N: Number>(&self, inputs: &Inputs<N>, samples: usize) -> Inputs<N> {
        let mut inputs = inputs.clone();
        for name in [&self.network.input().name, &self.network.target().name] {
            if let Some(array) = inputs.get_mut(&**name) {
                *array = array.slice_axis(Axis(0), Slice::from(..samples.min(array.nrows()))).to_owned().into_shared();
            }
        }
        inputs
    }
}

/// W or b of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its symbol in the derivations.
    pub symbol: SymbolId,
    /// Its name in files.
    pub key: String,
    /// The layer's place, from 0.
    pub layer: usize,
    /// Whether it is b.
    pub is_bias: bool,
}

/// W and b of all layers, in the order of the network.
pub fn parameters(layers: &[Layer], forward: &Forward) -> Vec<Parameter> {
    let places: HashMap<&str, usize> = layers.iter().enumerate().map(|(place, layer)| (&*layer.label, place)).collect();
    let parameter = |symbol: &SymbolId| {
        let of = forward.arena.symbol(*symbol);
        let layer = *places.get(of.label.as_deref()?)?;
        Some(Parameter { symbol: *symbol, key: of.key(), layer, is_bias: of.role == Role::Bias })
    };
    forward.parameters.iter().filter_map(parameter).collect()
}

/// At most `most` of `count` layers, without those in the middle: their places, from 0.
pub fn ends(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    let head = most.div_ceil(2);
    (0..head).chain(count - (most - head)..count).collect()
}
