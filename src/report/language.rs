//! The words of the language → what each means, a sentence each, for who completes them.

use super::names;
use crate::{
    catalog::{activation, layer},
    document::{Sentence, Typesetter, sentence},
    pipeline::Lost,
    render::{Format, Style},
};

/// A word, and what it means.
pub type Meant = (String, String);

fn plain(sentence: &Sentence) -> String {
    Style::new(Format::Text).sentence(sentence)
}

fn meant(word: &str, said: &str) -> Meant {
    (word.to_owned(), said.to_owned())
}

/// What begins a statement that is no layer.
pub fn statements() -> Vec<Meant> {
    let all = [
        ("input", "The batch that comes in, samples × features: input X [n, 784]."),
        ("target", "What the prediction is compared with, samples × features: target Y [n, 10]."),
        ("let", "Gives names of dimensions their numbers: let n = 64, d = 128."),
        ("expect", "Checks the shape at its place: expect [n, 10]."),
        ("repeat", "Writes the layers in its braces several times: repeat 3 { dense d relu }."),
        (
            "block",
            "Gives layers a name, and each use parameters of its own: block ff width { dense width relu; dense d }.",
        ),
        ("shared", "Gives layers a name, and all uses the same parameters: shared encode { dense d relu }."),
        ("loss", "What is made small, said once behind the layers: loss half_mse."),
        ("penalty", "Adds the squares or sizes of weights to the loss: penalty l2 0.01."),
        ("layout", "Says how samples stand in formulas: layout rows, or layout columns."),
    ];
    all.into_iter().map(|(word, said)| meant(word, said)).collect()
}

/// The kinds of layer.
pub fn kinds() -> Vec<Meant> {
    layers().map(|(name, said, example)| (name.to_owned(), format!("{said}: {example}."))).collect()
}

/// The same in parts: the word, what it does, how it is used.
pub(super) fn layers() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let said = |kind| match kind {
        layer::Kind::Dense => "Multiplies by weights, adds biases, and applies an activation if one is named",
        layer::Kind::Activation => "Applies an activation",
        layer::Kind::Residual => "Adds what comes in to what the layers in its braces make of it",
        layer::Kind::Add => "Adds the outputs of several branches",
        layer::Kind::Subtract => "Subtracts all other branches from the first",
        layer::Kind::Multiply => "Multiplies the outputs of several branches entry by entry",
        layer::Kind::Concat => "Puts the features of several branches side by side",
        layer::Kind::Norm => "Brings rows (layer, rms) or columns (batch) to one size, then applies a gain and a shift",
        layer::Kind::Dropout => "Drops entries at random, with this rate",
        layer::Kind::Glu => "Is a dense layer that another one, with an activation, gates entry by entry",
    };
    layer::TABLE.iter().map(move |entry| (entry.name, said(entry.kind), entry.example))
}

/// The activations, by their own names.
pub fn activations() -> Vec<Meant> {
    let mut found: Vec<Meant> = Vec::new();
    for entry in activation::TABLE {
        let Some(activation) = activation::find(entry.name, None) else { continue };
        let word = activation.to_string();
        if found.iter().all(|(other, _)| *other != word) {
            let [value, _] = names::meanings(activation);
            let said = plain(&sentence!("Its value at z is {}.", value));
            found.push((word, said));
        }
    }
    found
}

/// The losses, with the formula of an entry each.
pub fn losses(losses: &[Lost]) -> Vec<Meant> {
    let said = |lost: &Lost| {
        let formula = Typesetter::new(&lost.arena).formula(lost.value).without_shapes();
        (lost.name.to_owned(), plain(&sentence!("The loss of an entry is {}.", formula)))
    };
    losses.iter().map(said).collect()
}

/// What stands behind the word of a layer or a loss.
pub fn options() -> Vec<Meant> {
    let all = [
        ("nobias", "The layer has no biases."),
        ("from", "The layer or the loss takes this value instead of the one above: dense d from body."),
        ("against", "The loss compares with this target: loss cce from class against C."),
        ("tied=", "The layer multiplies by the transposed weights of another: dense f0 tied=encode."),
        ("plain", "The norm has neither gain nor shift."),
        ("eps=", "What the norm adds to the mean square: norm layer eps=1e-5."),
        ("reduce=", "What the loss sums and averages: reduce=samples, reduce=elements or reduce=sum."),
        ("smoothing=", "The loss spreads this share of the target evenly over all classes: smoothing=0.1."),
        ("weights=", "The loss has a factor for each class: weights=[1, 2.5, 1]."),
    ];
    all.into_iter().map(|(word, said)| meant(word, said)).collect()
}
