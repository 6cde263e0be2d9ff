//! Units switched off → sentences.

use super::{super::figure::number, UNITS, words::Words};
use crate::{
    insight::claims::{
        Claims,
        bench::Found,
        fractions::{Amplified, Fractions},
        units::{Inactive, Ratios},
    },
    render::sentence::Sentence,
};

/// Gradients that are named at most.
const NAMES: usize = 14;

/// Which gradients a layer's gate is a factor of.
pub fn gates(found: Option<&Inactive>) -> Vec<Sentence> {
    let Some(found) = found else { return Vec::new() };
    let [right, all] = found.gates;
    vec![Sentence::default().words(format!(
        "with one layer's gate set to 0 and all else held, the gradients of that and earlier layers changed, \
         and no others, in {right} of {all} pairs of a gate and a gradient"
    ))]
}

impl Words<'_> {
    /// What one unit less does to the gradients.
    pub fn inactive(&self, claims: &Claims) -> Vec<Sentence> {
        let Some(found) = &claims.inactive else { return Vec::new() };
        let mut sentences = Vec::new();
        for (ratios, how) in [(&found.held, "with the error held"), (&found.following, "with everything following")] {
            sentences.extend(self.ratios(ratios, found.units.len(), how));
        }
        if !found.following.attenuate() || !found.held.attenuate() {
            let why = if found.one_sign {
                "X, the weights, the biases and the error have one sign each, so it is the error's change that amplifies"
            } else {
                "terms of both signs cancel, and less of them where a unit is off"
            };
            sentences.push(Sentence::of(why));
        } else if found.one_sign {
            sentences.push(Sentence::of(
                "X, the weights, the biases and the error have one sign each here, so that nothing cancels",
            ));
        }
        sentences.extend(claims.fractions.as_ref().and_then(|found| self.targets(found)));
        if let Some(search) = &found.search {
            let drawn = format!(
                "weights drawn again ({}, {} seeds, {UNITS} units at most each): ",
                self.tried.initialisation, search.seeds
            );
            let sentence = Sentence::default().words(drawn);
            sentences.push(match &search.largest {
                Some((seed, found)) if search.amplified > 0 => {
                    let amplified =
                        format!("{} have a ratio above 1, the largest {} for ", search.amplified, number(found.value));
                    let sentence = sentence.words(amplified).math(self.by(&found.gradient));
                    sentence.words(format!(" with unit {} off, seed {seed}", found.changed))
                }
                _ => sentence.words("none has a ratio above 1"),
            });
        }
        sentences
    }

    /// `with the error held, switching off 1 of 16 units multiplies the norm of a gradient by 0.5 (…) to 1.1 (…)`
    fn ratios(&self, ratios: &Ratios, units: usize, how: &str) -> Option<Sentence> {
        let (smallest, largest) = (ratios.smallest.as_ref()?, ratios.largest.as_ref()?);
        let what = format!("{how}, switching one unit off, {units} tried, multiplies the norm of a gradient by ");
        let end = |sentence: Sentence, found: &Found| {
            let sentence = sentence.words(format!("{} (", number(found.value))).math(self.by(&found.gradient));
            sentence.words(format!(", unit {})", found.changed))
        };
        let sentence = end(end(Sentence::default().words(what), smallest).words(" to "), largest);
        Some(sentence.words(format!("; {} of {} ratios are above 1", ratios.above, ratios.all)))
    }

    /// For which targets the unit that was switched off in fractions amplifies.
    fn targets(&self, Fractions { off, targets }: &Fractions) -> Option<Sentence> {
        let targets = targets.as_ref()?;
        let last = (targets.steps - 1) * targets.step;
        let mut sentence = Sentence::default().words(format!(
            "exactly, with unit {}:{} off, {} of the {} targets y = 0 to {last} in steps of {}, the same in all entries, amplify",
            off.layer, off.unit, targets.amplified, targets.steps, targets.step
        ));
        let Some(Amplified { target, ratios }) = &targets.largest else { return Some(sentence) };
        sentence = sentence.words(format!(", most of all y = {target}: the largest ratio is "));
        for (i, (ratio, gradients)) in ratios.iter().enumerate() {
            sentence = sentence.words(format!("{}{ratio} in ", if i == 0 { "" } else { " and " }));
            for (j, key) in gradients.iter().take(NAMES).enumerate() {
                sentence = sentence.words(if j == 0 { "" } else { ", " }).math(self.by(key));
            }
        }
        Some(sentence)
    }
}
