//! A gradient and how it is written → its factors in order, each with its shape and value.

use super::{
    document::{Factor, Value},
    expression::{Expression, Scaled, Sizes, name},
    gradients::Source,
    written,
};
use crate::document::notation::{Notation, Sign};
use crate::{
    expr::{Op, SymbolId},
    gradient::form::{
        chain::Chain,
        intuitive::{self, Sketch},
    },
    shape::Shape,
};

impl<'a> Source<'a> {
    /// The factors of `value`, under a sum over the samples those of the summand. A scalar and a sign before the
    /// product belong to the first, as they are written.
    pub fn factors(self, value: Expression<'a>, right: Notation) -> Vec<Factor<'a>> {
        let (mut value, mut right) = (value, right.without_shapes());
        if let (Op::SumSamples([summand]), Notation::SumSamples(inner)) = (self.arena.op(value.id), &right) {
            (value, right) = (self.expression(*summand), (**inner).clone());
        }
        let (mut scalars, mut product) = (Vec::new(), value);
        while let Op::Scale([scalar, of]) = self.arena.op(product.id) {
            scalars.push(*scalar);
            product = self.expression(*of);
        }
        let factors = product.factors();
        let written = in_order(right.clone()).filter(|written| factors.len() > 1 && written.len() == factors.len());
        let Some(written) = written else {
            return vec![self.factor(Scaled { scalars: Vec::new(), of: value }, &right)];
        };
        let scaled = |of| Scaled { scalars: std::mem::take(&mut scalars), of };
        factors.into_iter().map(scaled).zip(&written).map(|(factor, written)| self.factor(factor, written)).collect()
    }

    fn factor(self, value: Scaled<'a>, notation: &Notation) -> Factor<'a> {
        Factor {
            written: written::formula(notation),
            shape: Some(Sizes(self.arena.shape(value.of.id).clone())),
            expression: Some(Value::Expression(value)),
            derivative: None,
        }
    }

    /// The derivatives of the chain rule.
    pub fn links(self, chain: &Chain, variable: SymbolId, right: Notation) -> Vec<Factor<'a>> {
        let name = |symbol| name(self.arena.symbol(symbol));
        let written = in_order(right).unwrap_or_default();
        let links = chain.factors(variable).into_iter().zip(&written);
        links
            .map(|(link, notation)| Factor {
                written: written::formula(notation),
                shape: None,
                expression: None,
                derivative: Some([link.of.map_or("J".into(), name), name(link.by)]),
            })
            .collect()
    }

    /// The factors of the sketch.
    pub fn sketched(self, sketch: &Sketch, variable: SymbolId, right: Notation) -> Vec<Factor<'a>> {
        let written = in_order(right).unwrap_or_default();
        let factors = sketch.factors(variable).into_iter().zip(&written);
        factors.map(|(factor, notation)| self.sketched_factor(factor, notation)).collect()
    }

    fn sketched_factor(self, factor: intuitive::Factor, notation: &Notation) -> Factor<'a> {
        let (shape, expression) = match factor {
            intuitive::Factor::Named(symbol) => {
                let symbol = self.arena.symbol(symbol);
                let shape = Shape::Matrix(symbol.rows.clone(), symbol.columns.clone());
                (Some(shape), Some(Value::Name("symbol", name(symbol))))
            }
            intuitive::Factor::Identity => (None, None),
            intuitive::Factor::Error(error) => (Some(self.arena.shape(error).clone()), Some(self.value(error))),
        };
        Factor { written: written::formula(notation), shape: shape.map(Sizes), expression, derivative: None }
    }
}

/// The factors of a product as they are written, a sign before all of them with the first.
fn in_order(notation: Notation) -> Option<Vec<Notation>> {
    if let Notation::Product(factors) = notation {
        return Some(factors);
    }
    let Notation::Sum(terms) = notation else { return None };
    let [(Sign::Minus, Notation::Product(factors))] = &terms[..] else { return None };
    let (first, rest) = factors.split_first()?;
    Some([&[Notation::Sum(vec![(Sign::Minus, first.clone())])], rest].concat())
}
