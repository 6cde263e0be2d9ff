//! A loss and the activation before it → a warning where the one cannot take the values of the other.

use super::{
    graph::{Layer, Norm, NormKind, Operation},
    infer::Arrival,
    misfit::turn,
};
use crate::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    source::{Diagnostic, Kind, MAX_MESSAGES, Span, Spanned},
    spec::meant::is_batch,
};

/// Warns of each softmax and each norm over one value: there is nothing that it could be shared or compared with.
pub(super) fn check_layers(layers: &[Layer], is_one_sample: bool, report: &mut Vec<Diagnostic>) {
    let alone = layers.iter().filter_map(|layer| Some((layer, alone(layer, is_one_sample)?)));
    for (layer, Alone { what, becomes, gradient, help }) in alone.take(MAX_MESSAGES) {
        let title = format!("{what} of layer `{}` {becomes}", layer.label);
        let note = format!("whatever comes in, the gradient that goes back through it is {gradient}");
        report.push(Diagnostic::warning(Kind::Spec, title).at(layer.span, "").note(note).help(help));
    }
}

/// What is wrong with a layer that shares or compares one value with nothing.
struct Alone {
    what: &'static str,
    becomes: &'static str,
    gradient: &'static str,
    help: &'static str,
}

fn alone(layer: &Layer, is_one_sample: bool) -> Option<Alone> {
    let wider = "give the layer before it more outputs, or leave it out";
    let norm = |becomes, gradient, help| Some(Alone { what: "the norm", becomes, gradient, help });
    let softmax = |what, becomes| {
        let help = "give it an output for each class, or, for two classes, write `sigmoid` in its place and `loss bce`";
        Some(Alone { what, becomes, gradient: "0", help })
    };
    if let Operation::Norm(Norm { kind, .. }) = layer.operation {
        return match kind {
            NormKind::Batch if is_one_sample => norm(
                "is over one sample, which without its mean is 0",
                "0",
                "give the input more samples, or write `norm layer`",
            ),
            NormKind::Layer if layer.output.is_one() => {
                norm("is over one feature, which without its mean is 0", "0", wider)
            }
            NormKind::Rms if layer.output.is_one() => {
                norm("is over one feature, which becomes 1 or -1 but for `eps`", "0 but for `eps`", wider)
            }
            NormKind::Layer | NormKind::Rms | NormKind::Batch => None,
        };
    }
    match layer.activation {
        _ if !layer.output.is_one() => None,
        Activation::Softmax => softmax("the softmax", "has one output, which is always 1"),
        Activation::LogSoftmax => softmax("the log_softmax", "has one output, which is always 0"),
        Activation::Entrywise(_) | Activation::Prelu => None,
    }
}

/// Compares the range of the activation with the domain of the loss.
pub(super) fn check_values(
    activation: &Spanned<Activation>,
    loss: (Loss, Reduction),
    place: Span,
    report: &mut Vec<Diagnostic>,
) {
    let (Spanned { value: activation, span }, (loss, _)) = (activation, loss);
    if (loss, *activation) == (Loss::Nll, Activation::Softmax) {
        let title = "`nll` takes logarithms of probabilities, and `softmax` puts out the probabilities";
        let warning = Diagnostic::warning(Kind::Spec, title).at(place, "").because(*span, "ŷ lies in (0, 1]");
        report.push(warning.help("write `log_softmax` for `softmax`, or `loss cce` for `loss nll`"));
    }
    let domain = loss.domain();
    if activation.range().is_within(domain) {
        return;
    }
    let (word, companion) = (loss.name(), loss.companion());
    let title = format!("`{activation}` may put out values outside {domain}, where `{word}` is not defined");
    let warning = Diagnostic::warning(Kind::Spec, title)
        .at(place, format!("takes the logarithm of {}", logarithms(loss)))
        .because(*span, format!("ŷ lies in {}", activation.range()))
        .help(format!("`{companion}` usually goes with `{word}`"));
    report.push(match activation {
        Activation::Softmax => warning.note(
            "where one output exceeds the others by more than about 37, 1 − Ŷ rounds to 0: value and gradient are not finite",
        ),
        Activation::Entrywise(_) | Activation::LogSoftmax | Activation::Prelu => warning,
    });
}

/// Warns of an input whose features are called as batches usually are, `[784, n]`: its axes may stand the other way round.
pub(super) fn check_axes(samples: &Arrival, features: &Arrival, report: &mut Vec<Diagnostic>) {
    let [rows, columns] = [samples, features].map(|arrival| arrival.extent.written.to_string());
    if is_batch(&columns) && !is_batch(&rows) {
        let title = format!("the input has {rows} samples with {columns} features each");
        let warning = Diagnostic::warning(Kind::Shape, title).at(samples.place.to(features.place), "");
        report.push(turn(warning, samples, features));
    }
}

/// What a loss takes the logarithm of.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other losses take none")]
fn logarithms(loss: Loss) -> &'static str {
    match loss {
        Loss::Bce => "ŷ and of 1 − ŷ",
        Loss::Cce | Loss::Poisson => "ŷ",
        _ => "nothing",
    }
}
