//! The words of a layer or a loss → activations, losses and reductions of the catalog.

use std::sync::Arc;

use super::{
    graph::{Classes, Layout},
    names::{did_you_mean, reserved, similar},
};
use crate::{
    catalog::{
        activation::{self, Activation},
        loss::{self, Loss, Reduction},
    },
    expr::Scalar,
    source::{Diagnostic, Kind, Span, Spanned, suggestion::nearest},
    spec::{
        meant::meant,
        syntax::{Call, LossSyntax, Name, OptionSyntax},
    },
};

/// The option of a loss that is a factor for each class.
pub(super) const WEIGHTS: &str = "weights";
/// The option of a loss that is a share of each target.
const SMOOTHING: &str = "smoothing";
/// The options of losses.
const OPTIONS: [&str; 3] = ["reduce", WEIGHTS, SMOOTHING];

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
    #[error("`{name}` is given twice")]
    Twice { name: String, first: Span, second: Span },
    #[error("`{option}` is for losses of classes, `cce` and `nll`")]
    NoClasses { option: String, span: Span },
    #[error("`weights` is a list of numbers above 0, one a class, found `{found}`")]
    Weights { found: String, span: Span },
    #[error("`smoothing` is a share from 0 to below 1, found `{found}`")]
    Smoothing { found: String, span: Span },
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
                did_you_mean(diagnostic.at(span, ""), (&found, span), OPTIONS.into_iter())
            }
            WordError::Reduction { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), Reduction::TABLE.iter().map(|(name, _)| *name))
            }
            WordError::NoClasses { span, .. } => diagnostic.at(span, "").help("leave it out"),
            WordError::Weights { span, .. } => diagnostic.at(span, "").help("write it as in `weights=[1, 2.5, 1]`"),
            WordError::Smoothing { span, .. } => diagnostic.at(span, "").help("write it as in `smoothing=0.1`"),
            WordError::Layout { found, span } => {
                did_you_mean(diagnostic.at(span, ""), (&found, span), Layout::TABLE.iter().map(|(name, _)| *name))
            }
            WordError::Twice { first, second, .. } => {
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

/// What a loss statement says: the loss, its reduction, what it makes of classes.
type Said = ((Loss, Reduction), Classes);

/// What the loss statement at `span` says.
pub(super) fn loss(syntax: &LossSyntax, span: Span, report: &mut Vec<Diagnostic>) -> Option<Said> {
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

fn read_loss(syntax: &LossSyntax, report: &mut Vec<Diagnostic>) -> Option<Said> {
    let options = options(&syntax.options, report);
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
    let mut of_classes = syntax.options.iter().filter(|option| [WEIGHTS, SMOOTHING].contains(&&*option.key.value));
    if let (false, Some(option)) = (loss.has_classes(), of_classes.next()) {
        report.push(WordError::NoClasses { option: option.key.value.clone(), span: option.key.span }.into());
        return None;
    }
    let (stated, classes) = options?;
    let usual = loss::usual_reduction(name);
    match (loss, &syntax.call.parameter) {
        (Loss::Huber(delta), Some(Spanned { span, .. })) if delta.value() <= 0.0 => {
            report.push(WordError::NotPositive { name: name.clone(), span: *span }.into());
            None
        }
        _ => Some(((loss, stated.unwrap_or(usual)), classes)),
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

/// The options of a loss, each at most once.
fn options(options: &[OptionSyntax], report: &mut Vec<Diagnostic>) -> Option<(Option<Reduction>, Classes)> {
    let reported = report.len();
    let (mut reduction, mut classes) = (None, Classes::default());
    for (place, OptionSyntax { key, value }) in options.iter().enumerate() {
        let name = key.value.as_str();
        if let Some(first) = options[..place].iter().find(|first| first.key.value == name) {
            let (first, second) = (first.key.span, key.span);
            report.push(WordError::Twice { name: name.into(), first, second }.into());
        } else if name == WEIGHTS {
            classes.weights = weights_of(value, report);
        } else if name == SMOOTHING {
            classes.smoothing = smoothing_of(value, report);
        } else if name == "reduce" {
            reduction = reduction_of(value, report);
        } else {
            report.push(WordError::Option { found: name.into(), span: key.span }.into());
        }
    }
    (report.len() == reported).then_some((reduction, classes))
}

/// `[1, 2.5, 1]`
fn weights_of(list: &Name, report: &mut Vec<Diagnostic>) -> Option<Arc<[f64]>> {
    let inside = list.value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let number = |text: &str| text.trim().parse().ok().filter(|weight: &f64| *weight > 0.0 && weight.is_finite());
    let numbers: Option<Arc<[f64]>> = inside.and_then(|inside| inside.split(',').map(number).collect());
    if numbers.is_none() {
        report.push(WordError::Weights { found: list.value.clone(), span: list.span }.into());
    }
    numbers
}

/// `0.1`; of 0 there is none.
fn smoothing_of(number: &Name, report: &mut Vec<Diagnostic>) -> Option<Scalar> {
    let share = number.value.parse().ok().filter(|share| (0.0..1.0).contains(share)).and_then(Scalar::decimal);
    if share.is_none() {
        report.push(WordError::Smoothing { found: number.value.clone(), span: number.span }.into());
    }
    share.filter(|share| !share.is_zero())
}

fn reduction_of(word: &Name, report: &mut Vec<Diagnostic>) -> Option<Reduction> {
    let known = Reduction::TABLE.iter().find(|(name, _)| *name == word.value);
    if known.is_none() {
        report.push(WordError::Reduction { found: word.value.clone(), span: word.span }.into());
    }
    known.map(|(_, reduction)| *reduction)
}
