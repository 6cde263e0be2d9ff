//! [`Network`] → derived, simplified gradients: one line a stage.

use std::collections::BTreeMap;

use super::PipelineError;
use crate::{
    expr::{Arena, Definition, ExprId, Op, Role, Substitution, Symbol, SymbolId},
    gradient::{
        Derivation, Derived, Effort, Form, Gradient, GradientError,
        form::{
            chain::Chain,
            intuitive::{Layers, Sketch},
            layered::{OutputError, argument, layered, raw_head},
            paths,
            per_sample::per_sample,
            product::product,
        },
        layout::transposed,
    },
    network::{
        forward::{Forward, Output, forward},
        graph::{Layout, Network},
    },
    shape::Dim,
    simplify::{Group, Limits, simplify},
};

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The form.
    pub form: Form,
    /// Whether activations are written out down to the input.
    pub expand: bool,
    /// Whether products over sums are multiplied out into the sum over all paths.
    pub paths: bool,
    /// Whether targets under cross-entropy may be taken for distributions (rows that sum to 1).
    pub distributions: bool,
    /// Whether the first prediction's Jacobians are wanted instead of gradients, in the per-sample form.
    pub jacobian: bool,
    /// How far the simplification may go.
    pub limits: Limits,
}

impl Request {
    /// A form with everything else as usual.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { form, expand: false, paths: false, distributions: true, jacobian: false, limits: Limits::default() }
    }
}

/// Derives and simplifies the gradients of all variables.
///
/// # Errors
/// A defect of the derivation; a checked network has none.
pub fn derive(network: &Network, request: &Request) -> Result<Derivation, GradientError> {
    turned(network, Prepared::new(network, request)?.form(request.form)?)
}

/// In the layout of the network.
pub(super) fn turned(network: &Network, derivation: Derivation) -> Result<Derivation, GradientError> {
    match network.layout {
        Layout::Rows => Ok(derivation),
        Layout::Columns => transposed(derivation),
    }
}

/// The same, refused where the simplification did not come to its end.
///
/// # Errors
/// A limit that was reached, a letter with two meanings, or a defect.
pub fn derive_finished(network: &Network, request: &Request) -> Result<Derivation, PipelineError> {
    check_letters(network, request.form)?;
    finished(derive(network, request)?)
}

/// Whether the form has no letter for an index that names a dimension too.
///
/// # Errors
/// A dimension that is called as the samples are counted.
pub fn check_letters(network: &Network, form: Form) -> Result<(), PipelineError> {
    let counts = |dim: &Dim| dim.names().contains(&"i");
    let inputs = network.inputs.iter().flat_map(|input| [&input.samples, &input.features]);
    let widths = inputs.chain(network.layers.iter().map(|layer| &layer.output));
    if form == Form::PerSample && widths.into_iter().any(counts) {
        return Err(PipelineError::SampleIndex);
    }
    Ok(())
}

/// Whether the network is one of those that `what` can be said of.
///
/// # Errors
/// A network that is no chain.
pub fn check_chain(network: &Network, what: &'static str) -> Result<(), GradientError> {
    if network.is_chain() { Ok(()) } else { Err(GradientError::ChainOnly { what }) }
}

/// A derivation whose simplification came to its end.
///
/// # Errors
/// The limit that was reached.
pub fn finished(derivation: Derivation) -> Result<Derivation, PipelineError> {
    match derivation.limit {
        Some(limit) => Err(PipelineError::Limit { limit }),
        None => Ok(derivation),
    }
}

/// The same in several forms: what they share is derived once.
///
/// # Errors
/// A defect of the derivation.
pub fn derive_forms(network: &Network, request: &Request, forms: &[Form]) -> Result<Vec<Derivation>, GradientError> {
    let prepared = Prepared::new(network, request)?;
    forms.iter().map(|form| turned(network, prepared.clone().form(*form)?)).collect()
}

/// What all forms begin with: loss, error, sweep.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) stages: Stages,
    pub(super) loss: ExprId,
    pub(super) output_errors: Vec<OutputError>,
    pub(super) assumes_distributions: bool,
    pub(super) layered: Gradient,
    request: Request,
    is_chain: bool,
}

/// What the derivations of one network share, for several requests that differ in form and expansion alone.
///
/// # Errors
/// A defect of the derivation.
pub fn prepare(network: &Network) -> Result<Prepared, PipelineError> {
    Ok(Prepared::new(network, &Request::new(Form::Layered))?)
}

/// The same as [`derive_finished`], of a network that is prepared.
///
/// # Errors
/// As there.
pub fn derive_prepared(network: &Network, prepared: &Prepared, request: &Request) -> Result<Derivation, PipelineError> {
    check_letters(network, request.form)?;
    let prepared = Prepared { request: *request, ..prepared.clone() };
    finished(turned(network, prepared.form(request.form)?)?)
}

impl Prepared {
    pub(super) fn new(network: &Network, request: &Request) -> Result<Self, GradientError> {
        let mut stages =
            Stages { forward: forward(network)?, limits: request.limits, limit: None, effort: Effort::default() };
        let loss = stages.loss()?;
        let (output_errors, assumes_distributions) = stages.output_errors(request.distributions)?;
        let layered = layered(&mut stages.forward, &output_errors)?;
        let is_chain = network.is_chain();
        Ok(Self { stages, loss, output_errors, assumes_distributions, layered, request: *request, is_chain })
    }

    pub(super) fn form(mut self, form: Form) -> Result<Derivation, GradientError> {
        let jacobian = self.request.jacobian;
        let jacobian_of = jacobian.then(|| self.stages.forward.prediction().symbol);
        let (derived, paths) = self.derived(form, jacobian_of)?;
        let Self { stages: Stages { forward, limit, effort, .. }, loss, output_errors, is_chain, .. } = self;
        Ok(Derivation {
            forward,
            output_errors,
            loss,
            derived,
            assumes_distributions: self.assumes_distributions && !jacobian,
            limit,
            effort,
            is_chain,
            jacobian_of,
            paths,
            general: None,
            second: None,
        })
    }

    /// The form, and over how many paths each derivative is a sum, where these are written.
    fn derived(
        &mut self,
        form: Form,
        jacobian_of: Option<SymbolId>,
    ) -> Result<(Derived, BTreeMap<SymbolId, u128>), GradientError> {
        let Request { expand, paths: are_paths, .. } = self.request;
        let forward = &mut self.stages.forward;
        let mut numbers = BTreeMap::new();
        let mut gradient = match form {
            Form::Chain => return Ok((Derived::Chain(Chain::new(forward)?), numbers)),
            Form::Intuitive => return Ok((Derived::Intuitive(self.sketch()?), numbers)),
            Form::Layered => self.layered.clone(),
            Form::Product | Form::PerSample if self.is_chain && !are_paths && jacobian_of.is_none() => {
                product(forward, &self.output_errors[0], &self.layered, expand)?
            }
            Form::Product | Form::PerSample => {
                let mut open = match jacobian_of {
                    Some(output) => paths::open_from(forward, output)?,
                    None => paths::opened(forward, &self.output_errors, expand)?,
                };
                if are_paths {
                    (open, numbers) = paths::multiplied_out(&mut forward.arena, open)?;
                }
                let mut stops = Vec::new();
                if expand && jacobian_of.is_none() {
                    (open, stops) = paths::expanded(forward, open)?;
                }
                match jacobian_of {
                    Some(_) => paths::jacobian(&mut forward.arena, open)?,
                    None => Gradient { stops, ..paths::product(&mut forward.arena, open, forward.penalty)? },
                }
            }
        };
        if form == Form::PerSample && jacobian_of.is_none() {
            gradient = per_sample(&mut self.stages.forward.arena, &gradient)?;
        }
        Ok((Derived::Gradient(self.stages.body(gradient)?), numbers))
    }

    fn sketch(&mut self) -> Result<Sketch, GradientError> {
        let forward = &mut self.stages.forward;
        Ok(if self.is_chain {
            let error = self.output_errors[0].error(&forward.arena);
            Sketch::Layers(Layers::new(forward, error)?)
        } else {
            Sketch::Paths(paths::sketched(forward, &self.output_errors)?)
        })
    }
}

/// The forward pass while it is worked on.
#[derive(Clone, Debug)]
pub(super) struct Stages {
    pub(super) forward: Forward,
    pub(super) limits: Limits,
    pub(super) limit: Option<String>,
    pub(super) effort: Effort,
}

impl Stages {
    /// J through the last activations, without logarithms of what rounds to 0.
    fn loss(&mut self) -> Result<ExprId, GradientError> {
        let predictions = self.predictions();
        let arena = &mut self.forward.arena;
        let mut inline = Vec::with_capacity(predictions.len());
        for prediction in &predictions {
            inline.push((arena.named(prediction.symbol)?, prediction.value));
        }
        let loss = self.forward.loss;
        let inlined = substituted(&mut self.forward.arena, &inline, &[loss])?;
        let roots: Vec<ExprId> = inlined.into_iter().chain(inline.iter().map(|(_, value)| *value)).collect();
        let simplified = self.simplify(&roots, Group::Loss);
        let names: Vec<_> = simplified[1..].iter().zip(&inline).map(|(value, (named, _))| (*value, *named)).collect();
        Ok(substituted(&mut self.forward.arena, &names, &simplified[..1])?[0])
    }

    /// The predictions that are σ of one Z, each once.
    fn predictions(&self) -> Vec<Definition> {
        let mut predictions: Vec<Definition> = Vec::new();
        for output in &self.forward.outputs {
            if argument(&self.forward.arena, output.prediction).is_some() && !predictions.contains(&output.prediction) {
                predictions.push(output.prediction);
            }
        }
        predictions
    }

    /// The errors, simplified, and whether rows of Y that sum to 1 made a difference.
    fn output_errors(&mut self, distributions: bool) -> Result<(Vec<OutputError>, bool), GradientError> {
        let (mut output_errors, mut assumes) = (Vec::new(), false);
        for (place, output) in self.forward.outputs.clone().into_iter().enumerate() {
            let general = self.head_of(&output, false)?;
            let arena = &self.forward.arena;
            if !distributions || !output.distributions || arena.symbol(output.target).role != Role::Target {
                output_errors.push(general);
                continue;
            }
            let special = self.head_of(&output, true)?;
            // A loss to which it makes no difference rests on nothing.
            self.forward.outputs[place].distributions = special != general;
            assumes |= special != general;
            output_errors.push(special);
        }
        Ok((output_errors, assumes))
    }

    /// The error, for a target whose rows sum to 1 if it is a distribution; the result is in terms of Y again.
    fn head_of(&mut self, output: &Output, distribution: bool) -> Result<OutputError, GradientError> {
        let arena = &mut self.forward.arena;
        let prediction = output.prediction;
        let (plain, known) = compared(arena, output, distribution)?;
        let loss = substituted(arena, &[(plain, known)], &[output.loss])?[0];
        let raw = raw_head(arena, output, loss)?;
        let through = argument(arena, prediction).is_some();
        let value = if through { prediction.value } else { raw.by_prediction };
        let roots: Vec<ExprId> =
            [raw.by_prediction, raw.by_pre_activation, value].into_iter().chain(raw.by_target).collect();
        let mut roots = self.simplify(&roots, Group::OutputError);
        let arena = &mut self.forward.arena;
        if plain != known {
            roots = substituted(arena, &[(known, plain)], &roots)?;
        }
        if through {
            let by_name = [(roots[2], arena.named(prediction.symbol)?)];
            roots = substituted(arena, &by_name, &roots)?;
        }
        Ok(OutputError { by_prediction: roots[0], by_pre_activation: roots[1], by_target: roots.get(3).copied() })
    }

    /// Simplifies all definitions and derivatives at once, and writes A_l and S_l for what they stand for.
    pub(super) fn body(&mut self, gradient: Gradient) -> Result<Gradient, GradientError> {
        let values = gradient.definitions.iter().map(|d| d.value);
        let roots: Vec<ExprId> = values.chain(gradient.derivatives.iter().map(|d| d.value)).collect();
        let roots = self.simplify(&roots, Group::Body);
        let (values, derivatives) = roots.split_at(gradient.definitions.len());
        let arena = &mut self.forward.arena;
        let mut names = Vec::new();
        for (definition, value) in gradient.definitions.iter().zip(values) {
            if gradient.form != Form::Layered && arena.symbol(definition.symbol).role != Role::NormMatrix {
                names.push((*value, arena.named(definition.symbol)?));
            }
        }
        for definition in &self.forward.definitions {
            if matches!(arena.op(definition.value), Op::Softmax(_)) {
                names.push((definition.value, arena.named(definition.symbol)?));
            }
        }
        let named_values =
            if gradient.form == Form::Layered { substituted(arena, &names, values)? } else { values.to_vec() };
        let derivatives = substituted(arena, &names, derivatives)?;
        let mut gradient = gradient;
        let arena = &self.forward.arena;
        for (definition, value) in gradient.definitions.iter_mut().zip(named_values) {
            // A norm's matrix is defined as textbooks print it.
            if arena.symbol(definition.symbol).role != Role::NormMatrix {
                definition.value = value;
            }
        }
        for (derivative, value) in gradient.derivatives.iter_mut().zip(derivatives) {
            derivative.value = value;
        }
        Ok(gradient)
    }

    pub(super) fn simplify(&mut self, roots: &[ExprId], group: Group) -> Vec<ExprId> {
        let simplified = simplify(&mut self.forward.arena, roots, group, self.limits);
        self.limit = self.limit.take().or(simplified.limit);
        if group == Group::OutputError {
            self.effort = Effort { nodes: simplified.nodes, rounds: simplified.iterations };
        }
        simplified.roots
    }
}

/// What the prediction is compared with, and the name by which it is simplified: of that is known whether its rows sum to 1,
/// as those of the target do if it is a distribution.
pub(super) fn compared(
    arena: &mut Arena,
    output: &Output,
    distribution: bool,
) -> Result<(ExprId, ExprId), GradientError> {
    let of = Symbol { rows_sum_to_one: distribution, ..arena.symbol(output.target).clone() };
    let (target, assumed) = (arena.named(output.target)?, arena.intern(of.clone()));
    let assumed = arena.named(assumed)?;
    if output.compared == target {
        return Ok((target, assumed));
    }
    let made = substituted(arena, &[(target, assumed)], &[output.compared])?[0];
    let rows_sum_to_one = arena.facts(made).rows_sum_to_one();
    let name = Symbol { name: format!("{}'", of.name).into(), rows_sum_to_one, ..of };
    let name = arena.intern(name);
    Ok((output.compared, arena.named(name)?))
}

/// The roots with each `(from, to)` replaced.
pub(super) fn substituted(
    arena: &mut Arena,
    replacements: &[(ExprId, ExprId)],
    roots: &[ExprId],
) -> Result<Vec<ExprId>, GradientError> {
    let mut substitution = Substitution::new();
    for (from, to) in replacements {
        substitution.replace(*from, *to);
    }
    roots.iter().map(|root| Ok(substitution.apply(arena, *root)?)).collect()
}
