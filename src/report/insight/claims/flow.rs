//! The claims about activity and depth → a sentence each.

use crate::{
    document::{Sentence, sentence},
    insight::{
        Magnitude,
        claims::{
            Depth, Factors,
            depth::{ALIKE, NEAR},
        },
        flow::{Tenfold, activity::Error},
        size::float,
    },
    network::graph::Layer,
    report::{
        insight::over_networks::told,
        words::{count, grouped, letter, number, percent},
    },
};

/// The two activation rates that say most.
pub fn sparse(depth: &Depth) -> Sentence {
    let told = [(Error::Follows, "M"), (Error::Held, "with the error held, m")].map(|(error, when)| {
        let [[more, fewer], [before, after]] = told(depth.activity.as_ref()?.telling(error)?, error);
        let goes = if before == after {
            format!("leaves the norm of the gradient at {before}")
        } else {
            format!("takes the norm of the gradient from {before} to {after}")
        };
        Some(format!("{when}oving the hidden biases from {more} to {fewer} active units {goes} times what it is"))
    });
    Sentence::of(told.into_iter().flatten().collect::<Vec<_>>().join("; ") + ".")
}

/// How often gradients shrink and grow.
pub fn exploding(depth: &Depth) -> Sentence {
    let found = depth.initialisations.filter(|found| found.networks > 0);
    let words = found.map(|Tenfold { networks, shrinking, growing }| {
        let networks = count(networks, "network");
        format!(
            "From the last layer to the first, the gradient shrinks more than tenfold in {shrinking} of {networks} and \
             grows more than tenfold in {growing}; they are the same draws, scaled by four initialisations."
        )
    });
    words.map(Sentence::of).unwrap_or_default()
}

/// Whether all steps multiply by one factor.
pub fn depth(depth: &Depth) -> Sentence {
    let Some(steps) = depth.steps else { return Sentence::default() };
    let Factors { count, together, mean_least_greatest: [mean, least, greatest] } = steps;
    let (steps, alike, range) = (grouped(count), steps.are_alike(), range(least, greatest));
    let w = if alike {
        format!(", so that w is {mean} and w to the power {steps} is {together}")
    } else {
        format!(": there is no one w, since not all are within a factor of {ALIKE} of their mean {mean}")
    };
    let share = depth.mnemonic.filter(|mnemonic| mnemonic.active < 1.0).map(|mnemonic| {
        let power = Magnitude::of(mnemonic.active).power(float(mnemonic.steps));
        format!(". The share of active units alone, {}, would make it {power}", percent(mnemonic.active))
    });
    let words = format!("{range}{w}{}.", share.unwrap_or_default());
    let begin = format!("Each of the {steps} steps down multiplies the rms of ");
    sentence!("{}{} by {}", begin, letter("Δ", ""), words)
}

/// The rule of thumb beside what is measured, and the gains.
pub fn mnemonic(depth: &Depth, layers: &[Layer]) -> Sentence {
    let (Some(steps), Some(mnemonic), Some(missed)) = (depth.steps, depth.mnemonic, depth.missed()) else {
        return Sentence::default();
    };
    let [first, last] = [layers.first(), layers.last()].map(|layer| layer.map_or("", |layer| &*layer.label));
    let off = match missed {
        near if near <= NEAR => format!("which is near it: up to a factor of {NEAR} a layer"),
        far if far.is_finite() => format!("which misses it by a factor of {} a layer", number(far)),
        _ => "which is far from it".into(),
    };
    let [_, smallest, greatest] = steps.mean_least_greatest;
    let (said, range) = (mnemonic.over_steps, range(smallest, greatest));
    Sentence::of(format!(
        "From layer {last} to layer {first} the gradient is multiplied by {}. The rule of thumb (mean weight times activation \
         rate) says {said}, {off}. What has to be near 1 is the gain of a layer, here {range}.",
        steps.together
    ))
}

/// `0.5 to 2`, `3.00` where both look the same.
fn range(least: Magnitude, greatest: Magnitude) -> String {
    let [least, greatest] = [least, greatest].map(|size| size.to_string());
    if least == greatest { least } else { format!("{least} to {greatest}") }
}
