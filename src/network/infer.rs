//! Steps → layers: opens the blocks, hands each layer the values that it takes in with their widths.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    graph::{Layer, Operation, Parameters, Source, Value},
    misfit::{BatchMisfit, InputMisfit, ShapeMisfit},
    names::NameError,
    plan::{Block, LayerPlan, Setting, ShapePlan, Step},
    scope::Scope,
    shared::Sharing,
    warnings,
};
use crate::{
    catalog::{activation::Activation, layer::Kind},
    shape::{Extent, Mismatch, Reason, unify},
    source::{Diagnostic, Span, Spanned},
    spec::syntax::Name,
};

mod branches;
mod tied;
mod values;

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

/// A value and its width; each is `None` where an error, reported, hides it.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    pub value: Option<Value>,
    pub width: Option<Arrival>,
    /// What it is an activation of, and where that was said.
    pub activation: Option<Spanned<Activation>>,
}

/// What has been inferred up to a step.
pub(super) struct Flow<'f, 'p> {
    scope: &'f Scope,
    report: &'f mut Vec<Diagnostic>,
    samples: Option<Arrival>,
    /// Where the layers with a name stand, those to come included.
    named: HashMap<&'p str, Span>,
    /// What the next layer takes in.
    pub current: Current,
    /// The inputs and the layers with a name.
    pub values: HashMap<Arc<str>, Current>,
    /// The layers up to the first error.
    pub layers: Vec<Layer>,
    /// Why stated dimensions are equal to those that arrived, where they are not written so.
    pub equalities: Vec<Equality>,
    /// Where the names of layers were given: what stands behind `W_`, `b_`, `Z_`, `A_`.
    pub labels: HashMap<Arc<str>, Span>,
    /// Whether there was no error yet.
    pub sound: bool,
    /// How many layers there are, those after an error included.
    number: usize,
    /// Whether the last layer would take an activation.
    open: bool,
    /// How often each name was used inside blocks.
    passes: HashMap<&'p str, usize>,
    /// Whose parameters the layers of a shared block have.
    sharing: Sharing,
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
    /// Starts from the inputs that are known; the first is what the first layer takes in.
    pub(super) fn new(inputs: &[(&Name, &ShapePlan)], scope: &'f Scope, report: &'f mut Vec<Diagnostic>) -> Self {
        let mut flow = Self {
            scope,
            report,
            samples: inputs.first().and_then(|(_, shape)| arrival(shape.samples.as_ref())),
            named: HashMap::new(),
            current: Current::default(),
            values: HashMap::new(),
            layers: Vec::new(),
            equalities: Vec::new(),
            labels: HashMap::new(),
            sound: !inputs.is_empty(),
            number: 0,
            open: false,
            passes: HashMap::new(),
            sharing: Sharing::default(),
            reported: HashSet::new(),
        };
        for (i, (name, shape)) in inputs.iter().enumerate() {
            let width = arrival(shape.features.as_ref());
            let current = Current { value: Some(Value::Input(i)), width, activation: None };
            if i == 0 {
                flow.current = current.clone();
            } else if let Some(stated) = &shape.samples {
                flow.check_samples(stated, shape.span);
            }
            flow.values.insert(name.value.as_str().into(), current);
        }
        flow
    }

    /// Runs through the steps, blocks opened. Linear in their number.
    pub(super) fn run(&mut self, steps: &'p [Step]) {
        let input = self.samples.clone().zip(self.current.width.clone());
        self.name(steps);
        self.steps(steps, false);
        if let (true, Some((samples, features))) = (self.sound, input) {
            warnings::check_axes(&samples, &features, self.report);
        }
    }

    /// Notes the names in the steps.
    fn name(&mut self, steps: &'p [Step]) {
        for step in steps {
            match step {
                Step::Layer(layer) => {
                    let own = layer.name.map(|name| (name.value.as_str(), name.span));
                    self.named.extend(own);
                    layer.branches.iter().for_each(|branch| self.name(branch));
                }
                Step::Repeat(Block { body, .. }) => self.name(body),
                Step::Expect(_) => {}
            }
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
        self.current.activation = plan.activation.clone().filter(|_| !plan.faulty);
        if self.sound && plan.faulty {
            self.layers.pop();
        }
        self.sound &= !plan.faulty;
        if let (true, Some(layer), Some(activation)) = (self.sound, self.layers.last_mut(), &plan.activation) {
            layer.activation = activation.value;
            let label = layer.label.clone();
            if let Some(named) = self.values.get_mut(&label) {
                named.activation.clone_from(&self.current.activation);
            }
        }
    }

    fn layer(&mut self, plan: &'p LayerPlan, in_block: bool) {
        if !plan.branches.is_empty() {
            return self.branches(plan, in_block);
        }
        let sources = self.sources(plan);
        self.number += 1;
        self.sound &= !plan.faulty;
        let label = self.label(plan, in_block);
        match (plan.is(Kind::Dense), plan.entry.map(|entry| entry.kind)) {
            (true, _) | (_, None | Some(Kind::Activation)) => self.simple(plan, label, &sources),
            (_, Some(Kind::Norm | Kind::Dropout)) => self.normed(plan, label, &sources),
            (
                _,
                Some(
                    Kind::Dense
                    | Kind::Glu
                    | Kind::Residual
                    | Kind::Add
                    | Kind::Subtract
                    | Kind::Multiply
                    | Kind::Concat,
                ),
            ) => {
                self.combined(plan, &label, &sources);
            }
        }
    }

    /// A dense layer or an activation.
    fn simple(&mut self, plan: &LayerPlan, label: Arc<str>, sources: &[Current]) {
        self.check_input(plan, &label);
        let is_dense = plan.is(Kind::Dense);
        let stated = plan.output.clone().map(|Spanned { value, span }| Arrival {
            extent: value,
            place: span,
            from_input: false,
        });
        let output = if plan.entry.is_some() && !is_dense { self.current.width.clone() } else { stated };
        let activation = plan.activation.clone().unwrap_or(Spanned::new(Activation::LINEAR, plan.span));
        let parameters = match (is_dense, plan.bias) {
            (false, _) => Parameters::None,
            (true, false) => Parameters::Weight,
            (true, true) => Parameters::WeightAndBias,
        };
        let operation = if is_dense { Operation::Dense } else { Operation::Activation };
        let is_prelu = activation.value == Activation::Prelu;
        let shared = self.sharing.owner(is_dense || is_prelu);
        let owner = shared.clone().unwrap_or_else(|| label.clone());
        let mut layer = LayerParts { operation, parameters, activation: activation.value, owner, tied: None };
        if let Setting::Tied(name) = &plan.setting {
            layer.operation = Operation::Tied;
            layer.tied = self.tied(plan, name, output.as_ref());
        }
        let known = plan.entry.filter(|_| !plan.faulty).map(|_| activation);
        self.push(plan, label, layer, sources, output, known);
        self.check_sharing(shared.is_some());
        self.open = plan.is_open();
    }

    /// Adds a layer to those before the first error, if all is known; what it puts out is what comes next.
    fn push(
        &mut self,
        plan: &LayerPlan,
        label: Arc<str>,
        draft: LayerParts,
        sources: &[Current],
        output: Option<Arrival>,
        activation: Option<Spanned<Activation>>,
    ) {
        self.open = false;
        let value = Value::Layer(self.layers.len());
        let several = sources.len() > 1 && draft.operation == Operation::Dense;
        let weight = |i: usize| match (&draft.tied, plan.sources.get(i)) {
            (Some(tied), _) => tied.clone(),
            (None, Some(name)) if several => format!("{}_{}", draft.owner, name.value).into(),
            (None, _) => draft.owner.clone(),
        };
        let source = |(i, source): (usize, &Current)| {
            let width = source.width.as_ref()?.extent.value.clone();
            Some(Source { value: source.value?, width, weight: weight(i) })
        };
        let taken: Option<Vec<Source>> = sources.iter().enumerate().map(source).collect();
        self.sound &= taken.is_some() && output.is_some();
        if let (true, Some(sources), Some(output)) = (self.sound, taken, &output) {
            self.layers.push(Layer {
                label: label.clone(),
                sources,
                operation: draft.operation,
                owner: draft.owner,
                output: output.extent.value.clone(),
                parameters: draft.parameters,
                activation: draft.activation,
                span: plan.span,
            });
        }
        self.current = Current { value: self.sound.then_some(value), width: output, activation };
        if let Some(name) = plan.name {
            self.values.insert(name.value.as_str().into(), self.current.clone());
            self.values.insert(label, self.current.clone());
        }
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
        if self.values.get(name.as_str()).is_some_and(|known| matches!(known.value, Some(Value::Input(_)))) {
            self.report.push(NameError::Layer { name: name.clone(), layer: *span }.into());
            self.sound = false;
        }
        if let Some(first) = self.labels.insert(label.clone(), *span) {
            let (label, second) = (label.to_string(), *span);
            self.report.push(NameError::Layers { label, first, second, generated: true }.into());
            self.sound = false;
        }
        label
    }

    /// Whether the width that a layer states is the one that arrives.
    fn check_input(&mut self, plan: &LayerPlan, label: &str) {
        let (Some(stated), Some(arrival), Some(entry)) = (&plan.input, self.current.width.clone(), plan.entry) else {
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

    /// Whether a further input has as many samples as the first.
    fn check_samples(&mut self, stated: &Spanned<Extent>, statement: Span) {
        let Some(samples) = self.samples.clone() else { return };
        if let Err(mismatch) = self.unify(stated, &samples) {
            self.sound = false;
            let error = BatchMisfit { first: samples.place, second: stated.span, statement, mismatch };
            self.report.push(error.into());
        }
    }

    /// Whether the shape that `expect` states is the one here; or `target`, which has a name.
    pub(super) fn check_shape(&mut self, shape: &ShapePlan, target: Option<&str>) {
        let pairs = [(&shape.samples, self.samples.clone()), (&shape.features, self.current.width.clone())];
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

    pub(super) fn unify(&mut self, stated: &Spanned<Extent>, arrival: &Arrival) -> Result<(), Mismatch> {
        let reason = unify(&stated.value, &arrival.extent)?;
        if reason != Reason::Identity && self.reported.insert((stated.span, stated.span)) {
            let sides = (stated.value.clone(), arrival.extent.clone());
            self.equalities.push(Equality { span: stated.span, sides, reason });
        }
        Ok(())
    }
}

/// What a layer will be, but for what comes in and goes out.
struct LayerParts {
    operation: Operation,
    parameters: Parameters,
    activation: Activation,
    owner: Arc<str>,
    /// What stands behind the W that it takes from another layer.
    tied: Option<Arc<str>>,
}

impl LayerParts {
    /// One without parameters and σ.
    fn plain(operation: Operation, label: &Arc<str>) -> Self {
        let owner = label.clone();
        Self { operation, parameters: Parameters::None, activation: Activation::LINEAR, owner, tied: None }
    }
}
