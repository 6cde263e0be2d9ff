//! A gradient and how it is written → its factors in order, each with its shape and value.
#![allow(clippy::wildcard_enum_match_arm, reason = "most notation is one factor")]

use super::{
    document::Factor,
    expression::{Expression, name},
    gradients::Source,
    line::Line,
    written,
};
use crate::{
    document::{Notation, Sign, typeset::Typesetter},
    expr::{ExprId, Op, SymbolId},
    gradient::form::{
        chain::{self, Chain},
        intuitive::{self, Sketch},
    },
};

impl Source<'_> {
    /// The factors of `value`, under a sum over the samples those of the summand. A scalar and a sign before the
    /// product belong to the first, as they are written.
    pub fn factors(self, mut value: ExprId, right: Notation) -> Vec<Factor> {
        let mut right = right.without_shapes();
        if let Op::SumSamples([summand]) = self.arena.op(value) {
            let inside = match &right {
                Notation::SumSamples(inner) => Some((**inner).clone()),
                Notation::Sum(terms) => match &terms[..] {
                    [(Sign::Minus, Notation::SumSamples(inner))] => {
                        Some(Notation::Sum(vec![(Sign::Minus, (**inner).clone())]))
                    }
                    _ => None,
                },
                _ => None,
            };
            (value, right) = inside.map_or((value, right), |inside| (*summand, inside));
        }
        let (mut scalars, mut product) = (Vec::new(), value);
        while let Op::Scale([scalar, of]) = self.arena.op(product) {
            scalars.push(*scalar);
            product = *of;
        }
        let factors = self.arena.factors(product);
        let written = in_order(right.clone()).filter(|written| factors.len() > 1 && written.len() == factors.len());
        let Some(written) = written else { return vec![self.factor(false, &[], value, &right)] };
        let typesetter = Typesetter::new(self.arena);
        let negative: Vec<bool> = factors.iter().map(|factor| typesetter.is_negative(*factor)).collect();
        let mut first = negative.iter().filter(|negative| **negative).count() % 2 == 1;
        let mut scalars = &scalars[..];
        let each = factors.into_iter().zip(&written).zip(negative);
        each.map(|((factor, written), negative)| {
            // A sign that is written before the first factor.
            let is_negated = std::mem::take(&mut first) != negative;
            self.factor(is_negated, std::mem::take(&mut scalars), factor, written)
        })
        .collect()
    }

    /// Scalars, outermost first, times `of`; or −1 times that.
    fn factor(self, is_negated: bool, scalars: &[ExprId], of: ExprId, notation: &Notation) -> Factor {
        let scaled = |of: Expression, scalar: &ExprId| of.scaled(self.expression(*scalar));
        let expression = scalars.iter().rev().fold(self.expression(of), scaled);
        Factor {
            written: written::formula(notation),
            shape: Some(self.arena.shape(of).into()),
            expression: Some(if is_negated { expression.negated() } else { expression }),
            derivative: None,
        }
    }

    /// Along each path of the chain rule what is differentiated by what.
    pub fn paths(self, chain: &Chain, variable: SymbolId) -> Vec<Line<Vec<[String; 2]>>> {
        if self.subject.derivation.general.is_some() {
            return Vec::new();
        }
        let name = |symbol| name(self.arena.symbol(symbol));
        let pair = |link: chain::Factor| [link.of.map_or("J".into(), name), name(link.by)];
        let paths = chain.paths(variable).into_iter().map(|path| self.report.in_order(path));
        paths.map(|path| Line(path.into_iter().map(pair).collect())).collect()
    }

    /// The derivatives of a chain rule that is one product.
    pub fn links(links: &[[String; 2]], right: Notation) -> Vec<Factor> {
        let written = in_order(right).unwrap_or_default();
        let factor = |(link, notation): (&[String; 2], &Notation)| Factor {
            written: written::formula(notation),
            shape: None,
            expression: None,
            derivative: Some(link.clone()),
        };
        links.iter().zip(&written).map(factor).collect()
    }

    /// The factors of the sketch.
    pub fn sketched(self, sketch: &Sketch, variable: SymbolId, right: Notation) -> Vec<Factor> {
        let written = in_order(right).unwrap_or_default();
        let factors = self.report.in_order(sketch.factors(self.arena, variable)).into_iter().zip(&written);
        factors.map(|(factor, notation)| self.sketched_factor(&factor, notation)).collect()
    }

    fn sketched_factor(self, factor: &intuitive::Factor, notation: &Notation) -> Factor {
        let (shape, expression) = match factor {
            intuitive::Factor::Named(symbol) => {
                let symbol = self.arena.symbol(*symbol);
                (Some(symbol.into()), Some(Expression::name(&name(symbol))))
            }
            intuitive::Factor::Identity | intuitive::Factor::Sum(_) => (None, None),
            intuitive::Factor::Formula(formula) => {
                (Some(self.arena.shape(*formula).into()), Some(self.expression(*formula)))
            }
        };
        Factor { written: written::formula(notation), shape, expression, derivative: None }
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
