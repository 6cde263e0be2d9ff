//! The names behind `from` → the values that a layer takes in.

use super::{Current, Flow};
use crate::{
    catalog::layer::Kind,
    network::{names::NameError, plan::LayerPlan},
    spec::syntax::Name,
};

impl Flow<'_, '_> {
    /// The values that a layer takes in: those that it names, else the one above.
    pub(super) fn sources(&mut self, plan: &LayerPlan) -> Vec<Current> {
        if plan.sources.is_empty() {
            return vec![self.current.clone()];
        }
        let sources: Vec<Current> = plan.sources.iter().map(|name| self.named(name)).collect();
        let joins = plan.entry.is_some_and(|entry| entry.kind == Kind::Dense || entry.kind.has_branches());
        if let (false, [_, second, ..], Some(entry)) = (joins, &plan.sources[..], plan.entry) {
            self.sound = false;
            if self.reported.insert((second.span, second.span)) {
                self.report.push(NameError::OneValue { kind: entry.name, second: second.span }.into());
            }
        }
        self.current = sources[0].clone();
        self.open = false;
        sources
    }

    /// The value of this name.
    pub(in crate::network) fn named(&mut self, name: &Name) -> Current {
        if let Some(known) = self.values.get(name.value.as_str()) {
            return known.clone();
        }
        self.sound = false;
        let known: Vec<&str> = self.values.keys().map(|name| &**name).collect();
        let below = self.named.get(name.value.as_str()).copied().filter(|place| place.start > name.span.start);
        let error = match below {
            Some(below) => NameError::Below { name: name.value.clone(), span: name.span, below },
            None => NameError::unknown_value(name, &known),
        };
        if self.reported.insert((name.span, name.span)) {
            self.report.push(error.into());
        }
        Current::default()
    }
}
