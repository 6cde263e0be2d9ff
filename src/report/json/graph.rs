//! A computation graph → its steps for programs, in the order of computation; edges name steps by their keys.

use serde::Serialize;

use super::{document::Written, expression::Sizes, line::Line, page::said, written};
use crate::document::{
    Notation,
    graph::{Graph, Kept, Passes, Step},
};

/// A step of the forward pass, and what it hands back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Node {
    /// The value's name.
    key: String,
    /// Its letter.
    #[serde(flatten)]
    written: Written,
    /// Its shape; of a number empty.
    shape: Sizes,
    /// What it is; null of an input and of a fold.
    formula: Option<Written>,
    /// The steps that it stands for, if it stands for several.
    folded: Option<Written>,
    /// The values that it is made of.
    operands: Vec<Line<Operand>>,
    /// Parameters, targets and constants that it is made of.
    given: Vec<Line<Given>>,
    /// The name of the derivative of J with respect to it; null where none arrives by itself.
    adjoint: Option<Line<Adjoint>>,
    /// How that goes on.
    backward: Vec<Line<Backward>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Operand {
    /// The key of the step.
    from: String,
    /// Whether the chosen gradient takes the value.
    path: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Given {
    key: String,
    #[serde(flatten)]
    written: Written,
    shape: Sizes,
    /// Its gradient, or what is added to it here.
    gradient: Option<Gradient>,
    /// Whether the chosen gradient takes it.
    path: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Gradient {
    #[serde(flatten)]
    written: Written,
    /// The right side.
    formula: Written,
    /// Whether other uses add to it too.
    summand: bool,
    /// The keys of what is kept for it.
    kept: Vec<String>,
    /// Whether it is the chosen one.
    path: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Adjoint {
    #[serde(flatten)]
    written: Written,
    /// Whether the chosen gradient takes it.
    path: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Backward {
    /// What is done with what arrives.
    #[cfg_attr(test, schemars(extend("enum" = ["times", "after", "entrywise", "unchanged", "loss", "jacobian"])))]
    does: &'static str,
    /// By which factor; null where it is unchanged.
    by: Option<Written>,
    /// What comes of it.
    value: Written,
    /// The keys of the operands that it goes to.
    to: Vec<String>,
    /// Of a loss that absorbs the last activation: the key of the activation.
    spans: Option<String>,
    /// The keys of what is kept for it.
    kept: Vec<String>,
    /// Whether it lies on the path of the chosen gradient.
    path: bool,
}

/// The steps.
pub(super) fn nodes(graph: &Graph) -> Vec<Node> {
    graph.steps.iter().map(|step| node(graph, step)).collect()
}

fn node(graph: &Graph, step: &Step) -> Node {
    let key = |place: usize| graph.steps[place].key.clone();
    let keys = |kept: &[Kept]| kept.iter().map(|kept| graph.taken(step, *kept).0.to_owned()).collect::<Vec<_>>();
    let given = step.parameters.iter().map(|parameter| Given {
        key: parameter.key.clone(),
        written: written::formula(&parameter.name),
        shape: (&parameter.shape).into(),
        gradient: parameter.gradient.as_ref().map(|gradient| Gradient {
            written: written::formula(&gradient.name),
            formula: written::formula(&gradient.formula),
            summand: gradient.is_summand,
            kept: keys(&gradient.kept),
            path: gradient.is_lit,
        }),
        path: parameter.is_lit,
    });
    let backward = step.backward.iter().map(|backward| {
        let (does, by) = does(&backward.passes);
        Backward {
            does,
            by: by.map(written::formula),
            value: written::formula(&backward.rule),
            to: backward.to.iter().map(|target| key(target.step)).collect(),
            spans: backward.spans.map(key),
            kept: keys(&backward.kept),
            path: backward.is_lit,
        }
    });
    Node {
        key: step.key.clone(),
        written: written::formula(&step.name),
        shape: (&step.shape).into(),
        formula: step.formula.as_ref().map(written::formula),
        folded: step.folded.as_ref().map(said),
        operands: step.operands.iter().map(|o| Line(Operand { from: key(o.step), path: o.is_lit })).collect(),
        given: given.map(Line).collect(),
        adjoint: step
            .adjoint
            .as_ref()
            .map(|adjoint| Line(Adjoint { written: written::formula(&adjoint.name), path: adjoint.is_lit })),
        backward: backward.map(Line).collect(),
    }
}

fn does(passes: &Passes) -> (&'static str, Option<&Notation>) {
    match passes {
        Passes::Times(by) => ("times", Some(by)),
        Passes::After(by) => ("after", Some(by)),
        Passes::Entrywise(by) => ("entrywise", Some(by)),
        Passes::Unchanged(_) => ("unchanged", None),
        Passes::Loss(by) => ("loss", Some(by)),
        Passes::Jacobian(by) => ("jacobian", Some(by)),
    }
}
