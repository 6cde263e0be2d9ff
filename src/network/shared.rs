//! Uses of a shared block → whose parameters their layers have.

use std::{collections::HashMap, sync::Arc};

use super::{
    graph::Layer,
    plan::{LayerPlan, Step},
};
use crate::{
    catalog::{activation::Activation, layer::Kind},
    shape::Dim,
    source::{Diagnostic, Kind as Fault, Span},
};

/// The shared blocks that are open, and the widths of all parameters that are shared.
#[derive(Default)]
pub(super) struct Sharing {
    open: Vec<Use>,
    widths: HashMap<Arc<str>, (Dim, Dim, Span)>,
    /// The outermost use that is open.
    place: Option<Span>,
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
#[error("the uses of a shared block have one {array} of {} × {}, and here one of {} × {} would be needed", wanted.0, wanted.1, found.0, found.1)]
pub(super) struct UnlikeUses {
    array: &'static str,
    wanted: (Dim, Dim),
    found: (Dim, Dim),
    place: Span,
    first: Span,
    layer: Span,
}

impl From<UnlikeUses> for Diagnostic {
    fn from(error: UnlikeUses) -> Self {
        Self::error(Fault::Shape, error.to_string())
            .at(error.place, "this is the use")
            .because(error.first, "this is an earlier use")
            .because(error.layer, "this layer is shared")
            .help("give all uses inputs of one width, or write `block` for `shared`: then each use has parameters of its own")
    }
}

impl Sharing {
    /// A use of the block `name` begins.
    pub(super) fn enter(&mut self, name: &str, body: &[Vec<Step>], place: Span) {
        if self.open.is_empty() {
            self.place = Some(place);
        }
        let layers: Vec<&LayerPlan> = body.iter().flatten().flat_map(Step::layers).collect();
        let own = layers.iter().filter(|layer| layer.is(Kind::Dense) || layer.is(Kind::Norm)).count();
        let is_prelu =
            |layer: &&&LayerPlan| layer.activation.as_ref().is_some_and(|word| word.value == Activation::Prelu);
        let slopes = layers.iter().filter(is_prelu).count();
        let repeats = body.iter().flatten().any(|step| matches!(step, Step::Repeat(_)));
        self.open.push(Use { name: name.to_owned(), alone: own == 1 && slopes <= 1 && !repeats, count: 0 });
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

    /// Whether the layer's W, or its gain, is as wide as in the uses before.
    pub(super) fn check(&mut self, layer: &Layer) -> Result<(), UnlikeUses> {
        let place = self.place.unwrap_or(layer.span);
        let weights = layer.sources.iter().filter(|_| layer.has_weight());
        let weights = weights.map(|source| (&source.weight, "W", source.width.clone()));
        let gain = layer.has_gain().then(|| (&layer.owner, "gain", Dim::one()));
        for (name, array, rows) in weights.chain(gain) {
            let found = (rows, layer.output.clone());
            match self.widths.get(name) {
                Some((rows, columns, first)) if (rows, columns) != (&found.0, &found.1) => {
                    let wanted = (rows.clone(), columns.clone());
                    return Err(UnlikeUses { array, wanted, found, place, first: *first, layer: layer.span });
                }
                Some(_) => {}
                None => {
                    self.widths.insert(name.clone(), (found.0, found.1, place));
                }
            }
        }
        Ok(())
    }
}
