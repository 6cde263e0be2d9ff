//! [`Spec`] → [`Resolution`]: every stage in order, all that can be reported at once.

use super::{
    body::Reader,
    graph::{Layer, Network, Tensor},
    infer::{Equality, Flow},
    names::{self, NameError},
    order::{self, Outline, Said},
    plan::{self, ShapePlan, Step},
    scope::Scope,
    sense, words,
};
use crate::{
    catalog::loss::{Loss, Reduction},
    shape::Extent,
    source::{Diagnostic, MAX_MESSAGES, Severity, Span, Spanned},
    spec::syntax::{Spec, TensorDeclaration},
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
    /// Errors and warnings, in order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the statements mean, blocks still closed. `None` where it is missing or wrong, which is reported.
struct Plan<'a> {
    input: Option<TensorPlan>,
    target: Option<TensorPlan>,
    body: Vec<Step<'a>>,
    loss: Option<((Loss, Reduction), Span)>,
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
/// assert_eq!(network.layers[1].input.as_number(), Some(64));
/// ```
#[must_use]
pub fn resolve(spec: &Spec, overrides: &[(String, u64)]) -> Resolution {
    let mut report = Vec::new();
    let outline = order::outline(spec, &mut report);
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
        let mut tensor = |said: Option<Said<TensorDeclaration>>, default| {
            let (declaration, span) = said?;
            let name = declaration.name.clone().unwrap_or_else(|| Spanned::new(String::from(default), span));
            Some(TensorPlan { name, shape: reader.shape(&declaration.shape, span) })
        };
        let (input, target) = (tensor(outline.input, "X"), tensor(outline.target, "Y"));
        let body = reader.steps(outline.body.iter().copied());
        let loss = outline.loss.and_then(|(loss, span)| Some((words::loss(loss, span, report)?, span)));
        let end = outline.loss.map(|(_, span)| span).or(input.as_ref().map(|input| input.shape.span));
        order::check_parameters(&body, end, report);
        check_tensors(input.as_ref(), target.as_ref(), report);
        Self { input, target, body, loss }
    }

    /// Runs the input through the body.
    fn infer(&self, scope: &Scope, report: &mut Vec<Diagnostic>) -> Resolution {
        let mut flow = Flow::new(self.input.as_ref().map(|input| &input.shape), scope, report);
        flow.run(&self.body);
        if let Some(target) = &self.target {
            flow.check_shape(&target.shape, Some(&target.name.value));
        }
        let Flow { layers, equalities, activation, labels, .. } = flow;
        for tensor in [&self.input, &self.target].into_iter().flatten() {
            names::check_symbol(&tensor.name, &labels, &layers, report);
        }
        let tensors = [(&self.input, "X"), (&self.target, "Y")];
        let tensors = tensors.map(|(tensor, usual)| tensor.as_ref().map_or(usual, |tensor| &tensor.name.value));
        names::check_dimensions(scope.uses().into_iter(), tensors, &labels, &layers, report);
        if let (Some(activation), Some((loss, place))) = (&activation, self.loss) {
            sense::check_values(activation, loss, place, report);
        }
        sense::check_layers(&layers, report);
        let input = self.input.as_ref().and_then(TensorPlan::tensor);
        let network = self.network(input.as_ref(), &layers, scope);
        Resolution { network, layers, input, equalities, diagnostics: Vec::new() }
    }

    /// The network, if all its parts are there; whether they are sound the report tells.
    fn network(&self, input: Option<&Tensor>, layers: &[Layer], scope: &Scope) -> Option<Network> {
        let (input, ((loss, reduction), place)) = (input?.clone(), self.loss?);
        let features = layers.last()?.output.clone();
        let (name, span) = match &self.target {
            Some(target) => (target.name.value.as_str(), target.shape.span),
            None => ("Y", place),
        };
        let target = Tensor { name: name.into(), samples: input.samples.clone(), features, span };
        Some(Network { input, layers: layers.to_vec(), target, loss, reduction, bindings: scope.bindings() })
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

/// Whether the two batches have names, and not the same.
fn check_tensors(input: Option<&TensorPlan>, target: Option<&TensorPlan>, report: &mut Vec<Diagnostic>) {
    for tensor in [input, target].into_iter().flatten() {
        names::check_free(&tensor.name, "tensor", report);
    }
    let Some(Spanned { value: name, span: input }) = input.map(|input| input.name.clone()) else { return };
    match target {
        Some(target) if target.name.value.eq_ignore_ascii_case(&name) => {
            let same = target.name.value == name;
            let apart = if same { "" } else { ", but for the case: one sample's row is written small" };
            report.push(NameError::Tensors { name, apart, input, target: target.name.span }.into());
        }
        None if name.eq_ignore_ascii_case("Y") => report.push(NameError::DefaultTarget { name, input }.into()),
        Some(_) | None => {}
    }
}
