//! A derivation with samples as rows → the same with samples as columns, by a change of variables: each matrix is called by the
//! name of its transpose, X := Xᵀ, W := Wᵀ, b := bᵀ, and each formula is transposed, with (A B)ᵀ = Bᵀ Aᵀ down to the names.
//!
//! So Z = X W + 1 b becomes Z = W X + b 1ᵀ, and ∂J/∂W = Xᵀ Δ, which has the shape of W, becomes ∂J/∂W = Δ Xᵀ. The matrices of
//! gates and norms are symmetric: they stay, but for that of the logarithm of softmax, I − 1 pᵀ.

mod steps;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Derivation, Derivative, Derived, Gradient, GradientError,
    form::{gate::Gate, intuitive::Sketch, layered::OutputError, paths::Open},
    general::{
        Claim, General, Premise,
        iterated::{Iterated, IteratedOperations},
    },
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
pub fn transposed(derivation: Derivation) -> Result<Derivation, GradientError> {
    transposed_with(derivation, |_| Ok(())).map(|(derivation, ())| derivation)
}

/// The same with what belongs to it, in the same arena.
///
/// # Errors
/// A defect of the derivation.
pub fn transposed_with<T>(
    derivation: Derivation,
    other: impl FnOnce(&mut Turn<'_>) -> Result<T, GradientError>,
) -> Result<(Derivation, T), GradientError> {
    let Derivation { forward, output_errors, loss, derived, general, .. } = derivation;
    let mut arena = forward.arena;
    let lopsided = lopsided(&arena, matrices(&derived));
    let iterations = general.as_ref().map(|general| general.iterations.clone()).unwrap_or_default();
    let mut turn = Turn::new(&mut arena, lopsided, iterations);
    let loss = turn.over(loss)?;
    let output_errors = output_errors.into_iter().map(|head| turn.head(head)).collect::<Result<_, _>>()?;
    let derived = turn.derived(derived, derivation.jacobian_of.is_some())?;
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
    let (masks, statistics, parameters) = (all(forward.masks), all(forward.statistics), all(forward.parameters));
    let pieces = forward.pieces.into_iter().map(|piece| Piece { symbol: turn.symbol(piece.symbol), ..piece }).collect();
    let mut second = derivation.second.clone();
    for direction in second.iter_mut().flat_map(|second| &mut second.directions) {
        (direction.variable, direction.symbol) = (turn.symbol(direction.variable), turn.symbol(direction.symbol));
    }
    for output in second.iter_mut().flat_map(|second| &mut second.outputs) {
        *output = turn.symbol(*output);
    }
    let iterations = turn.all_bigs()?;
    let general = general.map(|general| General { iterations, ..general });
    let other = other(&mut turn)?;
    let forward = Forward {
        arena,
        definitions,
        outputs,
        loss: total,
        penalty,
        inputs,
        targets,
        masks,
        statistics,
        pieces,
        parameters,
        layout: Layout::Columns,
    };
    let derivation =
        Derivation { forward, output_errors, loss, derived, jacobian_of, paths, general, second, ..derivation };
    Ok((derivation, other))
}

/// The same claims of the transposes. A claim says nothing of what S is, so an S that is not symmetric keeps its name for its
/// transpose there.
///
/// # Errors
/// A defect of the derivation.
pub fn transposed_claims(
    arena: &mut Arena,
    iterations: &IteratedOperations,
    claims: &[Claim],
) -> Result<Vec<Claim>, GradientError> {
    let mut turn = Turn::new(arena, HashSet::new(), iterations.clone());
    let mut turned = Vec::with_capacity(claims.len());
    for Claim { name, premises, left, right } in claims {
        let mut over = Vec::with_capacity(premises.len());
        for Premise { name, left, right } in premises {
            over.push(Premise { name, left: turn.over(*left)?, right: turn.over(*right)? });
        }
        turned.push(Claim { name, premises: over, left: turn.over(*left)?, right: turn.over(*right)? });
    }
    Ok(turned)
}

/// What S and N are.
fn matrices(derived: &Derived) -> &[Definition] {
    match derived {
        Derived::Gradient(gradient) => &gradient.definitions,
        Derived::Intuitive(Sketch::Paths(open)) => &open.matrices,
        Derived::Intuitive(Sketch::Layers(_)) | Derived::Chain(_) => &[],
    }
}

/// The S that are I − 1 pᵀ.
fn lopsided(arena: &Arena, definitions: &[Definition]) -> HashSet<SymbolId> {
    let is_identity = |id: ExprId| matches!(arena.op(id), Op::Identity(_));
    let is_one = |definition: &&Definition| {
        arena.symbol(definition.symbol).role == Role::GateMatrix
            && matches!(arena.op(definition.value), Op::Add([a, b]) if is_identity(*a) || is_identity(*b))
    };
    definitions.iter().filter(is_one).map(|definition| definition.symbol).collect()
}

/// The change of variables.
pub struct Turn<'a> {
    arena: &'a mut Arena,
    /// By the expression and whether it is transposed: what it is in the new names.
    known: HashMap<(ExprId, bool), ExprId>,
    /// The matrices that are not symmetric.
    lopsided: HashSet<SymbolId>,
    /// What keeps its meaning beside gates and norms.
    kept: HashSet<SymbolId>,
    /// Products and sums over layers, and what they are of the transposes.
    iterations: IteratedOperations,
    turned_bigs: IteratedOperations,
}

impl<'a> Turn<'a> {
    fn new(arena: &'a mut Arena, lopsided: HashSet<SymbolId>, iterations: IteratedOperations) -> Self {
        let turned_bigs = IteratedOperations::default();
        Self { arena, known: HashMap::new(), lopsided, kept: HashSet::new(), iterations, turned_bigs }
    }

    /// The change of variables in an equation of its own, in which these names keep their meaning.
    pub fn keeping(arena: &'a mut Arena, kept: HashSet<SymbolId>) -> Self {
        Self { kept, ..Self::new(arena, HashSet::new(), IteratedOperations::default()) }
    }

    /// The arena of both.
    pub fn arena(&self) -> &Arena {
        self.arena
    }

    /// Whether it means the same however samples stand.
    fn stays(&self, symbol: SymbolId) -> bool {
        self.kept.contains(&symbol) || stays(self.arena.symbol(symbol))
    }

    /// The place in the transpose of `root` of what stands at `place` in it: which operand of which operand. What is a
    /// transpose here is none there.
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others are turned over as their operands are")]
    #[must_use]
    pub fn place(&self, root: ExprId, place: &[usize]) -> Vec<usize> {
        let (mut id, mut over, mut found) = (root, true, Vec::new());
        for step in place {
            let op = self.arena.op(id);
            match op {
                Op::Transpose(_) => over = !over,
                Op::Multiply(_) if over => found.push(1 - step.min(&1)),
                Op::Softmax(_) | Op::LogSumExp(_) => {
                    found.extend(over.then_some(0));
                    found.push(*step);
                    over = false;
                }
                Op::Diagonal(_) => {
                    found.push(*step);
                    over = false;
                }
                _ => found.push(*step),
            }
            let Some(child) = op.children().get(*step) else { break };
            id = *child;
        }
        found
    }

    /// All products and sums over layers.
    fn all_bigs(&mut self) -> Result<IteratedOperations, GradientError> {
        for (symbol, iterated) in self.iterations.clone().iter() {
            self.iterated(symbol, iterated.clone())?;
        }
        Ok(self.turned_bigs.clone())
    }

    /// The transpose of a product or sum over layers: (A B)ᵀ = Bᵀ Aᵀ, so a product runs the other way.
    fn iterated(&mut self, symbol: SymbolId, iterated: Iterated) -> Result<ExprId, GradientError> {
        let body = self.over(iterated.body)?;
        let turned = iterated.transposed(body);
        let Symbol { name, rows, columns, .. } = self.arena.symbol(symbol).clone();
        let (name, label) = (format!("{name} of columns").into(), format!("[{}:{}]", turned.from, turned.to).into());
        let own = self.arena.symbol(symbol).clone();
        let symbol = self.arena.intern(Symbol { name, label: Some(label), rows: columns, columns: rows, ..own });
        self.turned_bigs.insert(symbol, turned);
        Ok(self.arena.named(symbol)?)
    }

    /// The name of the transpose.
    pub fn symbol(&mut self, symbol: SymbolId) -> SymbolId {
        if self.stays(symbol) {
            return symbol;
        }
        let own = self.arena.symbol(symbol).clone();
        let Symbol { rows, columns, .. } = own.clone();
        self.arena.intern(Symbol { rows: columns, columns: rows, ..own })
    }

    fn definition(&mut self, Definition { symbol, value }: Definition) -> Result<Definition, GradientError> {
        if self.stays(symbol) {
            return Ok(Definition { symbol, value: self.as_it_is(value)? });
        }
        Ok(Definition { symbol: self.symbol(symbol), value: self.over(value)? })
    }

    fn head(&mut self, head: OutputError) -> Result<OutputError, GradientError> {
        let OutputError { by_prediction, by_pre_activation, by_target } = head;
        let by_target = by_target.map(|by_target| self.over(by_target)).transpose()?;
        let (by_prediction, by_pre_activation) = (self.over(by_prediction)?, self.over(by_pre_activation)?);
        Ok(OutputError { by_prediction, by_pre_activation, by_target })
    }

    fn derived(&mut self, derived: Derived, is_jacobian: bool) -> Result<Derived, GradientError> {
        Ok(match derived {
            Derived::Gradient(gradient) => Derived::Gradient(self.gradient(gradient, is_jacobian)?),
            Derived::Chain(chain) => Derived::Chain(chain.renamed(|symbol| self.symbol(symbol))),
            Derived::Intuitive(Sketch::Layers(layers)) => {
                let error = self.over(layers.error())?;
                Derived::Intuitive(Sketch::Layers(layers.renamed(|symbol| self.symbol(symbol), error)))
            }
            Derived::Intuitive(Sketch::Paths(open)) => Derived::Intuitive(Sketch::Paths(self.open(open)?)),
        })
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
    ///
    /// # Errors
    /// A defect of the derivation.
    pub fn over(&mut self, root: ExprId) -> Result<ExprId, GradientError> {
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
                if let Some(iterated) = self.iterations.get(symbol).cloned() {
                    let turned = self.iterated(symbol, iterated)?;
                    return Ok(if over { turned } else { self.arena.transpose(turned)? });
                }
                let turned = self.symbol(symbol);
                let named = self.arena.named(turned)?;
                let is_symmetric = self.arena.symbol(symbol).role.is_gate_matrix() && !self.lopsided.contains(&symbol);
                let keeps = if self.stays(symbol) { is_symmetric || !over } else { over };
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
