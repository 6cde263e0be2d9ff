//! A derivation and arrays → the gradients' values: of all samples at once, or sample by sample.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{ArcArray2, Array2, Axis, Zip};

use super::{
    arrays::{Arrays, in_layout},
    eval::{Environment, EvaluationError},
    functions,
    rounding::Jitter,
    value::Value,
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Symbol, SymbolId},
    gradient::{
        Form, Gradient,
        form::{gate::Gate, per_sample::of_sample},
    },
    network::forward::{Entries, Forward, Piece},
};

/// The forward pass on concrete arrays: every name of it has a value. Arrays that come in and go out have samples as rows,
/// and are turned over where the forward pass has them as columns.
#[derive(Clone, Debug)]
pub struct Pass<'a> {
    forward: &'a Forward,
    environment: Environment<'a>,
    samples: usize,
}

/// Gradients by variable.
pub type Gradients = IndexMap<SymbolId, Array2<f64>>;

impl<'a> Pass<'a> {
    /// Runs the forward pass. `arrays` holds X, Y and the parameters under their names; they are kept, not copied.
    ///
    /// # Errors
    /// An array or dimension is missing.
    pub fn new(forward: &'a Forward, dims: &'a BTreeMap<String, u64>, arrays: Arrays) -> Result<Self, EvaluationError> {
        Self::run(forward, &Environment::new(&forward.arena, dims, 0), arrays)
    }

    /// The same, where every result of this pass and of what follows is off by up to an ulp.
    ///
    /// # Errors
    /// An array or dimension is missing.
    pub fn jittered(
        forward: &'a Forward,
        dims: &'a BTreeMap<String, u64>,
        arrays: Arrays,
        jitter: &'a Jitter,
    ) -> Result<Self, EvaluationError> {
        Self::run(forward, &Environment::new(&forward.arena, dims, 0).jittered(jitter), arrays)
    }

    fn run(forward: &'a Forward, environment: &Environment<'a>, mut arrays: Arrays) -> Result<Self, EvaluationError> {
        let arena = &forward.arena;
        let samples = arrays.get(&arena.symbol(forward.input()).key()).map_or(0, Array2::nrows);
        let mut environment = environment.of_samples(samples);
        for symbol in forward.given() {
            let name = arena.symbol(symbol).key();
            let array = arrays.swap_remove(&name).ok_or(EvaluationError::Unbound { name })?;
            environment.bind(symbol, Value::array(turned(forward, array)));
        }
        for piece in &forward.pieces {
            let value = turned(forward, entries(forward, piece, &environment)?);
            environment.bind(piece.symbol, Value::array(value));
        }
        for definition in &forward.definitions {
            let value = environment.array(definition.value)?;
            environment.bind(definition.symbol, Value::array(value));
        }
        Ok(Self { forward, environment, samples })
    }

    /// Gives a name that is not one of the forward pass an array.
    pub fn bind(&mut self, symbol: SymbolId, array: Array2<f64>) {
        self.environment.bind(symbol, Value::array(turned(self.forward, array)));
    }

    /// The value of a scalar, such as the loss.
    ///
    /// # Errors
    /// A name without a value.
    pub fn scalar(&self, expression: ExprId) -> Result<f64, EvaluationError> {
        Ok(self.environment.evaluate(expression)?.as_scalar().unwrap_or(f64::NAN))
    }

    /// The value of a name of the forward pass.
    ///
    /// # Errors
    /// A name without a value.
    pub fn named(&self, symbol: SymbolId) -> Result<Array2<f64>, EvaluationError> {
        let unbound = || EvaluationError::Unbound { name: self.forward.arena.symbol(symbol).key() };
        Ok(turned(self.forward, self.environment.get(symbol).cloned().ok_or_else(unbound)?.into_array()))
    }

    /// The gradients by `variables`, of a form that holds for the batch as a whole: layered.
    ///
    /// # Errors
    /// A name without a value.
    pub fn whole(&self, gradient: &Gradient, variables: &[SymbolId]) -> Result<Gradients, EvaluationError> {
        let mut environment = self.environment.clone();
        for definition in &gradient.definitions {
            let value = environment.array(definition.value)?;
            environment.bind(definition.symbol, Value::array(value));
        }
        self.values(&environment, gradient, variables)
    }

    /// The gradients by `variables`, each sample with its own gates, summed over the samples: per-sample, or product.
    ///
    /// # Errors
    /// A name without a value.
    pub fn by_sample(&self, gradient: &Gradient, variables: &[SymbolId]) -> Result<Gradients, EvaluationError> {
        let gates = gradient.gates.iter().map(|gate| self.gate_rows(gate)).collect::<Result<Vec<_>, _>>()?;
        let wanted: Vec<_> = variables.iter().filter_map(|variable| gradient.by(*variable)).collect();
        let arena = &self.forward.arena;
        let parts: Vec<_> = wanted.iter().map(|derivative| summands(arena, derivative.value)).collect();
        let roots: Vec<_> = parts.iter().flat_map(|(summands, _)| summands.iter().copied()).collect();
        let mut sums = Gradients::new();
        let array = |value: Value| turned(self.forward, value.into_array());
        for i in 0..self.samples {
            let mut values = self.sample(i, gradient, &gates)?.evaluate_all(&roots)?.into_iter().map(array);
            for (derivative, (summands, _)) in wanted.iter().zip(&parts) {
                let Some(value) = values.by_ref().take(summands.len()).reduce(|sum, value| sum + value) else {
                    continue;
                };
                let variable = derivative.variable;
                let rows = arena.symbol(variable).has_samples();
                match sums.get_mut(&variable) {
                    Some(sum) if rows => sum.row_mut(i).assign(&value.row(0)),
                    Some(sum) => *sum += &value,
                    None if rows => {
                        let mut all = Array2::zeros((self.samples, value.ncols()));
                        all.row_mut(i).assign(&value.row(0));
                        sums.insert(variable, all);
                    }
                    None => {
                        sums.insert(variable, value);
                    }
                }
            }
        }
        for (derivative, (_, once)) in wanted.iter().zip(&parts) {
            for term in once {
                if let Some(sum) = sums.get_mut(&derivative.variable) {
                    *sum += &turned(self.forward, self.environment.array(*term)?);
                }
            }
        }
        Ok(sums)
    }

    /// The gradients by `variables` of the product form with each gate's mean over the batch.
    ///
    /// # Errors
    /// A name without a value.
    pub fn mean_gates(&self, gradient: &Gradient, variables: &[SymbolId]) -> Result<Gradients, EvaluationError> {
        let mut environment = self.environment.clone();
        let arena = &self.forward.arena;
        for gate in gradient.gates.iter().filter(|gate| arena.symbol(gate.matrix).role.is_gate_matrix()) {
            let rows = self.gate_rows(gate)?;
            environment.bind(gate.matrix, mean_gate(arena, gate, &rows));
        }
        for gate in gradient.gates.iter().filter(|gate| gate.matrix == gate.entries) {
            let mean = self.gate_rows(gate)?.mean_axis(Axis(0)).unwrap_or_default();
            environment.bind(gate.entries, Value::array(mean.insert_axis(Axis(1))));
        }
        let is_norm = |definition: &&Definition| arena.symbol(definition.symbol).role == Role::NormMatrix;
        let norms: Vec<Definition> = gradient.definitions.iter().filter(is_norm).copied().collect();
        for (norm, mean) in norms.iter().zip(self.means(gradient, &norms)?) {
            environment.bind(norm.symbol, Value::array(mean));
        }
        self.values(&environment, gradient, variables)
    }

    /// The means over the samples of matrices that are defined for each.
    #[allow(clippy::cast_precision_loss, reason = "batches are below 2³¹")]
    fn means(&self, gradient: &Gradient, definitions: &[Definition]) -> Result<Vec<Array2<f64>>, EvaluationError> {
        if definitions.is_empty() {
            return Ok(Vec::new());
        }
        let gates = gradient.gates.iter().map(|gate| self.gate_rows(gate)).collect::<Result<Vec<_>, _>>()?;
        let roots: Vec<ExprId> = definitions.iter().map(|definition| definition.value).collect();
        let mut sums: Vec<Option<Array2<f64>>> = vec![None; roots.len()];
        for i in 0..self.samples {
            let values = self.sample(i, gradient, &gates)?.evaluate_all(&roots)?;
            for (sum, value) in sums.iter_mut().zip(values) {
                let value = value.into_array();
                *sum = Some(match sum.take() {
                    None => value,
                    Some(sum) => sum + value,
                });
            }
        }
        let samples = self.samples.max(1) as f64;
        Ok(sums.into_iter().map(|sum| sum.unwrap_or_default() / samples).collect())
    }

    /// The gradients by `variables` of the whole batch, each gate being that of the first sample for all of them. No
    /// gradient of the network, but what is equal is equal here too.
    ///
    /// # Errors
    /// A name without a value.
    pub fn first_gates(&self, gradient: &Gradient, variables: &[SymbolId]) -> Result<Gradients, EvaluationError> {
        let mut environment = self.environment.clone();
        for gate in &gradient.gates {
            let rows = self.gate_rows(gate)?;
            environment.bind(gate.entries, Value::Array(row(&rows, 0).reversed_axes()));
        }
        for definition in &gradient.definitions {
            let value = environment.evaluate(definition.value)?;
            environment.bind(definition.symbol, value);
        }
        self.values(&environment, gradient, variables)
    }

    /// Every name's row of sample i, that sample's gates, and nothing summed.
    fn sample(
        &self,
        i: usize,
        gradient: &Gradient,
        gates: &[ArcArray2<f64>],
    ) -> Result<Environment<'a>, EvaluationError> {
        let arena = &self.forward.arena;
        let mut environment = self.environment.of_samples(1);
        let has_samples = |symbol: &SymbolId| arena.symbol(*symbol).has_samples();
        let definitions = self.forward.definitions.iter().map(|definition| definition.symbol).filter(has_samples);
        let forward = self.forward;
        let data = [&forward.inputs, &forward.targets, &forward.masks].into_iter().flatten().copied();
        for symbol in definitions.chain(data) {
            let named = match gradient.form {
                Form::PerSample => arena.find(&of_sample(arena.symbol(symbol))),
                Form::Chain | Form::Layered | Form::Product | Form::Intuitive => Some(symbol),
            };
            if let (Some(named), Some(Value::Array(all))) = (named, self.environment.get(symbol)) {
                let own = if self.forward.has_columns() { column(all, i) } else { row(all, i) };
                environment.bind(named, Value::Array(own));
            }
        }
        for (gate, rows) in gradient.gates.iter().zip(gates) {
            environment.bind(gate.entries, Value::Array(row(rows, i).reversed_axes()));
        }
        for definition in &gradient.definitions {
            let value = environment.evaluate(definition.value)?;
            environment.bind(definition.symbol, value);
        }
        Ok(environment)
    }

    /// The gate of every sample, a row each: σ'(Z), softmax(Z), or σ(Z)/Z continued to Z = 0 by σ'(0).
    fn gate_rows(&self, gate: &Gate) -> Result<ArcArray2<f64>, EvaluationError> {
        let arena = &self.forward.arena;
        let mut rows = turned(self.forward, self.environment.array(gate.source)?);
        if arena.symbol(gate.entries).role == Role::ForwardGate
            && let Op::Map(function, 0, [z]) = arena.op(gate.source)
        {
            let z = turned(self.forward, self.environment.array(*z)?);
            let at_zero = functions::at(*function, 1, 0.0);
            Zip::from(&mut rows).and(&z).for_each(|a, z| *a = if *z == 0.0 { at_zero } else { *a / z });
        }
        Ok(rows.into_shared())
    }

    /// The values of the gradients, all at once: what many of them share, such as the products of deep networks, is
    /// evaluated once.
    fn values(
        &self,
        environment: &Environment,
        gradient: &Gradient,
        variables: &[SymbolId],
    ) -> Result<Gradients, EvaluationError> {
        let wanted: Vec<_> = variables.iter().filter_map(|variable| gradient.by(*variable)).collect();
        let roots: Vec<_> = wanted.iter().map(|derivative| derivative.value).collect();
        let values = environment.evaluate_all(&roots)?.into_iter();
        let values = values.map(|value| turned(self.forward, value.into_array()));
        Ok(wanted.iter().map(|derivative| derivative.variable).zip(values).collect())
    }
}

/// An array with samples as rows as the forward pass has it, or the other way round.
fn turned(forward: &Forward, array: Array2<f64>) -> Array2<f64> {
    in_layout(forward.layout, array)
}

/// The entries of a constant: of E, I in the columns behind those before it, else 0.
pub(super) fn entries(
    forward: &Forward,
    piece: &Piece,
    environment: &Environment,
) -> Result<Array2<f64>, EvaluationError> {
    let Symbol { rows, columns, .. } = forward.arena.symbol(piece.symbol);
    let before = match &piece.entries {
        Entries::Place(before) => before,
        Entries::Column(column) => return Ok(Array2::from_shape_fn((column.len(), 1), |(i, _)| column[i])),
    };
    let start = before.as_ref().map_or(Ok(0), |before| environment.size(before))?;
    let (rows, columns) = if forward.has_columns() { (columns, rows) } else { (rows, columns) };
    let size = (environment.size(rows)?, environment.size(columns)?);
    Ok(Array2::from_shape_fn(size, |(i, j)| if j == start + i { 1.0 } else { 0.0 }))
}

/// The terms that are summed over the samples, and those that are added once: those without samples beside others with
/// them, such as a penalty's. In the product form each product that contracts over the samples is such a sum.
fn summands(arena: &Arena, id: ExprId) -> (Vec<ExprId>, Vec<ExprId>) {
    let inside = |id: ExprId| if let Op::SumSamples([inner]) = arena.op(id) { *inner } else { id };
    let has_samples = |id: &ExprId| {
        let symbols = arena.reachable(&[*id]).into_iter().filter_map(|id| arena.as_symbol(id));
        let mut symbols = symbols.map(|symbol| arena.symbol(symbol));
        // A gate is that of a sample, also where one stands for all.
        let is_gate = |role: Role| role.is_gate_matrix() || role.is_gate_entries() || role == Role::ValueGate;
        symbols.any(|symbol| symbol.sample || symbol.has_samples() || is_gate(symbol.role))
    };
    let (summed, once): (Vec<ExprId>, Vec<ExprId>) = arena.terms(id).into_iter().partition(has_samples);
    if summed.is_empty() || once.is_empty() {
        return (vec![inside(id)], Vec::new());
    }
    (summed.into_iter().map(inside).collect(), once)
}

fn row(all: &ArcArray2<f64>, i: usize) -> ArcArray2<f64> {
    all.row(i).insert_axis(Axis(0)).to_shared()
}

fn column(all: &ArcArray2<f64>, i: usize) -> ArcArray2<f64> {
    all.column(i).insert_axis(Axis(1)).to_shared()
}

/// diag of the mean row, or the mean of diag(p) − p pᵀ for softmax, of I − 1 pᵀ for its logarithm.
#[allow(clippy::cast_precision_loss, reason = "batches are below 2³¹")]
fn mean_gate(arena: &Arena, gate: &Gate, rows: &ArcArray2<f64>) -> Value {
    let samples = rows.nrows() as f64;
    let mean = rows.sum_axis(Axis(0)) / samples;
    if arena.symbol(gate.entries).role == Role::Probabilities {
        if matches!(arena.op(gate.value), Op::Add([first, _]) if matches!(arena.op(*first), Op::Identity(_))) {
            return Value::array(Array2::eye(mean.len()) - &mean.insert_axis(Axis(0)));
        }
        return Value::array(Array2::from_diag(&mean) - rows.t().dot(rows) / samples);
    }
    Value::Diagonal(mean.insert_axis(Axis(1)).into_shared())
}
