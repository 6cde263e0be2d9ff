//! A derivation → what its names stand for: the forward pass, the errors Δ, the gates.

use std::collections::{HashMap, HashSet};

use super::{
    document::Definition,
    expression::{Expression, index, name},
    gradients::Source,
    line::Line,
    written,
};
use crate::document::notation::{Entrywise, Equation, Letter, Notation, Relation, Sample, Sign};
use crate::{
    expr::{self, ExprId, Index, Op, Role, Symbol, SymbolId, index::Renumbering},
    gradient::{Derived, Form, form::gate::Gate},
    shape::Shape,
};

impl<'a> Source<'a> {
    /// Z₁, A₁, …, J; for any depth A₀ first, which the first layer takes for the activation before it.
    pub fn forward(self) -> impl Iterator<Item = Definition> {
        let derivation = self.subject.derivation;
        let definitions =
            derivation.forward.definitions.iter().map(move |definition| self.definition(*definition, false));
        let input = derivation.general.as_ref().map(|_| self.input_as_activation());
        input.into_iter().chain(definitions).chain(std::iter::once_with(move || self.loss()))
    }

    /// A₀ = X
    fn input_as_activation(self) -> Definition {
        let input = self.subject.derivation.forward.input();
        let symbol = self.arena.symbol(input);
        let typesetter = self.report.typesetter();
        let label = Some(Index::number(0).label());
        let letter =
            Letter { base: "A".into(), hat: false, dot: false, subscript: label.clone(), sample: Sample::None };
        let (left, right) = (Notation::Letter(letter), typesetter.name(input));
        Definition {
            name: name(&Symbol::new(
                Role::Activation,
                "A",
                label.as_ref(),
                symbol.rows.clone(),
                symbol.columns.clone(),
            )),
            of: None,
            sample: false,
            shape: Line(symbol.into()),
            written: written::equation(&Equation { left, relation: Relation::Definition, right, shape: None }),
            expression: Line(Expression::name(&name(symbol))),
        }
    }

    fn loss(self) -> Definition {
        let loss = self.subject.derivation.loss;
        let right = self.report.typesetter().formula(loss);
        let equation = Equation { left: Notation::Loss, relation: Relation::Definition, right, shape: None };
        Definition {
            name: "J".into(),
            of: None,
            sample: false,
            shape: Line((&Shape::Scalar).into()),
            written: written::equation(&equation),
            expression: Line(self.expression(loss)),
        }
    }

    /// Δ_L, … as far down as they are needed; or the gates that occur, each after its entries.
    pub fn definitions(self) -> Box<dyn Iterator<Item = Definition> + 'a> {
        let Derived::Gradient(gradient) = &self.subject.derivation.derived else { return Box::new(std::iter::empty()) };
        let variables = self.subject.variables;
        if gradient.form == Form::Layered {
            let used = self.report.used(gradient, variables).into_iter();
            return Box::new(used.map(move |definition| self.definition(definition, false)));
        }
        let values: Vec<ExprId> = variables.iter().filter_map(|v| gradient.by(*v)).map(|d| d.value).collect();
        let symbols: HashSet<SymbolId> =
            self.report.symbols(&values).filter_map(|symbol| self.defined_by(symbol)).collect();
        let by_entries: HashMap<SymbolId, &Gate> = gradient.gates.iter().map(|gate| (gate.entries, gate)).collect();
        let mut alone = symbols.clone();
        let mut found: Vec<(Vec<&Gate>, expr::Definition)> = Vec::new();
        for definition in &gradient.definitions {
            let names = self.report.symbols(&[definition.value]);
            let gates: Vec<&Gate> = names.filter_map(|symbol| by_entries.get(&symbol).copied()).collect();
            if symbols.contains(&definition.symbol) || gates.iter().any(|gate| symbols.contains(&gate.entries)) {
                for gate in &gates {
                    alone.remove(&gate.entries);
                }
                found.push((gates, *definition));
            }
        }
        let rows = gradient.gates.iter().filter(move |gate| alone.contains(&gate.entries));
        let matrices = found.into_iter().flat_map(move |(gates, matrix)| {
            let entries = gates.into_iter().map(move |gate| self.entries(gate));
            entries.chain(std::iter::once_with(move || self.definition(matrix, true)))
        });
        Box::new(matrices.chain(rows.map(move |gate| self.entries(gate))))
    }

    /// The name whose definition says what `symbol` is: that of S_l for S_{k−1}.
    fn defined_by(self, symbol: SymbolId) -> Option<SymbolId> {
        let data = self.arena.symbol(symbol);
        let of_any = index(data).filter(|index| index.parts().0 != Index::DEPTH.parts().0);
        let Some(from) = of_any else { return Some(symbol) };
        self.arena.find(&Renumbering { from, to: Index::LAYER }.symbol(data))
    }

    fn definition(self, definition: expr::Definition, sample: bool) -> Definition {
        Definition {
            name: name(self.arena.symbol(definition.symbol)),
            of: self.of(self.arena.symbol(definition.symbol)),
            sample,
            shape: Line(self.arena.shape(definition.value).into()),
            written: written::equation(&self.report.definition(definition)),
            expression: Line(self.expression(definition.value)),
        }
    }

    /// s = σ'(zᵢ)ᵀ, p = softmax(zᵢ)ᵀ, g = (σ(zᵢ) ⊘ zᵢ)ᵀ; of samples as columns without ᵀ.
    fn entries(self, gate: &'a Gate) -> Definition {
        let symbol = self.arena.symbol(gate.entries);
        let columns = self.subject.derivation.forward.has_columns();
        let equation = Equation {
            left: self.report.typesetter().name(gate.entries),
            relation: Relation::Definition,
            right: if columns {
                self.gate_row(gate)
            } else {
                Notation::Transposed(Box::new(self.gate_row(gate).atom()))
            },
            shape: None,
        };
        Definition {
            name: name(symbol),
            of: self.of(symbol),
            sample: true,
            shape: Line(symbol.into()),
            written: written::equation(&equation),
            expression: Line(Expression::entries(self.arena, gate, columns)),
        }
    }

    /// σ'(zᵢ), softmax(zᵢ), σ(zᵢ) ⊘ zᵢ; the row of a value.
    fn gate_row(self, gate: &Gate) -> Notation {
        let value = self.row_of(gate.source);
        let ratio = self.arena.symbol(gate.entries).role == Role::ForwardGate;
        let argument = self.arena.op(gate.source).children().first().map(|z| self.row_of(*z));
        match argument.filter(|_| ratio) {
            Some(z) => Notation::Hadamard(vec![(Entrywise::Times, value), (Entrywise::Over, z)]),
            None => value,
        }
    }

    /// An expression of the batch that works on each sample alone, of one sample: without the column of ones over the batch.
    fn row_of(self, id: ExprId) -> Notation {
        let typesetter = self.report.typesetter();
        let apply = |name, order: u8, parameter, z: ExprId| Notation::apply(name, order, parameter, self.row_of(z));
        let factor = |id: ExprId| self.row_of(id).bracketed();
        #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else makes the entries of a gate")]
        match self.arena.op(id) {
            Op::Symbol(symbol) if self.arena.symbol(*symbol).has_samples() => typesetter.row(*symbol),
            Op::Map(map, order, [z]) => apply(map.name(), *order, map.parameter(), *z),
            Op::Softmax([z]) => apply("softmax", 0, None, *z),
            Op::Add(_) => {
                let terms = self.arena.terms(id);
                Notation::Sum(terms.into_iter().map(|term| (Sign::Plus, self.row_of(term))).collect())
            }
            Op::Hadamard(_) => {
                let factors = self.arena.entrywise_factors(id);
                let entrywise = |id| match self.row_of(id) {
                    product @ Notation::Product(_) => (Entrywise::Times, Notation::Group(Box::new(product))),
                    other => (Entrywise::Times, other.bracketed()),
                };
                Notation::Hadamard(factors.into_iter().map(entrywise).collect())
            }
            Op::Multiply(_) => {
                let over_batch = |id: &ExprId| matches!(self.arena.op(*id), Op::Ones(rows, columns) if rows.is_batch() || columns.is_batch());
                let factors = self.arena.factors(id).into_iter().filter(|id| !over_batch(id));
                let mut factors: Vec<Notation> = factors.map(factor).collect();
                if factors.len() == 1 { factors.remove(0) } else { Notation::Product(factors) }
            }
            _ => typesetter.bare_factor(id),
        }
    }
}
