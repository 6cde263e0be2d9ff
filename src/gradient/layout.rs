//! A derivation with samples as rows → the same with samples as columns, by a change of variables: each matrix is called by the
//! name of its transpose, X := Xᵀ, W := Wᵀ, b := bᵀ, and each formula is transposed, with (A B)ᵀ = Bᵀ Aᵀ down to the names.
//!
//! So Z = X W + 1 b becomes Z = W X + b 1ᵀ, and ∂J/∂W = Xᵀ Δ, which has the shape of W, becomes ∂J/∂W = Δ Xᵀ. The matrices of
//! gates and norms are symmetric: they stay, but for that of the logarithm of softmax, I − 1 pᵀ.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Derivation, Derivative, Derived, Gradient, GradientError,
    form::{gate::Gate, intuitive::Sketch, layered::OutputError, paths::Open},
};
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Symbol, SymbolId},
    network::{
        forward::{Forward, Output, Piece},
        graph::Layout,
    },
};

/// The derivation with samples as columns.
///
/// # Errors
/// A defect of the derivation.
pub fn columns(derivation: Derivation) -> Result<Derivation, GradientError> {
    let Derivation { forward, output_errors, loss, derived, .. } = derivation;
    let mut arena = forward.arena;
    let lopsided = lopsided(&arena, &derived);
    let mut turn = Turn { arena: &mut arena, known: HashMap::new(), lopsided };
    let loss = turn.over(loss)?;
    let mut turned_heads = Vec::with_capacity(output_errors.len());
    for OutputError { by_prediction, by_pre_activation, by_target } in output_errors {
        let by_target = by_target.map(|by_target| turn.over(by_target)).transpose()?;
        let (by_prediction, by_pre_activation) = (turn.over(by_prediction)?, turn.over(by_pre_activation)?);
        turned_heads.push(OutputError { by_prediction, by_pre_activation, by_target });
    }
    let derived = match derived {
        Derived::Gradient(gradient) => Derived::Gradient(turn.gradient(gradient, derivation.jacobian_of.is_some())?),
        Derived::Chain(chain) => Derived::Chain(chain.renamed(|symbol| turn.symbol(symbol))),
        Derived::Intuitive(Sketch::Layers(layers)) => {
            let error = turn.over(layers.error())?;
            Derived::Intuitive(Sketch::Layers(layers.renamed(|symbol| turn.symbol(symbol), error)))
        }
        Derived::Intuitive(Sketch::Paths(open)) => Derived::Intuitive(Sketch::Paths(turn.open(open)?)),
    };
    let paths = derivation.paths.iter().map(|(symbol, number)| (turn.symbol(*symbol), *number)).collect();
    let jacobian_of = derivation.jacobian_of.map(|output| turn.symbol(output));
    let mut definitions = Vec::with_capacity(forward.definitions.len());
    for definition in forward.definitions {
        definitions.push(turn.definition(definition)?);
    }
    let mut outputs = Vec::with_capacity(forward.outputs.len());
    for output in forward.outputs {
        let (prediction, loss) = (turn.definition(output.prediction)?, turn.over(output.loss)?);
        let compared = turn.over(output.compared)?;
        outputs.push(Output { prediction, loss, target: turn.symbol(output.target), compared, ..output });
    }
    let (total, penalty) = (turn.over(forward.loss)?, forward.penalty.map(|penalty| turn.over(penalty)).transpose()?);
    let mut all = |symbols: Vec<SymbolId>| symbols.into_iter().map(|symbol| turn.symbol(symbol)).collect();
    let (inputs, targets) = (all(forward.inputs), all(forward.targets));
    let (masks, parameters) = (all(forward.masks), all(forward.parameters));
    let pieces = forward.pieces.into_iter().map(|piece| Piece { symbol: turn.symbol(piece.symbol), ..piece }).collect();
    let forward = Forward {
        arena,
        definitions,
        outputs,
        loss: total,
        penalty,
        inputs,
        targets,
        masks,
        pieces,
        parameters,
        layout: Layout::Columns,
    };
    Ok(Derivation { forward, output_errors: turned_heads, loss, derived, paths, jacobian_of, ..derivation })
}

/// The S that are I − 1 pᵀ.
fn lopsided(arena: &Arena, derived: &Derived) -> HashSet<SymbolId> {
    let definitions = match derived {
        Derived::Gradient(gradient) => &gradient.definitions[..],
        Derived::Intuitive(Sketch::Paths(open)) => &open.matrices[..],
        Derived::Intuitive(Sketch::Layers(_)) | Derived::Chain(_) => &[],
    };
    let is_identity = |id: ExprId| matches!(arena.op(id), Op::Identity(_));
    let is_one = |definition: &&Definition| {
        arena.symbol(definition.symbol).role == Role::GateMatrix
            && matches!(arena.op(definition.value), Op::Add([a, b]) if is_identity(*a) || is_identity(*b))
    };
    definitions.iter().filter(is_one).map(|definition| definition.symbol).collect()
}

/// The change of variables.
struct Turn<'a> {
    arena: &'a mut Arena,
    /// By the expression and whether it is transposed: what it is in the new names.
    known: HashMap<(ExprId, bool), ExprId>,
    /// The matrices that are not symmetric.
    lopsided: HashSet<SymbolId>,
}

impl Turn<'_> {
    /// The name of the transpose.
    fn symbol(&mut self, symbol: SymbolId) -> SymbolId {
        let own = self.arena.symbol(symbol).clone();
        if stays(&own) {
            return symbol;
        }
        let Symbol { rows, columns, .. } = own.clone();
        self.arena.intern(Symbol { rows: columns, columns: rows, ..own })
    }

    fn definition(&mut self, Definition { symbol, value }: Definition) -> Result<Definition, GradientError> {
        if stays(self.arena.symbol(symbol)) {
            return Ok(Definition { symbol, value: self.as_it_is(value)? });
        }
        Ok(Definition { symbol: self.symbol(symbol), value: self.over(value)? })
    }

    fn gradient(&mut self, gradient: Gradient, is_jacobian: bool) -> Result<Gradient, GradientError> {
        let mut definitions = Vec::with_capacity(gradient.definitions.len());
        for definition in gradient.definitions {
            definitions.push(self.definition(definition)?);
        }
        let mut derivatives = Vec::with_capacity(gradient.derivatives.len());
        for Derivative { variable, value } in gradient.derivatives {
            // A Jacobian has a row for each output, however samples stand.
            let value = if is_jacobian { self.as_it_is(value)? } else { self.over(value)? };
            derivatives.push(Derivative { variable: self.symbol(variable), value });
        }
        derivatives.sort_by_key(|derivative| derivative.variable);
        let gates = self.gates(gradient.gates)?;
        Ok(Gradient { form: gradient.form, definitions, derivatives, gates, stops: gradient.stops })
    }

    fn gates(&mut self, gates: Vec<Gate>) -> Result<Vec<Gate>, GradientError> {
        let turned = |gate: Gate| {
            let (source, value) = (self.over(gate.source)?, self.as_it_is(gate.value)?);
            Ok(Gate { source, activation: self.symbol(gate.activation), value, ..gate })
        };
        gates.into_iter().map(turned).collect()
    }

    fn open(&mut self, open: Open) -> Result<Open, GradientError> {
        let mut results = BTreeMap::new();
        for (variable, value) in open.results {
            results.insert(self.symbol(variable), self.as_it_is(value)?);
        }
        let mut errors = Vec::with_capacity(open.errors.len());
        for (name, error) in open.errors {
            errors.push((self.over(name)?, self.over(error)?));
        }
        let gates = self.gates(open.gates)?;
        Ok(Open { results, errors, gates, matrices: open.matrices })
    }

    /// The transpose in the new names.
    fn over(&mut self, root: ExprId) -> Result<ExprId, GradientError> {
        self.turn(root, true)
    }

    /// The same matrix in the new names.
    fn as_it_is(&mut self, root: ExprId) -> Result<ExprId, GradientError> {
        self.turn(root, false)
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "all others are turned over as their operands are")]
    fn turn(&mut self, root: ExprId, over: bool) -> Result<ExprId, GradientError> {
        let mut todo = vec![(root, over)];
        while let Some(&(id, over)) = todo.last() {
            if self.known.contains_key(&(id, over)) {
                todo.pop();
                continue;
            }
            let op = self.arena.op(id).clone();
            let wanted = match op {
                Op::Transpose([a]) => vec![(a, !over)],
                // Rows stay rows inside, and a diagonal is made of a column.
                Op::Softmax([a]) | Op::LogSumExp([a]) | Op::Diagonal([a]) => vec![(a, false)],
                _ => op.children().iter().map(|child| (*child, over)).collect(),
            };
            let before = todo.len();
            todo.extend(wanted.into_iter().filter(|wanted| !self.known.contains_key(wanted)));
            if todo.len() == before {
                let built = self.node(&op, over)?;
                self.known.insert((id, over), built);
                todo.pop();
            }
        }
        Ok(self.known[&(root, over)])
    }

    /// A node whose operands are known.
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others are turned over as their operands are")]
    fn node(&mut self, op: &Op<ExprId>, over: bool) -> Result<ExprId, GradientError> {
        let of = |turn: &Self, id: ExprId| turn.known[&(id, over)];
        Ok(match *op {
            Op::Symbol(symbol) => {
                let turned = self.symbol(symbol);
                let named = self.arena.named(turned)?;
                let is_symmetric = self.arena.symbol(symbol).role.is_gate_matrix() && !self.lopsided.contains(&symbol);
                let keeps = if stays(self.arena.symbol(symbol)) { is_symmetric || !over } else { over };
                if keeps { named } else { self.arena.transpose(named)? }
            }
            Op::Ones(ref rows, ref columns) if over => self.arena.ones(columns, rows)?,
            Op::Zero(ref rows, ref columns) if over => self.arena.add(Op::Zero(columns.clone(), rows.clone()))?,
            Op::Multiply([a, b]) if over => self.arena.multiply(of(self, b), of(self, a))?,
            Op::Transpose([a]) => self.known[&(a, !over)],
            Op::Softmax([a]) => {
                let rows = self.arena.softmax(self.known[&(a, false)])?;
                if over { self.arena.transpose(rows)? } else { rows }
            }
            Op::LogSumExp([a]) => {
                let column = self.arena.add(Op::LogSumExp([self.known[&(a, false)]]))?;
                if over { self.arena.transpose(column)? } else { column }
            }
            Op::Diagonal([a]) => self.arena.diagonal(self.known[&(a, false)])?,
            ref other => {
                let rebuilt = other.map(|child| of(self, *child));
                self.arena.add(rebuilt)?
            }
        })
    }
}

/// Whether it is of one sample however samples stand: gates, their entries, the matrices of norms.
fn stays(symbol: &Symbol) -> bool {
    symbol.role.is_gate_matrix() || symbol.role.is_gate_entries() || symbol.role == Role::ValueGate
}
