//! Steps → layers: opens the blocks, hands each layer the width that its predecessor puts out.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    graph::{Layer, Parameters},
    misfit::{InputMisfit, ShapeMisfit},
    names::NameError,
    plan::{Block, LayerPlan, ShapePlan, Step},
    scope::Scope,
    sense,
};
use crate::{
    catalog::activation::Activation,
    shape::{Extent, Mismatch, Reason, unify},
    source::{Diagnostic, Span, Spanned},
};

/// A dimension that arrives somewhere.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub extent: Extent,
    /// Where it was stated.
    pub place: Span,
    /// By the input, or by a layer.
    pub from_input: bool,
}

impl Arrival {
    /// Whether it comes from the pass before of a block: only there does the text lead from a later place to an
    /// earlier one.
    pub(super) fn comes_round_to(&self, statement: Span) -> bool {
        !self.from_input && self.place.start >= statement.start
    }
}

/// What has been inferred up to a step. A width is `None` where an error, reported, hides it.
pub(super) struct Flow<'f, 'p> {
    scope: &'f Scope,
    report: &'f mut Vec<Diagnostic>,
    samples: Option<Arrival>,
    width: Option<Arrival>,
    /// The layers up to the first error.
    pub layers: Vec<Layer>,
    /// Why stated dimensions are equal to those that arrived, where they are not written so.
    pub equalities: Vec<Equality>,
    /// The activation of the last layer and its place.
    pub activation: Option<Spanned<Activation>>,
    /// Where the names of layers were given: what stands behind `W_`, `b_`, `Z_`, `A_`.
    pub labels: HashMap<Arc<str>, Span>,
    /// Whether there was no error yet.
    sound: bool,
    /// How many layers there are, those after an error included.
    number: usize,
    /// Whether the last layer would take an activation.
    open: bool,
    /// How often each name was used inside blocks.
    passes: HashMap<&'p str, usize>,
    /// The pairs of places that have been reported.
    reported: HashSet<(Span, Span)>,
}

/// What arrives from the input along one axis.
fn arrival(dim: Option<&Spanned<Extent>>) -> Option<Arrival> {
    let Spanned { value, span } = dim?.clone();
    Some(Arrival { extent: value, place: span, from_input: true })
}

/// Two dimensions that must be equal, are, and are not written so.
#[derive(Clone, Debug, PartialEq)]
pub struct Equality {
    /// Where the first is stated.
    pub span: Span,
    /// The stated one and the one that arrives there, as written.
    pub sides: (Extent, Extent),
    /// Why they are equal.
    pub reason: Reason,
}

impl<'f, 'p> Flow<'f, 'p> {
    /// Starts from the input, if it is known.
    pub(super) fn new(input: Option<&ShapePlan>, scope: &'f Scope, report: &'f mut Vec<Diagnostic>) -> Self {
        Self {
            scope,
            report,
            samples: input.and_then(|input| arrival(input.samples.as_ref())),
            width: input.and_then(|input| arrival(input.features.as_ref())),
            layers: Vec::new(),
            equalities: Vec::new(),
            activation: None,
            labels: HashMap::new(),
            sound: input.is_some(),
            number: 0,
            open: false,
            passes: HashMap::new(),
            reported: HashSet::new(),
        }
    }

    /// Runs through the steps, blocks opened. Linear in their number.
    pub(super) fn run(&mut self, steps: &'p [Step]) {
        let input = self.samples.clone().zip(self.width.clone());
        self.steps(steps, false);
        if let (true, Some((samples, features))) = (self.sound, input) {
            sense::check_axes(&samples, &features, self.report);
        }
    }

    fn steps(&mut self, steps: &'p [Step], in_block: bool) {
        for step in steps {
            match step {
                Step::Layer(layer) if self.open && layer.joins() => self.join(layer),
                Step::Layer(layer) => self.layer(layer, in_block),
                Step::Expect(shape) => self.check_shape(shape, None),
                Step::Repeat(Block { passes, body, .. }) => {
                    for _ in 0..*passes {
                        self.steps(body, true);
                    }
                }
            }
        }
    }

    /// An activation that becomes that of the layer before it.
    fn join(&mut self, plan: &LayerPlan) {
        self.open = false;
        self.activation = plan.activation.clone().filter(|_| !plan.faulty);
        if self.sound && plan.faulty {
            self.layers.pop();
        }
        self.sound &= !plan.faulty;
        if let (true, Some(layer), Some(activation)) = (self.sound, self.layers.last_mut(), &plan.activation) {
            layer.activation = activation.value;
        }
    }

    fn layer(&mut self, plan: &'p LayerPlan, in_block: bool) {
        self.number += 1;
        self.sound &= !plan.faulty;
        let label = self.label(plan, in_block);
        self.check_input(plan, &label);
        let has_weight = plan.entry.is_some_and(|entry| entry.has_weight);
        let stated = plan.output.clone().map(|Spanned { value, span }| Arrival {
            extent: value,
            place: span,
            from_input: false,
        });
        let output = if plan.entry.is_some() && !has_weight { self.width.clone() } else { stated };
        let activation = plan.activation.clone().unwrap_or(Spanned::new(Activation::LINEAR, plan.span));
        self.push(plan, label, output.as_ref(), activation.value);
        self.activation = plan.entry.filter(|_| !plan.faulty).map(|_| activation);
        self.width = output;
        self.open = plan.is_open();
    }

    /// Adds a layer to those before the first error, if all is known.
    fn push(&mut self, plan: &LayerPlan, label: Arc<str>, output: Option<&Arrival>, activation: Activation) {
        let (true, Some(input), Some(output)) = (self.sound, &self.width, output) else {
            self.sound = false;
            return;
        };
        let has_weight = plan.entry.is_some_and(|entry| entry.has_weight);
        self.layers.push(Layer {
            label,
            input: input.extent.value.clone(),
            output: output.extent.value.clone(),
            parameters: match (has_weight, plan.bias) {
                (false, _) => Parameters::None,
                (true, false) => Parameters::Weight,
                (true, true) => Parameters::WeightAndBias,
            },
            activation,
            span: plan.span,
        });
    }

    /// `2`, `hidden`, or in a block `hidden_2`.
    fn label(&mut self, plan: &'p LayerPlan, in_block: bool) -> Arc<str> {
        let Some(Spanned { value: name, span }) = plan.name else {
            return self.number.to_string().into();
        };
        let label: Arc<str> = if in_block {
            let pass = self.passes.entry(name).or_insert(0);
            *pass += 1;
            format!("{name}_{pass}").into()
        } else {
            name.as_str().into()
        };
        if let Some(first) = self.labels.insert(label.clone(), *span) {
            let (label, second) = (label.to_string(), *span);
            self.report.push(NameError::Layers { label, first, second, generated: true }.into());
            self.sound = false;
        }
        label
    }

    /// Whether the width that a layer states is the one that arrives.
    fn check_input(&mut self, plan: &LayerPlan, label: &str) {
        let (Some(stated), Some(arrival), Some(entry)) = (&plan.input, self.width.clone(), plan.entry) else {
            return;
        };
        if let Err(mismatch) = self.unify(stated, &arrival) {
            self.sound = false;
            if self.reported.insert((stated.span, arrival.place)) {
                let misfit = InputMisfit {
                    layer: plan.name.map_or_else(|| format!("layer {label}"), |_| format!("layer `{label}`")),
                    kind: entry.name,
                    stated: stated.span,
                    output: plan.output.as_ref().map(|output| output.value.written.clone()),
                    repeats: arrival.comes_round_to(plan.span),
                    samples: self.samples.clone(),
                    arrival,
                    mismatch,
                };
                self.report.push(misfit.diagnostic(self.scope));
            }
        }
    }

    /// Whether the shape that `expect` states is the one here; or `target`, which has a name.
    pub(super) fn check_shape(&mut self, shape: &ShapePlan, target: Option<&str>) {
        let pairs = [(&shape.samples, self.samples.clone()), (&shape.features, self.width.clone())];
        let axes = pairs.map(|(stated, arrival)| stated.as_ref().zip(arrival));
        let mut mismatches = Vec::new();
        for (stated, arrival) in axes.iter().flatten() {
            if let Err(mismatch) = self.unify(stated, arrival) {
                mismatches.push((stated.span, arrival.clone(), mismatch));
            }
        }
        let Some((stated, arrival, _)) = mismatches.first() else { return };
        self.sound = false;
        if self.reported.insert((*stated, arrival.place)) {
            let misfit = ShapeMisfit { target, statement: shape.span, axes, mismatches };
            self.report.push(misfit.diagnostic(self.scope));
        }
    }

    fn unify(&mut self, stated: &Spanned<Extent>, arrival: &Arrival) -> Result<(), Mismatch> {
        let reason = unify(&stated.value, &arrival.extent)?;
        if reason != Reason::Identity && self.reported.insert((stated.span, stated.span)) {
            let sides = (stated.value.clone(), arrival.extent.clone());
            self.equalities.push(Equality { span: stated.span, sides, reason });
        }
        Ok(())
    }
}
