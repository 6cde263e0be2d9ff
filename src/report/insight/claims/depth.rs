//! The claims about activity and depth → sentences.

use super::words::Words;
use crate::report::insight::over_networks;
use crate::report::words::{count, grouped, letter, number, percent};
use crate::{
    document::sentence::Sentence,
    insight::{
        Magnitude,
        claims::depth::{ALIKE, Depth, Factors, NEAR},
        flow::activity::Error,
    },
};

/// The two activation rates that say most.
pub fn sparse(depth: &Depth) -> Vec<Sentence> {
    let cases =
        [(Error::Follows, "with the biases of all hidden layers moved, "), (Error::Held, "with the error held, ")];
    let told = cases
        .into_iter()
        .filter_map(|(error, when)| Some((when, over_networks::told(depth.activity.as_ref()?, error)?)));
    told.map(|(when, told)| Sentence::default().words(format!("{when}{told}"))).collect()
}

/// How often gradients shrink and grow.
pub fn exploding(depth: &Depth) -> Vec<Sentence> {
    let told = depth
        .initialisations
        .filter(|found| found.networks > 0)
        .map(|found| Sentence::default().words(over_networks::tenfold(found)));
    told.into_iter().collect()
}

/// Whether all steps multiply by one factor.
pub fn steps(depth: &Depth) -> Vec<Sentence> {
    let Some(steps) = depth.steps else { return Vec::new() };
    let Factors { count, together, mean_least_greatest: [mean, least, greatest] } = steps;
    if together.is_zero() {
        return Vec::new();
    }
    let each = Sentence::default().words(format!("each of the {} steps down multiplies rms ", grouped(count)));
    let each = each.math(letter("Δ", "")).words(format!(" by {}", range(least, greatest)));
    let alike = if steps.are_alike() {
        format!(", so w = {mean}, and to the power {} it is {together}", grouped(count))
    } else {
        format!(", {mean} in the geometric mean: there is no one w")
    };
    let mut sentences = vec![each.words(format!("{alike} (one w: all within a factor of {ALIKE} of the mean)"))];
    if let Some(mnemonic) = depth.mnemonic.filter(|mnemonic| mnemonic.active < 1.0) {
        let rate = Magnitude::of(mnemonic.active);
        let power = rate.power(f64::from(u32::try_from(mnemonic.steps).unwrap_or(u32::MAX)));
        let said = format!(
            "by the share of active units alone, {} to the power {}, it would be {power}",
            percent(mnemonic.active),
            grouped(mnemonic.steps)
        );
        sentences.push(Sentence::default().words(said));
    }
    sentences
}

impl Words<'_> {
    /// The mnemonic beside what is measured, and the gains.
    pub fn mnemonic(&self, depth: &Depth) -> Vec<Sentence> {
        let (Some(steps), Some(mnemonic), Some(missed)) = (depth.steps, depth.mnemonic, depth.missed()) else {
            return Vec::new();
        };
        let said = format!(
            "the mean weight of a layer times the activation rate of the layer before it, multiplied over the {} down, is {} in size; \
             measured, ",
            count(mnemonic.steps, "step"),
            mnemonic.over_steps
        );
        let far = if missed <= NEAR { "near it" } else { "far from it" };
        let missed =
            if missed.is_finite() { format!(", off by a factor of {} a step", number(missed)) } else { String::new() };
        let measured = format!(" is {}: {far}{missed} (near: up to {NEAR})", steps.together);
        let first = self.ratio(Sentence::default().words(said)).words(measured);
        let [_, least, greatest] = steps.mean_least_greatest;
        vec![
            first,
            Sentence::default().words(format!("what has to be near 1 is the gain, here {}", range(least, greatest))),
        ]
    }

    /// `rms Δ₁ by rms Δ₃`
    fn ratio(&self, sentence: Sentence) -> Sentence {
        let layers = &self.tried.model.network.layers;
        let label = |layer: Option<&crate::network::graph::Layer>| {
            layer.map(|layer| layer.label.to_string()).unwrap_or_default()
        };
        let [first, last] = [layers.first(), layers.last()].map(|layer| letter("Δ", &label(layer)));
        sentence.words("rms ").math(first).words(" by rms ").math(last)
    }
}

/// `0.5 to 2`, `3.00` where both look the same.
fn range(least: Magnitude, greatest: Magnitude) -> String {
    let [least, greatest] = [least, greatest].map(|size| size.to_string());
    if least == greatest { least } else { format!("{least} to {greatest}") }
}
