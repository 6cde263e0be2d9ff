//! A network → its computation graph as a picture whose parts have names, and as steps.

use super::{
    api::{Graph, Node},
    error::ExploreError,
    lines::{plain, sides},
    subject::Subject,
};
use crate::{
    document,
    network::graph::Layout,
    render::{
        Format, Style,
        graph::{is_narrow, linked},
    },
    report::graph::{View, computation},
    shape::Shape,
    source::Diagnostic,
};

/// Of more layers than this none can be shown unfolded.
const UNFOLDED: usize = 300;

/// Pictures are no narrower and no wider than this.
const WIDTH: [u16; 2] = [280, 4000];

impl Subject<'_> {
    /// The graph with the path of the chosen gradient.
    pub fn graph(&self) -> Result<Graph, Diagnostic> {
        let graph = self.document_of_graph()?;
        let text = Style::new(Format::Text);
        let width = self.request.width.clamp(WIDTH[0], WIDTH[1]);
        let node = |step: &document::graph::Step| Node {
            key: step.key.clone(),
            text: text.inline(&step.name),
            shape: shape_of(&step.shape),
            formula: step.told().filter(|_| step.folded.is_none()).map(|told| self.fragments.inline(told)),
            adjoint: step.adjoint.as_ref().map(|adjoint| self.fragments.inline(&adjoint.name)),
            from: step.operands.iter().map(|operand| graph.steps[operand.step].key.clone()).collect(),
            parameters: step.parameters.iter().map(|parameter| parameter.key.clone()).collect(),
            lines: self.lines.get(&step.key).copied(),
        };
        Ok(Graph {
            svg: linked(graph, width),
            title: plain(&graph.title),
            description: plain(&graph.description),
            narrow: is_narrow(width),
            folded: graph.steps.iter().filter_map(|step| step.folded.as_ref()).map(plain).collect(),
            nodes: graph.steps.iter().map(node).collect(),
        })
    }

    /// The graph before it is drawn.
    pub fn document_of_graph(&self) -> Result<&document::Graph, Diagnostic> {
        let layers = self.network.layers.len();
        if self.request.unfold && layers > UNFOLDED {
            return Err(ExploreError::LongGraph { layers, limit: UNFOLDED }.diagnostic());
        }
        let (layered, trace) = self.layered()?;
        let wrt = Some(self.variable(layered)?);
        let view = View { wrt, unfold: self.request.unfold };
        Ok(self.drawn.get_or_init(|| computation(&self.network, layered, trace, view)))
    }
}

/// `n × f1`; of a number empty.
pub fn shape_of(shape: &Shape) -> String {
    // Sides of an expression stand as its layout has them.
    shape.dims().map(|(rows, columns)| sides(Layout::Rows, rows, columns)).unwrap_or_default()
}
