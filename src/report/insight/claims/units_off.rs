//! Units switched off → sentences.

use super::words::{Words, ratio};
use crate::pipeline::insight::claims::UNITS;
use crate::report::words::{count, grouped};
use crate::{
    catalog::activation::Activation,
    document::sentence::Sentence,
    insight::{
        claims::{
            Claims,
            bench::{Fixed, Found},
            fractions::{Amplified, Fractions},
            units::{Inactive, Ratios, Search},
        },
        size::ROUNDING,
    },
};

/// Gradients that are named at most.
const NAMES: usize = 14;

impl Words<'_> {
    /// What one unit less does to the gradients.
    pub fn inactive(&self, claims: &Claims) -> Vec<Sentence> {
        let Some(found) = &claims.inactive else { return Vec::new() };
        let mut sentences = vec![
            self.ratios(&found.following, found.units.len(), "with everything following"),
            self.ratios(&found.held, found.units.len(), "with the error held"),
        ];
        // Without a gate the error is all that can be held.
        if claims.has_gates() && !found.held.attenuate() {
            sentences.push(self.ratios(&found.held_with_gates, found.units.len(), self.held()));
        }
        sentences.extend(self.cause(found).map(Sentence::of));
        if found.one_sign {
            sentences.push(Sentence::of(
                "nothing cancels here: in each sum of the forward pass, of the backward pass and of the gradients all terms \
                 have one sign",
            ));
        }
        if !found.following.grow() {
            sentences.push(Sentence::of("norms are compared: a single entry may grow nevertheless"));
        }
        sentences.extend(claims.fractions.as_ref().and_then(|found| self.targets(found)));
        sentences.extend(found.search.as_ref().map(|search| self.search(search)));
        sentences
    }

    /// `with the error held, switching one unit off, 16 tried, multiplies the norm of a gradient by 0.5 (…) to 1.1 (…)`
    fn ratios(&self, ratios: &Ratios, units: usize, how: &str) -> Sentence {
        let what = format!("{how}, switching one unit off, {} tried,", grouped(units));
        let mut sentence = Sentence::default().words(what);
        let end = |sentence: Sentence, found: &Found| {
            let sentence = sentence.words(format!("{} (", ratio(found.value))).math(self.by(&found.gradient));
            sentence.words(format!(", unit {})", found.changed))
        };
        sentence = match (&ratios.smallest, &ratios.largest) {
            (Some(one), Some(_)) if ratios.all > 1 && ratios.is_one() => sentence
                .words(format!(" multiplies the norm of all gradients that have a ratio by {}", ratio(one.value))),
            (Some(smallest), Some(largest)) if ratios.all > 1 => {
                let sentence = end(sentence.words(" multiplies the norm of a gradient by "), smallest);
                let sentence = end(sentence.words(" to "), largest);
                sentence.words(match (ratios.above, ratios.all) {
                    (0, all) => format!("; none of {} ratios is above 1", grouped(all)),
                    (1, all) => format!("; 1 of {} ratios is above 1", grouped(all)),
                    (above, all) => format!("; {} of {} ratios are above 1", grouped(above), grouped(all)),
                })
            }
            (Some(only), _) => {
                end(sentence.words(" multiplies the norm of the one gradient that has a ratio by "), only)
            }
            (None, _) => sentence.words(" leaves no gradient with a ratio"),
        };
        if ratios.from_zero > 0 {
            let risen = match ratios.from_zero {
                1 => "1 gradient that is 0 does not stay 0".into(),
                more => format!("{} gradients that are 0 do not stay 0", grouped(more)),
            };
            sentence = sentence.words(format!("; {risen}"));
        }
        if ratios.unknown > 0 {
            let unknown = if ratios.unknown == 1 { "has" } else { "have" };
            let gradients = count(ratios.unknown, "gradient");
            sentence = sentence.words(format!("; {gradients} {unknown} entries that are no floats"));
        }
        sentence
    }

    /// How often a gradient grew with other weights.
    fn search(&self, search: &Search) -> Sentence {
        let seeds = count(usize::try_from(search.seeds).unwrap_or(usize::MAX), "seed");
        let drawn =
            format!("weights drawn again ({}, {seeds}, {UNITS} units at most each): ", self.tried.initialisation);
        let sentence = Sentence::default().words(drawn);
        let at = if search.seeds == 1 { String::new() } else { format!(" at {} of them", search.amplified) };
        match &search.largest {
            _ if search.amplified == 0 => sentence.words("no gradient grows"),
            Some((seed, found)) if found.value > 1.0 + ROUNDING => {
                let grows = format!("a gradient grows{at}, the largest ratio is {} for ", ratio(found.value));
                let sentence = sentence.words(grows).math(self.by(&found.gradient));
                sentence.words(format!(" with unit {} off, seed {seed}", found.changed))
            }
            Some(_) | None => sentence.words(format!("a gradient grows{at}, from 0")),
        }
    }

    /// For which targets the unit that was switched off in fractions amplifies.
    fn targets(&self, Fractions { off, targets }: &Fractions) -> Option<Sentence> {
        let targets = targets.as_ref().filter(|targets| targets.tried > 0)?;
        let last = (targets.steps - 1) * targets.step;
        let tried = if i128::try_from(targets.tried) == Ok(targets.steps) {
            format!("the {}", targets.steps)
        } else {
            format!("{} tried (the rest has too many digits) of the {}", targets.tried, targets.steps)
        };
        let (some, verb) = match targets.amplified {
            0 => ("none".into(), "amplifies"),
            1 => ("1".into(), "amplifies"),
            more => (more.to_string(), "amplify"),
        };
        let mut sentence = Sentence::default().words(format!(
            "exactly, with unit {}:{} off, {some} of {tried} targets y = 0 to {last} in steps of {}, the same in all \
             entries, {verb}",
            off.layer,
            off.unit,
            targets.step.abs()
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

    /// What amplifies or attenuates, as the first case without a ratio above 1 tells.
    fn cause(&self, found: &Inactive) -> Option<&'static str> {
        let layers = &self.tried.model.network.layers;
        let no_forward_gate = layers.iter().rev().skip(1).any(|layer| match layer.activation {
            Activation::Entrywise(function) => !function.fixes_zero(),
            Activation::Softmax => true,
        });
        let grown = |ratios: &Ratios| ratios.above + ratios.from_zero;
        let error_too = grown(&found.following) > grown(&found.held);
        match found.needs() {
            _ if found.is_undecided() => None,
            Some(Fixed::Nothing) if found.held.grow() => Some("so it is the error's change that attenuates"),
            Some(Fixed::Error) => Some("so it is the error's change that amplifies"),
            Some(Fixed::ErrorAndGates) => Some(match (error_too, no_forward_gate) {
                (true, true) => {
                    "so it is the change of the error, and of the gates behind the unit or of activations without G, that amplifies"
                }
                (true, false) => "so it is the change of the error, and of the gates behind the unit, that amplifies",
                (false, true) => {
                    "so it is the change of the gates behind the unit, or of activations without G, that amplifies"
                }
                (false, false) => "so it is the change of the gates behind the unit that amplifies",
            }),
            // An entry grows by the terms that it loses only where they are of the other sign.
            None if found.held_with_gates.grow() => {
                Some("terms of both signs cancel, and less of them where a unit is off")
            }
            Some(Fixed::Nothing) | None => None,
        }
    }
}
