//! `graph`: a spec → its computation graph, printed or written to a file.

use chainrule::{
    document::Graph as Picture,
    pipeline::{self, variables},
    render::graph::{dot, mermaid, svg},
    report::{
        self,
        graph::{View, computation},
        json,
    },
};

use super::{
    Outcome,
    args::graph::Graph,
    error::{CliError, Failure},
    files,
    output::Output,
    source,
};

/// What writes a graph for a page of this width.
type Writer = fn(&Picture, u16) -> String;

/// What writes a file with this ending.
const WRITERS: [(&str, Writer); 3] = [
    ("svg", |graph, width| svg(graph, width, true)),
    ("dot", |graph, _| dot(graph)),
    ("mmd", |graph, _| mermaid(graph)),
];

/// As wide as most screens.
const WIDTH: u16 = 1280;

/// Prints the graph, or writes it.
///
/// # Errors
/// A faulty spec, an unknown variable, a file that cannot be written.
pub fn run(arguments: &Graph, output: &mut Output) -> Result<Outcome, Failure> {
    let ending = |path: &std::path::Path| path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let writer = match &arguments.output {
        Some(path) => {
            files::distinct(path, [arguments.spec.text.path.as_ref(), None, None])?;
            let known = WRITERS.iter().find(|(known, _)| ending(path).as_deref() == Some(*known));
            let (_, writer) = known.ok_or_else(|| CliError::Picture { path: files::name(path) })?;
            Some((path, *writer))
        }
        None => None,
    };
    let (network, source) = source::network(&arguments.spec, output)?;
    let (derivation, trace) = pipeline::graph(&network)?;
    let wrt = match &arguments.wrt {
        Some(word) => {
            let found = variables::of(&derivation, std::slice::from_ref(word))?;
            let [one] = found[..] else {
                let example = derivation.forward.arena.symbol(found[0]).key();
                return Err(CliError::AmbiguousWord { word: word.clone(), count: found.len(), example }.into());
            };
            Some(one)
        }
        None => None,
    };
    let view = View { wrt, unfold: arguments.unfold };
    if let Some((path, writer)) = writer {
        let graph = computation(&network, &derivation, &trace, view);
        files::replace(path, writer(&graph, arguments.page.width.unwrap_or(WIDTH)).as_bytes())?;
        output.remark(&format!("written to {}", files::name(path)))?;
        return Ok(Outcome::Done);
    }
    let page = || {
        let mut page = report::graph(&network, &derivation, &trace, view);
        page.blocks.insert(0, chainrule::document::Block::Source(source.text.clone()));
        page
    };
    output.page(&arguments.page, page, |out| json::page(&page(), &source.text, out))?;
    Ok(Outcome::Done)
}
