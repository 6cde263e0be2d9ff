//! The words of verdicts → what each means, with the thresholds of the page.

use super::summary::share;
use crate::{
    insight::{
        flow::TENFOLD,
        summary::{LAYERS, STEP, Summary},
    },
    report::words::typed,
};

/// What each verdict means.
pub fn legend(found: &Summary) -> [String; 7] {
    let [low, high] = [found.thresholds.vanishing, found.thresholds.exploding];
    let [mild, hard, small] = [TENFOLD.vanishing, low, low * STEP].map(typed);
    let [mild_high, hard_high] = [TENFOLD.exploding, high].map(typed);
    let [slow, fast] = found.bounds.updates.map(typed);
    let [some, most] = found.bounds.units.map(share);
    let figures = "The gradient is measured by the rms of Δ of a layer, divided by that of the last layer, the signal by the rms \
                   of A, updates by the norm of ∂J/∂W divided by that of W.";
    let each = |limit: &str, beyond: &str| {
        format!("over {LAYERS} layers and more also a factor a layer that makes it {beyond} {limit} in {LAYERS} layers")
    };
    [
        figures.to_owned(),
        "fine: nothing has to be done.".to_owned(),
        format!(
            "weak: gradient or signal below {mild}, updates below {slow}, or more than {some} of a layer's units dead or saturated."
        ),
        format!("growing: gradient or signal above {mild_high}, or updates above {fast}."),
        format!(
            "vanishing: gradient or signal below {hard}, or updates below {small}; {}.",
            each(&hard, "smaller than")
        ),
        format!("exploding: gradient, signal or updates above {hard_high}; {}.", each(&hard_high, "larger than")),
        format!("dead: more than {most} of a layer's units are dead, or no layer receives a gradient."),
    ]
}
