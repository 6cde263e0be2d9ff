//! The name of an array as PyTorch, Keras, Flax, scikit-learn or a person writes it → its layer, and what it is there.

use std::cmp::Ordering;

use crate::network::is_label;

/// How the weights of a file stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightLayout {
    /// Rows are inputs, as in the formulas here, Keras, Flax and scikit-learn.
    InOut,
    /// Rows are outputs, as in PyTorch.
    OutIn,
}

impl WeightLayout {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::InOut => Self::OutIn,
            Self::OutIn => Self::InOut,
        }
    }

    /// What rows are.
    pub(super) fn rows(self) -> &'static str {
        match self {
            Self::InOut => "inputs",
            Self::OutIn => "outputs",
        }
    }

    /// The option that says so.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::InOut => "--weights in-out",
            Self::OutIn => "--weights out-in",
        }
    }
}

/// What an array is in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// W, and how it stands, if the name tells.
    Weight(Option<WeightLayout>),
    /// b, the shift of a norm too.
    Bias,
    /// The gain of a norm.
    Gain,
    /// The slope of a prelu.
    Slope,
    /// The mean over all batches, of a batch norm.
    Mean,
    /// The variance over all batches, of a batch norm.
    Variance,
}

/// The layer and the part that a name tells: `net.2.weight`, `params/Dense_0/kernel`, `dense/bias:0`, `coefs_0`,
/// `fc1_weight`, `w1`.
pub(super) fn parse(name: &str) -> Option<(String, Part)> {
    let name = plain(name);
    let name = name.as_str();
    if let Some((layer, place)) = name.rsplit_once("/vars/") {
        // Keras 3 numbers the arrays of a layer in the order in which it makes them, a dense layer's kernel first.
        let part = match place {
            "0" => Part::Weight(Some(WeightLayout::InOut)),
            "1" => Part::Bias,
            _ => return None,
        };
        return Some((layer.to_owned(), part));
    }
    if is_of_optimiser(name) {
        return None;
    }
    let (path, last) = name.rsplit_once(['.', '/']).unwrap_or(("", name));
    let word = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &last[word.len()..];
    let word = word.trim_end_matches('_');
    let (stem, word) = word.rsplit_once('_').unwrap_or(("", word));
    let part = match word.to_ascii_lowercase().as_str() {
        "weight" if stem.is_empty() && number.is_empty() => Part::Weight(Some(WeightLayout::OutIn)),
        "kernel" | "coefs" => Part::Weight(Some(WeightLayout::InOut)),
        "weight" | "weights" | "w" => Part::Weight(None),
        "bias" | "biases" | "b" | "intercepts" | "beta" => Part::Bias,
        "gamma" | "scale" => Part::Gain,
        "alpha" => Part::Slope,
        "mean" if is_over_batches(path, stem) => return Some((path.to_owned(), Part::Mean)),
        "var" | "variance" if is_over_batches(path, stem) => return Some((path.to_owned(), Part::Variance)),
        "slope" if stem == "negative" => return Some((path.to_owned(), Part::Slope)),
        _ => return None,
    };
    let layer: Vec<&str> = [path, stem, number].into_iter().filter(|part| !part.is_empty()).collect();
    Some((layer.join("."), part))
}

/// A name without what a framework adds to a path: TensorFlow's checkpoints and Keras's `:0` say that it is a variable, and
/// `['params']['Dense_0']['kernel']` is how JAX prints a path.
fn plain(name: &str) -> String {
    let name = name.strip_suffix("/.ATTRIBUTES/VARIABLE_VALUE").unwrap_or(name);
    let name = name.strip_suffix(":0").unwrap_or(name);
    let path = name.replace("['", "/").replace("']", "").replace('[', ".").replace(']', "");
    path.trim_start_matches(['.', '/']).to_owned()
}

/// Whether a mean or a variance is that of a batch norm: PyTorch's `running_mean`, Keras's `moving_mean`, and in Flax one of the
/// `batch_stats`.
fn is_over_batches(path: &str, stem: &str) -> bool {
    ["running", "moving"].contains(&stem) || stem.is_empty() && path.split(['.', '/']).any(|part| part == "batch_stats")
}

/// Whether the layer of an array goes by this name in the spec, which ends its path: `params/hidden`, and `net.encoder.0` for
/// `encoder_0`.
pub(super) fn is_called(layer: &str, label: &str) -> bool {
    let starts = layer.match_indices(['.', '/']).map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).any(|start| as_label(&layer[start..]).eq_ignore_ascii_case(label))
}

/// The path of a layer as the name of a layer in a spec: `encoder_0` for `encoder.0`. A word of the language is free with a
/// capital.
pub(super) fn as_label(layer: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let label: String = layer.chars().map(word).collect();
    match label.get(..1) {
        Some(first) if !is_label(&label) => first.to_ascii_uppercase() + &label[1..],
        Some(_) | None => label,
    }
}

/// Whether an array is a factor of a weight, as PyTorch's weight norm stores it.
pub(super) fn is_factor(name: &str) -> bool {
    ["weight_v", "weight_g", "parametrizations.weight.original0", "parametrizations.weight.original1"]
        .iter()
        .any(|factor| name == *factor || name.strip_suffix(factor).is_some_and(|path| path.ends_with('.')))
}

/// Whether an array is what an optimiser remembers of a weight.
fn is_of_optimiser(path: &str) -> bool {
    const WORDS: [&str; 7] =
        ["optimizer", "optim", "opt_state", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer"];
    path.split(['.', '/']).any(|word| WORDS.contains(&word))
}

/// The order of names in which 2 comes before 10.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    runs(a).cmp(runs(b))
}

/// A name without its numbers: layers of one kind have it in common (`dense`, `dense_1`, `dense_2`).
pub(super) fn kind(layer: &str) -> String {
    let words = layer.split(['.', '/']).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.map(|word| word.trim_end_matches('_')).collect::<Vec<_>>().join(".")
}

/// The pieces of a name, numbers by their value.
fn runs(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_number = |piece: &str| piece.starts_with(|c: char| c.is_ascii_digit());
    let mut rest = name;
    std::iter::from_fn(move || {
        let number = is_number(rest);
        let end = rest.find(|c: char| c.is_ascii_digit() != number).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        let piece = if number { piece.trim_start_matches('0') } else { piece };
        // Of two numbers the longer is the larger; words come behind them, and compare as text.
        (end > 0).then_some((if number { piece.len() } else { usize::MAX }, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_frameworks_are_understood() {
        let (torch, keras) = (Part::Weight(Some(WeightLayout::OutIn)), Part::Weight(Some(WeightLayout::InOut)));
        for (name, layer, part) in [
            ("fc1.weight", "fc1", torch),
            ("0.weight", "0", torch),
            ("module.net.2.bias", "module.net.2", Part::Bias),
            ("weight", "", torch),
            ("layers.0.kernel", "layers.0", keras),
            ("Dense_0/kernel", "Dense_0", keras),
            ("params.Dense_0.kernel", "params.Dense_0", keras),
            ("dense/kernel:0", "dense", keras),
            ("dense_1/bias:0", "dense_1", Part::Bias),
            ("coefs_0", "0", keras),
            ("intercepts_10", "10", Part::Bias),
            ("fc1_weight", "fc1", Part::Weight(None)),
            ("W_1", "1", Part::Weight(None)),
            ("linear_0/w", "linear_0", Part::Weight(None)),
            ("layer_normalization/gamma:0", "layer_normalization", Part::Gain),
            ("layer_normalization/beta:0", "layer_normalization", Part::Bias),
            ("params/LayerNorm_0/scale", "params/LayerNorm_0", Part::Gain),
            ("params/PReLU_0/negative_slope", "params/PReLU_0", Part::Slope),
            ("p_re_lu/alpha:0", "p_re_lu", Part::Slope),
            ("layers/dense_1/vars/0", "layers/dense_1", keras),
            ("layers/dense_1/vars/1", "layers/dense_1", Part::Bias),
            ("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", "layer_with_weights-0", keras),
            ("['params']['Dense_0']['kernel']", "params/Dense_0", keras),
            (".layers[0].weight", "layers.0", torch),
            ("[1]['w']", "1", Part::Weight(None)),
            ("1.running_mean", "1", Part::Mean),
            ("bn.running_var", "bn", Part::Variance),
            ("batch_normalization/moving_mean:0", "batch_normalization", Part::Mean),
            ("batch_normalization/moving_variance:0", "batch_normalization", Part::Variance),
            ("batch_stats/BatchNorm_0/var", "batch_stats/BatchNorm_0", Part::Variance),
        ] {
            assert_eq!(parse(name), Some((layer.to_owned(), part)), "{name}");
        }
        for name in [
            "epoch",
            "bn.num_batches_tracked",
            "mean",
            "pixel_mean",
            "weight_g",
            "optimizer.exp_avg.fc1.weight",
            "a",
            "arr_0",
            "",
            "layers/norm/vars/2",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = ["10", "2", "net.10", "net.9", "dense_2", "dense", "dense_10", "0"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["0", "2", "10", "dense", "dense_2", "dense_10", "net.9", "net.10"]);
        assert!(kind("sequential/dense_12") == kind("sequential/dense") && kind("fc1") != kind("out"));
    }
}
