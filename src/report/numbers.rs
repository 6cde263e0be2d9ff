//! [`Numbers`] → each matrix that a small network computes, behind the formula that it comes of.

use ndarray::Array2;

use super::{gradients::Report, words};
use crate::{
    document::{Block, Document, Notation, Sentence, notation::Function as Name},
    expr::{ExprId, Op, SymbolId},
    gradient::Derived,
    pipeline::{Numbers, Valued},
};

/// X, Z, A, the activation derivatives, J, Δ and the gradients of the parameters in numbers.
/// What the signs mean is said where no other page does.
pub fn numbers<'d>(found: &Numbers, alone: bool) -> Document<'d> {
    let mut page = Document::titled("Numbers");
    let report = Report::new(&found.derivation);
    let writer = Writer { report: &report, found };
    page.heading("The same in numbers");
    for (valued, array) in &found.values {
        writer.value(&mut page, *valued, array);
    }
    if alone {
        let variables: Vec<SymbolId> = found
            .values
            .iter()
            .filter_map(|(valued, _)| match valued {
                Valued::Gradient(symbol) => Some(*symbol),
                Valued::Given(_) | Valued::Defined(_) | Valued::Loss | Valued::Slopes(_) => None,
            })
            .collect();
        page.blocks.extend(report.remarks(&variables, true, &[]));
    }
    page
}

struct Writer<'a> {
    report: &'a Report<'a>,
    found: &'a Numbers,
}

impl Writer<'_> {
    fn value(&self, page: &mut Document, valued: Valued, array: &Array2<f64>) {
        let typesetter = self.report.typesetter;
        match valued {
            Valued::Given(symbol) => matrix(page, typesetter.name(symbol), array),
            Valued::Defined(symbol) => self.computed(page, typesetter.name(symbol), self.defined(symbol), array),
            Valued::Loss => self.computed(page, Notation::Loss, Some(self.found.derivation.forward.loss), array),
            Valued::Gradient(symbol) => {
                let name = Notation::by_loss(typesetter.name(symbol));
                let value = match &self.found.derivation.derived {
                    Derived::Gradient(gradient) => gradient.by(symbol).map(|derivative| derivative.value),
                    Derived::Chain(_) | Derived::Intuitive(_) => None,
                };
                self.computed(page, name, value, array);
            }
            Valued::Slopes(symbol) => self.slopes(page, symbol, array),
        }
    }

    /// What it is by its formula, and its numbers.
    fn computed(&self, page: &mut Document, name: Notation, value: Option<ExprId>, array: &Array2<f64>) {
        if let Some(value) = value {
            let formula = self.report.typesetter.formula(value).without_shapes();
            page.paragraph(Sentence::from(name.clone()).equals(formula).words(":"));
        }
        matrix(page, name, array);
    }

    fn defined(&self, symbol: SymbolId) -> Option<ExprId> {
        let derivation = &self.found.derivation;
        let derived = match &derivation.derived {
            Derived::Gradient(gradient) => &gradient.definitions[..],
            Derived::Chain(_) | Derived::Intuitive(_) => &[],
        };
        let mut all = derivation.forward.definitions.iter().chain(derived);
        all.find(|definition| definition.symbol == symbol).map(|definition| definition.value)
    }

    /// σ'(Z), a row a sample, and the first row as the diagonal matrix S.
    fn slopes(&self, page: &mut Document, symbol: SymbolId, array: &Array2<f64>) {
        let Some(value) = self.defined(symbol) else { return };
        let Op::Map(function, 0, [z]) = self.report.arena.op(value) else { return };
        let z = self.report.typesetter.formula(*z).without_shapes();
        let name = Name { name: function.name(), order: 1, parameter: function.parameter() };
        page.paragraph("Its derivative at each entry, a row a sample:");
        matrix(page, Notation::Apply(name, Box::new(z)), array);
        let row = array.row(0);
        let diagonal = Array2::from_shape_fn((row.len(), row.len()), |(i, j)| if i == j { row[i] } else { 0.0 });
        page.paragraph("As a diagonal matrix, of the first sample:");
        let label = self.report.arena.symbol(symbol).label.clone().unwrap_or_default();
        matrix(page, words::letter("S", &label), &diagonal);
    }
}

fn matrix(page: &mut Document, name: Notation, array: &Array2<f64>) {
    let rows = array.rows().into_iter().map(|row| row.iter().map(|x| words::entry(*x)).collect());
    page.blocks.push(Block::Matrix(name, rows.collect()));
}
