//! A loss and the activation before it → a warning where the one cannot take the values of the other.

use super::{graph::Layer, infer::Arrival, misfit::turn};
use crate::{
    catalog::{
        activation::Activation,
        loss::{Loss, Reduction},
    },
    source::{Diagnostic, Kind, MAX_MESSAGES, Span, Spanned},
    spec::meant::is_batch,
};

/// Warns of each softmax of one output: there is nothing that it could be shared with.
pub(super) fn check_layers(layers: &[Layer], report: &mut Vec<Diagnostic>) {
    let row_wise = [Activation::Softmax, Activation::LogSoftmax];
    let alone = |layer: &&Layer| row_wise.contains(&layer.activation) && layer.output.is_one();
    for layer in layers.iter().filter(alone).take(MAX_MESSAGES) {
        let title = format!("the softmax of layer `{}` has one output, which is always 1", layer.label);
        let warning = Diagnostic::warning(Kind::Spec, title)
            .at(layer.span, "")
            .note("whatever comes in, its gradients and those of all layers before it are 0")
            .help("give it an output for each class, or write `sigmoid` for `softmax`");
        report.push(warning);
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
fn logarithms(loss: Loss) -> &'static str {
    match loss {
        Loss::Bce => "ŷ and of 1 − ŷ",
        Loss::Cce | Loss::Poisson => "ŷ",
        Loss::HalfMse
        | Loss::Mse
        | Loss::Mae
        | Loss::Huber(_)
        | Loss::Nll
        | Loss::Hinge
        | Loss::Upstream
        | Loss::Total => "nothing",
    }
}
