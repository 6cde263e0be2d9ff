//! [`Graph`] → a flowchart of Mermaid, as pages of Markdown draw it.

use std::fmt::Write;

use super::{
    dot::{Edge, Flat, Node},
    parts::text,
};
use crate::document::graph::Graph;

/// A file of Mermaid.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let flat = Flat::new(graph);
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", quoted(&text(&graph.title)));
    out += "  classDef forward stroke:#1F7A34\n  classDef backward stroke:#5B3AB0\n  classDef lit stroke-width:3px\n";
    for Node { id, label, is_backward, is_lit } in &flat.nodes {
        let class = if *is_backward { "backward" } else { "forward" };
        // A string takes all that is written to it.
        let _ = writeln!(out, "  {id}[{}]:::{class}", quoted(label));
        if *is_lit {
            let _ = writeln!(out, "  class {id} lit");
        }
    }
    for Edge { from, to, label, is_kept, is_lit, .. } in &flat.edges {
        let arrow = match (is_kept, is_lit) {
            (true, _) => "-.->",
            (false, true) => "==>",
            (false, false) => "-->",
        };
        let label = if label.is_empty() { String::new() } else { format!("|{}|", quoted(label)) };
        let _ = writeln!(out, "  {from} {arrow}{label} {to}");
    }
    out
}

/// Between quotes, with the signs that Mermaid reads itself written as it wants them.
fn quoted(label: &str) -> String {
    let signs = [('#', "#35;"), ('"', "#quot;"), ('<', "#lt;"), ('>', "#gt;")];
    let sign =
        |c: char| signs.iter().find(|(sign, _)| *sign == c).map_or_else(|| c.to_string(), |(_, name)| (*name).into());
    format!("\"{}\"", label.chars().map(sign).collect::<String>())
}
