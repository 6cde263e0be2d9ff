//! Losses, penalties and targets as stated → the terms of J.

use std::{collections::HashSet, sync::Arc};

use super::{
    graph::{Classes, Layer, Operation, Penalty, Tensor, Term, Value},
    infer::{Current, Flow},
    names::did_you_mean,
    plan::ShapePlan,
    warnings,
    words::WEIGHTS,
};
use crate::{
    catalog::loss::{Loss, Reduction},
    expr::{Scalar, symbol::indexed},
    shape::Dim,
    source::{Diagnostic, Kind, Span, Spanned},
    spec::syntax::{Argument, DimSyntax, LossSyntax, Name, PenaltySyntax},
};

/// What a gradient that comes in from outside is called.
const UPSTREAM: &str = "G";

/// A loss as stated, its function read.
pub(super) struct TermPlan<'a> {
    pub function: (Loss, Reduction),
    pub classes: Classes,
    pub syntax: &'a LossSyntax,
    pub span: Span,
}

impl TermPlan<'_> {
    /// Weights of classes that are not as many as the prediction has columns.
    fn unlike_weights(&self, width: &Dim) -> Option<TermError> {
        let weights = self.classes.weights.as_ref()?;
        if width.as_number() == u64::try_from(weights.len()).ok() {
            return None;
        }
        let (wanted, name) = (width.to_string(), width.as_name().map(str::to_owned));
        let option = self.syntax.options.iter().find(|option| option.key.value == WEIGHTS)?;
        Some(TermError::Weights { found: weights.len(), wanted, name, span: option.value.span })
    }
}

/// What a loss or a penalty cannot be.
#[derive(Debug, thiserror::Error)]
enum TermError {
    #[error("the network has several targets, and this loss does not say which is its own")]
    WhichTarget { span: Span, names: Vec<String> },
    #[error("this loss compares `{name}` with itself")]
    Itself { name: String, span: Span },
    #[error("`loss {loss}` compares the prediction with nothing")]
    NoTarget { loss: String, span: Span },
    #[error("target {name} has {found} columns under one loss and {wanted} under another")]
    Unlike { name: String, found: String, wanted: String, span: Span, first: Span },
    #[error("`weights` has {found} numbers, and the prediction has {wanted} columns, one a class")]
    Weights { found: usize, wanted: String, name: Option<String>, span: Span },
    #[error("nothing compares `{name}` with a prediction")]
    UnusedTarget { name: String, span: Span },
    #[error("nothing takes in what {what} puts out")]
    Unused { what: String, span: Span, name: Option<String>, beside: String },
    #[error("the factor of a {what} is a decimal number above 0, found `{found}`")]
    Factor { what: &'static str, found: String, span: Span },
    #[error("`penalty {kind}` needs a factor")]
    NoFactor { kind: String, span: Span },
    #[error("unknown penalty `{found}`")]
    Penalty { found: String, span: Span },
    #[error("the network has no weight `{found}`")]
    NoWeight { found: String, span: Span, known: Vec<String> },
    #[error("the network has no weight W that a penalty could hold small")]
    NoWeights { span: Span },
    #[error("`{found}` is not the name of a weight")]
    NotWeight { found: String, span: Span },
    #[error("`{name}` is wanted for the gradient that comes in, as the spec has no loss")]
    Upstream { name: String, span: Span },
    #[error("target {name} is {found} wide, the prediction {wanted}")]
    Wide { name: String, found: String, wanted: String, span: Span },
}

impl From<TermError> for Diagnostic {
    fn from(error: TermError) -> Self {
        let kind =
            if matches!(error, TermError::Wide { .. } | TermError::Unlike { .. }) { Kind::Shape } else { Kind::Spec };
        let diagnostic = Self::error(kind, error.to_string());
        match error {
            TermError::WhichTarget { span, names } => diagnostic
                .at(span, "")
                .help(format!("write `against {}` behind the loss", names.join("` or `against "))),
            TermError::Itself { span, .. } => diagnostic.at(span, "").help("compare it with another value or a target"),
            TermError::NoTarget { span, .. } => diagnostic.at(span, "").help("leave `against` out"),
            TermError::Unlike { span, first, .. } => {
                diagnostic.at(span, "").because(first, "this is the first").help("give each loss a target of its own")
            }
            TermError::Weights { name: Some(name), found, span, .. } => diagnostic
                .at(span, "")
                .help(format!("say how many classes there are: `let {name} = {found}` at the top")),
            TermError::Weights { wanted, span, .. } => diagnostic.at(span, "").help(format!("write {wanted} numbers")),
            TermError::UnusedTarget { name, span } => {
                diagnostic.at(span, "").help(format!("remove it, or write `against {name}` behind a loss"))
            }
            TermError::Unused { span, name, beside, .. } => {
                let from = name.map_or_else(
                    || "give it a name and write `from` and that name behind a layer or a loss".to_owned(),
                    |name| format!("write `from {name}` behind a layer or a loss, or beside another value `from {beside}, {name}`"),
                );
                diagnostic.at(span, "").help(format!("remove it, or {from}"))
            }
            TermError::Factor { span, .. } => diagnostic.at(span, "").help("write a number such as `0.01`"),
            TermError::NoFactor { kind, span } => {
                diagnostic.at(span, "").help(format!("write it as in `penalty {kind} 0.01`"))
            }
            TermError::Penalty { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), ["l1", "l2"].into_iter())
            }
            TermError::NoWeight { found, span, known } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), known.iter().map(String::as_str))
            }
            TermError::NoWeights { span } => {
                diagnostic.at(span, "").help("leave the penalty out: it is of the weights of `dense` layers")
            }
            TermError::NotWeight { span, .. } => {
                diagnostic.at(span, "").help("write a factor and names of weights: `penalty l2 0.01 W1`")
            }
            TermError::Upstream { span, .. } => {
                diagnostic.at(span, "").help("give the input another name, or add a loss")
            }
            TermError::Wide { span, .. } => diagnostic.at(span, "").help("compare it with a layer of the same width"),
        }
    }
}

/// What the terms are made of.
pub(super) struct Terms<'t, 'a> {
    pub plans: &'t [TermPlan<'a>],
    pub targets: &'t [(Name, &'t ShapePlan)],
    pub target_value: Option<&'a Name>,
    pub inputs: &'t [Tensor],
}

impl Terms<'_, '_> {
    /// The terms of J, and whether targets and layers fit. What does not is reported.
    pub(super) fn read(&self, flow: &mut Flow, end: Span, report: &mut Vec<Diagnostic>) -> Vec<Term> {
        let last = flow.current.clone();
        let mut terms = Vec::new();
        let mut used = HashSet::new();
        if self.plans.is_empty() {
            terms.extend(self.upstream(&last, flow, end, report));
        }
        for plan in self.plans {
            let prediction = plan.syntax.from.as_ref().map_or_else(|| last.clone(), |name| flow.named(name));
            if let Some(activation) = &prediction.activation {
                warnings::check_values(activation, plan.function, plan.span, report);
            }
            let term = self.term(plan, &prediction, flow, &mut used, report);
            terms.extend(term.filter(|term| alike(&terms, term, report)));
        }
        for (name, _) in self.targets.iter().filter(|(name, _)| !used.contains(&name.value)) {
            report.push(TermError::UnusedTarget { name: name.value.clone(), span: name.span }.into());
        }
        terms
    }

    /// Without a loss: Σ G ⊙ Ŷ, whose gradients are those of whatever follows, by way of G.
    fn upstream(&self, last: &Current, flow: &Flow, span: Span, report: &mut Vec<Diagnostic>) -> Option<Term> {
        if let Some(input) = self.inputs.iter().find(|input| input.name.eq_ignore_ascii_case(UPSTREAM)) {
            report.push(TermError::Upstream { name: input.name.to_string(), span: input.span }.into());
        }
        let prediction = last.value?;
        Some(Term {
            loss: Loss::Upstream,
            reduction: Reduction::Sum,
            weight: Scalar::integer(1),
            classes: Classes::default(),
            prediction,
            target: Tensor {
                name: UPSTREAM.into(),
                samples: self.inputs.first()?.samples.clone(),
                features: last.width.as_ref()?.extent.value.clone(),
                span,
            },
            target_value: None,
            span: flow.layers.last().map_or(span, |layer| layer.span),
        })
    }

    fn term(
        &self,
        plan: &TermPlan,
        prediction: &Current,
        flow: &mut Flow,
        used: &mut HashSet<String>,
        report: &mut Vec<Diagnostic>,
    ) -> Option<Term> {
        let (name, span, target_value) = if plan.function.0.has_target() {
            self.target(plan, prediction, flow, used, report)?
        } else {
            let error =
                |name: &Name| TermError::NoTarget { loss: plan.syntax.call.name.value.clone(), span: name.span }.into();
            report.extend(plan.syntax.against.as_ref().map(error));
            (String::new(), plan.span, None)
        };
        let declared = |name: &str| self.targets.iter().find(|(target, _)| target.value == name);
        let mut place = span;
        if let Some((_, shape)) = declared(&name) {
            used.insert(name.clone());
            place = shape.span;
            flow.current = prediction.clone();
            flow.check_shape(shape, Some(&name));
        }
        let weight = match &plan.syntax.weight {
            None => Some(Scalar::integer(1)),
            Some(weight) => factor(weight, "loss", report),
        };
        let (symbol, width): (Arc<str>, Dim) = match target_value {
            Some(Value::Layer(layer)) => {
                flow.layers.get(layer).map(|layer| (layer.label.clone(), layer.output.clone()))?
            }
            Some(Value::Input(input)) => (name.as_str().into(), self.inputs.get(input)?.features.clone()),
            None => (name.as_str().into(), prediction.width.as_ref()?.extent.value.clone()),
        };
        report.extend(plan.unlike_weights(&width).map(Diagnostic::from));
        let samples = self.inputs.first()?.samples.clone();
        Some(Term {
            loss: plan.function.0,
            reduction: plan.function.1,
            weight: weight?,
            classes: plan.classes.clone(),
            prediction: prediction.value?,
            target: Tensor { name: symbol, samples, features: width, span: place },
            target_value,
            span: plan.span,
        })
    }

    /// What a loss compares its prediction with: a name, where that was said, and the value that it is, if it is one.
    fn target(
        &self,
        plan: &TermPlan,
        prediction: &Current,
        flow: &mut Flow,
        used: &mut HashSet<String>,
        report: &mut Vec<Diagnostic>,
    ) -> Option<(String, Span, Option<Value>)> {
        let is_declared = |name: &str| self.targets.iter().any(|(target, _)| target.value == name);
        Some(match (&plan.syntax.against, self.target_value, self.targets) {
            (None, Some(value), _) => {
                (value.value.clone(), value.span, Some(value_of(value, prediction, flow, report)?))
            }
            (Some(name), ..) => {
                let is_value = !is_declared(&name.value) && flow.values.contains_key(name.value.as_str());
                let value = if is_value { Some(value_of(name, prediction, flow, report)?) } else { None };
                (name.value.clone(), name.span, value)
            }
            (None, None, []) => ("Y".to_owned(), plan.span, None),
            (None, None, [(only, _)]) => (only.value.clone(), only.span, None),
            (None, None, several) => {
                let names = several.iter().map(|(name, _)| name.value.clone()).collect();
                report.push(TermError::WhichTarget { span: plan.span, names }.into());
                used.extend(several.iter().map(|(name, _)| name.value.clone()));
                return None;
            }
        })
    }
}

/// The value that a target is; of the prediction's width, or it is reported.
fn value_of(name: &Name, prediction: &Current, flow: &mut Flow, report: &mut Vec<Diagnostic>) -> Option<Value> {
    let known = flow.named(name);
    let (found, wanted) = (&known.width.as_ref()?.extent, &prediction.width.as_ref()?.extent);
    if found.value != wanted.value {
        let (found, wanted) = (found.value.to_string(), wanted.value.to_string());
        report.push(TermError::Wide { name: name.value.clone(), found, wanted, span: name.span }.into());
    }
    if known.value == prediction.value {
        report.push(TermError::Itself { name: name.value.clone(), span: name.span }.into());
    }
    known.value
}

/// Whether a target is as wide as under the losses before.
fn alike(terms: &[Term], term: &Term, report: &mut Vec<Diagnostic>) -> bool {
    let same = |other: &&Term| other.target_value.is_none() && other.target.name == term.target.name;
    let known = terms.iter().filter(|_| term.target_value.is_none() && term.loss.has_target()).find(same);
    let Some(other) = known.filter(|other| other.target.features != term.target.features) else { return true };
    let (found, wanted) = (term.target.features.to_string(), other.target.features.to_string());
    let (span, first) = (term.span, other.span);
    report.push(TermError::Unlike { name: term.target.name.to_string(), found, wanted, span, first }.into());
    false
}

fn factor(number: &Spanned<f64>, what: &'static str, report: &mut Vec<Diagnostic>) -> Option<Scalar> {
    let scalar = (number.value > 0.0).then(|| Scalar::decimal(number.value)).flatten();
    if scalar.is_none() {
        report.push(TermError::Factor { what, found: number.value.to_string(), span: number.span }.into());
    }
    scalar
}

/// The penalty of a statement, on the weights of these layers.
pub(super) fn penalty(
    (syntax, span): (&PenaltySyntax, Span),
    layers: &[Layer],
    report: &mut Vec<Diagnostic>,
) -> Option<Penalty> {
    let squares = match syntax.kind.value.as_str() {
        "l2" => true,
        "l1" => false,
        found => {
            report.push(TermError::Penalty { found: found.to_owned(), span: syntax.kind.span }.into());
            return None;
        }
    };
    let mut known: Vec<Arc<str>> = Vec::new();
    let dense = layers.iter().filter(|layer| layer.operation == Operation::Dense);
    for source in dense.flat_map(|layer| &layer.sources) {
        if !known.contains(&source.weight) {
            known.push(source.weight.clone());
        }
    }
    let (mut number, mut weights, mut half) = (None, Vec::new(), false);
    for argument in &syntax.arguments {
        match &argument.value {
            Argument::Number(value) if number.is_none() => number = Some(Spanned::new(*value, argument.span)),
            Argument::Dim(DimSyntax::Name(word)) if word == "half" => half = true,
            Argument::Dim(DimSyntax::Name(word)) => {
                if let Some(label) = known.iter().find(|label| indexed("W", label) == *word) {
                    weights.push(label.clone());
                } else {
                    let known = known.iter().map(|label| indexed("W", label)).collect();
                    report.push(TermError::NoWeight { found: word.clone(), span: argument.span, known }.into());
                }
            }
            other @ (Argument::Arrow
            | Argument::Call(_)
            | Argument::Option(_)
            | Argument::Number(_)
            | Argument::Dim(DimSyntax::Number(_) | DimSyntax::Sum(_) | DimSyntax::Product(_))) => {
                let (found, span) = (other.to_string(), argument.span);
                report.push(TermError::NotWeight { found, span }.into());
            }
        }
    }
    if known.is_empty() && !layers.is_empty() {
        report.push(TermError::NoWeights { span }.into());
        return None;
    }
    let Some(number) = number else {
        report.push(TermError::NoFactor { kind: syntax.kind.value.clone(), span }.into());
        return None;
    };
    let factor = factor(&number, "penalty", report)?;
    let factor = if half { factor.times(&Scalar::ratio(1, 2))? } else { factor };
    Some(Penalty { squares, factor, weights: if weights.is_empty() { known } else { weights } })
}

/// One penalty for each factor and kind: what several of them say of one W is added up.
pub(super) fn merged(penalties: Vec<Penalty>) -> Vec<Penalty> {
    let mut factors: Vec<(bool, Arc<str>, Scalar)> = Vec::new();
    for Penalty { squares, factor, weights } in penalties {
        for weight in weights {
            match factors.iter_mut().find(|(kind, known, _)| *kind == squares && *known == weight) {
                Some((.., sum)) => *sum = sum.plus(&factor).unwrap_or_else(|| sum.clone()),
                None => factors.push((squares, weight, factor.clone())),
            }
        }
    }
    let mut merged: Vec<Penalty> = Vec::new();
    for (squares, weight, factor) in factors {
        match merged.iter_mut().find(|penalty| penalty.squares == squares && penalty.factor == factor) {
            Some(penalty) => penalty.weights.push(weight),
            None => merged.push(Penalty { squares, factor, weights: vec![weight] }),
        }
    }
    merged
}

/// Reports the inputs and layers whose values nothing takes in.
pub(super) fn check_used(
    inputs: &[Tensor],
    layers: &[Layer],
    terms: &[Term],
    labels: &std::collections::HashMap<Arc<str>, Span>,
    report: &mut Vec<Diagnostic>,
) {
    let mut used: HashSet<Value> = terms.iter().map(|term| term.prediction).collect();
    used.extend(terms.iter().filter_map(|term| term.target_value));
    used.extend(layers.iter().flat_map(|layer| layer.sources.iter().map(|source| source.value)));
    let beside = inputs.first().map(|input| input.name.to_string()).unwrap_or_default();
    let mut unused = |kind: &str, own: &str, span: Span, name: Option<String>| {
        let what = format!("{kind} `{own}`");
        report.push(TermError::Unused { what, span, name, beside: beside.clone() }.into());
    };
    for (i, input) in inputs.iter().enumerate().filter(|(i, _)| !used.contains(&Value::Input(*i))) {
        unused("input", &input.name, input.span, (i > 0).then(|| input.name.to_string()));
    }
    for (_, layer) in layers.iter().enumerate().filter(|(i, _)| !used.contains(&Value::Layer(*i))) {
        let name = labels.contains_key(&layer.label).then(|| layer.label.to_string());
        unused("layer", &layer.label, layer.span, name);
    }
}
