//! The claims about activity and depth → a sentence each.

use crate::{
    document::sentence::Sentence,
    insight::{
        Magnitude,
        claims::depth::{ALIKE, Depth, Factors, NEAR},
        flow::{activity::Error, comparison::Tenfold},
    },
    network::graph::Layer,
    report::words::{count, grouped, letter, number, percent, size},
};

/// The two activation rates that say most.
pub fn sparse(depth: &Depth) -> Sentence {
    let told =
        [(Error::Follows, "M"), (Error::Held, "with the error held, m")].into_iter().filter_map(|(error, when)| {
            let [more, fewer] = depth.activity.as_ref()?.telling(error)?;
            let [before, after] = [more, fewer].map(|found| match error {
                Error::Follows => size(found.gradient),
                Error::Held => size(found.held),
            });
            let [more, fewer] = [more, fewer].map(|found| percent(found.active));
            let goes = if before == after {
                format!("leaves the norm of the gradient at {before}")
            } else {
                format!("takes the norm of the gradient from {before} to {after}")
            };
            Some(format!("{when}oving the hidden biases from {more} to {fewer} active units {goes} times what it is"))
        });
    Sentence::default().words(told.collect::<Vec<_>>().join("; ") + ".")
}

/// How often gradients shrink and grow.
pub fn exploding(depth: &Depth) -> Sentence {
    let Some(Tenfold { networks, shrinking, growing }) = depth.initialisations.filter(|found| found.networks > 0)
    else {
        return Sentence::default();
    };
    Sentence::default().words(format!(
        " From the last layer to the first, the gradient shrinks more than tenfold in {shrinking} of {} and grows more than tenfold in {growing}; they are the same draws, scaled by four initialisations.",
        count(networks, "network")
    ))
}

/// Whether all steps multiply by one factor.
pub fn depth(depth: &Depth) -> Sentence {
    let Some(Factors { count: steps, together, mean_least_greatest: [mean, least, greatest] }) = depth.steps else {
        return Sentence::default();
    };
    let steps = grouped(steps);
    let begin = Sentence::default().words(format!("Each of the {steps} steps down multiplies the rms of "));
    let begin = begin.math(letter("Δ", "")).words(format!(" by {}", range(least, greatest)));
    let mut words = if depth.steps.is_some_and(|steps| steps.are_alike()) {
        format!(", so that w is {mean} and w to the power {steps} is {together}")
    } else {
        format!(": there is no one w, since not all are within a factor of {ALIKE} of their mean {mean}")
    };
    if let Some(mnemonic) = depth.mnemonic.filter(|mnemonic| mnemonic.active < 1.0) {
        let power = Magnitude::of(mnemonic.active).power(f64::from(u32::try_from(mnemonic.steps).unwrap_or(u32::MAX)));
        words =
            [words, format!(". The share of active units alone, {}, would make it {power}", percent(mnemonic.active))]
                .concat();
    }
    begin.words(words + ".")
}

/// The rule of thumb beside what is measured, and the gains.
pub fn mnemonic(depth: &Depth, layers: &[Layer]) -> Sentence {
    let (Some(steps), Some(mnemonic), Some(missed)) = (depth.steps, depth.mnemonic, depth.missed()) else {
        return Sentence::default();
    };
    let label = |layer: Option<&Layer>| layer.map(|layer| layer.label.to_string()).unwrap_or_default();
    let [first, last] = [layers.first(), layers.last()].map(label);
    let off = match missed {
        near if near <= NEAR => format!("which is near it: up to a factor of {NEAR} a layer"),
        far if far.is_finite() => format!("which misses it by a factor of {} a layer", number(far)),
        _ => "which is far from it".into(),
    };
    let [_, smallest, greatest] = steps.mean_least_greatest;
    Sentence::default().words(format!(
        "From layer {last} to layer {first} the gradient is multiplied by {}. The rule of thumb (mean weight times activation rate) says {}, {off}. What has to be near 1 is the gain of a layer, here {}.",
        steps.together,
        mnemonic.over_steps,
        range(smallest, greatest)
    ))
}

/// `0.5 to 2`, `3.00` where both look the same.
fn range(least: Magnitude, greatest: Magnitude) -> String {
    let [least, greatest] = [least, greatest].map(|size| size.to_string());
    if least == greatest { least } else { format!("{least} to {greatest}") }
}
