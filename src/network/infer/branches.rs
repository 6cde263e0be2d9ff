//! Branches, norms and dropout → layers that combine values of equal rows.

use std::sync::Arc;

use super::{Arrival, Current, Flow, LayerParts};
use crate::{
    catalog::layer::Kind,
    network::{
        graph::{Layer, Operation, Parameters, Sum},
        misfit::BranchMisfit,
        plan::{LayerPlan, Setting},
    },
    shape::{DimError, Extent, unify},
    source::{Diagnostic, Kind as Fault},
};

impl<'p> Flow<'_, 'p> {
    /// A layer with blocks: each begins with what comes in.
    pub(super) fn branches(&mut self, plan: &'p LayerPlan, in_block: bool) {
        let start = self.sources(plan).swap_remove(0);
        if let Setting::Group { shared } = &plan.setting {
            return self.group(plan, shared.as_deref(), in_block);
        }
        let mut ends = Vec::with_capacity(plan.branches.len() + 1);
        if plan.is(Kind::Residual) {
            ends.push(start.clone());
        }
        for branch in &plan.branches {
            self.current = start.clone();
            self.open = false;
            self.steps(branch, in_block);
            ends.push(self.current.clone());
        }
        self.number += 1;
        self.sound &= !plan.faulty;
        let label = self.label(plan, in_block);
        self.combined(plan, &label, &ends);
    }

    /// A use of a definition: its layers, the last of which has the name of the use.
    fn group(&mut self, plan: &'p LayerPlan, shared: Option<&str>, in_block: bool) {
        self.sound &= !plan.faulty;
        if let Some(name) = shared {
            self.sharing.enter(name, &plan.branches, plan.span);
        }
        self.open = false;
        let before = self.layers.len();
        for branch in &plan.branches {
            self.steps(branch, in_block || shared.is_none());
        }
        if shared.is_some() {
            self.sharing.leave();
        }
        self.open = false;
        if let Some(name) = plan.name {
            let label = self.label(plan, in_block);
            // The name of the use is that of its last layer, if this has none.
            let is_numbered = |layer: &&mut Layer| layer.label.parse::<usize>().is_ok();
            if let Some(layer) = self.layers.get_mut(before..).and_then(<[Layer]>::last_mut).filter(is_numbered) {
                if layer.owner == layer.label {
                    for source in &mut layer.sources {
                        let behind = source.weight.strip_prefix(&*layer.label).map(str::to_owned);
                        if let Some(behind) = behind.filter(|_| layer.operation == Operation::Dense) {
                            source.weight = format!("{label}{behind}").into();
                        }
                    }
                    layer.owner = label.clone();
                }
                layer.label = label.clone();
            }
            self.values.insert(name.value.as_str().into(), self.current.clone());
            self.values.insert(label, self.current.clone());
        }
    }

    /// The sum, product or row of values.
    pub(super) fn combined(&mut self, plan: &LayerPlan, label: &Arc<str>, values: &[Current]) {
        let kinds = [
            (Kind::Multiply, Operation::Product),
            (Kind::Concat, Operation::Concat),
            (Kind::Subtract, Operation::Sum(Sum::Subtract)),
            (Kind::Residual, Operation::Sum(Sum::Residual)),
        ];
        let found = kinds.into_iter().find(|(kind, _)| plan.is(*kind));
        let operation = found.map_or(Operation::Sum(Sum::Add), |(_, operation)| operation);
        let widths: Option<Vec<Arrival>> = values.iter().map(|value| value.width.clone()).collect();
        let is_concat = operation == Operation::Concat;
        let output =
            widths.and_then(|widths| if is_concat { self.joined(plan, &widths) } else { self.common(plan, &widths) });
        self.push(plan, label.clone(), LayerParts::plain(operation, label), values, output, None);
    }

    /// The width that all have, or the message that they do not.
    fn common(&mut self, plan: &LayerPlan, widths: &[Arrival]) -> Option<Arrival> {
        let [first, rest @ ..] = widths else { return None };
        if rest.iter().all(|width| unify(&first.extent, &width.extent).is_ok()) {
            return Some(first.clone());
        }
        self.sound = false;
        if self.reported.insert((plan.span, plan.span)) {
            let misfit = BranchMisfit {
                kind: plan.entry.map_or("add", |entry| entry.name),
                statement: plan.span,
                samples: self.samples.clone(),
                widths: widths.to_vec(),
            };
            self.report.push(misfit.diagnostic(self.scope));
        }
        None
    }

    /// A norm or a dropout: as wide as what comes in.
    pub(super) fn normed(&mut self, plan: &LayerPlan, label: Arc<str>, sources: &[Current]) {
        let mut draft = LayerParts::plain(Operation::Activation, &label);
        let mut is_shared = false;
        match plan.setting {
            Setting::Norm { norm, plain, fixed } => {
                draft.operation = match fixed {
                    true => Operation::FixedNorm { epsilon: norm.epsilon },
                    false => Operation::Norm(norm),
                };
                if !plain {
                    draft.parameters = Parameters::GainAndShift;
                    let shared = self.sharing.owner(true);
                    is_shared = shared.is_some();
                    draft.owner = shared.unwrap_or(draft.owner);
                }
            }
            Setting::Dropout(rate) => draft.operation = Operation::Dropout { rate },
            Setting::None | Setting::Tied(_) | Setting::Group { .. } => self.sound = false,
        }
        let output = self.current.width.clone();
        self.push(plan, label, draft, sources, output, None);
        self.check_sharing(is_shared);
    }

    /// Whether the last layer, of a shared block, is as wide as in the uses before.
    pub(super) fn check_sharing(&mut self, is_shared: bool) {
        let Some(layer) = self.layers.last().filter(|_| self.sound && is_shared) else { return };
        if let Err(error) = self.sharing.check(layer) {
            self.sound = false;
            self.report.push(error.into());
        }
    }

    /// The width of all together, or the message that it is too large.
    fn joined(&mut self, plan: &LayerPlan, widths: &[Arrival]) -> Option<Arrival> {
        let (first, rest) = widths.split_first()?;
        let sum = rest.iter().try_fold(first.extent.clone(), |sum, width| {
            let written = sum.written.plus(&width.extent.written)?;
            Ok::<_, DimError>(Extent { written, value: sum.value.plus(&width.extent.value)? })
        });
        match sum {
            Ok(extent) => Some(Arrival { extent, place: plan.span, from_input: false }),
            Err(error) => {
                self.sound = false;
                if self.reported.insert((plan.span, plan.span)) {
                    let title = format!("the branches of `concat` are too wide together: {error}");
                    let message = Diagnostic::error(Fault::Shape, title).at(plan.span, "");
                    self.report.push(message.help("write smaller widths, or fewer branches"));
                }
                None
            }
        }
    }
}
