//! The layered gradients and arrays → every value of the forward and the backward pass, with the error or the gates held,
//! or with units switched off.
//!
//! The definitions are the derived ones; nothing is computed by another formula. What is held or off replaces the value
//! of a name once it is computed, so that all that follows follows. Where the terms of a Δ_l cancel, it is 0, not their rounding.

mod switched_off;

pub use self::switched_off::{Gradients, SwitchedOff};

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2, LinalgScalar, Zip};

use super::{
    eval::{self, EvaluationError},
    exact::{self, Exact},
    functions,
    rounding::{self, Jitter},
    value::Value,
};
use crate::{
    expr::{Arena, Definition, ExprId, Function, Op, Role, SymbolId},
    gradient::{Derivation, Derived, Form, Gradient},
    network::forward::Forward,
};

/// A kind of number that expressions are evaluated in.
pub trait Number: LinalgScalar + PartialEq {
    /// Names, dimensions and their values.
    type Environment<'a>: Environment<'a, Self>;

    /// σ(0) or, of order 1, σ'(0).
    fn at_zero(function: Function, order: u8) -> Self;
}

/// Names, dimensions and their values in one kind of number.
pub trait Environment<'a, N> {
    /// Nothing is bound but the dimensions, for a batch of `samples` rows.
    fn of(arena: &'a Arena, dims: &'a BTreeMap<String, u64>, samples: usize) -> Self;

    /// States the value of a name.
    fn state(&mut self, symbol: SymbolId, value: &ArcArray2<N>);

    /// The value of an expression.
    ///
    /// # Errors
    /// A name or dimension without a value.
    fn value(&self, root: ExprId) -> Result<Array2<N>, EvaluationError>;

    /// The same, with 0 for what is no more than rounding.
    ///
    /// # Errors
    /// A name or dimension without a value.
    fn rounded(&self, root: ExprId) -> Result<Array2<N>, EvaluationError>;

    /// The value of what a loss gives, with 0 for what the rounding of the forward pass explains: `again` computes it with other
    /// roundings.
    ///
    /// # Errors
    /// A name or dimension without a value.
    fn error(
        &self,
        root: ExprId,
        again: &dyn Fn(&Jitter) -> Result<Array2<N>, EvaluationError>,
    ) -> Result<Array2<N>, EvaluationError>;

    /// The same names, where every result is off by up to an ulp.
    #[must_use]
    fn jittered(self, jitter: &'a Jitter) -> Self;

    /// The value of a gradient, with 0 for what is no more than rounding beside the terms that cancel in it.
    ///
    /// # Errors
    /// A name or dimension without a value.
    fn settled(&self, root: ExprId) -> Result<Array2<N>, EvaluationError>;
}

impl Number for f64 {
    type Environment<'a> = eval::Environment<'a>;

    fn at_zero(function: Function, order: u8) -> Self {
        functions::at(function, order, 0.0)
    }
}

impl<'a> Environment<'a, f64> for eval::Environment<'a> {
    fn of(arena: &'a Arena, dims: &'a BTreeMap<String, u64>, samples: usize) -> Self {
        Self::new(arena, dims, samples)
    }

    fn state(&mut self, symbol: SymbolId, value: &ArcArray2<f64>) {
        self.bind(symbol, Value::Array(value.clone()));
    }

    fn value(&self, root: ExprId) -> Result<Array2<f64>, EvaluationError> {
        self.array(root)
    }

    fn rounded(&self, root: ExprId) -> Result<Array2<f64>, EvaluationError> {
        rounding::without(self, root, self.array(root)?)
    }

    fn error(
        &self,
        root: ExprId,
        again: &dyn Fn(&Jitter) -> Result<Array2<f64>, EvaluationError>,
    ) -> Result<Array2<f64>, EvaluationError> {
        rounding::of_error(self, root, self.array(root)?, again)
    }

    fn jittered(self, jitter: &'a Jitter) -> Self {
        self.jittered(jitter)
    }

    fn settled(&self, root: ExprId) -> Result<Array2<f64>, EvaluationError> {
        rounding::settled(self, root, self.array(root)?)
    }
}

impl Number for Exact {
    type Environment<'a> = exact::Environment<'a>;

    fn at_zero(function: Function, order: u8) -> Self {
        exact::at(function, order, Self::ratio(0, 1))
    }
}

impl<'a> Environment<'a, Exact> for exact::Environment<'a> {
    fn of(arena: &'a Arena, dims: &'a BTreeMap<String, u64>, samples: usize) -> Self {
        Self::new(arena, dims, samples)
    }

    fn state(&mut self, symbol: SymbolId, value: &ArcArray2<Exact>) {
        self.bind(symbol, value.to_owned());
    }

    fn value(&self, root: ExprId) -> Result<Array2<Exact>, EvaluationError> {
        self.array(root)
    }

    /// Nothing is rounded.
    fn rounded(&self, root: ExprId) -> Result<Array2<Exact>, EvaluationError> {
        self.array(root)
    }

    fn error(
        &self,
        root: ExprId,
        _: &dyn Fn(&Jitter) -> Result<Array2<Exact>, EvaluationError>,
    ) -> Result<Array2<Exact>, EvaluationError> {
        self.array(root)
    }

    fn jittered(self, _: &'a Jitter) -> Self {
        self
    }

    fn settled(&self, root: ExprId) -> Result<Array2<Exact>, EvaluationError> {
        self.array(root)
    }
}

/// An expression after another forward pass with other roundings.
type Again<'a, N> = dyn Fn(ExprId, &Jitter) -> Result<Array2<N>, EvaluationError> + 'a;

/// X, Y and the parameters under their names.
pub type Inputs<N> = IndexMap<String, ArcArray2<N>>;

/// All values at a point; layers count from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point<N> {
    /// Z_l, n × f_l.
    pub pre_activations: Vec<ArcArray2<N>>,
    /// A_l, n × f_l; the last is Ŷ.
    pub activations: Vec<ArcArray2<N>>,
    /// Δ_l = ∂J/∂Z_l, n × f_l.
    pub adjoints: Vec<ArcArray2<N>>,
    /// ∂J/∂v in the order in which the variables were asked for.
    pub gradients: IndexMap<SymbolId, Array2<N>>,
}

impl<N> Point<N> {
    /// What enters the layer: the activation of the one before it, or X.
    #[must_use]
    pub fn entering<'a>(&'a self, layer: usize, x: Option<&'a ArcArray2<N>>) -> Option<&'a ArcArray2<N>> {
        layer.checked_sub(1).map_or(x, |before| self.activations.get(before))
    }
}

/// What keeps the value that it has at another point, while inputs and parameters move.
#[derive(Clone, Copy, Debug, Default)]
pub enum Held<'a, N> {
    /// Everything follows.
    #[default]
    Nothing,
    /// Δ_L.
    Error(&'a Point<N>),
    /// Δ_L, every derivative gate σ'(Z_l) and every forward gate G_l, so that A_l = Z_l ⊙ G_l; where there is no G_l
    /// (softmax, or σ(0) ≠ 0), A_l itself. What is left is how the expanded product form depends on its factors. Both gates
    /// of a unit that is off are 0.
    ErrorAndGates(&'a Point<N>),
    /// The same, but a unit that is off puts out what it would: its derivative gate alone is 0.
    ErrorGatesAndOutputs(&'a Point<N>),
}

/// A unit: its layer and its column, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit {
    /// The layer.
    pub layer: usize,
    /// The column of A.
    pub column: usize,
}

/// The layered gradients of a network, ready to be evaluated at many points.
#[derive(Clone, Copy, Debug)]
pub struct Evaluator<'a> {
    forward: &'a Forward,
    gradient: &'a Gradient,
    dims: &'a BTreeMap<String, u64>,
}

impl<'a> Evaluator<'a> {
    /// Of a derivation in the layered form; `None` of another form. `dims` holds a number for each dimension's name.
    #[must_use]
    pub fn new(derivation: &'a Derivation, dims: &'a BTreeMap<String, u64>) -> Option<Self> {
        let Derived::Gradient(gradient) = &derivation.derived else { return None };
        (gradient.form == Form::Layered).then_some(Self { forward: &derivation.forward, gradient, dims })
    }

    /// The forward pass.
    #[must_use]
    pub fn forward(&self) -> &'a Forward {
        self.forward
    }

    /// The names and numbers of the dimensions.
    #[must_use]
    pub fn dims(&self) -> &'a BTreeMap<String, u64> {
        self.dims
    }

    /// The definitions of Δ_1, …, Δ_L and the gradients.
    #[must_use]
    pub fn gradient(&self) -> &'a Gradient {
        self.gradient
    }

    /// Whether a definition of the backward pass is what a loss gives, and needs no other Δ.
    #[must_use]
    pub fn is_error(&self, definition: Definition) -> bool {
        let arena = &self.forward.arena;
        let mut symbols = arena.parts(&[definition.value]).filter_map(|id| arena.as_symbol(id));
        !symbols.any(|symbol| arena.symbol(symbol).role == Role::Adjoint)
    }

    /// Evaluates everything at `inputs`. A unit that is off puts out 0 and lets no gradient through; the units of a softmax
    /// share one sum, so that none of them can be switched off by itself: that is the caller's to refuse.
    ///
    /// # Errors
    /// An array or a dimension is missing.
    pub fn at<N: Number>(
        &self,
        inputs: &Inputs<N>,
        wanted: &[SymbolId],
        held: Held<'_, N>,
        off: &[Unit],
    ) -> Result<Point<N>, EvaluationError> {
        let mut environment = self.bound::<N>(inputs)?;
        let (pre_activations, activations) = self.ahead(&mut environment, held, off)?;
        let again = |root: ExprId, jitter: &Jitter| {
            let mut environment = self.bound::<N>(inputs)?.jittered(jitter);
            self.ahead(&mut environment, held, off)?;
            environment.value(root)
        };
        let adjoints = self.back(&mut environment, held, off, &again)?;
        let wanted = wanted.iter().filter_map(|variable| self.gradient.by(*variable));
        let gradients = wanted
            .map(|derivative| Ok((derivative.variable, environment.settled(derivative.value)?)))
            .collect::<Result<_, _>>()?;
        Ok(Point { pre_activations, activations, adjoints, gradients })
    }

    /// X, Y and the parameters under their symbols.
    ///
    /// # Errors
    /// An array is missing.
    pub fn bound<N: Number>(&self, inputs: &Inputs<N>) -> Result<N::Environment<'a>, EvaluationError> {
        let arena = &self.forward.arena;
        let samples = inputs.get(&arena.symbol(self.forward.input()).key()).map_or(0, ArcArray2::nrows);
        let mut environment = N::Environment::of(arena, self.dims, samples);
        for symbol in self.forward.given() {
            let name = arena.symbol(symbol).key();
            let array = inputs.get(&name).ok_or(EvaluationError::Unbound { name })?;
            environment.state(symbol, array);
        }
        Ok(environment)
    }

    /// Z_1, A_1, …; their definitions alternate.
    #[allow(clippy::type_complexity, reason = "all Z and all A")]
    fn ahead<N: Number>(
        &self,
        environment: &mut N::Environment<'a>,
        held: Held<'_, N>,
        off: &[Unit],
    ) -> Result<(Vec<ArcArray2<N>>, Vec<ArcArray2<N>>), EvaluationError> {
        let (mut pre_activations, mut activations) = (Vec::new(), Vec::new());
        for (layer, pair) in self.forward.definitions.chunks_exact(2).enumerate() {
            let z = environment.value(pair[0].value)?.into_shared();
            environment.state(pair[0].symbol, &z);
            let a = match held {
                Held::ErrorAndGates(base) => switched_off(self.gated(pair[1].value, &z, base, layer), layer, off),
                Held::ErrorGatesAndOutputs(base) => self.gated(pair[1].value, &z, base, layer),
                Held::Nothing | Held::Error(_) => switched_off(environment.value(pair[1].value)?, layer, off),
            };
            let a = a.into_shared();
            environment.state(pair[1].symbol, &a);
            pre_activations.push(z);
            activations.push(a);
        }
        Ok((pre_activations, activations))
    }

    /// Z ⊙ G with G = A ⊘ Z at the base point, continued to Z = 0 by σ'(0); A of the base point where there is no G.
    fn gated<N: Number>(&self, value: ExprId, z: &ArcArray2<N>, base: &Point<N>, layer: usize) -> Array2<N> {
        let (base_z, base_a) = (&base.pre_activations[layer], &base.activations[layer]);
        if let Op::Map(function, 0, _) = self.forward.arena.op(value)
            && function.fixes_zero()
        {
            let at_zero = N::at_zero(*function, 1);
            let gate = |z: N, a: N| if z.is_zero() { at_zero } else { a / z };
            return Zip::from(z).and(base_z).and(base_a).map_collect(|z, base_z, base_a| *z * gate(*base_z, *base_a));
        }
        base_a.to_owned()
    }

    /// Δ_L, …, Δ_1 as they are defined, in the order of the layers.
    fn back<N: Number>(
        &self,
        environment: &mut N::Environment<'a>,
        held: Held<'_, N>,
        off: &[Unit],
        again: &Again<'_, N>,
    ) -> Result<Vec<ArcArray2<N>>, EvaluationError> {
        if let Held::ErrorAndGates(base) | Held::ErrorGatesAndOutputs(base) = held {
            // σ'(Z_l) is all that still asks for Z_l.
            for (pair, z) in self.forward.definitions.chunks_exact(2).zip(&base.pre_activations) {
                environment.state(pair[0].symbol, z);
            }
        }
        let mut adjoints = Vec::new();
        let last = self.gradient.definitions.len().saturating_sub(1);
        for (i, definition) in self.gradient.definitions.iter().enumerate() {
            let delta = match held {
                Held::Error(base) | Held::ErrorAndGates(base) | Held::ErrorGatesAndOutputs(base) if i == 0 => {
                    base.adjoints[last].clone()
                }
                // The error may well be next to 0, by more than the rounding of the forward pass; a sum over units that is
                // next to 0 is what rounding leaves.
                Held::Nothing if i == 0 => {
                    let root = definition.value;
                    environment.error(root, &|jitter| again(root, jitter))?.into_shared()
                }
                Held::Nothing | Held::Error(_) | Held::ErrorAndGates(_) | Held::ErrorGatesAndOutputs(_) => {
                    environment.rounded(definition.value)?.into_shared()
                }
            };
            let delta = switched_off(delta.into_owned(), last - i, off).into_shared();
            environment.state(definition.symbol, &delta);
            adjoints.push(delta);
        }
        adjoints.reverse();
        Ok(adjoints)
    }
}

/// The columns of units that are off become 0.
fn switched_off<N: Number>(array: Array2<N>, layer: usize, off: &[Unit]) -> Array2<N> {
    without_columns(array, off.iter().filter(|unit| unit.layer == layer).map(|unit| unit.column))
}

fn without_columns<N: Number>(mut array: Array2<N>, columns: impl Iterator<Item = usize>) -> Array2<N> {
    let count = array.ncols();
    for column in columns.filter(|column| *column < count) {
        array.column_mut(column).fill(N::zero());
    }
    array
}
