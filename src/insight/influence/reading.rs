//! A product form → the factors of each gradient, and what acts on them: read off the expressions.
//!
//! Activations are followed down to the input through their definitions, A = Z G wherever there is a forward gate G. The
//! terms are not multiplied out, so that a gradient is read in time linear in the depth.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use crate::{
    expr::{Arena, Definition, ExprId, Function, Op, Role, Scalar, SymbolId},
    gradient::form::{expand, gate},
    insight::model::Model,
};

/// What may influence a gradient; layers from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Factor {
    /// X.
    Input,
    /// The error that the product begins with: Δ_L where the loss absorbs the last activation, else ∂J/∂A_L.
    Error,
    /// W of a layer.
    Weight(usize),
    /// b of a layer.
    Bias(usize),
    /// The derivative gate of a layer, which is its forward gate too where the two are one.
    Gate(usize),
    /// The forward gate of a layer, where it differs.
    ForwardGate(usize),
    /// The activation of a layer, where it has no forward gate.
    Value(usize),
}

/// How something acts without being a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// Through functions that are constant between their kinks, so that small moves do nothing.
    Jumps,
    /// Small moves have small effects.
    Smooth,
}

/// What it acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// The error, by Ŷ.
    Prediction,
    /// The gates that are factors.
    Gates,
    /// An activation that is a factor.
    Values,
}

/// The factors of a gradient, and for each carrier how the symbols act on it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reading {
    /// What occurs as a factor.
    pub direct: BTreeSet<Factor>,
    #[serde(skip)]
    through: [(Carrier, HashMap<SymbolId, Path>); 3],
}

impl Reading {
    /// What `symbol` acts through, and how.
    pub fn through(&self, symbol: SymbolId) -> Vec<(Carrier, Path)> {
        self.through.iter().filter_map(|(carrier, paths)| Some((*carrier, *paths.get(&symbol)?))).collect()
    }
}

/// Reads the gradients of a model.
#[derive(Debug)]
pub struct Reader<'a> {
    model: &'a Model,
    arena: &'a Arena,
    places: HashMap<&'a str, usize>,
    definitions: HashMap<SymbolId, Definition>,
}

impl<'a> Reader<'a> {
    /// Reads the product forms of `model`.
    pub fn new(model: &'a Model) -> Self {
        let forward = &model.product.forward;
        let definitions = forward.definitions.iter().map(|definition| (definition.symbol, *definition)).collect();
        Self { model, arena: &forward.arena, places: model.places(), definitions }
    }

    /// ∂J/∂`variable`; `None` for what has no gradient.
    pub fn read(&self, variable: SymbolId) -> Option<Reading> {
        let gradient = Model::gradient(&self.model.product)?;
        let direct = self.direct(gradient.by(variable)?.value);
        let backward = gradient
            .gates
            .iter()
            .filter(|gate| self.layer(gate.activation).is_some_and(|layer| direct.contains(&Factor::Gate(layer))));
        let mut gate_roots: Vec<ExprId> = backward.map(|gate| gate.source).collect();
        let mut value_roots = Vec::new();
        for definition in &self.model.product.forward.definitions {
            let Some(layer) = self.activation(definition.symbol) else { continue };
            // σ(z)/z of what is not homogeneous changes with z, whatever σ' does.
            if direct.contains(&Factor::ForwardGate(layer)) {
                gate_roots.extend(self.arena.op(definition.value).children());
            }
            value_roots.extend(direct.contains(&Factor::Value(layer)).then_some(definition.value));
        }
        let error = direct.contains(&Factor::Error).then(|| self.model.product.head().error(self.arena));
        let error: Vec<ExprId> = error.into_iter().collect();
        let through = [(Carrier::Prediction, error), (Carrier::Gates, gate_roots), (Carrier::Values, value_roots)];
        Some(Reading { direct, through: through.map(|(carrier, roots)| (carrier, self.sources(&roots))) })
    }

    /// Whether the error is κ (Ŷ − Y): that of mae or huber is not, nor is −(Y ⊘ Ŷ)/n.
    pub fn is_prediction_error(&self) -> bool {
        let mut terms = Vec::new();
        let linear = self.terms(self.model.product.head().error(self.arena), &Scalar::integer(1), &mut terms);
        terms.sort();
        let is_difference = |[(y, by), (prediction, times)]: &[(Role, Scalar); 2]| {
            (*y, *prediction) == (Role::Target, Role::Prediction) && *times == by.negated()
        };
        linear.is_some() && <[_; 2]>::try_from(terms).is_ok_and(|terms| is_difference(&terms))
    }

    /// The symbols that `id`, `times` as large, is a sum of, each with its factor; none if it is no such sum.
    fn terms(&self, id: ExprId, times: &Scalar, found: &mut Vec<(Role, Scalar)>) -> Option<()> {
        if let Some(symbol) = self.arena.as_symbol(id) {
            found.push((self.arena.symbol(symbol).role, times.clone()));
            return Some(());
        }
        if let Op::Add(operands) = self.arena.op(id) {
            return operands.iter().try_for_each(|operand| self.terms(*operand, times, found));
        }
        let Op::Scale([by, operand]) = self.arena.op(id) else { return None };
        let Op::Scalar(by) = self.arena.op(*by) else { return None };
        self.terms(*operand, &times.times(by)?, found)
    }

    /// The layer of a symbol with a label.
    pub fn layer(&self, symbol: SymbolId) -> Option<usize> {
        self.places.get(self.arena.symbol(symbol).label.as_deref()?).copied()
    }

    /// The layer whose A or Ŷ the symbol is.
    pub fn activation(&self, symbol: SymbolId) -> Option<usize> {
        let is = matches!(self.arena.symbol(symbol).role, Role::Activation | Role::Prediction);
        if is { self.layer(symbol) } else { None }
    }

    /// The factors of the products that `root` is a sum of, down to the input.
    fn direct(&self, root: ExprId) -> BTreeSet<Factor> {
        let (mut found, mut seen, mut todo) = (BTreeSet::new(), HashSet::new(), vec![root]);
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let op = self.arena.op(id);
            if let Op::Symbol(symbol) = op {
                self.leaf(*symbol, &mut found, &mut todo);
            } else if let Op::Scale([_, operand]) = op {
                todo.push(*operand);
            } else if matches!(op, Op::Multiply(_) | Op::Transpose(_)) || !self.has_target(id) {
                todo.extend(op.children());
            } else {
                found.insert(Factor::Error);
            }
        }
        found
    }

    fn leaf(&self, symbol: SymbolId, found: &mut BTreeSet<Factor>, todo: &mut Vec<ExprId>) {
        let (role, layer) = (self.arena.symbol(symbol).role, self.layer(symbol));
        let factor = match role {
            Role::Input => Some(Factor::Input),
            Role::Gain
            | Role::Slope
            | Role::ClassWeights
            | Role::Mask
            | Role::Mean
            | Role::Variance
            | Role::Piece
            | Role::Direction
            | Role::InverseRms
            | Role::Normalised
            | Role::ValueGate
            | Role::NormMatrix
            | Role::Variable => None,
            Role::Target | Role::Prediction | Role::Adjoint => Some(Factor::Error),
            Role::Weight => layer.map(Factor::Weight),
            Role::Bias => layer.map(Factor::Bias),
            Role::DerivativeGate | Role::Probabilities | Role::GateMatrix | Role::DerivativeGateMatrix => {
                layer.map(Factor::Gate)
            }
            Role::ForwardGate | Role::ForwardGateMatrix => layer.map(Factor::ForwardGate),
            Role::PreActivation => {
                todo.extend(self.definitions.get(&symbol).map(|definition| definition.value));
                None
            }
            Role::Activation => self.definitions.get(&symbol).and_then(|definition| self.value(*definition, todo)),
        };
        found.extend(factor);
    }

    /// The gate by which A comes of Z, which is read on; A itself where there is none.
    fn value(&self, definition: Definition, todo: &mut Vec<ExprId>) -> Option<Factor> {
        let layer = self.layer(definition.symbol)?;
        if expand::stop(self.arena, definition).is_some() {
            return Some(Factor::Value(layer));
        }
        todo.extend(self.arena.op(definition.value).children());
        let linear = matches!(self.arena.op(definition.value), Op::Map(Function::Linear, 0, _));
        let agree = gate::agree(self.arena, definition);
        (!linear).then_some(if agree { Factor::Gate(layer) } else { Factor::ForwardGate(layer) })
    }

    fn has_target(&self, id: ExprId) -> bool {
        let target = |id| self.arena.as_symbol(id).is_some_and(|s| self.arena.symbol(s).role == Role::Target);
        self.arena.reachable(&[id]).into_iter().any(target)
    }

    /// All symbols that the values of `roots` come of, through every definition, each with the better of its ways.
    fn sources(&self, roots: &[ExprId]) -> HashMap<SymbolId, Path> {
        let mut found = HashMap::new();
        for root in roots {
            self.mark(*root, Path::Smooth, &mut found);
        }
        for definition in self.model.product.forward.definitions.iter().rev() {
            if let Some(path) = found.get(&definition.symbol).copied() {
                self.mark(definition.value, path, &mut found);
            }
        }
        found
    }

    /// Marks the symbols in `root` with how they act on it, `path` at best.
    fn mark(&self, root: ExprId, path: Path, found: &mut HashMap<SymbolId, Path>) {
        let mut paths = HashMap::from([(root, path)]);
        for id in self.arena.reachable(&[root]).into_iter().rev() {
            let Some(path) = paths.get(&id).copied() else { continue };
            let (op, is_one_unit) =
                (self.arena.op(id), || self.arena.dims(id).is_ok_and(|(_, columns)| columns.as_number() == Some(1)));
            if let Op::Symbol(symbol) = op {
                let known = found.entry(*symbol).or_insert(path);
                *known = path.max(*known);
                continue;
            }
            // A softmax of one unit is 1, whatever enters it.
            if matches!(op, Op::Map(Function::Linear, 1, _)) || matches!(op, Op::Softmax(_)) && is_one_unit() {
                continue;
            }
            let jumps = matches!(op, Op::Map(function, order, _) if function.is_piecewise_constant(*order));
            let path = if jumps { Path::Jumps } else { path };
            for child in op.children() {
                let known = paths.entry(*child).or_insert(path);
                *known = path.max(*known);
            }
        }
    }
}
