//! The factors of a Fisher matrix → their page: the definitions that they need, the products, and how close they are.

use super::{
    gradients::Report,
    words::{count, joined, scientific},
};
use crate::{
    document::{Block, Document, Entrywise, Equation, Notation, Relation, Sentence, Table, sentence},
    expr::{ExprId, SymbolId},
    gradient::Derived,
    pipeline::Kfac,
};

/// The page: the blocks of the weights that are asked for.
pub fn kfac<'a>(found: &'a Kfac, variables: &'a [SymbolId], forward: bool) -> Document<'a> {
    let mut page = Document::default();
    let report = Report::new(&found.derivation);
    let blocks = || found.blocks.iter().filter(|block| variables.contains(&block.weight));
    if blocks().next().is_none() {
        page.paragraph("None of these weights has a block that is such a product.");
        page.blocks.extend(left_out(found, &report).into_iter().map(Block::Remark));
        return page;
    }
    if forward {
        let equations = report.clone();
        page.equations(move || equations.forward_definitions());
    }
    let weights: Vec<SymbolId> = blocks().map(|block| block.weight).collect();
    let (set, letter, needed) = (report.typesetter(), Notation::letter(found.letter), weights.clone());
    let left = move |weight| Notation::Component(Box::new(Notation::letter(found.letter)), Box::new(set.name(weight)));
    let equations = report.clone();
    page.equations(move || {
        let definitions: Vec<Equation> = equations.definitions(&needed).collect();
        let products = found.blocks.iter().filter(move |block| variables.contains(&block.weight)).map(move |block| {
            let shape = Some(found.derivation.forward.arena.shape(block.product).clone());
            Equation {
                left: left(block.weight),
                relation: Relation::Approximate,
                right: set.formula(block.product),
                shape,
            }
        });
        definitions.into_iter().chain(products)
    });
    let mut others: Vec<ExprId> = blocks().map(|block| block.product).collect();
    if let Derived::Gradient(gradient) = &found.derivation.derived {
        others.extend(report.used(gradient, &weights).iter().map(|definition| definition.value));
    }
    let mut remarks = report.remarks(&weights, forward, &others);
    let w = Notation::letter("W");
    let of_weights = Notation::Component(Box::new(letter.clone()), Box::new(w.clone()));
    let [u, v] = ["U", "V"].map(Notation::letter);
    let kronecker = Notation::Hadamard(vec![(Entrywise::Times, u), (Entrywise::Kronecker, v)]);
    let signs = [(of_weights, block(found, w)), (kronecker, Sentence::of("is the Kronecker product."))];
    for block in &mut remarks {
        if let Block::Notation(known) = block {
            known.splice(known.len().min(2)..known.len().min(2), signs.clone());
        }
    }
    page.blocks.push(Block::Remark(sentence!(
        "{} This takes the rows of {} and what the layer takes in for independent of each other. It is exact for one sample.",
        Relation::Approximate,
        Notation::letter("Δ")
    )));
    page.blocks.extend(left_out(found, &report).into_iter().map(Block::Remark));
    page.blocks.extend(remarks);
    measured(found, &report, variables, &mut page);
    page
}

/// What the block of a weight is.
fn block(found: &Kfac, weight: Notation) -> Sentence {
    let g = Notation::letter("g");
    let square = Notation::Product(vec![g.clone(), g.clone().transposed()]);
    let (what, own) = if found.is_mean {
        (
            "is the block of the empirical Fisher matrix that belongs to {}: the mean of {} over the samples, where {} stacks the columns of \
          the gradient of one sample's own loss.",
            weight,
        )
    } else {
        (
            "is the block of the empirical Fisher matrix that belongs to {}: the sum of {} over the samples, where {} stacks the columns of \
          the gradient of one sample's own loss.",
            weight,
        )
    };
    Sentence::filled(what, [own.into(), square.into(), g.into()])
}

/// Weights and terms that are not in it.
fn left_out(found: &Kfac, report: &Report) -> Vec<Sentence> {
    let mut notes = Vec::new();
    let names: Vec<String> = found.shared.iter().map(|weight| report.key(*weight)).collect();
    if !names.is_empty() {
        notes.push(Sentence::of(format!(
            "{} {} left out: a weight that is used more than once, or transposed, has no such product.",
            joined(&names),
            if names.len() == 1 { "is" } else { "are" }
        )));
    }
    if found.derivation.forward.penalty.is_some() {
        notes.push(Sentence::of("The penalties belong to no sample, and are not in the Fisher matrix."));
    }
    notes
}

fn measured(found: &Kfac, report: &Report, variables: &[SymbolId], page: &mut Document) {
    let Some((samples, points)) = found.measured else {
        page.paragraph("The approximation was not measured: the arrays are larger than those that are drawn.");
        return;
    };
    page.paragraph(format!(
        "Measured on {} of {}: the distance of each product from its block, relative to the block (Frobenius norms). The factors \
         themselves are those of a concrete backprop.",
        count(points, "random draw"),
        count(samples, "sample")
    ));
    let header: Vec<String> = (1..=points).map(|point| format!("draw {point}")).collect();
    let mut table = Table::new(std::iter::once("weight".to_owned()).chain(header), 1);
    let mut any_zero = false;
    for block in found.blocks.iter().filter(|block| variables.contains(&block.weight)) {
        let is_zero = |error: f64| error.is_nan();
        any_zero |= block.errors.iter().any(|error| is_zero(*error));
        let errors = block.errors.iter().map(|error| if is_zero(*error) { "-".into() } else { scientific(*error) });
        table.row_of(report.typesetter().name(block.weight), errors);
    }
    page.table(table);
    if any_zero {
        page.paragraph("-: the block is 0 there, and so is the product.");
    }
}
