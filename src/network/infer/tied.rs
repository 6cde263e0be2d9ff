//! `dense f0 tied=encode` → what stands behind the W that it takes, if its shape is the right one.

use std::sync::Arc;

use super::{Arrival, Flow};
use crate::{
    network::{graph::Operation, misfit::TiedMisfit, names::NameError, plan::LayerPlan},
    spec::syntax::Name,
};

impl Flow<'_, '_> {
    /// The label of the W of the layer that is called `name`. Its transpose takes in what that layer puts out, and puts out
    /// what it takes in.
    pub(super) fn tied(&mut self, plan: &LayerPlan, name: &Name, output: Option<&Arrival>) -> Option<Arc<str>> {
        let found = self.layers.iter().find(|layer| *layer.label == *name.value);
        let Some(layer) = found.filter(|layer| layer.operation == Operation::Dense && layer.sources.len() == 1) else {
            if self.sound && found.is_some_and(|layer| layer.operation == Operation::Dense) {
                self.report.push(NameError::SeveralWeights { name: name.value.clone(), span: name.span }.into());
            } else if self.sound {
                let dense = self.layers.iter().filter(|layer| layer.operation == Operation::Dense);
                let known: Vec<&str> = dense.map(|layer| &*layer.label).collect();
                let error = NameError::no_weight(name, &known);
                self.report.push(error.into());
            }
            self.sound = false;
            return None;
        };
        let (weight, wanted) = (layer.sources[0].weight.clone(), [layer.output.clone(), layer.input().clone()]);
        let arrivals = [self.current.width.as_ref()?, output?];
        let misfits = [0, 1].into_iter().find(|i| arrivals[*i].extent.value != wanted[*i]);
        if let Some(axis) = misfits {
            let found = arrivals[axis].extent.value.clone();
            let place = if axis == 1 { arrivals[1].place } else { plan.span };
            let error = TiedMisfit { name: name.value.clone(), weight: layer.span, place, axis, wanted, found };
            self.sound = false;
            self.report.push(error.into());
        }
        Some(weight)
    }
}
