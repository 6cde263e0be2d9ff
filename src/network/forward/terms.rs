//! The terms of J: losses and penalties as expressions.

use std::sync::Arc;

use super::{Entries, Output, Pass, Piece, tensor};
use crate::{
    catalog::loss::{Loss, Reduction},
    expr::{Definition, ExprId, Function, Range, Role, Scalar, ShapeError, Symbol},
    network::graph::{Classes, Layer, Network, Operation, Penalty, Term, Value},
    shape::Dim,
};

impl Pass {
    /// κ Σ e(Ŷ, Y), times the factor of the term.
    pub(super) fn output(&mut self, term: &Term) -> Result<Output, ShapeError> {
        let prediction = match term.prediction {
            Value::Layer(layer) => self.values[layer],
            Value::Input(input) => {
                let symbol = self.inputs[input];
                Definition { symbol, value: self.arena.named(symbol)? }
            }
        };
        let target = match term.target_value {
            Some(value) => self.symbol_of(value),
            None => self.arena.intern(tensor(Role::Target, &term.target)),
        };
        let (a, y) = (self.arena.named(prediction.symbol)?, self.arena.named(target)?);
        let compared = self.of_classes(&term.classes, y)?;
        let elements = term.loss.expression(&mut self.arena, a, compared)?;
        let total = self.arena.total(elements)?;
        let over_samples = Scalar::one_over(&self.samples);
        let kappa = match term.reduction {
            Reduction::Samples => over_samples,
            Reduction::Elements => over_samples.times(&Scalar::one_over(&term.target.features)).unwrap_or(over_samples),
            Reduction::Sum => Scalar::integer(1),
        };
        let kappa = kappa.times(&term.weight).unwrap_or(kappa);
        let loss = if kappa.is_one() { total } else { self.arena.scale_by(kappa, total)? };
        Ok(Output {
            prediction,
            target,
            compared,
            loss,
            distributions: term.loss.has_classes(),
            is_upstream: term.loss == Loss::Upstream,
        })
    }

    /// ((1 − ε) Y + ε/f 1) diag(ω).
    fn of_classes(&mut self, classes: &Classes, mut y: ExprId) -> Result<ExprId, ShapeError> {
        let (_, width) = self.arena.dims(y)?;
        if let Some(share) = &classes.smoothing
            && let Some((kept, spread)) =
                Scalar::integer(1).plus(&share.negated()).zip(share.times(&Scalar::one_over(&width)))
        {
            let (evenly, kept) = (self.arena.ones_like(y)?, self.arena.scale_by(kept, y)?);
            let evenly = self.arena.scale_by(spread, evenly)?;
            y = self.arena.plus(kept, evenly)?;
        }
        let Some(weights) = &classes.weights else { return Ok(y) };
        let before = self.pieces.iter().filter(|piece| matches!(piece.entries, Entries::Column(_))).count();
        let label = (before > 0).then(|| Arc::from((before + 1).to_string()));
        let symbol = Symbol::new(Role::ClassWeights, "ω", label.as_ref(), width, Dim::one());
        let symbol = self.arena.intern(Symbol { range: Range::POSITIVE, ..symbol });
        self.pieces.push(Piece { symbol, entries: Entries::Column(weights.clone()) });
        let column = self.arena.named(symbol)?;
        let diagonal = self.arena.diagonal(column)?;
        self.arena.multiply(y, diagonal)
    }

    /// λ Σ W², or λ Σ |W|, over the weights of a penalty.
    pub(super) fn penalty(&mut self, network: &Network, penalty: &Penalty) -> Result<ExprId, ShapeError> {
        let function = if penalty.squares { Function::Square } else { Function::Abs };
        let mut sum: Option<ExprId> = None;
        for label in &penalty.weights {
            let of_layer = |layer: &Layer| {
                let source = layer.sources.iter().find(|source| source.weight == *label)?;
                (layer.operation == Operation::Dense).then(|| (source.width.clone(), layer.output.clone()))
            };
            let Some((rows, columns)) = network.layers.iter().find_map(of_layer) else { continue };
            let weight = self.parameter(Symbol::new(Role::Weight, "W", Some(label), rows, columns))?;
            let sizes = self.arena.map(function, 0, weight)?;
            let total = self.arena.total(sizes)?;
            sum = Some(match sum {
                None => total,
                Some(sum) => self.arena.plus(sum, total)?,
            });
        }
        let sum = match sum {
            Some(sum) => sum,
            None => self.arena.scalar(Scalar::integer(0))?,
        };
        if penalty.factor.is_one() { Ok(sum) } else { self.arena.scale_by(penalty.factor.clone(), sum) }
    }
}
