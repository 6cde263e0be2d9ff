//! Uses of a shared block → whose parameters their layers have.

use std::{collections::HashMap, sync::Arc};

use super::{
    graph::{Layer, Source},
    plan::{LayerPlan, Step},
};
use crate::{
    catalog::layer::Kind,
    shape::Dim,
    source::{Diagnostic, Kind as Fault, Span},
};

/// The shared blocks that are open, and the widths of all parameters that are shared.
#[derive(Default)]
pub(super) struct Sharing {
    open: Vec<Use>,
    widths: HashMap<Arc<str>, (Dim, Dim, Span)>,
}

/// A use of a shared block.
struct Use {
    name: String,
    /// Whether one layer of it has parameters.
    alone: bool,
    /// The layers with parameters so far.
    count: usize,
}

/// A shared block whose uses take in different widths.
#[derive(Debug, thiserror::Error)]
#[error("the uses of a shared block have one W of {} × {}, here {} × {} would be needed", wanted.0, wanted.1, found.0, found.1)]
pub(super) struct UnlikeUses {
    wanted: (Dim, Dim),
    found: (Dim, Dim),
    place: Span,
    first: Span,
}

impl From<UnlikeUses> for Diagnostic {
    fn from(error: UnlikeUses) -> Self {
        Self::error(Fault::Shape, error.to_string())
            .at(error.place, "")
            .because(error.first, "this W is shared")
            .help("give all uses inputs of one width, or write `block` for `shared`: then each use has its own W")
    }
}

impl Sharing {
    /// A use of the block `name` begins.
    pub(super) fn enter(&mut self, name: &str, body: &[Vec<Step>]) {
        let layers = body.iter().flatten().flat_map(Step::layers);
        let own = layers.filter(|layer: &&LayerPlan| layer.is(Kind::Dense) || layer.is(Kind::Norm)).count();
        let repeats = body.iter().flatten().any(|step| matches!(step, Step::Repeat(_)));
        self.open.push(Use { name: name.to_owned(), alone: own == 1 && !repeats, count: 0 });
    }

    /// It ends.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// What stands behind the parameters of the next layer, inside a shared block.
    pub(super) fn owner(&mut self, has_parameters: bool) -> Option<Arc<str>> {
        let here = self.open.last_mut().filter(|_| has_parameters)?;
        here.count += 1;
        Some(if here.alone { here.name.as_str().into() } else { format!("{}_{}", here.name, here.count).into() })
    }

    /// Whether the layer's W is as wide as in the uses before.
    pub(super) fn check(&mut self, layer: &Layer, place: Span) -> Result<(), UnlikeUses> {
        for Source { weight, width, .. } in &layer.sources {
            let found = (width.clone(), layer.output.clone());
            match self.widths.get(weight) {
                Some((rows, columns, first)) if (rows, columns) != (&found.0, &found.1) => {
                    let wanted = (rows.clone(), columns.clone());
                    return Err(UnlikeUses { wanted, found, place, first: *first });
                }
                Some(_) => {}
                None => {
                    self.widths.insert(weight.clone(), (found.0, found.1, place));
                }
            }
        }
        Ok(())
    }
}
