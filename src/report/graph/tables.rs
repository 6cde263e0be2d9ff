//! The graph as two tables, for who reads it without a picture.

use indexmap::IndexMap;

use crate::{
    document::{
        Notation, Relation, Sentence, Sign, Table,
        graph::{Graph, Kept, Step},
    },
    shape::Shape,
};

/// The forward pass, and the backward pass from J down; of a path the path alone.
pub(super) fn tables(graph: &Graph) -> Vec<(Sentence, Table)> {
    let title = if graph.has_path { "The backward pass along the path" } else { "The backward pass" };
    vec![(Sentence::of("The forward pass"), forward(graph)), (Sentence::of(title), backward(graph))]
}

fn forward(graph: &Graph) -> Table {
    let mut table = Table::new(["value", "formula", "shape", "given"], 4);
    table.keys = 1;
    for step in &graph.steps {
        for inner in &step.inner {
            let shape = inner.shape.as_ref().map(shaped).unwrap_or_default();
            table.row([inner.left.clone().into(), inner.right.clone().into(), shape, Sentence::default()]);
        }
        let formula = match (&step.folded, &step.formula) {
            (Some(folded), _) => folded.clone(),
            (None, Some(formula)) => formula.clone().into(),
            (None, None) => Sentence::of("input"),
        };
        let mut given = Sentence::default();
        for (place, parameter) in step.parameters.iter().enumerate() {
            given = if place > 0 { given.words(", ") } else { given };
            given = given.math(parameter.name.clone()).words(" ").then(shaped(&parameter.shape));
        }
        table.row([step.name.clone().into(), formula, shaped(&step.shape), given]);
    }
    table
}

/// A derivative and the terms that it is the sum of.
struct Row<'g> {
    terms: Vec<(Sign, Notation)>,
    shape: &'g Shape,
    kept: Vec<Notation>,
    name: Notation,
}

fn backward(graph: &Graph) -> Table {
    let mut table = Table::new(["derivative", "formula", "shape", "kept for it"], 4);
    table.keys = 1;
    // By what it is of.
    let mut rows: IndexMap<String, Row> = IndexMap::new();
    let is_shown = |is_lit: bool| is_lit || !graph.has_path;
    let mut add = |key: String, name: &Notation, shape, rule: &Notation, kept: Vec<Notation>| {
        let row =
            rows.entry(key).or_insert_with(|| Row { terms: Vec::new(), shape, kept: Vec::new(), name: name.clone() });
        if let Notation::Sum(terms) = rule {
            row.terms.extend(terms.iter().cloned());
        } else {
            row.terms.push((Sign::Plus, rule.clone()));
        }
        row.kept.extend(kept.into_iter().filter(|kept| !row.kept.contains(kept)).collect::<Vec<_>>());
    };
    for step in graph.steps.iter().rev() {
        for backward in &step.backward {
            for target in backward.to.iter().filter(|target| is_shown(target.is_lit)) {
                let to = &graph.steps[target.step];
                if let Some(adjoint) = &to.adjoint {
                    let kept = names(graph, step, &backward.kept);
                    add(format!("value {}", to.key), &adjoint.name, &to.shape, &backward.rule, kept);
                }
            }
        }
        for parameter in &step.parameters {
            if let Some(gradient) = parameter.gradient.as_ref().filter(|gradient| is_shown(gradient.is_lit)) {
                let kept = names(graph, step, &gradient.kept);
                add(parameter.key.clone(), &gradient.name, &parameter.shape, &gradient.formula, kept);
            }
        }
    }
    // What goes on unchanged under one name is told once.
    let is_new = |row: &Row| row.terms != [(Sign::Plus, row.name.clone())];
    for row in rows.into_values().filter(is_new) {
        let formula = match &row.terms[..] {
            [(Sign::Plus, only)] => only.clone(),
            _ => Notation::Sum(row.terms),
        };
        let kept = if row.kept.is_empty() { Sentence::default() } else { Sentence::from(Notation::List(row.kept)) };
        table.row([row.name.into(), formula.into(), shaped(row.shape), kept]);
    }
    table
}

fn names(graph: &Graph, step: &Step, kept: &[Kept]) -> Vec<Notation> {
    kept.iter().map(|kept| graph.taken(step, *kept).1.clone()).collect()
}

/// `n × f₁`
fn shaped(shape: &Shape) -> Sentence {
    let Some((rows, columns)) = shape.dims() else { return Sentence::of("a number") };
    let side = |dim: &crate::shape::Dim| {
        let side = Notation::Dim(dim.clone());
        if dim.is_sum() { Notation::Group(Box::new(side)) } else { side }
    };
    Sentence::from(side(rows)).relation(Relation::Times).math(side(columns))
}
