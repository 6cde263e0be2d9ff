//! [`Spec`] → [`Resolution`]: every stage in order, all that can be reported at once.

use super::{
    arrays,
    body::Reader,
    definitions,
    graph::{Layer, Layout, Network, Tensor},
    infer::{Equality, Flow},
    names::{self, NameError},
    plan::{self, ShapePlan, Step},
    scope::Scope,
    statements::{self, Outline, Said},
    terms::{self, TermPlan, Terms},
    warnings, words,
};
use crate::{
    shape::{Dim, Extent},
    source::{Diagnostic, Kind, MAX_MESSAGES, Severity, Span, Spanned},
    spec::syntax::{LossSyntax, Name, PenaltySyntax, Spec, TensorDeclaration},
};

/// What a spec means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// The network, if there is no error.
    pub network: Option<Network>,
    /// The layers up to the first error.
    pub layers: Vec<Layer>,
    /// The input, if it is known.
    pub input: Option<Tensor>,
    /// Stated dimensions that fit by their values, not as written; and why.
    pub equalities: Vec<Equality>,
    /// How samples stand.
    pub layout: Layout,
    /// Errors and warnings, in order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the statements mean, blocks still closed. `None` where it is missing or wrong, which is reported.
struct Plan<'a> {
    inputs: Vec<TensorPlan>,
    targets: Vec<TensorPlan>,
    target_value: Option<&'a Name>,
    body: Vec<Step<'a>>,
    terms: Vec<TermPlan<'a>>,
    /// Whether a loss is stated, if only a wrong one.
    has_loss: bool,
    penalties: Vec<Said<'a, PenaltySyntax>>,
    layout: Layout,
    /// Where the spec ends.
    end: Span,
}

/// A batch as declared.
struct TensorPlan {
    name: Spanned<String>,
    shape: ShapePlan,
}

/// Gives a spec its meaning. `overrides` are values of dimensions that win over those of `let`.
///
/// Never fails as a whole: what is wrong is in [`Resolution::diagnostics`], and there is a network if no error is.
/// Time is linear in the spec and the layers.
///
/// ```
/// use chainrule::{network, spec};
/// let spec = spec::parse("input X [n, f0]; dense f1 relu; dense 3; loss half_mse").unwrap();
/// let network = network::resolve(&spec, &[("f1".into(), 64)]).network.unwrap();
/// assert_eq!(network.layers[1].input().as_number(), Some(64));
/// ```
#[must_use]
pub fn resolve(spec: &Spec, overrides: &[(String, u64)]) -> Resolution {
    let mut report = Vec::new();
    let spec = &definitions::written_out(spec, &mut report);
    // What is not written out would seem to be missing.
    if report.iter().any(|diagnostic: &Diagnostic| diagnostic.kind == Kind::Limit) {
        return Resolution { diagnostics: report, ..Resolution::default() };
    }
    let outline = statements::outline(spec, &mut report);
    let mut scope = Scope::new(&outline.bindings, &outline.misplaced_bindings, overrides, &mut report);
    let plan = Plan::read(&outline, &mut scope, &mut report);
    scope.check_uses(&mut report);
    let mut resolution =
        if plan::check_size(&plan.body, &mut report) { plan.infer(&scope, &mut report) } else { Resolution::default() };
    let place = |diagnostic: &Diagnostic| diagnostic.labels.iter().find(|label| label.primary).map(|label| label.span);
    report.sort_by_key(|diagnostic| place(diagnostic).unwrap_or(Span::new(usize::MAX, usize::MAX)));
    if report.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        resolution.network = None;
    }
    if report.len() > MAX_MESSAGES {
        report.truncate(MAX_MESSAGES);
        report[MAX_MESSAGES - 1].more_follow();
    }
    resolution.diagnostics = report;
    resolution
}

impl<'a> Plan<'a> {
    fn read(outline: &Outline<'a>, scope: &mut Scope, report: &mut Vec<Diagnostic>) -> Self {
        let mut reader = Reader::new(scope, report);
        let mut tensor = |said: &Said<TensorDeclaration>, default| {
            let (declaration, span) = *said;
            let name = declaration.name.clone().unwrap_or_else(|| Spanned::new(String::from(default), span));
            TensorPlan { name, shape: reader.shape(&declaration.shape, span) }
        };
        let inputs: Vec<_> = outline.inputs.iter().map(|said| tensor(said, "X")).collect();
        let targets: Vec<_> = outline.targets.iter().map(|said| tensor(said, "Y")).collect();
        let body = reader.steps(outline.body.iter().copied());
        let term = |(syntax, span): &Said<'a, LossSyntax>| {
            let (function, classes) = words::loss(syntax, *span, report)?;
            Some(TermPlan { function, classes, syntax, span: *span })
        };
        let terms = outline.losses.iter().filter_map(term).collect();
        let loss = outline.losses.first().map(|(_, span)| *span);
        let end = loss.or(inputs.first().map(|input| input.shape.span));
        statements::check_parameters(&body, end, report);
        let all_against = outline.losses.iter().all(|(loss, _)| loss.against.is_some());
        check_tensors(&inputs, &targets, outline.target_value.is_some() || all_against, report);
        Self {
            inputs,
            targets,
            target_value: outline.target_value,
            body,
            terms,
            has_loss: loss.is_some(),
            penalties: outline.penalties.clone(),
            layout: outline.layout.and_then(|(name, _)| words::layout(name, report)).unwrap_or_default(),
            end: loss.or(outline.body.last().map(|last| last.span)).unwrap_or_default(),
        }
    }

    /// The targets that no `target` declares: what losses are `against`, and no value.
    fn undeclared(&self, is_value: impl Fn(&str) -> bool) -> Vec<&'a Name> {
        let mut names: Vec<&Name> = Vec::new();
        for name in self.terms.iter().filter_map(|term| term.syntax.against.as_ref()) {
            let declared = self.targets.iter().any(|target| target.name.value == name.value);
            if !declared && !is_value(&name.value) && names.iter().all(|known| known.value != name.value) {
                names.push(name);
            }
        }
        names
    }

    /// Runs the inputs through the body.
    fn infer(&self, scope: &Scope, report: &mut Vec<Diagnostic>) -> Resolution {
        let shapes: Vec<_> = self.inputs.iter().map(|input| (&input.name, &input.shape)).collect();
        let inputs: Option<Vec<Tensor>> = self.inputs.iter().map(TensorPlan::tensor).collect();
        let inputs = inputs.unwrap_or_default();
        let targets: Vec<_> = self.targets.iter().map(|target| (target.name.clone(), &target.shape)).collect();
        let terms = Terms { plans: &self.terms, targets: &targets, target_value: self.target_value, inputs: &inputs };
        let mut of_terms = Vec::new();
        let mut flow = Flow::new(&shapes, scope, report);
        flow.run(&self.body);
        let missing = self.has_loss && self.terms.is_empty();
        let terms = if missing { Vec::new() } else { terms.read(&mut flow, self.end, &mut of_terms) };
        let Flow { layers, equalities, labels, sound, values, .. } = flow;
        report.append(&mut of_terms);
        let undeclared = self.undeclared(|name| values.contains_key(name));
        check_undeclared(&undeclared, &self.inputs, report);
        let (declared, before) = (self.inputs.iter().chain(&self.targets).map(|tensor| &tensor.name), report.len());
        for name in declared.chain(undeclared.iter().copied()) {
            names::check_symbol(name, &labels, &layers, report);
        }
        if report.len() == before {
            arrays::check(&inputs, &layers, &terms, report);
        }
        let of_tensor = |tensor: &'_ TensorPlan| tensor.name.value.clone();
        let (inputs_named, targets_named): (Vec<_>, Vec<_>) =
            (self.inputs.iter().map(of_tensor).collect(), self.targets.iter().map(of_tensor).collect());
        let mut names: Vec<(&str, &str)> = inputs_named.iter().map(|name| (name.as_str(), "the input")).collect();
        names.extend(targets_named.iter().map(|name| (name.as_str(), "the target")));
        names.extend(undeclared.iter().map(|name| (name.value.as_str(), "the target")));
        if self.targets.is_empty() {
            names.push(if self.has_loss { ("Y", "the target") } else { ("G", "the gradient that comes in") });
        }
        names.extend((!self.penalties.is_empty()).then_some(("R", "the penalty")));
        names::check_dimensions(scope.uses().into_iter(), &names, &labels, &layers, report);
        let samples = inputs.first().map(|input| &input.samples);
        warnings::check_layers(&layers, samples.is_some_and(Dim::is_one), report);
        let faulty = |report: &[Diagnostic]| report.iter().any(|message| message.severity == Severity::Error);
        if sound && !missing && !faulty(report) {
            terms::check_used(&inputs, &layers, &terms, &labels, report);
        }
        let penalties = self.penalties.iter().filter_map(|said| terms::penalty(*said, &layers, report));
        let penalties = terms::merged(penalties.collect());
        let whole = !inputs.is_empty() && !layers.is_empty() && !terms.is_empty();
        let network = whole.then(|| Network {
            inputs: inputs.clone(),
            layers: layers.clone(),
            terms,
            penalties,
            layout: self.layout,
            bindings: scope.bindings(),
        });
        Resolution {
            network,
            layers,
            input: inputs.into_iter().next(),
            equalities,
            layout: self.layout,
            diagnostics: Vec::new(),
        }
    }
}

impl TensorPlan {
    fn tensor(&self) -> Option<Tensor> {
        let value = |dim: &Option<Spanned<Extent>>| Some(dim.as_ref()?.value.value.clone());
        Some(Tensor {
            name: self.name.value.as_str().into(),
            samples: value(&self.shape.samples)?,
            features: value(&self.shape.features)?,
            span: self.shape.span,
        })
    }
}

/// Whether all batches have names, and not the same. `unnamed` says that no target has the name Y without being asked for.
fn check_tensors(inputs: &[TensorPlan], targets: &[TensorPlan], unnamed: bool, report: &mut Vec<Diagnostic>) {
    for tensor in inputs.iter().chain(targets) {
        names::check_free(&tensor.name, "tensor", report);
    }
    for (what, tensors) in [("inputs", inputs), ("targets", targets)] {
        for (i, tensor) in tensors.iter().enumerate() {
            let Spanned { value: name, span: second } = tensor.name.clone();
            if let Some(first) = tensors[..i].iter().find(|first| first.name.value.eq_ignore_ascii_case(&name)) {
                let (first, other) = (first.name.span, first.name.value.clone());
                report.push(NameError::alike(what, other, name, [first, second]).into());
            }
        }
    }
    for input in inputs {
        let Spanned { value: name, span: place } = input.name.clone();
        if let Some(target) = targets.iter().find(|target| target.name.value.eq_ignore_ascii_case(&name)) {
            report.push(NameError::input_and_target(&input.name, &target.name).into());
        } else if targets.is_empty() && !unnamed && name.eq_ignore_ascii_case("Y") {
            report.push(NameError::DefaultTarget { name, input: place }.into());
        }
    }
}

/// The same of targets that are named by losses alone.
fn check_undeclared(targets: &[&Name], inputs: &[TensorPlan], report: &mut Vec<Diagnostic>) {
    for (i, target) in targets.iter().enumerate() {
        names::check_free(target, "tensor", report);
        if let Some(input) = inputs.iter().find(|input| input.name.value.eq_ignore_ascii_case(&target.value)) {
            report.push(NameError::input_and_target(&input.name, target).into());
        }
        if let Some(first) = targets[..i].iter().find(|first| first.value.eq_ignore_ascii_case(&target.value)) {
            let places = [first.span, target.span];
            report.push(NameError::alike("targets", first.value.clone(), target.value.clone(), places).into());
        }
    }
}
