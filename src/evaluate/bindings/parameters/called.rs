//! The names of layers in a spec → the weights of a file that go by them.

use indexmap::IndexMap;

use super::{
    super::{
        error::BindError,
        names::{as_label, is_called},
    },
    File, Weight, is_number,
};
use crate::network::{graph::Layer, is_label};

impl File<'_> {
    /// The weight that goes by the name of each layer, where one does: by its whole path rather than by its end.
    ///
    /// # Errors
    /// Several that do.
    pub(super) fn placed(&self, layers: &[&Layer], weights: &[Weight]) -> Result<Vec<Option<Weight>>, BindError> {
        let (mut placed, mut labels, mut names) = (Vec::new(), Vec::new(), Vec::new());
        // By what stands before the name of the layer.
        let mut sets = IndexMap::<&str, Vec<String>>::new();
        for label in layers.iter().map(|layer| &*layer.label) {
            let found = if is_number(label) { Vec::new() } else { called(weights, label) };
            if let [_, _, ..] = found[..] {
                for weight in &found {
                    let before = weight.layer.get(..weight.layer.len().saturating_sub(label.len())).unwrap_or_default();
                    sets.entry(before).or_default().push(as_label(&weight.layer));
                }
                labels.push(label.to_owned());
                names.extend(self.names(found.iter().copied()));
            }
            placed.push(found.first().copied().cloned());
        }
        if labels.is_empty() {
            return Ok(placed);
        }
        let sets = sets.into_values().collect();
        Err(BindError::Several { origin: self.origin.clone(), labels, names, sets })
    }
}

fn called<'w>(weights: &'w [Weight], label: &str) -> Vec<&'w Weight> {
    let whole = |weight: &&Weight| as_label(&weight.layer).eq_ignore_ascii_case(label);
    let exact: Vec<&Weight> = weights.iter().filter(whole).collect();
    if exact.is_empty() { weights.iter().filter(|weight| is_called(&weight.layer, label)).collect() } else { exact }
}

/// What the layers of a spec may be called after these weights; nothing if one of them gives no name.
pub(super) fn labels<'w>(weights: impl Iterator<Item = &'w Weight>) -> Vec<String> {
    let labels: Vec<String> = weights.map(|weight| as_label(&weight.layer)).collect();
    if labels.iter().all(|label| is_label(label)) { labels } else { Vec::new() }
}
