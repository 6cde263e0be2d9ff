//! Names → whether they are free: reserved words, layers and tensors of the same name.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::graph::{Layer, Operation};
use crate::{
    catalog::{Activation, activation, layer, loss},
    source::{Diagnostic, Kind, Span, suggestion},
    spec::{KEYWORDS, is_name, syntax::Name},
};

/// The word that takes a layer's bias away.
pub(super) const NOBIAS: &str = "nobias";

/// A name that cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameError {
    #[error("`{name}` is {what} and cannot name a {role}")]
    Reserved { name: String, what: &'static str, role: &'static str, span: Span },
    #[error("expected a number or the name of a size, found `None`")]
    NoSize { rows: Span },
    #[error("two layers are called `{label}`")]
    Layers { label: String, first: Span, second: Span, generated: bool },
    #[error("there is no value called `{name}` above this")]
    NoValue { name: String, span: Span, known: Vec<String> },
    #[error("`{name}` is made below this, and a layer takes in what is made above it")]
    Below { name: String, span: Span, below: Span },
    #[error("there is no dense layer called `{name}` above this")]
    NoWeight { name: String, span: Span, known: Vec<String> },
    #[error("`{kind}` takes in one value")]
    OneValue { kind: &'static str, second: Span },
    #[error("`{name}` has several W, and the transpose of one is wanted")]
    SeveralWeights { name: String, span: Span },
    #[error("an input and a layer are both called `{name}`")]
    Layer { name: String, layer: Span },
    #[error("two {what} are called `{name}`")]
    Same { what: &'static str, name: String, first: Span, second: Span },
    #[error(
        "the {what} `{other}` and `{name}` differ in nothing but the case: one sample's row of both would be `{row}`"
    )]
    Case { what: &'static str, other: String, name: String, row: String, first: Span, second: Span },
    #[error("input and target are both called `{name}`{apart}")]
    Tensors { name: String, apart: &'static str, input: Span, target: Span },
    #[error("the input is called `{name}`, as the target is if no `target` names it")]
    DefaultTarget { name: String, input: Span },
    #[error("`{name}` is a symbol of the formulas and cannot name a tensor")]
    Letter { name: String, tensor: Span },
    #[error("`{name}` is the symbol of an array of layer `{label}` and cannot name a tensor")]
    Symbol { name: String, label: String, tensor: Span, layer: Span },
    #[error("`{name}` is {what} in the formulas and cannot name a dimension")]
    Dimension { name: String, what: String, dimension: Span, free: String },
}

impl From<NameError> for Diagnostic {
    fn from(error: NameError) -> Self {
        let diagnostic = Self::error(Kind::Spec, error.to_string());
        match error {
            NameError::Reserved { span, .. } => {
                diagnostic.at(span, "").help("choose another name; words of the language are reserved in lower case")
            }
            NameError::NoSize { rows } => {
                diagnostic.at(rows, "").help("give the number of samples a name: write `n`").edit(rows, "n")
            }
            NameError::Layers { label, first, second, generated } => {
                let diagnostic = diagnostic
                    .at(second, "")
                    .because(first, if first == second { "" } else { "this is the first" })
                    .help("give one of them another name");
                if generated {
                    let stem = label.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
                    diagnostic.note(format!("`{stem}` inside `repeat` becomes {stem}_1, {stem}_2, …"))
                } else {
                    diagnostic
                }
            }
            NameError::NoValue { name, span, known } => {
                did_you_mean(diagnostic.at(span, ""), (&name, span), known.iter().map(String::as_str))
            }
            NameError::Below { name, span, below } => {
                let help = format!("move layer `{name}` up if it does not depend on this one: a network has no cycles");
                diagnostic.at(span, "").because(below, format!("`{name}` is made here")).help(help)
            }
            NameError::OneValue { second, .. } => {
                diagnostic.at(second, "").help("join the values first, as in `add a b`, or leave out all but one")
            }
            NameError::SeveralWeights { span, .. } => {
                diagnostic.at(span, "").help("name a layer that takes in one value")
            }
            NameError::Layer { layer, .. } => diagnostic.at(layer, "").help("give the layer another name"),
            NameError::NoWeight { name, span, known } => no_weight(diagnostic.at(span, ""), (&name, span), &known),
            NameError::Same { first, second, .. } | NameError::Case { first, second, .. } => {
                diagnostic.at(second, "").because(first, "this is the first").help("give one of them another name")
            }
            NameError::Tensors { input, target, .. } => {
                diagnostic.at(target, "").because(input, "this is the input").help("give one of them another name")
            }
            NameError::DefaultTarget { input, .. } => {
                diagnostic.at(input, "").help("give it another name, or name the target: `target T [n, f]`")
            }
            NameError::Letter { tensor, .. } => diagnostic
                .at(tensor, "")
                .help("choose another name; J, I, hats, and S, D, G, Delta of a layer are taken"),
            NameError::Symbol { tensor, layer, .. } => {
                diagnostic.at(tensor, "").because(layer, "this is the layer").help("give the tensor another name")
            }
            NameError::Dimension { name, dimension, free, .. } => {
                diagnostic.at(dimension, "").help(format!("write `{free}` for `{name}` wherever it stands"))
            }
        }
    }
}

impl NameError {
    /// Two inputs, or two targets, whose names are the same but perhaps for the case.
    pub(super) fn alike(what: &'static str, other: String, name: String, [first, second]: [Span; 2]) -> Self {
        if other == name {
            return Self::Same { what, name, first, second };
        }
        let row = name.to_lowercase();
        Self::Case { what, other, name, row, first, second }
    }

    /// The same of an input and a target.
    pub(super) fn input_and_target(input: &Name, target: &Name) -> Self {
        let same = target.value == input.value;
        let apart = if same { "" } else { ", but for the case: one sample's row is written small" };
        Self::Tensors { name: input.value.clone(), apart, input: input.span, target: target.span }
    }

    /// A source that names nothing.
    pub(super) fn unknown_value(name: &Name, known: &[&str]) -> Self {
        Self::NoValue { name: name.value.clone(), span: name.span, known: sorted(known) }
    }

    /// A `tied` that names no layer with a W.
    pub(super) fn no_weight(name: &Name, known: &[&str]) -> Self {
        Self::NoWeight { name: name.value.clone(), span: name.span, known: sorted(known) }
    }
}

/// The repair of a `tied` that names no layer with a W.
fn no_weight(diagnostic: Diagnostic, (name, span): (&str, Span), known: &[String]) -> Diagnostic {
    if !known.is_empty() {
        return did_you_mean(diagnostic, (name, span), known.iter().map(String::as_str));
    }
    diagnostic.help(if name.starts_with(|c: char| c.is_ascii_digit()) {
        "name the layer whose W is meant, as in `encode: dense f1`, and write `tied=encode`".to_owned()
    } else {
        format!("name the layer whose W is meant: `{name}: dense f1`")
    })
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names
}

/// Words that stand for a kind, an activation or a loss in its place, and may be names elsewhere: they came into the language
/// when there were specs with such names.
const ALSO_NAMES: [&str; 14] = [
    "residual",
    "add",
    "subtract",
    "multiply",
    "concat",
    "norm",
    "dropout",
    "glu",
    "prelu",
    "log_softmax",
    "hinge",
    "nll",
    "total",
    "mean",
];

/// Whether a name is no word of the language; reports one that is.
pub(super) fn check_free(name: &Name, role: &'static str, report: &mut Vec<Diagnostic>) -> bool {
    let word = reserved(&name.value).filter(|_| !ALSO_NAMES.contains(&&*name.value));
    if let Some(what) = word {
        report.push(NameError::Reserved { name: name.value.clone(), what, role, span: name.span }.into());
    }
    word.is_none()
}

/// Whether formulas write this for something else: the loss, the identity, a prediction in ASCII, a gate or Δ of a layer.
fn is_letter(name: &str) -> bool {
    let gate = ["Delta", "delta", "S", "D", "G", "s", "g", "p"].iter().find_map(|letter| name.strip_prefix(letter));
    let indexed = gate.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '_'));
    matches!(name, "J" | "I") || name.ends_with("hat") || indexed
}

/// Reports a tensor whose name is `W1` or `b_hidden`, of a layer that there is, or `a1`, as one sample's row of `A1` begins.
pub(super) fn check_symbol(
    tensor: &Name,
    labels: &HashMap<Arc<str>, Span>,
    layers: &[Layer],
    report: &mut Vec<Diagnostic>,
) {
    if is_letter(&tensor.value) {
        report.push(NameError::Letter { name: tensor.value.clone(), tensor: tensor.span }.into());
        return;
    }
    if let Some((label, layer)) = layer_of(&tensor.value, &["W", "b", "Z", "A", "z", "a"], labels, layers) {
        let name = tensor.value.clone();
        report.push(NameError::Symbol { name, label, tensor: tensor.span, layer }.into());
    }
}

/// The layer of which the name is an array, as `W1` or `b_hidden`, if there is such a layer.
fn layer_of(
    name: &str,
    letters: &[&str],
    labels: &HashMap<Arc<str>, Span>,
    layers: &[Layer],
) -> Option<(String, Span)> {
    let of_kind = ["H", "h", "N", "q", "r", "s", "alpha", "mu", "v", "M", "m", "E"]
        .iter()
        .find_map(|letter| Some((*letter, name.strip_prefix(letter)?)));
    if let Some((letter, rest)) = of_kind {
        let label = rest.strip_prefix('_').unwrap_or(rest);
        // E has the number of the value behind the layer's label.
        let label = if letter == "E" { label.rsplit_once('_').map_or(label, |(label, _)| label) } else { label };
        let has = |layer: &&Layer| match letter {
            "M" | "m" => matches!(layer.operation, Operation::Dropout { .. }),
            "E" => layer.operation == Operation::Concat,
            "alpha" => layer.has_slope(),
            "mu" | "v" => matches!(layer.operation, Operation::FixedNorm { .. }),
            _ => matches!(layer.operation, Operation::Norm(_) | Operation::FixedNorm { .. }),
        };
        let found = layers.iter().filter(has).find(|layer| *layer.label == *label);
        return found.map(|layer| (layer.label.to_string(), layer.span));
    }
    let rest = letters.iter().find_map(|letter| name.strip_prefix(letter))?;
    let numbered = rest.parse().ok().and_then(|number: usize| layers.get(number.checked_sub(1)?));
    match rest.strip_prefix('_') {
        Some(label) => labels.get_key_value(label).map(|(label, span)| (label.to_string(), *span)),
        None => numbered.filter(|layer| *layer.label == *rest).map(|layer| (layer.label.to_string(), layer.span)),
    }
}

/// Reports the dimensions whose names are also something else in the formulas: a tensor, an array of a layer, or a letter that
/// stands alone. `tensors` are the names of inputs and targets, and what each is.
pub(super) fn check_dimensions<'a>(
    dimensions: impl Iterator<Item = (&'a str, Span)> + Clone,
    tensors: &[(&str, &'static str)],
    labels: &HashMap<Arc<str>, Span>,
    layers: &[Layer],
    report: &mut Vec<Diagnostic>,
) {
    let has = |is: fn(&Operation) -> bool| layers.iter().any(|layer| is(&layer.operation));
    let [norm, dropout] = [
        has(|of| matches!(of, Operation::Norm(_) | Operation::FixedNorm { .. })),
        has(|of| matches!(of, Operation::Dropout { .. })),
    ];
    let letter = |name: &str| match name {
        "J" => Some("the loss"),
        "I" => Some("the identity"),
        "E" => Some("the error"),
        "W" => Some("a weight matrix"),
        "Z" => Some("a matrix of pre-activations"),
        "A" => Some("a matrix of activations"),
        "S" | "D" | "G" => Some("a matrix of activation derivatives"),
        "H" | "N" if norm => Some("a matrix of a norm"),
        "M" if dropout => Some("the mask of a dropout"),
        "Delta" => Some("the gradient with respect to pre-activations"),
        _ => {
            let of = |name: &str| tensors.iter().find(|(tensor, _)| *tensor == name).map(|(_, what)| *what);
            let hatted = name.strip_suffix("hat").filter(|stem| *stem == "Y" || of(stem) == Some("the target"));
            hatted.map(|_| "a prediction").or_else(|| of(name))
        }
    };
    let taken: HashSet<&str> =
        dimensions.clone().map(|(name, _)| name).chain(tensors.iter().map(|(tensor, _)| *tensor)).collect();
    let mut free = ["n", "m", "d", "h", "c", "q"].into_iter().filter(|free| !taken.contains(free));
    for (name, dimension) in dimensions {
        let probabilities = name.strip_prefix('p').map(|rest| rest.strip_prefix('_').unwrap_or(rest));
        let has_probabilities =
            |layer: &Layer| matches!(layer.activation, Activation::Softmax | Activation::LogSoftmax);
        let softmax = layers.iter().filter(|layer| has_probabilities(layer));
        let softmax = softmax
            .filter(|layer| Some(&*layer.label) == probabilities)
            .map(|layer| (layer.label.to_string(), layer.span));
        let of_layer = || {
            softmax
                .clone()
                .next()
                .or_else(|| layer_of(name, &["Delta", "W", "b", "Z", "A", "S", "D", "G"], labels, layers))
        };
        let what = letter(name).map(str::to_string);
        let Some(what) = what.or_else(|| Some(format!("an array of layer `{}`", of_layer()?.0))) else { continue };
        let free = free.next().map_or_else(|| format!("{name}_size"), str::to_string);
        report.push(NameError::Dimension { name: name.into(), what, dimension, free }.into());
    }
}

/// Whether a layer may be called so.
#[must_use]
pub fn is_label(name: &str) -> bool {
    is_name(name) && (reserved(name).is_none() || ALSO_NAMES.contains(&name))
}

/// Whether a word in the place of a width is one: `dense mean` has nothing else that it could mean, `dense prelu` lacks a width.
pub(super) fn names_size(word: &str) -> bool {
    reserved(word).is_none() || ALSO_NAMES.contains(&word) && activation::entry(word).is_none()
}

/// What a word of the language is.
pub(super) fn reserved(name: &str) -> Option<&'static str> {
    if KEYWORDS.contains(&name) || layer::find(name).is_some() || name == NOBIAS {
        Some("a keyword")
    } else if activation::TABLE.iter().any(|entry| entry.name == name) {
        Some("an activation")
    } else if loss::TABLE.iter().any(|(loss, _)| *loss == name) {
        Some("a loss")
    } else {
        None
    }
}

/// The known word that a misspelt one, at `span`, is taken for; or the list of what is known.
pub(super) fn did_you_mean<'a>(
    diagnostic: Diagnostic,
    (found, span): (&str, Span),
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    match similar(found, &known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).edit(span, near),
        None => diagnostic.help(format!("known are {}", known.collect::<Vec<_>>().join(", "))),
    }
}

/// The one known name nearest to the one found, or else the only one that it begins: `leaky` for `leaky_relu`.
pub(super) fn similar<'a>(found: &str, known: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    suggestion::unmistakable(found, known.clone()).or_else(|| {
        let mut begun = known.clone().filter(|name| found.len() > 2 && name.starts_with(found));
        begun.next().filter(|_| begun.next().is_none())
    })
}
