//! [`Graph`] → the language of Graphviz: values are boxes, what they hand back is below them.

use std::fmt::Write;

use super::parts::text;
use crate::{
    document::{
        graph::{Backward, Graph, Kept, Passes, Step},
        notation::Notation,
    },
    render::{Format, Style},
};

/// A box.
pub(super) struct Node {
    pub id: String,
    pub label: String,
    pub is_backward: bool,
    pub is_lit: bool,
}

/// An edge between two nodes.
pub(super) struct Edge {
    pub from: String,
    pub to: String,
    pub label: String,
    pub is_backward: bool,
    pub is_kept: bool,
    pub is_lit: bool,
}

/// The graph as nodes and edges without places.
pub(super) struct Flat {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

fn written(notation: &Notation) -> String {
    Style::new(Format::Text).inline(notation)
}

fn shaped(name: &Notation, shape: &crate::shape::Shape) -> String {
    let name = written(name);
    if shape.dims().is_none() { name } else { format!("{name}  {shape}") }
}

fn told(step: &Step) -> String {
    match (&step.folded, step.told()) {
        (Some(folded), _) => text(folded),
        (None, Some(told)) => format!("{} = {}", written(&step.name), written(told)),
        (None, None) => written(&step.name),
    }
}

fn passes(backward: &Backward) -> String {
    match &backward.passes {
        Passes::Times(factor) | Passes::Jacobian(factor) => format!("· {}", written(factor)),
        Passes::After(factor) => format!("{} ·", written(factor)),
        Passes::Entrywise(factor) => format!("⊙ {}", written(factor)),
        Passes::Unchanged(word) => (*word).to_owned(),
        Passes::Loss(value) => written(value),
    }
}

impl Flat {
    pub fn new(graph: &Graph) -> Self {
        let mut flat = Self { nodes: Vec::new(), edges: Vec::new() };
        for (place, step) in graph.steps.iter().enumerate() {
            flat.step(graph, place, step);
        }
        flat
    }

    fn node(&mut self, id: &str, label: String, is_backward: bool, is_lit: bool) {
        self.nodes.push(Node { id: id.to_owned(), label, is_backward, is_lit });
    }

    fn edge(&mut self, [from, to]: [&str; 2], label: String, is_backward: bool, is_lit: bool) {
        let is_kept = false;
        self.edges.push(Edge { from: from.to_owned(), to: to.to_owned(), label, is_backward, is_kept, is_lit });
    }

    /// From each value that the backward pass takes to the node that takes it.
    fn kept(&mut self, (place, step): (usize, &Step), kept: &[Kept], to: &str, is_lit: bool) {
        for kept in kept {
            let from = match kept {
                Kept::Operand(operand) => format!("v{}", step.operands[*operand].step),
                Kept::Parameter(parameter) => format!("p{place}_{parameter}"),
                Kept::Own => format!("v{place}"),
            };
            let (to, label) = (to.to_owned(), String::new());
            self.edges.push(Edge { from, to, label, is_backward: true, is_kept: true, is_lit });
        }
    }

    fn step(&mut self, graph: &Graph, place: usize, step: &Step) {
        let own = format!("v{place}");
        self.node(&own, told(step), false, false);
        for operand in &step.operands {
            let source = &graph.steps[operand.step];
            let from = format!("v{}", operand.step);
            self.edge([&from, &own], shaped(&source.name, &source.shape), false, operand.is_lit);
        }
        let received = format!("r{place}");
        if let Some(adjoint) = &step.adjoint {
            self.node(&received, shaped(&adjoint.name, &step.shape), true, adjoint.is_lit);
        }
        for (i, parameter) in step.parameters.iter().enumerate() {
            let given = format!("p{place}_{i}");
            self.node(&given, shaped(&parameter.name, &parameter.shape), false, parameter.is_lit);
            self.edge([&given, &own], String::new(), false, parameter.is_lit);
            if let Some(gradient) = &parameter.gradient {
                let (id, sign) = (format!("g{place}_{i}"), if gradient.is_summand { "+=" } else { "=" });
                let label =
                    format!("{} {sign} {}", written(&gradient.name), shaped(&gradient.formula, &parameter.shape));
                self.node(&id, label, true, gradient.is_lit);
                if step.adjoint.is_some() {
                    self.edge([&received, &id], String::new(), true, gradient.is_lit);
                }
                self.kept((place, step), &gradient.kept, &id, gradient.is_lit);
            }
        }
        for (i, backward) in step.backward.iter().enumerate() {
            let id = format!("b{place}_{i}");
            self.node(&id, passes(backward), true, backward.is_lit);
            if step.adjoint.is_some() {
                self.edge([&received, &id], String::new(), true, backward.is_lit);
            }
            self.kept((place, step), &backward.kept, &id, backward.is_lit);
            for target in &backward.to {
                self.edge([&id, &format!("r{}", target.step)], String::new(), true, target.is_lit);
            }
        }
    }
}

/// A file for `dot`.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let flat = Flat::new(graph);
    let mut out = format!("digraph chainrule {{\n  label={};\n", quoted(&text(&graph.title)));
    out += "  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"Times\"];\n  edge [fontname=\"Times\", fontsize=11];\n";
    let color = |is_backward: bool| if is_backward { "#5B3AB0" } else { "#1F7A34" };
    let strong = |is_lit: bool| if is_lit { ", penwidth=2.5" } else { "" };
    for Node { id, label, is_backward, is_lit } in &flat.nodes {
        let (label, color, strong) = (quoted(label), color(*is_backward), strong(*is_lit));
        // A string takes all that is written to it.
        let _ = writeln!(out, "  {id} [label={label}, color=\"{color}\"{strong}];");
    }
    for Edge { from, to, label, is_backward, is_kept, is_lit } in &flat.edges {
        let (label, color, strong) = (quoted(label), color(*is_backward), strong(*is_lit));
        let kept = if *is_kept { ", style=dashed, constraint=false" } else { "" };
        let _ = writeln!(out, "  {from} -> {to} [label={label}, color=\"{color}\"{kept}{strong}];");
    }
    out + "}\n"
}

fn quoted(label: &str) -> String {
    format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\""))
}
