//! The words of a layer or a loss → activations, losses and reductions of the catalog.

use super::{
    graph::Layout,
    names::{did_you_mean, reserved, similar},
};
use crate::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss, Reduction},
    },
    source::{Diagnostic, Kind, Span, Spanned, suggestion::nearest},
    spec::{
        meant::meant,
        syntax::{Call, LossSyntax, Name, OptionSyntax},
    },
};

/// A word that the catalog does not know, or not with this parameter.
#[derive(Debug, thiserror::Error)]
enum WordError {
    #[error("unknown activation `{found}`")]
    Activation { found: String, span: Span, widths: Option<String> },
    #[error("unknown loss `{found}`")]
    Loss { found: String, span: Span },
    #[error("unknown option `{found}` of a loss")]
    Option { found: String, span: Span },
    #[error("unknown reduction `{found}`")]
    Reduction { found: String, span: Span },
    #[error("samples stand as `rows` or as `columns`, not as `{found}`")]
    Layout { found: String, span: Span },
    #[error("`reduce` is given twice")]
    Twice { first: Span, second: Span },
    #[error("`{name}` takes no parameter")]
    NoParameter { name: String, span: Span },
    #[error("the parameter of `{name}` stands in parentheses; a number alone is the factor of a loss")]
    Bare { name: String, span: Span },
    #[error("`{name}` needs a parameter greater than 0")]
    NotPositive { name: String, span: Span },
}

impl From<WordError> for Diagnostic {
    fn from(error: WordError) -> Self {
        let diagnostic = Self::error(Kind::Spec, error.to_string());
        match error {
            WordError::Activation { found, span, widths } => {
                let known = activation::TABLE.iter().map(|entry| entry.name);
                let widths = widths.filter(|_| similar(&found, &known).or(nearest(&found, known.clone())).is_none());
                let diagnostic = did_you_mean(diagnostic.at(span, what(&found)), (&found, span), known);
                widths.into_iter().fold(diagnostic, |diagnostic, widths| {
                    diagnostic.note(format!("a width that comes in is written `{widths}`"))
                })
            }
            WordError::Loss { found, span } => did_you_mean(
                diagnostic.at(span, what(&found)),
                (&found, span),
                loss::TABLE.iter().map(|(name, _)| *name),
            ),
            WordError::Option { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), std::iter::once("reduce"))
            }
            WordError::Reduction { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), Reduction::TABLE.iter().map(|(name, _)| *name))
            }
            WordError::Layout { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), Layout::TABLE.iter().map(|(name, _)| *name))
            }
            WordError::Twice { first, second } => {
                diagnostic.at(second, "").because(first, "this is the first").help("leave one of them")
            }
            WordError::NoParameter { name, span } => diagnostic.at(span, "").help(format!("write `{name}`")),
            WordError::Bare { name, span } => diagnostic
                .at(span, "")
                .help(format!("write both, as in `{name}(1) 0.5`, or the parameter alone, as in `{name}(1)`")),
            WordError::NotPositive { name, span } => {
                diagnostic.at(span, "").help(format!("write a number greater than 0, as in `{name}(1)`"))
            }
        }
    }
}

/// What the word is elsewhere, if anything.
fn what(found: &str) -> String {
    reserved(found).map_or(String::new(), |what| format!("this is {what}"))
}

/// The activation that a word names. `widths` is how it would be written if the word were a width.
pub(super) fn activation(call: &Call, widths: Option<String>, report: &mut Vec<Diagnostic>) -> Option<Activation> {
    let Spanned { value: name, span } = &call.name;
    let Some(entry) = activation::entry(name) else {
        let widths = widths.filter(|_| reserved(name).is_none() && call.parameter.is_none());
        report.push(WordError::Activation { found: name.clone(), span: *span, widths }.into());
        return None;
    };
    let parameter = parameter(call, entry.default.is_some(), report)?;
    activation::find(name, parameter)
}

/// How samples stand.
pub(super) fn layout(name: &Name, report: &mut Vec<Diagnostic>) -> Option<Layout> {
    let found = Layout::TABLE.iter().find(|(word, _)| *word == name.value).map(|(_, layout)| *layout);
    if found.is_none() {
        report.push(WordError::Layout { found: name.value.clone(), span: name.span }.into());
    }
    found
}

/// The loss of the statement at `span`, and its reduction.
pub(super) fn loss(syntax: &LossSyntax, span: Span, report: &mut Vec<Diagnostic>) -> Option<(Loss, Reduction)> {
    let reported = report.len();
    let loss = read_loss(syntax, report);
    if loss.is_none()
        && let Some(meant) = meant(&syntax.to_string())
    {
        let first = report.drain(reported..).next();
        report.extend(first.map(|error| meant.mend(error, span)));
    }
    loss
}

fn read_loss(syntax: &LossSyntax, report: &mut Vec<Diagnostic>) -> Option<(Loss, Reduction)> {
    let reduction = reduction(&syntax.options, report);
    let Spanned { value: name, span } = &syntax.call.name;
    let Some((_, default)) = loss::entry(name) else {
        report.push(WordError::Loss { found: name.clone(), span: *span }.into());
        return None;
    };
    if let (true, None, Some(weight)) = (default.is_some(), &syntax.call.parameter, &syntax.weight) {
        report.push(WordError::Bare { name: name.clone(), span: weight.span }.into());
        return None;
    }
    let parameter = parameter(&syntax.call, default.is_some(), report)?;
    let loss = loss::find(name, parameter)?;
    let states = syntax.options.iter().any(|option| option.key.value == "reduce");
    let reduction = if loss == Loss::Total && !states {
        Some(if name == "mean" { Reduction::Elements } else { Reduction::Sum })
    } else {
        reduction
    };
    match (loss, &syntax.call.parameter) {
        (Loss::Huber(delta), Some(Spanned { span, .. })) if delta.value() <= 0.0 => {
            report.push(WordError::NotPositive { name: name.clone(), span: *span }.into());
            None
        }
        _ => Some((loss, reduction?)),
    }
}

/// The number in brackets, where one is allowed.
#[allow(clippy::option_option, reason = "the outer one is an error that has been reported")]
fn parameter(call: &Call, allowed: bool, report: &mut Vec<Diagnostic>) -> Option<Option<f64>> {
    match &call.parameter {
        Some(parameter) if !allowed => {
            report.push(WordError::NoParameter { name: call.name.value.clone(), span: parameter.span }.into());
            None
        }
        parameter => Some(parameter.as_ref().map(|parameter| parameter.value)),
    }
}

/// `reduce=elements`, at most once.
fn reduction(options: &[OptionSyntax], report: &mut Vec<Diagnostic>) -> Option<Reduction> {
    let mut found: Option<(Span, Option<Reduction>)> = None;
    let mut known = true;
    for OptionSyntax { key, value } in options {
        if key.value != "reduce" {
            report.push(WordError::Option { found: key.value.clone(), span: key.span }.into());
            known = false;
        } else if let Some((first, _)) = found {
            report.push(WordError::Twice { first, second: key.span }.into());
        } else {
            found = Some((key.span, reduction_of(value, report)));
        }
    }
    found.map_or(Some(Reduction::default()), |(_, reduction)| reduction).filter(|_| known)
}

fn reduction_of(word: &Name, report: &mut Vec<Diagnostic>) -> Option<Reduction> {
    let known = Reduction::TABLE.iter().find(|(name, _)| *name == word.value);
    if known.is_none() {
        report.push(WordError::Reduction { found: word.value.clone(), span: word.span }.into());
    }
    known.map(|(_, reduction)| *reduction)
}
